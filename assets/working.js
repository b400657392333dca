/**
 * Island `working`: which of many like things work: street lights, cameras.
 *
 * `data-domain` and `data-kind` name the features, `data-property` what is told of each, `data-works` the value that means
 * that it works; `data-key`, if given, the indicator that stands where features are not told one by one. A square each: solid
 * works, crossed has a fault, dashed is silent. Those that do not work are named, the silent apart from them: silence is no
 * fault, and no health. Every one opens its evidence, and at most `MOST_NAMED` are named.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.working = (() => {
  "use strict";

  const MOST_NAMED = 24;
  const ORDER = { fault: 0, silent: 1, works: 2 };

  // ---- pure ----

  /** "works", "fault" or "silent": what is too old to act on says nothing. */
  function conditionOf({ value, state }, works) {
    if (value === null || state === "stale" || state === "missing") return "silent";
    return value === works ? "works" : "fault";
  }

  /**
   * Features by condition.
   * @param {object[]} items of scopc.observations.rows
   * @returns {{items: object[], works: number, fault: number, silent: number}} faults first, then the silent, by name
   */
  function tally(items, works) {
    const judged = items.map((item) => ({ ...item, condition: conditionOf(item, works) }));
    const count = (condition) => judged.filter((one) => one.condition === condition).length;
    const byName = new Intl.Collator(undefined, { numeric: true });
    const sorted = judged.sort((a, b) => ORDER[a.condition] - ORDER[b.condition] || byName.compare(a.name, b.name));
    return { items: sorted, works: count("works"), fault: count("fault"), silent: count("silent") };
  }

  /** Share of those heard of that work, in percent; null when none is heard of: never 0, never 100. */
  const shareOf = ({ works, fault }) => (works + fault === 0 ? null : (100 * works) / (works + fault));

  /** Age of the oldest word that counts, ms; null without any. */
  function oldestMs(items) {
    const heard = items.filter(({ condition }) => condition !== "silent").map(({ ageMs }) => ageMs);
    return heard.length === 0 ? null : Math.max(...heard);
  }

  // ---- the island ----

  function createName() {
    const { el, setText, setAttribute } = scopc.dom;
    const square = el("i", { class: "working__square", "aria-hidden": "true" });
    const name = el("span", {});
    const age = el("span", { class: "quiet" });
    const button = el("button", { type: "button", class: "working__name" }, square, name, age);
    const write = (item) => {
      setAttribute(square, "data-condition", item.condition);
      setText(name, item.name);
      setText(age, item.ageMs === null ? scopc.page.text("age.missing") : scopc.freshness.ageText(item.ageMs));
      setAttribute(button, "data-evidence", item.evidence);
      button.disabled = item.evidence === null;
    };
    return { root: el("li", {}, button), write };
  }

  scopc.mounts.working = (element) => {
    const { el, pool, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const { domain, kind, property, works, key } = element.dataset;
    const share = scopc.value.create();
    const age = scopc.value.age();
    const counts = el("p", { class: "working__counts" });
    const squares = el("div", { class: "working__squares", role: "img" });
    const names = el("ul", { class: "working__names", role: "list" });
    const more = el("p", { class: "quiet" });
    const head = el(key ? "button" : "p", { class: "working__share", ...(key ? { type: "button", "data-evidence": `indicator:${key}` } : {}) }, share.root, age.root);
    element.replaceChildren(head, counts, squares, names, more);
    const drawSquares = pool(squares, () => el("i", { class: "working__square" }));
    const drawNames = pool(names, createName);

    /** The feed tells a share only, not of each. */
    function writeShareAlone() {
      const item = key ? scopc.indicators.item(key) : null;
      if (item !== null) {
        share.write(item);
        age.write(item);
      } else share.write({ value: null, state: "missing", status: null, unit: "%", decimals: 1 });
      setText(counts, text(item === null || item.value === null ? "working.none" : "working.share_only"));
    }

    function draw(picture) {
      const rows = picture.isKnown ? scopc.observations.rows(picture, { kinds: [kind], properties: [property] }) : [];
      const told = tally(rows, Number(works));
      const isTold = told.items.length > 0;
      for (const part of [squares, names]) setAttribute(part, "hidden", isTold ? null : "");
      if (!isTold) {
        setText(more, "");
        writeShareAlone();
        return;
      }
      const oldest = oldestMs(told.items);
      const limits = scopc.freshness.limitsForCadence(3600);
      const item = { value: shareOf(told), unit: "%", decimals: 1, status: null, ageMs: oldest, state: scopc.freshness.valueClass(oldest, limits) };
      share.write(item);
      age.write(item);
      const words = text("working.counts", { works: told.works, fault: told.fault, silent: told.silent, of: told.items.length });
      setText(counts, words);
      setAttribute(squares, "aria-label", words);
      drawSquares([...told.items].reverse(), (square, one) => {
        setAttribute(square, "data-condition", one.condition);
        setAttribute(square, "title", [one.name, text(`working.${one.condition}`)].join(" · "));
      });
      const amiss = told.items.filter(({ condition }) => condition !== "works");
      drawNames(amiss.slice(0, MOST_NAMED), (row, one) => row.write(one));
      setText(more, amiss.length > MOST_NAMED ? text("working.more", { n: amiss.length - MOST_NAMED }) : "");
    }

    const stopObserving = scopc.observations.watch(element, domain, draw);
    const stopWatching = key ? scopc.indicators.watch(element, [domain], () => draw(scopc.observations.picture(domain))) : () => {};
    return () => {
      stopObserving();
      stopWatching();
    };
  };

  return { conditionOf, tally, shareOf, oldestMs };
})();
