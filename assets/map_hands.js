/**
 * What a person does on the map with vehicles: point, click, keys, follow; and the card and tip that answer.
 *
 * Keys while the map has the focus: `[` and `]` go through the vehicles in the order of the lists, `f` follows.
 * Escape deselects wherever the focus is, but in a field that has text. A card stays until it is closed.
 */
window.scopc = window.scopc || {};
scopc.mapHands = (() => {
  "use strict";

  const PANE = "scopc-cards";
  const PANE_Z = 690; // over everything that moves, under Leaflet's controls
  const REACH_PX = { mouse: 14, touch: 24, pen: 18 };
  const CARD_EVERY_MS = 250;
  const FOLLOW_SLACK = 0.12; // of the map's smaller side: the view moves now and then, not all the time
  const GAP_PX = 4;
  const EDGE_PX = 8;
  const PAN = { animate: true, duration: 0.5 };

  /**
   * The neighbour of an id in a list, round the ends; the first for none.
   * @param {string[]} ids
   * @param {1|-1} step
   */
  function neighbour(ids, id, step) {
    if (ids.length === 0) return null;
    const at = ids.indexOf(id);
    if (at < 0) return step > 0 ? ids[0] : ids[ids.length - 1];
    return ids[(at + step + ids.length) % ids.length];
  }

  /**
   * Where a box stands beside a point: to the upper right, below where there is no room above, inside the map.
   * @param {{x: number, y: number}} point px of the map
   * @param {{w: number, h: number}} box
   * @param {{x: number, y: number}} size of the map
   * @param {number} gap from the point
   * @returns {{left: number, top: number}} from the point to the box's upper left corner
   */
  function besidePoint(point, box, size, gap) {
    const left = Math.max(EDGE_PX, Math.min(point.x + gap, size.x - box.w - EDGE_PX));
    const above = point.y - gap - box.h;
    const top = above >= EDGE_PX ? above : point.y + gap;
    return { left: Math.round(left - point.x), top: Math.round(top - point.y) };
  }

  /** Sign of a route: its own, or its id on grey. */
  function signOf(routes, routeId) {
    if (routeId === null || routeId === undefined) return undefined;
    return routes.find((route) => route.route_id === routeId) || { short: routeId, colour: "grey" };
  }

  /**
   * @param {object} L Leaflet
   * @param {object} map
   * @param {object} layer from vehicleLayer
   * @param {{fleet: object, pageState: object, routes: object[]}} options
   */
  function attach(L, map, layer, { fleet, pageState, routes }) {
    const model = fleet.model();
    const container = map.getContainer();
    const pane = map.getPane(PANE) || map.createPane(PANE);
    const card = scopc.vehicleCard.createCard({ onClose: close, onFollow: toggleFollow });
    const tip = scopc.vehicleCard.createTip();
    const anchors = new Map([
      [card, null],
      [tip, null],
    ]); // what is shown -> its place in the world
    let cardShownAt = -Infinity;
    let pointed = null; // the last pointer event that waits for the next frame
    let isOwnSelection = false;
    let isPanning = false;
    pane.style.zIndex = PANE_Z;
    tip.element.style.pointerEvents = "none";
    L.DomEvent.disableClickPropagation(card.element);
    L.DomEvent.disableScrollPropagation(card.element);

    function close() {
      pageState.select(null);
      container.focus({ preventScroll: true });
    }

    function toggleFollow() {
      pageState.set({ follow: !pageState.get().follow });
    }

    // ---- card and tip ----

    /** Put a card or tip beside a place of the world; its words are written already. */
    function putDown(shown, x, y) {
      if (anchors.get(shown) === null) pane.append(shown.element);
      anchors.set(shown, { x, y });
      const point = layer.containerPoint(x, y).round();
      const box = { w: shown.box.offsetWidth, h: shown.box.offsetHeight };
      const { left, top } = besidePoint(point, box, map.getSize(), layer.markPx() * 2 + GAP_PX);
      const inset = `${top}px auto auto ${left}px`;
      if (shown.inset !== inset) {
        shown.inset = inset;
        shown.box.style.inset = inset;
      }
      setPosition(shown, map.containerPointToLayerPoint(point));
    }

    function setPosition(shown, point) {
      const before = L.DomUtil.getPosition(shown.element);
      if (!before || !before.equals(point)) L.DomUtil.setPosition(shown.element, point);
    }

    function takeAway(shown) {
      if (anchors.get(shown) === null) return;
      anchors.set(shown, null);
      shown.element.remove();
    }

    function showCard(now) {
      const { selectedId } = pageState.get();
      const slot = model.slotOf(selectedId);
      const place = slot < 0 ? anchors.get(card) : { x: model.x[slot], y: model.y[slot] };
      if (selectedId === null || place === null || Number.isNaN(place.x)) {
        takeAway(card);
        return;
      }
      if (now - cardShownAt >= CARD_EVERY_MS || now < cardShownAt) {
        cardShownAt = now;
        const vehicle = model.vehicle(selectedId, now);
        if (vehicle === null) card.showGone();
        else card.show(vehicle, signOf(routes, vehicle.route_id));
      }
      putDown(card, place.x, place.y);
    }

    function showTip(now) {
      const { hoverId, selectedId } = pageState.get();
      const vehicle = hoverId === null || hoverId === selectedId ? null : model.vehicle(hoverId, now);
      if (vehicle === null || vehicle.lat === null) {
        takeAway(tip);
        return;
      }
      const slot = model.slotOf(hoverId);
      tip.show(vehicle, signOf(routes, vehicle.route_id));
      putDown(tip, model.x[slot], model.y[slot]);
    }

    function onDrawn(now) {
      showCard(now);
      showTip(now);
      if (pageState.get().follow) follow();
    }

    // ---- the view ----

    /** Where the selected vehicle is in the container, or null. */
    function selectedPoint() {
      const slot = model.slotOf(pageState.get().selectedId);
      if (slot < 0 || Number.isNaN(model.x[slot])) return null;
      return layer.containerPoint(model.x[slot], model.y[slot]);
    }

    function panTo(point) {
      isPanning = true;
      const options = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? { animate: false } : PAN;
      map.panTo(map.containerPointToLatLng(point), options);
    }

    /** Keep the selected vehicle about the middle. */
    function follow() {
      const point = selectedPoint();
      if (point === null || isPanning) return;
      const size = map.getSize();
      const slack = FOLLOW_SLACK * Math.min(size.x, size.y);
      if (point.distanceTo(size.divideBy(2)) > slack) panTo(point);
    }

    /** Somebody chose a vehicle elsewhere on the page: bring it into view, unless it is. */
    function reveal() {
      const point = selectedPoint();
      if (point === null) return;
      const size = map.getSize();
      const isInView = point.x > 0 && point.y > 0 && point.x < size.x && point.y < size.y;
      if (!isInView) panTo(point);
    }

    // ---- pointer and keys ----

    function hitAt(event, pointerType) {
      const reach = Math.max(REACH_PX[pointerType] || REACH_PX.mouse, layer.markPx() * 1.4);
      return layer.hit(map.mouseEventToContainerPoint(event), reach);
    }

    function onPointerMove(event) {
      if (event.pointerType === "touch") return;
      if (pointed === null) window.requestAnimationFrame(point);
      pointed = event;
    }

    function point() {
      const event = pointed;
      pointed = null;
      const isOnCard = event === null || card.element.contains(event.target);
      const hoverId = isOnCard || event.buttons !== 0 ? null : hitAt(event, event.pointerType);
      container.toggleAttribute("data-over-vehicle", hoverId !== null);
      container.style.cursor = hoverId === null ? "" : "pointer";
      pageState.set({ hoverId });
    }

    function onPointerLeave() {
      container.style.cursor = "";
      pageState.set({ hoverId: null });
    }

    function onClick(event) {
      const id = hitAt(event.originalEvent, event.originalEvent.pointerType);
      if (id === null) return;
      isOwnSelection = true;
      pageState.select(id);
      isOwnSelection = false;
    }

    function onKey(event) {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const steps = { "[": -1, "]": 1 };
      if (event.key in steps) pageState.select(neighbour(model.order(), pageState.get().selectedId, steps[event.key]));
      else if (event.key === "f" && pageState.get().selectedId !== null) toggleFollow();
      else if (event.key.startsWith("Arrow")) pageState.set({ follow: false });
    }

    function onDocumentKey(event) {
      if (event.key !== "Escape" || pageState.get().selectedId === null) return;
      const { target } = event;
      const isTyping = target.matches && target.matches("input, textarea, select") && target.value !== "";
      if (!isTyping) pageState.select(null);
    }

    function onState(state, changed) {
      card.showFollow(state.follow);
      if (!changed.includes("selectedId")) return;
      cardShownAt = -Infinity;
      // The card of the last vehicle must not stand in for one that was never in the picture.
      if (state.selectedId !== null && model.slotOf(state.selectedId) < 0) takeAway(card);
      if (!isOwnSelection && state.selectedId !== null) reveal();
    }

    function onZoomAnim(event) {
      for (const [shown, place] of anchors) {
        if (place === null) continue;
        const { lat, lon } = scopc.mercator.toDegrees(place.x, place.y);
        L.DomUtil.setPosition(shown.element, map._latLngToNewLayerPoint(L.latLng(lat, lon), event.zoom, event.center));
      }
    }

    card.showFollow(pageState.get().follow);
    layer.onDrawn(onDrawn);
    container.addEventListener("pointermove", onPointerMove);
    container.addEventListener("pointerleave", onPointerLeave);
    container.addEventListener("keydown", onKey);
    document.addEventListener("keydown", onDocumentKey);
    map.on("click", onClick);
    map.on("zoomanim", onZoomAnim);
    map.on("dragstart", () => pageState.set({ follow: false }));
    map.on("moveend", () => {
      isPanning = false;
    });
    const stop = pageState.subscribe(onState, ["selectedId", "follow"]);
    map.on("unload", () => {
      stop();
      document.removeEventListener("keydown", onDocumentKey);
    });
  }

  return { attach, neighbour, besidePoint, signOf };
})();
