/**
 * Loads files of assets/ as a page would, into one namespace, without a browser.
 * @param {string[]} names files without ".js"
 * @param {object} [extras] what `window` holds beside the namespace
 * @returns {object} the namespace `scopc`
 */
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const ASSETS = path.join(__dirname, "..", "..", "assets");

function load(names, extras = {}) {
  const scopc = {};
  const window = { scopc, ...extras };
  for (const name of names) {
    const source = fs.readFileSync(path.join(ASSETS, `${name}.js`), "utf8");
    new Function("window", "scopc", "document", `${source}\n//# sourceURL=assets/${name}.js`)(window, scopc, extras.document);
  }
  return scopc;
}

/** A time that only moves when told, with timers that run when their time has come. */
function fakeTime(start = 1_000_000) {
  let now = start;
  let nextId = 1;
  const timers = new Map();
  return {
    now: () => now,
    setTimeout: (fn, ms) => {
      timers.set(nextId, { at: now + ms, fn });
      nextId += 1;
      return nextId - 1;
    },
    clearTimeout: (id) => timers.delete(id),
    pending: () => timers.size,
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
        if (!due) break;
        timers.delete(due[0]);
        now = Math.max(now, due[1].at);
        due[1].fn();
      }
      now = end;
    },
  };
}

module.exports = { load, fakeTime, ASSETS };
