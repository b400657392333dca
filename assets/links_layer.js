/**
 * The links of the network on a Leaflet map, by level of service, on a canvas of their own under routes and vehicles.
 *
 *   const layer = scopc.linksLayer.create(L, {networkLinks, pageState}).addTo(map)
 *   layer.hit(point, reachPx) -> index of a link or -1
 *
 * Geometry comes once, colours after. Only what changed is drawn again: the squares of the canvas that a changed link
 * touches, or the whole canvas when that is most of it. A link without data, or with data too old to act on, is dotted
 * and never has a level's colour; levels are judged anew every few seconds by our clock, so a frozen feed greys its links.
 */
window.scopc = window.scopc || {};
scopc.linksLayer = (() => {
  "use strict";

  const PANE = "scopc-links";
  const PANE_Z = 360; // over roads (350), under routes (370)
  const SQUARE_PX = 96;
  const MOST_SQUARES = 0.25; // of those with links: beyond that the whole is drawn at once, which is cheaper then
  const COLOURS = ["los-none", "los-ab", "los-ab", "los-c", "los-d", "los-e", "los-f", "ink"];

  // ---- pure ----

  /** Indices at which two lists of levels differ; all of them when there was none before. */
  function changedLinks(before, after) {
    const changed = [];
    for (let i = 0; i < after.length; i += 1) if (!before || before[i] !== after[i]) changed.push(i);
    return changed;
  }

  /**
   * Numbers of the squares of a canvas that a box touches.
   * @param {{x: number, y: number, width: number, height: number}} box px of the canvas
   * @param {{width: number, height: number}} canvas
   */
  function squaresOf(box, { width, height }) {
    const columns = Math.ceil(width / SQUARE_PX);
    const rows = Math.ceil(height / SQUARE_PX);
    const left = Math.max(0, Math.floor(box.x / SQUARE_PX));
    const right = Math.min(columns - 1, Math.floor((box.x + box.width) / SQUARE_PX));
    const top = Math.max(0, Math.floor(box.y / SQUARE_PX));
    const bottom = Math.min(rows - 1, Math.floor((box.y + box.height) / SQUARE_PX));
    const squares = [];
    for (let row = top; row <= bottom; row += 1) for (let column = left; column <= right; column += 1) squares.push(row * columns + column);
    return squares;
  }

  /** Where a square is. */
  function placeOf(square, { width }) {
    const columns = Math.ceil(width / SQUARE_PX);
    return { x: (square % columns) * SQUARE_PX, y: Math.floor(square / columns) * SQUARE_PX, width: SQUARE_PX, height: SQUARE_PX };
  }

  /** A square with its edges on whole pixels of the screen, so that no seam is seen. */
  function onPixels({ x, y, width, height }, dpr) {
    const snap = (px) => Math.round(px * dpr) / dpr;
    return { x: snap(x), y: snap(y), width: snap(x + width) - snap(x), height: snap(y + height) - snap(y) };
  }

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
    let bySquare = new Map(); // of that drawing: number of a square -> indices of the links that touch it
    const stats = { partial: 0, changed: 0, partialMs: 0 };

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

    /** Which links stand out. @returns {number[]} those that did not before, or no longer do */
    function readMarked() {
      const { linkId, incidentId } = pageState.get();
      const ids = new Set([...(linkId === null ? [] : [linkId]), ...incidents.linksOf(incidentId)]);
      const before = marked;
      const { facts } = networkLinks.current();
      marked = new Set(ids.size === 0 || facts === null ? [] : shapes.found.filter((i) => ids.has(facts[i].id)));
      return [...before, ...marked].filter((i) => before.has(i) !== marked.has(i));
    }

    function drawOne(context, i, { frame, theme, fine }) {
      const points = shapes.project(i, levels[i], frame, theme.k);
      const dx = shapes.origin.x * frame.worldPx - frame.x;
      const dy = shapes.origin.y * frame.worldPx - frame.y;
      const width = scopc.linkShapes.widthOf(shapes.classes[i], levels[i]) * fine;
      drawLink(context, points, dx, dy, levels[i], width, { isMarked: marked.has(i), colours: theme.colours, fine, k: theme.k });
    }

    function drawAll({ context, frame, theme }) {
      readGeometry();
      drawing = { frame, k: theme.k };
      bySquare = new Map();
      if (shapes === null) return;
      const fine = theme.k * scopc.linkShapes.zoomFactor(frame.zoom, theme.k);
      context.lineCap = "butt";
      context.lineJoin = "bevel";
      for (const i of order) {
        if (!shapes.isNear(i, frame, frame.worldPx, theme.k)) continue;
        drawOne(context, i, { frame, theme, fine });
        for (const square of squaresOf(boxOf(i, frame, theme.k), frame)) {
          if (!bySquare.has(square)) bySquare.set(square, []);
          bySquare.get(square).push(i);
        }
      }
    }

    /** Draw again what lies in the squares of some links. */
    function drawSome(changed) {
      const started = performance.now();
      const isDone = layer.paint(({ context, frame, theme }) => {
        const { k } = theme;
        const seen = changed.filter((i) => shapes.isNear(i, frame, frame.worldPx, k));
        const squares = new Set(seen.flatMap((i) => squaresOf(boxOf(i, frame, k), frame)));
        if (squares.size > MOST_SQUARES * bySquare.size) {
          layer.redraw();
          return;
        }
        const fine = k * scopc.linkShapes.zoomFactor(frame.zoom, k);
        for (const square of squares) {
          const { x, y, width, height } = onPixels(placeOf(square, frame), theme.dpr);
          context.save();
          context.beginPath();
          context.rect(x, y, width, height);
          context.clip();
          context.clearRect(x, y, width, height);
          const inside = (bySquare.get(square) || []).sort((a, b) => levels[a] - levels[b]);
          for (const i of inside) drawOne(context, i, { frame, theme, fine });
          context.restore();
        }
        stats.partial += 1;
      });
      stats.changed = changed.length;
      stats.partialMs = performance.now() - started;
      if (!isDone) layer.redraw();
    }

    function boxOf(i, frame, k) {
      const { boxes } = shapes;
      const { worldPx } = frame;
      const margin = 14 * k;
      const x = boxes[4 * i] * worldPx - frame.x - margin;
      const y = boxes[4 * i + 1] * worldPx - frame.y - margin;
      const width = (boxes[4 * i + 2] - boxes[4 * i]) * worldPx + 2 * margin;
      const height = (boxes[4 * i + 3] - boxes[4 * i + 1]) * worldPx + 2 * margin;
      return { x, y, width, height };
    }

    function onLinks(what) {
      if (what === "geometry") {
        layer.redraw();
        return;
      }
      if (shapes === null || window.document.hidden) return;
      const before = levels;
      levels = levelsNow(scopc.freshness.clock.now());
      const changed = changedLinks(before, levels);
      if (changed.length > 0) {
        sort();
        drawSome(changed);
      }
      if (what === "flow") noteDrawn();
    }

    function noteDrawn() {
      const { frame } = networkLinks.current();
      if (frame) scopc.stream.stats.markDrawn("links", frame.t, Date.now() - frame.t);
    }

    function onMarked() {
      if (shapes === null) return;
      const changed = readMarked();
      if (changed.length > 0) drawSome(changed);
    }

    function onVisible() {
      if (!window.document.hidden) onLinks("age");
    }

    const layer = scopc.canvasLayer.create(L, {
      name: PANE,
      z: PANE_Z,
      draw: drawAll,
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
    layer.linkStats = stats;
    return layer;
  }

  return { create, changedLinks, squaresOf, placeOf, SQUARE_PX };
})();
