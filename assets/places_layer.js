/**
 * Places that are observed, on a Leaflet map: gauges, road and pipe points, lakes, stations, lamps, cameras, each with the mark
 * of its kind. What is abnormal carries its status shape with the value; what is silent is a dashed ring.
 *
 *   const layer = scopc.placesLayer.create(L, {domain, shown, onMoved}).addTo(map)   `onMoved` when marks or words stand elsewhere
 *   layer.boxes() -> where marks and words stand, px of the canvas: no name of the base map may
 *   layer.hit(point, reachPx) -> item of scopc.observations | null
 *   scopc.placesLayer.attach(L, map, layer)     pointing shows a tip, a click opens the evidence
 *   scopc.placesLayer.KINDS                   which property stands for a kind, and its mark
 *
 * The names and figures of all places are in the lists beside the map: that is the keyboard's way to them.
 */
window.scopc = window.scopc || {};
scopc.placesLayer = (() => {
  "use strict";

  const PANE = "scopc-places";
  const PANE_Z = 440;
  const TIP_PANE = "scopc-place-tips";
  const TIP_PANE_Z = 690;
  const NAMES_FROM_ZOOM = 14.5;
  const REACH_PX = { mouse: 12, touch: 22, pen: 14 };
  const GAP_PX = 12;
  const ABNORMAL = ["watch", "warning", "critical"];
  const RANK = { critical: 4, warning: 3, watch: 2, unknown: 1 };

  /** Kind of feature: its mark, the properties that may stand for it, and whether its value is always written. */
  const KINDS = Object.freeze({
    rain_gauge: { mark: "cross", properties: ["rain_15min", "rain_1h", "rain_3h", "rain_24h"] },
    road_point: { mark: "square", properties: ["road_water"] },
    pipe_point: { mark: "pipe", properties: ["pipe_water"] },
    lake: { mark: "ring", properties: ["lake_freeboard", "lake_level"] },
    river_gauge: { mark: "river", properties: ["river_bank_gap", "river_level"] },
    air_station: { mark: "target", properties: ["pm25_24h", "pm25", "aqi_th"], isAlwaysWritten: true },
    weather_station: { mark: "dot", properties: ["air_temperature", "rain_24h"] },
    streetlight: { mark: "dot", properties: ["streetlight_fault", "streetlight_on"], badAt: 1 },
    camera: { mark: "dot", properties: ["camera_up"], badAt: 0 },
  });

  // ---- pure ----

  const isSilent = ({ value, state }) => value === null || state === "stale";

  /** Of lamps and cameras, which have no scale: whether the last word was that it does not work. */
  function isBroken({ kind, property, value }) {
    const { badAt, properties } = KINDS[kind];
    return badAt !== undefined && property === properties[0] && value === badAt;
  }

  /** How a place is drawn: {mark, isWritten}. `mark` is a kind of mark or a status. */
  function lookOf(item) {
    if (isSilent(item)) return { mark: "silent", isWritten: false };
    if (ABNORMAL.includes(item.status)) return { mark: item.status, isWritten: true };
    if (isBroken(item)) return { mark: "broken", isWritten: false };
    return { mark: KINDS[item.kind].mark, isWritten: Boolean(KINDS[item.kind].isAlwaysWritten) };
  }

  /** Items of a picture that have a place, the most urgent last, so that they lie on top. */
  function placesOf(picture) {
    if (!picture.isKnown) return [];
    const rows = Object.entries(KINDS).flatMap(([kind, { properties }]) => scopc.observations.rows(picture, { kinds: [kind], properties }));
    const placed = rows.filter(({ lat, lon }) => lat !== null && lon !== null);
    return placed.sort((a, b) => (RANK[a.status] ?? 0) - (RANK[b.status] ?? 0));
  }

  const valueText = ({ value, decimals, unit }) => `${scopc.dom.fixed(value, decimals)} ${unit}`.trim();

  // ---- drawing ----

  const MARKS = {
    cross: (pen, r) => pen.lines([[-r, 0, r, 0], [0, -r, 0, r]]),
    broken: (pen, r) => pen.lines([[-r, -r, r, r], [-r, r, r, -r]]),
    pipe: (pen, r) => pen.lines([[-r, -0.4 * r, r, -0.4 * r], [-r, 0.4 * r, r, 0.4 * r]]),
    river: (pen, r) => pen.lines([[-0.4 * r, -r, -0.4 * r, r], [0.4 * r, -r, 0.4 * r, r]]),
    square: (pen, r) => pen.box(r * 0.85),
    dot: (pen, r) => pen.disc(r * 0.6, { isFilled: true }),
    target: (pen, r) => {
      pen.disc(r, { isFilled: false });
      pen.disc(r * 0.3, { isFilled: true });
    },
    ring: (pen, r) => pen.disc(r * 0.8, { isFilled: false, colour: "normal" }),
    silent: (pen, r) => pen.disc(r, { isFilled: false, colour: "ink-3", isDashed: true }),
  };

  function createPen(context, { colours, k }) {
    const at = { x: 0, y: 0 };
    const finish = (colour, width) => {
      context.strokeStyle = colours.land;
      context.lineWidth = (width + 2.4) * k;
      context.stroke(); // a casing of land, so that a mark stands free of roads
      context.strokeStyle = colour;
      context.lineWidth = width * k;
    };
    const lines = (parts) => {
      context.beginPath();
      parts.forEach(([ax, ay, bx, by]) => {
        context.moveTo(at.x + ax, at.y + ay);
        context.lineTo(at.x + bx, at.y + by);
      });
      finish(colours.ink, 1.6);
      context.stroke();
    };
    const box = (r) => {
      context.beginPath();
      context.rect(at.x - r, at.y - r, 2 * r, 2 * r);
      context.fillStyle = colours.land;
      finish(colours.ink, 1.6);
      context.fill();
      context.stroke();
    };
    const disc = (r, { isFilled, colour = "ink", isDashed = false }) => {
      context.beginPath();
      context.arc(at.x, at.y, r, 0, 2 * Math.PI);
      context.fillStyle = isFilled ? colours[colour] : colours.land;
      finish(colours[colour], 1.5);
      context.fill();
      context.setLineDash(isDashed ? [2.6 * k, 2.2 * k] : []);
      context.stroke();
      context.setLineDash([]);
    };
    const shape = (kind, r) => {
      context.save();
      context.translate(at.x, at.y);
      context.scale(r / 9, r / 9);
      const path = new window.Path2D(scopc.dom.SHAPES[kind]);
      context.lineWidth = 4;
      context.strokeStyle = colours.land;
      context.stroke(path);
      context.fillStyle = colours[kind];
      context.fill(path);
      context.lineWidth = 1.4;
      context.strokeStyle = colours[`${kind}-edge`];
      context.stroke(path);
      context.restore();
    };
    return { at, lines, box, disc, shape };
  }

  // ---- Leaflet ----

  function create(L, { domain, shown, onMoved = () => {} }) {
    let drawn = []; // items with x, y px of the canvas
    let boxes = [];
    let frame = null;

    const placesKey = () => boxes.map(({ x, y, w }) => [x, y, w].map(Math.round).join()).join(" ");

    function draw(drawing) {
      const before = placesKey();
      drawAll(drawing);
      if (placesKey() !== before) onMoved();
    }

    function drawAll(drawing) {
      ({ frame } = drawing);
      drawn = [];
      boxes = [];
      if (!shown.has("places")) return;
      const { context, theme } = drawing;
      const { worldX, worldY } = scopc.mercator;
      const pen = createPen(context, theme);
      const radius = 6 * theme.k;
      for (const item of placesOf(scopc.observations.picture(domain))) {
        const x = worldX(item.lon) * frame.worldPx - frame.x;
        const y = worldY(item.lat) * frame.worldPx - frame.y;
        if (x < -20 || y < -20 || x > frame.width + 20 || y > frame.height + 20) continue;
        const look = lookOf(item);
        pen.at.x = x;
        pen.at.y = y;
        if (MARKS[look.mark]) MARKS[look.mark](pen, radius);
        else pen.shape(look.mark, radius * 1.25);
        drawn.push({ ...item, x, y, look });
      }
      writeWords(drawing);
    }

    /** Values first, then names where the view is near; nothing stands on another's words. */
    function writeWords({ context, theme }) {
      const { k, colours, font, namePx: px } = theme;
      const isNear = frame.zoom - Math.log2(k) >= NAMES_FROM_ZOOM;
      const taken = drawn.map(({ x, y }) => ({ x: x - 6 * k, y: y - 6 * k, w: 12 * k, h: 12 * k }));
      const written = [...drawn].reverse().map((one) => ({ one, words: [one.look.isWritten ? valueText(one) : "", isNear ? one.name : ""].filter(Boolean).join(" ") }));
      context.textBaseline = "middle";
      for (const { one, words } of written.filter(({ words: said }) => said !== "")) {
        context.font = `${one.look.isWritten ? 600 : 500} ${px}px ${font}`;
        const box = { x: one.x + 10 * k, y: one.y - px / 2, w: context.measureText(words).width, h: px };
        if (!ABNORMAL.includes(one.look.mark) && taken.some((other) => scopc.mapLabels.overlaps(box, other))) continue;
        taken.push(box);
        context.strokeStyle = colours.land;
        context.lineWidth = 4 * k;
        context.strokeText(words, box.x, one.y);
        context.fillStyle = one.look.isWritten ? colours.ink : colours["ink-3"];
        context.fillText(words, box.x, one.y);
      }
      boxes = taken;
    }

    const layer = scopc.canvasLayer.create(L, {
      name: PANE,
      z: PANE_Z,
      draw,
      start: ({ redraw }) => [scopc.observations.subscribe(domain, redraw), shown.subscribe(redraw)],
    });

    layer.boxes = () => boxes;
    layer.hit = (point, reachPx) => {
      if (frame === null) return null;
      const { x, y, unitsPerPx } = layer.worldAt(point);
      const at = { x: x / unitsPerPx - frame.x, y: y / unitsPerPx - frame.y };
      const away = (one) => Math.hypot(one.x - at.x, one.y - at.y);
      return drawn.filter((one) => away(one) <= reachPx).reduce((best, one) => (best === null || away(one) <= away(best) ? one : best), null);
    };
    return layer;
  }

  /** What the tip of a place says. */
  function wordsOf(item) {
    const { text } = scopc.page;
    const status = item.status ? [text(`level.${item.status}`)] : [];
    const figure = item.value === null ? text("no.data") : valueText(item);
    const age = item.ageMs === null ? [] : [text("age.ago", { age: scopc.freshness.ageText(item.ageMs) })];
    const origin = item.klass === null ? [] : [text(`class.${item.klass}`)];
    return { title: item.name, lines: [[item.propertyName, figure, ...status].join(" · "), [...origin, ...age].join(" · ")].filter(Boolean) };
  }

  function attach(L, map, layer) {
    const { el } = scopc.dom;
    const container = map.getContainer();
    const pane = map.getPane(TIP_PANE) || map.createPane(TIP_PANE);
    pane.style.zIndex = TIP_PANE_Z;
    pane.style.pointerEvents = "none";
    const box = el("div", { class: "map-note" });
    const tip = el("div", { class: "map-anchor leaflet-zoom-animated" }, box);
    let pointed = null;

    const hitAt = (event) => layer.hit(map.mouseEventToContainerPoint(event), REACH_PX[event.pointerType] || REACH_PX.mouse);

    function show(item, event) {
      if (item === null) {
        tip.remove();
        container.style.cursor = "";
        return;
      }
      const { title, lines } = wordsOf(item);
      box.replaceChildren(el("strong", { class: "map-note__title" }, title), ...lines.map((line) => el("p", {}, line)));
      if (!tip.isConnected) pane.append(tip);
      container.style.cursor = "pointer";
      const point = map.mouseEventToContainerPoint(event);
      const { left, top } = scopc.mapHands.besidePoint(point, { w: box.offsetWidth, h: box.offsetHeight }, map.getSize(), GAP_PX);
      box.style.inset = `${top}px auto auto ${left}px`;
      L.DomUtil.setPosition(tip, map.containerPointToLayerPoint(point));
    }

    container.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch") return;
      if (pointed === null) {
        window.requestAnimationFrame(() => {
          const last = pointed;
          pointed = null;
          if (last !== null) show(last.buttons === 0 ? hitAt(last) : null, last);
        });
      }
      pointed = event;
    });
    container.addEventListener("pointerleave", () => {
      pointed = null;
      tip.remove();
    });
    map.on("zoomstart movestart", () => tip.remove());
    map.on("click", ({ originalEvent }) => {
      const item = hitAt(originalEvent);
      if (item !== null && item.evidence !== null) scopc.evidence.open(item.evidence);
    });
  }

  return { create, attach, lookOf, placesOf, isBroken, wordsOf, KINDS };
})();
