// Every vehicle of the page's map: where it is drawn, and whether its canvas has paint there.
() => {
  const [map] = scopc.mapPage.maps;
  const model = scopc.fleet.model();
  const layer = map.scopcVehicles;
  const canvas = map.getContainer().querySelector("canvas.scopc-vehicles");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const size = map.getSize();
  const perPx = canvas.width / size.x;
  const REACH_PX = 4;

  const hasPaint = (x, y) => {
    for (let dx = -REACH_PX; dx <= REACH_PX; dx += 1)
      for (let dy = -REACH_PX; dy <= REACH_PX; dy += 1) {
        const column = Math.round(x * perPx) + dx;
        const row = Math.round(y * perPx) + dy;
        if (column < 0 || row < 0 || column >= canvas.width || row >= canvas.height) continue;
        if (pixels[(row * canvas.width + column) * 4 + 3] > 0) return true;
      }
    return false;
  };

  return model.ids.map((id, slot) => {
    const { x, y } = layer.containerPoint(model.x[slot], model.y[slot]);
    const { speedKmh, state } = model.vehicle(id, scopc.fleet.now());
    return {
      id,
      x,
      y,
      state,
      speed_kmh: speedKmh,
      is_inside: x >= 0 && y >= 0 && x <= size.x && y <= size.y,
      is_painted: hasPaint(x, y),
      is_shown: model.isShown[slot] === 1,
    };
  });
};
