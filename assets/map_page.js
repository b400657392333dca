/**
 * Every Leaflet map that dash-leaflet makes gets the base map and what the page's scripts can draw: traffic and service,
 * the vehicles and their hands, or the places of the page's domain (its wrapper's or page's `data-domain`). Which of them it
 * shows is told by its wrapper's `data-layers` or chosen by the reader (map_toggles.js).
 *
 * dash-leaflet's bundle sets `window.L` before the files of assets/ run, and makes its maps later, when Dash has
 * fetched the layout: an init hook sees them all. The first view is the one that the wrapper's `data-view` names
 * (else the pack's first); it follows the size of the panel until somebody has touched the map, on a wall for ever.
 */
window.scopc = window.scopc || {};
scopc.mapPage = (() => {
  "use strict";

  const HANDS = ["dragging", "touchZoom", "doubleClickZoom", "scrollWheelZoom", "boxZoom", "keyboard", "tap"];
  const MOST_COVERED = 0.3; // of a map's height: on less than the rest of it a city cannot be read
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
    const region = container.closest(".region");
    const tools = region && region.querySelector(".map-tools"); // lie over the map's upper edge
    let isTouched = false;
    const touch = () => {
      isTouched = true;
    };
    const show = () => {
      const covered = tools ? tools.offsetTop + tools.offsetHeight : 0;
      const top = covered < MOST_COVERED * container.clientHeight ? covered : 0;
      map.fitBounds(bounds, { animate: false, paddingTopLeft: [0, top] });
    };
    const onResize = () => {
      if (container.clientWidth === 0) return; // in a hidden scene: it keeps its size until it is back
      map.invalidateSize({ animate: false, pan: false });
      if (isWall || !isTouched) show();
    };
    if (container.clientWidth > 0) show();
    if (!isWall) TOUCHES.forEach((type) => container.addEventListener(type, touch));
    const observer = new window.ResizeObserver(onResize);
    observer.observe(container);
    if (tools) observer.observe(tools); // its buttons come after the map
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

  /** Traffic, service and vehicles, with what a person does with them. */
  function addTransit(L, map, { shown, routes, routeShapes, isWall }) {
    const { fleet, pageState, networkLinks, stopPlaces } = scopc;
    const { links, marks } = addTraffic(L, map, { shown, routes, routeShapes });
    const vehicles = scopc.vehicleLayer.create(L, { fleet, pageState, routes, shown }).addTo(map);
    map.scopcVehicles = vehicles;
    map.scopcLinks = links;
    if (isWall) return;
    scopc.mapHands.attach(L, map, vehicles, { fleet, pageState, routes });
    scopc.mapObjects.attach(L, map, { links, marks, vehicles }, { networkLinks, stopPlaces, pageState });
  }

  /** Places of the domain that the map or the page is about. */
  function addPlaces(L, map, { shown, base, isWall }) {
    const owner = map.getContainer().closest("[data-domain]");
    const domain = owner ? owner.dataset.domain : window.document.documentElement.dataset.page;
    const layer = scopc.placesLayer.create(L, { domain, shown, onMoved: () => base.names.redraw() }).addTo(map);
    base.keepFree(layer.boxes);
    map.scopcPlaces = layer;
    if (!isWall) scopc.placesLayer.attach(L, map, layer);
  }

  function attach(L, map) {
    const config = scopc.page.config();
    const routes = config.routes || [];
    const container = map.getContainer();
    const isWall = scopc.page.isWall();
    const { pageState } = scopc;
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
      [base.ground, base.lines, base.names].forEach((layer) => layer.addTo(map));
      map.scopcBase = base;
      // A page is sent only the scripts that it draws with.
      if (scopc.vehicleLayer) addTransit(L, map, { shown, routes, routeShapes: base.routeShapes, isWall });
      if (scopc.placesLayer && shown.has("places")) addPlaces(L, map, { shown, base, isWall });
    });
  }

  if (window.L) {
    window.L.Map.addInitHook(function hook() {
      attach(window.L, this);
    });
  }

  return { boundsOf, maps };
})();
