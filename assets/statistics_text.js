/**
 * What is said of a statistic: which period it is of, how it changed on the year before, how late such figures come. Pure.
 *
 *   scopc.statisticsText.period(item, {zone, lang, buddhistEra, text})   "ต.ค. 2569", "2024"; null without a value
 *   scopc.statisticsText.change(item, text)                             "+3.2 %", "−0.40 points", "–"
 *   scopc.statisticsText.late(delayS, text)                             "2 months after the period"
 */
window.scopc = window.scopc || {};
scopc.statisticsText = (() => {
  "use strict";

  const DAY_S = 86400;
  const MONTH_S = 30.44 * DAY_S;
  const ONE = { days: "day", months: "month", years: "year" };

  /** How long after its period a figure comes: {unit: "none"|"days"|"months"|"years", n}. */
  function latePart(delayS) {
    if (delayS < DAY_S) return { unit: "none", n: 0 };
    if (delayS < 25 * DAY_S) return { unit: "days", n: Math.round(delayS / DAY_S) };
    const months = Math.max(1, Math.round(delayS / MONTH_S));
    return months >= 23 ? { unit: "years", n: Math.round(months / 12) } : { unit: "months", n: months };
  }

  /** Change on the year before: shares by points, the rest in percent. @returns {{value: number, isPoints: boolean}|null} */
  function changeOf({ value, yearAgo, unit }) {
    if (value === null || yearAgo === null) return null;
    if (unit.startsWith("%")) return { value: value - yearAgo, isPoints: true };
    return yearAgo === 0 ? null : { value: 100 * (value / yearAgo - 1), isPoints: false };
  }

  function late(delayS, text) {
    const { unit, n } = latePart(delayS);
    return text(`statistics.late_${n === 1 ? ONE[unit] : unit}`, { n });
  }

  function change(item, text) {
    const found = changeOf(item);
    if (found === null) return "–";
    const digits = scopc.dom.fixed(Math.abs(found.value), found.isPoints ? 2 : 1);
    const sign = Number(digits) === 0 ? "±" : found.value > 0 ? "+" : "−";
    return text(found.isPoints ? "statistics.points" : "statistics.percent", { change: `${sign}${digits}` });
  }

  /** The period that a value is of, or null where there is no value. */
  function period({ value, observedMs, cadence_s: cadenceS }, options) {
    return value === null || observedMs === null ? null : scopc.chartCycles.periodText(observedMs, cadenceS, options);
  }

  return { latePart, changeOf, change, period, late };
})();
