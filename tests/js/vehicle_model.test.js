"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { vehicleModel, mercator } = load(["mercator", "freshness", "vehicle_model"]);
const LIMITS = { late_after_s: 90, ghost_after_s: 300, extrapolate_max_s: 60, extrapolate_max_m: 300 };
const ROUTES = [
  { route_id: "north", short: "North", colour: "red" },
  { route_id: "south", short: "South", colour: "blue" },
];
const T0 = 1_800_000_000_000;
const ORIGIN = { lat: 1_000_000, lon: 1_000_000 }; // 1e-5 degree

/** A frame published at `t` with rows {id, lat, lon, ...}; what a row leaves out is ordinary. */
function frame(t, rows) {
  const column = (name, usual) => rows.map((row) => row[name] ?? usual);
  return {
    t, id: rows.map((row) => row.id), lat: rows.map((row) => (row.lat === undefined ? ORIGIN.lat : row.lat)),
    lon: rows.map((row) => (row.lon === undefined ? ORIGIN.lon : row.lon)), hdg: column("hdg", 90),
    spd: column("spd", 180), age: column("age", 0), state: column("state", 0),
  };
}

function facts(rows) {
  const column = (name) => rows.map((row) => row[name] ?? null);
  return { t: T0, id: column("id"), label: column("label"), route_id: column("route_id"), headsign: column("headsign") };
}

const make = (limits = LIMITS) => vehicleModel.create({ limits, routes: ROUTES });

/** Metres between two drawn places. */
function metres(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y) / mercator.unitsPerMetre(a.y);
}

function at(fleet, id, now, options) {
  fleet.place(now, options);
  const i = fleet.slotOf(id);
  return { x: fleet.x[i], y: fleet.y[i], heading: fleet.heading[i], look: fleet.look[i] };
}

/** One vehicle with a fix a second, going east 10 units of 1e-5 degree each. */
function driving(seconds) {
  const fleet = make();
  for (let s = 0; s <= seconds; s += 1) fleet.apply(frame(T0 + s * 1000, [{ id: "a", lon: ORIGIN.lon + 10 * s }]), T0 + s * 1000);
  return fleet;
}

test("a new vehicle stands at its fix", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a" }]), T0);
  const { lat, lon } = mercator.toDegrees(at(fleet, "a", T0).x, at(fleet, "a", T0).y);
  assert.ok(Math.abs(lat - 10) < 1e-9 && Math.abs(lon - 10) < 1e-9);
});

test("a vehicle glides from fix to fix and is under way meanwhile", () => {
  const fleet = driving(3);
  const start = at(fleet, "a", T0 + 3000).x;
  assert.equal(fleet.place(T0 + 3500), true);
  const middle = at(fleet, "a", T0 + 3500).x;
  const end = at(fleet, "a", T0 + 4200).x;
  assert.ok(start < middle && middle < end);
  assert.ok(Math.abs(end - mercator.worldX((ORIGIN.lon + 30) / 1e5)) < 1e-12);
  assert.equal(fleet.place(T0 + 4200), false);
});

test("nothing jumps at a new fix, whenever it comes", () => {
  for (const delay of [50, 500, 999, 1000, 1400, 2900]) {
    const fleet = driving(3);
    const now = T0 + 3000 + delay;
    const before = at(fleet, "a", now);
    fleet.apply(frame(now, [{ id: "a", lon: ORIGIN.lon + 40, hdg: 10 }]), now);
    const after = at(fleet, "a", now);
    assert.ok(metres(before, after) < 0.01, `${delay} ms: ${metres(before, after)} m`);
    assert.ok(Math.abs(vehicleModel.turn(before.heading, after.heading)) < 0.1);
  }
});

test("a vehicle never moves faster than its fixes, however the frames bunch", () => {
  const fleet = driving(5);
  let last = at(fleet, "a", T0 + 5000);
  for (let ms = 5000; ms < 9000; ms += 100) {
    if (ms % 1000 === 0) fleet.apply(frame(T0 + ms, [{ id: "a", lon: ORIGIN.lon + ms / 100 }]), T0 + ms);
    const next = at(fleet, "a", T0 + ms);
    assert.ok(metres(last, next) < 2.5, `${metres(last, next)} m in 100 ms`);
    last = next;
  }
});

