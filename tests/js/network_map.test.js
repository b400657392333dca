"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load([
  "mercator", "polyline", "map_labels", "freshness", "page_data", "base_map", "network_links", "link_shapes", "links_layer",
  "route_line", "operations", "gaps_layer", "trail_layer", "facility_store", "stop_places", "marks_layer", "incident_panel",
  "incident_marks", "map_objects", "map_toggles", "page_state",
]);
const { networkLinks, linkShapes, linksLayer, routeLine, gapsLayer, trailLayer, facilityStore, mercator } = scopc;
const { LEVEL } = networkLinks;

const T = 1_000_000_000;
const S = 1000;

/** A frame of links {los, speed, ageS, state, source, flags}; source 0 is stale after 60 s, source 1 after 600 s. */
function frameOf(links) {
  const column = (name, otherwise) => links.map((link) => link[name] ?? otherwise);
  return {
    t: T,
    speed: column("speed", 300),
    los: links.map(({ los = "B" }) => los).join(""),
    age: links.map(({ ageS = 0 }) => ageS * S),
    state: column("state", 0),
    source: column("source", 0),
    flags: column("flags", 0),
    sources: ["fast", "slow"],
    fresh_s: [30, 120],
    stale_s: [60, 600],
  };
}

const levels = (frame, now) => [...frame.los].map((_, i) => networkLinks.levelAt(frame, i, now));

test("each letter is a level of its own, and no letter is none", () => {
  const frame = frameOf([..."ABCDEF-"].map((los) => ({ los })));
  assert.deepEqual(levels(frame, T), [1, 2, 3, 4, 5, LEVEL.F, LEVEL.NONE]);
});

test("a frozen feed loses its levels by our clock alone, each source by its own limit", () => {
  const frame = frameOf([{ los: "A", source: 0 }, { los: "F", source: 1 }]);
  assert.deepEqual(levels(frame, T + 60 * S), [1, LEVEL.F]);
  assert.deepEqual(levels(frame, T + 61 * S), [LEVEL.NONE, LEVEL.F]);
  assert.deepEqual(levels(frame, T + 601 * S), [LEVEL.NONE, LEVEL.NONE]);
});

test("what the server calls stale or missing has no level, however young it looks", () => {
  assert.deepEqual(levels(frameOf([{ los: "A", state: 2 }, { los: "A", state: 3 }, { los: "A", state: 1 }]), T), [0, 0, 1]);
});

test("a link without speed, without age or of an unknown source has no level", () => {
  assert.deepEqual(levels(frameOf([{ speed: -1 }, { ageS: -1 / S }, { source: -1 }]), T), [0, 0, 0]);
});

test("a closed link is closed, not of a level, and no longer when that is old", () => {
  const frame = frameOf([{ los: "-", speed: -1, flags: 2 }]);
  assert.deepEqual([levels(frame, T)[0], levels(frame, T + 61 * S)[0]], [LEVEL.CLOSED, LEVEL.NONE]);
});

test("a link is joined with its facts; too old to act on it has no speed but still an age", () => {
  const [fact] = networkLinks.factsOf({ features: [{ properties: { link_id: "a", name_en: "A", free_flow_kmh: 50, free_flow_assumed: true } }] }, "en");
  const frame = frameOf([{ los: "C", flags: 1, ageS: 5 }]);
  const young = networkLinks.joinOne(fact, frame, 0, T);
  assert.deepEqual([young.speedKmh, young.los, young.ageMs, young.source, young.isDisputed, young.isFreeFlowAssumed], [30, "C", 5000, "fast", true, true]);
  const old = networkLinks.joinOne(fact, frame, 0, T + 100 * S);
  assert.deepEqual([old.speedKmh, old.los, old.age, old.ageMs, old.isDisputed], [null, "-", "stale", 105000, false]);
});

test("levels that differ are seen, equal ones are not drawn again", () => {
  assert.equal(linksLayer.differ(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), false);
  assert.equal(linksLayer.differ(Uint8Array.of(1, 2), Uint8Array.of(1, 0)), true);
  assert.equal(linksLayer.differ(new Uint8Array(0), Uint8Array.of(1)), true);
});

