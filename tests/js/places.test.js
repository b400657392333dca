"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const document = { getElementById: () => null };
const scopc = load(["freshness", "page_data", "panel_dom", "observation_store", "places_layer", "places_legend", "station_table", "steps", "today"], { document });
const { observations, placesLayer, placeLegend, stationTable, steps, today } = scopc;

const NOW = Date.parse("2026-11-23T00:10:00Z");
const BANDS = [{ upto: 0.11, status: "normal" }, { upto: 0.46, status: "watch" }, { upto: null, status: "critical" }];
const CONTEXT = {
  now: NOW,
  lang: "en",
  properties: { road_water: { name: "Water", unit: "m", decimals: 2 }, lake_freeboard: { name: "Freeboard", unit: "m", decimals: 2 } },
  scales: {
    road: { unit: "m", upto_included: true, bands: BANDS },
    bank: { unit: "m", upto_included: false, bands: [{ upto: 1.5, status: "watch" }, { upto: null, status: "normal" }] },
  },
};
const feature = (id, kind, more = {}) => ({ feature_id: id, kind, name: { th: id, en: id }, lat: 16, lon: 102, expected: true, max_level_m: null, scales: {}, ...more });
const road = (id) => feature(id, "road_point", { scales: { road_water: "road" } });
const told = (id, value, more = {}) => ({
  feature_id: id,
  property: "road_water",
  value,
  unit: "m",
  observed_at: "2026-11-23T00:00:00Z",
  received_at: "2026-11-23T00:00:01Z",
  feed_id: "levels",
  class: "observed",
  fresh_s: 1800,
  stale_s: 4500,
  scale: "road",
  synthetic: false,
  ...more,
});
const picture = (features, items, now = NOW) => observations.pictureAt({ features, items }, { ...CONTEXT, now });
const rows = (shown) => observations.rows(shown, { kinds: ["road_point"], properties: ["road_water"] });

// ---- the store ----

test("a value is judged by its scale, and by our clock it becomes unknown", () => {
  const made = (now) => rows(picture([road("r")], [told("r", 0.3)], now))[0];
  assert.deepEqual([made(NOW).status, made(NOW).state], ["watch", "fresh"]);
  assert.deepEqual([made(NOW + 2 * 3600e3).status, made(NOW + 2 * 3600e3).state], ["unknown", "stale"]);
});

test("an expected place that is silent has a row without a value", () => {
  const [row] = rows(picture([road("r")], []));
  assert.deepEqual([row.value, row.state, row.status, row.evidence], [null, "missing", "unknown", null]);
});

test("limits that are included and those that are not are told apart", () => {
  assert.equal(observations.bandOf(CONTEXT.scales.road, 0.11), 0);
  assert.equal(observations.bandOf(CONTEXT.scales.bank, 1.5), 1);
});

test("a lake's freeboard follows from its level and bank, and its evidence is that of the level", () => {
  const lake = feature("l", "lake", { max_level_m: 150, scales: { lake_freeboard: "bank" } });
  const level = told("l", 148.7, { property: "lake_level", scale: null });
  const item = picture([lake], [level]).items.find(({ property }) => property === "lake_freeboard");
  assert.deepEqual([item.value.toFixed(2), item.status, item.evidence], ["1.30", "watch", "observation:l|lake_level|levels"]);
});

test("a measured value goes before a modelled one that is newer", () => {
  const model = told("r", 9, { class: "modelled", feed_id: "model", observed_at: "2026-11-23T00:09:00Z" });
  assert.equal(observations.best(picture([road("r")], [model, told("r", 0.3)]), "road_water").feedId, "levels");
});

test("a value of another period than the scale's is not judged by it", () => {
  const [row] = rows(picture([road("r")], [told("r", 0.3, { scale: null })]));
  assert.deepEqual([row.status, row.band], [null, null]);
});

// ---- the map ----

test("abnormal places carry their status and value, normal ones the mark of their kind, silent ones a dashed ring", () => {
  const look = (items, now) => placesLayer.lookOf(rows(picture([road("r")], items, now))[0]);
  assert.deepEqual(look([told("r", 0.3)]), { mark: "watch", isWritten: true });
  assert.deepEqual(look([told("r", 0)]), { mark: "square", isWritten: false });
  assert.equal(look([]).mark, "silent");
  assert.equal(look([told("r", 0.3)], NOW + 2 * 3600e3).mark, "silent");
});

test("the gravest place lies on top, and one without a place is not drawn", () => {
  const shown = picture([road("a"), road("b"), feature("c", "road_point", { lat: null })], [told("a", 2), told("b", 0)]);
  assert.deepEqual(placesLayer.placesOf(shown).map(({ featureId }) => featureId), ["b", "a"]);
});

test("a camera that is down is broken, one that is silent is silent", () => {
  const camera = { kind: "camera", property: "camera_up", state: "fresh", status: null };
  assert.equal(placesLayer.lookOf({ ...camera, value: 0 }).mark, "broken");
  assert.equal(placesLayer.lookOf({ ...camera, value: 1 }).mark, "dot");
  assert.equal(placesLayer.lookOf({ ...camera, value: null, state: "missing" }).mark, "silent");
});

test("the legend counts what is there and what is silent", () => {
  const items = placesLayer.placesOf(picture([road("a"), road("b")], [told("a", 0)]));
  assert.deepEqual(placeLegend.tally(items), [{ kind: "road_point", total: 2, silent: 1 }]);
});

// ---- lists ----

test("the most urgent place stands first, a silent one is not lost", () => {
  const shown = picture([road("a"), road("b"), road("c")], [told("a", 0), told("b", 2)]);
  const made = stationTable.rowsOf(shown, { kinds: ["road_point"], properties: ["road_water"] });
  assert.deepEqual(made.map(({ id }) => id), ["b", "c", "a"]);
});

test("columns that no place tells of are left out", () => {
  const shown = picture([road("a")], [told("a", 0)]);
  assert.deepEqual(stationTable.toldProperties(shown, { kinds: ["road_point"], properties: ["pm25", "road_water"] }), ["road_water"]);
});

test("the current step is the highest one on which a place stands", () => {
  const items = rows(picture([road("a"), road("b"), road("c")], [told("a", 0), told("b", 0.3)]));
  const { current, places, silent } = steps.stand(items, BANDS);
  assert.deepEqual([current, places.map((some) => some.length), silent], [1, [1, 1, 0], 1]);
});

test("with every place silent no step is the current one", () => {
  const items = rows(picture([road("a")], [told("a", 0)], NOW + 2 * 3600e3));
  assert.deepEqual(steps.stand(items, BANDS).current, null);
});

test("steps say their range with the unit", () => {
  assert.deepEqual(BANDS.map((_band, i) => steps.rangeText(BANDS, i, "m")), ["≤ 0.11 m", "0.11–0.46 m", "> 0.46 m"]);
});

test("a change of today says the figure with its unit and both statuses", () => {
  const entry = { name: "PM2.5", unit: "µg/m³", decimals: 1 };
  const said = today.changeText({ before: "normal", after: "watch", value: 26 }, entry, (key, values) => JSON.stringify(values || key));
  assert.deepEqual(JSON.parse(said), { name: "PM2.5", figure: "26.0 µg/m³", before: '"level.normal"', after: '"level.watch"' });
});
