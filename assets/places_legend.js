/**
 * Island `place-legend`: what the marks of a map of places mean, how many there are of each, and how many are silent.
 *
 *   data-domain="environment"   whose places (the page's own unless told)
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.placeLegend = (() => {
  "use strict";

  // In a box of 20 about the middle, as SHAPES of panel_dom.js; drawn by outline.
  const OUTLINES = {
    cross: "M-6 0H6M0-6V6",
    square: "M-5-5H5V5H-5Z",
    river: "M-2.5-6V6M2.5-6V6",
    dot: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z",
    pipe: "M-6-2.5H6M-6 2.5H6",
    target: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0ZM-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0Z",
    ring: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z",
  };

  /** By kind, in the order of the marks: {kind, total, silent}; kinds without a place are left out. */
  function tally(items) {
    const kinds = Object.keys(scopc.placesLayer.KINDS);
    const silent = ({ value, state }) => value === null || state === "stale";
    return kinds
      .map((kind) => items.filter((item) => item.kind === kind))
      .filter((own) => own.length > 0)
      .map((own) => ({ kind: own[0].kind, total: own.length, silent: own.filter(silent).length }));
  }

  scopc.mounts["place-legend"] = (element) => {
    const { el, svg, pool, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const { domain = window.document.documentElement.dataset.page } = element.dataset;
    const list = el("ul", { class: "place-legend__list", role: "list" });
    const createRow = () => {
      const path = svg("path", { d: "" });
      const words = el("span", {});
      const root = el("li", {}, svg("svg", { class: "place-mark", viewBox: "-10 -10 20 20", "aria-hidden": "true" }, path), words);
      const write = ({ kind, total, silent }) => {
        setAttribute(path, "d", OUTLINES[scopc.placesLayer.KINDS[kind].mark]);
        const name = [text(`place.${kind}`), total].join(" ");
        setText(words, silent === 0 ? name : `${name} (${text("place.silent", { n: silent })})`);
      };
      return { root, write };
    };
    const draw = pool(list, createRow);
    return scopc.observations.watch(element, domain, (picture) => {
      if (!picture.isKnown) return;
      if (!list.isConnected) element.replaceChildren(list);
      draw(tally(scopc.placesLayer.placesOf(picture)), (row, one) => row.write(one));
    });
  };

  return { tally };
})();
