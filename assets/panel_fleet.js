/**
 * The fleet as the panels see it: one model for all of them, drawn once a second.
 *
 *   const stop = scopc.panelFleet.watch(element, ({fleet, now, hasVehicles, feedNames}) => ...)
 *   scopc.panelFleet.routeOf(routeId)       the route's sign; grey with its own id for a line without one; null for none
 *   scopc.panelFleet.stateAt(fleet, i, now, limits)      "live" | "late" | "ghost" of a slot
 *   scopc.panelFleet.sortIds(fleet, ids, sort, now, limits)
 *
 * Panels are drawn at the first frame, then each second, and at once when the reader selects, filters or sorts.
 */
window.scopc = window.scopc || {};
scopc.panelFleet = (() => {
  "use strict";

  const collator = new Intl.Collator(undefined, { numeric: true });
  const STATES = ["live", "late", "ghost"];
  const URGENCY = { ghost: 0, late: 1, live: 2 };
  const CROWDING = [
    "EMPTY",
    "MANY_SEATS_AVAILABLE",
    "FEW_SEATS_AVAILABLE",
    "STANDING_ROOM_ONLY",
    "CRUSHED_STANDING_ROOM_ONLY",
    "FULL",
    "NOT_ACCEPTING_PASSENGERS",
  ];

  // ---- pure ----

  /** State of a slot by the age of its fix, or what the server says when that is worse. */
  function stateAt(fleet, i, now, limits) {
    const byAge = scopc.freshness.vehicleState(now - fleet.observedMs[i], limits);
    return STATES[Math.max(fleet.serverState[i], byAge)];
  }

  /** How full a vehicle is, for sorting: people before words, unknown as null. */
  function loadRank({ passengers, occupancy }) {
    if (Number.isFinite(passengers)) return passengers;
    const level = CROWDING.indexOf(occupancy);
    return level < 0 ? null : level - CROWDING.length;
  }

  /** A number to sort a vehicle by, null where it is unknown; null for columns that are sorted by name. */
  function sortKey(fleet, key, now, limits) {
    const slot = (id) => fleet.slotOf(id);
    const fact = (read) => (id) => {
      const facts = fleet.factsOf(id);
      return facts === null ? null : read(facts);
    };
    const known = (value) => (Number.isFinite(value) ? value : null);
    return {
      state: (id) => URGENCY[stateAt(fleet, slot(id), now, limits)],
      age: (id) => Math.floor((now - fleet.observedMs[slot(id)]) / 1000),
      speed: (id) => known(fleet.speedKmh[slot(id)]),
      load: fact(loadRank),
      battery: fact((facts) => known(facts.battery_pct)),
    }[key];
  }

  /**
   * Ids in the order of the list. Unknown values stand last, whichever way the rest runs; equals keep the fleet's
   * order, by line and label, so that rows do not dance.
   * @param {string[]} ids in the fleet's own order
   * @param {{key: string, isDescending: boolean}} sort
   */
  function sortIds(fleet, ids, { key, isDescending }, now, limits) {
    const sign = isDescending ? -1 : 1;
    if (key === "line") return isDescending ? [...ids].reverse() : ids;
    if (key === "label") {
      const name = (id) => fleet.labels[fleet.slotOf(id)] || id;
      return [...ids].sort((a, b) => sign * collator.compare(name(a), name(b)));
    }
    const valueOf = sortKey(fleet, key, now, limits);
    const values = new Map(ids.map((id) => [id, valueOf(id)]));
    return [...ids].sort((a, b) => {
      const [x, y] = [values.get(a), values.get(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (x - y);
    });
  }

  // ---- the page's panels ----

  const watchers = new Set();
  const feedNames = new Map();
  let isStarted = false;
  let isDrawn = false; // with vehicles

  const limits = () => scopc.page.config().limits;
  const signs = () => scopc.page.config().routes || [];

  function routeOf(routeId) {
    if (routeId === null || routeId === undefined) return null;
    const sign = signs().find((route) => route.route_id === routeId);
    return sign || { route_id: routeId, short: routeId, colour: "grey" };
  }

  /** A feed's name in the page's language; its id before the first frame of feeds. */
  const feedName = (feedId) => feedNames.get(feedId) ?? feedId;

  /** What a panel needs to draw itself. */
  function picture() {
    const fleet = scopc.fleet.model();
    return { fleet, now: scopc.fleet.now(), hasVehicles: fleet.frameT !== null, feedNames };
  }

  function drawAll() {
    const now = picture();
    isDrawn = now.hasVehicles;
    for (const draw of [...watchers]) draw(now);
  }

  /** Places wait for the next second, but for the first; facts and the reader's choices do not wait. */
  function onFleet(what) {
    if (what !== "places" || !isDrawn) drawAll();
  }

  function start() {
    isStarted = true;
    scopc.fleet.subscribe(onFleet);
    scopc.stream.subscribe("feeds", (frame) => {
      frame.feeds.forEach((feed) => feedNames.set(feed.feed_id, feed.name[scopc.page.lang()]));
    });
    scopc.pageState.subscribe(drawAll, ["selectedId", "follow"]);
    scopc.clock.everySecond(() => window.document.hidden || drawAll());
  }

  /** Draw an island now and every second. @returns {() => void} stop */
  function watch(element, draw) {
    const guarded = scopc.islands.guarded(element, draw);
    if (!isStarted) start();
    watchers.add(guarded);
    guarded(picture());
    return () => watchers.delete(guarded);
  }

  return { watch, routeOf, feedName, signs, limits, stateAt, sortIds, STATES };
})();
