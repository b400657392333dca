"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

/** A document that holds the two data blocks. */
function documentWith(blocks, dataset = {}) {
  const getElementById = (id) => (id in blocks ? { textContent: JSON.stringify(blocks[id]) } : null);
  return { getElementById, documentElement: { dataset } };
}

test("texts get their placeholders filled, and a value from a feed stays a value", () => {
  const { page } = load(["page_data"], { document: documentWith({ "scopc-texts": { a: "{n} of {total}", b: "{x}" } }) });
  assert.equal(page.text("a", { n: 2, total: 5 }), "2 of 5");
  assert.equal(page.text("b", { x: "{y} $&" }), "{y} $&");
});

test("a text that is missing shows its key, a value that is missing its placeholder", () => {
  const { page } = load(["page_data"], { document: documentWith({ "scopc-texts": { a: "{n}" } }) });
  assert.deepEqual([page.text("no.such"), page.text("a")], ["no.such", "{n}"]);
});

test("a page without data blocks has empty settings", () => {
  const { page } = load(["page_data"], { document: documentWith({}) });
  assert.deepEqual(page.config(), {});
});

test("a wall says so on the document", () => {
  const isWall = (dataset) => load(["page_data"], { document: documentWith({}, dataset) }).page.isWall();
  assert.deepEqual([isWall({}), isWall({ wall: "main" }), isWall({ wall: "" })], [false, true, true]);
});

test("the state tells listeners of what changed, once", () => {
  const { pageState } = load(["page_state"]);
  const heard = [];
  pageState.subscribe((state, changed) => heard.push([state.selectedId, changed]), ["selectedId"]);
  pageState.set({ search: "x" });
  pageState.set({ selectedId: "a" });
  pageState.set({ selectedId: "a" });
  assert.deepEqual(heard, [["a", ["selectedId"]]]);
});

test("an equal set of routes is no change", () => {
  const { pageState } = load(["page_state"]);
  let calls = 0;
  pageState.subscribe(() => (calls += 1));
  pageState.set({ routes: new Set() });
  pageState.toggleRoute("north");
  pageState.set({ routes: new Set(["north"]) });
  assert.equal(calls, 1);
});

test("a route is shown only, too, and no longer", () => {
  const { pageState } = load(["page_state"]);
  pageState.toggleRoute("a");
  pageState.toggleRoute("b");
  pageState.toggleRoute("a");
  assert.deepEqual([...pageState.get().routes], ["b"]);
});

test("whom nobody selects nobody follows", () => {
  const { pageState } = load(["page_state"]);
  pageState.set({ selectedId: "a", follow: true });
  pageState.select(null);
  assert.deepEqual([pageState.get().selectedId, pageState.get().follow], [null, false]);
});

test("a misspelt key is an error", () => {
  const { pageState } = load(["page_state"]);
  assert.throws(() => pageState.set({ selected: "a" }), /no "selected"/);
});

test("an unsubscribed listener hears nothing", () => {
  const { pageState } = load(["page_state"]);
  let calls = 0;
  pageState.subscribe(() => (calls += 1))();
  pageState.set({ search: "x" });
  assert.equal(calls, 0);
});

test("one function may subscribe twice, each time with keys of its own", () => {
  const { pageState } = load(["page_state"]);
  const heard = [];
  const listener = (state, changed) => heard.push(changed);
  const stop = pageState.subscribe(listener, ["search"]);
  pageState.subscribe(listener, ["selectedId"]);
  pageState.set({ search: "x" });
  pageState.set({ selectedId: "a" });
  assert.deepEqual(heard, [["search"], ["selectedId"]]);
  stop();
  pageState.set({ search: "y" });
  pageState.set({ selectedId: "b" });
  assert.deepEqual(heard, [["search"], ["selectedId"], ["selectedId"]]);
});
