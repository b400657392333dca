"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load(["evidence_time", "feed_month", "feeds_health"]);
const { byAgency, inTwo, isWanted } = scopc.feedsHealth;
const { dayLook, percent } = scopc.feedMonth;

const feed = (id, agency) => ({ feed_id: id, name: { th: `ไทย ${id}`, en: `Feed ${id}` }, agency: { th: agency, en: agency } });

test("agencies in trouble come first, and so do their feeds", () => {
  const judged = [
    [feed("a", "Water"), "up"],
    [feed("b", "Air"), "late"],
    [feed("c", "Water"), "down"],
    [feed("d", "Roads"), "up"],
  ];
  const shown = byAgency(judged).map(({ key, feeds }) => [key, feeds.map(([one]) => one.feed_id)]);
  assert.deepEqual(shown, [["Water", ["c", "a"]], ["Air", ["b"]], ["Roads", ["d"]]]);
});

test("agencies stand in two columns in their order, the higher as low as can be", () => {
  const cut = (...sizes) => inTwo(sizes.map((n) => ({ feeds: Array(n).fill(null) }))).map((part) => part.map(({ feeds }) => feeds.length));
  assert.deepEqual(cut(6, 2, 1, 1, 4), [[6, 2], [1, 1, 4]]);
  assert.deepEqual(cut(1, 9), [[1], [9]]);
  assert.deepEqual(cut(3), [[3], []]);
  assert.deepEqual(cut(), [[], []]);
});

test("a feed is found by its id, its name or its agency, in either language, and by its state", () => {
  const one = feed("air4", "กรมควบคุม");
  const all = { words: "", states: new Set() };
  assert.ok(isWanted(one, "up", all));
  assert.ok(isWanted(one, "up", { ...all, words: "AIR4 กรม" }));
  assert.ok(!isWanted(one, "up", { ...all, words: "air4 water" }));
  assert.ok(isWanted(one, "down", { ...all, states: new Set(["down", "late"]) }));
  assert.ok(!isWanted(one, "up", { ...all, states: new Set(["down"]) }));
});

test("a day that nobody looked at is not a day down, and a day ahead is neither", () => {
  const day = (up, date = "2026-11-22") => dayLook({ day: date, up }, "2026-11-22");
  assert.deepEqual([day(1), day(0.5), day(0), day(null), day(null, "2026-11-23")], ["up", "part", "down", "unseen", "ahead"]);
});

test("only the whole is 100 per cent", () => {
  scopc.dom = { fixed: (value, decimals) => value.toFixed(decimals) };
  assert.deepEqual([1, 0.9999, 0.904].map(percent), ["100.0 %", "99.9 %", "90.4 %"]);
});
