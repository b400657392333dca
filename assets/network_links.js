/**
 * Links of the network: what the geometry file says of them, and how they flow by the `links` frame. One reading for all.
 *
 *   scopc.networkLinks.watch(element, ({links, age, now}) => ...)   now and every second; `links` null before the first
 *   scopc.networkLinks.subscribe((what) => ...)   "geometry" | "flow" | "age": a new file, a new frame, time has passed
 *   scopc.networkLinks.current()       {collection, facts, frame}, null each until it is there
 *   scopc.networkLinks.link(i, now)    one link as it flows at `now`
 *   link   {id, name, freeFlowKmh, isFreeFlowAssumed, routeIds, speedKmh, los, ageMs, age, source, isClosed, isDisputed}
 *
 * `los` is "-" and `speedKmh` null where there is no data, also where it is too old to act on: that is never level A.
 * Age is judged by our clock and by the limits of each link's own source, so a feed that stops greys its links although
 * nothing arrives.
 */
window.scopc = window.scopc || {};
scopc.networkLinks = (() => {
  "use strict";

  const URL_OF = (version) => `/network/links.geojson?v=${encodeURIComponent(version)}`;
  const DISPUTED = 1; // bits of `flags`
  const CLOSED = 2;
  const AGES = ["fresh", "ageing", "stale", "missing"];
  const USABLE = 2; // of AGES, those before may be acted on
  const LETTERS = "-ABCDEF";
  const LEVEL = Object.freeze({ NONE: 0, F: 6, CLOSED: 7 }); // A to F are 1 to 6
  const JUDGE_EVERY_MS = 5000;

  // ---- pure ----

  /** What a link's own file says of it. */
  function factsOf({ features }, lang) {
    return features.map(({ properties }) => ({
      id: properties.link_id,
      name: properties[`name_${lang}`] || properties.name_th || properties.link_id,
      freeFlowKmh: properties.free_flow_kmh,
      isFreeFlowAssumed: Boolean(properties.free_flow_assumed),
      routeIds: properties.route_ids || [],
    }));
  }

  /** Age of what is told of a link, ms, or null where nothing is. */
  function ageMsOf(frame, i, now) {
    const tells = frame.speed[i] >= 0 || (frame.flags[i] & CLOSED) !== 0;
    return !tells || frame.age[i] < 0 ? null : now - frame.t + frame.age[i];
  }

  /** Class of that age as an index of AGES: the server's word, or what our clock says when that is worse. */
  function ageClass(frame, i, now) {
    const ageMs = ageMsOf(frame, i, now);
    const source = frame.source[i];
    const limits = { freshS: frame.fresh_s[source], staleS: frame.stale_s[source] };
    const hasLimits = Number.isFinite(limits.staleS); // without them nobody can say that it is fresh
    const own = hasLimits ? AGES.indexOf(scopc.freshness.valueClass(ageMs, limits)) : AGES.length - 1;
    return Math.max(own, frame.state[i]);
  }

  /** What a map draws of a link at `now`: LEVEL.NONE, 1 to 6 for A to F, LEVEL.CLOSED. */
  function levelAt(frame, i, now) {
    if (ageClass(frame, i, now) >= USABLE) return LEVEL.NONE;
    if (frame.flags[i] & CLOSED) return LEVEL.CLOSED;
    return Math.max(LEVEL.NONE, LETTERS.indexOf(frame.los[i]));
  }

  /** A link as it flows at `now`. */
  function joinOne(fact, frame, i, now) {
    const age = ageClass(frame, i, now);
    const isUsable = age < USABLE;
    const hasSpeed = frame.speed[i] >= 0;
    return {
      ...fact,
      speedKmh: isUsable && hasSpeed ? frame.speed[i] / 10 : null,
      los: isUsable ? frame.los[i] : "-",
      ageMs: ageMsOf(frame, i, now),
      age: AGES[age],
      source: frame.sources[frame.source[i]] ?? null,
      isClosed: isUsable && (frame.flags[i] & CLOSED) !== 0,
      isDisputed: isUsable && (frame.flags[i] & DISPUTED) !== 0,
    };
  }

  /**
   * All links as they flow at `now`.
   * @param {object[]} facts in the order of the file
   * @param {object} frame columns in the same order (format: data_sources/views/links.py)
   */
  const join = (facts, frame, now) => facts.map((fact, i) => joinOne(fact, frame, i, now));

  /** The slowest links by share of their free flow, closed ones first. */
  function slowest(links, most) {
    const shareOf = (link) => (link.isClosed ? -1 : link.speedKmh / link.freeFlowKmh);
    return links
      .filter((link) => link.isClosed || link.speedKmh !== null)
      .map((link) => ({ link, share: shareOf(link) }))
      .sort((a, b) => a.share - b.share || (a.link.id < b.link.id ? -1 : 1))
      .slice(0, most)
      .map(({ link }) => link);
  }

  // ---- the page ----

  const watchers = new Set();
  const listeners = new Set();
  let frame = null;
  let facts = null;
  let collection = null;
  let version = null;
  let joined = null; // links as of `joinedAt`, while nothing has changed
  let joinedAt = 0;
  let isStarted = false;

  /** The geometry of the version that the stream speaks of; asked for again until it is there. */
  async function fetchFile(wanted) {
    for (let waitMs = 2000; wanted === version; waitMs = Math.min(waitMs * 2, 30000)) {
      const answer = await window.fetch(URL_OF(wanted)).catch(() => null);
      if (answer && answer.ok) return answer.json();
      await new Promise((resolve) => window.setTimeout(resolve, waitMs * (0.5 + Math.random())));
    }
    return null;
  }

  /** One listener's error does not keep the news from the others. */
  function tell(what) {
    joined = null;
    for (const listener of [...listeners]) {
      try {
        listener(what);
      } catch (error) {
        console.error("links:", error);
      }
    }
  }

  async function takeVersion(wanted) {
    version = wanted;
    facts = collection = null;
    const file = await fetchFile(wanted);
    if (file === null || wanted !== version) return;
    collection = file;
    facts = factsOf(file, scopc.page.lang());
    tell("geometry");
    drawAll();
  }

  function onFrame(next) {
    frame = next;
    if (next.v !== version) takeVersion(next.v);
    tell("flow");
  }

  /** Columns fit the file that they were made for, and no other. */
  const isWhole = () => frame !== null && facts !== null && facts.length === frame.speed.length;

  /** Judged anew with each frame, and every few seconds, since thousands of links are not free. */
  function view() {
    const now = scopc.freshness.clock.now();
    if (!isWhole()) return { links: null, now };
    if (joined === null || Math.abs(now - joinedAt) >= JUDGE_EVERY_MS) {
      joined = join(facts, frame, now);
      joinedAt = now;
    }
    return { links: joined, now };
  }

  function drawAll() {
    if (watchers.size === 0) return;
    const shown = view();
    for (const draw of [...watchers]) draw(shown);
  }

  function start() {
    if (isStarted) return;
    isStarted = true;
    scopc.stream.subscribe("links", onFrame);
    scopc.clock.everySecond(() => window.document.hidden || drawAll());
    window.setInterval(() => window.document.hidden || tell("age"), JUDGE_EVERY_MS);
  }

  /** Draw an island now and every second. @returns {() => void} stop */
  function watch(element, draw) {
    const guarded = scopc.islands.guarded(element, draw);
    start();
    watchers.add(guarded);
    guarded(view());
    return () => watchers.delete(guarded);
  }

  /** Hear what is new of the links. @returns {() => void} unsubscribe */
  function subscribe(listener) {
    listeners.add(listener);
    start();
    return () => listeners.delete(listener);
  }

  /** What is known; `frame` only where it fits the file. */
  const current = () => ({ collection, facts, frame: isWhole() ? frame : null });

  /** One link as it flows at `now`, null where it is not known yet. */
  const link = (i, now) => (isWhole() ? joinOne(facts[i], frame, i, now) : null);

  const pure = { factsOf, join, joinOne, slowest, levelAt, LEVEL, URL_OF };
  return { ...pure, watch, subscribe, current, link };
})();
