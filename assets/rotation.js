/**
 * Island `rotation`: a wall turns through its scenes, hands-free.
 *
 * `data-scenes` names them in their order, `data-dwell` says for how many seconds each stands. Which one is shown follows
 * from the server's clock alone, so walls with the same scenes turn together, and go on when the server is lost. What
 * belongs to a scene carries `data-scene`; all but the shown scene's are `hidden`, and nothing draws there (islands.js).
 * `?scene=environment` in the address holds one scene. One mark a scene says which of them is shown.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.rotation = (() => {
  "use strict";

  /**
   * Which of `count` scenes is shown at a time.
   * @param {number} nowMs server time, epoch ms
   * @param {number} dwellS
   */
  const indexAt = (nowMs, dwellS, count) => Math.floor(nowMs / (dwellS * 1000)) % count;

  /** The scene that an address asks to be held, or null. */
  function heldScene(query, scenes) {
    const asked = new URLSearchParams(query).get("scene");
    return scenes.includes(asked) ? asked : null;
  }

  /**
   * What turns: `tick(nowMs)` shows the scene that is due, when it is another than the shown one.
   * @param {object} options
   * @param {string[]} options.scenes
   * @param {number} options.dwellS
   * @param {string|null} options.held the only one to be shown, or null
   * @param {(scene: string) => void} options.show
   */
  function create({ scenes, dwellS, held, show }) {
    let shown = null;
    return (nowMs) => {
      const due = held ?? scenes[indexAt(nowMs, dwellS, scenes.length)];
      if (due === shown) return;
      shown = due;
      show(due);
    };
  }

  scopc.mounts.rotation = (element) => {
    const { el, setAttribute } = scopc.dom;
    const wall = element.closest(".wall");
    const scenes = element.dataset.scenes.split(" ");
    const marks = new Map(scenes.map((scene) => [scene, el("i", { class: "turn" })]));
    let turning = null;
    element.replaceChildren(...marks.values());

    function swap(scene) {
      turning = null;
      for (const part of wall.querySelectorAll("[data-scene]")) setAttribute(part, "hidden", part.dataset.scene === scene ? null : "");
      for (const [name, mark] of marks) setAttribute(mark, "data-shown", name === scene ? "1" : null);
      setAttribute(wall, "data-shown", scene);
      setAttribute(wall, "data-turning", null);
      scopc.islands.wake();
    }

    /** Out, other scene, in: half of the fade each. */
    function show(scene) {
      window.clearTimeout(turning);
      const isFirst = !wall.dataset.shown;
      const fadeMs = parseFloat(window.getComputedStyle(wall).getPropertyValue("--m-page")) || 0;
      if (isFirst || fadeMs === 0) {
        swap(scene);
        return;
      }
      setAttribute(wall, "data-turning", "1");
      turning = window.setTimeout(() => swap(scene), fadeMs / 2);
    }

    const held = heldScene(window.location.search, scenes);
    const stop = scopc.clock.everySecond(create({ scenes, dwellS: Number(element.dataset.dwell), held, show }));
    return () => {
      stop();
      window.clearTimeout(turning);
    };
  };

  return { indexAt, heldScene, create };
})();
