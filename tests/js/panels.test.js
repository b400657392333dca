"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const NAMES = ["freshness", "mercator", "vehicle_model", "panel_dom", "panel_fleet", "panel_list", "vehicle_panel", "feeds_panel"];
const scopc = load(NAMES);
const { panelFleet, panelList, vehiclePanel, feedsPanel } = scopc;

const LIMITS = { late_after_s: 90, ghost_after_s: 300, extrapolate_max_s: 0, extrapolate_max_m: 0 };
const ROUTES = [
  { route_id: "a", short: "A", colour: "red" },
  { route_id: "b", short: "B", colour: "blue" },
];
const NOW = 1_000_000_000;
const plain = (key, fallback) => fallback;

/** A fleet of vehicles {id, label, route, ageS, speed, passengers, battery, state}. */
function fleetOf(vehicles, routes = ROUTES) {
  const fleet = scopc.vehicleModel.create({ limits: LIMITS, routes });
  const column = (read) => vehicles.map(read);
  fleet.applyFacts({
    t: NOW,
    id: column((v) => v.id),
    label: column((v) => v.label || v.id),
    route_id: column((v) => v.route ?? null),
    trip_id: column(() => null),
    headsign: column(() => null),
    next_stop: column(() => null),
    occupancy: column((v) => v.occupancy ?? null),
    passengers: column((v) => v.passengers ?? null),
    battery_pct: column((v) => v.battery ?? null),
    status: column(() => null),
    feed_id: column(() => "feed"),
    flags: column(() => []),
  });
  fleet.apply(
    {
      t: NOW,
      id: column((v) => v.id),
      lat: column(() => 1000000),
      lon: column(() => 1000000),
      hdg: column(() => -1),
      spd: column((v) => (v.speed === undefined ? -1 : v.speed * 10)),
      age: column((v) => (v.ageS || 0) * 1000),
      state: column((v) => v.state || 0),
    },
    NOW,
  );
  return fleet;
}

const sorted = (fleet, key, isDescending = false, now = NOW) =>
  panelFleet.sortIds(fleet, fleet.order(), { key, isDescending }, now, LIMITS);

// ---- states ----

test("a live vehicle turns late, then ghost, by the clock alone", () => {
  const fleet = fleetOf([{ id: "v" }]);
  const states = [0, 91_000, 301_000].map((ms) => panelFleet.stateAt(fleet, 0, NOW + ms, LIMITS));
  assert.deepEqual(states, ["live", "late", "ghost"]);
});

test("a ghost by the server's word is a ghost, however young its fix", () => {
  assert.equal(panelFleet.stateAt(fleetOf([{ id: "v", state: 2 }]), 0, NOW, LIMITS), "ghost");
});

// ---- the list ----

test("the most urgent stand first, equals by line and label", () => {
  const fleet = fleetOf([
    { id: "b1", route: "b" },
    { id: "a2", route: "a" },
    { id: "a1", route: "a" },
    { id: "late", route: "b", ageS: 100 },
    { id: "gone", route: "b", ageS: 1000 },
  ]);
  assert.deepEqual(sorted(fleet, "state"), ["gone", "late", "a1", "a2", "b1"]);
});

test("unknown values stand last whichever way the column runs", () => {
  const fleet = fleetOf([{ id: "p" }, { id: "q", speed: 30 }, { id: "r", speed: 10 }]);
  assert.deepEqual(sorted(fleet, "speed"), ["r", "q", "p"]);
  assert.deepEqual(sorted(fleet, "speed", true), ["q", "r", "p"]);
});

test("labels sort as people count", () => {
  const fleet = fleetOf([{ id: "1", label: "R10" }, { id: "2", label: "R9" }]);
  assert.deepEqual(sorted(fleet, "label"), ["2", "1"]);
});

test("an empty bus is not one whose load is unknown", () => {
  const fleet = fleetOf([{ id: "unknown" }, { id: "empty", passengers: 0 }, { id: "full", passengers: 30 }]);
  assert.deepEqual(sorted(fleet, "load", true), ["full", "empty", "unknown"]);
});

test("batteries sort by charge", () => {
  const fleet = fleetOf([{ id: "x", battery: 80 }, { id: "y", battery: 20 }]);
  assert.deepEqual(sorted(fleet, "battery"), ["y", "x"]);
});

test("pressing a head again turns the order round, another head starts its own way", () => {
  assert.deepEqual(panelList.nextSort({ key: "age", isDescending: true }, "age"), { key: "age", isDescending: false });
  assert.deepEqual(panelList.nextSort({ key: "age", isDescending: true }, "label"), { key: "label", isDescending: false });
  assert.deepEqual(panelList.nextSort({ key: "label", isDescending: false }, "speed"), { key: "speed", isDescending: true });
});

test("rows under the pointer keep their places, new ones come last, gone ones go", () => {
  assert.deepEqual(panelList.heldOrder(["c", "b", "a", "n"], ["a", "x", "b", "c"]), ["a", "b", "c", "n"]);
});

