/**
 * Islands: leaf elements that Dash lays out once and scripts keep alive.
 *
 *   scopc.mounts = scopc.mounts || {};
 *   scopc.mounts["clock"] = (element) => { ...; return () => { ...stop... }; };
 *
 * Scripts load in alphabetical order, so a file only leaves its mount function in `scopc.mounts`; when the document
 * is read, each runs once per `[data-island="clock"]` element, whether it is there already or appears later;
 * what it returns runs when the element has left the document. An element that only moved is not mounted again.
 * `scopc.islands.guarded(element, fn)` wraps a subscriber: an error marks this island alone
 * (`data-error`), the next success takes the mark away. In a hidden scene of a wall nothing is drawn: the last call waits
 * until `scopc.islands.wake()` says that another scene is shown.
 */
window.scopc = window.scopc || {};
scopc.islands = (() => {
  "use strict";

  /** A registry for one document. */
  function createIslands(document, MutationObserver) {
    const mounts = new Map();
    const mounted = new Map(); // element -> unmount
    let isWatching = false;

    function mountOne(element) {
      const mount = mounts.get(element.dataset.island);
      if (!mount || mounted.has(element)) return;
      mounted.set(element, () => {});
      contained(element, () => mounted.set(element, mount(element) || (() => {})))();
    }

    /** Mount the islands at and below a node. */
    function scan(root) {
      if (root.nodeType === 1 && root.dataset && root.dataset.island !== undefined) mountOne(root);
      if (root.querySelectorAll) root.querySelectorAll("[data-island]").forEach(mountOne);
    }

    /** Unmount what has left the document. */
    function sweep() {
      for (const [element, unmount] of [...mounted]) {
        if (element.isConnected) continue;
        mounted.delete(element);
        unmount();
      }
    }

    function onMutations(records) {
      let isRemoved = false;
      for (const record of records) {
        record.addedNodes.forEach(scan);
        isRemoved = isRemoved || record.removedNodes.length > 0;
      }
      if (isRemoved) sweep();
    }

    function watch() {
      if (isWatching) return;
      isWatching = true;
      new MutationObserver(onMutations).observe(document, { childList: true, subtree: true });
    }

    /** Mount every `[data-island=name]`, now and later. */
    function register(name, mount) {
      mounts.set(name, mount);
      watch();
      scan(document);
    }

    return { register, scan, sweep, count: () => mounted.size };
  }

  const HIDDEN_SCENE = ".scene[hidden]";
  const waiting = new Map(); // what would have drawn in a hidden scene -> {element, args} of its last call

  /** Whether the scene that an element stands in is shown; on a desk everything is. */
  const isShown = (element) => !element.closest || element.closest(HIDDEN_SCENE) === null;

  /** Run `fn` so that its error stays with its island; in a hidden scene later. */
  function guarded(element, fn) {
    const run = contained(element, fn);
    return function call(...args) {
      if (isShown(element)) {
        waiting.delete(call);
        return run(...args);
      }
      waiting.set(call, { element, args });
      return undefined;
    };
  }

  /** Draw what has waited for its scene. */
  function wake() {
    for (const [call, { element, args }] of [...waiting]) {
      if (!element.isConnected) waiting.delete(call);
      else if (isShown(element)) call(...args);
    }
  }

  /** Run `fn` so that its error stays with its island. */
  function contained(element, fn) {
    return (...args) => {
      try {
        const result = fn(...args);
        if ("error" in element.dataset) delete element.dataset.error;
        return result;
      } catch (error) {
        element.dataset.error = "1";
        console.error(`island ${element.dataset.island}:`, error);
        return undefined;
      }
    };
  }

  let page = null;

  /** Mount an island that was not in `scopc.mounts` when the document was read. */
  function register(name, mount) {
    page = page || createIslands(window.document, window.MutationObserver);
    page.register(name, mount);
  }

  /** Begin with every mount function that the other scripts have left. */
  function start() {
    for (const [name, mount] of Object.entries(scopc.mounts || {})) register(name, mount);
  }

  if (window.document) {
    if (window.document.readyState === "loading") window.document.addEventListener("DOMContentLoaded", start);
    else window.setTimeout(start, 0);
  }

  return { register, guarded, isShown, wake, createIslands };
})();
