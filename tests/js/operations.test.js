"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const scopc = load(["freshness", "page_data", "panel_dom", "operations", "headway_board", "headway_chart", "ladder", "ladder_names", "evenness", "stop_board"]);
const { operations, headwayBoard, headwayChart, ladder, ladderNames, stopBoard } = scopc;

const T = 1_795_334_400_000;
const say = (key, values = {}) => `${key} ${Object.values(values).join("/")}`.trim();

/** A frame of one line; `progress` are [id, share, more], `spacings` are [leader, follower, seconds, kind]. */
function frameOf(progress, { spacings = [], ...route } = {}) {
  return {
    at: new Date(T - 400).toISOString(),
    routes: [
      {
        route_id: "a",
        owed: 3,
        round_s: 4200,
        progress: progress.map(([id, share, more]) => ({ vehicle_id: id, time_share: share, ...more })),
        spacings: spacings.map(([leader, follower, s, kind]) => ({ leader_id: leader, follower_id: follower, headway_s: s, ...(kind && { kind }) })),
        ...route,
      },
    ],
  };
}

const EVEN = { owed: 2, inService: 2, targetS: 600, spacings: [{ s: 600, kind: null }] };

// ---- the frame ----

test("a frame is read: when it was worked out, spacings with their kind, and what it leaves out is unknown", () => {
  const { atMs, routes } = operations.read(frameOf([["x", 0.25], ["y", 0.5]], { spacings: [["y", "x", 1200, "gap"], ["x", "y", 600]] }));
  const route = routes.get("a");
  assert.equal(atMs, T - 400);
  assert.deepEqual(route.vehicles, [{ id: "x", share: 0.25 }, { id: "y", share: 0.5 }]);
  assert.deepEqual(route.spacings.map(({ follower, kind }) => [follower, kind]), [["x", "gap"], ["y", null]]);
  assert.deepEqual([route.owed, route.inService, route.targetS, route.cv], [3, null, null, null]);
});

test("who leaves the picture is remembered where it was, until it is back", () => {
  const first = operations.read(frameOf([["x", 0.1], ["y", 0.2]]));
  const second = operations.read(frameOf([["y", 0.3]]), first);
  const third = operations.read(frameOf([["y", 0.4]]), second);
  const back = operations.read(frameOf([["x", 0.5], ["y", 0.4]]), third);
  assert.deepEqual(third.routes.get("a").lost, [{ id: "x", share: 0.1 }]);
  assert.deepEqual(back.routes.get("a").lost, []);
});

test("the next stop of a vehicle comes with its time as far as somebody knows it", () => {
  const at = new Date(T + 240_000).toISOString();
  const { next } = operations.read(frameOf([["x", 0, { next_stop_id: "s2", next_at: at }], ["y", 0, { next_stop_id: "s1" }], ["z", 0]])).routes.get("a");
  assert.deepEqual(next.get("x"), { stopId: "s2", atMs: T + 240_000 });
  assert.ok(Number.isNaN(next.get("y").atMs));
  assert.equal(next.has("z"), false);
});

// ---- status ----

test("a gap warns, bunching and a vehicle too few are to be watched, an even line is normal", () => {
  const status = (patch) => operations.lineStatus({ ...EVEN, ...patch }, "fresh");
  assert.equal(status({}), "normal");
  assert.equal(status({ spacings: [{ s: 1500, kind: "gap" }] }), "warning");
  assert.equal(status({ spacings: [{ s: 60, kind: "bunched" }] }), "watch");
  assert.equal(status({ owed: 3 }), "watch");
});

test("a picture that is too old to act on is unknown, never normal", () => {
  assert.equal(operations.lineStatus(EVEN, "ageing"), "normal");
  assert.equal(operations.lineStatus(EVEN, "stale"), "unknown");
  assert.equal(operations.lineStatus(EVEN, "missing"), "unknown");
  assert.equal(operations.lineStatus(null, "fresh"), "unknown");
});

test("a line of which nothing is known is unknown, one that owes nothing is normal", () => {
  assert.equal(operations.lineStatus({ ...EVEN, inService: null }, "fresh"), "unknown");
  assert.equal(operations.lineStatus({ ...EVEN, targetS: null }, "fresh"), "unknown");
  assert.equal(operations.lineStatus({ owed: 0, inService: 0, targetS: null, spacings: [] }, "fresh"), "normal");
});

test("vehicles that lack are not counted where either number is unknown", () => {
  const lacking = (owed, inService) => operations.lacking({ owed, inService });
  assert.deepEqual([lacking(7, 6), lacking(6, 7), lacking(null, 3), lacking(3, null)], [1, 0, null, null]);
});

test("a sum of which a part is unknown is unknown, and of nothing too", () => {
  const routes = (...values) => values.map((owed) => ({ owed }));
  assert.equal(headwayBoard.sum(routes(7, 6), ({ owed }) => owed), 13);
  assert.equal(headwayBoard.sum(routes(7, null), ({ owed }) => owed), null);
  assert.equal(headwayBoard.sum([], ({ owed }) => owed), null);
});

