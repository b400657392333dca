/**
 * Spark lines: a recent course without an axis. Holes stay holes; only the last point is marked. Values none of which has a
 * neighbour, as those of quarters and years on a grid of months, are dashes as long as they are apart: each stands for its period.
 *
 *   const spark = scopc.spark.create({width: 104, height: 34})   -> {root, write}
 *   spark.write(item)     item of scopc.indicators; a line of fewer than two values is left out
 *   scopc.spark.pathOf(values, width, height)   -> {d, last: [x, y] | null}
 */
window.scopc = window.scopc || {};
scopc.spark = (() => {
  "use strict";

  const PAD = 4;
  const DASH = 0.75; // of the distance of lone values

  /**
   * The path of a line within a box; a null lifts the pen, a value between two holes is a dash of its own.
   * @param {(number|null)[]} values oldest first
   */
  function pathOf(values, width, height) {
    const known = values.filter((value) => value !== null);
    if (known.length < 2) return { d: "", last: null };
    const low = Math.min(...known);
    const span = Math.max(...known) - low;
    const step = (width - 2 * PAD) / Math.max(values.length - 1, 1);
    const x = (i) => PAD + i * step;
    const y = (value) => (span === 0 ? height / 2 : height - PAD - ((value - low) / span) * (height - 2 * PAD));
    const at = values.flatMap((value, i) => (value === null ? [] : [i]));
    const apart = Math.min(...at.slice(1).map((i, n) => i - at[n]));
    if (apart > 1) {
      const length = Math.max(2, DASH * apart * step);
      const ends = at.map((i) => [Math.max(length, x(i)), y(values[i])]);
      return { d: ends.map(([end, height]) => `M${(end - length).toFixed(1)} ${height.toFixed(1)}h${length.toFixed(1)}`).join(""), last: ends[ends.length - 1] };
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
    return { d: parts.join(""), last: values[values.length - 1] === null ? null : last };
  }

  function create({ width = 104, height = 34 } = {}) {
    const { svg, setAttribute } = scopc.dom;
    const line = svg("path", { class: "spark__line" });
    const point = svg("circle", { class: "spark__point", r: "3" });
    const root = svg("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, line, point);
    let drawn = null;
    let wasOpen = null;

    /** A running interval whose value cannot be told yet has no point. */
    function write({ line: values, status, value }) {
      setAttribute(root, "data-status", status ?? "none");
      const isOpen = value === null;
      if (drawn === values && wasOpen === isOpen) return;
      [drawn, wasOpen] = [values, isOpen];
      const { d, last } = pathOf(isOpen ? [...values.slice(0, -1), null] : values, width, height);
      line.setAttribute("d", d);
      setAttribute(point, "hidden", last === null ? "" : null);
      if (last !== null) {
        point.setAttribute("cx", last[0].toFixed(1));
        point.setAttribute("cy", last[1].toFixed(1));
      }
    }

    return { root, write };
  }

  return { create, pathOf };
})();
