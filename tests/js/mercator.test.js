"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { mercator } = load(["mercator"]);

test("the equator and Greenwich meet in the middle of the square", () => {
  assert.deepEqual([mercator.worldX(0), mercator.worldY(0)], [0.5, 0.5]);
});

test("degrees come back from the square", () => {
  for (const [lat, lon] of [[10, 20], [-33.9, 151.2], [64.1, -21.9]]) {
    const back = mercator.toDegrees(mercator.worldX(lon), mercator.worldY(lat));
    assert.ok(Math.abs(back.lat - lat) < 1e-9 && Math.abs(back.lon - lon) < 1e-9);
  }
});

test("a metre is as long as the sphere says", () => {
  const y = mercator.worldY(60);
  const lonPerMetre = 360 / (2 * Math.PI * 6378137 * Math.cos(Math.PI / 3));
  assert.ok(Math.abs(mercator.unitsPerMetre(y) - mercator.worldX(lonPerMetre) + 0.5) < 1e-15);
});

test("a world is 256 pixels at zoom 0 and doubles with each zoom", () => {
  assert.deepEqual([0, 1, 10].map(mercator.worldPx), [256, 512, 262144]);
});
