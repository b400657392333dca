/**
 * Gaps of the service on a Leaflet map: the empty stretch between two vehicles that follow each other too far apart, as
 * two rails with a triangle and the minutes at its middle. From topic `operations`; too old a picture shows none. The signs
 * stand over vehicles: the middle of a gap is empty of its own line only, and others must not hide how wide it is.
 *
 *   scopc.gapsLayer.create(L, {pageState, routes, routeShapes, stopPlaces, shown}).addTo(map)
 *   `routeShapes()` are the lines of the base map; a line whose stops are not told, or do not lie on it, has no rails
 */
window.scopc = window.scopc || {};
scopc.gapsLayer = (() => {
  "use strict";

  const PANE = "scopc-gaps";
  const PANE_Z = 380; // over routes (370), under names, stops and vehicles
  const SIGNS_PANE = "scopc-gap-signs";
  const SIGNS_PANE_Z = 455; // over vehicles (450), under incidents (460)
  const RAILS_PX = { casing: 11, rails: 6, between: 3.4 };
  const TRIANGLE_PX = 11;
  const ALONG = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9]; // where on its gap a sign may stand, best first
  const MINUTES_EM = { desk: 1.15, wall: 1.6 }; // of the size of names: on a wall these stand at 10 arc-minutes, minutes at 16

  // ---- pure ----

  /** The gaps of a picture that can be drawn: share of follower and leader, minutes. */
  function gapsOf(picture, chosen) {
    const gaps = [];
    for (const route of picture.routes.values()) {
      if (chosen.size > 0 && !chosen.has(route.routeId)) continue;
      const shareOf = new Map(route.vehicles.map(({ id, share }) => [id, share]));
      for (const { leader, follower, s, kind } of route.spacings) {
        if (kind !== "gap" || !shareOf.has(leader) || !shareOf.has(follower)) continue;
        gaps.push({ routeId: route.routeId, from: shareOf.get(follower), to: shareOf.get(leader), s, minutes: scopc.operations.minutes(s) });
      }
    }
    return gaps;
  }

  /**
   * Where the signs of gaps stand: at the middle of each, or elsewhere along it where that is taken or out of sight. The
   * widest choose first.
   * @param {{points: ArrayLike<number>, s: number}[]} rails flat px
   * @param {{view: {x, y, w, h}, reserved: {x, y, w, h}[], above: number, half: number, below: number}} room  boxes that are
   *   taken, and how far a sign reaches from its point, px
   * @returns {{x: number, y: number}[]} in the order of `rails`
   */
  function placeSigns(rails, { view, reserved, above, half, below }) {
    const taken = [...reserved];
    const places = new Map();
    for (const rail of [...rails].sort((a, b) => b.s - a.s)) {
      const boxes = ALONG.map((share) => {
        const { x, y } = scopc.polyline.pointAt(rail.points, share);
        return { at: { x, y }, x: x - half, y: y - above, w: 2 * half, h: above + below };
      });
      const isInView = ({ x, y, w, h }) => x >= view.x && y >= view.y && x + w <= view.x + view.w && y + h <= view.y + view.h;
      const free = boxes.find((box) => isInView(box) && !taken.some((other) => scopc.mapLabels.overlaps(box, other)));
      const box = free || boxes[0];
      taken.push(box);
      places.set(rail, box.at);
    }
    return rails.map((rail) => places.get(rail));
  }

  // ---- drawing ----

  function drawRails(context, points, { colours, k }) {
    const pen = (colour, width) => {
      context.strokeStyle = colour;
      context.lineWidth = width * k;
      context.stroke();
    };
    context.lineCap = "butt";
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(points[0], points[1]);
    for (let i = 2; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
    pen(colours.land, RAILS_PX.casing);
    pen(colours.ink, RAILS_PX.rails);
    pen(colours.land, RAILS_PX.between);
  }

  const minutesPxOf = ({ namePx, isWall }) => (isWall ? MINUTES_EM.wall : MINUTES_EM.desk) * namePx;

  function drawSign(context, { x, y }, minutes, theme) {
    const { colours, k, font } = theme;
    const r = TRIANGLE_PX * k;
    context.beginPath();
    context.arc(x, y, 1.35 * r, 0, 2 * Math.PI);
    context.fillStyle = colours.land;
    context.fill();
    context.beginPath();
    context.moveTo(x, y - r);
    context.lineTo(x + 1.1 * r, y + 0.85 * r);
    context.lineTo(x - 1.1 * r, y + 0.85 * r);
    context.closePath();
    context.fillStyle = colours.warning;
    context.fill();
    context.strokeStyle = colours["warning-edge"];
    context.lineWidth = k;
    context.stroke();
    context.font = `700 ${minutesPxOf(theme)}px ${font}`;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.lineJoin = "round";
    context.strokeStyle = colours.land;
    context.lineWidth = 5 * k;
    context.strokeText(minutes, x, y - 1.35 * r);
    context.fillStyle = colours.ink;
    context.fillText(minutes, x, y - 1.35 * r);
    context.textAlign = "left";
  }

  // ---- Leaflet ----

  function create(L, { pageState, routes, routeShapes, stopPlaces, shown }) {
    const lines = new Map(); // route id -> {shape, places, line}
    let gaps = [];
    let told = "";

    /** The line of a route, once its shape is there. */
    function lineOf(routeId) {
      const shape = routeShapes().find(({ facts }) => facts.route_id === routeId);
      const places = stopPlaces.all();
      const known = lines.get(routeId);
      if (known && known.shape === shape && known.places === places) return known.line;
      const route = routes.find((one) => one.route_id === routeId);
      const rungs = route && route.ladder ? route.ladder.stops : [];
      const line = shape && shape.parts.length === 1 ? scopc.routeLine.create(shape.parts[0], rungs, places) : null;
      lines.set(routeId, { shape, places, line });
      return line;
    }

    function onPicture({ picture, age }) {
      const isUsable = picture !== null && (age === "fresh" || age === "ageing") && shown.has("lines");
      const next = isUsable ? gapsOf(picture, pageState.get().routes) : [];
      const words = JSON.stringify(next);
      if (words === told) return;
      told = words;
      gaps = next;
      for (const one of [rails, signs]) {
        one.show(gaps.length > 0);
        one.redraw();
      }
    }

    function pointsOf({ frame, theme }) {
      return gaps.flatMap(({ routeId, from, to, s, minutes }) => {
        const line = lineOf(routeId);
        const world = line === null ? [] : line.stretch(from, to);
        if (world.length < 4) return [];
        const px = world.map((value, i) => value * frame.worldPx - (i % 2 === 0 ? frame.x : frame.y));
        const offset = scopc.baseMap.offsetOf(routes.findIndex((route) => route.route_id === routeId), theme.k);
        return [{ points: scopc.polyline.offsetLeft(scopc.polyline.simplify(px, theme.k), offset), s, minutes }];
      });
    }

    function drawSigns(drawing) {
      const { context, frame, theme, map } = drawing;
      const { margin } = frame;
      const view = { x: margin.x, y: margin.y, w: frame.width - 2 * margin.x, h: frame.height - 2 * margin.y };
      const triangle = 1.35 * TRIANGLE_PX * theme.k;
      const minutesPx = minutesPxOf(theme);
      const reach = { above: triangle + minutesPx, half: Math.max(triangle, 0.65 * minutesPx), below: triangle };
      const found = pointsOf(drawing);
      const places = placeSigns(found, { view, reserved: scopc.baseMap.controlsOver(map, frame), ...reach });
      found.forEach(({ minutes }, i) => drawSign(context, places[i], minutes, theme));
    }

    const rails = scopc.canvasLayer.create(L, {
      name: PANE,
      z: PANE_Z,
      draw: (drawing) => pointsOf(drawing).forEach(({ points }) => drawRails(drawing.context, points, drawing.theme)),
      start: ({ map, redraw }) => [scopc.operations.watch(map.getPane(PANE), onPicture), stopPlaces.watch(redraw)],
    });
    const signs = scopc.canvasLayer.create(L, {
      name: SIGNS_PANE,
      z: SIGNS_PANE_Z,
      draw: drawSigns,
      start: ({ redraw }) => [stopPlaces.watch(redraw)],
    });
    rails.show(false);
    signs.show(false);
    return L.layerGroup([signs, rails]);
  }

  return { create, gapsOf, placeSigns };
})();
