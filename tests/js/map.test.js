"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load([
  "mercator", "polyline", "map_labels", "frame_rate", "vehicle_sprites", "map_names", "base_map", "map_hands",
  "map_page", "vehicle_layer",
]);
const { polyline, mapLabels, frameRate, vehicleSprites, mapNames, baseMap, mapHands, mapPage, vehicleLayer, mercator } =
  scopc;

/** Assert that two lists of numbers are equal but for rounding. */
function near(actual, expected) {
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-9, `${actual}`));
}

test("points within the tolerance are left out, ends and corners stay", () => {
  assert.deepEqual(polyline.simplify([0, 0, 5, 0.4, 10, 0, 10, 10], 0.5), [0, 0, 10, 0, 10, 10]);
});

test("a line is moved to the left of its direction, so out and back lie apart", () => {
  near(polyline.offsetLeft([0, 0, 10, 0], 2), [0, -2, 10, -2]);
  near(polyline.offsetLeft([10, 0, 0, 0], 2), [10, 2, 0, 2]);
});

test("a corner keeps the distance on both sides", () => {
  near(polyline.offsetLeft([0, 0, 10, 0, 10, 10], 2).slice(2, 4), [12, -2]);
});

test("a hairpin and a repeated point give finite points", () => {
  const points = polyline.offsetLeft([0, 0, 10, 0, 0, 0, 0, 0, 5, 5], 3);
  assert.equal(points.length, 10);
  assert.ok(points.every(Number.isFinite));
});

test("labels stand beside their marks and keep their side while there is room", () => {
  const item = { id: "a", x: 100, y: 100, w: 30, h: 10, gap: 8 };
  assert.equal(mapLabels.placeLabels([item], [], new Map()).get("a").side, mapLabels.RIGHT);
  assert.equal(mapLabels.placeLabels([item], [], new Map([["a", mapLabels.LEFT]])).get("a").side, mapLabels.LEFT);
});

test("a label goes to the other side of a mark in its way, and is left out when there is none", () => {
  const item = { id: "a", x: 100, y: 100, w: 30, h: 10, gap: 8 };
  const right = { id: "b", x: 110, y: 95, w: 10, h: 10 };
  const left = { id: "c", x: 70, y: 95, w: 10, h: 10 };
  assert.equal(mapLabels.placeLabels([item], [right], new Map()).get("a").side, mapLabels.LEFT);
  assert.equal(mapLabels.placeLabels([item], [right, left], new Map()).has("a"), false);
  assert.equal(mapLabels.placeLabels([{ ...item, isForced: true }], [right, left], new Map()).has("a"), true);
});

test("no two labels cover each other", () => {
  const items = Array.from({ length: 40 }, (_, i) => ({ id: `${i}`, x: (i * 37) % 150, y: (i * 17) % 60, w: 30, h: 10, gap: 6 }));
  const boxes = [...mapLabels.placeLabels(items, [], new Map()).values()].map(({ x, y }) => ({ x, y, w: 30, h: 10 }));
  assert.ok(boxes.length > 3);
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => assert.equal(mapLabels.overlaps(a, b), false)));
});

test("the frame rate follows the number of vehicles in view", () => {
  assert.deepEqual([0, 300, 301, 1500, 1501].map((count) => frameRate.forCount(count)), [20, 20, 10, 10, 0]);
});

test("a fleet about a step does not switch to and fro", () => {
  assert.deepEqual([frameRate.forCount(320, 20), frameRate.forCount(331, 20), frameRate.forCount(1600, 10)], [20, 10, 10]);
});

test("late frames halve the rate, at most twice, and good ones give it back", () => {
  const governor = frameRate.createGovernor();
  const note = (count, gap) => Array.from({ length: count }, () => governor.note(gap, 50));
  note(4, 200);
  assert.equal(governor.govern(20), 20);
  note(1, 200);
  assert.equal(governor.govern(20), 10);
  note(100, 200);
  assert.equal(governor.govern(20), 5);
  note(200, 55);
  assert.equal(governor.govern(20), 10);
});

