"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load([
  "freshness", "page_data", "panel_dom", "clock", "value", "chart_cycles", "chart_cycle", "statistics_text",
  "small_multiples", "spark", "working", "electric_fleet", "ticket_store", "ticket_summary", "ticket_layer", "agency_ledger",
]);
const { chartCycles, chartCycle, statisticsText, smallMultiples, working, electricFleet, ticketStore, agencyLedger } = scopc;

const ZONE = "Asia/Bangkok";
const at = (iso) => Date.parse(iso);
const iso = (ms) => new Date(ms).toISOString();
const NOW = at("2026-11-23T14:20:00+07:00");

// ---- time as it comes round ----

test("a day begins at local midnight, a fiscal year on 1 October", () => {
  assert.equal(iso(chartCycles.startOf(NOW, "day", 0, ZONE)), "2026-11-22T17:00:00.000Z");
  assert.equal(iso(chartCycles.startOf(NOW, "day", 7, ZONE)), "2026-11-15T17:00:00.000Z");
  assert.equal(iso(chartCycles.startOf(NOW, "fiscal", 0, ZONE)), "2026-09-30T17:00:00.000Z");
  assert.equal(iso(chartCycles.startOf(at("2026-09-30T23:00:00+07:00"), "fiscal", 0, ZONE)), "2025-09-30T17:00:00.000Z");
});

test("midnight is right on the days when clocks change", () => {
  assert.equal(iso(chartCycles.midnight(2026, 2, 29, "Europe/Lisbon")), "2026-03-29T00:00:00.000Z");
  assert.equal(iso(chartCycles.midnight(2026, 2, 30, "Europe/Lisbon")), "2026-03-29T23:00:00.000Z");
});

test("a month stands in its middle, and the fiscal year's first at its beginning", () => {
  const items = [{ start: "2026-09-30T17:00:00Z", value: 4 }];
  const [current] = chartCycles.split(items, { cycle: "fiscal", backs: [0], grain: "month", now: NOW, zone: ZONE });
  assert.equal(current.points.length, 1);
  assert.ok(Math.abs(current.points[0].x - 0.5) < 0.01);
});

test("an hour falls into the day that it is of, and what is of no wanted day is left out", () => {
  const items = ["2026-11-22T17:00:00Z", "2026-11-21T17:00:00Z", "2026-11-20T17:00:00Z"].map((start, value) => ({ start, value }));
  const cycles = chartCycles.split(items, { cycle: "day", backs: [0, 1], grain: "hour", now: NOW, zone: ZONE });
  assert.deepEqual(cycles.map(({ points }) => points.map(({ x, value }) => [x, value])), [[[0.5, 0]], [[0.5, 1]]]);
});

test("the comparison is with the same time, and with nothing where there is nothing", () => {
  const cycle = (back, points) => ({ back, points });
  const cycles = [cycle(0, [{ x: 10, value: 110 }]), cycle(1, [{ x: 10.1, value: 100 }, { x: 20, value: 50 }]), cycle(7, [{ x: 20, value: 1 }])];
  const told = chartCycles.compare(cycles, "year");
  assert.deepEqual(told, { last: { x: 10, value: 110 }, others: [{ back: 1, value: 100 }] });
  assert.equal(chartCycles.compare([cycle(0, []), cycles[1]], "year"), null);
});

test("of a day the last hour that is over is compared with the same hour, never the hour so far", () => {
  const hours = (back, values) => ({ back, points: values.map((value, i) => ({ x: i + 0.5, value, startMs: i * 3600000 })) });
  const cycles = [hours(0, [10, 20, 99]), hours(1, [8, 16, 30])];
  const told = chartCycles.compare(cycles, "day", 2.2 * 3600000);
  assert.deepEqual([told.last.value, told.others], [20, [{ back: 1, value: 16 }]]);
  assert.equal(chartCycles.compare(cycles, "day", 0.5 * 3600000), null);
});

