/**
 * A canvas on a Leaflet map that shows a piece of the world and is drawn when the view has come to rest, when the theme
 * changes, and when its owner asks. It covers the view and a margin, so that a drag does not show the edge at once.
 *
 *   const layer = scopc.canvasLayer.create(L, {name, z, draw, start}).addTo(map)
 *   draw({context, frame, theme, map})   on a cleared canvas, in CSS pixels
 *   start({map, redraw}) -> [stop, ...]  when the layer is added; what it returns is called when the layer leaves
 *   layer.redraw()                       with the next animation frame, once however often it is asked for
 *   layer.show(isShown)                  a hidden canvas is not drawn, nor one in a hidden scene of a wall
 *
 * `frame` is {x, y, width, height, margin, worldPx, zoom}: upper left corner in world px, size in px.
 */
window.scopc = window.scopc || {};
scopc.canvasLayer = (() => {
  "use strict";

  const PADDING = 0.25; // of the view on each side

  /**
   * @param {object} L Leaflet
   * @param {object} options
   * @param {string} options.name of the pane and the class
   * @param {number} options.z of the pane: tiles 200, overlays 400, markers 600
   * @param {(drawing: object) => void} options.draw
   * @param {(page: {map: object, redraw: Function}) => Function[]} [options.start]
   */
  function create(L, { name, z, draw, start = () => [] }) {
    const stats = { drawn: 0, drawMs: 0 };
    const stops = [];
    let map = null;
    let canvas = null;
    let context = null;
    let theme = null;
    let frame = null; // of the last drawing
    let drawnCorner = null; // of the canvas, as a place
    let frameRequest = null;
    let isShown = true;

    function redraw() {
      const isSeen = map && isShown && scopc.islands.isShown(map.getContainer());
      if (isSeen && frameRequest === null) frameRequest = window.requestAnimationFrame(onFrame);
    }

    function onFrame() {
      frameRequest = null;
      const started = performance.now();
      fit();
      context.lineJoin = "round";
      draw({ context, frame, theme, map });
      stats.drawn += 1;
      stats.drawMs = performance.now() - started;
    }

    /** Empty the canvas; a new size does that by itself, and costs more. */
    function clear(width, height) {
      if (canvas.width === width && canvas.height === height) {
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, width, height);
      } else {
        canvas.width = width;
        canvas.height = height;
      }
      context.setLineDash([]);
      context.globalAlpha = 1;
      context.textAlign = "left";
    }

    /** Lay the canvas over the view, empty. */
    function fit() {
      const size = map.getSize();
      const margin = size.multiplyBy(PADDING).round();
      const topLeft = map.containerPointToLayerPoint(margin.multiplyBy(-1)).round();
      const origin = map.getPixelOrigin();
      const width = size.x + 2 * margin.x;
      const height = size.y + 2 * margin.y;
      const zoom = map.getZoom();
      drawnCorner = map.layerPointToLatLng(topLeft);
      clear(Math.round(width * theme.dpr), Math.round(height * theme.dpr));
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      L.DomUtil.setTransform(canvas, topLeft, 1);
      context.setTransform(theme.dpr, 0, 0, theme.dpr, 0, 0);
      const worldPx = scopc.mercator.worldPx(zoom);
      frame = { x: origin.x + topLeft.x, y: origin.y + topLeft.y, width, height, margin, worldPx, zoom };
    }

    function restyle() {
      const wanted = scopc.mapTheme.read(map.getContainer());
      if (theme && wanted.key === theme.key) return;
      theme = wanted;
      redraw();
    }

    function onZoomAnim(event) {
      if (frame === null) return;
      const offset = map._latLngToNewLayerPoint(drawnCorner, event.zoom, event.center);
      L.DomUtil.setTransform(canvas, offset, map.getZoomScale(event.zoom, frame.zoom));
    }

    const Layer = L.Layer.extend({
      stats,
      redraw,

      onAdd(owner) {
        map = owner;
        const pane = map.getPane(name) || map.createPane(name);
        pane.style.zIndex = z;
        pane.style.pointerEvents = "none";
        canvas = L.DomUtil.create("canvas", `${name} leaflet-zoom-animated`, pane);
        canvas.setAttribute("aria-hidden", "true"); // lists beside the map say the same in words
        canvas.hidden = !isShown;
        context = canvas.getContext("2d");
        stops.push(scopc.mapTheme.onChange(restyle), ...start({ map, redraw }));
        restyle();
      },

      onRemove() {
        stops.splice(0).forEach((stop) => stop());
        if (frameRequest !== null) window.cancelAnimationFrame(frameRequest);
        frameRequest = null;
        frame = theme = null;
        canvas.remove();
        map = null;
      },

      getEvents() {
        return { moveend: redraw, viewreset: redraw, resize: redraw, zoomanim: onZoomAnim };
      },

      show(wanted) {
        if (wanted === isShown) return;
        isShown = wanted;
        if (canvas) canvas.hidden = !isShown;
        redraw();
      },

      /** Place of the world under a point of the container, in units of the world. */
      worldAt(point) {
        const origin = map.getPixelOrigin();
        const { x, y } = map.containerPointToLayerPoint(point);
        const worldPx = scopc.mercator.worldPx(map.getZoom());
        return { x: (x + origin.x) / worldPx, y: (y + origin.y) / worldPx, unitsPerPx: 1 / worldPx };
      },

      isShown: () => isShown,
    });
    return new Layer();
  }

  return { create };
})();