test("a list that is cut says of how many", () => {
  const say = (key, values) => `${key} ${JSON.stringify(values)}`;
  assert.equal(panelList.shownText(300, 1000, say), 'list.shown {"n":"300","total":"1,000"}');
  assert.equal(panelList.shownText(25, 25, say), 'list.shown_all {"n":"25","total":"25"}');
});

// ---- words of a vehicle ----

test("people on board go before words, and no data is not a word", () => {
  assert.equal(vehiclePanel.loadText({ passengers: 0, occupancy: "FULL" }, plain), "0");
  assert.equal(vehiclePanel.loadText({ passengers: null, occupancy: "FULL" }, plain), "FULL");
  assert.equal(vehiclePanel.loadText({ passengers: null, occupancy: "NO_DATA_AVAILABLE" }, plain), null);
  assert.equal(vehiclePanel.loadText({ passengers: null, occupancy: null }, plain), null);
});

test("flags are told in words, codes without words as they are", () => {
  const words = (key, fallback) => (key === "code.trip_unknown" ? "trip not in the schedule" : fallback);
  assert.equal(vehiclePanel.flagsText(["trip_unknown", "new_code"], words), "trip not in the schedule · new_code");
  assert.equal(vehiclePanel.flagsText([], words), "");
});

// ---- feeds ----

const FEED = { state: "up", fresh_s: 30, stale_s: 150, observed_at: new Date(NOW).toISOString(), last_good_at: null };

test("a feed that is up ages to late and stale by the clock when the server is silent", () => {
  const states = [30_000, 31_000, 151_000].map((ms) => feedsPanel.stateOf(FEED, NOW + ms));
  assert.deepEqual(states, ["up", "late", "stale"]);
});

test("a feed is never better than the server says", () => {
  assert.equal(feedsPanel.stateOf({ ...FEED, state: "late" }, NOW), "late");
  assert.equal(feedsPanel.stateOf({ ...FEED, state: "down" }, NOW), "down");
});

test("a feed that has never delivered has no data, whatever its state says", () => {
  const silent = { ...FEED, observed_at: null };
  assert.equal(feedsPanel.stateOf(silent, NOW), "never");
  assert.equal(feedsPanel.stateOf({ ...FEED, state: "never" }, NOW), "never");
});

test("a feed without a time of its own ages from its receipt", () => {
  const feed = { ...FEED, observed_at: null, last_good_at: new Date(NOW - 60_000).toISOString() };
  assert.equal(feedsPanel.stateOf(feed, NOW), "late");
});

test("feeds are counted by state, and states without feeds are not named", () => {
  assert.deepEqual(feedsPanel.tally(["up", "down", "up"]), [["up", 2], ["down", 1]]);
});

const judged = (...states) => states.map((state, i) => [{ ...FEED, state, name: { en: `Feed ${i}` }, state_since: new Date(NOW - 120_000).toISOString() }, state]);

test("the worst feeds come first, equal ones in the pack's order, and one without an address is in no trouble", () => {
  const feeds = judged("up", "late", "never", "down", "stale", "down");
  assert.deepEqual(feedsPanel.worst(feeds).map(([feed]) => feed.name.en), ["Feed 3", "Feed 5", "Feed 4", "Feed 2", "Feed 1"]);
  assert.deepEqual(feedsPanel.worst([[{ ...FEED, error_code: "not_configured" }, "never"]]), []);
});

test("a wall says which feeds are worst, for how long, and how many more there are", () => {
  const words = { "feeds.more": ({ named, n }) => `${named} and ${n} more`, "age.min": ({ n }) => `${n} min` };
  scopc.page = { lang: () => "en", text: (key, values) => (words[key] ? words[key](values) : key.replace("feed.", "")) };
  const told = (bad, n) => feedsPanel.troubleWords(bad, n, NOW + 180_000).replaceAll("\u00a0", " ");
  const bad = feedsPanel.worst(judged("down", "stale", "never"));
  // Down since it fell, stale by the age of its content; nobody knows since when a feed has never told anything.
  assert.equal(told(bad, 3), "Feed 0 down 5 min · Feed 1 stale 3 min · Feed 2 never");
  assert.equal(told(bad, 1), "Feed 0 down 5 min and 2 more");
  assert.equal(feedsPanel.troubleWords(bad, 1, NOW + 180_000, false).replaceAll("\u00a0", " "), "Feed 0 down and 2 more");
  const justNow = feedsPanel.troubleWords(bad, 1, NOW - 119_000).replaceAll("\u00a0", " ");
  assert.equal(justNow, "Feed 0 down and 2 more"); // no seconds are counted
});

test("rejected records are told by code, most first, zeros not at all", () => {
  assert.equal(feedsPanel.rejectedText({ b: 1, a: 1, c: 1200, d: 0 }, plain), "c 1,200 · a 1 · b 1");
  assert.equal(feedsPanel.rejectedText({}, plain), "");
});

// ---- numbers ----

test("numbers have commas and no more decimals than asked for", () => {
  const { number } = scopc.dom;
  assert.deepEqual([number(12345.6), number(0), number(1.26, 1), number(2, 1)], ["12,346", "0", "1.3", "2"]);
});
