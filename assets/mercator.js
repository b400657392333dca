/**
 * Web Mercator (EPSG:3857) with the whole world as the unit square: x to the east, y to the south.
 * A pixel of a Leaflet map at zoom z is `world * 256 * 2 ** z`.
 */
window.scopc = window.scopc || {};
scopc.mercator = (() => {
  "use strict";

  const TILE_PX = 256;
  const MAX_LAT = 85.0511287798; // the square ends here
  const EARTH_CIRCUMFERENCE_M = 2 * Math.PI * 6378137;

  /** @returns {number} x in 0..1 of a longitude in degrees */
  const worldX = (lon) => lon / 360 + 0.5;

  /** @returns {number} y in 0..1 of a latitude in degrees, 0 in the north */
  function worldY(lat) {
    const sine = Math.sin((Math.max(-MAX_LAT, Math.min(MAX_LAT, lat)) * Math.PI) / 180);
    return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  }

  /** @returns {{lat: number, lon: number}} degrees */
  function toDegrees(x, y) {
    return {
      lon: (x - 0.5) * 360,
      lat: (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI,
    };
  }

  /** @returns {number} world units of one metre on the ground at height `y` of the square */
  const unitsPerMetre = (y) => Math.cosh((0.5 - y) * 2 * Math.PI) / EARTH_CIRCUMFERENCE_M;

  /** @returns {number} pixels of the whole world at a zoom, fractions allowed */
  const worldPx = (zoom) => TILE_PX * 2 ** zoom;

  return { worldX, worldY, toDegrees, unitsPerMetre, worldPx };
})();
