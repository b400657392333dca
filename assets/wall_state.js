/**
 * Island `city-state` in the head of a wall: how the whole city stands, whichever scene is shown. One shape and one number for
 * each status beyond a limit, the gravest first and in words, and for what cannot be judged; "normal" only where nothing is
 * beyond its limit and something could be judged.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.cityState = (() => {
  "use strict";

  const UNJUDGED = ["unknown", "insufficient"];

  // ---- pure ----

  /** [{status, n}], the gravest first; the first is told in words. Without any indicator that has a limit: unknown. */
  function partsOf(items) {
    const count = (statuses) => items.filter(({ status }) => statuses.includes(status)).length;
    const parts = [
      ...scopc.overview.ABNORMAL.map((status) => ({ status, n: count([status]) })),
      { status: "normal", n: count(["normal"]) },
      { status: "unknown", n: count(UNJUDGED) },
    ].filter(({ n }) => n > 0);
    const isAbnormal = parts.length > 0 && scopc.overview.ABNORMAL.includes(parts[0].status);
    const told = isAbnormal ? parts.filter(({ status }) => status !== "normal") : parts;
    return told.length > 0 ? told : [{ status: "unknown", n: 0 }];
  }

  // ---- the page ----

  function createPart() {
    const { el, setText, setAttribute } = scopc.dom;
    const mark = scopc.overview.createMark("city-state__mark");
    const word = el("span", { class: "city-state__word" });
    const n = el("strong", { class: "city-state__n" });
    const root = el("li", { class: "city-state__part" }, mark.root, word, n);

    function write(part, isFirst) {
      setAttribute(root, "data-status", part.status);
      mark.write(part.status);
      setText(word, isFirst ? scopc.page.text(`level.${part.status}`) : "");
      setText(n, String(part.n));
    }

    return { root, write };
  }

  scopc.mounts["city-state"] = (element) => {
    const list = scopc.dom.el("ul", { class: "city-state__parts", role: "list" });
    const draw = scopc.dom.pool(list, createPart);
    element.replaceChildren(list);
    return scopc.indicators.watch(element, null, (items) => {
      const parts = partsOf(items);
      draw(parts, (row, part) => row.write(part, part === parts[0]));
    });
  };

  return { partsOf };
})();
