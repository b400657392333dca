/**
 * Car parks and charging stations as their feeds tell of them. Topic `facilities` (format: data_sources/views/incidents.py):
 * {facilities: [{facility_id, feed_id, kind, lat, lon, observed_at, name: {th, en}, capacity, available, fresh_s, stale_s}]}.
 *
 *   scopc.facilityStore.subscribe(fn) -> unsubscribe
 *   scopc.facilityStore.list(now)     [{...facility, ageMs, age, isUsable}], [] before the first frame
 *   scopc.facilityStore.countText(facility)   "12/80", "12", "–" where it is not known
 */
window.scopc = window.scopc || {};
scopc.facilityStore = (() => {
  "use strict";

  const listeners = new Set();
  let facilities = [];
  let isStarted = false;

  /** A facility judged at `now`: a count that is too old, or not there, is no count. */
  function judge(facility, now) {
    const observedAt = Date.parse(facility.observed_at);
    const hasCount = Number.isFinite(facility.available) && !Number.isNaN(observedAt);
    const ageMs = hasCount ? now - observedAt : null;
    const age = scopc.freshness.valueClass(ageMs, { freshS: facility.fresh_s, staleS: facility.stale_s });
    return { ...facility, ageMs, age, isUsable: age === "fresh" || age === "ageing" };
  }

  /** What is free, of how many. */
  function countText({ isUsable, available, capacity }) {
    if (!isUsable) return "–";
    return Number.isFinite(capacity) ? `${available}/${capacity}` : String(available);
  }

  function start() {
    isStarted = true;
    scopc.stream.subscribe("facilities", (frame) => {
      ({ facilities } = frame);
      for (const listener of [...listeners]) listener();
    });
  }

  function subscribe(listener) {
    listeners.add(listener);
    if (!isStarted) start();
    return () => listeners.delete(listener);
  }

  const list = (now) => facilities.map((one) => judge(one, now));

  return { subscribe, list, judge, countText };
})();
