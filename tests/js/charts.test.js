"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load(["freshness", "page_data", "panel_dom", "clock", "observation_store", "chart_model", "chart_columns", "chart_season", "chart_series", "charts"]);
const { chartModel, chartSeries, chartSeason, chartColumns, charts } = scopc;

const H = 3600e3;
const at = (hour, value = 1) => ({ ms: hour * H, value });

// ---- holes ----

test("a missing interval is a hole of its length, and the line breaks there", () => {
  const points = [at(0), at(1), at(11), at(12)];
  assert.deepEqual(chartModel.holesOf(points, H).map(({ missingMs }) => missingMs / H), [9]);
  assert.deepEqual(chartModel.withHoles(points, H).map(({ value }) => value), [1, 1, null, 1, 1]);
});

test("a value that is half an interval late makes no hole", () => {
  assert.deepEqual(chartModel.holesOf([at(0), at(1.5), at(2)], H), []);
});

test("a raw series is measured by its usual step", () => {
  assert.equal(chartModel.holesOf([at(0), at(0.25), at(0.5), at(3), at(3.25)], 0).length, 1);
});

// ---- range and ticks ----

test("the range follows the limits: from zero to the next one above the data", () => {
  const [low, high] = chartModel.rangeOf([20, 46], [15, 25, 37.5, 75]);
  assert.equal(low, 0);
  assert.ok(high > 75 && high < 85);
});

test("a target lies within the range though the data are far below it", () => {
  const [, high] = chartModel.rangeOf([3], [15, 25, 37.5], { least: [37.5] });
  assert.ok(high > 37.5);
});

test("data over all limits are still shown, and below zero too", () => {
  assert.ok(chartModel.rangeOf([120], [15, 75])[1] > 120);
  assert.ok(chartModel.rangeOf([-2, 3], [1])[0] < -2);
});

test("bars begin at zero, a line without limits near its data", () => {
  assert.equal(chartModel.rangeOf([900, 1000], [], { isZeroBased: true })[0], 0);
  assert.ok(chartModel.rangeOf([900, 1000], [])[0] > 800);
});

test("ticks are the limits; without limits round numbers", () => {
  assert.deepEqual(chartModel.ticksOf([0, 40], [15, 25, 37.5, 75]), [0, 15, 25, 37.5]);
  assert.deepEqual(chartModel.ticksOf([0, 10], []), [0, 2.5, 5, 7.5, 10]);
});

test("round numbers stand between the limits where there is room", () => {
  assert.deepEqual(chartModel.ticksOf([6, 12], [8], 0.5, { hasRound: true }), [6, 8, 10, 12]);
  assert.deepEqual(chartModel.ticksOf([6, 12], [8.2], 0.5, { hasRound: true }), [6, 8.2, 10, 12]);
});

test("labels give way to earlier ones and are left out where there is no room", () => {
  const places = chartModel.placeLabels([{ at: 50 }, { at: 52, from: 20, to: 80 }, { at: 50 }], 18);
  assert.equal(places[0], 50);
  assert.ok(Math.abs(places[1] - 50) >= 18);
  assert.equal(places[2], null);
});

test("time axes say hours, days, weeks or months, with fewer ticks where there is less room", () => {
  const axis = (days, most = 10) => chartModel.axisOf(days * 24 * H, most).tickformat;
  assert.deepEqual([axis(1), axis(7), axis(60), axis(365)], ["%H:%M", "%a %-d", "%-d %b", "%b"]);
  assert.equal(chartModel.axisOf(7 * 24 * H, 3).dtick, 48 * H);
});

test("times of an axis are those of the city", () => {
  const summer = Date.UTC(2026, 6, 1, 12);
  assert.equal(chartModel.localTime("Asia/Bangkok")(summer), "2026-07-01 19:00:00");
  assert.equal(chartModel.localTime("Europe/Berlin")(summer), "2026-07-01 14:00:00");
});

// ---- series ----

test("a week of hours is compared with last week and last year, a quarter with last year, ten years with nothing", () => {
  assert.deepEqual(chartSeries.comparisonsOf(undefined, 7), ["week", "year"]);
  assert.deepEqual(chartSeries.comparisonsOf(undefined, 90), ["year"]);
  assert.deepEqual(chartSeries.comparisonsOf(undefined, 3650), []);
  assert.deepEqual(chartSeries.comparisonsOf("none", 7), []);
});