test("a mark's key says its look, colour and bearing", () => {
  for (const parts of [{ look: 0, colour: 0, step: 0 }, { look: 1, colour: 7, step: 63 }, { look: 2, colour: 3, step: vehicleSprites.NO_BEARING }]) {
    assert.deepEqual(vehicleSprites.partsOf(vehicleSprites.keyOf(parts.look, parts.colour, parts.step)), parts);
  }
});

test("bearings are rounded to the nearest drawn one, an unknown one is none", () => {
  const steps = [0, 2, 3, 90, 359, 360, -90, NaN].map(vehicleSprites.stepOf);
  assert.deepEqual(steps, [0, 0, 1, 16, 0, 0, 48, vehicleSprites.NO_BEARING]);
});

test("marks shrink in a crowd", () => {
  assert.deepEqual([300, 301, 1501].map(vehicleLayer.scaleFor), [1, 0.75, 0.55]);
});

test("only a desktop Linux canvas goes past the compositor", () => {
  assert.equal(vehicleLayer.canSkipCompositor("Mozilla/5.0 (X11; Linux x86_64) Chrome/156"), true);
  assert.equal(vehicleLayer.canSkipCompositor("Mozilla/5.0 (X11; CrOS x86_64) Chrome/156"), false);
  assert.equal(vehicleLayer.canSkipCompositor("Mozilla/5.0 (Linux; Android 14) Chrome/156"), false);
});

test("features become shapes, and a feature without a line is left out", () => {
  const collection = {
    features: [
      { properties: { route_id: "r" }, geometry: { type: "LineString", coordinates: [[0, 0], [90, 0]] } },
      { properties: {}, geometry: { type: "Point", coordinates: [0, 0] } },
      { properties: {}, geometry: null },
      { properties: {}, geometry: { type: "MultiPolygon", coordinates: [[[[0, 0], [1, 0], [1, 1]]], [[[5, 5], [6, 5], [6, 6]]]] } },
    ],
  };
  const shapes = baseMap.shapesOf(collection, "route");
  assert.deepEqual(shapes.map((shape) => shape.parts.length), [1, 2]);
  assert.deepEqual([...shapes[0].parts[0]], [0.5, 0.5, 0.75, 0.5]);
  assert.deepEqual(shapes[0].box, { west: 0.5, east: 0.75, north: 0.5, south: 0.5 });
});

test("a name leaves its road number out and falls back to the other language", () => {
  assert.equal(mapNames.nameOf({ name_en: "Long Road (Highway 2)" }, "en"), "Long Road");
  assert.equal(mapNames.nameOf({ name_th: "ถนนยาว" }, "en"), "ถนนยาว");
  assert.equal(mapNames.nameOf({}, "th"), "");
});

/** Straight roads of one class across a view of 1000 x 500 px, `gap` px apart. */
function roads(count, roadClass, gap) {
  const worldPx = mercator.worldPx(14);
  return Array.from({ length: count }, (_, i) => {
    const y = (100 + i * gap) / worldPx;
    const part = Float64Array.from([0.1, 0.3, 0.5, 0.7, 0.9].flatMap((share) => [(share * 1000) / worldPx, y]));
    return { role: "road", parts: [part], box: {}, facts: { name_en: `Road ${i}`, road_class: roadClass } };
  });
}

function chooseNames(shapes, { isWall = false, zoom = 14, reserved = [], drawn = [] } = {}) {
  const frame = { x: 0, y: 0, width: 1000, height: 500, worldPx: mercator.worldPx(14), margin: { x: 0, y: 0 } };
  const all = { district: [], water: [], road: [], route: [], ...shapes };
  return mapNames.choose({ shapes: all, frame, theme: { namePx: 12, isWall, k: 1 }, zoom, lang: "en", measure: (text) => text.length * 7, reserved, drawn });
}

test("a map of a wall names three places at most", () => {
  assert.equal(chooseNames({ road: roads(10, "trunk", 40) }).length, 10);
  assert.equal(chooseNames({ road: roads(10, "trunk", 40) }, { isWall: true }).length, 3);
});