test("the same fix sent again does not begin a new glide", () => {
  const fleet = driving(3);
  const before = at(fleet, "a", T0 + 3800);
  fleet.apply(frame(T0 + 3800, [{ id: "a", lon: ORIGIN.lon + 30, age: 800 }]), T0 + 3800);
  assert.deepEqual(at(fleet, "a", T0 + 3800), before);
});

test("a fix that is far away is shown at once", () => {
  const fleet = driving(3);
  fleet.apply(frame(T0 + 4000, [{ id: "a", lon: ORIGIN.lon + 1000 }]), T0 + 4000);
  assert.equal(at(fleet, "a", T0 + 4000).x, mercator.worldX((ORIGIN.lon + 1000) / 1e5));
});

test("a fix after a long silence is shown at once", () => {
  const fleet = driving(3);
  fleet.apply(frame(T0 + 70_000, [{ id: "a", lon: ORIGIN.lon + 60 }]), T0 + 70_000);
  assert.equal(at(fleet, "a", T0 + 70_000).x, mercator.worldX((ORIGIN.lon + 60) / 1e5));
});

test("a feed with a fix every 15 s glides for about 15 s", () => {
  const fleet = make();
  for (let n = 0; n < 3; n += 1) fleet.apply(frame(T0 + n * 15_000, [{ id: "a", lon: ORIGIN.lon + 100 * n }]), T0 + n * 15_000);
  const target = mercator.worldX((ORIGIN.lon + 200) / 1e5);
  assert.ok(at(fleet, "a", T0 + 44_000).x < target);
  assert.ok(Math.abs(at(fleet, "a", T0 + 45_000).x - target) < 1e-12);
});

test("without animation a vehicle stands at its last fix", () => {
  const fleet = driving(3);
  assert.equal(at(fleet, "a", T0 + 3000, { isAnimated: false }).x, mercator.worldX((ORIGIN.lon + 30) / 1e5));
  assert.equal(fleet.place(T0 + 3000, { isAnimated: false }), false);
});

test("a bearing turns the short way round", () => {
  assert.deepEqual([vehicleModel.turn(350, 10), vehicleModel.turn(10, 350), vehicleModel.turn(0, 90)], [20, -20, 90]);
});

test("an unknown bearing stays unknown", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a", hdg: -1 }]), T0);
  assert.ok(Number.isNaN(at(fleet, "a", T0).heading));
});

test("a moving vehicle whose fix is overdue goes on, hollow, without a jump", () => {
  const fleet = driving(3);
  let last = at(fleet, "a", T0 + 5900);
  assert.equal(last.look, vehicleModel.LOOK.LIVE);
  for (let ms = 6000; ms <= 20_000; ms += 100) {
    const next = at(fleet, "a", T0 + ms);
    assert.ok(metres(last, next) <= 0.51, "at most 18 km/h");
    last = next;
  }
  assert.equal(last.look, vehicleModel.LOOK.HOLLOW);
  assert.ok(last.x > mercator.worldX((ORIGIN.lon + 30) / 1e5));
});

test("extrapolation ends after 60 s and after 300 m", () => {
  const slow = driving(3);
  assert.deepEqual(at(slow, "a", T0 + 63_000).x, at(slow, "a", T0 + 80_000).x);
  const fast = driving(3);
  fast.apply(frame(T0 + 4000, [{ id: "a", lon: ORIGIN.lon + 40, spd: 900 }]), T0 + 4000);
  const fix = { x: mercator.worldX((ORIGIN.lon + 40) / 1e5), y: mercator.worldY(ORIGIN.lat / 1e5) };
  assert.ok(Math.abs(metres(fix, at(fast, "a", T0 + 60_000)) - 300) < 0.01);
});

