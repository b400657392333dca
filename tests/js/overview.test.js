"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load(["freshness", "clock", "indicator_store", "feeds_panel", "overview", "overview_attention", "wall_scenes"]);
const { overview, attention, wallScenes } = scopc;
const NOW = Date.parse("2026-11-23T00:42:00Z"); // 07:42 in Bangkok
const HOUR_MS = 3600 * 1000;
const say = (key, values) => (values ? `${key} ${Object.values(values).join(" ")}` : key);

const item = (key, status, more = {}) => ({
  key, domain: "environment", name: key, status, value: 1, headline: true, scale: "flood", band: 1, limit: null, decimals: 0, ...more,
});
const SCALES = {
  flood: {
    bands: [
      { status: "normal", action: "look on", issued_by: null, act_within_s: null },
      { status: "warning", action: "Close the road", issued_by: "Mayor", act_within_s: 1800 },
    ],
  },
};
const keys = (items) => items.map(({ key }) => key);

// ---- domains ----

test("the most urgent domain stands first, equals in the order of the pack", () => {
  const items = [
    item("a", "normal", { domain: "energy" }), item("b", "watch", { domain: "living" }),
    item("c", "critical", { domain: "people" }), item("d", "normal", { domain: "economy" }),
  ];
  assert.deepEqual(overview.domainsOf(items).map(({ domain }) => domain), ["people", "living", "energy", "economy"]);
});

test("a domain nobody can judge stands over a normal one, and is never called normal", () => {
  const items = [item("a", "normal", { domain: "energy" }), item("b", "unknown", { domain: "living", value: null })];
  const rows = overview.domainsOf(items);
  assert.deepEqual(rows.map(({ domain, status }) => [domain, status]), [["living", "unknown"], ["energy", "normal"]]);
});

test("the gravest indicator leads its domain; on a normal day one with a value does", () => {
  assert.equal(overview.leading([item("a", "normal"), item("b", "watch"), item("c", "warning")]).key, "c");
  assert.equal(overview.leading([item("a", "unknown", { value: null }), item("b", "normal")]).key, "b");
  assert.equal(overview.leading([item("a", null, { headline: false }), item("b", null)]).key, "b");
});

// ---- what needs a person ----

test("what is normal or cannot be judged needs nobody; the rest comes gravest first", () => {
  const items = [item("a", "watch"), item("b", "normal"), item("c", "critical"), item("d", "unknown"), item("e", null)];
  assert.deepEqual(keys(attention.attentionOf(items, SCALES, new Map()).map((one) => one.item)), ["c", "a"]);
});

test("an action comes with who issues it and by when, counted from the change of status", () => {
  const since = attention.sinceOf([{ key: "a", after: "warning", at: new Date(NOW - HOUR_MS / 2).toISOString() }]);
  const [one] = attention.attentionOf([item("a", "warning")], SCALES, since);
  assert.deepEqual([one.action, one.issuedBy, one.byMs], ["Close the road", "Mayor", NOW]);
});

test("without knowing since when there is no time to act by", () => {
  const since = attention.sinceOf([
    { key: "a", after: "normal", at: new Date(NOW).toISOString() },
    { key: "a", after: "warning", at: new Date(NOW - HOUR_MS).toISOString() },
  ]);
  assert.equal(attention.attentionOf([item("a", "warning")], SCALES, since)[0].byMs, null);
  assert.equal(attention.attentionOf([item("a", "warning")], SCALES, new Map())[0].byMs, null);
});

test("a normal band asks nobody to act, whatever the pack writes there", () => {
  assert.equal(overview.todoOf(item("a", "normal", { band: 0 }), SCALES), null);
  assert.equal(overview.todoOf(item("a", "warning", { scale: null }), SCALES), null);
});

test("time to act is told as time of day, on another day with its date, once gone as overdue", () => {
  const page = { text: say, zone: "Asia/Bangkok", lang: "en", buddhistEra: true };
  assert.equal(attention.dueText(NOW + HOUR_MS / 2, NOW, page), "attention.by 08:12");
  assert.equal(attention.dueText(NOW + 24 * HOUR_MS, NOW, page), "attention.by Tue 24 Nov 2026 07:42");
  assert.equal(attention.dueText(NOW - 3 * HOUR_MS, NOW, page), "attention.overdue age.h 3");
  assert.equal(attention.dueText(null, NOW, page), "");
});

// ---- feeds ----

const feed = (state, ageS) => ({ state, fresh_s: 60, stale_s: 300, observed_at: new Date(NOW - ageS * 1000).toISOString() });

test("a feed is silent when it is stale, down or was never heard; one that is late is not", () => {
  const feeds = [feed("up", 5), feed("up", 200), feed("up", 400), feed("down", 5), { ...feed("never", 0), observed_at: null }];
  assert.deepEqual(attention.silentOf(feeds, NOW), { silent: 3, of: 5 });
  assert.equal(attention.silentText({ silent: 3, of: 5 }, say), "attention.feeds 3 5");
  assert.equal(attention.silentText({ silent: 1, of: 5 }, say), "attention.feeds_one 1 5");
});

test("before the feeds are known none of them is called live", () => {
  assert.equal(attention.silentText(attention.silentOf(null, NOW), say), "feeds.unknown");
});

// ---- a domain on a wall ----

test("the gravest stands large and not again in the rows; these are sorted by urgency", () => {
  const items = [item("a", "normal"), item("b", "unknown", { value: null }), item("c", "warning"), item("d", "watch")];
  const { lead, others } = wallScenes.parts(items);
  assert.equal(lead.key, "c");
  assert.deepEqual(keys(others), ["d", "b", "a"]);
});
