/**
 * Which names stand on the base map, and where. Pure: the measuring of words comes in.
 *
 * Lakes first, then roads by class; a name that would cover another is left out. A wall names six places at most.
 */
window.scopc = window.scopc || {};
scopc.mapNames = (() => {
  "use strict";

  const MOST = { wall: 6, desk: 24 };
  const ROAD_FROM_ZOOM = { trunk: 10, primary: 11.5, secondary: 13.5 };
  const WATER_FROM_ZOOM = 11.5;
  const DISTRICTS_BELOW_ZOOM = 11.5;
  const GAP_PX = 6;
  const ALONG = [0.5, 0.35, 0.65, 0.2, 0.8]; // where on its visible stretch a road may be named, best first

  /** A name without what stands in brackets: a map has no room for a road's number. */
  function nameOf(facts, lang) {
    const name = facts[`name_${lang}`] || facts.name_th || facts.name_en || "";
    return name.replace(/\s*\([^)]*\)/g, "").trim();
  }

  /** The stretch of a road in view, as points in px. */
  function visible(points, frame, view) {
    const out = [];
    for (let i = 0; i < points.length; i += 2) {
      const x = points[i] * frame.worldPx - frame.x;
      const y = points[i + 1] * frame.worldPx - frame.y;
      const isInView = x > view.x && y > view.y && x < view.x + view.w && y < view.y + view.h;
      if (isInView) out.push([x, y]);
    }
    return out;
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

  /** Candidate boxes for a road: beside points of the stretch in view. */
  function besideRoad(shape, frame, view, width, height) {
    const points = visible(shape.parts[0], frame, view);
    if (points.length === 0) return [];
    return ALONG.flatMap((share) => {
      const [x, y] = points[Math.round(share * (points.length - 1))];
      return [
        { x: x + 2 * GAP_PX, y: y - height / 2 },
        { x: x - 2 * GAP_PX - width, y: y - height / 2 },
      ];
    });
  }

  /** Everything that might be named at a zoom, most important first. */
  function candidates(shapes, zoom) {
    const roads = (roadClass) => shapes.road.filter(({ facts }) => (facts.road_class || "secondary") === roadClass);
    const list = [];
    if (zoom < DISTRICTS_BELOW_ZOOM) list.push(...shapes.district.map((shape) => ({ shape, kind: "district" })));
    if (zoom >= WATER_FROM_ZOOM) list.push(...shapes.water.map((shape) => ({ shape, kind: "water" })));
    for (const [roadClass, from] of Object.entries(ROAD_FROM_ZOOM)) {
      if (zoom >= from) list.push(...roads(roadClass).map((shape) => ({ shape, kind: "road" })));
    }
    return list;
  }

  function placesFor({ shape, kind }, frame, view, width, height) {
    if (kind === "water") return besideLake(shape, frame, width, height);
    if (kind === "road") return besideRoad(shape, frame, view, width, height);
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
   * @param {{namePx: number, isWall: boolean}} options.theme
   * @param {number} options.zoom
   * @param {"th"|"en"} options.lang
   * @param {(text: string) => number} options.measure width in px
   * @returns {{text: string, x: number, y: number}[]} left end and middle height, px of the canvas
   */
  function choose({ shapes, frame, theme, zoom, lang, measure }) {
    const { margin } = frame;
    const view = { x: margin.x, y: margin.y, w: frame.width - 2 * margin.x, h: frame.height - 2 * margin.y };
    const height = theme.namePx * 1.5;
    const taken = [];
    const names = [];
    const said = new Set();
    for (const candidate of candidates(shapes, zoom)) {
      if (names.length >= (theme.isWall ? MOST.wall : MOST.desk)) break;
      const text = nameOf(candidate.shape.facts, lang);
      if (text === "" || said.has(text)) continue;
      const width = measure(text);
      const places = placesFor(candidate, frame, view, width, height);
      const boxes = places.map((place) => ({ ...place, w: width, h: height }));
      const isFree = (wanted) => !taken.some((other) => scopc.mapLabels.overlaps(wanted, other));
      const box = boxes.find((wanted) => isInside(wanted, view) && isFree(wanted));
      if (!box) continue;
      said.add(text);
      taken.push(box);
      names.push({ text, x: box.x, y: box.y + height / 2 });
    }
    return names;
  }

  const isInside = (box, view) =>
    box.x >= view.x && box.y >= view.y && box.x + box.w <= view.x + view.w && box.y + box.h <= view.y + view.h;

  return { choose, nameOf };
})();
