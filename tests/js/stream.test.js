"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load, fakeTime } = require("./load.js");

const { stream: namespace, freshness } = load(["freshness", "stream"]);

/** A stream with a server that the test plays. */
function open(topics = ["vehicles"]) {
  const time = fakeTime();
  const sources = [];
  class EventSource {
    constructor(url) {
      this.url = url;
      this.readyState = 0;
      this.listeners = {};
      sources.push(this);
    }
    addEventListener(type, fn) {
      this.listeners[type] = fn;
    }
    close() {
      this.readyState = 2;
    }
    emit(type, data) {
      this.listeners[type]({ data: JSON.stringify(data) });
    }
    fail(readyState) {
      this.readyState = readyState;
      this.listeners.error({});
    }
  }
  const reports = [];
  const clock = freshness.createClock(time.now);
  const stream = namespace.createStream({
    url: "/stream", lostAfterMs: 8000, EventSource, now: time.now, random: () => 0.5, setTimeout: time.setTimeout,
    clearTimeout: time.clearTimeout, clock, report: (topic, error) => reports.push([topic, error]),
  });
  const frames = [];
  topics.forEach((topic) => stream.subscribe(topic, (frame) => frames.push(frame)));
  time.advance(60);
  const beat = () => sources.at(-1).emit("beat", { t: time.now(), seq: 1 });
  return { time, sources, stream, frames, reports, clock, beat };
}

test("one connection carries all topics of a page", () => {
  const { sources } = open(["vehicles", "feeds", "vehicle_facts"]);
  assert.deepEqual(sources.map((source) => source.url), ["/stream?topics=feeds,vehicle_facts,vehicles"]);
});

test("a frame reaches the subscribers of its topic", () => {
  const { sources, frames, time } = open();
  sources[0].emit("vehicles", { t: time.now(), seq: 7 });
  assert.deepEqual(frames.map((frame) => frame.seq), [7]);
});

test("a late subscriber gets the last frame at once", () => {
  const { sources, stream, time } = open();
  sources[0].emit("vehicles", { t: time.now(), seq: 7 });
  const late = [];
  stream.subscribe("vehicles", (frame) => late.push(frame.seq));
  assert.deepEqual(late, [7]);
  time.advance(200);
  assert.equal(sources.length, 1);
});

test("a new topic opens the stream again, once, with all topics", () => {
  const { sources, stream, time } = open();
  stream.subscribe("feeds", () => {});
  stream.subscribe("links", () => {});
  time.advance(100);
  assert.deepEqual(sources.map((source) => source.url).slice(1), ["/stream?topics=feeds,links,vehicles"]);
  assert.equal(sources[0].readyState, 2);
});

test("a frame after unsubscribing is not delivered", () => {
  const { sources, stream, time } = open();
  const heard = [];
  const stop = stream.subscribe("vehicles", (frame) => heard.push(frame));
  stop();
  sources[0].emit("vehicles", { t: time.now(), seq: 1 });
  assert.deepEqual(heard, []);
});

test("the link is up with the first event", () => {
  const { stream, beat } = open();
  assert.equal(stream.link.get().state, "connecting");
  beat();
  assert.equal(stream.link.get().state, "up");
});

test("the server is lost within ten seconds of its last event, with the time of the last data", () => {
  const { sources, stream, time, beat } = open();
  const dataAt = time.now();
  sources[0].emit("vehicles", { t: dataAt, seq: 1 });
  time.advance(3000);
  beat();
  const told = [];
  stream.link.subscribe((link) => told.push(link.state));
  time.advance(8000);
  assert.deepEqual(told, []);
  time.advance(2000);
  assert.deepEqual(told, ["lost"]);
  assert.equal(stream.link.get().lastDataAt, dataAt);
});

test("a server that never answers is lost without a time of data", () => {
  const { stream, time } = open();
  time.advance(10_000);
  assert.deepEqual([stream.link.get().state, stream.link.get().lastDataAt], ["lost", null]);
  assert.equal(stream.link.get().isGone, false);
});

test("after a minute of silence the connection is gone", () => {
  const { stream, time, beat } = open();
  beat();
  time.advance(59_000);
  assert.equal(stream.link.get().isGone, false);
  time.advance(3000);
  assert.equal(stream.link.get().isGone, true);
});

test("a silent connection is replaced, though the browser thinks it open", () => {
  const { sources, time, beat } = open();
  beat();
  time.advance(20_000);
  assert.ok(sources.length >= 2);
  assert.equal(sources[0].readyState, 2);
});

