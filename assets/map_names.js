/**
 * Which names stand on the base map, and where. Pure: the measuring of words comes in.
 *
 * Lakes first, then roads by class; on a wall, which has room for few, roads first, and six places at most on its two maps.
 * A name stands where least is drawn: vehicles run on lines, and a name off the lines is read under neither. One that
 * would cover another name or a control, or that finds lines everywhere, is left out.
 */
window.scopc = window.scopc || {};
scopc.mapNames = (() => {
  "use strict";

  const MOST = { wall: 3, desk: 24 };
  const ROAD_FROM_ZOOM = { trunk: 10, primary: 11.5, secondary: 13.5 };
  const WATER_FROM_ZOOM = 11.5;
  const DISTRICTS_BELOW_ZOOM = 11.5;
  const GAP_PX = 6;
  const ROAD_GAP_PX = { x: 14, y: 9 }; // between a road's middle and its name
  const STEP_PX = 36; // between two places along a road where it may be named
  const CELL_PX = 4; // of the grid that tells where lines are drawn
  const CLEAR_PX = { x: 9, y: 4 }; // between a name and a line, so that a vehicle on the line leaves it free; a line of type has air above and below
  const MOST_INKED = 0.1; // of a name's box: more, and its halo would cut the lines to pieces

  /** A name without what stands in brackets: a map has no room for a road's number. */
  function nameOf(facts, lang) {
    const name = facts[`name_${lang}`] || facts.name_th || facts.name_en || "";
    return name.replace(/\s*\([^)]*\)/g, "").trim();
  }

  /** Points every few px along a road where it is in view, those nearest to the middle of that stretch first. */
  function visible(points, frame, view, step) {
    const out = [];
    const at = (i) => [points[i] * frame.worldPx - frame.x, points[i + 1] * frame.worldPx - frame.y];
    for (let i = 2; i < points.length; i += 2) {
      const [ax, ay] = at(i - 2);
      const [bx, by] = at(i);
      const isAway =
        Math.max(ax, bx) < view.x || Math.min(ax, bx) > view.x + view.w || Math.max(ay, by) < view.y || Math.min(ay, by) > view.y + view.h;
      if (isAway) continue;
      const count = Math.max(1, Math.ceil(Math.hypot(bx - ax, by - ay) / step));
      for (let n = 0; n < count; n += 1) {
        const [x, y] = [ax + (n / count) * (bx - ax), ay + (n / count) * (by - ay)];
        if (x > view.x && y > view.y && x < view.x + view.w && y < view.y + view.h) out.push([x, y]);
      }
    }
    const middle = (out.length - 1) / 2;
    return out.map((point, i) => ({ point, off: Math.abs(i - middle) })).sort((a, b) => a.off - b.off).map(({ point }) => point);
  }

  /**
   * Where lines are drawn, as a grid over the view. Pure.
   * @param {{x: number, y: number, w: number, h: number}} view px
   * @param {{points: ArrayLike<number>, weight: number}[]} lines flat px; `weight` 0 to 1, how much a name on it would spoil
   * @returns {(box: {x, y, w, h}) => number} share of the box that is drawn on, by weight
   */
  function createInk(view, lines, cell) {
    const columns = Math.ceil(view.w / cell);
    const rows = Math.ceil(view.h / cell);
    const cells = new Float32Array(columns * rows);
    const mark = (x, y, weight) => {
      const column = Math.floor((x - view.x) / cell);
      const row = Math.floor((y - view.y) / cell);
      if (column < 0 || row < 0 || column >= columns || row >= rows) return;
      cells[row * columns + column] = Math.max(cells[row * columns + column], weight);
    };
    for (const { points, weight } of lines) {
      for (let i = 2; i < points.length; i += 2) {
        const [ax, ay, bx, by] = [points[i - 2], points[i - 1], points[i], points[i + 1]];
        const count = Math.ceil(Math.hypot(bx - ax, by - ay) / (cell / 2)) || 1;
        for (let n = 0; n <= count; n += 1) mark(ax + (n / count) * (bx - ax), ay + (n / count) * (by - ay), weight);
      }
    }
    return (box) => {
      let sum = 0;
      const [left, right] = [box.x, box.x + box.w].map((x) => Math.floor((x - view.x) / cell));
      const [top, bottom] = [box.y, box.y + box.h].map((y) => Math.floor((y - view.y) / cell));
      for (let row = Math.max(0, top); row <= Math.min(rows - 1, bottom); row += 1) {
        for (let column = Math.max(0, left); column <= Math.min(columns - 1, right); column += 1) sum += cells[row * columns + column];
      }
      return sum / ((right - left + 1) * (bottom - top + 1));
    };
  }

  /** Candidate boxes for a lake: to the right, to the left, below. */
  function besideLake({ box }, frame, width, height) {
    const west = box.west * frame.worldPx - frame.x;
    const east = box.east * frame.worldPx - frame.x;
    const north = box.north * frame.worldPx - frame.y;
    const south = box.south * frame.worldPx - frame.y;
    const middle = (north + south) / 2 - height / 2;
    return [
      { x: east + GAP_PX, y: middle },
      { x: west - GAP_PX - width, y: middle },
      { x: (west + east) / 2 - width / 2, y: south + GAP_PX },
    ];
  }

  /** Candidate boxes for a road: to the right, to the left, above and below points of the stretch in view. */
  function besideRoad(shape, { frame, view, width, height, k }) {
    const gap = { x: ROAD_GAP_PX.x * k, y: ROAD_GAP_PX.y * k };
    return shape.parts.flatMap((part) => visible(part, frame, view, STEP_PX * k)).flatMap(([x, y]) => [
      { x: x + gap.x, y: y - height / 2 },
      { x: x - gap.x - width, y: y - height / 2 },
      { x: x - width / 2, y: y - gap.y - height },
      { x: x - width / 2, y: y + gap.y },
    ]);
  }

  /** Everything that might be named at a zoom, most important first. */
  function candidates(shapes, zoom, isWall) {
    const roads = (roadClass) => shapes.road.filter(({ facts }) => (facts.road_class || "secondary") === roadClass);
    const list = [];
    if (zoom < DISTRICTS_BELOW_ZOOM) list.push(...shapes.district.map((shape) => ({ shape, kind: "district" })));
    const water = zoom >= WATER_FROM_ZOOM ? shapes.water.map((shape) => ({ shape, kind: "water" })) : [];
    if (!isWall) list.push(...water);
    for (const [roadClass, from] of Object.entries(ROAD_FROM_ZOOM)) {
      if (zoom >= from) list.push(...roads(roadClass).map((shape) => ({ shape, kind: "road" })));
    }
    return isWall ? [...list, ...water] : list;
  }

  function placesFor({ shape, kind }, room) {
    const { frame, width, height } = room;
    if (kind === "water") return besideLake(shape, frame, width, height);
    if (kind === "road") return besideRoad(shape, room);
    const { label_lon: lon, label_lat: lat } = shape.facts;
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) return [];
    const x = scopc.mercator.worldX(lon) * frame.worldPx - frame.x;
    const y = scopc.mercator.worldY(lat) * frame.worldPx - frame.y;
    return [{ x: x - width / 2, y: y - height / 2 }];
  }

  /**
   * @param {object} options
   * @param {Object<string, object[]>} options.shapes by role, from baseMap
   * @param {{x, y, width, height, worldPx, margin}} options.frame of the canvas
   * @param {{namePx: number, isWall: boolean, k: number}} options.theme
   * @param {number} options.zoom
   * @param {"th"|"en"} options.lang
   * @param {(text: string) => number} options.measure width in px
   * @param {{x, y, w, h}[]} options.reserved boxes of controls over the map, px of the canvas
   * @param {{points: ArrayLike<number>, weight: number}[]} options.drawn lines of the map, px of the canvas
   * @returns {{text: string, x: number, y: number}[]} left end and middle height, px of the canvas
   */
  function choose({ shapes, frame, theme, zoom, lang, measure, reserved, drawn }) {
    const { margin } = frame;
    const { k } = theme;
    const view = { x: margin.x, y: margin.y, w: frame.width - 2 * margin.x, h: frame.height - 2 * margin.y };
    const height = theme.namePx * 1.5;
    const inkOf = createInk(view, drawn, CELL_PX * k);
    const taken = [...reserved];
    const names = [];
    const said = new Set();
    for (const candidate of candidates(shapes, zoom, theme.isWall)) {
      if (names.length >= (theme.isWall ? MOST.wall : MOST.desk)) break;
      const text = nameOf(candidate.shape.facts, lang);
      if (text === "" || said.has(text)) continue;
      const width = measure(text);
      const places = placesFor(candidate, { frame, view, width, height, k });
      const isFree = (wanted) => isInside(wanted, view) && !taken.some((other) => scopc.mapLabels.overlaps(wanted, other));
      const box = clearest(places.map((place) => ({ ...place, w: width, h: height })).filter(isFree), inkOf, k);
      if (box === null) continue;
      said.add(text);
      taken.push(box);
      names.push({ text, x: box.x, y: box.y + height / 2 });
    }
    return names;
  }

  /** The first box that no line touches, else the one with the fewest; null where lines would be lost under it. */
  function clearest(boxes, inkOf, k) {
    let best = null;
    let least = MOST_INKED;
    for (const box of boxes) {
      const [x, y] = [CLEAR_PX.x * k, CLEAR_PX.y * k];
      const ink = inkOf({ x: box.x - x, y: box.y - y, w: box.w + 2 * x, h: box.h + 2 * y });
      if (ink === 0) return box;
      if (ink < least) [best, least] = [box, ink];
    }
    return best;
  }

  const isInside = (box, view) =>
    box.x >= view.x && box.y >= view.y && box.x + box.w <= view.x + view.w && box.y + box.h <= view.y + view.h;

  return { choose, nameOf, createInk };
})();
