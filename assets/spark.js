/**
 * Spark lines: a recent course without an axis. Holes stay holes; only the last point is marked. Values none of which has a
 * neighbour, as those of quarters and years on a grid of months, are dashes as long as they are apart: each stands for its period.
 *
 *   const spark = scopc.spark.create({width: 104, height: 34})   -> {root, write}
 *   spark.write(item)     item of scopc.indicators; a line of fewer than two values is left out
 *   scopc.spark.pathOf(values, width, height)   -> {d, last: [x, y] | null, y(value)}
 *
 * `isStretched` fills whatever box the page gives it, `hasLimit` draws the limit into the course.
 */
window.scopc = window.scopc || {};
scopc.spark = (() => {
  "use strict";

  const PAD = 4;
  const DASH = 0.75; // of the distance of lone values

  /**
   * The path of a line within a box; a null lifts the pen, a value between two holes is a dash of its own.
   * @param {(number|null)[]} values oldest first
   * @param {number[]} limits that must be in the picture too
   */
  function pathOf(values, width, height, limits = []) {
    const known = values.filter((value) => value !== null);
    if (known.length < 2) return { d: "", last: null };
    const low = Math.min(...known, ...limits);
    const span = Math.max(...known, ...limits) - low;
    const step = (width - 2 * PAD) / Math.max(values.length - 1, 1);
    const x = (i) => PAD + i * step;
    const y = (value) => (span === 0 ? height / 2 : height - PAD - ((value - low) / span) * (height - 2 * PAD));
    const at = values.flatMap((value, i) => (value === null ? [] : [i]));
    const apart = Math.min(...at.slice(1).map((i, n) => i - at[n]));
    if (apart > 1) {
      const length = Math.max(2, DASH * apart * step);
      const ends = at.map((i) => [Math.max(length, x(i)), y(values[i])]);
      return { d: ends.map(([end, height]) => `M${(end - length).toFixed(1)} ${height.toFixed(1)}h${length.toFixed(1)}`).join(""), last: ends[ends.length - 1], y };
    }
    let isDown = false;
    let last = null;
    const parts = values.map((value, i) => {
      if (value === null) {
        isDown = false;
        return "";
      }
      const point = `${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
      const isAlone = !isDown && (i + 1 >= values.length || values[i + 1] === null);
      const part = `${isDown ? "L" : "M"}${point}${isAlone ? "h.1" : ""}`;
      isDown = true;
      last = [x(i), y(value)];
      return part;
    });
    return { d: parts.join(""), last: values[values.length - 1] === null ? null : last, y };
  }

  function create({ width = 104, height = 34, isStretched = false, hasLimit = false } = {}) {
    const { svg, setAttribute } = scopc.dom;
    const line = svg("path", { class: "spark__line" });
    const limitLine = svg("path", { class: "spark__limit" });
    // In a box of another shape a circle would be an ellipse: there the point is the round end of a line without length.
    const point = isStretched ? svg("path", { class: "spark__end" }) : svg("circle", { class: "spark__point", r: "3" });
    const shape = isStretched ? { preserveAspectRatio: "none" } : {};
    const root = svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", ...shape }, limitLine, line, point);
    let drawn = null;
    let wasOpen = null;

    /** A running interval whose value cannot be told yet has no point. */
    function write({ line: values, status, value, limit }) {
      setAttribute(root, "data-status", status ?? "none");
      const isOpen = value === null;
      if (drawn === values && wasOpen === isOpen) return;
      [drawn, wasOpen] = [values, isOpen];
      const limits = hasLimit && limit ? limit.slice(1) : [];
      const { d, last, y } = pathOf(isOpen ? [...values.slice(0, -1), null] : values, width, height, limits);
      line.setAttribute("d", d);
      limitLine.setAttribute("d", d === "" ? "" : limits.map((one) => `M0 ${y(one).toFixed(1)}H${width}`).join(""));
      setAttribute(root, "data-drawn", d === "" ? null : "1");
      setAttribute(point, "hidden", last === null ? "" : null);
      if (last !== null && isStretched) point.setAttribute("d", `M${last[0].toFixed(1)} ${last[1].toFixed(1)}h.01`);
      else if (last !== null) {
        point.setAttribute("cx", last[0].toFixed(1));
        point.setAttribute("cy", last[1].toFixed(1));
      }
    }

    return { root, write };
  }

  return { create, pathOf };
})();
