/**
 * Island `small-multiples`: the indicators `data-keys` (separated by spaces), each as columns over the same five years.
 *
 * Every one begins at zero and ends at its own greatest value, so equal heights are equal shares and the courses can be
 * compared, whatever their units. A column is as wide as the period that it is of; a period without a figure stays empty. The
 * last column is ink, and its value stands above with its period, its agency and how late such figures come. A multiple is a
 * button that opens the evidence.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.smallMultiples = (() => {
  "use strict";

  const YEARS = 5;
  const REFRESH_S = 1800;
  const WIDTH = 300;
  const HEIGHT = 84;
  const GAP = { share: 0.3, least: 1 }; // between columns: of a column's place, in units of the box
  const MONTHS = 12 * YEARS;

  // ---- pure ----

  /** Months that a figure of this cadence covers: 1, 3 or 12. */
  const monthsOf = (cadenceS) => (cadenceS >= 360 * 86400 ? 12 : cadenceS >= 88 * 86400 ? 3 : 1);

  /**
   * Columns of a monthly series over the years from `firstYear`.
   * @param {{start: string, value: number}[]} items, each in the month in which its period ends
   * @returns {{x: number, width: number, height: number, value: number, startMs: number}[]} in shares of the box, oldest first
   */
  function columnsOf(items, { cadenceS, firstYear, zone }) {
    const covers = monthsOf(cadenceS);
    const most = Math.max(0, ...items.map(({ value }) => value));
    return items
      .map(({ start, value }) => {
        const startMs = Date.parse(start);
        const { year, month } = scopc.chartCycles.partsAt(startMs, zone);
        const end = 12 * (year - firstYear) + month + 1;
        return { x: (end - covers) / MONTHS, width: covers / MONTHS, height: most === 0 ? 0 : Math.max(0, value / most), value, startMs };
      })
      .filter(({ x, width }) => x + width > 0 && x < 1)
      .map((one) => (one.x < 0 ? { ...one, width: one.width + one.x, x: 0 } : one));
  }

  /** The outline of some columns in a box of WIDTH by HEIGHT. */
  function pathOf(columns) {
    return columns
      .map(({ x, width, height }) => {
        const gap = Math.max(GAP.least, GAP.share * width * WIDTH);
        const wide = Math.max(0.8, width * WIDTH - gap);
        const left = x * WIDTH + (width * WIDTH - wide) / 2;
        return `M${left.toFixed(1)} ${HEIGHT}v${(-height * HEIGHT).toFixed(1)}h${wide.toFixed(1)}V${HEIGHT}Z`;
      })
      .join("");
  }

  // ---- one multiple ----

  function createMultiple(key) {
    const { el, svg, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const options = { ...scopc.clock.pageOptions(), text };
    const firstYear = scopc.chartCycles.partsAt(scopc.freshness.clock.now(), options.zone).year - YEARS + 1;
    const name = el("span", { class: "multiple__name" });
    const figure = scopc.value.create();
    const age = scopc.value.age();
    const judged = el("span", { class: "multiple__judgement" });
    const mark = el("span", { class: "multiple__mark" });
    const change = el("span", { class: "multiple__change" });
    const past = svg("path", { class: "multiple__past" });
    const last = svg("path", { class: "multiple__last" });
    const years = Array.from({ length: YEARS }, (_, i) => svg("path", { class: "multiple__year", d: `M${(i * WIDTH) / YEARS} 0V${HEIGHT}` }));
    const plot = svg("svg", { class: "multiple__plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" }, ...years, past, last);
    const axis = el("span", { class: "multiple__axis" }, ...years.map((_, i) => el("span", {}, scopc.chartCycles.yearText(firstYear + i, options))));
    const source = el("span", { class: "multiple__source" });
    const root = el(
      "button",
      { type: "button", class: "multiple", "data-evidence": `indicator:${key}` },
      el("span", { class: "multiple__head" }, mark, name),
      el("span", { class: "multiple__figure" }, figure.root, change, age.root),
      judged,
      plot,
      axis,
      source,
    );
    let items = [];
    let drawn = null;
    let shown = null;

    function write() {
      const item = scopc.indicators.item(key);
      if (item === null) return;
      const kind = item.status ?? "none";
      if (shown !== kind) mark.replaceChildren(...(kind === "none" ? [] : [scopc.dom.shape(kind === "insufficient" ? "unknown" : kind)]));
      shown = kind;
      setAttribute(root, "data-status", kind);
      setText(name, item.name);
      figure.write(item);
      age.write(item);
      const limit = scopc.indicators.limitText(item);
      const limitWords = limit === null ? "" : ` · ${text(item.proposed ? "indicator.limit_proposed" : "indicator.limit", { limit })}`;
      setText(judged, item.status === null ? "" : text(`level.${item.status}`) + limitWords);
      setText(change, item.yearAgo === null || item.value === null ? "" : text("multiples.year", { change: scopc.statisticsText.change(item, text) }));
      const period = scopc.statisticsText.period(item, options);
      const late = scopc.statisticsText.late(item.delay_s, text);
      setText(source, [period === null ? null : text("multiples.period", { period }), item.agency, late].filter(Boolean).join("\u00a0· ")); // no line begins with the dot
      draw(item);
    }

    function draw(item) {
      const key = JSON.stringify(items.map(({ start, value }) => [start, value]));
      if (drawn === key) return;
      drawn = key;
      const columns = columnsOf(items, { cadenceS: item.cadence_s, firstYear, zone: options.zone });
      past.setAttribute("d", pathOf(columns.slice(0, -1)));
      last.setAttribute("d", pathOf(columns.slice(-1)));
      setAttribute(plot, "data-empty", columns.length === 0 ? "1" : null);
      setAttribute(plot, "aria-label", spoken(columns, item));
    }

    function spoken(columns, item) {
      if (columns.length === 0) return text("no.data");
      const told = ({ startMs, value }) => `${scopc.chartCycles.yearText(scopc.chartCycles.partsAt(startMs, options.zone).year, options)} ${scopc.dom.fixed(value, item.decimals)}`;
      const first = columns[0];
      return text("multiples.spoken", { first: told(first), last: told(columns[columns.length - 1]), unit: item.unit });
    }

    const from = new Date(scopc.chartCycles.midnight(firstYear, 0, 1, options.zone)).toISOString();
    const address = `/api/v1/indicators/${encodeURIComponent(key)}/series?grain=month&from=${encodeURIComponent(from)}`;
    return { root, write, address, take: (answer) => ((items = answer.items), write()) };
  }

  scopc.mounts["small-multiples"] = (element) => {
    const keys = element.dataset.keys.split(" ");
    const multiples = keys.map(createMultiple);
    element.replaceChildren(...multiples.map(({ root }) => root));
    const domains = [...new Set(keys.map((key) => scopc.indicators.item(key)).filter(Boolean).map(({ domain }) => domain))];
    const stopWatching = scopc.indicators.watch(element, domains, () => multiples.forEach((one) => one.write()));
    const stops = multiples.map((one) => scopc.poll(element, { address: () => one.address, everyS: REFRESH_S, onAnswer: (answer) => answer !== null && one.take(answer) }));
    return () => [...stops, stopWatching].forEach((stop) => stop());
  };

  return { monthsOf, columnsOf, pathOf };
})();