test("the usual is compared like any other course", () => {
  const point = { x: 0.5, value: 5, startMs: 0 };
  assert.deepEqual(chartCycles.compare([{ back: 0, points: [point] }, { back: "mean", points: [{ ...point, value: 4 }] }], "day").others, [{ back: "mean", value: 4 }]);
});

test("the foot of a day names the hour whose mean is compared, and that mean itself", () => {
  const was = scopc.page;
  scopc.page = { ...was, text: (key, values = {}) => [key, ...Object.values(values)].join(" ") };
  try {
    const point = (value) => [{ x: 13.5, value, startMs: 0 }];
    const cycles = [{ back: 0, points: point(150) }, { back: 1, points: point(120) }];
    const told = chartCycle.comparison(cycles, { cycle: "day", now: 3600000, unit: "MW", decimals: 0 });
    assert.equal(told, "cycle.hour 13:00–14:00 150 · cycle.then cycle.yesterday 120 statistics.percent +25.0");
    assert.equal(chartCycle.comparison(cycles.slice(0, 1), { cycle: "day", now: 3600000, unit: "MW", decimals: 0 }), "");
  } finally {
    scopc.page = was;
  }
});

test("a month of the calendar is written in the reader's era", () => {
  assert.equal(chartCycles.monthText("2026-11", { lang: "th", buddhistEra: true }), "พ.ย. 2569");
  assert.equal(chartCycles.monthText("2026-11", { lang: "en", buddhistEra: true }), "Nov 2026");
});

test("a year is that of the newest figure, so that January shows the year that is over", () => {
  const items = [{ start: "2025-11-30T17:00:00Z", value: 5 }];
  const { cycles } = chartCycle.shown(items, { cycle: "year", grain: "month", zone: ZONE, now: at("2026-01-20T00:00:00Z"), data: { backs: "0 1" } });
  assert.equal(cycles[0].points.length, 1);
});

test("the usual is a mean only where half of the days have a value", () => {
  const day = (...points) => ({ points: points.map(([x, value]) => ({ x, value })) });
  const { points } = chartCycle.meanOf([day([1, 10], [2, 4]), day([1, 20]), day([1, 30])]);
  assert.deepEqual(points.map(({ x, value }) => [x, value]), [[1, 20]]);
});

// ---- statistics ----

const text = (key, values = {}) => [key, ...Object.values(values)].join(" ");

test("the name of a period follows from how often there is one", () => {
  const options = { zone: ZONE, lang: "en", buddhistEra: true, text };
  const end = at("2026-10-01T00:00:00+07:00");
  const days = (n) => n * 86400;
  assert.equal(chartCycles.periodText(end, days(31), options), "Sep 2026");
  assert.equal(chartCycles.periodText(end, days(92), options), "statistics.quarter 3 2026");
  assert.equal(chartCycles.periodText(at("2025-01-01T00:00:00+07:00"), days(366), options), "2024");
  assert.equal(chartCycles.periodText(at("2025-01-01T00:00:00+07:00"), days(366), { ...options, lang: "th" }), "2567");
});

test("lateness is told in its own unit, one of it in the singular", () => {
  const late = (days) => statisticsText.late(days * 86400, text);
  assert.deepEqual([0, 1, 10, 30, 45, 120, 732].map(late), [
    "statistics.late_none 0", "statistics.late_day 1", "statistics.late_days 10", "statistics.late_month 1",
    "statistics.late_month 1", "statistics.late_months 4", "statistics.late_years 2",
  ]);
});

test("shares change by points, amounts in percent, the unknown not at all", () => {
  assert.equal(statisticsText.change({ value: 22.5, yearAgo: 22, unit: "%" }, text), "statistics.points +0.50");
  assert.equal(statisticsText.change({ value: 90, yearAgo: 100, unit: "persons" }, text), "statistics.percent −10.0");
  assert.equal(statisticsText.change({ value: 90, yearAgo: null, unit: "persons" }, text), "–");
  assert.equal(statisticsText.change({ value: 90, yearAgo: 0, unit: "persons" }, text), "–");
});

