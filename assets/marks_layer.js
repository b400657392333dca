/**
 * Stops and facilities on a Leaflet map, on one canvas under the vehicles.
 *
 *   const layer = scopc.marksLayer.create(L, {fleet, pageState, facilities, stopPlaces, shown}).addTo(map)
 *   layer.hit(point, reachPx) -> {kind: "stop", id, name} | {kind: "facility", ...facility} | null
 *
 * Stops are those of the lines that are filtered, else of the line of the selected or pointed-at vehicle; the chosen one
 * is always there. A facility is a square with what is free of how many; without a count that may be trusted it is dashed.
 */
window.scopc = window.scopc || {};
scopc.marksLayer = (() => {
  "use strict";

  const PANE = "scopc-marks";
  const PANE_Z = 430; // over gaps and routes, under vehicles (450)
  const STOP_PX = 3.4;
  const NAMES_FROM_ZOOM = 15.5;
  const ALL_STOPS_FROM_ZOOM = 15;
  const WORDS_FROM_ZOOM = 14.5;
  const FACILITY_PX = 7; // half a side
  const JUDGE_EVERY_MS = 10000;
  const LETTERS = { parking: "P", charging: "E" };

  // ---- pure ----

  /**
   * Which stops are shown.
   * @param {Iterable<object>} stops
   * @param {{lines: Set<string>, stopId: string|null, zoom: number}} view `lines` are those that are looked at
   */
  function shownStops(stops, { lines, stopId, zoom }) {
    const isOn = (stop) => [...stop.routeIds].some((routeId) => lines.has(routeId));
    return [...stops].filter((stop) => stop.id === stopId || isOn(stop) || (lines.size === 0 && zoom >= ALL_STOPS_FROM_ZOOM));
  }

  /** The zoom at which a desk of scale 1 shows as much of the city. */
  const zoomAtScale = ({ zoom }, { k }) => zoom - Math.log2(k);

  // ---- drawing ----

  function drawStop(context, x, y, { k, colours, isChosen }) {
    context.beginPath();
    context.arc(x, y, (isChosen ? 1.8 : 1) * STOP_PX * k, 0, 2 * Math.PI);
    context.fillStyle = isChosen ? colours.select : colours.land;
    context.fill();
    context.strokeStyle = isChosen ? colours.land : colours["ink-2"];
    context.lineWidth = (isChosen ? 2 : 1.3) * k;
    context.stroke();
  }

  function drawWords(context, words, x, y, { k, colours, font, px, weight = 500 }) {
    context.font = `${weight} ${px}px ${font}`;
    context.textBaseline = "middle";
    context.strokeStyle = colours.land;
    context.lineWidth = 4 * k;
    context.strokeText(words, x, y);
    context.fillStyle = colours.ink;
    context.fillText(words, x, y);
  }

  function drawFacility(context, x, y, facility, { k, colours, font, px }, hasWords) {
    const half = FACILITY_PX * k;
    context.fillStyle = colours.surface;
    context.fillRect(x - half, y - half, 2 * half, 2 * half);
    context.setLineDash(facility.isUsable ? [] : [3 * k, 2.4 * k]);
    context.strokeStyle = facility.isUsable ? colours.ink : colours["ink-3"];
    context.lineWidth = 1.4 * k;
    context.strokeRect(x - half, y - half, 2 * half, 2 * half);
    context.setLineDash([]);
    context.font = `600 ${1.5 * half}px ${font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = facility.isUsable ? colours.ink : colours["ink-3"];
    context.fillText(LETTERS[facility.kind] ?? "?", x, y + 0.06 * half);
    context.textAlign = "left";
    if (hasWords) drawWords(context, scopc.facilityStore.countText(facility), x + 1.4 * half, y, { k, colours, font, px, weight: 600 });
  }

  // ---- Leaflet ----

  function create(L, { fleet, pageState, facilities, stopPlaces, shown }) {
    const model = fleet.model();
    let drawn = []; // {x, y, kind, ...} px of the canvas, for the pointer
    let frame = null;
    let lineOfVehicle = null;

    /** Lines that are looked at: filtered ones, else the selected vehicle's, else the one pointed at. */
    function lines() {
      const { routes: chosen } = pageState.get();
      if (chosen.size > 0) return chosen;
      return new Set(lineOfVehicle === null ? [] : [lineOfVehicle]);
    }

    function readLine() {
      const { selectedId, hoverId } = pageState.get();
      const slot = [selectedId, hoverId].map((id) => model.slotOf(id)).find((at) => at >= 0);
      return slot === undefined ? null : model.routeIdAt(slot);
    }

    function onVehicle() {
      const line = readLine();
      if (line === lineOfVehicle) return;
      lineOfVehicle = line;
      layer.redraw();
    }

    function draw(drawing) {
      ({ frame } = drawing);
      drawn = [];
      if (shown.has("facilities")) drawFacilities(drawing);
      if (shown.has("stops")) drawStops(drawing);
    }

    const isIn = ({ x, y }) => x > -20 && y > -20 && x < frame.width + 20 && y < frame.height + 20;
    const toPixels = (x, y) => ({ x: x * frame.worldPx - frame.x, y: y * frame.worldPx - frame.y });

    function drawStops({ context, theme }) {
      const { stopId } = pageState.get();
      const zoom = zoomAtScale(frame, theme);
      const view = shownStops(stopPlaces.all().values(), { lines: lines(), stopId, zoom });
      const here = view.map((stop) => ({ kind: "stop", id: stop.id, name: stop.name, ...toPixels(stop.x, stop.y) })).filter(isIn);
      const { k, colours, font, namePx: px } = theme;
      for (const stop of here) drawStop(context, stop.x, stop.y, { k, colours, isChosen: stop.id === stopId });
      const taken = [];
      for (const stop of [...here].sort((a, b) => (b.id === stopId) - (a.id === stopId))) {
        if (theme.isWall || (zoom < NAMES_FROM_ZOOM && stop.id !== stopId)) continue;
        context.font = `500 ${px}px ${font}`;
        const box = { x: stop.x + 7 * k, y: stop.y - px / 2, w: context.measureText(stop.name).width, h: px };
        if (taken.some((other) => scopc.mapLabels.overlaps(box, other))) continue;
        taken.push(box);
        drawWords(context, stop.name, box.x, stop.y, { k, colours, font, px });
      }
      drawn.push(...here);
    }

    function drawFacilities({ context, theme }) {
      const { worldX, worldY } = scopc.mercator;
      const { k, colours, font, namePx: px } = theme;
      for (const one of facilities.list(scopc.freshness.clock.now())) {
        const at = { ...one, facilityKind: one.kind, ...toPixels(worldX(one.lon), worldY(one.lat)) };
        if (!isIn(at)) continue;
        drawFacility(context, at.x, at.y, one, { k, colours, font, px }, zoomAtScale(frame, theme) >= WORDS_FROM_ZOOM);
        drawn.push({ ...at, kind: "facility" });
      }
    }

    const layer = scopc.canvasLayer.create(L, {
      name: PANE,
      z: PANE_Z,
      draw,
      start: ({ redraw }) => {
        const judge = () => window.document.hidden || !shown.has("facilities") || facilities.list(0).length === 0 || redraw();
        const timer = window.setInterval(judge, JUDGE_EVERY_MS);
        return [
          facilities.subscribe(redraw),
          stopPlaces.watch(redraw),
          fleet.subscribe((what) => what === "facts" && onVehicle()),
          pageState.subscribe(onVehicle, ["selectedId", "hoverId"]),
          pageState.subscribe(redraw, ["routes", "stopId"]),
          () => window.clearInterval(timer),
        ];
      },
    });

    layer.hit = (point, reachPx) => {
      if (frame === null) return null;
      const { x, y, unitsPerPx } = layer.worldAt(point);
      const at = { x: x / unitsPerPx - frame.x, y: y / unitsPerPx - frame.y };
      const away = (one) => Math.hypot(one.x - at.x, one.y - at.y);
      const near = drawn.filter((one) => away(one) <= reachPx);
      return near.reduce((best, one) => (best === null || away(one) < away(best) ? one : best), null);
    };
    return layer;
  }

  return { create, shownStops };
})();