test("the worse the level the wider the link, and no data is the thinnest", () => {
  const widths = [0, 1, 2, 3, 4, 5, 6].map((level) => linkShapes.widthOf("trunk", level));
  assert.deepEqual([...widths].sort((a, b) => a - b), widths);
  assert.ok(linkShapes.widthOf("trunk", 1) > linkShapes.widthOf("secondary", 1));
  assert.ok(linkShapes.widthOf("of no known class", 6) > 0);
});

const ZOOM = 15;
const FRAME = { zoom: ZOOM, worldPx: mercator.worldPx(ZOOM) };

/** Out and back along one street of 1 degree. */
function street() {
  const feature = (coordinates) => ({ properties: { road_class: "trunk" }, geometry: { type: "LineString", coordinates } });
  return linkShapes.create([feature([[102, 16], [102.01, 16]]), feature([[102.01, 16], [102, 16]])]);
}

test("both directions of a street lie beside each other at every level, left of their way", () => {
  const shapes = street();
  for (let level = 0; level <= LEVEL.CLOSED; level += 1) {
    const east = shapes.project(0, level, FRAME, 1)[1];
    const west = shapes.project(1, level, FRAME, 1)[1];
    assert.ok(west - east >= linkShapes.widthOf("trunk", level), `level ${level}`);
  }
});

test("the pointer finds the direction that it is on, and nothing far away", () => {
  const shapes = street();
  const at = { x: mercator.worldX(102.005) * FRAME.worldPx, y: mercator.worldY(16) * FRAME.worldPx };
  const drawing = { levels: Uint8Array.of(6, 6), frame: FRAME, k: 1 };
  assert.equal(shapes.hit(at.x, at.y - 4, 6, drawing), 0);
  assert.equal(shapes.hit(at.x, at.y + 4, 6, drawing), 1);
  assert.equal(shapes.hit(at.x, at.y + 60, 6, drawing), -1);
});

test("a feature without a line keeps its number and is never drawn", () => {
  const shapes = linkShapes.create([{ properties: {}, geometry: null }, { properties: {}, geometry: { type: "LineString", coordinates: [[0, 0], [1, 1]] } }]);
  assert.deepEqual([shapes.count, shapes.found], [2, [1]]);
});

test("the middle of a line is by length", () => {
  assert.deepEqual(linkShapes.middleOf([0, 0, 10, 0, 10, 2]), { x: 6, y: 0, angle: 0 });
});

/** A square loop from (16, 102), `side` degrees, and stops on it at shares of the round. */
function square(side, shares) {
  const corners = [[0, 0], [side, 0], [side, side], [0, side], [0, 0]];
  const world = corners.map(([x, y]) => [mercator.worldX(102 + x), mercator.worldY(16 + y)]);
  const along = (share) => {
    const at = share * 4;
    const i = Math.floor(at);
    return [0, 1].map((axis) => world[i][axis] + (at - i) * (world[i + 1][axis] - world[i][axis]));
  };
  const places = new Map(shares.map((share, i) => [`s${i}`, { x: along(share)[0], y: along(share)[1] }]));
  return { points: world.flat(), rungs: shares.map((share, i) => [`s${i}`, share, ""]), places, along };
}

test("a share of the round is found between its stops, also round the end of a loop", () => {
  const { points, rungs, places, along } = square(0.02, [0.1, 0.35, 0.6, 0.85]);
  const line = routeLine.create(points, rungs, places);
  const ends = (stretch) => [stretch.slice(0, 2), stretch.slice(-2)];
  const near = (a, b) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-6, `${a} ${b}`));
  for (const [from, to] of [[0.2, 0.4], [0.9, 0.2], [0.7, 0.05]]) {
    const [first, last] = ends(line.stretch(from, to));
    near(first, along(from));
    near(last, along(to));
  }
  assert.equal(line.stretch(0.9, 0.2).length, 6); // both ends and the corner where the loop is closed
});

