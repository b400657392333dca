"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { fleet: namespace, pageState, vehicleCard } = load([
  "mercator", "freshness", "page_state", "vehicle_model", "fleet", "vehicle_card",
]);
const T0 = 1_800_000_000_000;
const words = (key, values) => (values ? `${key}(${Object.values(values).join()})` : key);

/** A fleet with a stream that the test plays. */
function open() {
  const topics = {};
  const stream = { subscribe: (topic, fn) => (topics[topic] = fn), link: { get: () => ({ lastEventAt: T0 + 5000 }) } };
  const clock = { now: () => T0, offsetMs: () => 2000 };
  const fleet = namespace.createFleet({ config: { routes: [] }, stream, clock, pageState });
  const frame = { t: T0, id: ["a"], lat: [1], lon: [1], hdg: [0], spd: [0], age: [0], state: [0] };
  return { fleet, topics, frame };
}

test("the fleet takes frames and tells what has changed", () => {
  const { fleet, topics, frame } = open();
  const told = [];
  fleet.subscribe((what) => told.push([what, fleet.model.size]));
  topics.vehicles(frame);
  topics.vehicle_facts({ id: ["a"], label: ["L"], route_id: [null], headsign: [null] });
  pageState.set({ search: "nobody" });
  pageState.set({ search: "" });
  assert.deepEqual(told, [["places", 1], ["facts", 1], ["filter", 1], ["filter", 1]]);
});

test("one listener's error does not keep the news from the others", (t) => {
  t.mock.method(console, "error", () => {});
  const { fleet, topics, frame } = open();
  const told = [];
  fleet.subscribe(() => {
    throw new Error("broken");
  });
  fleet.subscribe((what) => told.push(what));
  topics.vehicles(frame);
  assert.deepEqual(told, ["places"]);
});

test("when the server was heard last is told in its own time", () => {
  assert.equal(open().fleet.heardAt(), T0 + 3000);
});

const vehicle = { state: "live", isExtrapolated: false, ageMs: 4000, speedKmh: null, headsign: "<b>x</b>" };

test("a card tells state and age together", () => {
  const told = ["live", "late", "ghost"].map((state) => vehicleCard.stateText({ ...vehicle, state }, words));
  assert.deepEqual(told, ["vehicle.live · age.s(4)", "vehicle.late_for(age.s(4))", "vehicle.ghost_for(age.s(4))"]);
});

test("an extrapolated place has a word of its own", () => {
  assert.equal(vehicleCard.stateText({ ...vehicle, isExtrapolated: true }, words), "vehicle.extrapolated · age.s(4)");
});

test("a card leaves out what is unknown and keeps what is zero", () => {
  assert.deepEqual(vehicleCard.rowsOf(vehicle, words), [["detail.headsign", "<b>x</b>"]]);
  assert.deepEqual(vehicleCard.rowsOf({ ...vehicle, speedKmh: 0 }, words)[1], ["detail.speed", "0 unit.kmh"]);
});