test("columns are as wide as their period, from zero to the greatest, and holes stay", () => {
  const items = [{ start: "2025-11-30T17:00:00Z", value: 50 }, { start: "2023-11-30T17:00:00Z", value: 100 }];
  const columns = smallMultiples.columnsOf(items, { cadenceS: 366 * 86400, firstYear: 2022, zone: ZONE });
  assert.deepEqual(columns.map(({ x, width, height }) => [x, width, height]), [[36 / 60, 12 / 60, 0.5], [12 / 60, 12 / 60, 1]]);
  assert.deepEqual(smallMultiples.columnsOf([], { cadenceS: 86400, firstYear: 2022, zone: ZONE }), []);
});

// ---- what works ----

test("silence is neither health nor fault", () => {
  const items = [
    { name: "a", value: 0, state: "fresh", ageMs: 5 },
    { name: "b", value: 1, state: "fresh", ageMs: 9 },
    { name: "c", value: 0, state: "stale", ageMs: 1e9 },
    { name: "d", value: null, state: "missing", ageMs: null },
  ];
  const told = working.tally(items, 0);
  assert.deepEqual([told.works, told.fault, told.silent], [1, 1, 2]);
  assert.equal(working.shareOf(told), 50);
  assert.equal(working.oldestMs(told.items), 9);
  assert.equal(working.shareOf(working.tally(items.slice(2), 0)), null);
});

test("a battery that is not told is no empty one, and a silent bus does not count", () => {
  const bus = (batteryPct, isLive = true) => ({ label: "x", batteryPct, isLive, ageMs: 1 });
  const told = electricFleet.batteries([bus(80), bus(null), bus(20), bus(5, false)]);
  assert.deepEqual([told.live, told.told.length, told.medianPct, told.low.length], [3, 2, 50, 1]);
  assert.equal(electricFleet.batteries([bus(null)]).medianPct, null);
  assert.equal(electricFleet.chargingOf([{}, { charging: 0 }]), 0);
  assert.equal(electricFleet.chargingOf([{}, {}]), null);
});

// ---- reports of citizens ----

const ticket = (id, state, opened, more = {}) => ({ ticket_id: id, feed_id: "f", state, opened_at: opened, categories: ["road"], ...more });

test("waiting reports are counted by kind and by how long they wait", () => {
  const tickets = [
    ticket("1", "open", "2026-11-23T06:00:00Z"),
    ticket("2", "in_progress", "2026-10-01T00:00:00Z", { categories: ["road", "light"] }),
    ticket("3", "open", "2026-11-20T00:00:00Z", { categories: [] }),
    ticket("4", "closed", "2026-11-20T00:00:00Z"),
  ];
  const told = ticketStore.summary(tickets, NOW);
  assert.deepEqual([told.open, told.inProgress, told.closed], [2, 1, 1]);
  assert.deepEqual(told.kinds, [{ kind: "road", count: 2 }, { kind: "light", count: 1 }, { kind: null, count: 1 }]);
  assert.deepEqual(told.ages, [1, 0, 1, 0, 1]);
  assert.deepEqual(told.oldest.map((one) => one.ticket_id), ["2", "3", "1"]);
});

test("kinds beyond the most are counted as one, none is lost", () => {
  const kinds = [5, 4, 3, 2, 1].map((count, i) => ({ kind: String(i), count }));
  const shown = scopc.ticketSummary.topKinds(kinds, 3);
  assert.deepEqual(shown.map(({ count, rest }) => [count, rest]), [[5, 0], [4, 0], [6, 3]]);
});

