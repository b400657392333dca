// How the naive page draws a vehicle, and when it has: the time from put to drawn is kept for the bench.
window.dashExtensions = {
  default: {
    vehicleMarker: (feature, latlng) => L.circleMarker(latlng, { radius: 5, weight: 1 }),
  },
};
window.naive = { drawn: [] };
(() => {
  const addData = L.GeoJSON.prototype.addData;
  let lastT = 0;
  L.GeoJSON.prototype.addData = function (data) {
    const result = addData.call(this, data);
    if (data && data.t && data.t !== lastT) {
      const t = (lastT = data.t);
      requestAnimationFrame(() => window.naive.drawn.push({ t, ms: Date.now() - t })); // after the canvas's own
    }
    return result;
  };
})();
