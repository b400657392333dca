/**
 * The fleet in typed arrays: where each vehicle is drawn now, how far it can be trusted, what is known of it. No DOM.
 *
 *   const fleet = scopc.vehicleModel.create({limits, routes})   limits and routes of the page's config
 *   fleet.apply(frame, now)         a `vehicles` frame; `now` is server time, epoch ms
 *   fleet.applyFacts(frame)         a `vehicle_facts` frame, joined by id
 *   fleet.place(now, {heardAt, isAnimated})   fills fleet.x, .y (world), .heading, .look for slots 0..size-1
 *   fleet.counts(now)               {live, late, ghost, total, byRoute: Map(routeId|null -> the same four)}
 *   fleet.vehicle(id, now)          everything known of one vehicle, or null; its `label` is never empty
 *   fleet.setFilter({routes, search}), fleet.hit(x, y, radius), fleet.order()
 *
 * Between fixes a vehicle glides: the glide starts where it is drawn at that moment, ends at the fix, and takes a
 * little longer than this vehicle's own interval between fixes, so that the next one finds it still under way.
 * A fix that is too far or too long after the last one is shown at once.
 *
 * A moving vehicle whose next fix is overdue goes straight on along its bearing, marked as extrapolated (drawn
 * hollow), at most `extrapolate_max_s` after its fix and `extrapolate_max_m` from it, and only while the server is
 * heard. A late vehicle stands at its fix again: an old position is a fact, an old guess is not. Limits of 0 turn it
 * off.
 */
