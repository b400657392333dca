"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

/** A panel that polls; `tick` runs what its timer would. */
function panel({ isHidden = false, everyS = 60, answers = [{ ok: true, json: async () => ({ n: 1 }) }] } = {}) {
  const seen = { layouts: 0, asked: [], answers: [], isStopped: false, url: "/a" };
  const element = {
    get offsetParent() {
      seen.layouts += 1;
      return isHidden ? null : {};
    },
  };
  const window = {
    document: { hidden: false },
    fetch: async (url) => {
      seen.asked.push(url);
      const answer = answers[Math.min(seen.asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    setInterval: (fn) => {
      seen.tick = fn;
      return 7;
    },
    clearInterval: (timer) => {
      seen.isStopped = timer === 7;
    },
  };
  const { poll } = load(["poll"], window);
  seen.stop = poll(element, { address: () => seen.url, everyS, onAnswer: (answer) => seen.answers.push(answer) });
  seen.settle = () => new Promise((resolve) => setImmediate(resolve));
  return seen;
}

test("an answer is asked for at once and not again before it is due", async () => {
  const seen = panel();
  await seen.settle();
  seen.tick();
  seen.tick();
  assert.deepEqual(seen.asked, ["/a"]);
  assert.deepEqual(seen.answers, [null, { n: 1 }]);
});

test("whether a panel is seen, which may cost a layout, is asked only when an answer is due", async () => {
  const seen = panel();
  await seen.settle();
  for (let i = 0; i < 5; i += 1) seen.tick();
  assert.equal(seen.layouts, 1);
});

test("a hidden panel asks for nothing", () => {
  const seen = panel({ isHidden: true });
  seen.tick();
  assert.deepEqual(seen.asked, []);
});

test("a new address empties the panel and is asked for at once", async () => {
  const seen = panel();
  await seen.settle();
  seen.url = "/b";
  seen.stop.now();
  await seen.settle();
  assert.deepEqual(seen.asked, ["/a", "/b"]);
  assert.deepEqual(seen.answers, [null, { n: 1 }, null, { n: 1 }]);
});

test("a failed attempt leaves the last answer", async () => {
  const seen = panel({ everyS: 0, answers: [{ ok: true, json: async () => ({ n: 1 }) }, { ok: false }, new TypeError("no connection")] });
  for (let i = 0; i < 3; i += 1) {
    await seen.settle();
    seen.tick();
  }
  await seen.settle();
  assert.ok(seen.asked.length >= 3);
  assert.deepEqual(seen.answers, [null, { n: 1 }]);
});

test("a stopped panel has no timer", () => {
  const seen = panel();
  seen.stop();
  assert.equal(seen.isStopped, true);
});
