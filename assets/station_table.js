/**
 * Island `station-table`: what is measured at the places of some kinds, a row a place, the most urgent first. Every figure is a
 * button that opens its evidence; what is silent has a row as well.
 *
 *   data-kinds="air_station"  data-properties="pm25_24h aqi_th aqi_source"   a column each
 *   data-most="6"             how many rows are shown before the reader asks for all
 *   data-domain="environment" whose observations (the page's own unless told)
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.stationTable = (() => {
  "use strict";

  const RANK = { critical: 4, warning: 3, watch: 2, unknown: 1, normal: 0 };

  // ---- pure ----

  /** Rows: {feature, name, items: [item a property], worst, ageItem}; sorted by urgency, then by the first value, highest first. */
  function rowsOf(picture, { kinds, properties }) {
    const features = picture.features.filter(({ kind }) => kinds.includes(kind));
    const columns = properties.map((property) => new Map(scopc.observations.rows(picture, { kinds, properties: [property] }).map((item) => [item.featureId, item])));
    const rows = features.map((feature) => {
      const items = columns.map((column) => column.get(feature.feature_id));
      const told = items.filter(({ value }) => value !== null);
      const worst = Math.max(...items.map(({ status }) => (status === null ? -1 : RANK[status])));
      return { id: feature.feature_id, name: items[0].name, items, worst, newest: told.sort((a, b) => a.ageMs - b.ageMs)[0] || items[0] };
    });
    const first = ({ items }) => items[0].value ?? -Infinity;
    return rows.sort((a, b) => b.worst - a.worst || first(b) - first(a));
  }

  /** Properties that at least one place tells of; the first one when nothing is told. */
  function toldProperties(picture, { kinds, properties }) {
    const told = properties.filter((property) => picture.items.some((item) => item.property === property && kinds.includes(item.kind)));
    return told.length === 0 ? properties.slice(0, 1) : told;
  }

  // ---- the island ----

  /** A figure with its shape, as a button. */
  function createFigure() {
    const { el, shape, setAttribute } = scopc.dom;
    const mark = el("span", { class: "station__mark" });
    const figureOf = scopc.value.create();
    const root = el("button", { type: "button", class: "station__figure" }, mark, figureOf.root);
    let shown = null;
    const write = (item) => {
      if (shown !== item.status) mark.replaceChildren(...(item.status ? [shape(item.status)] : []));
      shown = item.status;
      figureOf.write(item);
      setAttribute(root, "data-evidence", item.evidence);
      const status = item.status ? scopc.page.text(`level.${item.status}`) : "";
      setAttribute(root, "aria-label", [item.name, item.propertyName, figureOf.root.textContent, status].filter(Boolean).join(" "));
      root.disabled = item.evidence === null;
    };
    return { root, write };
  }

  function createRow() {
    const { el, setText, setAttribute } = scopc.dom;
    const name = el("span", {});
    const klass = el("span", { class: "station__class" });
    const cells = [];
    const age = scopc.value.age();
    const ageCell = el("td", { class: "num" }, age.root);
    const root = el("tr", {}, el("th", { scope: "row" }, name, klass), ageCell);
    const write = ({ name: words, items, newest }) => {
      setText(name, words);
      setText(klass, scopc.value.classText(newest.klass));
      items.forEach((item, i) => {
        if (!cells[i]) {
          const figure = createFigure();
          const cell = el("td", { class: "num" }, figure.root);
          cells[i] = { cell, figure };
          root.insertBefore(cell, ageCell);
        }
        cells[i].figure.write(item);
      });
      cells.forEach(({ cell }, i) => setAttribute(cell, "hidden", i < items.length ? null : ""));
      age.write(newest);
    };
    return { root, write };
  }

  scopc.mounts["station-table"] = (element) => {
    const { el, pool, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const { domain = window.document.documentElement.dataset.page } = element.dataset;
    const kinds = element.dataset.kinds.split(" ");
    const properties = element.dataset.properties.split(" ");
    const most = Number(element.dataset.most) || Infinity;
    const heads = el("tr", {});
    const body = el("tbody", {});
    const caption = el("caption", { class: "visually-hidden" }, element.dataset.caption || "");
    const table = el("table", { class: "stations" }, caption, el("thead", {}, heads), body);
    const more = el("button", { type: "button", class: "stations__more", "aria-expanded": "false" });
    const draw = pool(body, createRow);
    let isWhole = false;
    let headsShown = null;

    function writeHeads(shown) {
      const known = scopc.page.config().properties || {};
      if (headsShown === shown.join()) return;
      headsShown = shown.join();
      const names = shown.map((property) => el("th", { scope: "col", class: "num" }, known[property] ? known[property].name : property));
      heads.replaceChildren(el("th", { scope: "col" }, text("chart.place")), ...names, el("th", { scope: "col", class: "num" }, text("station.age")));
    }

    const show = (picture) => {
      if (!picture.isKnown) return;
      if (!table.isConnected) element.replaceChildren(table, more);
      const told = toldProperties(picture, { kinds, properties });
      const rows = rowsOf(picture, { kinds, properties: told });
      writeHeads(told);
      draw(rows.slice(0, isWhole ? Infinity : most), (row, one) => row.write(one));
      setAttribute(more, "hidden", rows.length > most ? null : "");
      setAttribute(more, "aria-expanded", String(isWhole));
      setText(more, isWhole ? text("station.fewer") : text("station.all", { n: rows.length }));
    };
    more.addEventListener("click", () => {
      isWhole = !isWhole;
      show(scopc.observations.picture(domain));
    });
    return scopc.observations.watch(element, domain, show);
  };

  return { rowsOf, toldProperties };
})();
