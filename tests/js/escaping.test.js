"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { ASSETS } = require("./load.js");

const FORBIDDEN = [
  "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment", "DOMParser", "srcdoc",
  "eval(", "new Function", "bindPopup", "bindTooltip", "setContent",
];
const scripts = fs.readdirSync(ASSETS).filter((name) => name.endsWith(".js"));

test("there are scripts to look at", () => {
  assert.ok(scripts.includes("vehicle_card.js"));
});

for (const name of scripts) {
  test(`${name} puts no text into the document as markup`, () => {
    const source = fs.readFileSync(path.join(ASSETS, name), "utf8");
    assert.deepEqual(FORBIDDEN.filter((word) => source.includes(word)), []);
  });

  test(`${name} is one namespace, a classic script in strict mode`, () => {
    const source = fs.readFileSync(path.join(ASSETS, name), "utf8");
    assert.match(source, /^window\.scopc = window\.scopc \|\| \{\};$/m);
    assert.match(source, /"use strict";/);
    assert.doesNotMatch(source, /^(import|export) /m);
  });
}
