/**
 * What a person does on the map with everything but vehicles: point at a link, stop or facility and read its tip, click
 * to choose it. Vehicles come first: where one is under the pointer, nothing else is.
 *
 *   scopc.mapObjects.attach(L, map, {links, marks, vehicles}, {networkLinks, stopPlaces, pageState})
 *
 * A link or stop that was chosen in a list is brought into view.
 */
window.scopc = window.scopc || {};
scopc.mapObjects = (() => {
  "use strict";

  const PANE = "scopc-cards"; // of map_hands.js
  const REACH_PX = { mouse: 6, touch: 16, pen: 8 };
  const MARK_REACH_PX = { mouse: 10, touch: 20, pen: 12 };
  const GAP_PX = 12;
  const REFRESH_MS = 5000;

  const text = (key, values) => scopc.page.text(key, values);

  // ---- pure ----

  /**
   * What the tip of a link says; what is not known is said to be so.
   * @param {object} link of networkLinks
   * @returns {{title: string, lines: string[]}}
   */
  function linkWords(link, { say = text, feedName = (id) => id, ageText = scopc.freshness.ageText } = {}) {
    const flow = () => {
      if (link.isClosed) return say("traffic.closed");
      if (link.speedKmh === null) return say("no.data");
      return `${Math.round(link.speedKmh)}/${Math.round(link.freeFlowKmh)} ${say("unit.kmh")} · ${say("traffic.level", { letter: link.los })}`;
    };
    const source = link.source === null ? null : link.source === "probe" ? say("traffic.probe") : feedName(link.source);
    const origin = [source, link.ageMs === null ? null : say("age.ago", { age: ageText(link.ageMs) })].filter(Boolean).join(" · ");
    const lines = [flow(), origin];
    if (link.isDisputed) lines.push(say("traffic.disputed"));
    if (link.isFreeFlowAssumed && link.speedKmh !== null) lines.push(say("traffic.free_flow_assumed"));
    return { title: link.name, lines: lines.filter(Boolean) };
  }

  /** What the tip of a facility says. */
  function facilityWords(facility, { lang, say = text, feedName = (id) => id, ageText = scopc.freshness.ageText } = {}) {
    const name = scopc.incidentPanel.inLanguage(facility.name, lang) || facility.facility_id;
    const { isUsable, available, capacity } = facility;
    const hasBoth = isUsable && Number.isFinite(capacity);
    const free = !isUsable ? say("no.data") : hasBoth ? say("facility.free_of", { n: available, of: capacity }) : say("facility.free", { n: available });
    const age = facility.ageMs === null ? null : say("age.ago", { age: ageText(facility.ageMs) });
    const kind = say(`facility.${facility.facilityKind || facility.kind}`);
    return { title: name, lines: [`${kind} · ${free}`, [feedName(facility.feed_id), age].filter(Boolean).join(" · ")] };
  }

  // ---- the tip ----

  function createTip() {
    const { el, pool, setText } = scopc.dom;
    const title = el("strong", { class: "map-note__title" });
    const lines = el("div", {});
    const box = el("div", { class: "map-note" }, title, lines);
    const element = el("div", { class: "map-anchor leaflet-zoom-animated" }, box);
    const write = pool(lines, () => el("p", {}));
    element.style.pointerEvents = "none";
    const show = (words) => {
      setText(title, words.title);
      write(words.lines, (line, said) => setText(line, said));
    };
    return { element, box, show };
  }

  /**
   * @param {object} L Leaflet
   * @param {object} map
   * @param {{links: object, marks: object, vehicles: object}} layers
   * @param {{networkLinks: object, stopPlaces: object, pageState: object}} sources
   */
  function attach(L, map, { links, marks, vehicles }, { networkLinks, stopPlaces, pageState }) {
    const container = map.getContainer();
    const tip = createTip();
    let pointed = null; // the last pointer event that waits for the next frame
    let shown = null; // what the tip tells of
    let isOwnChoice = false;

    /** What is under a pointer beside vehicles: marks before links. */
    function objectAt(event) {
      const point = map.mouseEventToContainerPoint(event);
      const mark = marks.hit(point, MARK_REACH_PX[event.pointerType] || MARK_REACH_PX.mouse);
      if (mark !== null) return mark;
      const index = links.hit(point, REACH_PX[event.pointerType] || REACH_PX.mouse);
      return index < 0 ? null : { kind: "link", index };
    }

    function wordsOf(object) {
      const { feedName } = scopc.panelFleet;
      if (object.kind === "stop") return { title: object.name, lines: [] };
      if (object.kind === "facility") return facilityWords(object, { lang: scopc.page.lang(), feedName });
      const link = networkLinks.link(object.index, scopc.freshness.clock.now());
      return link === null ? null : linkWords(link, { feedName });
    }

    function hide() {
      if (shown === null) return;
      shown = null;
      tip.element.remove();
    }

    function show(object, point) {
      const words = wordsOf(object);
      if (words === null) {
        hide();
        return;
      }
      tip.show(words);
      if (shown === null) map.getPane(PANE).append(tip.element);
      shown = object;
      if (point === null) return;
      const box = { w: tip.box.offsetWidth, h: tip.box.offsetHeight };
      const { left, top } = scopc.mapHands.besidePoint(point, box, map.getSize(), GAP_PX);
      tip.box.style.inset = `${top}px auto auto ${left}px`;
      L.DomUtil.setPosition(tip.element, map.containerPointToLayerPoint(point));
    }

    function onPointerMove(event) {
      if (event.pointerType === "touch") return;
      if (pointed === null) window.requestAnimationFrame(look);
      pointed = event;
    }

    /** After the hands of the vehicles, whose frame was asked for first. */
    function look() {
      const event = pointed;
      pointed = null;
      const isOnMap = event !== null && event.target instanceof window.Element && event.target.closest(".map-card, .map-incident, .leaflet-control") === null;
      const isFree = isOnMap && event.buttons === 0 && !container.hasAttribute("data-over-vehicle");
      const object = isFree ? objectAt(event) : null;
      if (object === null) {
        hide();
        return;
      }
      container.style.cursor = "pointer";
      show(object, map.mouseEventToContainerPoint(event));
    }

    function onClick({ originalEvent }) {
      const point = map.mouseEventToContainerPoint(originalEvent);
      if (vehicles.hit(point, vehicles.markPx() * 1.4) !== null) return;
      const object = objectAt(originalEvent);
      if (object === null) return;
      isOwnChoice = true;
      choose(object);
      isOwnChoice = false;
      show(object, point);
    }

    function choose(object) {
      if (object.kind === "stop") pageState.set({ stopId: object.id });
      if (object.kind !== "link") return;
      const { facts } = networkLinks.current();
      const id = facts === null ? null : facts[object.index].id;
      pageState.set({ linkId: pageState.get().linkId === id ? null : id });
    }

    /** Where what was chosen last is, lat and lon, or null. */
    function placeOf({ linkId, stopId }, key) {
      if (key === "stopId") {
        const stop = stopPlaces.all().get(stopId);
        return stop ? [stop.lat, stop.lon] : null;
      }
      const { collection } = networkLinks.current();
      const link = collection && collection.features.find(({ properties }) => properties.link_id === linkId);
      const line = link ? link.geometry.coordinates : [];
      const middle = line[Math.floor(line.length / 2)];
      return middle ? [middle[1], middle[0]] : null;
    }

    function onState(state, changed) {
      const place = isOwnChoice ? null : placeOf(state, changed[0]);
      if (place !== null && !map.getBounds().contains(place)) map.panTo(place);
    }

    container.addEventListener("pointermove", onPointerMove);
    container.addEventListener("pointerleave", hide);
    map.on("click", onClick);
    map.on("zoomstart movestart", hide);
    const stop = pageState.subscribe(onState, ["linkId", "stopId"]);
    const timer = window.setInterval(() => shown !== null && show(shown, null), REFRESH_MS);
    map.on("unload", () => {
      stop();
      window.clearInterval(timer);
    });
  }

  return { attach, linkWords, facilityWords };
})();
