/**
 * Island `vehicle-detail`: the selected vehicle, its headways and its facts. Elements are made once; afterwards only what
 * changed is written.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.vehiclePanel = (() => {
  "use strict";

  const FIGURES = ["speed", "load", "battery"];
  const FACTS = ["next_stop", "headsign", "occupancy", "status", "trip", "observed", "feed", "flags"];

  const text = (key, values) => scopc.page.text(key, values);
  const number = (value) => scopc.dom.number(value);

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

  /** The stop that a vehicle heads for, and when it is due there as far as that is known. */
  function nextStopText(name, next, now) {
    const stop = name || (next && scopc.stopBoard.stopName(next.stopId));
    if (!stop) return null;
    return next && Number.isFinite(next.atMs) ? `${stop} · ${scopc.stopBoard.waitText(next.atMs - now)}` : stop;
  }

  /**
   * What the panel says of a vehicle; null where the feed does not tell.
   * @param {object} vehicle from `vehicleModel.vehicle`
   * @param {{zone: string, feedNames: Map<string, string>, next: {stopId, atMs}|null, now: number}} page
   */
  function detailTexts(vehicle, { zone, feedNames, next = null, now = 0 }) {
    const { words } = scopc.dom;
    const pct = vehicle.battery_pct;
    return {
      speed: vehicle.speedKmh === null ? null : number(vehicle.speedKmh),
      load: Number.isFinite(vehicle.passengers) ? number(vehicle.passengers) : null,
      occupancy: occupancyText(vehicle.occupancy),
      battery: Number.isFinite(pct) ? number(pct) : null,
      headsign: vehicle.headsign || null,
      next_stop: nextStopText(vehicle.next_stop, next, now),
      status: vehicle.status ? words(`status.${vehicle.status}`, vehicle.status) : null,
      trip: vehicle.trip_id || null,
      observed: scopc.clock.timeText(vehicle.observedAt, zone),
      feed: feedNames.get(vehicle.feed_id) || vehicle.feed_id || null,
      flags: flagsText(vehicle.flags) || null,
    };
  }

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
      const row = el("div", { class: "figure" }, el("dt", {}, text(`detail.${key}`), unit ? " " : "", el("small", {}, unit)), value);
      parts.fields[key] = { row, value };
      return row;
    });
    const facts = FACTS.map((key) => {
      const value = el("dd");
      const row = el("div", {}, el("dt", {}, text(`detail.${key}`)), value);
      parts.fields[key] = { row, value };
      return row;
    });
    parts.headways = ["ahead", "behind"].map((side) => {
      const value = el("span", { class: "fig" });
      const unit = el("span", {}, text("unit.min"));
      const shape = el("span", { class: "headway__shape" });
      const words = el("dt", {});
      const root = el("div", { class: "headway", "data-side": side }, el("dd", {}, value, unit, shape), words);
      return { side, root, value, unit, shape, words, kind: null };
    });
    parts.age = el("span", { class: "age" });
    parts.time = el("span");
    parts.fields.observed.value.append(parts.time, " ", parts.age);
    parts.root = el(
      "div",
      { class: "detail" },
      el("div", { class: "detail__head" }, parts.sign, parts.label, parts.state, el("div", { class: "buttons" }, parts.follow, parts.close)),
      el("dl", { class: "headways" }, ...parts.headways.map(({ root }) => root)),
      el("dl", { class: "figures" }, ...figures),
      el("dl", { class: "facts" }, ...facts),
    );
    return parts;
  }

  scopc.mounts["vehicle-detail"] = (element) => {
    const { el, mark, shape, pill, setText, setAttribute, arrange } = scopc.dom;
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

    /** The headways before and behind it, as they stand. */
    function drawHeadways(vehicle, fleet) {
      const { operations } = scopc;
      const spacings = operations.spacingsOf(vehicle.id);
      for (const one of parts.headways) {
        const spacing = spacings[one.side];
        const other = spacing && (one.side === "ahead" ? spacing.leader : spacing.follower);
        const kind = spacing && { gap: "warning", bunched: "watch" }[spacing.kind];
        scopc.dom.missing(one.value, spacing ? operations.minutes(spacing.s) : null);
        one.unit.hidden = spacing === null;
        setText(one.words, other ? text(`ops.${one.side}`, { name: operations.nameOf(fleet, other) }) : text(`ops.${one.side}_none`));
        if (one.kind !== kind) one.shape.replaceChildren(...(kind ? [shape(kind), text(`level.${kind}`)] : []));
        one.kind = kind;
      }
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
        drawHeadways(vehicle, fleet);
        drawFields(detailTexts(vehicle, { zone, feedNames, next: scopc.operations.nextOf(vehicle.id), now }));
      }
      arrange(element, [vehicle ? parts.root : selectedId === null ? hint : gone]);
    });
  };

  return { loadText, occupancyText, flagsText, detailTexts };
})();
