/**
 * Island `electric-fleet`: the electric buses that are heard of: how many, how full their batteries are, how many charge.
 *
 * Only vehicles whose position is live count; a battery that is not told is counted as not told. The strip has a mark a bus
 * from empty to full. Charging is what the lines' feeds tell; where none tells it nothing is said. Batteries do not judge: a
 * low one is named, for the dispatcher knows when that bus goes home.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.electricFleet = (() => {
  "use strict";

  const LOW_PCT = 25; // named below this: a reader's help, no limit of the pack
  const MOST_NAMED = 6;

  // ---- pure ----

  /** The middle of some numbers, null of none. */
  function median(values) {
    if (values.length === 0) return null;
    const sorted = [...values].sort((a, b) => a - b);
    const half = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /**
   * What is known of the batteries.
   * @param {{label: string, batteryPct: number|null, isLive: boolean, ageMs: number}[]} vehicles
   */
  function batteries(vehicles) {
    const live = vehicles.filter(({ isLive }) => isLive);
    const told = live.filter(({ batteryPct }) => Number.isFinite(batteryPct)).sort((a, b) => a.batteryPct - b.batteryPct);
    return {
      live: live.length,
      told,
      medianPct: median(told.map(({ batteryPct }) => batteryPct)),
      low: told.filter(({ batteryPct }) => batteryPct < LOW_PCT),
      oldestMs: told.length === 0 ? null : Math.max(...told.map(({ ageMs }) => ageMs)),
    };
  }

  /** How many charge, of the lines that tell it; null when none does. */
  function chargingOf(routes) {
    const told = routes.map(({ charging }) => charging).filter((count) => Number.isFinite(count));
    return told.length === 0 ? null : told.reduce((sum, count) => sum + count, 0);
  }

  // ---- the island ----

  function vehiclesOf({ fleet, now }, limits) {
    return [...fleet.ids].filter(Boolean).map((id) => {
      const slot = fleet.slotOf(id);
      const facts = fleet.factsOf(id);
      return {
        label: fleet.labels[slot] || id,
        batteryPct: facts === null || facts.battery_pct === null || facts.battery_pct === undefined ? null : facts.battery_pct,
        isLive: scopc.panelFleet.stateAt(fleet, slot, now, limits) === "live",
        ageMs: Math.max(0, now - fleet.observedMs[slot]),
        feedId: facts === null ? null : facts.feed_id,
      };
    });
  }

  function figureOf(caption) {
    const { el } = scopc.dom;
    const value = scopc.value.create();
    const age = scopc.value.age();
    const button = el("button", { type: "button", class: "keyfig" }, el("span", { class: "keyfig__name" }, caption), value.root, age.root);
    const write = (item, feedId) => {
      value.write(item);
      age.write(item);
      scopc.dom.setAttribute(button, "data-evidence", feedId === null ? null : `feed:${feedId}`);
      button.disabled = feedId === null;
    };
    return { root: button, write };
  }

  scopc.mounts["electric-fleet"] = (element) => {
    const { el, svg, pool, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const heard = figureOf(text("fleet_energy.heard"));
    const battery = figureOf(text("fleet_energy.battery"));
    const charging = figureOf(text("fleet_energy.charging"));
    const strip = svg("svg", { class: "battery-strip", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img" });
    const axis = svg("path", { class: "battery-strip__axis", d: "M0 9H100" });
    strip.append(axis);
    const drawMarks = pool(strip, () => svg("path", { class: "battery-strip__mark" }));
    const scale = el("p", { class: "battery-scale" }, el("span", {}, "0 %"), el("span", {}, "50 %"), el("span", {}, "100 %"));
    const note = el("p", { class: "rows__note" });
    element.replaceChildren(el("div", { class: "keyfigs" }, heard.root, battery.root, charging.root), strip, scale, note);
    let routes = [];
    let operationsAt = null;

    const stopOperations = scopc.stream.subscribe("operations", (frame) => {
      routes = frame.routes;
      operationsAt = Date.parse(frame.at);
    });
    const stateFor = (ageMs, limits) => scopc.freshness.valueClass(ageMs, { freshS: limits.late_after_s, staleS: limits.ghost_after_s });

    const stopFleet = scopc.panelFleet.watch(element, (picture) => {
      const limits = scopc.panelFleet.limits();
      const vehicles = picture.hasVehicles ? vehiclesOf(picture, limits) : [];
      const known = batteries(vehicles);
      const live = vehicles.filter(({ isLive }) => isLive);
      const feedId = live.length > 0 ? live[0].feedId : null;
      const heardAge = live.length > 0 ? Math.max(...live.map(({ ageMs }) => ageMs)) : null;
      const common = { status: null, decimals: 0 };
      heard.write({ ...common, value: live.length > 0 ? live.length : null, unit: text("fleet_energy.buses"), ageMs: heardAge, state: stateFor(heardAge, limits) }, feedId);
      battery.write({ ...common, value: known.medianPct, unit: "%", ageMs: known.oldestMs, state: stateFor(known.oldestMs, limits) }, known.told.length > 0 ? known.told[0].feedId : null);
      const chargingAge = operationsAt === null ? null : Math.max(0, picture.now - operationsAt);
      const isOld = stateFor(chargingAge, limits) === "stale";
      charging.write({ ...common, value: isOld ? null : chargingOf(routes), unit: text("fleet_energy.buses"), ageMs: chargingAge, state: stateFor(chargingAge, limits) }, feedId);
      drawMarks(known.told, (mark, { batteryPct }) => setAttribute(mark, "d", `M${batteryPct.toFixed(1)} 1V9`));
      const words = text("fleet_energy.told", { told: known.told.length, of: known.live });
      const low = known.low.slice(0, MOST_NAMED).map(({ label, batteryPct }) => `${label} ${scopc.dom.number(batteryPct)} %`);
      const isShown = known.told.length > 0;
      for (const part of [strip, scale]) setAttribute(part, "hidden", isShown ? null : "");
      setAttribute(strip, "aria-label", words);
      setText(note, [words, low.length > 0 ? text("fleet_energy.low", { limit: LOW_PCT, names: low.join(", ") }) : ""].filter(Boolean).join(" · "));
    });
    return () => {
      stopOperations();
      stopFleet();
    };
  };

  return { median, batteries, chargingOf };
})();
