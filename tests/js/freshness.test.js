"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { freshness } = load(["freshness"]);
const LIMITS = { late_after_s: 90, ghost_after_s: 300 };

test("a vehicle is live up to 90 s, late beyond, a ghost beyond 300 s", () => {
  const states = [0, 90_000, 90_001, 300_000, 300_001].map((age) => freshness.vehicleState(age, LIMITS));
  assert.deepEqual(states, [0, 0, 1, 1, 2]);
});

test("a value is fresh for two cadences but at least 30 s, stale after five but at least 150 s", () => {
  assert.deepEqual(freshness.limitsForCadence(1), { freshS: 30, staleS: 150 });
  assert.deepEqual(freshness.limitsForCadence(60), { freshS: 120, staleS: 300 });
});

test("a value changes class just beyond its limits", () => {
  const limits = { freshS: 30, staleS: 150 };
  const classes = [30_000, 30_001, 150_000, 150_001].map((age) => freshness.valueClass(age, limits));
  assert.deepEqual(classes, ["fresh", "ageing", "ageing", "stale"]);
});

test("a value without an age is missing, never fresh", () => {
  const limits = { freshS: 30, staleS: 150 };
  assert.deepEqual([null, undefined, NaN].map((age) => freshness.valueClass(age, limits)), ["missing", "missing", "missing"]);
});

test("ages are told in their largest whole unit", () => {
  const told = (ms) => freshness.ageText(ms, (key, values) => `${values.n} ${key}`);
  assert.deepEqual([0, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000].map(told), [
    "0 age.s", "59 age.s", "1 age.min", "59 age.min", "1 age.h", "1 age.d",
  ]);
  assert.equal(told(-400), "0 age.s");
});

test("an unknown age is told as missing", () => {
  assert.equal(freshness.ageText(null, (key) => key), "age.missing");
});

test("the clock follows the server's by the least delayed of the last events", () => {
  let browser = 5_000_000;
  const clock = freshness.createClock(() => browser);
  const serverAhead = 3_600_000;
  for (const delay of [400, 30, 900]) {
    clock.observe(browser + serverAhead - delay, true);
    browser += 1000;
  }
  assert.equal(clock.now(), browser + serverAhead - 30);
});

test("a frame from the server's memory does not set the clock back", () => {
  const clock = freshness.createClock(() => 5_000_000);
  clock.observe(5_000_000 - 600_000, false);
  assert.equal(clock.now(), 5_000_000);
});

test("a frame from the server's memory can show that the browser is behind", () => {
  const clock = freshness.createClock(() => 5_000_000);
  clock.observe(5_000_000 + 600_000, false);
  assert.equal(clock.now(), 5_600_000);
});

test("the clock finds the server's again after the browser's clock was set forward", () => {
  let browser = 5_000_000;
  let server = 5_000_000;
  const clock = freshness.createClock(() => browser);
  const beats = (count) => {
    for (let i = 0; i < count; i += 1) {
      server += 1000;
      browser += 1000;
      clock.observe(server, true);
    }
  };
  beats(20);
  browser += 3_600_000;
  beats(20);
  assert.equal(clock.now(), server);
});

test("an event without a usable time changes nothing", () => {
  const clock = freshness.createClock(() => 5_000_000);
  clock.observe(undefined, true);
  assert.equal(clock.now(), 5_000_000);
  assert.equal(clock.isSynchronised(), false);
});
