/**
 * Island `stop-board`: a stop, chosen by its name here or on the map or a ladder, and what comes to it next, by which
 * knowledge, and how far such predictions have been off so far.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.stopBoard = (() => {
  "use strict";

  const ASK_EVERY_S = 15;
  const MOST = 8;
  const text = (key, values) => scopc.page.text(key, values);
  const ADDRESS = (stopId) => `/api/v1/stops/${encodeURIComponent(stopId)}/arrivals`;

  // ---- pure ----

  /** Stops of all ladders, each once, by name. @returns {{id: string, name: string, label: string}[]} */
  function stopsOf(routes) {
    const byId = new Map();
    for (const { ladder } of routes) for (const [id, , name] of ladder ? ladder.stops : []) byId.set(id, name);
    const times = new Map();
    for (const name of byId.values()) times.set(name, (times.get(name) || 0) + 1);
    const stops = [...byId].map(([id, name]) => ({ id, name, label: times.get(name) > 1 ? `${name} (${id})` : name }));
    return stops.sort((a, b) => a.label.localeCompare(b.label, undefined, { numeric: true }));
  }

  /** Arrivals that are still to come, soonest first. */
  function upcoming(arrivals, now) {
    return arrivals
      .map((one) => ({ ...one, at: Date.parse(one.expected_at) }))
      .filter(({ at }) => at > now - 30e3)
      .sort((a, b) => a.at - b.at);
  }

  /** How long to wait: "now" under half a minute. */
  function waitText(ms, say = text) {
    return ms < 30e3 ? say("stop.now") : say("age.min", { n: Math.max(1, Math.round(ms / 60e3)) });
  }

  // ---- the page ----

  let stops = null;
  const pageStops = () => (stops = stops || stopsOf(scopc.panelFleet.signs()));

  function stopName(stopId) {
    const found = pageStops().find(({ id }) => id === stopId);
    return found ? found.name : stopId;
  }

  /** Id of the stop that a vehicle heads for, null where it is not known. */
  function nextStopOf(vehicleId) {
    const arrival = scopc.operations.nextOf(vehicleId);
    return arrival === null ? null : arrival.stopId;
  }

  /** Ask for a stop's arrivals and passages while the element is seen. */
  function watchStop(element, stopId, onAnswer) {
    return scopc.poll(element.parentElement, {
      address: () => (stopId() === null ? null : ADDRESS(stopId())),
      everyS: ASK_EVERY_S,
      onAnswer,
    });
  }

  function createRow() {
    const { el, setText, pill } = scopc.dom;
    const sign = el("td", {});
    const name = el("button", { type: "button", class: "row-button" });
    const wait = el("strong", {});
    const time = el("td", { class: "num quiet" });
    const basis = el("td", { class: "quiet" });
    const root = el("tr", {}, sign, el("th", { scope: "row" }, name), el("td", { class: "num" }, wait), time, basis);
    let vehicleId = null;
    let drawnLine = null;
    name.addEventListener("click", () => scopc.pageState.select(vehicleId));

    function draw(arrival, { now, fleet, zone }) {
      vehicleId = arrival.vehicle_id;
      if (drawnLine !== arrival.route_id) sign.replaceChildren(pill(scopc.panelFleet.routeOf(arrival.route_id)));
      drawnLine = arrival.route_id;
      setText(name, scopc.operations.nameOf(fleet, vehicleId));
      setText(wait, waitText(arrival.at - now));
      setText(time, scopc.clock.timeText(arrival.at, zone).slice(0, 5));
      const by = scopc.dom.words(`basis.${arrival.basis}`, arrival.basis);
      const off = Number.isFinite(arrival.error_s) ? text("stop.off_by", { age: scopc.freshness.ageText(arrival.error_s * 1000) }) : text("stop.off_unknown");
      setText(basis, `${by} · ${off}`);
    }
    return { root, draw };
  }

  function createSearch() {
    const { el } = scopc.dom;
    const list = el("datalist", { id: "stop-names" });
    for (const { label } of pageStops()) list.append(el("option", { value: label }));
    const input = el("input", { type: "search", class: "search", list: list.id, placeholder: text("stop.search"), "aria-label": text("stop.search"), autocomplete: "off" });
    input.addEventListener("input", () => {
      const found = pageStops().find(({ label }) => label === input.value.trim());
      if (found) scopc.pageState.set({ stopId: found.id });
    });
    return { list, input };
  }

  scopc.mounts["stop-board"] = (element) => {
    const { el, pool, arrange, setText, setAttribute } = scopc.dom;
    const { zone } = scopc.clock.pageOptions();
    const search = createSearch();
    const tools = el("div", { class: "toolbar" }, search.input, search.list);
    const title = el("h3", { class: "stop__name" });
    const none = el("p", {});
    const body = el("tbody");
    const head = (key, kind = "") => el("th", { scope: "col", class: kind }, text(key));
    const table = el(
      "table",
      { class: "arrivals" },
      el("caption", { class: "visually-hidden" }, text("stop.next")),
      el("thead", {}, el("tr", {}, head("list.line"), head("list.label"), head("stop.wait", "num"), head("stop.at", "num"), head("stop.basis"))),
      body,
    );
    const drawRows = pool(body, createRow);
    let answer = null;
    const stopPolling = watchStop(element, () => scopc.pageState.get().stopId, (next) => {
      answer = next;
    });
    const stopState = scopc.pageState.subscribe(() => {
      search.input.value = "";
      stopPolling.now();
    }, ["stopId"]);

    const stop = scopc.operations.watch(element, ({ now, fleet }) => {
      const { stopId } = scopc.pageState.get();
      const arrivals = answer === null ? [] : upcoming(answer.arrivals, now).slice(0, MOST);
      drawRows(arrivals, (row, arrival) => row.draw(arrival, { now, fleet, zone }));
      setText(title, stopId === null ? "" : stopName(stopId));
      const isMissing = stopId !== null && answer === null;
      setText(none, text(stopId === null ? "stop.choose" : isMissing ? "no.data" : "stop.none"));
      setAttribute(none, "class", isMissing ? "missing" : "quiet");
      arrange(element, [tools, title, arrivals.length > 0 ? table : none]);
    });
    return () => {
      stop();
      stopPolling();
      stopState();
    };
  };

  return { stopsOf, upcoming, waitText, stopName, nextStopOf, watchStop };
})();
