/**
 * Links of the network as lines on a screen: where they lie and how they are drawn. Pure, but for the pen.
 *
 *   const shapes = scopc.linkShapes.create(features)     of the geometry file, in its order
 *   shapes.project(i, level, zoom, worldPx, k)           points of link i, px from `shapes.origin`
 *   shapes.hit(x, y, reach, {levels, worldPx, k, zoom})  index of the nearest link, -1 for none; world units
 *   scopc.linkShapes.widthOf(roadClass, level)           k px
 *
 * A link lies to the left of the road's middle, seen in its direction of travel, as traffic does here; its inner edge
 * stays where it is when it grows wider, so both directions of a road can be seen at any level.
 */
window.scopc = window.scopc || {};
scopc.linkShapes = (() => {
  "use strict";

  // Design language, section 6: width by class times the factor of the level; no data is thin and dotted.
  const CLASS_PX = { trunk: 3.4, primary: 3, secondary: 2.2 };
  const SMALL_PX = 1.8; // a class that has no width of its own
  const FACTORS = [0.6, 1, 1, 1.15, 1.5, 1.9, 2.4, 1.5]; // none, A to F, closed
  const LEAST_NONE_PX = 1.2;
  const MIDDLE_PX = 0.5; // between a link and the middle of its road
  const SIMPLIFY_PX = 0.8;
  const FULL_ZOOM = 14; // from here on at full width; a whole city's roads are drawn finer
  const LEAST_ZOOM_FACTOR = 0.5;
  const MARGIN_PX = 14; // of a link's box: half its greatest width, offset and ornaments

  /** Width of a link in px at scale 1. @param {number} level as of `networkLinks.levelAt` */
  function widthOf(roadClass, level) {
    const width = (CLASS_PX[roadClass] ?? SMALL_PX) * FACTORS[level];
    return level === 0 ? Math.max(LEAST_NONE_PX, width) : width;
  }

  /** How much finer links are drawn when the map shows a whole city; a wall shows as much of it at a higher zoom. */
  const zoomFactor = (zoom, k) => Math.min(1, Math.max(LEAST_ZOOM_FACTOR, 1 - 0.16 * (FULL_ZOOM + Math.log2(k) - zoom)));

  /** Distance of a point from a piece of line, squared. */
  function squareDistance(px, py, ax, ay, bx, by) {
    const dx = bx - ax;
    const dy = by - ay;
    const square = dx * dx + dy * dy;
    const share = square === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / square));
    const ex = px - ax - share * dx;
    const ey = py - ay - share * dy;
    return ex * ex + ey * ey;
  }

  /** Distance of a point from a flat polyline, squared. */
  function lineDistance(points, px, py) {
    let least = Infinity;
    for (let i = 2; i < points.length; i += 2) {
      least = Math.min(least, squareDistance(px, py, points[i - 2], points[i - 1], points[i], points[i + 1]));
    }
    return least;
  }

  /** The middle of a flat polyline by length, and the direction there. @returns {{x, y, angle}} */
  const middleOf = (points) => scopc.polyline.pointAt(points, 0.5);

  /** @param {object[]} features of the geometry file */
  function create(features) {
    const { worldX, worldY } = scopc.mercator;
    const count = features.length;
    const world = []; // flat world coordinates of each link
    const classes = [];
    const boxes = new Float64Array(4 * count); // west, north, east, south
    const cache = new Array(count).fill(null); // projected points of the current scale
    const cachedLevel = new Int8Array(count).fill(-1);
    let cacheKey = "";

    features.forEach(({ geometry, properties }, i) => {
      const line = geometry && geometry.type === "LineString" ? geometry.coordinates : [];
      const points = new Float64Array(2 * line.length);
      line.forEach(([lon, lat], at) => {
        points[2 * at] = worldX(lon);
        points[2 * at + 1] = worldY(lat);
      });
      const box = scopc.baseMap.boundsOf(points);
      boxes.set([box.west, box.north, box.east, box.south], 4 * i);
      world.push(points);
      classes.push(properties.road_class);
    });
    const found = Array.from({ length: count }, (_, i) => i).filter((i) => world[i].length > 2);
    const origin = {
      x: found.reduce((least, i) => Math.min(least, boxes[4 * i]), Infinity),
      y: found.reduce((least, i) => Math.min(least, boxes[4 * i + 1]), Infinity),
    };

    /** Points of a link in px from `origin`, fewer where the eye sees no difference, moved to its side of the road. */
    function project(i, level, { worldPx, zoom }, k) {
      const key = `${worldPx} ${k}`;
      if (key !== cacheKey) {
        cacheKey = key;
        cachedLevel.fill(-1);
      }
      if (cachedLevel[i] === level) return cache[i];
      const points = world[i];
      const px = new Float64Array(points.length);
      for (let at = 0; at < points.length; at += 2) {
        px[at] = (points[at] - origin.x) * worldPx;
        px[at + 1] = (points[at + 1] - origin.y) * worldPx;
      }
      const fine = k * zoomFactor(zoom, k);
      const by = (widthOf(classes[i], level) / 2 + MIDDLE_PX) * fine;
      const line = scopc.polyline.offsetLeft(scopc.polyline.simplify(px, SIMPLIFY_PX * k), by);
      cache[i] = line;
      cachedLevel[i] = level;
      return line;
    }

    /** Whether link i may show in a box of px {x, y, width, height} of the world. */
    function isNear(i, box, worldPx, k) {
      const margin = MARGIN_PX * k;
      return (
        boxes[4 * i] * worldPx < box.x + box.width + margin &&
        boxes[4 * i + 2] * worldPx > box.x - margin &&
        boxes[4 * i + 1] * worldPx < box.y + box.height + margin &&
        boxes[4 * i + 3] * worldPx > box.y - margin
      );
    }

    /**
     * The link nearest to a place.
     * @param {number} x px of the world
     * @param {number} reachPx
     * @param {{levels: Uint8Array, frame: {worldPx, zoom}, k: number}} drawing
     * @returns {number} its index, -1 for none
     */
    function hit(x, y, reachPx, { levels, frame, k }) {
      const box = { x: x - reachPx, y: y - reachPx, width: 2 * reachPx, height: 2 * reachPx };
      const { worldPx } = frame;
      const fine = k * zoomFactor(frame.zoom, k);
      let best = -1;
      let least = Infinity;
      for (const i of found) {
        if (!isNear(i, box, worldPx, k)) continue;
        const points = project(i, levels[i], frame, k);
        const away = Math.sqrt(lineDistance(points, x - origin.x * worldPx, y - origin.y * worldPx));
        const beyond = away - (widthOf(classes[i], levels[i]) / 2) * fine;
        if (beyond <= reachPx && away < least) {
          best = i;
          least = away;
        }
      }
      return best;
    }

    return { count, found, classes, boxes, origin, project, isNear, hit };
  }

  return { create, widthOf, zoomFactor, lineDistance, middleOf };
})();
