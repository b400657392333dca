/**
 * Island `chart-columns`: columns that hang under a fixed line, one a feature: how much is left of a lake's bank.
 *
 *   data-kinds="lake" data-property="lake_freeboard" data-domain="environment"
 *
 * The line at the top is zero (the bank); a column ends where the water stands, so that a high column is near the bank. Each
 * feature has its own dashed limit. One that is silent is a dashed box with the words. Names, values and ages stand below as
 * buttons that open the evidence.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.chartColumns = (() => {
  "use strict";

  const DEPTH_LEAST = 3; // of the axis, in units of the value
  const WIDTH = 0.78; // of a column, of its place

  // ---- pure ----

  /** The edge between normal and abnormal of bands that get better upward, or null. */
  function limitOf(bands) {
    const at = bands === null ? -1 : bands.findIndex(({ status }) => status === "normal");
    return at > 0 ? bands[at - 1].upto : null;
  }

  /** How deep the axis reaches: all columns, all limits, in whole units. */
  function depthOf(items) {
    const values = items.flatMap(({ value, bands }) => [value, limitOf(bands)]).filter((one) => one !== null);
    return Math.max(DEPTH_LEAST, Math.ceil(Math.max(0, ...values) + 0.2));
  }

  /** Below zero the water stands over the bank: the column is full. */
  const heightOf = (value, depth) => Math.min(depth, depth - Math.max(value, 0));

  function shapesOf(items, depth, { colours, k }) {
    const across = (i) => ({ xref: "x", x0: i - WIDTH / 2, x1: i + WIDTH / 2, yref: "y" });
    const limits = items.flatMap(({ bands }, i) => {
      const limit = limitOf(bands);
      return limit === null ? [] : [{ ...across(i), type: "line", y0: limit, y1: limit, line: { color: colours.ref, width: k, dash: "5px,4px" } }];
    });
    const missing = items.flatMap(({ value }, i) => (value === null ? [{ ...across(i), type: "rect", y0: 0.05 * depth, y1: depth, line: { color: colours["ink-3"], width: k, dash: "3px,3px" } }] : []));
    const caps = items.flatMap(({ value, status }, i) => {
      if (value === null) return [];
      const isAbnormal = ["watch", "warning", "critical"].includes(status);
      const y = Math.max(value, 0);
      return [{ ...across(i), type: "line", y0: y, y1: y, line: { color: isAbnormal ? colours[status] : colours["ink-3"], width: (isAbnormal ? 4 : 1.5) * k } }];
    });
    const bank = { xref: "paper", x0: 0, x1: 1, yref: "y", type: "line", y0: 0, y1: 0, line: { color: colours["ink-2"], width: 2 * k } };
    return [bank, ...missing, ...caps, ...limits];
  }

  function figure(items, label, { theme }) {
    const { colours, k } = theme;
    const depth = depthOf(items);
    const known = items.map((item, i) => ({ ...item, i })).filter(({ value }) => value !== null);
    const bars = {
      type: "bar",
      x: known.map(({ i }) => i),
      y: known.map(({ value }) => -heightOf(value, depth)),
      base: known.map(() => depth),
      width: WIDTH,
      marker: {
        color: colours.water,
        line: { width: k, color: colours["water-edge"] },
        pattern: { shape: known.map(({ state }) => (state === "stale" ? "/" : "")), fgcolor: colours["ink-3"], size: 8 * k, solidity: 0.15 },
      },
      text: known.map(({ value, decimals, unit }) => `${scopc.dom.fixed(value, decimals)} ${unit}`),
      textposition: "none",
      hovertemplate: "%{text}<extra></extra>",
    };
    const words = items.flatMap(({ value }, i) =>
      value === null ? [{ x: i, y: depth / 2, text: scopc.page.text("no.data"), showarrow: false, bgcolor: colours.bg, font: { size: 14 * k, color: colours["ink-2"] } }] : [],
    );
    const whole = Array.from({ length: depth }, (_, i) => i + 1);
    return {
      data: [bars],
      layout: {
        margin: { l: 44 * k, r: 4 * k, t: 10 * k, b: 6 * k },
        hovermode: "closest",
        xaxis: { range: [-0.5, items.length - 0.5], showgrid: false, showticklabels: false },
        yaxis: { range: [depth, 0 - 0.02 * depth], showgrid: true, gridcolor: colours.line, tickvals: [0, ...whole], ticktext: [scopc.page.text("chart.bank"), ...whole.map(String)] },
        shapes: shapesOf(items, depth, theme),
        annotations: words,
      },
      label,
    };
  }

  // ---- the island ----

  function createName() {
    const { el, shape, setText, setAttribute } = scopc.dom;
    const mark = el("span", { class: "column__mark" });
    const name = el("span", { class: "column__name" });
    const figureOf = scopc.value.create();
    const age = scopc.value.age();
    const root = el("button", { type: "button", class: "column" }, name, el("span", { class: "column__figure" }, mark, figureOf.root), age.root);
    let shown = null;
    const write = (item) => {
      const kind = item.status || (item.value === null ? "unknown" : null);
      if (shown !== kind) mark.replaceChildren(...(kind ? [shape(kind)] : []));
      shown = kind;
      setText(name, item.name);
      figureOf.write(item);
      age.write(item);
      setAttribute(root, "data-evidence", item.evidence);
      setAttribute(root, "title", item.status ? scopc.page.text(`level.${item.status}`) : null);
      root.disabled = item.evidence === null;
    };
    return { root, write };
  }

  scopc.mounts["chart-columns"] = (element) => {
    const { page, charts, observations, dom } = scopc;
    const { kinds, property, domain = window.document.documentElement.dataset.page } = element.dataset;
    const wanted = { kinds: kinds.split(" "), properties: [property] };
    let items = [];
    const frame = charts.frame(element, { rowsOf });
    const draw = dom.pool(frame.foot, createName);
    frame.foot.classList.add("columns");

    function rowsOf() {
      if (items.length === 0) return null;
      const heads = [page.text("chart.place"), page.text("evidence.value"), page.text("chart.limit"), page.text("chart.status"), page.text("evidence.time")];
      const rows = items.map((item) => [
        item.name,
        item.value === null ? page.text("no.data") : `${dom.fixed(item.value, item.decimals)} ${item.unit}`,
        limitOf(item.bands) === null ? "–" : `> ${limitOf(item.bands)} ${item.unit}`,
        item.status ? page.text(`level.${item.status}`) : "–",
        item.observedMs === null ? "–" : scopc.evidenceTime.text(new Date(item.observedMs).toISOString()),
      ]);
      return { heads, rows, csv: null };
    }

    const stop = observations.watch(element, domain, (picture) => {
      if (!picture.isKnown) return;
      items = observations.rows(picture, wanted);
      draw(items, (one, item) => one.write(item));
      frame.foot.style.setProperty("--columns", String(items.length));
      if (items.length === 0) return;
      const [{ propertyName }] = items;
      const key = items.map(({ featureId, value, state, status }) => [featureId, value, state, status].join(":")).join("|");
      frame.draw(key, (room) => figure(items, page.text("chart.aria_columns", { name: propertyName, n: items.length }), room));
    });
    return () => {
      stop();
      frame.stop();
    };
  };

  return { limitOf, depthOf, heightOf };
})();
