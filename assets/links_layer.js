/**
 * The links of the network on a Leaflet map, by level of service, on a canvas of their own under routes and vehicles.
 *
 *   const layer = scopc.linksLayer.create(L, {networkLinks, pageState}).addTo(map)
 *   layer.hit(point, reachPx) -> index of a link or -1
 *
 * Geometry comes once, colours after. The canvas is drawn when a link's level has changed, once for all that change
 * together: 5,000 links take a few milliseconds, and to redraw only the squares of the changed ones took longer (measured).
 * A link without data, or with data too old to act on, is dotted and never has a level's colour; levels are judged anew
 * every few seconds by our clock, so a frozen feed greys its links.
 */
window.scopc = window.scopc || {};
scopc.linksLayer = (() => {
  "use strict";

  const PANE = "scopc-links";
  const PANE_Z = 360; // over roads (350), under routes (370)
  const COLOURS = ["los-none", "los-ab", "los-ab", "los-c", "los-d", "los-e", "los-f", "ink"];

  // ---- pure ----

  /** Whether two lists of levels differ. */
  const differ = (before, after) => before.length !== after.length || after.some((level, i) => level !== before[i]);

  // ---- drawing ----

  function trace(context, points, dx, dy) {
    context.beginPath();
    context.moveTo(points[0] + dx, points[1] + dy);
    for (let i = 2; i < points.length; i += 2) context.lineTo(points[i] + dx, points[i + 1] + dy);
  }

  function stroke(context, colour, width, dash = []) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.stroke();
  }

  /** A cross at the middle of a closed link. */
  function cross(context, points, dx, dy, colours, k) {
    const { x, y } = scopc.linkShapes.middleOf(points);
    const arm = 4.2 * k;
    context.beginPath();
    for (const way of [1, -1]) {
      context.moveTo(x + dx - arm, y + dy - way * arm);
      context.lineTo(x + dx + arm, y + dy + way * arm);
    }
    stroke(context, colours.land, 5 * k);
    stroke(context, colours.ink, 2.2 * k);
  }

  /** One link. @param {{isMarked: boolean, colours: object, fine: number, k: number}} style */
  function drawLink(context, points, dx, dy, level, width, { isMarked, colours, fine, k }) {
    const { LEVEL } = scopc.networkLinks;
    trace(context, points, dx, dy);
    if (isMarked) {
      stroke(context, colours.select, width + 6 * k);
      stroke(context, colours.land, width + 2.5 * k);
    } else if (level >= LEVEL.F) stroke(context, colours.land, width + 3 * fine);
    const colour = colours[COLOURS[level]];
    if (level === LEVEL.NONE) stroke(context, colour, width, [2 * k, 3 * k]);
    else if (level === LEVEL.CLOSED) {
      stroke(context, colour, width * 0.55, [5 * fine, 4 * fine]);
      cross(context, points, dx, dy, colours, k);
    } else stroke(context, colour, width);
    if (level === LEVEL.F) {
      trace(context, points, dx, dy);
      stroke(context, colours.land, width * 0.21, [4 * fine, 6 * fine]);
    }
  }

  // ---- Leaflet ----

  /**
   * @param {object} L Leaflet
   * @param {{networkLinks: object, pageState: object, incidents: object}} sources
   */
  function create(L, { networkLinks, pageState, incidents }) {
    let shapes = null;
    let shapesOf = null; // the file that they are of
    let levels = new Uint8Array(0);
    let order = []; // indices, the free first, so that what is stuck lies on top
    let marked = new Set(); // indices of links that are chosen, or that the chosen incident touches
    let drawing = null; // {frame, k} of the last drawing
    let awaitedT = null; // of the frame whose drawing is due

    function levelsNow(now) {
      const { frame } = networkLinks.current();
      const next = new Uint8Array(shapes.count);
      if (frame) for (let i = 0; i < shapes.count; i += 1) next[i] = networkLinks.levelAt(frame, i, now);
      return next;
    }

    function readGeometry() {
      const { collection } = networkLinks.current();
      if (collection === null || collection === shapesOf) return;
      shapesOf = collection;
      shapes = scopc.linkShapes.create(collection.features);
      levels = levelsNow(scopc.freshness.clock.now());
      sort();
      readMarked();
    }

    function sort() {
      const buckets = Array.from({ length: 8 }, () => []);
      for (const i of shapes.found) buckets[levels[i]].push(i);
      order = buckets.flat();
    }

    /** Which links stand out. @returns {boolean} whether others did before */
    function readMarked() {
      const { linkId, incidentId } = pageState.get();
      const ids = new Set([...(linkId === null ? [] : [linkId]), ...incidents.linksOf(incidentId)]);
      const before = marked;
      const { facts } = networkLinks.current();
      marked = new Set(ids.size === 0 || facts === null ? [] : shapes.found.filter((i) => ids.has(facts[i].id)));
      return before.size !== marked.size || [...marked].some((i) => !before.has(i));
    }

    function drawOne(context, i, { frame, theme, fine }) {
      const points = shapes.project(i, levels[i], frame, theme.k);
      const dx = shapes.origin.x * frame.worldPx - frame.x;
      const dy = shapes.origin.y * frame.worldPx - frame.y;
      const width = scopc.linkShapes.widthOf(shapes.classes[i], levels[i]) * fine;
      drawLink(context, points, dx, dy, levels[i], width, { isMarked: marked.has(i), colours: theme.colours, fine, k: theme.k });
    }

    function draw({ context, frame, theme }) {
      readGeometry();
      drawing = { frame, k: theme.k };
      if (shapes === null) return;
      const fine = theme.k * scopc.linkShapes.zoomFactor(frame.zoom, theme.k);
      context.lineCap = "butt"; // round ends take twice as long
      context.lineJoin = "bevel";
      for (const i of order) {
        if (shapes.isNear(i, frame, frame.worldPx, theme.k)) drawOne(context, i, { frame, theme, fine });
      }
      noteDrawn();
    }

    function onLinks(what) {
      if (what === "geometry") {
        layer.redraw();
        return;
      }
      if (shapes === null || window.document.hidden) return;
      const before = levels;
      const { frame } = networkLinks.current();
      levels = levelsNow(scopc.freshness.clock.now());
      if (!differ(before, levels)) return;
      sort();
      if (what === "flow" && frame) awaitedT = frame.t;
      layer.redraw();
    }

    /** The first drawing after a frame of data is the one that counts for latency. */
    function noteDrawn() {
      if (awaitedT !== null) scopc.stream.stats.markDrawn("links", awaitedT, Date.now() - awaitedT);
      awaitedT = null;
    }

    function onMarked() {
      if (shapes !== null && readMarked()) layer.redraw();
    }

    function onVisible() {
      if (!window.document.hidden) onLinks("age");
    }

    const layer = scopc.canvasLayer.create(L, {
      name: PANE,
      z: PANE_Z,
      draw,
      start: () => {
        window.document.addEventListener("visibilitychange", onVisible);
        return [
          networkLinks.subscribe(onLinks),
          incidents.subscribe(onMarked),
          pageState.subscribe(onMarked, ["linkId", "incidentId"]),
          () => window.document.removeEventListener("visibilitychange", onVisible),
        ];
      },
    });

    /** Link under a point of the container. @returns {number} index in the file, -1 for none */
    layer.hit = (point, reachPx) => {
      if (shapes === null || drawing === null || !layer.isShown()) return -1;
      const { x, y, unitsPerPx } = layer.worldAt(point);
      return shapes.hit(x / unitsPerPx, y / unitsPerPx, reachPx, { levels, ...drawing });
    };
    return layer;
  }

  return { create, differ };
})();
