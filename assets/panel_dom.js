/**
 * Small hands for the panels: elements, texts that are written only when they differ, marks and pills.
 *
 *   scopc.dom.el("span", {class: "fig", "aria-hidden": "true"}, child, "text")
 *   scopc.dom.setText(element, "8 s"), scopc.dom.setAttribute(element, "data-state", "late" | null)
 *   scopc.dom.mark("live" | "late" | "ghost", "red")   a vehicle's mark, coloured by its line
 *   scopc.dom.pill(route)                              a line's pill; null stands for "no line"
 *   scopc.dom.arrange(parent, elements)                children in this order, moving only those out of place
 *   scopc.dom.words("occupancy.FULL", "FULL")          the page's words, or the second where there are none
 *   scopc.dom.svg("path", {d: ""}, child)              an element of SVG
 *   scopc.dom.shape("warning"), scopc.dom.status("warning")   a status as a shape; as shape and word
 *   scopc.dom.los("F" | "-")                           a level of service; "-" is no data
 *   const draw = scopc.dom.pool(parent, make)          draw(items, write): one child of make() an item, kept and rewritten
 *   scopc.dom.plotSize(element)                        {k, width, height} for a drawing that fills it
 *   scopc.dom.missing(element, text|null)              the text, or the box that says "no data"
 *   scopc.dom.number(12345.6)                          "12,346"; number(1.26, 1) is "1.3"
 *   scopc.dom.fixed(2, 1)                              "2.0": just so many decimals
 *
 * Text from feeds goes through `textContent` only.
 */
window.scopc = window.scopc || {};
scopc.dom = (() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const CHEVRON = "M0-8.4 6.4 7 0 3.6-6.4 7Z";
  const GHOST = "M-6.8 0a6.8 6.8 0 1 0 13.6 0a6.8 6.8 0 1 0-13.6 0ZM-2.8 0H2.8";
  // In a box of 20 about the middle. More corners, more serious, except the triangle, which everybody knows.
  const SHAPES = {
    normal: "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0Z",
    watch: "M0-8.5 8.5 0 0 8.5-8.5 0Z",
    warning: "M0-8.2 9.2 7.6H-9.2Z",
    critical: "M-3.5-8.5H3.5L8.5-3.5V3.5L3.5 8.5H-3.5L-8.5 3.5V-3.5Z",
    unknown: "M-6.8 0a6.8 6.8 0 1 0 13.6 0a6.8 6.8 0 1 0-13.6 0Z",
  };

  function el(tag, attributes = {}, ...children) {
    const element = window.document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** An equal write would wake the document's observers and the layout for nothing. */
  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function setAttribute(element, name, value) {
    if (value === null) {
      if (element.hasAttribute(name)) element.removeAttribute(name);
    } else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  function svg(tag, attributes, ...children) {
    const element = window.document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** A vehicle by its state: filled chevron, hollow chevron, dashed circle with a dash. A word stands beside it. */
  function mark(state, colour = "grey") {
    const parts =
      state === "ghost"
        ? [svg("circle", { r: "6.8" }), svg("path", { d: "M-2.8 0H2.8" })]
        : [svg("path", { d: CHEVRON })];
    return svg(
      "svg",
      { class: `mark mark--${state} line-${colour}`, viewBox: "-10 -10 20 20", "aria-hidden": "true" },
      ...parts,
    );
  }

  /** A status as its shape; a word stands beside it. */
  function shape(kind) {
    const path = svg("path", { class: `shape--${kind}`, d: SHAPES[kind] });
    return svg("svg", { class: "shape", viewBox: "-10 -10 20 20", "aria-hidden": "true" }, path);
  }

  /** A status as shape and word, rewritten by `set(kind)`. */
  function status() {
    const root = el("span", { class: "status" });
    const set = (kind) => {
      if (root.dataset.status === kind) return;
      root.dataset.status = kind;
      root.replaceChildren(shape(kind), el("span", {}, scopc.page.text(`level.${kind}`)));
    };
    return { root, set };
  }

  /** A square with the letter of a level of service, rewritten by `set(letter)`. */
  function los() {
    const root = el("span", { class: "los" });
    const set = (letter) => {
      setAttribute(root, "data-los", letter);
      setText(root, letter === "-" ? "–" : letter);
      setAttribute(root, "aria-label", scopc.page.text(letter === "-" ? "no.data" : "traffic.level", { letter }));
    };
    return { root, set };
  }

  /** Children that are made once and written again; those that no item needs are hidden. */
  function pool(parent, make) {
    const kept = [];
    return (items, write) => {
      items.forEach((item, i) => {
        if (!kept[i]) {
          kept[i] = make();
          parent.append(kept[i].root || kept[i]);
        }
        setAttribute(kept[i].root || kept[i], "hidden", null);
        write(kept[i], item, i);
      });
      for (let i = items.length; i < kept.length; i += 1) setAttribute(kept[i].root || kept[i], "hidden", "");
    };
  }

  const numbers = new Map(); // most decimals -> formatter: making one costs more than using it a thousand times

  /** A number as the page writes it. @param {number} [decimals] at most */
  function number(value, decimals = 0) {
    if (!numbers.has(decimals)) numbers.set(decimals, new Intl.NumberFormat("en-US", { maximumFractionDigits: decimals }));
    return numbers.get(decimals).format(value);
  }

  const fixedNumbers = new Map(); // decimals -> formatter

  /** A number with just so many decimals. */
  function fixed(value, decimals) {
    if (!fixedNumbers.has(decimals)) {
      const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
      fixedNumbers.set(decimals, new Intl.NumberFormat("en-US", digits));
    }
    return fixedNumbers.get(decimals).format(value);
  }

  /** By how much drawings are magnified on this screen, and the px that they have to be laid out on. */
  function plotSize(element) {
    const k = Number(window.getComputedStyle(element).getPropertyValue("--k")) || 1;
    return { k, width: element.clientWidth / k, height: element.clientHeight / k };
  }

  /** A value, or the dashed box with the words: missing is never zero. */
  function missing(element, value) {
    setText(element, value ?? scopc.page.text("no.data"));
    setAttribute(element, "data-missing", value === null ? "1" : null);
  }

  /** @param {{short: string, long?: string, colour: string}|null} route */
  function pill(route) {
    if (route === null) return el("span", { class: "pill pill--none" }, "–");
    const element = el("span", { class: `pill line-${route.colour}` }, route.short);
    if (route.long && route.long !== route.short) element.title = route.long;
    return element;
  }

  /** Put `elements` into `parent` in this order; what is not named leaves, what is in place is not touched. */
  function arrange(parent, elements) {
    const wanted = new Set(elements);
    for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
    elements.forEach((element, index) => {
      if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] || null);
    });
  }

  function words(key, fallback) {
    const text = scopc.page.text(key);
    return text === key ? fallback : text;
  }

  const api = { el, svg, setText, setAttribute, mark, shape, status, los, pill, pool, arrange, words, missing, number, fixed, plotSize };
  return { ...api, CHEVRON, GHOST, SHAPES };
})();