test("extrapolation stands still when the server is not heard", () => {
  const fleet = driving(3);
  const heardAt = T0 + 10_000;
  assert.equal(at(fleet, "a", T0 + 12_000, { heardAt }).x, at(fleet, "a", T0 + 40_000, { heardAt }).x);
});

test("a late vehicle stands at its last fix, hollow", () => {
  const fleet = driving(3);
  const late = at(fleet, "a", T0 + 3000 + 90_001);
  assert.equal(late.look, vehicleModel.LOOK.HOLLOW);
  assert.ok(Math.abs(late.x - mercator.worldX((ORIGIN.lon + 30) / 1e5)) < 1e-12);
});

test("a vehicle that stands, or whose bearing or interval is unknown, is not extrapolated", () => {
  for (const row of [{ spd: 0 }, { spd: -1 }, { hdg: -1 }]) {
    const fleet = driving(3);
    fleet.apply(frame(T0 + 4000, [{ id: "a", lon: ORIGIN.lon + 40, ...row }]), T0 + 4000);
    assert.equal(at(fleet, "a", T0 + 30_000).look, vehicleModel.LOOK.LIVE, JSON.stringify(row));
  }
  const once = make();
  once.apply(frame(T0, [{ id: "a" }]), T0);
  assert.equal(at(once, "a", T0 + 30_000).look, vehicleModel.LOOK.LIVE);
});

test("limits of zero turn extrapolation off", () => {
  const fleet = vehicleModel.create({ limits: { ...LIMITS, extrapolate_max_s: 0, extrapolate_max_m: 0 }, routes: ROUTES });
  for (let s = 0; s < 3; s += 1) fleet.apply(frame(T0 + s * 1000, [{ id: "a", lon: ORIGIN.lon + 10 * s }]), T0 + s * 1000);
  assert.equal(at(fleet, "a", T0 + 30_000).look, vehicleModel.LOOK.LIVE);
});

test("states follow the browser's clock, also when nothing arrives", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a", age: 400 }]), T0);
  const states = [89_600, 89_601, 299_600, 299_601].map((ms) => fleet.vehicle("a", T0 + ms).state);
  assert.deepEqual(states, ["live", "late", "late", "ghost"]);
});

test("what the server says counts when it is worse than the age", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a", state: 2 }]), T0);
  assert.equal(fleet.vehicle("a", T0).state, "ghost");
});

test("a vehicle that a snapshot does not name leaves, and the others keep their places", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a" }, { id: "b", lon: ORIGIN.lon + 50 }, { id: "c", lon: ORIGIN.lon + 90 }]), T0);
  fleet.apply(frame(T0 + 1000, [{ id: "c", lon: ORIGIN.lon + 90 }, { id: "b", lon: ORIGIN.lon + 50 }]), T0 + 1000);
  assert.equal(fleet.size, 2);
  assert.equal(fleet.slotOf("a"), -1);
  assert.equal(at(fleet, "c", T0 + 1000).x, mercator.worldX((ORIGIN.lon + 90) / 1e5));
  assert.equal(at(fleet, "b", T0 + 1000).x, mercator.worldX((ORIGIN.lon + 50) / 1e5));
});

test("the fleet grows beyond its first room without moving anybody", () => {
  const fleet = make();
  const rows = Array.from({ length: 1000 }, (_, i) => ({ id: `v${i}`, lon: ORIGIN.lon + i }));
  fleet.apply(frame(T0, rows.slice(0, 10)), T0);
  fleet.apply(frame(T0 + 1000, rows), T0 + 1000);
  fleet.place(T0 + 1000);
  for (const i of [0, 9, 10, 999]) assert.equal(fleet.x[fleet.slotOf(`v${i}`)], mercator.worldX((ORIGIN.lon + i) / 1e5));
});