test("the most urgent line comes first, equals as they stand", () => {
  const statuses = new Map([["a", "normal"], ["b", "watch"], ["c", "warning"], ["d", "watch"]]);
  assert.deepEqual(operations.byUrgency(statuses), ["c", "b", "d", "a"]);
});

// ---- words and strips ----

test("the words name the widest gap, and the vehicles that lack", () => {
  const route = { ...EVEN, owed: 4, spacings: [{ s: 1200, kind: "gap", leader: "Y5", follower: "Y3" }, { s: 60, kind: "bunched", leader: "Y3", follower: "Y2" }] };
  assert.equal(headwayBoard.remark(route, (id) => id, say), "ops.gap 20/Y3/Y5 · ops.lacking 2");
  assert.equal(headwayBoard.remark(EVEN, (id) => id, say), "");
});

test("headways of less than a minute are not told as none", () => {
  assert.deepEqual([0, 59, 60, 89, 91].map(operations.minutes), ["<1", "<1", "1", "1", "2"]);
});

test("all strips have one scale that holds the longest target's band", () => {
  const { maxMin, stepMin } = operations.axisOf([{ targetS: 600 }, { targetS: 840 }, { targetS: null }]);
  assert.ok(maxMin >= 1.5 * 14);
  assert.equal(maxMin % stepMin, 0);
});

test("equal headways stand on each other inside the strip, a wide one at its end", () => {
  const box = { width: 400, base: 60, maxMin: 30 };
  const dots = headwayBoard.placeDots([...Array.from({ length: 12 }, () => ({ s: 600 })), { s: 6000 }], box);
  const stacked = dots.filter(({ spacing }) => spacing.s === 600);
  assert.equal(new Set(stacked.map(({ y }) => y)).size, 12);
  assert.ok(stacked.every(({ y }) => y > 0 && y < box.base));
  assert.ok(dots[12].isBeyond && dots[12].x < box.width);
});

// ---- ladders ----

const GEOMETRY = ladder.createGeometry({ width: 100, height: 250, fold: 0.5, rails: 40 });

test("the way out goes down the left rail, the way back up the right one, equal length for equal time", () => {
  const [start, quarter, turn, back] = [0, 0.25, 0.5, 0.75].map(GEOMETRY.place);
  assert.deepEqual([start.side, quarter.side, turn.side, back.side], [0, 0, 1, 1]);
  assert.equal(quarter.y - start.y, turn.y - back.y);
  assert.equal(quarter.y, back.y);
  assert.ok(start.x < turn.x);
});

test("a fold off the middle leaves rails of different length", () => {
  const { place } = ladder.createGeometry({ width: 100, height: 250, fold: 0.6, rails: 40 });
  const perShare = (place(0.5).y - place(0.1).y) / 0.4;
  assert.ok(Math.abs((place(0.7).y - place(0.9).y) / 0.2 - perShare) < 1e-9);
});

test("a stretch over the far end turns there, and one over the end of the round at the top", () => {
  const sides = (path) => (path.match(/H/g) || []).length;
  assert.equal(sides(GEOMETRY.stretch(0.1, 0.3, 14)), 0);
  assert.equal(sides(GEOMETRY.stretch(0.4, 0.6, 14)), 1);
  assert.equal(sides(GEOMETRY.stretch(0.9, 0.1, 14)), 1);
  assert.equal(sides(GEOMETRY.stretch(0.9, 0.8, 14)), 2);
});

test("the large ladder stays while no other line is in worse trouble, and for a minute at least", () => {
  const statuses = new Map([["a", "watch"], ["b", "watch"], ["c", "warning"]]);
  assert.equal(ladder.autoLine(statuses, null, Infinity), "c");
  assert.equal(ladder.autoLine(statuses, "a", 1000), "a");
  assert.equal(ladder.autoLine(statuses, "a", 60_000), "c");
  assert.equal(ladder.autoLine(new Map([["a", "watch"], ["b", "watch"]]), "b", Infinity), "b");
});

test("small ladders tell vehicles by their number", () => {
  assert.deepEqual(["R10", "7012", "Ghost"].map(ladder.shortName), ["10", "012", "ost"]);
});

const measure = (words) => words.length * 10;

test("of stops whose names would meet, the one where more lines call is named", () => {
  const stops = [0, 0.01, 0.2, 0.6, 0.61].map((share, i) => ({ share, name: `Stop ${i}`, lineCount: i === 4 ? 3 : 1 }));
  const chosen = ladderNames.choose(stops, { place: GEOMETRY.place, linesOf: ({ name }) => [name] });
  assert.deepEqual(stops.filter((stop) => chosen.has(stop)).map(({ share }) => share), [0, 0.2, 0.61]);
});

test("a name of two lines needs more room than one of a single line", () => {
  const stops = [0, 0.17].map((share) => ({ share, lineCount: 1 }));
  const named = (lines) => ladderNames.choose(stops, { place: GEOMETRY.place, linesOf: () => lines }).size;
  assert.equal(named(["one"]), 2);
  assert.equal(named(["one", "two", "three", "four", "five", "six"]), 1);
});

