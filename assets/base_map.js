/**
 * The pack's base map on a Leaflet map: districts, water, roads, routes and a few names, on one canvas of its own under
 * the vehicles. Drawn when the view has come to rest or the theme changes, never because vehicles move.
 *
 *   scopc.baseMap.create(L, {layers, routes, lang, pageState}).addTo(map)   `layers` and `routes` of the page's config
 */
window.scopc = window.scopc || {};
scopc.baseMap = (() => {
  "use strict";

  const PANE = "scopc-base";
  const PANE_Z = 350; // over tiles (200), under everything else
  const PADDING = 0.25; // of the view on each side, so that a drag does not show the edge
  const RETRY_MS = [4000, 10000];
  const ROAD_PX = { trunk: 5, primary: 4, secondary: 2.6 }; // design language, section 6
  const ROUTE_PX = 2.3;
  const ROUTE_OFFSET_PX = [1.6, 2.9]; // first line, each further one
  const SIMPLIFY_PX = 1.1;
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

  /** Routes side by side, each to the left of its way; those that the filter leaves out stand back. */
  function drawRoutes(pen, shapes, theme, { routes, chosen }) {
    const order = new Map(routes.map((route, index) => [route.route_id, index]));
    const sorted = [...shapes].sort((a, b) => (order.get(a.facts.route_id) ?? 0) - (order.get(b.facts.route_id) ?? 0));
    for (const { parts, facts } of sorted) {
      const index = order.get(facts.route_id) ?? routes.length;
      const colour = theme.lines[(routes[index] || {}).colour] || theme.lines.grey;
      const by = (ROUTE_OFFSET_PX[0] + ROUTE_OFFSET_PX[1] * index) * theme.k;
      pen.context.globalAlpha = chosen.size === 0 || chosen.has(facts.route_id) ? 1 : 0.25;
      pen.context.beginPath();
      for (const part of parts) {
        const line = scopc.polyline.simplify(pen.toPixels(part), SIMPLIFY_PX * theme.k);
        pen.trace(scopc.polyline.offsetLeft(line, by), false);
      }
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

  // ---- Leaflet ----

  /**
   * @param {object} L Leaflet
   * @param {object} options
   * @param {{url: string, role: string}[]} options.layers
   * @param {{route_id: string, colour: string}[]} options.routes
   * @param {"th"|"en"} options.lang
   * @param {{get: Function, subscribe: Function}} options.pageState
   */
  function create(L, { layers, routes, lang, pageState }) {
    const shapes = Object.fromEntries(ROLES.map((role) => [role, []]));
    const stats = { drawn: 0, drawMs: 0 };
    const stops = [];
    let map;
    let canvas;
    let theme;
    let drawnZoom;
    let drawnCorner; // of the canvas, as a place
    let frameRequest = null;

    function redraw() {
      if (map && frameRequest === null) frameRequest = window.requestAnimationFrame(onFrame);
    }

    function onFrame() {
      frameRequest = null;
      draw();
    }

    function restyle() {
      const wanted = scopc.mapTheme.read(map.getContainer());
      if (theme && wanted.key === theme.key) return;
      theme = wanted;
      redraw();
    }

    /** The canvas covers the view and a margin. @returns {object} frame for the pen */
    function fit() {
      const size = map.getSize();
      const margin = size.multiplyBy(PADDING).round();
      const topLeft = map.containerPointToLayerPoint(margin.multiplyBy(-1)).round();
      const origin = map.getPixelOrigin();
      const width = size.x + 2 * margin.x;
      const height = size.y + 2 * margin.y;
      drawnZoom = map.getZoom();
      drawnCorner = map.layerPointToLatLng(topLeft);
      canvas.width = Math.round(width * theme.dpr);
      canvas.height = Math.round(height * theme.dpr);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      L.DomUtil.setTransform(canvas, topLeft, 1);
      const worldPx = scopc.mercator.worldPx(drawnZoom);
      return { x: origin.x + topLeft.x, y: origin.y + topLeft.y, width, height, worldPx, margin };
    }

    function draw() {
      const started = performance.now();
      const frame = fit();
      const context = canvas.getContext("2d");
      context.scale(theme.dpr, theme.dpr);
      context.lineJoin = context.lineCap = "round";
      const pen = createPen(context, frame);
      const inFrame = (role) => shapes[role].filter(pen.isInFrame);
      const { colours, k } = theme;
      drawAreas(pen, inFrame("district"), { edge: colours.line, width: k });
      drawAreas(pen, inFrame("water"), { fill: colours.water, edge: colours["water-edge"], width: k });
      drawRoads(pen, inFrame("road"), theme);
      drawRoutes(pen, inFrame("route"), theme, { routes, chosen: pageState.get().routes });
      const measure = (text) => context.measureText(text).width;
      context.font = `500 ${theme.namePx}px ${theme.font}`;
      drawNames(pen, scopc.mapNames.choose({ shapes, frame, theme, zoom: drawnZoom, lang, measure }), theme);
      stats.drawn += 1;
      stats.drawMs = performance.now() - started;
    }

    function onZoomAnim(event) {
      const offset = map._latLngToNewLayerPoint(drawnCorner, event.zoom, event.center);
      L.DomUtil.setTransform(canvas, offset, map.getZoomScale(event.zoom, drawnZoom));
    }

    function load() {
      for (const { url, role } of layers) {
        fetchLayer(url).then(
          (collection) => {
            shapes[role].push(...shapesOf(collection, role));
            redraw();
          },
          (error) => console.error(error.message),
        );
      }
    }

    const Layer = L.Layer.extend({
      stats,

      onAdd(owner) {
        map = owner;
        const pane = map.getPane(PANE) || map.createPane(PANE);
        pane.style.zIndex = PANE_Z;
        pane.style.pointerEvents = "none";
        canvas = L.DomUtil.create("canvas", "scopc-base leaflet-zoom-animated", pane);
        canvas.setAttribute("aria-hidden", "true");
        stops.push(scopc.mapTheme.onChange(restyle), pageState.subscribe(redraw, ["routes"]));
        restyle();
        load();
      },

      onRemove() {
        stops.splice(0).forEach((stop) => stop());
        if (frameRequest !== null) window.cancelAnimationFrame(frameRequest);
        frameRequest = null;
        canvas.remove();
        map = null;
      },

      getEvents() {
        return { moveend: redraw, viewreset: redraw, resize: redraw, zoomanim: onZoomAnim };
      },
    });
    return new Layer();
  }

  return { create, shapesOf, partsOf, boundsOf };
})();
