/**
 * State that the parts of a page share: what is selected, followed, filtered, searched, pointed at.
 *
 *   scopc.pageState.get()             -> {selectedId, hoverId, follow, routes, search}; treat it as read-only
 *   scopc.pageState.set({selectedId}) -> merges; listeners hear of it only when something changed
 *   scopc.pageState.subscribe((state, changed) => ..., ["selectedId"]) -> unsubscribe; without keys: every change
 *   scopc.pageState.toggleRoute(routeId)
 *
 * `routes` is a Set of route ids; empty means all. Ids are those of the `vehicles` frame, null where none.
 */
window.scopc = window.scopc || {};
scopc.pageState = (() => {
  "use strict";

  const INITIAL = Object.freeze({
    selectedId: null,
    hoverId: null,
    follow: false,
    routes: Object.freeze(new Set()),
    search: "",
  });

  /** Whether two values of the state say the same; sets are compared by content. */
  function same(a, b) {
    if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((item) => b.has(item));
    return Object.is(a, b);
  }

  /**
   * An observable record.
   * @template {object} T
   * @param {T} initial its keys are all the keys there are
   */
  function createStore(initial) {
    let state = { ...initial };
    const listeners = new Map();

    function set(patch) {
      const changed = Object.keys(patch).filter((key) => !same(state[key], patch[key]));
      const unknown = changed.find((key) => !(key in initial));
      if (unknown) throw new Error(`page state has no "${unknown}"`);
      if (changed.length === 0) return;
      state = { ...state, ...patch };
      const told = state;
      for (const [listener, keys] of [...listeners]) {
        if (!keys || changed.some((key) => keys.includes(key))) listener(told, changed);
      }
    }

    function subscribe(listener, keys) {
      listeners.set(listener, keys);
      return () => listeners.delete(listener);
    }

    return { get: () => state, set, subscribe };
  }

  /** A store of the page with its verbs. */
  function createPageState() {
    const store = createStore(INITIAL);

    /** Show only this route, too, or no longer. */
    function toggleRoute(routeId) {
      const routes = new Set(store.get().routes);
      if (!routes.delete(routeId)) routes.add(routeId);
      store.set({ routes });
    }

    /** Select a vehicle, or none; whom we no longer look at we no longer follow. */
    function select(vehicleId) {
      store.set(vehicleId === null ? { selectedId: null, follow: false } : { selectedId: vehicleId });
    }

    return { ...store, toggleRoute, select };
  }

  return { ...createPageState(), createStore, createPageState };
})();
