"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { load, fakeTime } = require("./load.js");

const { address } = load(["address"]);

/** A window whose page and renderer appear when the test says so. */
function fakeWindow() {
  const time = fakeTime();
  const told = [];
  const page = { childElementCount: 0 };
  const shown = { page: null };
  const window = {
    document: { getElementById: () => shown.page },
    location: { pathname: "/mobility", search: "?lang=en" },
    setTimeout: time.setTimeout,
  };
  const start = () => {
    shown.page = page;
    window.dash_clientside = { set_props: (id, props) => told.push([id, props]) };
  };
  return { window, time, told, page, start };
}

test("the address is told as soon as Dash's frame stands", () => {
  const { window, time, told, start } = fakeWindow();
  address.tell(window);
  time.advance(500);
  assert.deepEqual(told, []);
  start();
  time.advance(50);
  assert.deepEqual(told, [["location", { "data-path": "/mobility", "data-query": "?lang=en" }]]);
});

test("it is told again until the page is there, and no more", () => {
  const { window, time, told, page, start } = fakeWindow();
  start();
  address.tell(window);
  time.advance(2500);
  assert.equal(told.length, 3);
  page.childElementCount = 1;
  time.advance(10_000);
  assert.equal(told.length, 3);
  assert.equal(time.pending(), 0);
});
