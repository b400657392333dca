/**
 * Islands of a domain's scene on a wall: `scene-rows`, its most urgent indicators, and `scene-lead`, the gravest one large.
 *
 * `data-domain` names the domain. The gravest stands in `scene-lead` alone; of the others so many rows are shown as there
 * is room for, at most `data-rows`, and those that are left out are counted by status, in words.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.wallScenes = (() => {
  "use strict";

  const LEAD_SPARK = { width: 330, height: 80, isStretched: true, hasLimit: true };
  const ROW_SPARK = { width: 200, height: 40, isStretched: true };

  // ---- pure ----

  /** The gravest indicator of a scene, and the others, most urgent first. */
  function parts(items) {
    const lead = scopc.overview.leading(items);
    return { lead, others: scopc.indicators.byUrgency(items.filter((item) => item !== lead)) };
  }

  /** "limit ≤ 37.5"; where none is set a wall says nothing, which the missing mark says already. */
  function limitWords(item, text) {
    const limit = scopc.indicators.limitText(item);
    return limit === null ? "" : text("indicator.limit", { limit });
  }

  // ---- rows ----

  function createRow() {
    const { el, setText, setAttribute } = scopc.dom;
    const name = el("span", { class: "wall-row__name" });
    const spark = scopc.spark.create(ROW_SPARK);
    const figure = scopc.value.create({ hasUnit: false });
    const age = scopc.value.age();
    const limit = el("span", { class: "wall-row__limit" });
    const state = scopc.overview.createState();
    const mark = scopc.overview.createMark("wall-row__mark");
    const top = el("span", { class: "wall-row__top" }, name, figure.root);
    const base = el("span", { class: "wall-row__base" }, age.root, limit, spark.root, state.root);
    const root = el("li", { class: "wall-row" }, top, base, mark.root);

    function write(item) {
      const { text } = scopc.page;
      setAttribute(root, "data-status", item.status ?? "none");
      setText(name, item.name);
      spark.write(item);
      figure.write(item);
      age.write(item);
      setText(limit, limitWords(item, text));
      state.write(item);
      mark.write(item.status);
    }

    return { root, write };
  }

  scopc.mounts["scene-rows"] = (element) => {
    const { el, setText } = scopc.dom;
    const list = el("ul", { class: "wall-rows", role: "list" });
    const more = el("p", { class: "wall-rows__more" });
    const draw = scopc.dom.pool(list, createRow);
    const most = Number(element.dataset.rows);
    element.replaceChildren(list, more);
    return scopc.indicators.watch(element, [element.dataset.domain], (items) => {
      const { others } = parts(items);
      scopc.overview.fill(list, Math.min(most, others.length), (n) => {
        draw(others.slice(0, n), (row, item) => row.write(item));
        setText(more, n < others.length ? scopc.page.text("scene.more", { n: others.length - n, what: scopc.overview.countsText(others.slice(n)) }) : "");
      });
    });
  };

  // ---- the gravest ----

  scopc.mounts["scene-lead"] = (element) => {
    const { el, setText, setAttribute } = scopc.dom;
    const mark = scopc.overview.createMark("lead__mark");
    const word = el("strong", { class: "lead__word" });
    const limit = el("span", { class: "lead__limit" });
    const name = el("p", { class: "lead__name" });
    const figure = scopc.value.create();
    const spark = scopc.spark.create(LEAD_SPARK);
    const place = el("span", { class: "lead__place" });
    const age = scopc.value.age();
    const agency = el("p", { class: "lead__agency" });
    const action = el("p", { class: "lead__action" });
    const judged = el("p", { class: "lead__judged" }, mark.root, el("span", { class: "lead__words" }, word, limit));
    const told = el("p", { class: "lead__told" }, age.root, place);
    const root = el("div", { class: "lead" }, name, figure.root, judged, spark.root, told, agency, action);
    element.replaceChildren(root);

    return scopc.indicators.watch(element, [element.dataset.domain], (items) => {
      const { text, config } = scopc.page;
      const { lead } = parts(items);
      setAttribute(root, "data-status", lead.status ?? "none");
      mark.write(lead.status);
      setText(word, scopc.overview.wordOf(lead, true));
      setText(limit, limitWords(lead, text));
      setText(name, lead.name);
      figure.write(lead);
      figure.root.style.setProperty("--digits", String((scopc.indicators.valueText(lead) ?? "").length || 1)); // long numbers stay in their column
      spark.write(lead);
      setText(place, lead.at === null ? "" : lead.at.name);
      age.write(lead);
      setText(agency, lead.agency);
      const todo = scopc.overview.todoOf(lead, config().scales || {});
      setText(action, todo === null ? "" : todo.action);
    });
  };

  return { parts, limitWords };
})();
