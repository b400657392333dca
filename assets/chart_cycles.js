/**
 * Time as it comes round: which day, year or fiscal year an instant lies in, and where in it. Pure.
 *
 *   scopc.chartCycles.startOf(ms, "day" | "year" | "fiscal", back, zone)   local start of the cycle `back` before that of `ms`
 *   scopc.chartCycles.placeIn(ms, cycle, zone)   hours since midnight (0 to 24), or months since the cycle's first (0 to 12)
 *   scopc.chartCycles.split(items, {cycle, backs, grain, now, zone})
 *       -> [{back, startMs, points: [{x, value, startMs}]}] one for each of `backs`, points in the middle of their intervals
 *   scopc.chartCycles.compare(cycles, cycle, endMs)   the newest interval of the current one that is over, and what the others
 *       were there: {last: point, others: [{back, value}]}; null without one
 *   scopc.chartCycles.monthText("2026-11", {lang, buddhistEra})   "พ.ย. 2569", "Nov 2026"
 *   scopc.chartCycles.periodText(endMs, cadenceS, {zone, lang, buddhistEra, text})   "ต.ค. 2569", "Q3 2026", "2024"
 *
 * A fiscal year begins on 1 October, and bears the number of the year in which it ends. Days of 23 and 25 hours keep their
 * clock: an hour stands where its local time is.
 */
window.scopc = window.scopc || {};
scopc.chartCycles = (() => {
  "use strict";

  const HOUR_MS = 3600000;
  const DAY_MS = 24 * HOUR_MS;
  const FIRST_MONTH = { year: 0, fiscal: 9 };
  const LENGTH_MS = { raw: 0, hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };
  const BUDDHIST_ERA = 543;

  const formats = new Map();

  /** Local calendar parts of an instant: {year, month (0 to 11), day, hours (with fraction)}. */
  function partsAt(ms, zone) {
    if (!formats.has(zone)) {
      const options = { timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" };
      formats.set(zone, new Intl.DateTimeFormat("en-US", options));
    }
    const found = Object.fromEntries(formats.get(zone).formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return { year: found.year, month: found.month - 1, day: found.day, hours: found.hour + found.minute / 60 + found.second / 3600 };
  }

  /** The instant of a local midnight; months and days may run over their ends, as in Date.UTC. */
  function midnight(year, month, day, zone) {
    const asUtc = Date.UTC(year, month, day);
    const offsetAt = (ms) => {
      const local = partsAt(ms, zone);
      return Date.UTC(local.year, local.month, local.day) + local.hours * HOUR_MS - ms;
    };
    const guess = asUtc - offsetAt(asUtc);
    return asUtc - offsetAt(guess);
  }

  function startOf(ms, cycle, back, zone) {
    const { year, month, day } = partsAt(ms, zone);
    if (cycle === "day") return midnight(year, month, day - back, zone);
    const first = FIRST_MONTH[cycle];
    return midnight(year - (month < first ? 1 : 0) - back, first, 1, zone);
  }

  function placeIn(ms, cycle, zone) {
    const { year, month, day, hours } = partsAt(ms, zone);
    if (cycle === "day") return hours;
    const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    return ((month - FIRST_MONTH[cycle] + 12) % 12) + (day - 1 + hours / 24) / days;
  }

  function middleOf(startMs, grain, zone) {
    if (grain !== "month") return startMs + LENGTH_MS[grain] / 2;
    const { year, month } = partsAt(startMs, zone);
    return (startMs + midnight(year, month + 1, 1, zone)) / 2;
  }

  /** Items of a series ({start, value}) into the cycles that are wanted; the rest is left out. */
  function split(items, { cycle, backs, grain, now, zone }) {
    const cycles = backs.map((back) => ({ back, startMs: startOf(now, cycle, back, zone), endMs: startOf(now, cycle, back - 1, zone), points: [] }));
    for (const { start, value } of items) {
      const startMs = Date.parse(start);
      const middleMs = middleOf(startMs, grain, zone);
      const home = cycles.find((one) => middleMs >= one.startMs && middleMs < one.endMs);
      if (home) home.points.push({ x: placeIn(middleMs, cycle, zone), value, startMs });
    }
    return cycles.map(({ back, startMs, points }) => ({ back, startMs, points }));
  }

  const SLOT = { day: 0.5, year: 0.3, fiscal: 0.3 }; // hours, months: two points this near are of the same interval

  /** `endMs`, of a day: an hour that ends later is not over, and its mean is of another time than that of whole hours. */
  function compare(cycles, cycle, endMs = Infinity) {
    const current = cycles.find(({ back }) => back === 0);
    const over = current ? current.points.filter(({ startMs }) => cycle !== "day" || startMs + HOUR_MS <= endMs) : [];
    const last = over[over.length - 1];
    if (!last) return null;
    const others = cycles
      .filter(({ back }) => back !== 0)
      .flatMap(({ back, points }) => {
        const near = points.reduce((best, one) => (best === null || Math.abs(one.x - last.x) < Math.abs(best.x - last.x) ? one : best), null);
        if (near === null || Math.abs(near.x - last.x) > SLOT[cycle]) return [];
        return [{ back, value: near.value }];
      });
    return { last, others };
  }

  const yearText = (year, { lang, buddhistEra }) => String(lang === "th" && buddhistEra ? year + BUDDHIST_ERA : year);

  const monthName = (month, { lang }) => new Intl.DateTimeFormat(lang === "th" ? "th-TH" : "en-US", { month: "short", timeZone: "UTC" }).format(Date.UTC(2024, month, 1));

  /** A month of the calendar as the API writes it. */
  function monthText(isoMonth, options) {
    const [year, month] = isoMonth.split("-").map(Number);
    return `${monthName(month - 1, options)} ${yearText(year, options)}`;
  }

  /** Name of the period that ends at `endMs`, by how often there is one. */
  function periodText(endMs, cadenceS, options) {
    const { zone, text } = options;
    const { year, month, day } = partsAt(endMs - 1, zone);
    const days = cadenceS / 86400;
    if (days >= 360) return yearText(year, options);
    if (days >= 88) return text("statistics.quarter", { n: Math.floor(month / 3) + 1, year: yearText(year, options) });
    const monthAndYear = `${monthName(month, options)} ${yearText(year, options)}`;
    if (days >= 28) return monthAndYear;
    const dayText = `${day} ${monthAndYear}`;
    return days >= 7 ? text("statistics.week", { day: dayText }) : dayText;
  }

  return { partsAt, midnight, startOf, placeIn, split, compare, monthText, periodText, yearText, HOUR_MS, DAY_MS };
})();
