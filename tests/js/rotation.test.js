"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load, fakeTime } = require("./load.js");

const SCENES = ["overview", "mobility", "environment"];
const DWELL_S = 30;
const START = 1_000_000 * DWELL_S * SCENES.length * 1000; // the first scene begins

/** A rotation on the page's own ticking clock, with a time of ours. */
function running({ start = START, held = null, dwellS = DWELL_S } = {}) {
  const time = fakeTime(start);
  const scopc = load(["freshness", "clock", "islands", "rotation"], { setTimeout: time.setTimeout, clearTimeout: time.clearTimeout });
  scopc.freshness.clock = scopc.freshness.createClock(time.now);
  const shown = [];
  const tick = scopc.rotation.create({ scenes: SCENES, dwellS, held, show: (scene) => shown.push({ scene, at: time.now() - start }) });
  return { time, shown, scopc, stop: scopc.clock.everySecond(tick) };
}

test("scenes turn in their order, each for its dwell within a second, over three rounds", () => {
  const { time, shown } = running();
  time.advance(3 * SCENES.length * DWELL_S * 1000 - 1);
  assert.deepEqual(shown.map(({ scene }) => scene), [...SCENES, ...SCENES, ...SCENES]);
  shown.forEach(({ at }, i) => assert.ok(Math.abs(at - i * DWELL_S * 1000) < 1000, `scene ${i} at ${at} ms`));
});

test("one timer turns a wall for a day, and none is left when it stops", () => {
  const { time, shown, stop } = running({ dwellS: 300 });
  time.advance(24 * 3600 * 1000 - 1);
  assert.equal(time.pending(), 1);
  assert.equal(shown.length, 24 * 12);
  stop();
  assert.equal(time.pending(), 0);
});

test("two walls whose clocks differ show the same scene once they have heard the server", () => {
  const server = START + 12_345;
  const wrong = [server - 3_600_000, server + 47_000];
  const seen = wrong.map((start) => {
    const wall = running({ start });
    wall.scopc.freshness.clock.observe(server, true);
    wall.time.advance(2_000);
    return wall.shown.at(-1).scene;
  });
  assert.deepEqual(seen, ["overview", "overview"]);
});

test("a server that falls silent does not hold the wall", () => {
  const { time, shown, scopc } = running();
  scopc.freshness.clock.observe(START, true);
  time.advance(4 * DWELL_S * 1000 + 1000);
  assert.deepEqual(shown.map(({ scene }) => scene), ["overview", "mobility", "environment", "overview", "mobility"]);
});

test("a scene that the address asks for is held", () => {
  const { time, shown } = running({ held: "mobility" });
  time.advance(10 * DWELL_S * 1000);
  assert.deepEqual(shown.map(({ scene }) => scene), ["mobility"]);
});

test("an address can hold only a scene that the screen has", () => {
  const { rotation } = running().scopc;
  assert.equal(rotation.heldScene("?lang=th&scene=environment", SCENES), "environment");
  assert.equal(rotation.heldScene("?scene=nowhere", SCENES), null);
  assert.equal(rotation.heldScene("", SCENES), null);
});

// ---- hidden scenes ----

/** An element in a scene that can be hidden. */
function leaf() {
  const element = { dataset: { island: "x" }, isConnected: true, isHidden: false };
  element.closest = (selector) => (selector === ".scene[hidden]" && element.isHidden ? {} : null);
  return element;
}

test("nothing is drawn in a hidden scene; the last picture waits until it is shown", () => {
  const { islands } = load(["islands"]);
  const element = leaf();
  const drawn = [];
  const draw = islands.guarded(element, (picture) => drawn.push(picture));
  draw(1);
  element.isHidden = true;
  [2, 3, 4].forEach((picture) => draw(picture));
  islands.wake();
  assert.deepEqual(drawn, [1]);
  element.isHidden = false;
  islands.wake();
  islands.wake();
  assert.deepEqual(drawn, [1, 4]);
});

test("an island that has left its hidden scene for good is not woken", () => {
  const { islands } = load(["islands"]);
  const element = leaf();
  const drawn = [];
  element.isHidden = true;
  islands.guarded(element, (picture) => drawn.push(picture))(1);
  element.isConnected = false;
  element.isHidden = false;
  islands.wake();
  assert.deepEqual(drawn, []);
});
