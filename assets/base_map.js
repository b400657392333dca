/**
 * The pack's base map on a Leaflet map: districts, water and roads on one canvas, routes on another, a few names on a
 * third, so that links lie between the first two and nothing but marks and vehicles over the names. Drawn when the view has
 * come to rest or the theme changes, never because vehicles move.
 *
 *   const {ground, lines, names} = scopc.baseMap.create(L, {layers, routes, lang, pageState, shown})   layers to add
 *   `layers` and `routes` of the page's config; `shown.has("lines")` says whether routes are drawn
 */
window.scopc = window.scopc || {};
scopc.baseMap = (() => {
  "use strict";

  const PANE = "scopc-base";
  const PANE_Z = 350; // over tiles (200), under everything else
  const LINES_PANE = "scopc-lines";
  const LINES_PANE_Z = 370; // links of the network lie between
  const NAMES_PANE = "scopc-names";
  const NAMES_PANE_Z = 390; // over routes and gaps (380), under stops and vehicles
  const CONTROLS = ".leaflet-control, .toggles, .levels"; // what stands over a map in its region
  const RETRY_MS = [4000, 10000];
  const ROAD_PX = { trunk: 5, primary: 4, secondary: 2.6 }; // design language, section 6
  const ROUTE_PX = 2.3;
  const ROUTE_OFFSET_PX = [1.6, 2.9]; // first line, each further one
  const SIMPLIFY_PX = 1.1;
  const INK = { route: 1, road: 0.5, water: 0.3 }; // how much a name on such a line would spoil
  const ROLES = ["district", "water", "road", "route"];

  // ---- reading ----

  /** Lines and rings of a GeoJSON geometry. @returns {[number, number][][]} lon, lat */
  function partsOf(geometry) {
    const { type, coordinates } = geometry || {};
    if (type === "LineString") return [coordinates];
    if (type === "Polygon" || type === "MultiLineString") return coordinates;
    if (type === "MultiPolygon") return coordinates.flat();
    return [];
  }

  /** Flat world coordinates of a line. */
  function toWorld(line) {
    const points = new Float64Array(line.length * 2);
    line.forEach(([lon, lat], i) => {
      points[2 * i] = scopc.mercator.worldX(lon);
      points[2 * i + 1] = scopc.mercator.worldY(lat);
    });
    return points;
  }

  /** The box around points. */
  function boundsOf(points) {
    const box = { west: Infinity, north: Infinity, east: -Infinity, south: -Infinity };
    for (let i = 0; i < points.length; i += 2) {
      box.west = Math.min(box.west, points[i]);
      box.east = Math.max(box.east, points[i]);
      box.north = Math.min(box.north, points[i + 1]);
      box.south = Math.max(box.south, points[i + 1]);
    }
    return box;
  }

  /**
   * A GeoJSON layer as shapes ready to be drawn.
   * @param {object} collection FeatureCollection; a feature without a line or ring is left out
   * @param {string} role
   */
  function shapesOf(collection, role) {
    return collection.features.flatMap(({ geometry, properties }) => {
      const parts = partsOf(geometry).map(toWorld);
      if (parts.length === 0) return [];
      return [{ role, parts, box: boundsOf(parts[0]), facts: properties || {} }];
    });
  }

  const fetched = new Map(); // url -> promise of GeoJSON, shared by the maps of a page

  /** GeoJSON of a URL; asks again until it has it, since a wall may start before its server. */
  function fetchLayer(url) {
    if (!fetched.has(url)) fetched.set(url, fetchAgain(url));
    return fetched.get(url);
  }

  async function fetchAgain(url) {
    for (;;) {
      try {
        const answer = await window.fetch(url);
        if (answer.ok) return await answer.json();
        if (answer.status === 404) throw new Error(`base map: ${url} is not there`);
      } catch (error) {
        if (error.message.startsWith("base map")) throw error;
      }
      const waitMs = RETRY_MS[0] + (RETRY_MS[1] - RETRY_MS[0]) * Math.random();
      await new Promise((resolve) => window.setTimeout(resolve, waitMs));
    }
  }

  // ---- drawing ----

  /**
   * A pen on a canvas that shows a piece of the world.
   * @param {CanvasRenderingContext2D} context in CSS pixels
   * @param {{x: number, y: number, width: number, height: number, worldPx: number}} frame upper left corner in world px
   */
  function createPen(context, frame) {
    const toPixels = (points) => {
      const out = new Float64Array(points.length);
      for (let i = 0; i < points.length; i += 2) {
        out[i] = points[i] * frame.worldPx - frame.x;
        out[i + 1] = points[i + 1] * frame.worldPx - frame.y;
      }
      return out;
    };
    const isInFrame = ({ box }) =>
      box.east * frame.worldPx > frame.x &&
      box.west * frame.worldPx < frame.x + frame.width &&
      box.south * frame.worldPx > frame.y &&
      box.north * frame.worldPx < frame.y + frame.height;

    function trace(points, isRing) {
      context.moveTo(points[0], points[1]);
      for (let i = 2; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
      if (isRing) context.closePath();
    }

    function stroke(colour, width) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
    return { context, frame, toPixels, isInFrame, trace, stroke };
  }

  function drawAreas(pen, shapes, { fill, edge, width }) {
    pen.context.beginPath();
    for (const shape of shapes) shape.parts.forEach((part) => pen.trace(pen.toPixels(part), true));
    if (fill) {
      pen.context.fillStyle = fill;
      pen.context.fill("evenodd");
    }
    pen.stroke(edge, width);
  }

  /** Class of a road; one that we have no width for is drawn as a small road. */
  const classOf = (facts) => (facts.road_class in ROAD_PX ? facts.road_class : "secondary");

  function drawRoads(pen, shapes, theme) {
    for (const [roadClass, px] of Object.entries(ROAD_PX).reverse()) {
      pen.context.beginPath();
      const ofClass = shapes.filter(({ facts }) => classOf(facts) === roadClass);
      for (const shape of ofClass) shape.parts.forEach((part) => pen.trace(pen.toPixels(part), false));
      pen.stroke(theme.colours.road, px * theme.k);
    }
  }

  /** How far a line stands to the left of its way, px. @param {number} index of the page's routes */
  const offsetOf = (index, k) => (ROUTE_OFFSET_PX[0] + ROUTE_OFFSET_PX[1] * index) * k;

  /** Routes side by side, each to the left of its way, as drawn. @returns {{facts: object, index: number, lines: ArrayLike<number>[]}[]} */
  function routeLines(pen, shapes, theme, routes) {
    const order = new Map(routes.map((route, index) => [route.route_id, index]));
    const sorted = [...shapes].sort((a, b) => (order.get(a.facts.route_id) ?? 0) - (order.get(b.facts.route_id) ?? 0));
    return sorted.map(({ parts, facts }) => {
      const index = order.get(facts.route_id) ?? routes.length;
      const by = offsetOf(index, theme.k);
      const simple = parts.map((part) => scopc.polyline.simplify(pen.toPixels(part), SIMPLIFY_PX * theme.k));
      return { facts, index, lines: simple.map((line) => scopc.polyline.offsetLeft(line, by)) };
    });
  }

  /** Routes that the filter leaves out stand back. */
  function drawRoutes(pen, shapes, theme, { routes, chosen }) {
    for (const { facts, index, lines } of routeLines(pen, shapes, theme, routes)) {
      const colour = theme.lines[(routes[index] || {}).colour] || theme.lines.grey;
      pen.context.globalAlpha = chosen.size === 0 || chosen.has(facts.route_id) ? 1 : 0.25;
      pen.context.beginPath();
      for (const line of lines) pen.trace(line, false);
      pen.stroke(colour, ROUTE_PX * theme.k);
    }
    pen.context.globalAlpha = 1;
  }

  function drawNames(pen, names, theme) {
    const { context } = pen;
    context.font = `500 ${theme.namePx}px ${theme.font}`;
    context.textBaseline = "middle";
    context.strokeStyle = theme.colours.land;
    context.fillStyle = theme.colours["road-name"];
    context.lineWidth = 4 * theme.k;
    for (const { text, x, y } of names) {
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    }
  }

  /** Boxes of the controls over a map, px of a canvas that reaches a margin beyond it. */
  function controlsOver(map, { margin }) {
    const container = map.getContainer();
    const origin = container.getBoundingClientRect();
    return [...(container.closest(".region") || container).querySelectorAll(CONTROLS)].map((control) => {
      const { left, top, width, height } = control.getBoundingClientRect();
      return { x: left - origin.left + margin.x, y: top - origin.top + margin.y, w: width, h: height };
    });
  }

  // ---- Leaflet ----

  /**
   * @param {object} L Leaflet
   * @param {object} options
   * @param {{url: string, role: string}[]} options.layers
   * @param {{route_id: string, colour: string}[]} options.routes
   * @param {"th"|"en"} options.lang
   * @param {{get: Function, subscribe: Function}} options.pageState
   * @param {{has: (name: string) => boolean}} options.shown layers of this map
   * @returns {{ground: object, lines: object, names: object, keepFree: Function}} Leaflet layers: land, water and roads; routes;
   *   names, which keep out of the boxes that a function given to `keepFree` tells, px of the canvas
   */
  function create(L, { layers, routes, lang, pageState, shown }) {
    const shapes = Object.fromEntries(ROLES.map((role) => [role, []]));
    const kept = []; // functions that tell boxes

    const penOf = (drawing) => {
      drawing.context.lineJoin = drawing.context.lineCap = "round";
      const pen = createPen(drawing.context, drawing.frame);
      return { pen, inFrame: (role) => shapes[role].filter(pen.isInFrame) };
    };

    function drawGround(drawing) {
      const { pen, inFrame } = penOf(drawing);
      const { colours, k } = drawing.theme;
      drawAreas(pen, inFrame("district"), { edge: colours.line, width: k });
      drawAreas(pen, inFrame("water"), { fill: colours.water, edge: colours["water-edge"], width: k });
      drawRoads(pen, inFrame("road"), drawing.theme);
    }

    function drawLines(drawing) {
      const { pen, inFrame } = penOf(drawing);
      if (shown.has("lines")) drawRoutes(pen, inFrame("route"), drawing.theme, { routes, chosen: pageState.get().routes });
    }

    function drawAllNames(drawing) {
      const { pen, inFrame } = penOf(drawing);
      const { context, frame, theme, map } = drawing;
      const inked = (role) => inFrame(role).flatMap(({ parts }) => parts.map((part) => ({ points: pen.toPixels(part), weight: INK[role] })));
      const ways = shown.has("lines") ? routeLines(pen, inFrame("route"), theme, routes).flatMap(({ lines: drawn }) => drawn) : [];
      const drawn = [...inked("water"), ...inked("road"), ...ways.map((points) => ({ points, weight: INK.route }))];
      context.font = `500 ${theme.namePx}px ${theme.font}`;
      const measure = (text) => context.measureText(text).width;
      const reserved = [...controlsOver(map, frame), ...kept.flatMap((boxesOf) => boxesOf())];
      drawNames(pen, scopc.mapNames.choose({ shapes, frame, theme, zoom: frame.zoom, lang, measure, reserved, drawn }), theme);
    }

    const ground = scopc.canvasLayer.create(L, { name: PANE, z: PANE_Z, draw: drawGround });
    const lines = scopc.canvasLayer.create(L, {
      name: LINES_PANE,
      z: LINES_PANE_Z,
      draw: drawLines,
      start: ({ redraw }) => [pageState.subscribe(redraw, ["routes"]), shown.subscribe(redraw)],
    });
    const names = scopc.canvasLayer.create(L, {
      name: NAMES_PANE,
      z: NAMES_PANE_Z,
      draw: drawAllNames,
      start: ({ redraw }) => [shown.subscribe(redraw)],
    });

    for (const { url, role } of layers) {
      fetchLayer(url).then(
        (collection) => {
          shapes[role].push(...shapesOf(collection, role));
          [ground, lines, names].forEach((layer) => layer.redraw());
        },
        (error) => console.error(error.message),
      );
    }
    return { ground, lines, names, routeShapes: () => shapes.route, keepFree: (boxesOf) => kept.push(boxesOf) };
  }

  return { create, shapesOf, partsOf, boundsOf, offsetOf, controlsOver };
})();
