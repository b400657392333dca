/**
 * Every Leaflet map that dash-leaflet makes gets the base map, traffic and service, the vehicles, and their hands. Which
 * of them it shows is told by its wrapper's `data-layers` or chosen by the reader (map_toggles.js).
 *
 * dash-leaflet's bundle sets `window.L` before the files of assets/ run, and makes its maps later, when Dash has
 * fetched the layout: an init hook sees them all. The first view is the one that the wrapper's `data-view` names
 * (else the pack's first); it follows the size of the panel until somebody has touched the map, on a wall for ever.
 */
window.scopc = window.scopc || {};
scopc.mapPage = (() => {
  "use strict";

  const HANDS = ["dragging", "touchZoom", "doubleClickZoom", "scrollWheelZoom", "boxZoom", "keyboard", "tap"];
  const TOUCHES = ["pointerdown", "wheel", "keydown"];

  /** Maps of this page, for tests and for the browser's console. */
  const maps = new Set();

  /**
   * Leaflet bounds of a view.
   * @param {{view_id: string, bounds: number[]}[]} views of the page's config; bounds are west, south, east, north
   * @param {string|undefined} viewId the first view when it names none
   * @returns {[[number, number], [number, number]]|null} south west, north east as lat, lon
   */
  function boundsOf(views, viewId) {
    const view = views.find((one) => one.view_id === viewId) || views[0];
    if (!view) return null;
    const [west, south, east, north] = view.bounds;
    return [
      [south, west],
      [north, east],
    ];
  }

  /** A wall has nobody to zoom it, and takes any scale that fits. */
  function freeze(map) {
    HANDS.forEach((hand) => map[hand] && map[hand].disable());
    if (map.zoomControl) map.zoomControl.remove();
    map.options.zoomSnap = 0;
    map.getContainer().removeAttribute("tabindex");
  }

  /** Keep the view on its bounds through changes of size. @returns {() => void} stop */
  function keepView(map, bounds, isWall) {
    const container = map.getContainer();
    let isTouched = false;
    const touch = () => {
      isTouched = true;
    };
    const show = () => map.fitBounds(bounds, { animate: false });
    const onResize = () => {
      map.invalidateSize({ animate: false, pan: false });
      if (isWall || !isTouched) show();
    };
    show();
    if (!isWall) TOUCHES.forEach((type) => container.addEventListener(type, touch));
    const observer = new window.ResizeObserver(onResize);
    observer.observe(container);
    return () => observer.disconnect();
  }

  /** What shows traffic and service: links, gaps, stops, trail, incidents. */
  function addTraffic(L, map, { shown, routes, routeShapes }) {
    const { fleet, pageState, networkLinks, incidentStore, facilityStore, stopPlaces } = scopc;
    const links = scopc.linksLayer.create(L, { networkLinks, pageState, incidents: incidentStore });
    const marks = scopc.marksLayer.create(L, { fleet, pageState, facilities: facilityStore, stopPlaces, shown });
    const isOn = (...names) => names.some((name) => shown.has(name));
    const show = () => {
      links.show(isOn("links"));
      marks.show(isOn("stops", "facilities"));
      marks.redraw();
    };
    show();
    const stop = shown.subscribe(show);
    map.on("unload", stop);
    links.addTo(map);
    marks.addTo(map);
    scopc.gapsLayer.create(L, { pageState, routes, routeShapes, stopPlaces, shown }).addTo(map);
    scopc.trailLayer.create(L, { fleet, pageState, shown }).addTo(map);
    scopc.incidentMarks.attach(L, map, { pageState, store: incidentStore, shown });
    return { links, marks };
  }

  function attach(L, map) {
    const config = scopc.page.config();
    const routes = config.routes || [];
    const container = map.getContainer();
    const isWall = scopc.page.isWall();
    const { fleet, pageState, networkLinks, stopPlaces } = scopc;
    maps.add(map);
    map.on("unload", () => maps.delete(map));
    map.whenReady(() => {
      if (isWall) freeze(map);
      const wrapper = container.closest("[data-view]");
      const bounds = boundsOf(config.views || [], wrapper ? wrapper.dataset.view : undefined);
      if (bounds) map.on("unload", keepView(map, bounds, isWall));
      const shown = scopc.mapLayers.forMap(container, pageState);
      const lang = scopc.page.lang();
      const base = scopc.baseMap.create(L, { layers: config.layers || [], routes, lang, pageState, shown });
      base.ground.addTo(map);
      base.lines.addTo(map);
      const { links, marks } = addTraffic(L, map, { shown, routes, routeShapes: base.routeShapes });
      const vehicles = scopc.vehicleLayer.create(L, { fleet, pageState, routes, shown }).addTo(map);
      map.scopcVehicles = vehicles;
      map.scopcLinks = links;
      if (isWall) return;
      scopc.mapHands.attach(L, map, vehicles, { fleet, pageState, routes });
      scopc.mapObjects.attach(L, map, { links, marks, vehicles }, { networkLinks, stopPlaces, pageState });
    });
  }

  if (window.L) {
    window.L.Map.addInitHook(function hook() {
      attach(window.L, this);
    });
  }

  return { boundsOf, maps };
})();
