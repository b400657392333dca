/**
 * Islands `slow-links` (the links farthest below their free flow) and `traffic-index` (the city now against the typical
 * for this hour, and the last 24 hours).
 *
 * Topic `traffic` (format: data_sources/views/traffic.py): `index` is the mean share of free flow over links by length,
 * 0 to 1, null where too little is known; `hours` are 24, oldest first; `rows` are roads and lines over the same hours.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.trafficPanel = (() => {
  "use strict";

  const CADENCE_S = 60;
  const text = (key, values) => scopc.page.text(key, values);
  const percent = (share) => String(Math.round(share * 100));

  // ---- slowest links ----

  /** A name that breaks between its phrases: a browser's dictionary cuts the names of Thai places in two. */
  function writePhrases(element, words) {
    if (element.textContent === words) return;
    const parts = words.split(" ").flatMap((part) => [" ", scopc.dom.el("span", { class: "phrase" }, part)]);
    element.replaceChildren(...parts.slice(1));
  }

  function createRow() {
    const { el, los, setText, setAttribute } = scopc.dom;
    const level = los();
    // A wall has nothing to touch.
    const name = scopc.page.isWall() ? el("span", { class: "slow__name" }) : el("button", { type: "button", class: "row-button slow__name" });
    const speed = el("strong", {});
    const of = el("span", { class: "of" });
    const age = el("span", { class: "slow__age" });
    const root = el("li", { class: "slow__row" }, level.root, name, el("span", { class: "num slow__speed" }, speed, of), age);
    let linkId = null;
    name.addEventListener("click", () => scopc.pageState.set({ linkId }));

    function draw(link) {
      linkId = link.id;
      level.set(link.los);
      writePhrases(name, link.name);
      name.title = link.name;
      setText(speed, link.isClosed ? text("traffic.closed") : String(Math.round(link.speedKmh)));
      setText(of, link.isClosed ? "" : `/${Math.round(link.freeFlowKmh)}`);
      const old = link.ageMs === null ? "" : scopc.freshness.ageText(link.ageMs);
      const source = link.source === "probe" ? text("traffic.probe") : scopc.panelFleet.feedName(link.source);
      setText(age, [source, old].filter(Boolean).join(" · "));
      setAttribute(root, "data-age", link.age);
      setAttribute(root, "data-selected", scopc.pageState.get().linkId === link.id ? "1" : null);
    }
    return { root, draw };
  }

  scopc.mounts["slow-links"] = (element) => {
    const { el, pool, arrange, missing, setText } = scopc.dom;
    const list = el("ol", { class: "slow" });
    const blind = el("p", { class: "slow__blind quiet" });
    const none = el("p", {});
    missing(none, null);
    const drawRows = pool(list, createRow);
    const most = Number(element.dataset.rows) || 3;
    let drawn = {}; // the links and the chosen one that stand in the list

    return scopc.networkLinks.watch(element, ({ links }) => {
      // The same list of links is told for seconds, until they are judged anew: thousands need not be sorted again.
      const { linkId } = scopc.pageState.get();
      if (links === drawn.links && linkId === drawn.linkId) return;
      // Links that carry a line come first of all; a city without such links still has roads.
      const onRoutes = (links || []).filter(({ routeIds }) => routeIds.length > 0);
      const looked = element.dataset.scope === "city" || onRoutes.length === 0 ? links || [] : onRoutes;
      const rows = scopc.networkLinks.slowest(looked, most);
      const unseen = looked.filter(({ age }) => age === "missing" || age === "stale").length;
      drawRows(rows, (row, link) => row.draw(link));
      setText(blind, text("traffic.blind", { n: unseen, of: looked.length }));
      arrange(element, [rows.length > 0 ? list : none, ...(unseen > 0 ? [blind] : [])]);
      drawn = { links, linkId };
    });
  };

  // ---- the city's index ----

  /** What the index says beside the typical one, in words. */
  function comparison(index, typical, say = text) {
    if (index === null || typical === null) return "";
    const points = Math.round(index * 100) - Math.round(typical * 100);
    if (points === 0) return say("traffic.as_typical");
    return say(points < 0 ? "traffic.slower" : "traffic.faster", { n: Math.abs(points) });
  }

  /** Level of service of a share of free flow, by the pack's thresholds; "-" for null. */
  function levelOf(share, thresholds) {
    if (share === null) return "-";
    const found = Object.entries(thresholds).find(([, least]) => share >= least);
    return found ? found[0].toUpperCase() : "F";
  }

  /** Begin of each hour in the city's zone, "14:00". */
  const hourTexts = (hours, zone) => hours.map(({ start }) => scopc.clock.timeText(Date.parse(start), zone).slice(0, 5));

  /** One hour of a strip: level, words for pointer and reader; `tick` names the hour below every sixth. */
  function createHour() {
    const { el, setAttribute } = scopc.dom;
    const root = el("li", { class: "hour" });

    function draw({ at, share, los, typical = null, hasTick }) {
      const value = share === null ? text("no.data") : `${percent(share)} % ${los}`;
      const usual = typical === null ? "" : ` (${text("traffic.typical")} ${percent(typical)} %)`;
      setAttribute(root, "data-los", los);
      setAttribute(root, "title", `${at} · ${value}${usual}`);
      setAttribute(root, "aria-label", `${at} ${value}${usual}`);
      setAttribute(root, "data-tick", hasTick && Number(at.slice(0, 2)) % 6 === 0 ? at.slice(0, 2) : null);
    }
    return { root, draw };
  }

  /** A road or a line over the day. */
  function createDay() {
    const { el, pool, setText, setAttribute } = scopc.dom;
    const name = el("span", { class: "day__name" });
    const strip = el("ol", { class: "hours" });
    const drawHours = pool(strip, createHour);
    const root = el("div", { class: "day" }, name, strip);

    function draw(row, times, thresholds) {
      const words = row.name[scopc.page.lang()];
      setText(name, words);
      name.title = words;
      setAttribute(strip, "aria-label", words);
      drawHours(row.ratios, (cell, share, i) => cell.draw({ at: times[i], share, los: levelOf(share, thresholds), hasTick: false }));
    }
    return { root, draw };
  }

  scopc.mounts["traffic-index"] = (element) => {
    const { el, los, pool, missing, setText, setAttribute } = scopc.dom;
    const level = los();
    const value = el("span", { class: "fig" });
    const unit = el("span", { class: "of" });
    const compared = el("p", { class: "index__words" });
    const about = el("p", { class: "quiet index__about" });
    const strip = el("ol", { class: "hours", "aria-label": text("traffic.day") });
    const drawHours = pool(strip, createHour);
    const days = el("div", { class: "days" });
    const drawDays = pool(days, createDay);
    const { los: thresholds } = scopc.page.config();
    element.replaceChildren(
      el("div", { class: "index" }, level.root, el("div", {}, el("div", { class: "index__value" }, value, unit), compared, about)),
      el("p", { class: "index__day" }, text("traffic.day")),
      el("div", { class: "day day--city" }, el("span", { class: "day__name" }, text("traffic.city")), strip),
      days,
    );
    const { zone } = scopc.clock.pageOptions();
    let picture = null;
    let drawnDay; // the picture whose hours stand on the page

    /** The strips: hundreds of hours, which no passing second changes. */
    function drawDay() {
      const hours = picture === null ? [] : picture.hours;
      const times = hourTexts(hours, zone);
      drawHours(hours, (cell, hour, i) => cell.draw({ ...hour, at: times[i], share: hour.index, hasTick: true }));
      drawDays(picture === null ? [] : picture.rows, (day, row) => day.draw(row, times, thresholds));
    }

    function draw() {
      const now = scopc.freshness.clock.now();
      const hasIndex = picture !== null && picture.index !== null;
      const ageMs = hasIndex ? now - Date.parse(picture.observed_at) : null;
      // The server counts no observation that is too old for its source; a picture that it no longer renews is old.
      const age = scopc.freshness.valueClass(hasIndex ? now - Date.parse(picture.at) : null, scopc.freshness.limitsForCadence(CADENCE_S));
      const isUsable = age === "fresh" || age === "ageing";
      setAttribute(element, "data-age", age);
      missing(value, isUsable ? percent(picture.index) : null);
      setText(unit, isUsable ? ` % ${text("traffic.of_free_flow")}` : "");
      level.set(isUsable ? picture.los : "-");
      setText(compared, isUsable ? comparison(picture.index, picture.typical) : "");
      const basis = picture === null ? "" : text("traffic.basis", { n: picture.links, of: picture.of });
      setText(about, ageMs === null ? basis : `${basis} · ${text("age.ago", { age: scopc.freshness.ageText(ageMs) })}`);
      if (drawnDay !== picture) drawDay();
      drawnDay = picture;
    }

    const guarded = scopc.islands.guarded(element, draw);
    const stop = scopc.stream.subscribe("traffic", (frame) => {
      picture = frame;
    });
    const stopTicking = scopc.clock.everySecond(guarded);
    return () => {
      stop();
      stopTicking();
    };
  };

  return { comparison, levelOf, hourTexts };
})();