test("a hit finds the nearest shown vehicle within reach", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a" }, { id: "b", lon: ORIGIN.lon + 20 }]), T0);
  fleet.applyFacts(facts([{ id: "a", route_id: "north" }, { id: "b", route_id: "south" }]));
  fleet.place(T0);
  const near = mercator.worldX((ORIGIN.lon + 14) / 1e5);
  const y = mercator.worldY(ORIGIN.lat / 1e5);
  const reach = 30 * mercator.unitsPerMetre(y);
  assert.equal(fleet.hit(near, y, reach), "b");
  fleet.setFilter({ routes: new Set(["north"]), search: "" });
  assert.equal(fleet.hit(near, y, reach), "a");
  assert.equal(fleet.hit(near, y, reach / 10), null);
});

test("a vehicle without a place is known, and is neither drawn nor hit", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a", lat: null, lon: null, state: 2 }]), T0);
  fleet.place(T0);
  assert.equal(fleet.vehicle("a", T0).lat, null);
  assert.equal(fleet.hit(0.5, 0.5, 1), null);
  assert.equal(fleet.counts(T0).ghost, 1);
});

test("counts tell states for all and for each route, filter or not", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a" }, { id: "b", age: 91_000 }, { id: "c", age: 301_000 }, { id: "d" }]), T0);
  fleet.applyFacts(facts([{ id: "a", route_id: "north" }, { id: "b", route_id: "north" }, { id: "c", route_id: "south" }]));
  fleet.setFilter({ routes: new Set(["south"]), search: "" });
  const { byRoute, ...all } = fleet.counts(T0);
  assert.deepEqual(all, { live: 2, late: 1, ghost: 1, total: 4 });
  assert.deepEqual(byRoute.get("north"), { live: 1, late: 1, ghost: 0, total: 2 });
  assert.deepEqual(byRoute.get(null), { live: 1, late: 0, ghost: 0, total: 1 });
});

test("search looks at label, id, route and destination, whatever the case", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "feed:1" }, { id: "feed:2" }]), T0);
  fleet.applyFacts(facts([{ id: "feed:1", label: "Bus 12", route_id: "north", headsign: "Market" }, { id: "feed:2", label: "Bus 7" }]));
  const found = (search) => {
    fleet.setFilter({ routes: new Set(), search });
    return fleet.order();
  };
  assert.deepEqual(found(" MARK "), ["feed:1"]);
  assert.deepEqual(found("feed:2"), ["feed:2"]);
  assert.deepEqual(found("North"), ["feed:1"]);
  assert.deepEqual(found("nothing"), []);
  assert.equal(found("").length, 2);
});

test("vehicles are ordered by route as the pack has them, then by label as people count", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "x" }, { id: "s2" }, { id: "n10" }, { id: "n9" }]), T0);
  fleet.applyFacts(facts([
    { id: "s2", label: "S2", route_id: "south" }, { id: "n10", label: "N10", route_id: "north" },
    { id: "n9", label: "N9", route_id: "north" },
  ]));
  assert.deepEqual(fleet.order(), ["n9", "n10", "s2", "x"]);
});

test("a vehicle without a label is called as its feed calls it", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "feed:7" }, { id: "feed:8" }]), T0);
  fleet.applyFacts(facts([{ id: "feed:8", label: "B8" }]));
  assert.deepEqual(["feed:7", "feed:8"].map((id) => fleet.vehicle(id, T0).label), ["7", "B8"]);
});

test("facts may come before the vehicles they belong to", () => {
  const fleet = make();
  fleet.applyFacts(facts([{ id: "a", label: "N1", route_id: "north" }]));
  fleet.apply(frame(T0, [{ id: "a" }]), T0);
  const { label, route_id: routeId } = fleet.vehicle("a", T0);
  assert.deepEqual([label, routeId], ["N1", "north"]);
});

test("unknown speed and bearing are told as null, not as zero", () => {
  const fleet = make();
  fleet.apply(frame(T0, [{ id: "a", spd: -1, hdg: -1 }]), T0);
  const { speedKmh, headingDeg } = fleet.vehicle("a", T0);
  assert.deepEqual([speedKmh, headingDeg], [null, null]);
});

test("a vehicle that is not there is null", () => {
  assert.equal(make().vehicle("nobody", T0), null);
});
