/**
 * Island `statistics`: the indicators of a domain as a sheet: value, period that it is of, change on the year before, who
 * published it, and how late such figures come. What comes a year or more late is said in a sentence of its own.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
(() => {
  "use strict";

  const LATE_FROM_S = 360 * 86400;

  function createRow() {
    const { el, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const name = el("button", { type: "button", class: "row-button" });
    const figure = scopc.value.create();
    const age = scopc.value.age();
    const period = el("td", {});
    const change = el("td", { class: "num" });
    const late = el("td", {});
    const agency = el("td", {});
    const value = el("td", { class: "sheet__value" }, figure.root);
    const label = (cell, key) => cell.setAttribute("data-label", text(key));
    const ageCell = el("td", { class: "sheet__age" }, age.root);
    const cells = [[value, "evidence.value"], [period, "statistics.period"], [change, "statistics.change"], [late, "statistics.late"], [ageCell, "statistics.age"], [agency, "evidence.source"]];
    for (const [cell, key] of cells) label(cell, key);
    const root = el("tr", {}, el("th", { scope: "row" }, name), ...cells.map(([cell]) => cell));

    function write(item) {
      const options = { ...scopc.clock.pageOptions(), text };
      setAttribute(name, "data-evidence", `indicator:${item.key}`);
      setText(name, item.name);
      figure.write(item);
      age.write(item);
      setText(period, scopc.statisticsText.period(item, options) ?? "–");
      setText(change, scopc.statisticsText.change(item, text));
      setText(late, scopc.statisticsText.late(item.delay_s, text));
      setText(agency, item.agency);
    }

    return { root, write };
  }

  scopc.mounts.statistics = (element) => {
    const { el, pool, setText } = scopc.dom;
    const { text } = scopc.page;
    const keys = ["statistics.what", "evidence.value", "statistics.period", "statistics.change", "statistics.late", "statistics.age", "evidence.source"];
    const heads = keys.map((key, i) => el("th", { scope: "col", ...(i === 3 ? { class: "num" } : {}) }, text(key)));
    const caption = el("caption", { class: "visually-hidden" }, element.dataset.caption);
    const body = el("tbody", {});
    const notes = el("p", { class: "rows__note" });
    const draw = pool(body, createRow);
    element.replaceChildren(el("table", { class: "sheet" }, caption, el("thead", {}, el("tr", {}, ...heads)), body), notes);
    return scopc.indicators.watch(element, [element.dataset.domain], (items) => {
      draw(items, (row, item) => row.write(item));
      const options = { ...scopc.clock.pageOptions(), text };
      const late = items.filter(({ delay_s: delayS }) => delayS >= LATE_FROM_S);
      const told = late.map((item) => {
        const values = { name: item.name, late: scopc.statisticsText.late(item.delay_s, text), period: scopc.statisticsText.period(item, options) };
        return text(values.period === null ? "statistics.lag_unknown" : "statistics.lag", values);
      });
      setText(notes, told.join(" · "));
    });
  };
})();
