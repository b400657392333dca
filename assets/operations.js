/**
 * Transit operations as the panels see them: one reading of topic `operations` for all, drawn once a second.
 *
 *   const stop = scopc.operations.watch(element, ({picture, age, now, fleet}) => ...)
 *   picture   null before the first frame, else {atMs, routes: Map(routeId -> route)}
 *   route     {routeId, owed, inService, ghosts, targetS, cv, spacings: [{leader, follower, s, kind}],
 *              vehicles: [{id, share}], lost: [{id, share}], runs: [{id, share}], next: Map(vehicleId -> {stopId, atMs})}
 *   age       "fresh" | "ageing" | "stale" | "missing": how far the picture can be trusted, by our clock
 *
 * A share is the part of the round's time gone, 0 to 1; `s` are seconds until the follower is where the leader is;
 * `kind` is "bunched", "gap" or null; `lost` are vehicles that have left the picture, where they were last; `runs` are
 * due and have no vehicle. Unknown is null, never 0.
 */
window.scopc = window.scopc || {};
scopc.operations = (() => {
  "use strict";

  const MOST_LOST = 50;
  const CADENCE_S = 5; // ingest draws the picture at least as often
  const RANK = { normal: 0, unknown: 1, watch: 2, warning: 3, critical: 4 };
  const AXIS_TARGETS = 2.1; // of the longest target: an ordinary gap is on the strip, a wide one stands at its end
  const AXIS_STEPS = [1, 2, 5, 10, 15, 20, 30, 60];
  const MOST_TICKS = 7;

  // ---- pure ----

  const known = (value) => value ?? null;

  /**
   * A frame as the panels use it (format: data_sources/views/operations.py); what it leaves out is not known.
   * @param {object|null} before the last picture: who has left it since is remembered where it was
   */
  function read(frame, before = null) {
    const routes = frame.routes.map((route) => {
      const { progress = [], spacings = [], ghost_runs: runs = [] } = route;
      const ids = new Set(progress.map((one) => one.vehicle_id));
      const old = before && before.routes.get(route.route_id);
      return {
        routeId: route.route_id,
        owed: known(route.owed),
        inService: known(route.in_service),
        ghosts: known(route.ghosts),
        targetS: known(route.target_headway_s),
        cv: known(route.cv),
        spacings: spacings.map((one) => ({ leader: one.leader_id, follower: one.follower_id, s: one.headway_s, kind: known(one.kind) })),
        vehicles: progress.map((one) => ({ id: one.vehicle_id, share: one.time_share })),
        lost: old ? [...old.vehicles, ...old.lost].filter(({ id }) => !ids.has(id)).slice(0, MOST_LOST) : [],
        runs: runs.map((one) => ({ id: one.run_id, share: one.time_share })),
        next: new Map(progress.filter((one) => one.next_stop_id).map((one) => [one.vehicle_id, { stopId: one.next_stop_id, atMs: Date.parse(one.next_at) }])),
      };
    });
    return { atMs: Date.parse(frame.at), routes: new Map(routes.map((route) => [route.routeId, route])) };
  }

  /**
   * Vehicles of a route and their states by our clock; those that were lost stand where they were, as ghosts, and runs
   * that nobody drives where they ought to be.
   */
  function marksOf(route, fleet, now) {
    const mark = ({ id, share }) => ({ id, share, state: stateOf(fleet, id, now), name: nameOf(fleet, id) });
    const lost = route.lost.filter(({ id }) => fleet.slotOf(id) >= 0).map(mark);
    const runs = route.runs.map(({ id, share }) => ({ id, share, state: "ghost", name: "" }));
    return [...runs, ...lost.filter(({ state }) => state === "ghost"), ...route.vehicles.map(mark)];
  }

  /** The spacing of a kind that deserves the words: the widest gap, the closest pair; null for none. */
  function worst(route, kind) {
    const ofKind = route.spacings.filter((one) => one.kind === kind);
    const isWorse = (a, b) => (kind === "bunched" ? a.s < b.s : a.s > b.s);
    return ofKind.reduce((found, one) => (found === null || isWorse(one, found) ? one : found), null);
  }

  /** The widest spacing, even or not; null below two vehicles. */
  const widest = (route) => route.spacings.reduce((found, one) => (found === null || one.s > found.s ? one : found), null);

  /** Vehicles that are owed and not in service; null when either is unknown. */
  const lacking = ({ owed, inService }) => (owed === null || inService === null ? null : Math.max(0, owed - inService));

  /**
   * Status of a line: a gap warns, bunching or a vehicle that is missing is worth watching.
   * @param {object|null} route null when nothing is known of it
   * @param {"fresh"|"ageing"|"stale"|"missing"} age of the picture; too old to act on is unknown, never normal
   */
  function lineStatus(route, age) {
    if (!route || age === "stale" || age === "missing") return "unknown";
    if (worst(route, "gap")) return "warning";
    const isOff = worst(route, "bunched") !== null || (lacking(route) ?? 0) > 0;
    if (isOff) return "watch";
    const isKnown = route.inService !== null && (route.owed === 0 || (route.targetS !== null && route.spacings.length > 0));
    return isKnown ? "normal" : "unknown";
  }

  /** The common scale of all strips. @returns {{maxMin: number, stepMin: number}} minutes */
  function axisOf(routes) {
    const targets = routes.map(({ targetS }) => targetS).filter((target) => target !== null);
    const least = targets.length === 0 ? 25 : (AXIS_TARGETS * Math.max(...targets)) / 60;
    const stepMin = AXIS_STEPS.find((step) => least / step <= MOST_TICKS) ?? AXIS_STEPS[AXIS_STEPS.length - 1];
    return { maxMin: Math.ceil(least / stepMin) * stepMin, stepMin };
  }

  /** Lines in the order of their urgency, equals as they came. */
  const byUrgency = (statuses) => [...statuses].sort(([, a], [, b]) => RANK[b] - RANK[a]).map(([id]) => id);

  /** Whole minutes of a headway; under one it is not nothing. */
  const minutes = (s) => (s < 60 ? "<1" : String(Math.round(s / 60)));

  // ---- the page ----

  const watchers = new Set();
  let picture = null;
  let isStarted = false;

  const ageOf = (now) =>
    scopc.freshness.valueClass(picture === null ? null : now - picture.atMs, scopc.freshness.limitsForCadence(CADENCE_S));

  function view() {
    const now = scopc.freshness.clock.now();
    return { picture, age: ageOf(now), now, fleet: scopc.fleet.model() };
  }

  function drawAll() {
    const shown = view();
    for (const draw of [...watchers]) draw(shown);
  }

  function start() {
    isStarted = true;
    scopc.stream.subscribe("operations", (frame) => {
      const isFirst = picture === null;
      picture = read(frame, picture);
      if (isFirst) drawAll();
    });
    scopc.pageState.subscribe(drawAll, ["selectedId", "ladderRouteId"]);
    scopc.clock.everySecond(() => window.document.hidden || drawAll());
  }

  /** Draw an island now and every second. @returns {() => void} stop */
  function watch(element, draw) {
    const guarded = scopc.islands.guarded(element, (shown) => {
      scopc.dom.setAttribute(element, "data-age", shown.age);
      draw(shown);
    });
    if (!isStarted) start();
    watchers.add(guarded);
    guarded(view());
    return () => watchers.delete(guarded);
  }

  /** What a vehicle is called: its label, else its id in its feed. */
  function nameOf(fleet, id) {
    const slot = fleet.slotOf(id);
    return (slot >= 0 && fleet.labels[slot]) || id.slice(id.indexOf(":") + 1);
  }

  /** State of a vehicle by our clock; who has left the picture is a ghost. */
  function stateOf(fleet, id, now) {
    const slot = fleet.slotOf(id);
    return slot < 0 ? "ghost" : scopc.panelFleet.stateAt(fleet, slot, now, scopc.panelFleet.limits());
  }

  /** The next stop of a vehicle and when it is due there (`atMs` NaN where nobody knows), or null. */
  function nextOf(id) {
    for (const route of picture === null ? [] : picture.routes.values()) if (route.next.has(id)) return route.next.get(id);
    return null;
  }

  /** Spacings of a vehicle: `ahead` to its leader, `behind` to its follower, null where there is none. */
  function spacingsOf(id) {
    const found = { ahead: null, behind: null };
    for (const route of picture === null ? [] : picture.routes.values()) {
      for (const one of route.spacings) {
        if (one.follower === id) found.ahead = one;
        if (one.leader === id) found.behind = one;
      }
    }
    return found;
  }

  /** Shares of the target within which a headway is even enough, {bunched, gap}. */
  const bands = () => scopc.page.config().bands;

  /** Lines of the page: the signed ones, then others that the picture knows. */
  function lines(shown) {
    const signed = scopc.panelFleet.signs().map((sign) => sign.route_id);
    const others = shown === null ? [] : [...shown.routes.keys()].filter((id) => !signed.includes(id)).sort();
    return [...signed, ...others];
  }

  const pure = { read, marksOf, worst, widest, lacking, lineStatus, axisOf, byUrgency, minutes, RANK };
  return { ...pure, watch, nameOf, stateOf, nextOf, spacingsOf, bands, lines };
})();