test("a closed connection is opened again by our own timer, for ever, at most ten seconds apart", () => {
  const { sources, time } = open();
  const opened = [];
  for (let i = 0; i < 50; i += 1) {
    sources.at(-1).fail(2);
    const before = sources.length;
    let waited = 0;
    while (sources.length === before) {
      time.advance(100);
      waited += 100;
      assert.ok(waited <= 10_100, `attempt ${i} waits ${waited} ms`);
    }
    opened.push(waited);
  }
  assert.equal(opened.length, 50);
});

test("twenty walls that lose one server come back at no more than five a second", () => {
  const walls = Array.from({ length: 20 }, (_, i) => namespace.retryDelayMs(0, i / 19));
  for (const from of walls) assert.ok(walls.filter((at) => at >= from && at < from + 1000).length <= 5);
});

test("later attempts wait from four to ten seconds", () => {
  assert.deepEqual([namespace.retryDelayMs(1, 0), namespace.retryDelayMs(9, 1)], [4000, 10_000]);
});

test("an event sets the count of attempts back", () => {
  const { sources, time, beat } = open();
  for (let i = 0; i < 3; i += 1) {
    sources.at(-1).fail(2);
    time.advance(10_000);
  }
  beat();
  sources.at(-1).fail(2);
  const before = sources.length;
  time.advance(2600); // half of the first window
  assert.equal(sources.length, before + 1);
});

test("an error while the browser would retry by itself does not open a second connection", () => {
  const { sources, time, beat } = open();
  beat();
  sources[0].fail(0);
  assert.equal(sources[0].readyState, 2);
  time.advance(5000);
  assert.equal(sources.length, 2);
});

test("an answer that is no stream is told as refused", () => {
  const { sources, stream, time, beat } = open();
  sources[0].fail(2);
  assert.equal(stream.link.get().isRefused, true);
  time.advance(5000);
  beat();
  assert.equal(stream.link.get().isRefused, false);
});

test("a server that comes back is up with its first event", () => {
  const { stream, time, beat } = open();
  beat();
  time.advance(300_000);
  assert.equal(stream.link.get().state, "lost");
  beat();
  const { state, isGone } = stream.link.get();
  assert.deepEqual([state, isGone], ["up", false]);
});

test("a page that is looked at again opens at once", () => {
  const { sources, stream, time, beat } = open();
  beat();
  stream.hide();
  time.advance(61_000);
  assert.equal(sources.at(-1).readyState, 2);
  const before = sources.length;
  time.advance(600_000);
  assert.equal(sources.length, before, "a hidden page asks for nothing");
  stream.wake();
  assert.equal(sources.length, before + 1);
  assert.equal(stream.link.get().state, "connecting");
});

test("a page hidden for less than a minute keeps its connection", () => {
  const { sources, stream, time, beat } = open();
  beat();
  stream.hide();
  time.advance(3000);
  beat();
  stream.wake();
  time.advance(3000);
  assert.equal(sources.length, 1);
});

test("a broken frame is reported and the next one is taken", () => {
  const { sources, frames, reports, time } = open();
  sources[0].listeners.vehicles({ data: "{" });
  sources[0].emit("vehicles", { t: time.now(), seq: 2 });
  assert.equal(reports.length, 1);
  assert.deepEqual(frames.map((frame) => frame.seq), [2]);
});

test("one subscriber's error does not keep the frame from the others", () => {
  const { sources, stream, reports, time } = open([]);
  const heard = [];
  stream.subscribe("feeds", () => {
    throw new Error("broken island");
  });
  stream.subscribe("feeds", (frame) => heard.push(frame.seq));
  time.advance(100);
  sources[0].emit("feeds", { t: time.now(), seq: 3 });
  assert.deepEqual(heard, [3]);
  assert.equal(reports[0][0], "feeds");
});

test("the last frame sent on connect does not move the clock; after a beat frames do", () => {
  const { sources, time, clock, beat } = open();
  sources[0].emit("vehicles", { t: time.now() - 500_000, seq: 1 });
  assert.equal(clock.isSynchronised(), false);
  beat();
  assert.equal(clock.offsetMs(), 0);
});

test("latency runs from publishing to applied", () => {
  const { sources, stream, time } = open();
  sources[0].emit("vehicles", { t: time.now() - 40, seq: 1 });
  assert.deepEqual(stream.stats.applied, [{ topic: "vehicles", t: time.now() - 40, ms: 40 }]);
});
