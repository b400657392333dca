/**
 * How often a canvas is drawn: as often as it helps the eye and the machine can bear.
 *
 * Drawing costs the main thread and, without a GPU, a raster thread: 1,000 vehicles at 60 frames a second take nearly
 * a whole core, at 10 a fifth of one. So the rate follows the number of vehicles in view, and halves when frames come
 * late.
 */
window.scopc = window.scopc || {};
scopc.frameRate = (() => {
  "use strict";

  const STEPS = [
    { upTo: 300, fps: 20 },
    { upTo: 1500, fps: 10 },
  ];
  const HYSTERESIS = 0.1; // a fleet about a step does not switch to and fro
  const LATE_FACTOR = 1.8;
  const LATE_STRIKES = 5;
  const GOOD_BEFORE_FASTER = 200;
  const MAX_HALVINGS = 2;

  /**
   * Frames a second for a number of vehicles in view; 0: draw when new fixes arrive.
   * @param {number} count
   * @param {number} [before] the rate until now
   */
  function forCount(count, before = 0) {
    const step = STEPS.find(({ upTo, fps }) => count <= upTo * (before >= fps ? 1 + HYSTERESIS : 1));
    return step ? step.fps : 0;
  }

  /** Watches how late frames come and halves the rate, at most twice; gives it back when all is well again. */
  function createGovernor() {
    let strikes = 0;
    let good = 0;
    let halvings = 0;

    /** @param {number} gapMs since the last frame @param {number} wantedMs as asked for */
    function note(gapMs, wantedMs) {
      if (gapMs > wantedMs * LATE_FACTOR) {
        good = 0;
        strikes += 1;
        if (strikes >= LATE_STRIKES && halvings < MAX_HALVINGS) {
          halvings += 1;
          strikes = 0;
        }
        return;
      }
      strikes = Math.max(0, strikes - 1);
      good += 1;
      if (good >= GOOD_BEFORE_FASTER && halvings > 0) {
        halvings -= 1;
        good = 0;
      }
    }

    return { note, govern: (fps) => fps / 2 ** halvings };
  }

  return { forCount, createGovernor };
})();