window.scopc = window.scopc || {};
scopc.vehicleModel = (() => {
  "use strict";

  const LOOK = Object.freeze({ LIVE: 0, HOLLOW: 1, GHOST: 2 });
  const SNAP_M = 500;
  const SNAP_S = 60;
  const GLIDE_STRETCH = 1.1;
  const GLIDE_MS = [200, 15000];
  const INTERVAL_WEIGHT = 0.3; // of the newest interval in the running mean
  const OVERDUE_MIN_MS = 3000; // a frame a second may come late without any meaning
  const MOVING_KMH = 5; // slower than that a bus is as likely to stop as to go on
  const FIRST_CAPACITY = 64;
  const LIVE_KEYS = ["live", "late", "ghost"];

  const FLOATS = ["x0", "y0", "x1", "y1", "startMs", "glideMs", "arrivedMs", "observedMs", "intervalMs", "x", "y"];
  const SINGLES = ["heading0", "heading1", "heading", "speedKmh"];
  const BYTES = ["serverState", "isShown", "look", "isExtrapolated"];

  /** Shortest turn from one bearing to another, degrees, -180 to 180. */
  const turn = (from, to) => ((((to - from + 180) % 360) + 360) % 360) - 180;

  /** What a feed calls a vehicle: its id without the name of the feed. */
  const nameInFeed = (id) => id.slice(id.indexOf(":") + 1);

  const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));

  /**
   * @param {object} options
   * @param {{late_after_s: number, ghost_after_s: number, extrapolate_max_s: number, extrapolate_max_m: number}}
   *   options.limits
   * @param {{route_id: string, short: string, colour: string}[]} [options.routes] routes with a sign of their own
   */
  function create({ limits, routes = [] }) {
    const { worldX, worldY, unitsPerMetre, toDegrees } = scopc.mercator;
    const { vehicleState } = scopc.freshness;
    const routeIds = [null, ...routes.map((route) => route.route_id)];
    const routeIndex = new Map(routeIds.map((id, index) => [id, index]));
    const routeShort = new Map(routes.map((route) => [route.route_id, route.short]));
    const slots = new Map(); // id -> slot
    const factRows = new Map(); // id -> row of `facts`
    let facts = { id: [] };
    let filter = { routes: new Set(), search: "" };
    let seenMark = 0;
    let ordered = null;
    const fleet = { size: 0, ids: [], labels: [], frameT: null, heardMs: Infinity, isAnimated: true, LOOK };
    let capacity = 0;
    grow(FIRST_CAPACITY);

    /** Make room; the arrays keep their first `size` entries. */
    function grow(wanted) {
      const bigger = (name, Type) => {
        const array = new Type(wanted);
        if (fleet[name]) array.set(fleet[name]);
        fleet[name] = array;
      };
      FLOATS.forEach((name) => bigger(name, Float64Array));
      SINGLES.forEach((name) => bigger(name, Float32Array));
      BYTES.forEach((name) => bigger(name, Uint8Array));
      bigger("route", Uint16Array);
      bigger("seen", Uint32Array);
      capacity = wanted;
    }

    // ---- frames ----

    /**
     * Take a full snapshot: new vehicles appear, those it does not name leave.
     * @param {object} frame columns of equal length, see docs/architecture.md
     * @param {number} now server time, epoch ms
     */
    function apply(frame, now) {
      seenMark += 1;
      for (let row = 0; row < frame.id.length; row += 1) {
        const id = frame.id[row];
        const isNew = !slots.has(id);
        const i = isNew ? add(id) : slots.get(id);
        takeFix(i, frame, row, now, isNew);
        fleet.seen[i] = seenMark;
      }
      for (let i = fleet.size - 1; i >= 0; i -= 1) if (fleet.seen[i] !== seenMark) remove(i);
      fleet.frameT = frame.t;
    }

    function add(id) {
      if (fleet.size === capacity) grow(capacity * 2);
      const i = fleet.size;
      fleet.size += 1;
      fleet.ids[i] = id;
      slots.set(id, i);
      joinFacts(i);
      ordered = null;
      return i;
    }

    /** The last slot takes the place of the one that leaves. */
    function remove(i) {
      const last = fleet.size - 1;
      slots.delete(fleet.ids[i]);
      if (i !== last) {
        for (const name of [...FLOATS, ...SINGLES, ...BYTES, "route", "seen"]) fleet[name][i] = fleet[name][last];
        fleet.ids[i] = fleet.ids[last];
        fleet.labels[i] = fleet.labels[last];
        slots.set(fleet.ids[i], i);
      }
      fleet.ids.length = last;
      fleet.labels.length = last;
      fleet.size = last;
      ordered = null;
    }

    /** A row of the frame; the same fix sent again changes nothing but the state. */
    function takeFix(i, frame, row, now, isNew) {
      const lat = frame.lat[row];
      const lon = frame.lon[row];
      const hasPlace = lat !== null && lon !== null;
      const x = hasPlace ? worldX(lon / 1e5) : NaN;
      const y = hasPlace ? worldY(lat / 1e5) : NaN;
      const observedMs = frame.t - frame.age[row];
      fleet.serverState[i] = frame.state[row];
      fleet.speedKmh[i] = frame.spd[row] < 0 ? NaN : frame.spd[row] / 10;
      const bearing = frame.hdg[row] < 0 ? NaN : frame.hdg[row];
      if (isNew || Number.isNaN(fleet.x1[i])) {
        fleet.intervalMs[i] = NaN;
        stand(i, x, y, bearing, now);
      } else if (observedMs > fleet.observedMs[i] || x !== fleet.x1[i] || y !== fleet.y1[i]) {
        glide(i, x, y, bearing, observedMs - fleet.observedMs[i], now);
      } else {
        return;
      }
      fleet.observedMs[i] = observedMs;
      fleet.arrivedMs[i] = now;
    }

    /** Show at the fix from now on. */
    function stand(i, x, y, bearing, now) {
      fleet.x0[i] = fleet.x1[i] = x;
      fleet.y0[i] = fleet.y1[i] = y;
      fleet.heading0[i] = fleet.heading1[i] = bearing;
      fleet.startMs[i] = now;
      fleet.glideMs[i] = 0;
    }

    /** Go from where it is drawn now to the fix. */
    function glide(i, x, y, bearing, gapMs, now) {
      const arrivalGapMs = now - fleet.arrivedMs[i];
      placeOne(i, now, fleet.heardMs, fleet.isAnimated);
      const distanceM = Math.hypot(x - fleet.x[i], y - fleet.y[i]) / unitsPerMetre(y);
      if (gapMs > SNAP_S * 1000 || arrivalGapMs > SNAP_S * 1000 || !(distanceM <= SNAP_M)) {
        fleet.intervalMs[i] = NaN;
        stand(i, x, y, bearing, now);
        return;
      }
      const mean = fleet.intervalMs[i];
      fleet.intervalMs[i] = Number.isNaN(mean) ? arrivalGapMs : mean + INTERVAL_WEIGHT * (arrivalGapMs - mean);
      fleet.x0[i] = fleet.x[i];
      fleet.y0[i] = fleet.y[i];
      fleet.heading0[i] = Number.isNaN(fleet.heading[i]) ? bearing : fleet.heading[i];
      fleet.x1[i] = x;
      fleet.y1[i] = y;
      fleet.heading1[i] = bearing;
      fleet.startMs[i] = now;
      fleet.glideMs[i] = clamp(fleet.intervalMs[i] * GLIDE_STRETCH, GLIDE_MS);
    }

    /** Take what is known of the vehicles beside their places. */
    function applyFacts(frame) {
      facts = frame;
      factRows.clear();
      frame.id.forEach((id, row) => factRows.set(id, row));
      for (let i = 0; i < fleet.size; i += 1) joinFacts(i);
      ordered = null;
    }

    function joinFacts(i) {
      const row = factRows.get(fleet.ids[i]);
      const routeId = row === undefined ? null : (facts.route_id[row] ?? null);
      if (!routeIndex.has(routeId)) {
        routeIndex.set(routeId, routeIds.length);
        routeIds.push(routeId);
      }
      fleet.route[i] = routeIndex.get(routeId);
      fleet.labels[i] = (row === undefined ? null : facts.label[row]) || nameInFeed(fleet.ids[i]);
      fleet.isShown[i] = passes(i) ? 1 : 0;
    }

    // ---- places ----

    /** State by the age of the fix, or what the server says when that is worse. @returns {0|1|2} */
    const stateOf = (i, now) => Math.max(fleet.serverState[i], vehicleState(now - fleet.observedMs[i], limits));

    /** Metres that a vehicle has gone on beyond its fix, or -1 when it is not extrapolated. */
    function extrapolatedM(i, now, heardMs) {
      const interval = fleet.intervalMs[i];
      const speed = fleet.speedKmh[i];
      if (!(speed >= MOVING_KMH) || Number.isNaN(fleet.heading1[i])) return -1;
      if (!(interval <= limits.extrapolate_max_s * 1000) || limits.extrapolate_max_m <= 0) return -1;
      const overdueAt = fleet.arrivedMs[i] + Math.max(2 * interval, OVERDUE_MIN_MS);
      const until = Math.min(now, heardMs, fleet.observedMs[i] + limits.extrapolate_max_s * 1000);
      if (until <= overdueAt) return -1;
      return Math.min(((until - overdueAt) / 3600) * speed, limits.extrapolate_max_m);
    }

    function placeOne(i, now, heardMs, isAnimated) {
      const glide = fleet.glideMs[i];
      const done = isAnimated && glide > 0 ? clamp((now - fleet.startMs[i]) / glide, [0, 1]) : 1;
      const state = stateOf(i, now);
      let x = fleet.x0[i] + (fleet.x1[i] - fleet.x0[i]) * done;
      let y = fleet.y0[i] + (fleet.y1[i] - fleet.y0[i]) * done;
      let look = state;
      const beyondM = state === LOOK.LIVE ? extrapolatedM(i, now, heardMs) : -1;
      if (beyondM >= 0) {
        const angle = (fleet.heading1[i] * Math.PI) / 180;
        const beyond = beyondM * unitsPerMetre(fleet.y1[i]);
        x = fleet.x1[i] + Math.sin(angle) * beyond;
        y = fleet.y1[i] - Math.cos(angle) * beyond;
        look = LOOK.HOLLOW;
      }
      fleet.x[i] = x;
      fleet.y[i] = y;
      fleet.heading[i] =
        done >= 1 ? fleet.heading1[i] : fleet.heading0[i] + turn(fleet.heading0[i], fleet.heading1[i]) * done;
      fleet.look[i] = look;
      fleet.isExtrapolated[i] = beyondM >= 0 ? 1 : 0;
      return done < 1 && (fleet.x0[i] !== fleet.x1[i] || fleet.y0[i] !== fleet.y1[i]);
    }

    /**
     * Place every vehicle.
     * @param {number} now server time, epoch ms
     * @param {{heardAt?: number, isAnimated?: boolean}} [options] `heardAt`: server time of the last sign of life
     *   from the server; without animation vehicles stand at their fixes
     * @returns {boolean} whether a shown vehicle is under way, so that the next moment looks different
     */
    function place(now, { heardAt = Infinity, isAnimated = true } = {}) {
      fleet.heardMs = heardAt;
      fleet.isAnimated = isAnimated;
      let isMoving = false;
      for (let i = 0; i < fleet.size; i += 1) {
        const isUnderWay = placeOne(i, now, heardAt, isAnimated);
        if (fleet.isShown[i] && (isUnderWay || fleet.isExtrapolated[i])) isMoving = true;
      }
      return isMoving;
    }

    // ---- questions ----

    /** Whether a vehicle passes the filter by route and by search. */
    function passes(i) {
      const routeId = routeIds[fleet.route[i]];
      if (filter.routes.size > 0 && !filter.routes.has(routeId)) return false;
      if (filter.search === "") return true;
      const row = factRows.get(fleet.ids[i]);
      const headsign = row === undefined ? "" : facts.headsign[row];
      const words = [fleet.ids[i], fleet.labels[i], routeId, routeShort.get(routeId), headsign];
      return words.some((word) => word && word.toLowerCase().includes(filter.search));
    }

    /** @param {{routes: Set<string>, search: string}} wanted an empty set and an empty text let everything pass */
    function setFilter({ routes: wanted, search }) {
      filter = { routes: wanted, search: search.trim().toLowerCase() };
      for (let i = 0; i < fleet.size; i += 1) fleet.isShown[i] = passes(i) ? 1 : 0;
    }

    /**
     * Nearest shown vehicle within `radius` world units of a place, by the last `place`.
     * @param {(slot: number) => boolean} [isSeen] what else must hold of it
     * @returns {string|null} its id
     */
    function hit(x, y, radius, isSeen = () => true) {
      let best = -1;
      let bestSquare = radius * radius;
      for (let i = 0; i < fleet.size; i += 1) {
        if (!fleet.isShown[i]) continue;
        const dx = fleet.x[i] - x;
        const dy = fleet.y[i] - y;
        const square = dx * dx + dy * dy;
        if (square <= bestSquare && isSeen(i)) {
          best = i;
          bestSquare = square;
        }
      }
      return best < 0 ? null : fleet.ids[best];
    }

    /** How many vehicles are in which state, filter or not; per route, null for vehicles without one. */
    function counts(now) {
      const none = () => ({ live: 0, late: 0, ghost: 0, total: 0 });
      const all = none();
      const byRoute = new Map();
      for (let i = 0; i < fleet.size; i += 1) {
        const routeId = routeIds[fleet.route[i]];
        if (!byRoute.has(routeId)) byRoute.set(routeId, none());
        const key = LIVE_KEYS[stateOf(i, now)];
        for (const count of [all, byRoute.get(routeId)]) {
          count[key] += 1;
          count.total += 1;
        }
      }
      return { ...all, byRoute };
    }

    /** Facts of a vehicle as the feed gave them, without its place. @returns {object|null} */
    function factsOf(id) {
      const row = factRows.get(id);
      if (row === undefined) return null;
      const columns = Object.keys(facts).filter((key) => Array.isArray(facts[key]));
      return Object.fromEntries(columns.map((key) => [key, facts[key][row]]));
    }

    /** Everything known of one vehicle; unknown numbers are null. @returns {object|null} */
    function vehicle(id, now) {
      const i = slots.get(id);
      if (i === undefined) return null;
      const number = (value) => (Number.isNaN(value) ? null : value);
      const place = Number.isNaN(fleet.x1[i]) ? { lat: null, lon: null } : toDegrees(fleet.x1[i], fleet.y1[i]);
      return {
        ...factsOf(id),
        id,
        route_id: routeIds[fleet.route[i]],
        label: fleet.labels[i],
        ...place,
        headingDeg: number(fleet.heading1[i]),
        speedKmh: number(fleet.speedKmh[i]),
        observedAt: fleet.observedMs[i],
        ageMs: now - fleet.observedMs[i],
        state: LIVE_KEYS[stateOf(i, now)],
        isExtrapolated: fleet.isExtrapolated[i] === 1,
      };
    }

    /** Ids of the shown vehicles in the order of lists: by route as the pack has them, then by label. */
    function order() {
      if (ordered === null) {
        const collator = new Intl.Collator(undefined, { numeric: true });
        const { route, labels } = fleet;
        ordered = [...fleet.ids.keys()]
          .sort((a, b) => (route[a] || 1e9) - (route[b] || 1e9) || collator.compare(labels[a], labels[b]))
          .map((i) => fleet.ids[i]);
      }
      return ordered.filter((id) => fleet.isShown[slots.get(id)]);
    }

    return Object.assign(fleet, {
      apply,
      applyFacts,
      place,
      setFilter,
      hit,
      counts,
      factsOf,
      vehicle,
      order,
      slotOf: (id) => slots.get(id) ?? -1,
      routeIdAt: (i) => routeIds[fleet.route[i]],
    });
  }

  return { create, LOOK, turn };
})();
