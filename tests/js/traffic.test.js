"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load(["freshness", "page_data", "panel_dom", "clock", "network_links", "traffic_panel", "incident_panel", "service_panel", "tabs"]);
const { networkLinks, trafficPanel, incidentPanel, servicePanel } = scopc;

const T = 1_795_334_400_000;
const FACTS = ["p", "q", "r"].map((id) => ({ id, name: id, freeFlowKmh: 60, routeIds: [] }));
const FRAME = {
  t: T,
  speed: [300, -1, 540],
  los: "C-A",
  age: [10_000, -1, 10_000],
  state: [0, 3, 0],
  source: [0, -1, 0],
  flags: [0, 0, 0],
  sources: ["probe"],
  fresh_s: [60],
  stale_s: [300],
};
const joined = (seconds, patch = {}) => networkLinks.join(FACTS, { ...FRAME, ...patch }, T + seconds * 1000);

// ---- links ----

test("a link without a word of any source has no speed and no level", () => {
  const [, missing] = joined(0);
  assert.deepEqual([missing.speedKmh, missing.los, missing.age, missing.source], [null, "-", "missing", null]);
});

test("a frozen feed loses its levels by the browser's clock alone", () => {
  const ages = [0, 51, 291].map((seconds) => joined(seconds)[2]);
  assert.deepEqual(ages.map(({ age }) => age), ["fresh", "ageing", "stale"]);
  assert.deepEqual(ages.map(({ los }) => los), ["A", "A", "-"]);
  assert.equal(ages[2].speedKmh, null);
});

test("a link is never fresher than the server says", () => {
  const [link] = joined(0, { state: [2, 3, 0] });
  assert.deepEqual([link.age, link.los], ["stale", "-"]);
});

test("the slowest stand first, closed ones before them, unknown ones nowhere", () => {
  const closed = joined(0, { speed: [300, -1, 540], flags: [0, 0, 2], los: "C--" });
  assert.deepEqual(networkLinks.slowest(closed, 5).map(({ id }) => id), ["r", "p"]);
  assert.deepEqual(networkLinks.slowest(joined(0), 1).map(({ id }) => id), ["p"]);
  assert.deepEqual(networkLinks.slowest(joined(1000), 5), []);
});

test("names of links come in the page's language, else in the other, else the id stands", () => {
  const feature = (properties) => ({ properties: { link_id: "x", ...properties } });
  const name = (properties) => networkLinks.factsOf({ features: [feature(properties)] }, "en")[0].name;
  assert.equal(name({ name_en: "High St", name_th: "ถนน" }), "High St");
  assert.equal(name({ name_en: "", name_th: "ถนน" }), "ถนน");
  assert.equal(name({}), "x");
});

// ---- the city ----

test("the index is compared in points, and not at all where one of the two is unknown", () => {
  const say = (key, values = {}) => `${key} ${values.n ?? ""}`.trim();
  assert.equal(trafficPanel.comparison(0.61, 0.7, say), "traffic.slower 9");
  assert.equal(trafficPanel.comparison(0.8, 0.7, say), "traffic.faster 10");
  assert.equal(trafficPanel.comparison(0.7, 0.7, say), "traffic.as_typical");
  assert.equal(trafficPanel.comparison(0.7, null, say), "");
});

test("levels follow the pack's thresholds, and nothing known is no level", () => {
  const thresholds = { a: 0.85, b: 0.67, c: 0.5, d: 0.4, e: 0.3 };
  const levels = [0.85, 0.84, 0.5, 0.4, 0.3, 0.29, 0].map((share) => trafficPanel.levelOf(share, thresholds));
  assert.equal(levels.join(""), "ABCDEFF");
  assert.equal(trafficPanel.levelOf(null, thresholds), "-");
});

test("hours of the day are those of the city's zone", () => {
  const hours = [{ start: "2026-11-22T17:00:00Z" }, { start: "2026-11-23T01:00:00+07:00" }];
  assert.deepEqual(trafficPanel.hourTexts(hours, "Asia/Bangkok"), ["00:00", "01:00"]);
});

// ---- incidents ----

test("the most severe incident stands first, then the newest; a severity nobody told is unknown", () => {
  const at = (minutes) => new Date(T - minutes * 60e3).toISOString();
  const list = [
    { incident_id: "old", severity: 2, started_at: at(90) },
    { incident_id: "untold", received_at: at(1) },
    { incident_id: "new", severity: 2, started_at: at(5) },
    { incident_id: "bad", severity: 5, started_at: at(300) },
  ];
  assert.deepEqual(incidentPanel.ordered(list).map((one) => one.incident_id), ["bad", "new", "old", "untold"]);
  assert.deepEqual([5, 4, 3, 2, 1, null, undefined].map(incidentPanel.statusOf), [
    ...["critical", "warning", "warning", "watch", "normal", "unknown", "unknown"],
  ]);
});

test("a text that is in the other language only is shown in it", () => {
  assert.equal(incidentPanel.inLanguage({ th: "รถชน" }, "en"), "รถชน");
  assert.equal(incidentPanel.inLanguage({ th: "", en: "" }, "th"), null);
  assert.equal(incidentPanel.inLanguage(undefined, "th"), null);
});

// ---- the contract ----

test("a day is the city's day, whatever the browser's zone", () => {
  const lateEvening = Date.parse("2026-11-22T17:30:00Z");
  assert.equal(servicePanel.dayOf(lateEvening, 0, "Asia/Bangkok"), "2026-11-23");
  assert.equal(servicePanel.dayOf(lateEvening, 1, "Asia/Bangkok"), "2026-11-22");
});

test("every line has a row, also one without a record, and only of the day that is shown", () => {
  const items = [{ route_id: "a", day: "2026-11-23" }, { route_id: "x", day: "2026-11-23" }, { route_id: "b", day: "2026-11-22" }];
  const rows = servicePanel.rowsOf(items, "2026-11-23", ["a", "b"]);
  assert.deepEqual(rows.map(({ routeId, item }) => [routeId, item !== null]), [["a", true], ["b", false], ["x", true]]);
});

test("an hour that nobody observed is not an hour without buses", () => {
  const hour = { observed: null, lacking: null, needed: 0, passengers: 12.6 };
  assert.deepEqual(["observed", "lacking", "needed", "passengers"].map((key) => servicePanel.hourText(hour, key)), [null, null, "0", "13"]);
});

// ---- tabs ----

test("arrows go round the tabs, Home and End to their ends, other keys nowhere", () => {
  const go = (key, index) => scopc.tabs.target(key, index, 3);
  assert.deepEqual([go("ArrowRight", 2), go("ArrowLeft", 0), go("Home", 1), go("End", 1), go("x", 1)], [0, 2, 0, 2, null]);
});
