/**
 * Island `service-contract`: what the operator owes against what positions show, by line and day, and by hour what
 * arrives (riders), what is there (buses) and what is missing, in whole buses.
 *
 * GET /api/v1/service?from=YYYY-MM-DD&to=YYYY-MM-DD: {items: [{route_id, day, verdict, completeness, bus_hours_owed,
 * bus_hours_observed, in_service_share, headways, headways_kept, vehicle_km, seat_km, hours: [{hour, completeness, owed,
 * observed, seats, passengers, needed, lacking}]}]}. Shares are 0 to 1; null is unknown.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.servicePanel = (() => {
  "use strict";

  const ASK_EVERY_S = 60;
  const DAY_MS = 86400e3;
  const MOST_BACK = 30; // days
  const STATUS = { kept: "normal", short: "warning", insufficient: "unknown", nothing_owed: "unknown" };
  const HOUR_ROWS = ["passengers", "needed", "observed", "lacking"];
  const text = (key, values) => scopc.page.text(key, values);

  // ---- pure ----

  const share = (value) => (Number.isFinite(value) ? `${Math.round(value * 100)}` : null);
  const decimal = (value) => (Number.isFinite(value) ? scopc.dom.number(value, value < 10 ? 1 : 0) : null);

  /** The city's date a number of days ago, as ISO. */
  const dayOf = (now, back, zone) => scopc.clock.dayText(now - back * DAY_MS, zone);

  /** Rows of the table: one a line, in the order of the page's lines. */
  function rowsOf(items, day, lines) {
    const ofDay = new Map(items.filter((item) => item.day === day).map((item) => [item.route_id, item]));
    const others = [...ofDay.keys()].filter((id) => !lines.includes(id)).sort();
    return [...lines, ...others].map((routeId) => ({ routeId, item: ofDay.get(routeId) || null }));
  }

  /** One figure of an hour; null where it is not known. */
  function hourText(hour, key) {
    const value = hour[key];
    if (!Number.isFinite(value)) return null;
    return String(key === "needed" || key === "lacking" ? value : Math.round(value));
  }

  // ---- the table of a day ----

  function createRow() {
    const { el, status, setText, setAttribute, pill, missing } = scopc.dom;
    const sign = el("button", { type: "button", class: "line-button" });
    const level = status();
    const verdict = el("span", {});
    const cells = Object.fromEntries(["hours", "share", "kept", "km", "complete"].map((key) => [key, el("span", {})]));
    const root = el("tr", {}, el("th", { scope: "row" }, sign), el("td", {}, level.root, verdict), ...Object.values(cells).map((cell) => el("td", { class: "num" }, cell)));
    let drawn = null;
    let routeId = null;
    sign.addEventListener("click", () => scopc.pageState.set({ ladderRouteId: routeId }));

    function draw({ routeId: id, item }, isChosen) {
      routeId = id;
      if (drawn !== id) sign.replaceChildren(pill(scopc.panelFleet.routeOf(id)));
      drawn = id;
      setAttribute(root, "data-selected", isChosen ? "1" : null);
      level.root.hidden = item === null;
      level.set(item === null ? "unknown" : STATUS[item.verdict] || "unknown");
      missing(verdict, item === null ? null : text(`verdict.${item.verdict}`));
      const hours = item && decimal(item.bus_hours_observed);
      const isKnown = item !== null && item.completeness > 0;
      setText(cells.hours, isKnown && hours !== null ? `${hours}/${decimal(item.bus_hours_owed)}` : "–");
      setText(cells.share, (item && share(item.in_service_share)) ?? "–");
      setText(cells.kept, (item && share(item.headways_kept)) ?? "–");
      setText(cells.km, (isKnown && decimal(item.vehicle_km)) || "–");
      setText(cells.complete, (item && share(item.completeness)) ?? "–");
    }
    return { root, draw };
  }

  /** The hours of one line: what comes, what is there, what is missing. */
  function createHours() {
    const { el, pool, setText, setAttribute } = scopc.dom;
    const headRow = el("tr", {}, el("th", { scope: "col" }, text("service.hour")));
    const drawHead = pool(headRow, () => el("th", { scope: "col", class: "num" }));
    const body = el("tbody");
    const rows = HOUR_ROWS.map((key) => {
      const row = el("tr", { "data-key": key }, el("th", { scope: "row" }, text(`service.${key}`)));
      body.append(row);
      return { key, draw: pool(row, () => el("td", { class: "num" })) };
    });
    const root = el("table", { class: "balance" }, el("caption", {}), el("thead", {}, headRow), body);

    function draw(sign, hours) {
      setText(root.caption, text("service.balance", { line: sign.short }));
      drawHead(hours, (cell, { hour }) => setText(cell, String(hour).padStart(2, "0")));
      for (const { key, draw: drawCells } of rows) {
        drawCells(hours, (cell, hour) => {
          const words = hourText(hour, key);
          setText(cell, words ?? "–");
          setAttribute(cell, "data-zero", words === "0" ? "1" : null);
          setAttribute(cell, "data-lacking", key === "lacking" && hour.lacking > 0 ? "1" : null);
        });
      }
    }
    return { root, draw };
  }

  scopc.mounts["service-contract"] = (element) => {
    const { el, pool, arrange, setText } = scopc.dom;
    const { pageState } = scopc;
    const { zone, lang, buddhistEra } = scopc.clock.pageOptions();
    let back = 0;
    let answer = null;
    const earlier = el("button", { type: "button", class: "button", "aria-label": text("service.earlier") }, "←");
    const later = el("button", { type: "button", class: "button", "aria-label": text("service.later") }, "→");
    const day = el("strong", { class: "service__day" });
    const body = el("tbody");
    const head = (key, kind = "num") => el("th", { scope: "col", class: kind, title: scopc.dom.words(`service.${key}_long`, "") }, text(`service.${key}`));
    const table = el(
      "table",
      { class: "service" },
      el("caption", { class: "visually-hidden" }, text("service.caption")),
      el("thead", {}, el("tr", {}, head("line", ""), head("verdict", ""), head("hours"), head("share"), head("kept"), head("km"), head("complete"))),
      body,
    );
    const hours = createHours();
    const quiet = el("p", { class: "quiet" }, text("service.no_hours"));
    const none = el("p", { class: "missing" }, text("no.data"));
    const tools = el("div", { class: "toolbar" }, earlier, day, later);
    const drawRows = pool(body, createRow);
    const today = () => dayOf(scopc.freshness.clock.now(), back, zone);
    const polling = scopc.poll(element.parentElement, {
      address: () => `/api/v1/service?from=${today()}&to=${today()}`,
      everyS: ASK_EVERY_S,
      onAnswer: (next) => {
        answer = next;
      },
    });
    const turn = (days) => () => {
      back = Math.max(0, Math.min(MOST_BACK, back + days));
      polling.now();
      draw();
    };
    earlier.addEventListener("click", turn(1));
    later.addEventListener("click", turn(-1));

    function draw() {
      const now = scopc.freshness.clock.now();
      later.disabled = back === 0;
      earlier.disabled = back === MOST_BACK;
      setText(day, scopc.clock.dateText(now - back * DAY_MS, { zone, lang, buddhistEra }));
      const rows = answer === null ? [] : rowsOf(answer.items, today(), scopc.panelFleet.signs().map((sign) => sign.route_id));
      const chosen = rows.find(({ routeId }) => routeId === pageState.get().ladderRouteId) || rows[0];
      drawRows(rows, (row, one) => row.draw(one, one === chosen));
      const balance = chosen && chosen.item ? chosen.item.hours : [];
      if (balance.length > 0) hours.draw(scopc.panelFleet.routeOf(chosen.routeId), balance);
      arrange(element, answer === null ? [tools, none] : [tools, table, balance.length > 0 ? hours.root : quiet]);
    }

    const stop = scopc.operations.watch(element, draw);
    return () => {
      stop();
      polling();
    };
  };

  return { dayOf, rowsOf, hourText };
})();