test("within an hour the same span is asked for, so that the address stands", () => {
  const a = chartSeries.spanOf(10.1 * H, "hour", 7);
  assert.deepEqual(a, chartSeries.spanOf(10.9 * H, "hour", 7));
  assert.equal(a.toMs, 11 * H);
});

test("earlier courses are laid over the present one", () => {
  const answer = { items: [{ start: "2026-11-16T00:00:00Z", value: 3 }] };
  const [point] = chartSeries.pointsOf(answer, 7 * 24 * H);
  assert.equal(point.ms, Date.parse("2026-11-23T00:00:00Z"));
});

test("hours end with the last value, days with the day so far; nothing known adds nothing", () => {
  const item = { value: 5, observedMs: 3 * H, status: "watch" };
  assert.deepEqual(chartSeries.withLast([at(1)], item, "hour").map(({ value }) => value), [1, 5]);
  assert.equal(chartSeries.withLast([at(1)], item, "day").length, 1);
  assert.equal(chartSeries.withLast([at(1)], { ...item, value: null }, "hour").length, 1);
  assert.equal(chartSeries.withLast([at(4)], item, "hour").length, 1);
  assert.deepEqual(chartSeries.withLast([], item, "hour", 4 * H), []); // older than what is shown
});

test("bands are cut to the range", () => {
  const bands = [{ upto: 15, name: "a" }, { upto: 25, name: "b" }, { upto: null, name: "c" }];
  assert.deepEqual(chartSeries.stripsOf(bands, [0, 20]).map(({ low, high, name }) => [low, high, name]), [[0, 15, "a"], [15, 20, "b"]]);
});

// ---- season ----

const SEASON = { fromMonth: 11, months: 7, seasons: 2 };
const SCALE = { limit: 37.5, bandOf: (value) => (value <= 37.5 ? 0 : 1), bands: [{}, {}] };

test("a season runs over the turn of the year and is named by both", () => {
  assert.deepEqual(chartSeason.seasonSpan(2025, SEASON), ["2025-11-01", "2026-06-01"]);
  assert.deepEqual(["2026-05-31", "2026-11-01", "2026-08-01"].map((day) => chartSeason.seasonYear(day, SEASON)), [2025, 2026, 2025]);
  assert.deepEqual([chartSeason.seasonName(2025, true), chartSeason.seasonName(2025, false)], ["2568/69", "2025/26"]);
});

test("days of all seasons lie over the same days of one", () => {
  assert.deepEqual([chartSeason.laidOver("2025-12-31", 2025), chartSeason.laidOver("2026-01-01", 2025)], ["2003-12-31", "2004-01-01"]);
});

test("days are counted by band, those over the limit and those missing apart; a day to come is not missing", () => {
  const days = [{ day: "2025-11-01", value: 40 }, { day: "2025-11-02", value: 37.5 }];
  const [season, before] = chartSeason.seasonsOf(days, "2025-11-04", SEASON, SCALE);
  assert.deepEqual([season.counts, season.over, season.missing], [[1, 1], 1, 1]);
  assert.deepEqual([before.days, before.over], [[], 0]);
  assert.ok(before.missing > 200);
});

// ---- columns ----

const LAKE = [{ upto: 0.5, status: "critical" }, { upto: 1.5, status: "watch" }, { upto: null, status: "normal" }];

test("a lake's dashed limit is where it begins to be normal", () => {
  assert.equal(chartColumns.limitOf(LAKE), 1.5);
  assert.equal(chartColumns.limitOf(null), null);
});

test("the axis holds every column; water over the bank fills it, and no value is no column", () => {
  assert.equal(chartColumns.depthOf([{ value: 4.1, bands: LAKE }, { value: null, bands: null }]), 5);
  assert.equal(chartColumns.heightOf(-0.3, 3), 3);
});

// ---- theme ----