test("where a line passes twice, the order of its stops tells which pass is meant", () => {
  const at = (x) => [mercator.worldX(102 + x), mercator.worldY(16)];
  const points = [at(0), at(0.02), at(0)].flat(); // out and back over the same street
  const place = (x) => ({ x: at(x)[0], y: at(x)[1] });
  const places = new Map([["a", place(0.001)], ["b", place(0.01)], ["c", place(0.019)], ["d", place(0.01)]]);
  const line = routeLine.create(points, [["a", 0, ""], ["b", 0.25, ""], ["c", 0.5, ""], ["d", 0.75, ""]], places);
  const passOf = (share) => (line.alongOf(share) / line.total) % 1;
  assert.ok(Math.abs(passOf(0.25) - 0.25) < 0.01);
  assert.ok(Math.abs(passOf(0.75) - 0.75) < 0.01);
});

test("stops that do not lie on the drawn line give no line, and so no rails", () => {
  const { points, rungs } = square(0.02, [0.1, 0.35, 0.6]);
  const far = new Map(rungs.map(([id]) => [id, { x: 0, y: 0 }]));
  assert.equal(routeLine.create(points, rungs, far), null);
  assert.equal(routeLine.create(points, rungs, new Map()), null);
});

test("only gaps between vehicles whose places are known are drawn, and only of the chosen lines", () => {
  const route = (routeId, kind, leader = "b") => ({
    routeId,
    vehicles: [{ id: "a", share: 0.1 }, { id: "b", share: 0.6 }],
    spacings: [{ leader, follower: "a", s: 1200, kind }],
  });
  const picture = { routes: new Map([["x", route("x", "gap")], ["y", route("y", "bunched")], ["z", route("z", "gap", "gone")]]) };
  assert.deepEqual(gapsLayer.gapsOf(picture, new Set()), [{ routeId: "x", from: 0.1, to: 0.6, s: 1200, minutes: "20" }]);
  assert.deepEqual(gapsLayer.gapsOf(picture, new Set(["y"])), []);
});

test("signs of gaps do not cover each other or stand under a control; the widest gap has the first choice", () => {
  const rail = (y, s) => ({ points: [0, y, 100, y], s });
  const room = { view: { x: 0, y: 0, w: 100, h: 100 }, reserved: [], above: 20, half: 9, below: 10 };
  assert.deepEqual(gapsLayer.placeSigns([rail(50, 900), rail(55, 1200)], room), [{ x: 30, y: 50 }, { x: 50, y: 55 }]);
  const [beside] = gapsLayer.placeSigns([rail(50, 900)], { ...room, reserved: [{ x: 35, y: 0, w: 65, h: 100 }] });
  assert.deepEqual(beside, { x: 20, y: 50 });
  const [low] = gapsLayer.placeSigns([{ points: [50, 0, 50, 100], s: 900 }], { ...room, view: { x: 0, y: 0, w: 100, h: 45 } });
  assert.deepEqual(low, { x: 50, y: 30 });
});

test("a trail is told in order, once, and for half an hour", () => {
  const fix = (at) => ({ at, lat: 16, lon: 102 });
  const now = T;
  const old = now - trailLayer.KEEP_MS - 1;
  const both = trailLayer.merged([fix(now - 20), fix(now)], [fix(old), fix(now - 40), fix(now - 20)], now);
  assert.deepEqual(both.map(({ at }) => at), [now - 40, now - 20, now]);
});

test("fixes of the answer without a place or a time are left out", () => {
  const items = [
    { observed_at: "2026-01-01T00:00:10Z", lat: 16, lon: 102 },
    { observed_at: "2026-01-01T00:00:00Z", lat: 16, lon: 102 },
    { observed_at: "2026-01-01T00:00:20Z", lat: null, lon: 102 },
    { observed_at: "", lat: 16, lon: 102 },
  ];
  assert.deepEqual(trailLayer.fixesOf({ items }).map(({ at }) => at % 60000), [0, 10000]);
});

test("a pause without a fix is a gap of the trail, and what is older is fainter", () => {
  const fixes = [0, 10, 20, 200, 210].map((s) => ({ at: T + s * S }));
  const pieces = trailLayer.piecesOf(fixes, T + 210 * S, 90 * S);
  assert.deepEqual(pieces.map(({ from, to, isGap }) => [from, to, isGap]), [[0, 2, false], [2, 3, true], [3, 4, false]]);
  assert.ok(trailLayer.stepOf(T - 29 * 60 * S, T) > trailLayer.stepOf(T - 60 * S, T));
});

