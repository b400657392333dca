/**
 * Island `today`: changes of status of indicators since midnight, the last first. Of one domain (`data-domain`) or of all.
 *
 * A change is a row that opens the evidence of its indicator. While the server has not answered the island says that there
 * is no data; an answer without changes says so in words.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.today = (() => {
  "use strict";

  const REFRESH_S = 60;
  const MOST = 12;

  /**
   * The words of a change, or null for an indicator that the page does not know.
   * @param {{key: string, before: string, after: string, value: number}} change
   * @param {object|undefined} entry of the catalogue
   */
  function changeText({ before, after, value }, entry, text) {
    const figure = `${scopc.dom.fixed(value, entry.decimals)} ${entry.unit}`.trim();
    return text("today.change", { name: entry.name, figure, before: text(`level.${before}`), after: text(`level.${after}`) });
  }

  scopc.mounts.today = (element) => {
    const { el, shape, pool, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const { domain } = element.dataset;
    const list = el("ul", { class: "today__list", role: "list" });
    const note = el("p", { class: "quiet" });

    function createRow() {
      const time = el("span", { class: "today__time" });
      const mark = el("span", { class: "today__mark" });
      const words = el("span", {});
      const button = el("button", { type: "button", class: "today__row" }, time, mark, words);
      let shown = null;
      const write = (change, entry) => {
        const { zone } = scopc.clock.pageOptions();
        setText(time, scopc.clock.timeText(Date.parse(change.at), zone).slice(0, 5));
        if (shown !== change.after) mark.replaceChildren(shape(change.after === "insufficient" ? "unknown" : change.after));
        shown = change.after;
        setText(words, changeText(change, entry, text));
        setAttribute(button, "data-evidence", `indicator:${change.key}`);
      };
      return { root: el("li", {}, button), write };
    }

    const draw = pool(list, createRow);
    const onAnswer = scopc.islands.guarded(element, (answer) => {
      if (answer === null) return;
      const entries = new Map((scopc.page.config().catalogue || []).map((entry) => [entry.key, entry]));
      const known = answer.items.filter(({ key }) => entries.has(key));
      if (!list.isConnected) element.replaceChildren(list, note);
      draw(known.slice(0, MOST), (row, change) => row.write(change, entries.get(change.key)));
      const more = known.length - MOST;
      setText(note, known.length === 0 ? text("today.none") : more > 0 ? text("today.more", { n: more }) : "");
      setAttribute(note, "hidden", note.textContent === "" ? "" : null);
    });
    const query = domain ? `?domain=${encodeURIComponent(domain)}` : "";
    // An island that is empty has a height (its words), so the poll sees it.
    return scopc.poll(element, { address: () => `/api/v1/changes${query}`, everyS: REFRESH_S, onAnswer });
  };

  return { changeText };
})();
