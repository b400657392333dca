/**
 * Small hands for the panels: elements, texts that are written only when they differ, marks and pills.
 *
 *   scopc.dom.el("span", {class: "fig", "aria-hidden": "true"}, child, "text")
 *   scopc.dom.setText(element, "8 s"), scopc.dom.setAttribute(element, "data-state", "late" | null)
 *   scopc.dom.mark("live" | "late" | "ghost", "red")   a vehicle's mark, coloured by its line
 *   scopc.dom.pill(route)                              a line's pill; null stands for "no line"
 *   scopc.dom.arrange(parent, elements)                children in this order, moving only those out of place
 *   scopc.dom.words("occupancy.FULL", "FULL")          the page's words, or the second where there are none
 *
 * Text from feeds goes through `textContent` only.
 */
window.scopc = window.scopc || {};
scopc.dom = (() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const CHEVRON = "M0-8.4 6.4 7 0 3.6-6.4 7Z";

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
    if (value === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
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

  return { el, setText, setAttribute, mark, pill, arrange, words };
})();
