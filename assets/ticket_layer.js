/**
 * Citizens' reports on a Leaflet map whose wrapper names the layer "tickets": a circle each, by state: solid waits, half is
 * worked on, hollow and small is done. A click chooses one for the drawer; the longest waiting are in the list beside, which
 * the keyboard reaches.
 */
window.scopc = window.scopc || {};
scopc.ticketLayer = (() => {
  "use strict";

  const PANE = "scopc-tickets";
  const PANE_Z = 440;
  const RADIUS_PX = { open: 5.5, in_progress: 5.5, closed: 3.5, rejected: 3.5 };
  const REACH_PX = 14;

  // ---- pure ----

  /** Reports that have a place, those that wait on top. */
  function placed(tickets) {
    const here = tickets.filter(({ lat, lon }) => Number.isFinite(lat) && Number.isFinite(lon));
    return here.sort((a, b) => scopc.ticketStore.isWaiting(a) - scopc.ticketStore.isWaiting(b));
  }

  /** The one nearest to a point, of equals the one on top; null when none is near. */
  function nearest(drawn, at, reach) {
    const away = (one) => Math.hypot(one.x - at.x, one.y - at.y);
    return drawn.filter((one) => away(one) <= reach).reduce((best, one) => (best === null || away(one) <= away(best) ? one : best), null);
  }

  // ---- drawing ----

  function drawOne(context, { x, y, state, isChosen }, { k, colours }) {
    const radius = RADIUS_PX[state] * k;
    const ring = (r) => {
      context.beginPath();
      context.arc(x, y, r, 0, 2 * Math.PI);
    };
    ring(radius + 1.5 * k);
    context.fillStyle = colours.land;
    context.fill();
    context.strokeStyle = state === "closed" || state === "rejected" ? colours["ink-3"] : colours.ink;
    context.fillStyle = colours.ink;
    context.lineWidth = 1.5 * k;
    ring(radius);
    if (state === "open") context.fill();
    context.stroke();
    if (state === "in_progress") {
      context.beginPath();
      context.arc(x, y, radius, Math.PI / 2, 1.5 * Math.PI);
      context.fill();
    }
    if (!isChosen) return;
    ring(radius + 4 * k);
    context.strokeStyle = colours.select;
    context.lineWidth = 2 * k;
    context.stroke();
  }

  function create(L, store, onMoved = () => {}) {
    let drawn = [];
    let frame = null;

    const placesKey = () => drawn.map(({ x, y }) => [x, y].map(Math.round).join()).join(" ");

    function draw(drawing) {
      const before = placesKey();
      drawAll(drawing);
      if (placesKey() !== before) onMoved();
    }

    function drawAll({ context, frame: shown, theme }) {
      frame = shown;
      const told = store.get();
      const chosen = store.chosen();
      drawn = [];
      if (told === null || !told.isKnown) return;
      const { worldX, worldY } = scopc.mercator;
      for (const ticket of placed(told.tickets)) {
        const x = worldX(ticket.lon) * frame.worldPx - frame.x;
        const y = worldY(ticket.lat) * frame.worldPx - frame.y;
        if (x < -20 || y < -20 || x > frame.width + 20 || y > frame.height + 20) continue;
        const key = store.keyOf(ticket);
        const half = RADIUS_PX[ticket.state] * theme.k;
        const one = { x, y, half, key, state: ticket.state, isChosen: chosen !== null && store.keyOf(chosen) === key };
        drawOne(context, one, theme);
        drawn.push(one);
      }
    }

    const layer = scopc.canvasLayer.create(L, { name: PANE, z: PANE_Z, draw, start: ({ redraw }) => [store.subscribe(redraw)] });
    layer.hit = (point) => {
      if (frame === null) return null;
      const { x, y, unitsPerPx } = layer.worldAt(point);
      return nearest(drawn, { x: x / unitsPerPx - frame.x, y: y / unitsPerPx - frame.y }, REACH_PX);
    };
    layer.count = () => drawn.length;
    layer.boxes = () => drawn.map(({ x, y, half }) => ({ x: x - half, y: y - half, w: 2 * half, h: 2 * half }));
    return layer;
  }

  function attach(L, map) {
    const wrapper = map.getContainer().closest("[data-layers]");
    if (!wrapper || !wrapper.dataset.layers.split(/\s+/).includes("tickets")) return;
    const base = map.scopcBase; // whose names keep out of the marks
    const layer = create(L, scopc.ticketStore, () => base && base.names.redraw()).addTo(map);
    if (base) base.keepFree(layer.boxes);
    map.scopcTickets = layer;
    map.on("click", ({ containerPoint }) => {
      const found = layer.hit(containerPoint);
      scopc.ticketStore.choose(found === null ? null : found.key);
    });
    map.on("mousemove", ({ containerPoint }) => {
      map.getContainer().style.cursor = layer.hit(containerPoint) === null ? "" : "pointer";
    });
  }

  if (window.L) {
    window.L.Map.addInitHook(function hook() {
      this.whenReady(() => attach(window.L, this));
    });
  }

  return { placed, nearest };
})();
