/**
 * Car parks and charging stations as their feeds tell of them. Topic `facilities`: {facilities: [{facility_id, feed_id,
 * kind, lat, lon, observed_at, name: {th, en}, capacity, available, status}]}; what is not known is left out.
 *
 *   scopc.facilityStore.subscribe(fn) -> unsubscribe
 *   scopc.facilityStore.list(now)     [{...facility, key, ageMs, age, isUsable}], [] before the first frame
 *
 * How old a count may be is told by its feed (topic `feeds`); before that is heard, by the least that any feed may be.
 */
window.scopc = window.scopc || {};
scopc.facilityStore = (() => {
  "use strict";

  const listeners = new Set();
  const limits = new Map(); // feed id -> {freshS, staleS}
  let facilities = [];
  let isStarted = false;

  /** A facility judged at `now`: a count that is too old, or not there, is no count. */
  function judge(facility, limitsOf, now) {
    const observedAt = Date.parse(facility.observed_at);
    const ageMs = Number.isNaN(observedAt) || !Number.isFinite(facility.available) ? null : now - observedAt;
    const age = scopc.freshness.valueClass(ageMs, limitsOf);
    const isUsable = age === "fresh" || age === "ageing";
    return { ...facility, key: `${facility.feed_id}:${facility.facility_id}`, ageMs, age, isUsable };
  }

  /** What is free, as words: "12", "12/80", "–" where it is not known. */
  function countText({ isUsable, available, capacity }) {
    if (!isUsable) return "–";
    return Number.isFinite(capacity) ? `${available}/${capacity}` : String(available);
  }

  function start() {
    isStarted = true;
    scopc.stream.subscribe("feeds", (frame) => {
      frame.feeds.forEach((feed) => limits.set(feed.feed_id, { freshS: feed.fresh_s, staleS: feed.stale_s }));
    });
    scopc.stream.subscribe("facilities", (frame) => {
      facilities = frame.facilities;
      for (const listener of [...listeners]) listener();
    });
  }

  function subscribe(listener) {
    listeners.add(listener);
    if (!isStarted) start();
    return () => listeners.delete(listener);
  }

  const least = () => scopc.freshness.limitsForCadence(0);
  const list = (now) => facilities.map((one) => judge(one, limits.get(one.feed_id) ?? least(), now));

  return { subscribe, list, judge, countText };
})();