/** A page with one chart of 640 by 230 px in it; what the style sheet says can be changed. */
function chartPage() {
  const dataset = { theme: "dark" };
  const inks = { dark: "#e9ebe8", light: "#16191a" };
  const listeners = {};
  const listen = (type, fn) => (listeners[type] = fn);
  const box = () => ({ append() {}, replaceChildren() {}, addEventListener() {}, setAttribute() {}, hasAttribute: () => false, getAttribute: () => null, clientWidth: 640, clientHeight: 230 });
  const document = { documentElement: { dataset }, fonts: { addEventListener() {} }, createElement: box, head: { append: (script) => script.onload() } };
  let tellAttributes = null;
  class MutationObserver {
    constructor(fn) {
      tellAttributes = fn;
    }
    observe(_, { attributeFilter }) {
      assert.ok(attributeFilter.includes("data-theme"));
    }
  }
  class ResizeObserver {
    observe() {}
    disconnect() {}
  }
  const drawn = [];
  const Plotly = { register() {}, purge() {}, react: (_plot, _data, layout) => drawn.push(layout.font.color) };
  const scheme = {};
  const extras = {
    document,
    MutationObserver,
    ResizeObserver,
    Plotly,
    addEventListener: listen,
    matchMedia: () => ({ addEventListener: (_, fn) => (scheme.tell = fn) }),
    getComputedStyle: () => ({ fontFamily: "Board", getPropertyValue: (name) => (name === "--ink" ? inks[dataset.theme] : "") }),
  };
  const one = load(["page_data", "panel_dom", "theme", "charts"], extras);
  one.page = { text: (key) => key, lang: () => "en", config: () => ({ plotly_url: "" }) };
  one.islands = { guarded: (_, fn) => fn };
  const frame = one.charts.frame(box(), { rowsOf: () => null });
  const told = async () => {
    frame.draw("key", () => ({ data: [], layout: {}, label: "" }));
    await one.charts.load();
    await null; // the frame's own wait for it
  };
  return { dataset, inks, listeners, drawn, frame, told, tellAttributes: () => tellAttributes(), tellScheme: () => scheme.tell() };
}

test("a chart is drawn again, in the new colours, when only the document's theme changes", async () => {
  const { dataset, drawn, told, tellAttributes } = chartPage();
  await told();
  assert.deepEqual(drawn, ["#e9ebe8"]);
  dataset.theme = "light";
  tellAttributes();
  assert.deepEqual(drawn, ["#e9ebe8", "#16191a"]);
});

test("a chart follows the reader's preferred scheme, and is left alone when no colour of it has changed", async () => {
  const { inks, drawn, told, tellAttributes, tellScheme } = chartPage();
  await told();
  tellAttributes();
  tellScheme();
  assert.equal(drawn.length, 1);
  inks.dark = "#ffffff";
  tellScheme();
  assert.deepEqual(drawn, ["#e9ebe8", "#ffffff"]);
});

test("a chart that has left the page does not follow its theme any more", async () => {
  const { dataset, drawn, frame, told, tellAttributes } = chartPage();
  await told();
  frame.stop();
  dataset.theme = "light";
  tellAttributes();
  assert.equal(drawn.length, 1);
});

test("a dark page is printed in the colours of paper, and is dark again after it", async () => {
  const { dataset, drawn, listeners, told, tellAttributes } = chartPage();
  await told();
  listeners.beforeprint();
  tellAttributes();
  listeners.beforeprint(); // a browser may say it twice
  assert.deepEqual(dataset, { theme: "light", paper: "dark" });
  assert.equal(drawn.at(-1), "#16191a");
  listeners.afterprint();
  tellAttributes();
  assert.deepEqual(dataset, { theme: "dark" });
  assert.equal(drawn.at(-1), "#e9ebe8");
});

// ---- words ----

test("Thai weekdays are short as calendars print them, and years on axes are not Buddhist", () => {
  const { format } = charts.localeOf("th");
  assert.equal(format.shortDays[1], "จ.");
  assert.equal(format.shortMonths[10], "พ.ย.");
  assert.equal(charts.localeOf("en").format.shortDays[1], "Mon");
});

test("long names are folded between words", () => {
  assert.equal(charts.folded("Good", 16, "en"), "Good");
  const folded = charts.folded("เริ่มมีผลกระทบต่อสุขภาพ", 16, "th");
  assert.equal(folded.split("<br>").length, 2);
  assert.equal(folded.replace("<br>", ""), "เริ่มมีผลกระทบต่อสุขภาพ");
});
