"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { islands: namespace } = load(["islands"]);

/** The little of a document that islands use. */
function fakeDocument(elements = []) {
  const document = { nodeType: 9, elements, querySelectorAll: () => document.elements };
  let watcher = null;
  class MutationObserver {
    constructor(fn) {
      watcher = fn;
    }
    observe() {}
  }
  const change = (added, removed = []) => watcher([{ addedNodes: added, removedNodes: removed }]);
  return { document, MutationObserver, change };
}

const leaf = (name) => ({ nodeType: 1, dataset: { island: name }, isConnected: true, querySelectorAll: () => [] });

test("an island that is there already is mounted", () => {
  const clock = leaf("clock");
  const { document, MutationObserver } = fakeDocument([clock, leaf("other")]);
  const mounted = [];
  namespace.createIslands(document, MutationObserver).register("clock", (element) => void mounted.push(element));
  assert.deepEqual(mounted, [clock]);
});

test("an island that appears later is mounted, also below what was added", () => {
  const { document, MutationObserver, change } = fakeDocument();
  const mounted = [];
  namespace.createIslands(document, MutationObserver).register("clock", (element) => void mounted.push(element));
  const [one, two] = [leaf("clock"), leaf("clock")];
  change([one, { nodeType: 1, dataset: {}, querySelectorAll: () => [two] }, { nodeType: 3 }]);
  assert.deepEqual(mounted, [one, two]);
});

test("an island that moves is mounted once", () => {
  const { document, MutationObserver, change } = fakeDocument();
  const islands = namespace.createIslands(document, MutationObserver);
  let calls = 0;
  islands.register("clock", () => void (calls += 1));
  const one = leaf("clock");
  change([one]);
  change([one], [one]);
  assert.equal(calls, 1);
});

test("an island that leaves the document is unmounted, and mounted anew when it comes back", () => {
  const { document, MutationObserver, change } = fakeDocument();
  const islands = namespace.createIslands(document, MutationObserver);
  const log = [];
  islands.register("clock", () => {
    log.push("mount");
    return () => log.push("unmount");
  });
  const one = leaf("clock");
  change([one]);
  one.isConnected = false;
  change([], [one]);
  one.isConnected = true;
  change([one]);
  assert.deepEqual(log, ["mount", "unmount", "mount"]);
  assert.equal(islands.count(), 1);
});

test("an island's error marks that island, and the next success takes the mark away", (t) => {
  t.mock.method(console, "error", () => {});
  const element = leaf("list");
  let isBroken = true;
  const show = namespace.guarded(element, () => {
    if (isBroken) throw new Error("no");
    return "done";
  });
  show();
  assert.equal(element.dataset.error, "1");
  isBroken = false;
  assert.equal(show(), "done");
  assert.equal("error" in element.dataset, false);
});

test("an island that cannot be mounted does not keep the others from it", (t) => {
  t.mock.method(console, "error", () => {});
  const { document, MutationObserver, change } = fakeDocument();
  const islands = namespace.createIslands(document, MutationObserver);
  const mounted = [];
  islands.register("bad", () => {
    throw new Error("no");
  });
  islands.register("good", (element) => void mounted.push(element));
  const [bad, good] = [leaf("bad"), leaf("good")];
  change([bad, good]);
  assert.deepEqual(mounted, [good]);
  assert.equal(bad.dataset.error, "1");
});
