/**
 * Every Leaflet map that dash-leaflet makes gets the base map, the vehicles and their hands.
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

  function attach(L, map) {
    const config = scopc.page.config();
    const routes = config.routes || [];
    const container = map.getContainer();
    const isWall = scopc.page.isWall();
    const { fleet, pageState } = scopc;
    maps.add(map);
    map.on("unload", () => maps.delete(map));
    map.whenReady(() => {
      if (isWall) freeze(map);
      const wrapper = container.closest("[data-view]");
      const bounds = boundsOf(config.views || [], wrapper ? wrapper.dataset.view : undefined);
      if (bounds) map.on("unload", keepView(map, bounds, isWall));
      scopc.baseMap.create(L, { layers: config.layers || [], routes, lang: scopc.page.lang(), pageState }).addTo(map);
      const vehicles = scopc.vehicleLayer.create(L, { fleet, pageState, routes }).addTo(map);
      map.scopcVehicles = vehicles;
      if (!isWall) scopc.mapHands.attach(L, map, vehicles, { fleet, pageState, routes });
    });
  }

  if (window.L) {
    window.L.Map.addInitHook(function hook() {
      attach(window.L, this);
    });
  }

  return { boundsOf, maps };
})();
