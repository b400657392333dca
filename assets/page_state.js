/**
 * State that the parts of a page share: what is selected, followed, filtered, searched, pointed at, and what the map shows.
 *
 *   scopc.pageState.get()             -> treat it as read-only; its keys are those of INITIAL
 *   scopc.pageState.set({selectedId}) -> merges; listeners hear of it only when something changed
 *   scopc.pageState.subscribe((state, changed) => ..., ["selectedId"]) -> unsubscribe; without keys: every change
 *   scopc.pageState.toggleRoute(routeId), .toggleLayer(name)
 *
 * `routes` is a Set of route ids; empty means all. Ids are those of the `vehicles` frame, null where none. `layers` is
 * the Set of map layers that are on (names in LAYERS). `stopId`, `linkId` and `incidentId` are what was chosen of the
 * others on the map or in a list; `ladderRouteId` is the line whose ladder is large, null while the page chooses.
 */
window.scopc = window.scopc || {};
scopc.pageState = (() => {
  "use strict";

  const LAYERS = Object.freeze(["vehicles", "ghosts", "lines", "stops", "links", "incidents", "trail", "facilities"]);
  const INITIAL = Object.freeze({
    selectedId: null,
    hoverId: null,
    follow: false,
    routes: Object.freeze(new Set()),
    search: "",
    layers: Object.freeze(new Set(LAYERS)),
    stopId: null,
    linkId: null,
    incidentId: null,
    ladderRouteId: null,
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
    const subscriptions = new Set();

    function set(patch) {
      const changed = Object.keys(patch).filter((key) => !same(state[key], patch[key]));
      const unknown = changed.find((key) => !(key in initial));
      if (unknown) throw new Error(`page state has no "${unknown}"`);
      if (changed.length === 0) return;
      state = { ...state, ...patch };
      const told = state;
      for (const { listener, keys } of [...subscriptions]) {
        if (!keys || changed.some((key) => keys.includes(key))) listener(told, changed);
      }
    }

    // Each call is a subscription of its own: one function may hear of some keys here and of others there.
    function subscribe(listener, keys) {
      const subscription = { listener, keys };
      subscriptions.add(subscription);
      return () => subscriptions.delete(subscription);
    }

    return { get: () => state, set, subscribe };
  }

  /** A store of the page with its verbs. */
  function createPageState() {
    const store = createStore(INITIAL);

    function toggle(key, item) {
      const items = new Set(store.get()[key]);
      if (!items.delete(item)) items.add(item);
      store.set({ [key]: items });
    }

    /** Show only this route, too, or no longer. */
    const toggleRoute = (routeId) => toggle("routes", routeId);

    /** Show a layer of the map, or no longer. */
    const toggleLayer = (name) => toggle("layers", name);

    /** Select a vehicle, or none; whom we no longer look at we no longer follow. */
    function select(vehicleId) {
      store.set(vehicleId === null ? { selectedId: null, follow: false } : { selectedId: vehicleId });
    }

    return { ...store, toggleRoute, toggleLayer, select };
  }

  return { ...createPageState(), createStore, createPageState, LAYERS };
})();