test("names on the map do not cover each other", () => {
  const names = chooseNames({ road: roads(30, "trunk", 5) });
  const boxes = names.map(({ text, x, y }) => ({ x, y: y - 9, w: text.length * 7, h: 18 }));
  assert.ok(boxes.length > 1);
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => assert.equal(mapLabels.overlaps(a, b), false)));
});

test("no name stands under a control", () => {
  const strip = { x: 0, y: 95, w: 1000, h: 405 };
  const [name] = chooseNames({ road: roads(1, "trunk", 40) }, { reserved: [strip] });
  assert.ok(name.y + 9 <= strip.y);
  assert.deepEqual(chooseNames({ road: roads(1, "trunk", 40) }, { reserved: [{ x: 0, y: 0, w: 1000, h: 500 }] }), []);
});

test("a name stands off the lines, and where lines are everywhere it is left out", () => {
  const road = roads(1, "trunk", 40);
  const below = { weight: 1, points: [0, 112, 1000, 112] };
  const [name] = chooseNames({ road }, { drawn: [below] });
  assert.ok(name.y + 9 <= 100, `above its road, away from the line: ${name.y}`);
  const everywhere = Array.from({ length: 100 }, (_, i) => ({ weight: 1, points: [0, i * 5, 1000, i * 5] }));
  assert.deepEqual(chooseNames({ road }, { drawn: everywhere }), []);
});

test("ink is the share of a box that lines are drawn on", () => {
  const inkOf = mapNames.createInk({ x: 0, y: 0, w: 100, h: 100 }, [{ weight: 0.5, points: [0, 5, 99, 5] }], 10);
  assert.equal(inkOf({ x: 0, y: 20, w: 50, h: 20 }), 0);
  assert.equal(inkOf({ x: 0, y: 0, w: 49, h: 9 }), 0.5);
  assert.equal(inkOf({ x: 0, y: 0, w: 49, h: 19 }), 0.25);
});

test("small roads are named only near by", () => {
  assert.equal(chooseNames({ road: roads(1, "secondary", 40) }, { zoom: 13 }).length, 0);
  assert.equal(chooseNames({ road: roads(1, "secondary", 40) }, { zoom: 14 }).length, 1);
});

test("keys go through the vehicles and round the ends", () => {
  const ids = ["a", "b", "c"];
  const steps = [["a", 1], ["c", 1], ["a", -1], [null, 1], [null, -1]].map(([id, step]) => mapHands.neighbour(ids, id, step));
  assert.deepEqual(steps, ["b", "a", "c", "a", "c"]);
  assert.equal(mapHands.neighbour([], null, 1), null);
});

test("a card stands to the upper right of its vehicle, and inside the map where that is too narrow", () => {
  const beside = (x, y) => mapHands.besidePoint({ x, y }, { w: 200, h: 100 }, { x: 390, y: 600 }, 20);
  assert.deepEqual(beside(100, 300), { left: 20, top: -120 });
  assert.deepEqual(beside(100, 60), { left: 20, top: 20 });
  assert.deepEqual(beside(380, 300), { left: -198, top: -120 });
});

test("a route without a sign is told by its id on grey", () => {
  const routes = [{ route_id: "a", short: "A", colour: "red" }];
  assert.equal(mapHands.signOf(routes, "a").short, "A");
  assert.deepEqual(mapHands.signOf(routes, "9"), { short: "9", colour: "grey" });
  assert.equal(mapHands.signOf(routes, null), undefined);
});

test("a map opens at the named view, else at the first", () => {
  const views = [{ view_id: "all", bounds: [1, 2, 3, 4] }, { view_id: "campus", bounds: [5, 6, 7, 8] }];
  assert.deepEqual(mapPage.boundsOf(views, "campus"), [[6, 5], [8, 7]]);
  assert.deepEqual(mapPage.boundsOf(views, undefined), [[2, 1], [4, 3]]);
  assert.equal(mapPage.boundsOf([], "all"), null);
});