test("a long name stands in lines and keeps every letter", () => {
  const { wrap } = ladderNames;
  assert.deepEqual(wrap("Library", 100, measure), ["Library"]);
  assert.deepEqual(wrap("Architecture Fac. 2", 180, measure), ["Architecture", "Fac. 2"]);
  assert.deepEqual(wrap("The 8-dormitory block(2)", 110, measure), ["The", "8-dormitory", "block(2)"]);
});

test("a word wider than a line goes on after a hyphen", () => {
  assert.deepEqual(ladderNames.wrap("Demonstration 1", 80, measure), ["Demonst-", "ration 1"]);
});

test("Thai is broken between words, never before a sign that belongs to one", () => {
  const name = "ศูนย์ประชุมหอกาญจนาภิเษก";
  const lines = ladderNames.wrap(name, 140, measure);
  assert.ok(lines.length > 1);
  assert.equal(lines.join(""), name);
  assert.ok(lines.every((line) => !/^[\u0e30-\u0e3a\u0e47-\u0e4e\u0e46\u0e2f]/.test(line)));
  assert.equal(ladderNames.wrap("น้ำน้ำน้ำ", 40, measure).join(""), "น้ำน้ำน้ำ");
});

// ---- a stop ----

const ANSWER = {
  passages: [
    { route_id: "a", call: 1, vehicle_id: "v", passed_at: new Date(T - 1140e3).toISOString(), headway_s: null },
    { route_id: "a", call: 1, vehicle_id: "x", passed_at: new Date(T - 600e3).toISOString(), headway_s: 540 },
    { route_id: "a", call: 7, vehicle_id: "z", passed_at: new Date(T - 60e3).toISOString(), headway_s: 600 },
    { route_id: "b", call: 1, vehicle_id: "w", passed_at: new Date(T - 30e3).toISOString(), headway_s: 300 },
  ],
  arrivals: [
    { route_id: "a", call: 1, vehicle_id: "y", expected_at: new Date(T + 300e3).toISOString() },
    { route_id: "a", call: 1, vehicle_id: "x", expected_at: new Date(T + 900e3).toISOString() },
  ],
};

test("the headway to come counts from the last vehicle of the line at that call", () => {
  const { points, next } = headwayChart.pointsOf(ANSWER, "a");
  assert.deepEqual(points.map(({ min }) => min), [9, 10]);
  assert.deepEqual([next.vehicleId, next.min], ["y", 15]);
});

test("before any passage nobody can say what the next headway is", () => {
  assert.equal(headwayChart.pointsOf({ ...ANSWER, passages: [] }, "a").next, null);
});

test("gaps and bunching begin at the bands, and without a target nothing is either", () => {
  const bands = { bunched: 0.25, gap: 1.5 };
  const kinds = [2.5, 2.6, 14.9, 15].map((min) => headwayChart.kindOf(min, 10, bands));
  assert.deepEqual(kinds, ["bunched", null, null, "gap"]);
  assert.equal(headwayChart.kindOf(99, null, bands), null);
});

test("arrivals that are long over are not announced, the soonest stand first", () => {
  const at = (s) => ({ expected_at: new Date(T + s * 1000).toISOString() });
  const shown = stopBoard.upcoming([at(600), at(-20), at(-40), at(60)], T);
  assert.deepEqual(shown.map((one) => (one.at - T) / 1000), [-20, 60, 600]);
  assert.deepEqual([-20, 29, 31, 90, 600].map((s) => stopBoard.waitText(s * 1000, say)), ["stop.now", "stop.now", "age.min 1", "age.min 2", "age.min 10"]);
});

test("stops of one name are told apart by their id", () => {
  const routes = [{ ladder: { stops: [["s1", 0, "Gate"], ["s2", 0.5, "Gate"], ["s1", 0.9, "Gate"], ["s3", 0.95, "Hall"]] } }, {}];
  assert.deepEqual(stopBoard.stopsOf(routes).map(({ label }) => label), ["Gate (s1)", "Gate (s2)", "Hall"]);
});

test("feeds of positions that are not heard tell of no vehicle, whatever else is heard", () => {
  const { headwayBoard: board } = load(["freshness", "page_data", "panel_dom", "operations", "feeds_panel", "headway_board"]);
  const at = Date.parse("2026-11-23T05:00:00Z");
  const feed = (kind, ageS, state = "up") => ({ kind, state, observed_at: new Date(at - ageS * 1000).toISOString(), fresh_s: 30, stale_s: 150 });
  assert.equal(board.isHeard([feed("gtfs_realtime", 10)], at), true);
  assert.equal(board.isHeard([feed("geojson_positions", 100)], at), true);
  assert.equal(board.isHeard([feed("gtfs_realtime", 200), feed("gtfs_realtime", 10, "down"), feed("ngsi_ld", 10)], at), false);
  assert.equal(board.isHeard([], at), false);
});
