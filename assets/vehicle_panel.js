/**
 * Islands `vehicle-counts` (how many vehicles in which state), `line-counts` (the same by line) and
 * `vehicle-detail` (the selected vehicle). Elements are made once; afterwards only what changed is written.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.vehiclePanel = (() => {
  "use strict";

  const FIGURES = ["speed", "load", "battery"];
  const FACTS = ["headsign", "next_stop", "occupancy", "status", "trip", "observed", "feed", "flags"];

  const text = (key, values) => scopc.page.text(key, values);
  const number = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 0 });

  // ---- pure ----

  /** The feed's word for how full a vehicle is, null where it does not tell. */
  function occupancyText(occupancy, words = scopc.dom.words) {
    if (!occupancy || occupancy === "NO_DATA_AVAILABLE") return null;
    return words(`occupancy.${occupancy}`, occupancy);
  }

  /** People on board, else how full it is, else null. */
  function loadText({ passengers, occupancy }, words = scopc.dom.words) {
    return Number.isFinite(passengers) ? number(passengers) : occupancyText(occupancy, words);
  }

  /** Words for the codes of rules that marked a fix, "" for none. */
  function flagsText(flags, words = scopc.dom.words) {
    return (flags || []).map((code) => words(`code.${code}`, code)).join(" · ");
  }

  /**
   * What the panel says of a vehicle; null where the feed does not tell.
   * @param {object} vehicle from `vehicleModel.vehicle`
   * @param {{zone: string, feedNames: Map<string, string>}} page
   */
  function detailTexts(vehicle, { zone, feedNames }) {
    const { words } = scopc.dom;
    const pct = vehicle.battery_pct;
    return {
      speed: vehicle.speedKmh === null ? null : number(vehicle.speedKmh),
      load: Number.isFinite(vehicle.passengers) ? number(vehicle.passengers) : null,
      occupancy: occupancyText(vehicle.occupancy),
      battery: Number.isFinite(pct) ? number(pct) : null,
      headsign: vehicle.headsign || null,
      next_stop: vehicle.next_stop || null,
      status: vehicle.status ? words(`status.${vehicle.status}`, vehicle.status) : null,
      trip: vehicle.trip_id || null,
      observed: scopc.clock.timeText(vehicle.observedAt, zone),
      feed: feedNames.get(vehicle.feed_id) || vehicle.feed_id || null,
      flags: flagsText(vehicle.flags) || null,
    };
  }

  // ---- counts ----

  scopc.mounts["vehicle-counts"] = (element) => {
    const { el, mark, setText, setAttribute } = scopc.dom;
    const { STATES, tally, stateAt, limits } = scopc.panelFleet;
    const figures = {};
    const list = el("dl", { class: "figures" });
    for (const state of STATES) {
      const value = el("span", { class: "fig" });
      const of = el("span", { class: "of" });
      figures[state] = { value, of };
      list.append(
        el(
          "div",
          { class: "figure", "data-state": state },
          el("dt", {}, mark(state), el("span", {}, text(`counts.${state}`))),
          el("dd", {}, value, of),
        ),
      );
    }
    element.replaceChildren(list);
    return scopc.panelFleet.watch(element, ({ fleet, now, hasVehicles }) => {
      setAttribute(element, "data-missing", hasVehicles ? null : "1");
      const states = Array.from({ length: fleet.size }, (_, i) => stateAt(fleet, i, now, limits()));
      const count = tally(states);
      for (const state of STATES) {
        setText(figures[state].value, hasVehicles ? number(count[state]) : text("no.data"));
        setAttribute(figures[state].value, "data-zero", hasVehicles && count[state] === 0 ? "1" : null);
      }
      setText(figures.live.of, hasVehicles ? `/${number(count.total)}` : "");
    });
  };

  // ---- lines ----

  /** One line of the table. */
  function createLineRow({ routeId, folded }) {
    const { el, pill, mark, setText, setAttribute } = scopc.dom;
    const route = scopc.panelFleet.routeOf(routeId);
    const name = folded ? el("span", { class: "quiet" }, "") : routeId === null ? el("span", { class: "quiet" }, text("counts.unassigned")) : pill(route);
    const marks = el("td", { class: "marks" });
    const live = el("span", { class: "fig" });
    const of = el("span", { class: "of" });
    const late = el("td", { class: "num" });
    const ghost = el("td", { class: "num" });
    const head = el("th", { scope: "row" }, name);
    const row = el("tr", {}, head, marks, el("td", { class: "num" }, live, of), late, ghost);
    let drawn = null;

    function drawMarks(states) {
      const wanted = states.length > scopc.panelFleet.MOST_MARKS ? "" : states.join(" ");
      if (wanted === drawn) return;
      drawn = wanted;
      const shown = wanted === "" ? [] : states;
      marks.replaceChildren(...shown.map((state) => mark(state, route ? route.colour : "grey")));
      if (states.length === 0) marks.append(el("span", { class: "quiet" }, text("list.none_yet")));
    }

    function draw({ states, folded: lines }) {
      const count = scopc.panelFleet.tally(states);
      const isKnown = states.length > 0;
      if (lines) setText(name, text("counts.more_lines", { n: lines }));
      drawMarks(states);
      setText(live, isKnown ? number(count.live) : "–");
      setText(of, isKnown ? `/${number(count.total)}` : "");
      for (const [cell, value] of [[late, count.late], [ghost, count.ghost]]) {
        setText(cell, isKnown ? number(value) : "–");
        setAttribute(cell, "data-zero", value === 0 ? "1" : null);
      }
    }

    return { row, draw };
  }

  scopc.mounts["line-counts"] = (element) => {
    const { el, arrange } = scopc.dom;
    const { byRoute, lineRows, signs, limits } = scopc.panelFleet;
    const head = (key, kind) => el("th", { scope: "col", class: kind }, text(key));
    const body = el("tbody");
    const table = el(
      "table",
      { class: "lines" },
      el("caption", { class: "visually-hidden" }, text("counts.caption")),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          head("counts.line", "name"),
          el("td"),
          head("counts.live_of", "num"),
          head("counts.late_col", "num"),
          head("counts.ghost_col", "num"),
        ),
      ),
      body,
    );
    const missing = el("p", { class: "missing" }, text("no.data"));
    const rows = new Map();
    element.replaceChildren(missing);
    return scopc.panelFleet.watch(element, ({ fleet, now, hasVehicles }) => {
      arrange(element, [hasVehicles ? table : missing]);
      if (!hasVehicles) return;
      const wanted = lineRows(byRoute(fleet, now, limits()), signs(), Number(element.dataset.rows) || 12);
      for (const line of wanted) {
        if (!rows.has(line.key)) rows.set(line.key, createLineRow(line));
        rows.get(line.key).draw(line);
      }
      arrange(body, wanted.map((line) => rows.get(line.key).row));
    });
  };

  // ---- the selected vehicle ----

  /** The parts of the detail that are written again and again. */
  function createDetail() {
    const { el } = scopc.dom;
    const parts = { fields: {} };
    parts.sign = el("span", { class: "detail__sign" });
    parts.label = el("strong", { class: "detail__label" });
    parts.state = el("span", { class: "state" });
    parts.follow = el("button", { type: "button", class: "button" }, text("map.follow"));
    parts.close = el("button", { type: "button", class: "button" }, text("detail.close"));
    const figures = FIGURES.map((key) => {
      const value = el("dd", { class: "fig" });
      const unit = { speed: text("unit.kmh"), battery: text("unit.pct"), load: "" }[key];
      const row = el("div", { class: "figure" }, el("dt", {}, unit ? `${text(`detail.${key}`)} ` : text(`detail.${key}`), el("small", {}, unit)), value);
      parts.fields[key] = { row, value };
      return row;
    });
    const facts = FACTS.map((key) => {
      const value = el("dd");
      const row = el("div", {}, el("dt", {}, text(`detail.${key}`)), value);
      parts.fields[key] = { row, value };
      return row;
    });
    parts.age = el("span", { class: "age" });
    parts.time = el("span");
    parts.fields.observed.value.append(parts.time, " ", parts.age);
    parts.root = el(
      "div",
      { class: "detail" },
      el("div", { class: "detail__head" }, parts.sign, parts.label, parts.state, el("div", { class: "buttons" }, parts.follow, parts.close)),
      el("dl", { class: "figures" }, ...figures),
      el("dl", { class: "facts" }, ...facts),
    );
    return parts;
  }

  scopc.mounts["vehicle-detail"] = (element) => {
    const { el, mark, pill, setText, setAttribute, arrange } = scopc.dom;
    const { pageState } = scopc;
    const { zone } = scopc.clock.pageOptions();
    const hint = el("p", { class: "quiet" }, text("detail.empty"));
    const gone = el("div", {}, el("p", { class: "missing" }, text("detail.gone")));
    const parts = createDetail();
    let signOf = null;
    let stateOf = null;
    parts.follow.addEventListener("click", () => pageState.set({ follow: !pageState.get().follow }));
    parts.close.addEventListener("click", () => pageState.select(null));

    function drawHead(vehicle) {
      const sign = `${vehicle.id} ${vehicle.route_id}`;
      const route = scopc.panelFleet.routeOf(vehicle.route_id);
      if (sign !== signOf) parts.sign.replaceChildren(pill(route));
      const age = scopc.freshness.ageText(vehicle.ageMs);
      const state = `${vehicle.state} ${route ? route.colour : ""}`;
      if (state !== stateOf) parts.state.replaceChildren(mark(vehicle.state, route ? route.colour : "grey"), el("span"));
      setText(parts.state.lastChild, vehicle.state === "live" ? text("vehicle.live_long") : text(`vehicle.${vehicle.state}_for`, { age }));
      setText(parts.label, vehicle.label || vehicle.id);
      setText(parts.age, text("age.ago", { age }));
      setAttribute(parts.follow, "aria-pressed", String(pageState.get().follow));
      setText(parts.follow, text(pageState.get().follow ? "map.following" : "map.follow"));
      setAttribute(parts.root, "data-state", vehicle.state);
      signOf = sign;
      stateOf = state;
    }

    function drawFields(texts) {
      for (const key of FIGURES) {
        setText(parts.fields[key].value, texts[key] ?? text("no.data"));
        setAttribute(parts.fields[key].value, "data-missing", texts[key] === null ? "1" : null);
      }
      for (const key of FACTS) {
        const { row, value } = parts.fields[key];
        row.hidden = texts[key] === null;
        if (key === "observed") setText(parts.time, texts[key]);
        else setText(value, texts[key] ?? "");
      }
    }

    return scopc.panelFleet.watch(element, ({ fleet, now, feedNames }) => {
      const { selectedId } = pageState.get();
      const vehicle = selectedId === null ? null : fleet.vehicle(selectedId, now);
      if (vehicle) {
        drawHead(vehicle);
        drawFields(detailTexts(vehicle, { zone, feedNames }));
      }
      arrange(element, [vehicle ? parts.root : selectedId === null ? hint : gone]);
    });
  };

  return { loadText, occupancyText, flagsText, detailTexts };
})();
