/**
 * Gaps of the service on a Leaflet map: the empty stretch between two vehicles that follow each other too far apart, as
 * two rails with a triangle and the minutes at its middle. From topic `operations`; too old a picture shows none.
 *
 *   scopc.gapsLayer.create(L, {pageState, routes, routeShapes, stopPlaces, shown}).addTo(map)
 *   `routeShapes()` are the lines of the base map; a line whose stops are not told, or do not lie on it, has no rails
 */
window.scopc = window.scopc || {};
scopc.gapsLayer = (() => {
  "use strict";

  const PANE = "scopc-gaps";
  const PANE_Z = 380; // over routes (370), under stops and vehicles
  const RAILS_PX = { casing: 11, rails: 6, between: 3.4 };
  const TRIANGLE_PX = 11;

  // ---- pure ----

  /** The gaps of a picture that can be drawn: share of follower and leader, minutes. */
  function gapsOf(picture, chosen) {
    const gaps = [];
    for (const route of picture.routes.values()) {
      if (chosen.size > 0 && !chosen.has(route.routeId)) continue;
      const shareOf = new Map(route.vehicles.map(({ id, share }) => [id, share]));
      for (const { leader, follower, s, kind } of route.spacings) {
        if (kind !== "gap" || !shareOf.has(leader) || !shareOf.has(follower)) continue;
        gaps.push({ routeId: route.routeId, from: shareOf.get(follower), to: shareOf.get(leader), minutes: scopc.operations.minutes(s) });
      }
    }
    return gaps;
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

  function drawSign(context, { x, y }, minutes, { colours, k, font, namePx }) {
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
    context.font = `700 ${1.15 * namePx}px ${font}`;
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
      layer.show(gaps.length > 0);
      layer.redraw();
    }

    function draw({ context, frame, theme }) {
      const signs = [];
      for (const { routeId, from, to, minutes } of gaps) {
        const line = lineOf(routeId);
        const world = line === null ? [] : line.stretch(from, to);
        if (world.length < 4) continue;
        const px = world.map((value, i) => value * frame.worldPx - (i % 2 === 0 ? frame.x : frame.y));
        const offset = scopc.baseMap.offsetOf(routes.findIndex((route) => route.route_id === routeId), theme.k);
        const points = scopc.polyline.offsetLeft(scopc.polyline.simplify(px, theme.k), offset);
        drawRails(context, points, theme);
        signs.push({ at: scopc.linkShapes.middleOf(points), minutes });
      }
      for (const { at, minutes } of signs) drawSign(context, at, minutes, theme);
    }

    const layer = scopc.canvasLayer.create(L, {
      name: PANE,
      z: PANE_Z,
      draw,
      start: ({ map, redraw }) => [scopc.operations.watch(map.getPane(PANE), onPicture), stopPlaces.watch(redraw)],
    });
    layer.show(false);
    return layer;
  }

  return { create, gapsOf };
})();
