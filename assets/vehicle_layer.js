/**
 * The vehicles on a Leaflet map: one canvas in a pane of its own, drawn from the fleet, never through Dash.
 *
 *   const layer = scopc.vehicleLayer.create(L, {fleet: scopc.fleet, pageState: scopc.pageState, routes});
 *   layer.addTo(map);
 *
 * Drawn 20 or 10 times a second by the number of vehicles in view, once per frame of data above that; not at all while
 * nothing moves, nobody looks, or every pixel would be the same. `layer.stats` counts what was done.
 */
window.scopc = window.scopc || {};
scopc.vehicleLayer = (() => {
  "use strict";

  const PANE = "scopc-vehicles";
  const PANE_Z = 450; // over Leaflet's overlays (400), under its markers (600)
  const AGEING_TICK_MS = 1000; // states change by age also when nothing arrives
  const FRAME_SLACK_MS = 8; // the wait for the next animation frame comes on top of the timer
  const CROWDS = [
    { above: 1500, scale: 0.55 },
    { above: 300, scale: 0.75 },
  ];
  const LABELS_UP_TO = 60;
  const LABEL_HEIGHT = 0.7; // of its bitmap, which leaves room for Thai marks above and below

  /**
   * Whether the canvas may go to the screen past the page's own compositing: without a GPU that saves three quarters of
   * the main thread's work (measured, 1,000 vehicles at 10 frames a second). Only desktop Linux: elsewhere the picture
   * may be seen while it is being drawn.
   */
  const canSkipCompositor = (userAgent) => /X11; Linux/.test(userAgent);

  /** Size of marks for a number of vehicles in view. */
  const scaleFor = (count) => (CROWDS.find(({ above }) => count > above) || { scale: 1 }).scale;

  /**
   * @param {object} L Leaflet
   * @param {object} options
   * @param {{model: Function, now: Function, heardAt: Function, subscribe: Function}} options.fleet
   * @param {{get: Function, subscribe: Function}} options.pageState
   * @param {{route_id: string, colour: string}[]} options.routes
   * @param {{has: (name: string) => boolean, subscribe: Function}} options.shown layers of this map
   */
  function create(L, { fleet, pageState, routes, shown }) {
    const { mapTheme, vehicleSprites, mapLabels, frameRate, mercator } = scopc;
    const model = fleet.model();
    const colourByRoute = new Map(routes.map((route) => [route.route_id, mapTheme.LINE_COLOURS.indexOf(route.colour)]));
    const plainColour = mapTheme.LINE_COLOURS.indexOf("grey");
    const governor = frameRate.createGovernor();
    const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
    const stats = { drawn: 0, skipped: 0, fps: 0, inView: 0, drawMs: 0 };

    let map;
    let canvas;
    let context;
    let theme;
    let sprites;
    let words;
    let scale = 1;
    let corner = { x: 0, y: 0 }; // world pixels of the canvas's upper left corner
    let worldPx = 1;
    let ops = new Int32Array(0); // x, y, key and slot of every mark, in order of drawing
    let opsLength = 0;
    let isDirty = true; // something beside the marks has changed
    let isMoving = false;
    let isZooming = false;
    let fps = 0;
    let timer = null;
    let frameRequest = null;
    let drawnAt = 0;
    let drawnFrameT = null;
    let wasAnimating = false;
    let sides = new Map();
    const stops = [];
    const afterDraw = new Set();

    // ---- when to draw ----

    /** Draw with the next animation frame. */
    function request() {
      window.clearTimeout(timer);
      timer = null;
      const isSeen = map && !document.hidden && scopc.islands.isShown(map.getContainer());
      if (frameRequest === null && isSeen) frameRequest = window.requestAnimationFrame(onFrame);
    }

    function requestIn(ms) {
      window.clearTimeout(timer);
      timer = window.setTimeout(request, ms);
    }

    function touch() {
      isDirty = true;
      request();
    }

    function onFrame() {
      frameRequest = null;
      const started = performance.now();
      if (wasAnimating) governor.note(started - drawnAt, 1000 / fps);
      if (!isZooming) draw();
      drawnAt = started;
      stats.drawMs = performance.now() - started;
      const wanted = reducedMotion.matches ? 0 : frameRate.forCount(stats.inView, stats.fps);
      stats.fps = wanted;
      fps = governor.govern(wanted);
      wasAnimating = isMoving && fps > 0;
      const waitMs = wasAnimating ? 1000 / fps - stats.drawMs - FRAME_SLACK_MS : AGEING_TICK_MS;
      requestIn(Math.max(0, waitMs));
    }

    // ---- what to draw ----

    /** Ghosts are a layer of their own: who is missing is asked apart from who is there. */
    const isLookShown = (look) => shown.has(look === model.LOOK.GHOST ? "ghosts" : "vehicles");

    /** The canvas follows the view; its pixels are those of the screen. */
    function fit() {
      const size = map.getSize();
      const topLeft = map.containerPointToLayerPoint([0, 0]);
      const origin = map.getPixelOrigin();
      L.DomUtil.setPosition(canvas, topLeft);
      corner = { x: origin.x + topLeft.x, y: origin.y + topLeft.y };
      worldPx = mercator.worldPx(map.getZoom());
      const width = Math.round(size.x * theme.dpr);
      const height = Math.round(size.y * theme.dpr);
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        canvas.style.width = `${size.x}px`;
        canvas.style.height = `${size.y}px`;
      }
    }

    function restyle() {
      const wanted = mapTheme.read(map.getContainer());
      if (theme && wanted.key === theme.key) return;
      theme = wanted;
      makeSprites();
      words = mapLabels.createWords(theme);
      fit();
      touch();
    }

    function makeSprites() {
      if (sprites) sprites.clear();
      const palette = mapTheme.LINE_COLOURS.map((name) => theme.lines[name]);
      sprites = vehicleSprites.createSprites(theme, palette, scale);
    }

    /**
     * Append the marks of one look to `ops`.
     * @returns {boolean} whether one of them differs from what stood at its place in the last drawing
     */
    function collect(look, selectedSlot) {
      const { x, y, heading, isShown } = model;
      const { dpr } = theme;
      const { half } = sprites;
      let differs = false;
      for (let i = 0; i < model.size; i += 1) {
        if (model.look[i] !== look || !(isShown[i] || i === selectedSlot)) continue;
        const px = Math.round((x[i] * worldPx - corner.x) * dpr) - half;
        const py = Math.round((y[i] * worldPx - corner.y) * dpr) - half;
        if (!(px > -2 * half && py > -2 * half && px < canvas.width && py < canvas.height)) continue;
        const colour = colourByRoute.get(model.routeIdAt(i)) ?? plainColour;
        const step = look === model.LOOK.GHOST ? 0 : vehicleSprites.stepOf(heading[i]);
        const key = vehicleSprites.keyOf(look, colour, step);
        const at = opsLength;
        opsLength += 4;
        if (ops[at] === px && ops[at + 1] === py && ops[at + 2] === key && ops[at + 3] === i) continue;
        differs = true;
        ops[at] = px;
        ops[at + 1] = py;
        ops[at + 2] = key;
        ops[at + 3] = i;
      }
      return differs;
    }

    function draw() {
      const now = fleet.now();
      isMoving = model.place(now, { heardAt: fleet.heardAt(), isAnimated: fps > 0 && !reducedMotion.matches });
      if (ops.length < model.size * 4) ops = new Int32Array(Math.max(256, model.size * 8));
      const { selectedId, hoverId } = pageState.get();
      const selectedSlot = model.slotOf(selectedId);
      const lengthBefore = opsLength;
      let differs = isDirty;
      opsLength = 0;
      for (const look of [model.LOOK.GHOST, model.LOOK.HOLLOW, model.LOOK.LIVE]) {
        if (isLookShown(look)) differs = collect(look, selectedSlot) || differs;
      }
      stats.inView = opsLength / 4;
      if (differs || opsLength !== lengthBefore) paint(selectedSlot, model.slotOf(hoverId));
      else stats.skipped += 1;
      isDirty = false;
      noteDrawn();
      afterDraw.forEach((fn) => fn(now));
      const wantedScale = scaleFor(stats.inView);
      if (wantedScale !== scale) {
        scale = wantedScale;
        makeSprites();
        touch();
      }
    }

    function paint(selectedSlot, hoverSlot) {
      stats.drawn += 1;
      context.clearRect(0, 0, canvas.width, canvas.height);
      const { half } = sprites;
      let selectedAt = -1;
      for (let at = 0; at < opsLength; at += 4) {
        context.drawImage(sprites.get(ops[at + 2]), ops[at], ops[at + 1]);
        if (ops[at + 3] === selectedSlot) selectedAt = at;
      }
      if (selectedAt >= 0) {
        context.drawImage(sprites.get(ops[selectedAt + 2]), ops[selectedAt], ops[selectedAt + 1]);
        drawRing(ops[selectedAt] + half, ops[selectedAt + 1] + half);
      }
      if (!theme.isWall) drawLabels(selectedSlot, hoverSlot);
    }

    function drawRing(x, y) {
      context.beginPath();
      context.arc(x, y, 2 * sprites.radiusPx * theme.dpr, 0, 2 * Math.PI);
      context.strokeStyle = theme.colours.select;
      context.lineWidth = 2 * theme.k * theme.dpr;
      context.stroke();
    }

    /** Labels of all when they are few, else of the selected vehicle and the one pointed at. */
    function drawLabels(selectedSlot, hoverSlot) {
      const { half } = sprites;
      const reach = Math.round(0.75 * half);
      const areFew = stats.inView <= LABELS_UP_TO;
      const items = [];
      const marks = [];
      for (let at = 0; at < opsLength; at += 4) {
        const slot = ops[at + 3];
        const isForced = slot === selectedSlot || slot === hoverSlot;
        if (!areFew && !isForced) continue;
        const id = model.ids[slot];
        const x = ops[at] + half;
        const y = ops[at + 1] + half;
        if (areFew) marks.push({ id, x: x - reach, y: y - reach, w: 2 * reach, h: 2 * reach });
        const word = words.get(model.labels[slot]);
        const gap = slot === selectedSlot ? Math.round(1.3 * half) : reach;
        const item = { id, x, y, w: word.width, h: word.height * LABEL_HEIGHT, gap, isForced, word };
        if (isForced) items.unshift(item);
        else items.push(item);
      }
      const placed = mapLabels.placeLabels(items, marks, sides);
      sides = new Map();
      for (const item of items) {
        const place = placed.get(item.id);
        if (!place) continue;
        sides.set(item.id, place.side);
        context.drawImage(item.word, Math.round(place.x), Math.round(item.y - item.word.height / 2));
      }
    }

    /** The first drawing after a frame of data is the one that counts for latency. */
    function noteDrawn() {
      if (model.frameT === null || model.frameT === drawnFrameT) return;
      drawnFrameT = model.frameT;
      scopc.stream.stats.markDrawn("vehicles", drawnFrameT, Date.now() - drawnFrameT);
    }

    // ---- Leaflet ----

    function onMove() {
      if (isZooming) return;
      fit();
      touch();
    }

    function onZoomEnd() {
      isZooming = false;
      onMove();
    }

    /** While the map zooms, the picture is stretched; it is drawn anew at the end. */
    function onZoomAnim(event) {
      isZooming = true;
      const offset = map._latLngBoundsToNewLayerBounds(map.getBounds(), event.zoom, event.center).min;
      L.DomUtil.setTransform(canvas, offset, map.getZoomScale(event.zoom));
    }

    const Layer = L.Layer.extend({
      stats,

      onAdd(owner) {
        map = owner;
        const pane = map.getPane(PANE) || map.createPane(PANE);
        pane.style.zIndex = PANE_Z;
        pane.style.pointerEvents = "none";
        canvas = L.DomUtil.create("canvas", "scopc-vehicles leaflet-zoom-animated", pane);
        canvas.setAttribute("aria-hidden", "true"); // the list beside the map says the same in words
        context = canvas.getContext("2d", { desynchronized: canSkipCompositor(window.navigator.userAgent) });
        restyle();
        fit();
        stops.push(
          fleet.subscribe((what) => (what === "places" ? request() : touch())),
          pageState.subscribe(touch, ["selectedId", "hoverId"]),
          mapTheme.onChange(restyle),
          shown.subscribe(touch),
        );
        document.addEventListener("visibilitychange", touch);
        request();
      },

      onRemove() {
        stops.splice(0).forEach((stop) => stop());
        document.removeEventListener("visibilitychange", touch);
        window.clearTimeout(timer);
        if (frameRequest !== null) window.cancelAnimationFrame(frameRequest);
        frameRequest = null;
        sprites.clear();
        words.clear();
        canvas.remove();
        map = null;
      },

      getEvents() {
        return {
          move: onMove,
          moveend: onMove,
          viewreset: onMove,
          resize: onMove,
          zoomanim: onZoomAnim,
          zoomend: onZoomEnd,
        };
      },

      /** Call `fn(now)` after every drawing. */
      onDrawn(fn) {
        afterDraw.add(fn);
      },

      /** Where a place of the world is in the container, px. */
      containerPoint(x, y) {
        return L.point(x * worldPx - corner.x, y * worldPx - corner.y);
      },

      /** Nearest vehicle to a point of the container. @returns {string|null} its id */
      hit(point, reachPx) {
        const isSeen = (slot) => isLookShown(model.look[slot]);
        return model.hit((point.x + corner.x) / worldPx, (point.y + corner.y) / worldPx, reachPx / worldPx, isSeen);
      },

      /** Reach of a mark, px. */
      markPx: () => sprites.radiusPx,
    });
    return new Layer();
  }

  return { create, scaleFor, canSkipCompositor };
})();
