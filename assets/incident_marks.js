/**
 * Incidents on a map: a status shape at the place of each, its kind and age beside it. Real buttons, so that they take
 * the focus and a click; list and map share `pageState.incidentId`.
 *
 *   const marks = scopc.incidentMarks.attach(L, map, {pageState, store: scopc.incidentStore, shown})
 */
window.scopc = window.scopc || {};
scopc.incidentMarks = (() => {
  "use strict";

  const PANE = "scopc-incidents";
  const PANE_Z = 460; // over vehicles (450), under cards
  const MOST = 100; // a flood of them is read in the list
  const WORDS_UP_TO = 12; // with more, only the age stands beside the shape
  const AGE_EVERY_MS = 10000;

  // ---- pure ----

  /**
   * Where an incident is: the middle of its own points, else nowhere.
   * @returns {[number, number]|null} lat, lon
   */
  function placeOf({ points }) {
    if (!points || points.length === 0) return null;
    const place = points[Math.floor((points.length - 1) / 2)];
    return place.every(Number.isFinite) ? place : null;
  }

  /** Words beside the mark; the kind only while there are few. */
  function labelOf(kind, age, count) {
    return count <= WORDS_UP_TO ? `${kind} ${age}` : age;
  }

  // ---- the marks ----

  function createMark(pageState) {
    const { el, shape, setText, setAttribute, words } = scopc.dom;
    const sign = el("span", { class: "map-incident__shape" });
    const label = el("span", { class: "map-incident__label" });
    const button = el("button", { type: "button", class: "map-incident" }, sign, label);
    const root = el("div", { class: "map-anchor" }, button);
    let key = null;
    let drawnStatus = null;
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      pageState.set({ incidentId: pageState.get().incidentId === key ? null : key });
    });

    function draw(incident, { now, count, lang, isWall }) {
      const { incidentPanel, freshness, page } = scopc;
      key = incidentPanel.keyOf(incident);
      const status = incidentPanel.statusOf(incident.severity);
      if (status !== drawnStatus) sign.replaceChildren(shape(status));
      drawnStatus = status;
      const kind = words(`incident.${incident.kind}`, incident.kind);
      const since = Date.parse(incident.started_at || incident.received_at);
      const age = Number.isNaN(since) ? "" : freshness.ageText(now - since);
      setText(label, isWall ? age : labelOf(kind, age, count));
      const title = incidentPanel.inLanguage(incident.title, lang);
      const spoken = [title, kind, page.text(`level.${status}`), age].filter(Boolean).join(" · ");
      setAttribute(button, "title", spoken);
      setAttribute(button, "aria-label", spoken);
      setAttribute(button, "data-status", status);
      setAttribute(button, "aria-pressed", String(pageState.get().incidentId === key));
    }
    return { root, draw };
  }

  function attach(L, map, { pageState, store, shown }) {
    const pane = map.getPane(PANE) || map.createPane(PANE);
    pane.style.zIndex = PANE_Z;
    L.DomEvent.disableClickPropagation(pane);
    const write = scopc.dom.pool(pane, () => createMark(pageState));
    let placed = []; // what stands on the map, with its mark
    let isOwnChoice = false;

    const isShown = () => shown.has("incidents");

    function draw() {
      pane.hidden = !isShown();
      if (pane.hidden || !scopc.islands.isShown(map.getContainer())) return;
      const here = store.list().filter((one) => placeOf(one) !== null).slice(0, MOST);
      const about = { now: scopc.freshness.clock.now(), count: here.length, lang: scopc.page.lang(), isWall: scopc.page.isWall() };
      placed = [];
      write(here, (mark, incident) => {
        mark.draw(incident, about);
        placed.push({ mark, place: placeOf(incident), key: scopc.incidentPanel.keyOf(incident) });
      });
      place();
    }

    function place() {
      for (const { mark, place: at } of placed) L.DomUtil.setPosition(mark.root, map.latLngToLayerPoint(at));
    }

    function onZoomAnim({ zoom, center }) {
      for (const { mark, place: at } of placed) {
        L.DomUtil.setPosition(mark.root, map._latLngToNewLayerPoint(L.latLng(at), zoom, center));
      }
    }

    /** Somebody chose an incident elsewhere on the page: bring it into view, unless it is. */
    function onChosen({ incidentId }) {
      draw();
      const found = placed.find(({ key }) => key === incidentId);
      if (found && !isOwnChoice && !scopc.page.isWall() && !map.getBounds().contains(found.place)) map.panTo(found.place);
    }

    pane.addEventListener("click", () => { isOwnChoice = true; }, true);
    pane.addEventListener("click", () => { isOwnChoice = false; });
    const stops = [store.subscribe(draw), pageState.subscribe(onChosen, ["incidentId"]), shown.subscribe(draw)];
    const timer = window.setInterval(() => window.document.hidden || draw(), AGE_EVERY_MS);
    map.on("moveend", draw); // a wall's scene has come back
    map.on("viewreset zoomend", place);
    map.on("zoomanim", onZoomAnim);
    map.on("unload", () => {
      window.clearInterval(timer);
      stops.forEach((stop) => stop());
    });
    draw();
  }

  return { attach, placeOf, labelOf };
})();
