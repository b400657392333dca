/**
 * The incidents that are open now, for whoever shows them beside the list (format: assets/incident_panel.js).
 *
 *   scopc.incidentStore.subscribe(fn) -> unsubscribe
 *   scopc.incidentStore.list()        most severe first; [] before the first frame
 *   scopc.incidentStore.linksOf(key)  ids of the links that an incident touches; key of `incidentPanel.keyOf`, or null
 */
window.scopc = window.scopc || {};
scopc.incidentStore = (() => {
  "use strict";

  const listeners = new Set();
  let incidents = [];
  let isStarted = false;

  function start() {
    isStarted = true;
    scopc.stream.subscribe("incidents", (frame) => {
      incidents = scopc.incidentPanel.ordered(frame.incidents);
      for (const listener of [...listeners]) listener();
    });
  }

  function subscribe(listener) {
    listeners.add(listener);
    if (!isStarted) start();
    return () => listeners.delete(listener);
  }

  function linksOf(key) {
    const found = key === null ? undefined : incidents.find((one) => scopc.incidentPanel.keyOf(one) === key);
    return (found && found.link_ids) || [];
  }

  return { subscribe, list: () => incidents, linksOf };
})();
