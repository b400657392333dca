/**
 * The page's one fleet: the model that the stream feeds and that map, list and counts read.
 *
 *   scopc.fleet.model()               -> the vehicle model (see vehicle_model.js)
 *   scopc.fleet.subscribe((what) => ...) -> unsubscribe; `what` is "places", "facts" or "filter"
 *   scopc.fleet.now()                 -> server time, epoch ms
 *   scopc.fleet.heardAt()             -> server time of the last sign of life from the server
 *
 * The first use opens the stream. Filter and search of the page's state are passed on to the model.
 */
window.scopc = window.scopc || {};
scopc.fleet = (() => {
  "use strict";

  const LIMITS = { late_after_s: 90, ghost_after_s: 300, extrapolate_max_s: 60, extrapolate_max_m: 300 };

  /**
   * @param {object} env
   * @param {object} env.config the page's settings: `limits`, `routes`
   * @param {{subscribe: Function, link: object}} env.stream
   * @param {{now: () => number, offsetMs: () => number}} env.clock
   * @param {{get: Function, subscribe: Function}} env.pageState
   */
  function createFleet({ config, stream, clock, pageState }) {
    const model = scopc.vehicleModel.create({ limits: { ...LIMITS, ...config.limits }, routes: config.routes || [] });
    const listeners = new Set();

    /** One listener's error does not keep the news from the others. */
    function tell(what) {
      for (const listener of [...listeners]) {
        try {
          listener(what);
        } catch (error) {
          console.error("fleet:", error);
        }
      }
    }

    model.setFilter(pageState.get());
    stream.subscribe("vehicle_facts", (frame) => {
      model.applyFacts(frame);
      tell("facts");
    });
    stream.subscribe("vehicles", (frame) => {
      model.apply(frame, clock.now());
      tell("places");
    });
    pageState.subscribe(
      (state) => {
        model.setFilter(state);
        tell("filter");
      },
      ["routes", "search"],
    );

    return {
      model,
      now: clock.now,
      heardAt: () => (stream.link.get().lastEventAt ?? 0) - clock.offsetMs(),
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  }

  let page = null;

  function pageFleet() {
    if (page === null) {
      const { stream, pageState } = scopc;
      page = createFleet({ config: scopc.page.config(), stream, clock: scopc.freshness.clock, pageState });
    }
    return page;
  }

  return {
    createFleet,
    model: () => pageFleet().model,
    subscribe: (listener) => pageFleet().subscribe(listener),
    now: () => pageFleet().now(),
    heardAt: () => pageFleet().heardAt(),
  };
})();
