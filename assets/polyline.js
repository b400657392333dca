/**
 * Polylines in pixels: fewer points, and moved aside. Flat arrays [x0, y0, x1, y1, ...]. Pure.
 */
window.scopc = window.scopc || {};
scopc.polyline = (() => {
  "use strict";

  const MITRE_MAX = 1.6;
  const HAIRPIN = 0.35; // sum of two unit normals shorter than this: the line turns back, there is no mitre

  /** Distance of point i from the line through points a and b. */
  function distance(points, i, a, b) {
    const dx = points[2 * b] - points[2 * a];
    const dy = points[2 * b + 1] - points[2 * a + 1];
    const px = points[2 * i] - points[2 * a];
    const py = points[2 * i + 1] - points[2 * a + 1];
    const length = Math.hypot(dx, dy);
    return length === 0 ? Math.hypot(px, py) : Math.abs(dx * py - dy * px) / length;
  }

  /**
   * Leave out points that lie within `tolerance` of the line without them (Ramer-Douglas-Peucker).
   * @param {ArrayLike<number>} points
   * @returns {number[]}
   */
  function simplify(points, tolerance) {
    const count = points.length / 2;
    if (count < 3) return Array.from(points);
    const kept = new Uint8Array(count);
    kept[0] = kept[count - 1] = 1;
    const stack = [[0, count - 1]];
    while (stack.length > 0) {
      const [first, last] = stack.pop();
      let far = tolerance;
      let at = -1;
      for (let i = first + 1; i < last; i += 1) {
        const d = distance(points, i, first, last);
        if (d > far) {
          far = d;
          at = i;
        }
      }
      if (at < 0) continue;
      kept[at] = 1;
      stack.push([first, at], [at, last]);
    }
    const out = [];
    for (let i = 0; i < count; i += 1) if (kept[i]) out.push(points[2 * i], points[2 * i + 1]);
    return out;
  }

  /** Unit normal to the left of travel on a screen (y down), or null for a piece without length. */
  function leftNormal(points, a, b) {
    const dx = points[2 * b] - points[2 * a];
    const dy = points[2 * b + 1] - points[2 * a + 1];
    const length = Math.hypot(dx, dy);
    return length === 0 ? null : [dy / length, -dx / length];
  }

  /**
   * Shift a line to the left of its direction, so that out and back do not lie on each other.
   * @param {number[]} points
   * @param {number} by pixels
   */
  function offsetLeft(points, by) {
    const count = points.length / 2;
    const out = [];
    for (let i = 0; i < count; i += 1) {
      const before = i > 0 ? leftNormal(points, i - 1, i) : null;
      const after = i + 1 < count ? leftNormal(points, i, i + 1) : null;
      const normals = [before, after].filter((normal) => normal !== null);
      if (normals.length === 0) {
        out.push(points[2 * i], points[2 * i + 1]);
        continue;
      }
      let nx = normals.reduce((sum, normal) => sum + normal[0], 0);
      let ny = normals.reduce((sum, normal) => sum + normal[1], 0);
      let length = Math.hypot(nx, ny);
      if (length < HAIRPIN) [nx, ny, length] = [...normals[0], 1];
      const stretch = normals.length > 1 ? Math.min(MITRE_MAX, 1 / Math.max(0.5, length / normals.length)) : 1;
      out.push(points[2 * i] + (nx / length) * by * stretch, points[2 * i + 1] + (ny / length) * by * stretch);
    }
    return out;
  }

  /**
   * The point at a share of a line's length, and the direction there.
   * @param {ArrayLike<number>} points flat
   * @param {number} share 0 to 1
   * @returns {{x: number, y: number, angle: number}} angle in radians
   */
  function pointAt(points, share) {
    let length = 0;
    for (let i = 2; i < points.length; i += 2) length += Math.hypot(points[i] - points[i - 2], points[i + 1] - points[i - 1]);
    let left = length * share;
    for (let i = 2; i < points.length; i += 2) {
      const dx = points[i] - points[i - 2];
      const dy = points[i + 1] - points[i - 1];
      const piece = Math.hypot(dx, dy);
      if (piece >= left && piece > 0) {
        const part = left / piece;
        return { x: points[i - 2] + part * dx, y: points[i - 1] + part * dy, angle: Math.atan2(dy, dx) };
      }
      left -= piece;
    }
    return { x: points[0], y: points[1], angle: 0 };
  }

  return { simplify, offsetLeft, pointAt };
})();
