/**
 * Links of the network: what the geometry file says of them, and how they flow by the `links` frame. One reading for all.
 *
 *   scopc.networkLinks.watch(element, ({links, age, now}) => ...)   now and every second; `links` null before the first
 *   scopc.networkLinks.geometry()      promise of the geometry's GeoJSON of the current version (shared with the map)
 *   link   {id, name, freeFlowKmh, routeIds, speedKmh, los, ageMs, age, source, isClosed}
 *
 * `los` is "-" and `speedKmh` null where there is no data, also where it is too old to act on: that is never level A.
 */
window.scopc = window.scopc || {};
scopc.networkLinks = (() => {
  "use strict";

  const URL_OF = (version) => `/network/links.geojson?v=${encodeURIComponent(version)}`;
  const CLOSED = 2; // bit of `flags`
  const AGES = ["fresh", "ageing", "stale", "missing"];

  // ---- pure ----

  /** What a link's own file says of it. */
  function factsOf({ features }, lang) {
    return features.map(({ properties }) => ({
      id: properties.link_id,
      name: properties[`name_${lang}`] || properties.name_th || properties.link_id,
      freeFlowKmh: properties.free_flow_kmh,
      routeIds: properties.route_ids || [],
    }));
  }

  /**
   * Links as they flow at `now`: the server's word on their age, or what our clock says when that is worse.
   * @param {object[]} facts in the order of the file
   * @param {object} frame columns in the same order (format: data_sources/views/links.py)
   */
  function join(facts, frame, now) {
    const limitsOf = (source) => ({ freshS: frame.fresh_s[source], staleS: frame.stale_s[source] });
    return facts.map((link, i) => {
      const hasSpeed = frame.speed[i] >= 0;
      const isClosed = Boolean(frame.flags[i] & CLOSED);
      const ageMs = frame.age[i] < 0 ? null : now - frame.t + frame.age[i];
      const own = scopc.freshness.valueClass(hasSpeed || isClosed ? ageMs : null, limitsOf(frame.source[i]));
      const age = AGES[Math.max(AGES.indexOf(own), frame.state[i])];
      const isUsable = age === "fresh" || age === "ageing";
      return {
        ...link,
        speedKmh: isUsable && hasSpeed ? frame.speed[i] / 10 : null,
        los: isUsable ? frame.los[i] : "-",
        ageMs,
        age,
        source: frame.sources[frame.source[i]] ?? null,
        isClosed: isUsable && isClosed,
      };
    });
  }

  /** The slowest links by share of their free flow, closed ones first. */
  function slowest(links, most) {
    const share = (link) => (link.isClosed ? -1 : link.speedKmh / link.freeFlowKmh);
    return links
      .filter((link) => link.isClosed || link.speedKmh !== null)
      .sort((a, b) => share(a) - share(b) || (a.id < b.id ? -1 : 1))
      .slice(0, most);
  }

  // ---- the page ----

  const watchers = new Set();
  let frame = null;
  let facts = null;
  let version = null;
  let file = null;
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

  function onFrame(next) {
    frame = next;
    if (next.v === version) return;
    version = next.v;
    facts = null;
    file = fetchFile(next.v);
    file.then((collection) => {
      if (collection === null || next.v !== version) return;
      facts = factsOf(collection, scopc.page.lang());
      drawAll();
    });
  }

  function view() {
    const now = scopc.freshness.clock.now();
    const links = frame !== null && facts !== null ? join(facts, frame, now) : null;
    return { links, now };
  }

  function drawAll() {
    const shown = view();
    for (const draw of [...watchers]) draw(shown);
  }

  function start() {
    isStarted = true;
    scopc.stream.subscribe("links", onFrame);
    window.setInterval(() => window.document.hidden || drawAll(), 1000);
  }

  /** Draw an island now and every second. @returns {() => void} stop */
  function watch(element, draw) {
    const guarded = scopc.islands.guarded(element, draw);
    watchers.add(guarded);
    if (!isStarted) start();
    guarded(view());
    return () => watchers.delete(guarded);
  }

  return { factsOf, join, slowest, watch, geometry: () => file, URL_OF };
})();
