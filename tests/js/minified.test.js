"use strict";
const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { ASSETS } = require("./load.js");

/**
 * Lines where a template literal begins inside another one. The minifier that the files are served through takes the
 * inner one's end for the outer one's, and spaces after it for needless.
 */
function nestedTemplates(source) {
  const open = []; // "`" a template, "${" an expression in one, "{" a block
  const lines = [];
  let line = 1;
  const skipTo = (end, from) => {
    const at = source.indexOf(end, from);
    const stop = at < 0 ? source.length : at;
    line += source.slice(from, stop).split("\n").length - 1;
    return stop;
  };
  for (let i = 0; i < source.length; i += 1) {
    const sign = source[i];
    const pair = source.slice(i, i + 2);
    if (sign === "\n") line += 1;
    if (open.at(-1) === "`") {
      if (sign === "\\") i += 1;
      else if (sign === "`") open.pop();
      else if (pair === "${") {
        open.push(pair);
        i += 1;
      }
    } else if (pair === "//") i = skipTo("\n", i) - 1;
    else if (pair === "/*") i = skipTo("*/", i) + 1;
    else if (sign === '"' || sign === "'") {
      for (i += 1; source[i] !== sign; i += 1) if (source[i] === "\\") i += 1;
    } else if (sign === "`") {
      if (open.includes("`")) lines.push(line);
      open.push(sign);
    } else if (open.length > 0 && sign === "{") open.push(sign);
    else if (open.length > 0 && sign === "}") open.pop();
  }
  return lines;
}

test("a template within a template is found, one after another is none", () => {
  assert.deepEqual(nestedTemplates("a = `x ${b ? `y` : `z`} w`;\nc = `${`d`} e`;"), [1, 1, 2]);
  assert.deepEqual(nestedTemplates("a = `${f({ b: 1 })} c`;\nd = `e`; // `${`f`}`\ng = '`'; h = `i`;"), []);
});

test("no script holds a template within a template", () => {
  const files = fs.readdirSync(ASSETS).filter((name) => name.endsWith(".js"));
  const found = files.flatMap((name) =>
    nestedTemplates(fs.readFileSync(path.join(ASSETS, name), "utf8")).map((line) => `${name}:${line}`),
  );
  assert.ok(files.length > 20);
  assert.deepEqual(found, []);
});
