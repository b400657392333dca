/**
 * Where a share of a line's round is on its drawn line. Pure.
 *
 *   const line = scopc.routeLine.create(points, rungs, places)    null where the stops do not lie along the points
 *   line.stretch(from, to)    flat points from one share forward to another, round the end of a loop
 *
 * A ladder says at which share of the round's time each stop is (`routes[].ladder.stops`, [id, share]); stops are found
 * on the drawn line in their order, and between two stops time runs evenly. On a line that passes the same place twice the
 * order tells which pass is meant.
 */
window.scopc = window.scopc || {};
scopc.routeLine = (() => {
  "use strict";

  const REACH_M = 90; // a stop stands beside its line, on either side of a wide road
  const LEAST_STOPS = 3;

  /** Length along flat points up to each. */
  function lengths(points) {
    const along = new Float64Array(points.length / 2);
    for (let i = 1; i < along.length; i += 1) {
      along[i] = along[i - 1] + Math.hypot(points[2 * i] - points[2 * i - 2], points[2 * i + 1] - points[2 * i - 1]);
    }
    return along;
  }

  /** Point at a length along. @returns {[number, number]} */
  function pointAt(points, along, at) {
    let low = 0;
    let high = along.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (along[middle] <= at) low = middle;
      else high = middle;
    }
    const piece = along[high] - along[low];
    const share = piece === 0 ? 0 : Math.min(1, Math.max(0, (at - along[low]) / piece));
    const mix = (axis) => points[2 * low + axis] + share * (points[2 * high + axis] - points[2 * low + axis]);
    return [mix(0), mix(1)];
  }

  /**
   * Places along the line where it passes a point within `reach`: nearer than the line just before and after it. A line
   * that turns back beside a stop passes it twice.
   * @returns {{at: number, square: number}[]} length along, distance squared
   */
  function passes(points, along, x, y, reach) {
    const found = [];
    let isAtEnd = true; // of the piece before, or the line begins here
    for (let i = 1; i < along.length; i += 1) {
      const [ax, ay, bx, by] = points.slice(2 * i - 2, 2 * i + 2);
      const dx = bx - ax;
      const dy = by - ay;
      const length = dx * dx + dy * dy;
      if (length === 0) continue;
      const share = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
      const square = (x - ax - share * dx) ** 2 + (y - ay - share * dy) ** 2;
      const isLast = i === along.length - 1;
      const isNearest = share === 0 ? isAtEnd : share < 1 || isLast;
      isAtEnd = share === 1;
      if (isNearest && square <= reach * reach) found.push({ at: along[i - 1] + share * (along[i] - along[i - 1]), square });
    }
    return found;
  }

  /**
   * A pass for each stop, in order, at the least sum of squared distances, within one length of the first.
   * @param {{at: number, square: number}[][]} candidates of each stop
   * @param {number} total length of the loop, or Infinity for a line that is not one
   * @returns {number[]|null} lengths along, never falling; beyond `total` they are in the next round
   */
  function inOrder(candidates, total) {
    const isLoop = Number.isFinite(total);
    let best = null;
    for (const first of candidates[0]) {
      let paths = [{ cost: first.square, at: first.at, trail: [first.at] }];
      for (const choices of candidates.slice(1)) {
        const unrolled = choices.flatMap((one) => (isLoop ? [one, { ...one, at: one.at + total }] : [one]));
        paths = unrolled
          .filter(({ at }) => at <= first.at + total)
          .map(({ at, square }) => {
            const from = paths.filter((path) => path.at <= at).reduce((a, b) => (a === null || b.cost < a.cost ? b : a), null);
            return from === null ? null : { cost: from.cost + square, at, trail: [...from.trail, at] };
          })
          .filter((path) => path !== null);
      }
      for (const path of paths) if (best === null || path.cost < best.cost) best = path;
    }
    return best === null ? null : best.trail;
  }

  /**
   * @param {ArrayLike<number>} points flat world coordinates of the line in its direction of travel
   * @param {[string, number, string][]} rungs stops of its ladder
   * @param {Map<string, {x: number, y: number}>} places of the stops in the world, by id
   */
  function create(points, rungs, places) {
    const { unitsPerMetre } = scopc.mercator;
    const placed = rungs.filter(([id]) => places.has(id)).sort((a, b) => a[1] - b[1]);
    if (placed.length < LEAST_STOPS || points.length < 4) return null;
    const flat = Array.from(points);
    const along = lengths(flat);
    const reach = REACH_M * unitsPerMetre(flat[1]);
    const end = flat.length;
    const isLoop = Math.hypot(flat[0] - flat[end - 2], flat[1] - flat[end - 1]) < reach;
    const total = along[along.length - 1];
    const candidates = placed.map(([id]) => passes(flat, along, places.get(id).x, places.get(id).y, reach));
    const found = inOrder(candidates, isLoop ? total : Infinity);
    if (found === null) return null;
    const shares = placed.map(([, share]) => share);

    /** Length along of a share; of shares beyond 1 in the next round. */
    function alongOf(share) {
      const round = Math.floor(share);
      const at = share - round;
      const next = shares.findIndex((one) => one > at);
      const [low, high] = next === 0 ? [-1, 0] : next < 0 ? [shares.length - 1, shares.length] : [next - 1, next];
      const ends = [low, high].map((i) => {
        if (i < 0) return isLoop ? { share: shares[shares.length - 1] - 1, at: found[found.length - 1] - total } : { share: 0, at: 0 };
        if (i >= shares.length) return isLoop ? { share: shares[0] + 1, at: found[0] + total } : { share: 1, at: total };
        return { share: shares[i], at: found[i] };
      });
      const width = ends[1].share - ends[0].share;
      const part = width === 0 ? 0 : (at - ends[0].share) / width;
      return ends[0].at + part * (ends[1].at - ends[0].at) + round * total;
    }

    /** @returns {number[]} flat points; empty for a stretch round the end of a line that is no loop */
    function stretch(from, to) {
      const start = alongOf(from);
      const stop = alongOf(to > from ? to : to + 1);
      if (!isLoop && to <= from) return [];
      const first = Math.floor(start / total) * total;
      const wrapped = (at) => pointAt(flat, along, at - Math.floor(at / total) * total);
      const out = [...wrapped(start)];
      for (let round = first; round < stop; round += total) {
        along.forEach((at, i) => {
          const isClosing = i === 0 && isLoop; // the end of the round before
          if (!isClosing && round + at > start && round + at < stop) out.push(flat[2 * i], flat[2 * i + 1]);
        });
      }
      out.push(...(isLoop ? wrapped(stop) : pointAt(flat, along, stop)));
      return out;
    }

    return { stretch, alongOf, total, isLoop };
  }

  return { create, passes, inOrder };
})();
