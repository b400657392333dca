/**
 * Where the stops of the lines are (`/network/stops.geojson`), fetched once.
 *
 *   scopc.stopPlaces.watch(fn) -> unsubscribe    fn() when they are there, at once when they are already
 *   scopc.stopPlaces.all()     Map(id -> {id, name, lat, lon, x, y, routeIds: Set}), empty before
 */
window.scopc = window.scopc || {};
scopc.stopPlaces = (() => {
  "use strict";

  const URL = "/network/stops.geojson";
  const RETRY_MS = [4000, 10000];

  const listeners = new Set();
  let stops = new Map();
  let isStarted = false;

  /** Stops of a GeoJSON document, by id; one without a place is left out. */
  function placesOf({ features }, lang) {
    const { worldX, worldY } = scopc.mercator;
    const places = new Map();
    for (const { geometry, properties } of features) {
      const [lon, lat] = (geometry && geometry.coordinates) || [];
      if (!Number.isFinite(lat) || !Number.isFinite(lon)) continue;
      const { stop_id: id, route_ids: routeIds } = properties;
      const name = properties[`name_${lang}`] || properties.name_th || id;
      places.set(id, { id, name, lat, lon, x: worldX(lon), y: worldY(lat), routeIds: new Set(routeIds || []) });
    }
    return places;
  }

  /** Asks until it has them; a city without a timetable has none. */
  async function fetchAll() {
    for (;;) {
      const answer = await window.fetch(URL).catch(() => null);
      if (answer && answer.ok) {
        stops = placesOf(await answer.json(), scopc.page.lang());
        for (const listener of [...listeners]) listener();
        return;
      }
      if (answer && answer.status === 404) return;
      const waitMs = RETRY_MS[0] + (RETRY_MS[1] - RETRY_MS[0]) * Math.random();
      await new Promise((resolve) => window.setTimeout(resolve, waitMs));
    }
  }

  function watch(listener) {
    listeners.add(listener);
    if (!isStarted) {
      isStarted = true;
      fetchAll();
    } else if (stops.size > 0) listener();
    return () => listeners.delete(listener);
  }

  return { watch, all: () => stops, placesOf };
})();