test("reports age by the word of their feed, not by their own age", () => {
  const feeds = [{ feed_id: "f", last_good_at: iso(NOW - 60_000), fresh_s: 600, stale_s: 1500 }];
  const heard = scopc.ticketSummary.heard([ticket("1", "open", "2020-01-01T00:00:00Z")], feeds, NOW);
  assert.deepEqual([heard.ageMs, heard.state], [60_000, "fresh"]);
  assert.equal(scopc.ticketSummary.heard([], feeds, NOW).state, "missing");
});

test("a click finds the nearest report, of those at one place the one on top, and none far away", () => {
  const drawn = [{ key: "a", x: 0, y: 0 }, { key: "b", x: 0, y: 0 }, { key: "c", x: 30, y: 0 }];
  assert.equal(scopc.ticketLayer.nearest(drawn, { x: 1, y: 1 }, 14).key, "b");
  assert.equal(scopc.ticketLayer.nearest(drawn, { x: 100, y: 0 }, 14), null);
});

test("reports without a place are not drawn, those that wait lie on top", () => {
  const placed = scopc.ticketLayer.placed([ticket("1", "open", "", { lat: 1, lon: 2 }), ticket("2", "closed", "", { lat: 1, lon: 2 }), ticket("3", "open", "")]);
  assert.deepEqual(placed.map((one) => one.ticket_id), ["2", "1"]);
});

// ---- whose data holds ----

test("agencies are told by their feeds, the least reliable first, the unknown last", () => {
  const day = (up, known) => [{ day: "2026-11-01", up, known }];
  const feed = (id, agency) => ({ feed_id: id, agency: { en: agency }, name: { en: id }, state: "up", error_code: null });
  const rows = [
    { feed_id: "a", up: 1, known: 1, days: day(1, 1) },
    { feed_id: "b", up: 0.5, known: 0.5, days: day(0.5, 0.5) },
    { feed_id: "c", up: null, known: 0, days: day(null, 0) },
    { feed_id: "d", up: 0.9, known: 1, days: day(0.9, 1) },
  ];
  const told = agencyLedger.byAgency(rows, [feed("a", "A"), feed("b", "A"), feed("c", "C"), feed("d", "D")], "en");
  assert.deepEqual(told.map(({ agency }) => agency), ["A", "D", "C"]);
  assert.ok(Math.abs(told[0].up - (1 + 0.25) / 1.5) < 1e-9);
  assert.equal(told[2].up, null);
  assert.equal(told[2].days[0].up, null);
});

test("a day that nobody looked at is not down", () => {
  assert.deepEqual([null, 1, 0.7, 0.1].map(agencyLedger.lookOf), ["none", "full", "half", "down"]);
});

// ---- what comes once in a while, and long words ----

test("values of quarters and years are dashes as long as they are apart, the last one marked", () => {
  const yearly = [1, null, null, 3, null, null, 2, null];
  const { d, last } = scopc.spark.pathOf(yearly, 78, 34);
  assert.deepEqual(d.match(/h[\d.]+/g), ["h22.5", "h22.5", "h22.5"]);
  assert.ok(!d.includes("L"));
  assert.deepEqual(last, [64, 17]);
});

test("a line of neighbours stays a line, and a hole in it a hole", () => {
  const { d, last } = scopc.spark.pathOf([1, 2, null, 2, 1], 78, 34);
  assert.equal(d.match(/M/g).length, 2);
  assert.equal(last[0], 74);
  assert.equal(scopc.spark.pathOf([1, 2, null], 78, 34).last, null);
});

test("a long report is cut between two words and says that it goes on", () => {
  const { short } = scopc.ticketSummary;
  assert.equal(short("a lamp is out", 64, "en"), "a lamp is out");
  assert.equal(short("the lamp at the corner is out", 12, "en"), "the lamp at…");
  const thai = "ไฟส่องสว่างริมถนนดับทั้งคืนมาหลายวัน";
  const cut = short(thai, 20, "th");
  assert.ok(cut.length <= 20 && cut.endsWith("…") && thai.startsWith(cut.slice(0, -1)));
});
