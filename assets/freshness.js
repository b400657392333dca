/**
 * Age of data by the server's clock, kept by the browser, so that values age when the server is dead.
 *
 *   scopc.freshness.clock.now()              -> server time now, epoch ms (corrected browser clock)
 *   scopc.freshness.clock.observe(t, isLive) -> called by stream.js for every event's `t`
 *   scopc.freshness.vehicleState(ageMs, limits)   -> 0 live | 1 late | 2 ghost   (names in VEHICLE_STATES)
 *   scopc.freshness.valueClass(ageMs, spec)       -> "fresh" | "ageing" | "stale" | "missing"
 *   scopc.freshness.limitsForCadence(cadenceS)    -> {freshS, staleS}
 *   scopc.freshness.ageText(ageMs, text)          -> "8 s", "3 min", "2 h", "4 d" in the page's language
 *
 * Everything but `clock` is pure. Ages are milliseconds; an unknown age is null.
 */
window.scopc = window.scopc || {};
scopc.freshness = (() => {
  "use strict";

  const VEHICLE_STATES = Object.freeze(["live", "late", "ghost"]);
  const SAMPLES_KEPT = 16; // beats every 3 s and frames at 1 Hz: about 12 s, long enough to hold one undelayed event
  const MIN_FRESH_S = 30; // fresh up to 2 cadences or 30 s, stale beyond 5 cadences or 150 s (Skate's 150 s)
  const MIN_STALE_S = 150;

  /**
   * A clock that follows the server's. Every event says when it was sent; our clock minus that is the
   * offset plus the way here, so the smallest of the last samples is nearest to the offset.
   * @param {() => number} browserNow epoch ms of the browser's clock, right or wrong
   */
  function createClock(browserNow = Date.now) {
    let samples = [];
    let offsetMs = 0;

    /**
     * @param {number} t when the server sent the event, epoch ms
     * @param {boolean} isLive false for a frame kept by the server and sent on connect: its `t` may be old,
     *   so it can show that our clock is behind, never that it is ahead
     */
    function observe(t, isLive) {
      if (!Number.isFinite(t)) return;
      const sample = browserNow() - t;
      if (isLive) {
        samples.push(sample);
        if (samples.length > SAMPLES_KEPT) samples = samples.slice(-SAMPLES_KEPT);
        offsetMs = Math.min(...samples);
      } else if (sample < offsetMs) {
        offsetMs = sample;
      }
    }

    return {
      observe,
      now: () => browserNow() - offsetMs,
      offsetMs: () => offsetMs,
      isSynchronised: () => samples.length > 0,
    };
  }

  /**
   * State of a vehicle by the age of its fix; a fix exactly at a limit is still inside it.
   * @param {number} ageMs
   * @param {{late_after_s: number, ghost_after_s: number}} limits the page's `limits`
   * @returns {0|1|2} index into VEHICLE_STATES
   */
  function vehicleState(ageMs, limits) {
    if (ageMs > limits.ghost_after_s * 1000) return 2;
    return ageMs > limits.late_after_s * 1000 ? 1 : 0;
  }

  /** @returns {{freshS: number, staleS: number}} limits of a value that is promised every `cadenceS` seconds */
  function limitsForCadence(cadenceS) {
    return { freshS: Math.max(2 * cadenceS, MIN_FRESH_S), staleS: Math.max(5 * cadenceS, MIN_STALE_S) };
  }

  /**
   * Class of a value by its age.
   * @param {number|null} ageMs null when there is no value
   * @param {{freshS: number, staleS: number}} limits from `limitsForCadence` or a feed's `fresh_s`, `stale_s`
   * @returns {"fresh"|"ageing"|"stale"|"missing"}
   */
  function valueClass(ageMs, limits) {
    if (ageMs === null || ageMs === undefined || !Number.isFinite(ageMs)) return "missing";
    if (ageMs <= limits.freshS * 1000) return "fresh";
    return ageMs <= limits.staleS * 1000 ? "ageing" : "stale";
  }

  /**
   * Age in its largest whole unit, rounded down; negative ages (clock noise) read as 0.
   * @returns {{unit: "s"|"min"|"h"|"d", n: number}}
   */
  function agePart(ageMs) {
    const seconds = Math.max(0, Math.floor(ageMs / 1000));
    if (seconds < 60) return { unit: "s", n: seconds };
    if (seconds < 3600) return { unit: "min", n: Math.floor(seconds / 60) };
    if (seconds < 86400) return { unit: "h", n: Math.floor(seconds / 3600) };
    return { unit: "d", n: Math.floor(seconds / 86400) };
  }

  /**
   * Short words for an age; texts `age.s`, `age.min`, `age.h`, `age.d` with {n}, `age.missing` for null.
   * @param {number|null} ageMs
   * @param {(key: string, values?: object) => string} [text] the page's words unless told
   */
  function ageText(ageMs, text = scopc.page.text) {
    if (ageMs === null || ageMs === undefined || !Number.isFinite(ageMs)) return text("age.missing");
    const { unit, n } = agePart(ageMs);
    return text(`age.${unit}`, { n });
  }

  return {
    VEHICLE_STATES,
    createClock,
    clock: createClock(),
    vehicleState,
    limitsForCadence,
    valueClass,
    agePart,
    ageText,
  };
})();
