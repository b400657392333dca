// What a wall says of the whole city over every scene, and which indicator stands for a domain of which nothing is known.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load(["freshness", "clock", "indicator_store", "feeds_panel", "overview", "spark", "wall_state"]);
const { partsOf } = scopc.cityState;
const some = (...statuses) => statuses.map((status, i) => ({ key: `k${i}`, status }));

test("statuses beyond a limit are counted, the gravest first, then what cannot be judged", () => {
  const parts = partsOf(some("watch", "normal", "critical", "unknown", "insufficient", "watch", null));
  assert.deepEqual(parts, [{ status: "critical", n: 1 }, { status: "watch", n: 2 }, { status: "unknown", n: 2 }]);
});

test("normal is said only where nothing is beyond its limit, with what cannot be judged beside it", () => {
  assert.deepEqual(partsOf(some("normal", "normal", "unknown")), [{ status: "normal", n: 2 }, { status: "unknown", n: 1 }]);
});

test("a city of which nothing can be judged is unknown, never normal", () => {
  assert.deepEqual(partsOf(some("unknown", "insufficient", null)), [{ status: "unknown", n: 2 }]);
  assert.deepEqual(partsOf(some(null)), [{ status: "unknown", n: 0 }]);
  assert.deepEqual(partsOf([]), [{ status: "unknown", n: 0 }]);
});

test("of values that are missing the one that ought to be judged stands for the domain, before a headline", () => {
  const missing = (key, status, headline) => ({ key, status, headline, value: null });
  assert.equal(scopc.overview.leading([missing("a", null, true), missing("b", "unknown", false)]).key, "b");
});

test("a limit in the picture of a course moves its edges", () => {
  const free = scopc.spark.pathOf([1, 2], 100, 48);
  const limited = scopc.spark.pathOf([1, 2], 100, 48, [3]);
  assert.equal(free.last[1], 4);
  assert.equal(limited.y(3), 4);
  assert.ok(limited.last[1] > limited.y(3));
});
