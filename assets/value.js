/**
 * A figure as every page writes it: the look says how old it is, and what is not there has words instead of digits.
 *
 *   const figure = scopc.value.create({hasUnit: true})   -> {root, write}
 *   figure.write(item)     item of scopc.indicators (or {value, decimals, unit, state, status, ageMs})
 *   scopc.value.lookOf(item)        -> "fresh" | "ageing" | "stale" | "missing" | "insufficient"
 *   scopc.value.age()               -> {root, write(item)}: the mark and the words of an age
 *   scopc.value.classText(klass)    what kind of truth it is; "" where it is unknown or the foot says it of the whole page
 *
 * CSS: assets/indicators.css, by `data-look`. A value that is missing shows no digits at all.
 */
window.scopc = window.scopc || {};
scopc.value = (() => {
  "use strict";

  const MARKS = {
    fresh: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z",
    ageing: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0ZM0-6v12",
    stale: "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0ZM0-4v4l3 2",
    missing: "M-5 0H5",
  };

  /** Insufficient comes before age: it was judged on purpose that there is too little. */
  function lookOf({ value, state, status }) {
    if (status === "insufficient") return "insufficient";
    return value === null ? "missing" : state;
  }

  /** The words that stand in place of digits, or null where digits stand. */
  function wordsOf(look) {
    if (look === "missing") return scopc.page.text("no.data");
    return look === "insufficient" ? scopc.page.text("level.insufficient") : null;
  }

  function create({ hasUnit = true } = {}) {
    const { el, setText, setAttribute } = scopc.dom;
    const digits = el("span", { class: "value__digits" });
    const unit = el("span", { class: "value__unit" });
    const root = el("span", { class: "value" }, digits, ...(hasUnit ? [unit] : []));

    function write(item) {
      const look = lookOf(item);
      const text = wordsOf(look) ?? scopc.dom.fixed(item.value, item.decimals);
      setAttribute(root, "data-look", look);
      setText(digits, text);
      setText(unit, item.unit || "");
    }

    return { root, write };
  }

  function classText(klass) {
    const { text, config } = scopc.page;
    return klass === null || (klass === "synthetic" && config().synthetic) ? "" : text(`class.${klass}`);
  }

  /** The mark of an age and its words. */
  function age() {
    const { el, svg, setText, setAttribute } = scopc.dom;
    const path = svg("path", { d: MARKS.missing });
    const mark = svg("svg", { class: "value-age__mark", viewBox: "-10 -10 20 20", "aria-hidden": "true" }, path);
    const words = el("span", {});
    const root = el("span", { class: "value-age" }, mark, words);

    function write(item) {
      const state = item.value === null ? "missing" : item.state;
      setAttribute(root, "data-state", state);
      if (path.getAttribute("d") !== MARKS[state]) path.setAttribute("d", MARKS[state]);
      setText(words, item.value === null ? "–" : scopc.freshness.ageText(item.ageMs));
      setAttribute(root, "title", scopc.page.text(`age.${state}`));
    }

    return { root, write };
  }

  return { create, age, lookOf, wordsOf, classText };
})();
