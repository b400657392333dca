/**
 * Island `indicator-rows`: the indicators of a domain, a row each, in the order of the catalogue.
 *
 * `data-domain` names the domain, `data-keys` (separated by spaces) only some of them, `data-sort="urgency"` puts the
 * most urgent first. A row is a button that opens the evidence of its figure. Below the rows stands how many of them can be
 * judged, and why the others can't.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.indicatorRows = (() => {
  "use strict";

  /** What stands under the name: the status and the limit it was judged by, or that there is none. */
  function judgement(item, text) {
    const limit = scopc.indicators.limitText(item);
    const word = item.status === null ? text("indicator.no_limit") : text(`level.${item.status}`);
    if (item.status === null || limit === null) return word;
    return `${word} · ${text(item.proposed ? "indicator.limit_proposed" : "indicator.limit", { limit })}`;
  }

  /** Who cannot be judged, by reason: {judged, of, stale: [names], missing: [names], insufficient: [names]}. */
  function tally(items) {
    const names = (look) => items.filter((item) => scopc.value.lookOf(item) === look).map(({ name }) => name);
    const stale = names("stale");
    const missing = names("missing");
    const insufficient = names("insufficient");
    const judged = items.filter(({ status }) => status !== null && !["unknown", "insufficient"].includes(status)).length;
    return { judged, of: items.filter(({ status }) => status !== null).length, stale, missing, insufficient };
  }

  function createRow() {
    const { el, setText, setAttribute } = scopc.dom;
    const mark = el("span", { class: "row__mark" });
    const name = el("span", { class: "row__name" });
    const word = el("span", { class: "row__judgement" });
    const at = el("span", { class: "row__at" });
    const figure = scopc.value.create();
    const spark = scopc.spark.create();
    const age = scopc.value.age();
    const button = el("button", { type: "button", class: "row" }, mark, el("span", { class: "row__words" }, name, word, at), figure.root, spark.root, age.root);
    const root = el("li", {}, button);
    let shown = null;

    function write(item) {
      const { text } = scopc.page;
      const kind = item.status ?? "none";
      if (shown !== kind) {
        shown = kind;
        mark.replaceChildren(...(kind === "none" ? [] : [scopc.dom.shape(kind === "insufficient" ? "unknown" : kind)]));
      }
      setAttribute(button, "data-status", kind);
      setAttribute(button, "data-evidence", `indicator:${item.key}`);
      setText(name, item.name);
      setText(word, judgement(item, text));
      setText(at, item.at === null || item.at.name === item.name ? "" : item.at.name);
      figure.write(item);
      spark.write(item);
      age.write(item);
    }

    return { root, write };
  }

  function mount(element) {
    const { el, setText, setAttribute } = scopc.dom;
    const { domain, keys, sort } = element.dataset;
    const only = keys ? new Set(keys.split(" ")) : null;
    const list = el("ul", { class: "rows", role: "list" });
    const note = el("p", { class: "rows__note" });
    const draw = scopc.dom.pool(list, createRow);
    element.replaceChildren(list, note);

    return scopc.indicators.watch(element, domain ? [domain] : null, (all) => {
      const some = only === null ? all : all.filter(({ key }) => only.has(key));
      const items = sort === "urgency" ? scopc.indicators.byUrgency(some) : some;
      draw(items, (row, item) => row.write(item));
      setText(note, noteText(tally(items)));
      setAttribute(note, "hidden", note.textContent === "" ? "" : null);
    });
  }

  function noteText({ judged, of, stale, missing, insufficient }) {
    const { text } = scopc.page;
    const parts = of === 0 ? [] : [text("indicator.judged", { judged, of })];
    if (stale.length > 0) parts.push(text("indicator.stale", { names: stale.join(", ") }));
    if (insufficient.length > 0) parts.push(text("indicator.insufficient", { names: insufficient.join(", ") }));
    if (missing.length > 0) parts.push(text("indicator.missing", { names: missing.join(", ") }));
    return parts.join(" · ");
  }

  scopc.mounts["indicator-rows"] = mount;

  return { judgement, tally, noteText };
})();