test("marks of a trail stand at round times", () => {
  const fixes = [270, 290, 310, 590, 620].map((s) => ({ at: s * S }));
  assert.deepEqual(trailLayer.marksOf(fixes, 300 * S), [{ index: 2, at: 300 * S }, { index: 4, at: 600 * S }]);
});

test("a count of free places that is missing or too old is no count, and never zero", () => {
  const facility = (more) => ({ observed_at: new Date(T).toISOString(), fresh_s: 60, stale_s: 120, capacity: 80, ...more });
  const said = (one, now) => facilityStore.countText(facilityStore.judge(one, now));
  assert.equal(said(facility({ available: 0 }), T), "0/80");
  assert.equal(said(facility({ available: 12, capacity: null }), T), "12");
  assert.equal(said(facility({ available: 12 }), T + 121 * S), "–");
  assert.equal(said(facility({ available: null }), T), "–");
});

test("stops are shown of the lines that are looked at, the chosen one always", () => {
  const stop = (id, ...routeIds) => ({ id, routeIds: new Set(routeIds) });
  const stops = [stop("1", "a"), stop("2", "b"), stop("3", "b")];
  const ids = (view) => scopc.marksLayer.shownStops(stops, view).map(({ id }) => id);
  assert.deepEqual(ids({ lines: new Set(["a"]), stopId: "3", zoom: 13 }), ["1", "3"]);
  assert.deepEqual(ids({ lines: new Set(), stopId: null, zoom: 13 }), []);
  assert.deepEqual(ids({ lines: new Set(), stopId: null, zoom: 16 }), ["1", "2", "3"]);
});

test("an incident without a place is not on the map", () => {
  assert.equal(scopc.incidentMarks.placeOf({}), null);
  assert.equal(scopc.incidentMarks.placeOf({ points: [[null, 102]] }), null);
  assert.deepEqual(scopc.incidentMarks.placeOf({ points: [[16, 102], [16.1, 102], [16.2, 102]] }), [16.1, 102]);
});

const say = (key, values) => (values ? `${key} ${Object.values(values).join("/")}` : key);
const ageText = (ms) => `${ms / S} s`;

test("a link's tip says speed and level, or that there is no data", () => {
  const link = { name: "Road", speedKmh: 30, freeFlowKmh: 50, los: "C", ageMs: 5000, source: "probe", isClosed: false, isDisputed: true, isFreeFlowAssumed: true };
  const words = scopc.mapObjects.linkWords(link, { say, ageText });
  assert.deepEqual(words.lines, ["30/50 unit.kmh · traffic.level C", "traffic.probe · age.ago 5 s", "traffic.disputed", "traffic.free_flow_assumed"]);
  const none = scopc.mapObjects.linkWords({ ...link, speedKmh: null, los: "-", ageMs: null, source: null, isDisputed: false }, { say, ageText });
  assert.deepEqual(none.lines, ["no.data"]);
  const closed = scopc.mapObjects.linkWords({ ...link, isClosed: true, speedKmh: null, isDisputed: false }, { say, ageText });
  assert.equal(closed.lines[0], "traffic.closed");
});

test("a map with layers of its own shows these whatever the reader chose", () => {
  const pageState = scopc.pageState.createPageState();
  const free = scopc.mapLayers.forMap({ closest: () => null }, pageState);
  const fixed = scopc.mapLayers.forMap({ closest: () => ({ dataset: { layers: "links incidents" } }) }, pageState);
  let heard = 0;
  free.subscribe(() => (heard += 1));
  pageState.toggleLayer("links");
  assert.deepEqual([free.has("links"), fixed.has("links"), fixed.has("vehicles"), heard], [false, true, false, 1]);
});

test("layers are remembered by what is off, and a browser that keeps nothing shows all", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const { recall, remember } = scopc.mapLayers;
  assert.deepEqual([...recall(storage, ["a", "b"])], ["a", "b"]);
  remember(storage, ["a", "b"], new Set(["b"]));
  assert.deepEqual([...recall(storage, ["a", "b", "new"])], ["b", "new"]);
  assert.deepEqual([...recall(null, ["a", "b"])], ["a", "b"]);
});
