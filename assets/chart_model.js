/**
 * What charts work out before anything is drawn. Pure: points are {ms, value, ...}, oldest first; times are epoch ms.
 *
 *   scopc.chartModel.holesOf(points, stepMs)    [{fromMs, toMs, missingMs}] where more than one interval is missing
 *   scopc.chartModel.withHoles(points, stepMs)  points with a {ms, value: null} in every hole: a line breaks there
 *   scopc.chartModel.rangeOf(values, edges)     [low, high] chosen by the limits, not by the data
 *   scopc.chartModel.ticksOf(range, edges)      the limits within the range, or round numbers where there are none
 *   scopc.chartModel.placeLabels(labels, gap)   labels at the right edge, those that find no room left out
 *   scopc.chartModel.localTime(zone)            ms -> "2026-11-23 07:00:00" in the city's zone, as Plotly's dates want it
 *   scopc.chartModel.axisOf(spanMs, most)       how a time axis of that length is ticked
 */
window.scopc = window.scopc || {};
scopc.chartModel = (() => {
  "use strict";

  const HOUR_MS = 3600e3;
  const DAY_MS = 24 * HOUR_MS;
  const STEP_MS = { raw: 0, hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30.5 * DAY_MS };
  const SLACK = 1.6; // of an interval: a value may be late, and months differ
  const HEADROOM = 1.07;
  const PADDING = 0.1; // of the span of data without limits

  /** The usual distance of points that tell no interval of their own: the median. */
  function usualStep(points) {
    const steps = points.slice(1).map(({ ms }, i) => ms - points[i].ms).sort((a, b) => a - b);
    return steps.length === 0 ? 0 : steps[Math.floor(steps.length / 2)];
  }

  function holesOf(points, stepMs) {
    const step = stepMs || usualStep(points);
    return points.slice(1).flatMap(({ ms }, i) => {
      const fromMs = points[i].ms;
      return ms - fromMs > SLACK * step ? [{ fromMs, toMs: ms, missingMs: ms - fromMs - step, low: points[i].value, high: points[i + 1].value }] : [];
    });
  }

  function withHoles(points, stepMs) {
    const holes = new Set(holesOf(points, stepMs).map(({ fromMs }) => fromMs));
    return points.flatMap((point) => (holes.has(point.ms) ? [point, { ms: point.ms + 1, value: null }] : [point]));
  }

  /** The first edge that is not below the data, or null. */
  const edgeAbove = (edges, value) => edges.find((edge) => edge >= value) ?? null;

  /**
   * @param {number[]} values
   * @param {number[]} edges limits in rising order; a line with limits begins at zero and shows the next limit above it
   * @param {{isZeroBased?: boolean, least?: number[]}} options `least` must lie within the range
   */
  function rangeOf(values, edges, { isZeroBased = false, least = [] } = {}) {
    const known = [...values].filter((value) => value !== null);
    if (known.length === 0 && edges.length === 0) return [0, 1];
    const low = Math.min(...known, ...(known.length === 0 ? edges : []));
    const high = Math.max(...known, ...(known.length === 0 ? edges : []));
    if (edges.length > 0) {
      const top = edgeAbove(edges, high);
      const bottom = low >= 0 && edges[0] >= 0 ? 0 : Math.min(low, edges[0]) - PADDING * (high - low);
      return [bottom, Math.max(top ?? high, ...least, bottom + 1e-9) * HEADROOM];
    }
    const span = high - low || Math.abs(high) || 1;
    if (isZeroBased || (low >= 0 && low < span)) return [Math.min(0, low), high <= 0 ? 1 : high + PADDING * span];
    return [low - PADDING * span, high + PADDING * span];
  }

  /** Round numbers over a range, three to six of them. */
  function roundTicks([low, high]) {
    const rough = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((one) => one >= rough);
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.floor(high / step + 1e-9) - first + 1;
    return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  }

  /** @param {{hasRound?: boolean}} options with it round numbers stand between the limits, where there is room */
  function ticksOf([low, high], edges, minGap = 0, { hasRound = false } = {}) {
    const wanted = edges.filter((edge) => edge > low && edge <= high);
    if (wanted.length === 0) return roundTicks([low, high]);
    const ticks = low === 0 ? [0, ...wanted] : wanted;
    const kept = ticks.filter((tick, i) => i === 0 || tick - ticks[i - 1] >= minGap);
    const isFree = (tick) => kept.every((other) => Math.abs(other - tick) >= minGap);
    return hasRound ? [...kept, ...roundTicks([low, high]).filter((tick) => !kept.includes(tick) && isFree(tick))].sort((a, b) => a - b) : kept;
  }

  /**
   * Labels beside an edge: each wants the height `at` (px from above) and may move between `from` and `to`. Earlier ones go first.
   * @param {{at: number, from?: number, to?: number, rows?: number}[]} labels `rows` of text
   * @param {number} gap px that a row of text needs
   * @returns {(number|null)[]} their heights; null where there was no room
   */
  function placeLabels(labels, gap) {
    const taken = [];
    return labels.map(({ at, from = at, to = at, rows = 1 }) => {
      const half = (rows * gap) / 2;
      const isFree = (y) => taken.every((other) => Math.abs(other.y - y) >= other.half + half);
      const edges = taken.flatMap((other) => [other.y - other.half - half, other.y + other.half + half]);
      const places = [at, ...edges.filter((y) => y >= from && y <= to).sort((a, b) => Math.abs(a - at) - Math.abs(b - at))];
      const y = places.find(isFree);
      if (y === undefined) return null;
      taken.push({ y, half });
      return y;
    });
  }

  function localTime(zone) {
    const options = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    const format = new Intl.DateTimeFormat("en-CA", options);
    return (ms) => format.format(ms).replace(", ", " ");
  }

  const MONDAY = "2024-01-01";
  const TICKS = [
    { days: 0.25, dtick: 6 * HOUR_MS, tickformat: "%H:%M", uptoDays: 2.1 },
    { days: 1, dtick: DAY_MS, tickformat: "%a %-d" },
    { days: 2, dtick: 2 * DAY_MS, tickformat: "%a %-d" },
    { days: 3, dtick: 3 * DAY_MS, tickformat: "%-d %b" },
    { days: 7, dtick: 7 * DAY_MS, tickformat: "%-d %b", tick0: MONDAY },
    { days: 14, dtick: 14 * DAY_MS, tickformat: "%-d %b", tick0: MONDAY },
    { days: 30, dtick: "M1", tickformat: "%b" },
    { days: 61, dtick: "M2", tickformat: "%b" },
    { days: 91, dtick: "M3", tickformat: "%b" },
    { days: 365, dtick: "M12", tickformat: "%Y" },
  ];

  /** Ticks of a time axis with room for `most` of them: hours, days, weeks, months or years. Formats are those of d3. */
  function axisOf(spanMs, most) {
    const span = spanMs / DAY_MS;
    const isRoom = ({ days, uptoDays = Infinity }) => span / days <= most + 0.5 && span <= uptoDays;
    const { dtick, tickformat, tick0 } = TICKS.find(isRoom) || TICKS[TICKS.length - 1];
    return { dtick, tickformat, tickangle: 0, ...(tick0 ? { tick0 } : {}) };
  }

  return { holesOf, withHoles, rangeOf, ticksOf, roundTicks, placeLabels, localTime, axisOf, STEP_MS, HOUR_MS, DAY_MS };
})();
