"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const { fakeTime, load } = require("./load.js");

const { clock, link } = load(["freshness", "clock", "link"]);
const AT = Date.UTC(2026, 10, 23, 0, 42, 18); // a Monday, 07:42:18 in Bangkok
const BANGKOK = "Asia/Bangkok";
const words = (key, values) => (values ? `${key}(${Object.values(values).join()})` : key);
const page = { now: AT, zone: BANGKOK, text: words, isWall: false };
const up = { state: "up", lastDataAt: AT - 4000, isGone: false, isRefused: false };

test("the time is the city's, with seconds, whatever zone the browser is in", () => {
  assert.equal(clock.timeText(AT, BANGKOK), "07:42:18");
  assert.equal(clock.timeText(AT, "America/Los_Angeles"), "16:42:18");
});

test("midnight is 00, not 24", () => {
  assert.equal(clock.timeText(Date.UTC(2026, 10, 22, 17, 0, 0), BANGKOK), "00:00:00");
});

test("the day of the API is the zone's day", () => {
  assert.equal(clock.dayText(Date.UTC(2026, 10, 22, 17, 0, 0), BANGKOK), "2026-11-23");
  assert.equal(clock.dayText(Date.UTC(2026, 10, 22, 16, 59, 59), BANGKOK), "2026-11-22");
});

test("all that ticks does so just after the full second, and no more once it is stopped", () => {
  const time = fakeTime(AT + 250);
  const ticking = load(["freshness", "clock"], { setTimeout: time.setTimeout, clearTimeout: time.clearTimeout });
  ticking.freshness.clock.now = time.now;
  const heard = [];
  const stop = ticking.clock.everySecond((now) => heard.push(now - AT));
  time.advance(2000);
  stop();
  time.advance(2000);
  assert.deepEqual(heard, [250, 1005, 2005]);
  assert.equal(time.pending(), 0);
});

test("a Thai date counts in the Buddhist Era, unless the city does not", () => {
  assert.equal(clock.dateText(AT, { zone: BANGKOK, lang: "th", buddhistEra: true }), "จ. 23 พ.ย. 2569");
  assert.equal(clock.dateText(AT, { zone: BANGKOK, lang: "th", buddhistEra: false }), "จ. 23 พ.ย. 2026");
});

test("an English date counts in the common era", () => {
  assert.equal(clock.dateText(AT, { zone: BANGKOK, lang: "en", buddhistEra: true }), "Mon 23 Nov 2026");
});

test("Thai weekdays are short as calendars print them", () => {
  const week = [0, 1, 2, 3, 4, 5, 6].map((day) => AT + day * 86_400_000);
  const names = week.map((ms) => clock.dateText(ms, { zone: BANGKOK, lang: "th", buddhistEra: true }).split(" ")[0]);
  assert.deepEqual(names, ["จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."]);
});

test("September is Sep", () => {
  assert.equal(clock.dateText(Date.UTC(2026, 8, 1, 3), { zone: BANGKOK, lang: "en", buddhistEra: true }), "Tue 1 Sep 2026");
});

test("the date is that of the city's zone", () => {
  const late = Date.UTC(2026, 10, 22, 18, 0, 0);
  assert.equal(clock.dateText(late, { zone: BANGKOK, lang: "en", buddhistEra: false }), "Mon 23 Nov 2026");
});

test("the banner is silent while the server is heard or not yet judged", () => {
  assert.deepEqual(["up", "connecting"].map((state) => link.bannerText({ ...up, state }, page)), ["", ""]);
});

test("the banner of a lost server tells the time of the last data", () => {
  assert.equal(link.bannerText({ ...up, state: "lost" }, page), "link.lost(07:42:14)");
});

test("after a minute the banner tells the age, too", () => {
  const gone = { ...up, state: "lost", isGone: true, lastDataAt: AT - 120_000 };
  assert.equal(link.bannerText(gone, page), "link.gone(07:40:18,age.min(2))");
});

test("the banner does not invent a time when no data has come", () => {
  assert.equal(link.bannerText({ ...up, state: "lost", lastDataAt: null }, page), "link.lost_never");
});

test("the banner says when the server refuses", () => {
  const refused = { ...up, state: "lost", lastDataAt: null, isRefused: true };
  assert.equal(link.bannerText(refused, page), "link.lost_never · link.refused");
});

test("the age of the picture is told by the server's clock, missing before the first", () => {
  assert.equal(link.pictureAgeText(up, page), "age.ago(age.s(4))");
  assert.equal(link.pictureAgeText(up, { ...page, isWall: true }), "age.s(4)");
  assert.equal(link.pictureAgeText({ ...up, lastDataAt: null }, page), "age.missing");
});
