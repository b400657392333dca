/**
 * Where the selected vehicle has been: its fixes of the last half hour, fading with age, with marks at round times.
 *
 *   scopc.trailLayer.create(L, {fleet, pageState, shown}).addTo(map)
 *
 * The history is asked for once (`GET /api/v1/vehicles/{id}/trail?minutes=30`), then fixes of the stream are appended. A
 * stretch without a fix for longer than a fix may be late is dashed: where the vehicle was meanwhile is not known.
 */
window.scopc = window.scopc || {};
scopc.trailLayer = (() => {
  "use strict";

  const PANE = "scopc-trail";
  const PANE_Z = 440; // over stops, under vehicles (450)
  const MINUTES = 30;
  const KEEP_MS = MINUTES * 60000;
  const STEPS = 6; // of fading
  const FAINTEST = 0.18;
  const WIDTH_PX = 3;
  const MARK_EVERY_MS = 5 * 60000;
  const MARK_GAP_PX = 44; // marks nearer than that to the last one are left out
  const JUMP_PX = 1;
  const URL_OF = (id) => `/api/v1/vehicles/${encodeURIComponent(id)}/trail?minutes=${MINUTES}`;

  // ---- pure ----

  /** Fixes of the API's answer, oldest first; those without a place or time are left out. */
  function fixesOf(answer) {
    return answer.items
      .map(({ observed_at: at, lat, lon }) => ({ at: Date.parse(at), lat, lon }))
      .filter(({ at, lat, lon }) => [at, lat, lon].every(Number.isFinite))
      .sort((a, b) => a.at - b.at);
  }

  /** Fixes with those of `more` that are not among them, in order, none older than KEEP_MS before `now`. */
  function merged(fixes, more, now) {
    const byTime = new Map([...more, ...fixes].map((fix) => [fix.at, fix]));
    return [...byTime.values()].filter(({ at }) => at >= now - KEEP_MS).sort((a, b) => a.at - b.at);
  }

  /** Which step of fading a fix has, 0 the newest. */
  const stepOf = (at, now) => Math.min(STEPS - 1, Math.max(0, Math.floor(((now - at) / KEEP_MS) * STEPS)));

  /**
   * Pieces of a trail that are drawn alike, neighbours sharing a fix.
   * @param {{at: number}[]} fixes oldest first
   * @param {number} lateMs a longer pause between two fixes is a gap
   * @returns {{from: number, to: number, step: number, isGap: boolean}[]} indices, both inclusive
   */
  function piecesOf(fixes, now, lateMs) {
    const pieces = [];
    for (let i = 1; i < fixes.length; i += 1) {
      const step = stepOf(fixes[i].at, now);
      const isGap = fixes[i].at - fixes[i - 1].at > lateMs;
      const last = pieces[pieces.length - 1];
      if (last && last.step === step && last.isGap === isGap) last.to = i;
      else pieces.push({ from: i - 1, to: i, step, isGap });
    }
    return pieces;
  }

  /** The first fix at or after each round time. @returns {{index: number, at: number}[]} `at` the round time */
  function marksOf(fixes, everyMs = MARK_EVERY_MS) {
    const marks = [];
    for (let i = 1; i < fixes.length; i += 1) {
      const at = Math.floor(fixes[i].at / everyMs) * everyMs;
      if (fixes[i - 1].at < at) marks.push({ index: i, at });
    }
    return marks;
  }

  // ---- Leaflet ----

  function create(L, { fleet, pageState, shown }) {
    const model = fleet.model();
    const lateMs = scopc.page.config().limits.late_after_s * 1000;
    const { zone } = scopc.clock.pageOptions();
    let id = null;
    let fixes = [];

    const isOn = () => id !== null && shown.has("trail");

    async function askHistory(wanted) {
      const answer = await window.fetch(URL_OF(wanted), { headers: { Accept: "application/json" } }).catch(() => null);
      const body = answer && answer.ok ? await answer.json().catch(() => null) : null;
      if (body === null || wanted !== id) return; // then the trail begins with the stream
      fixes = merged(fixes, fixesOf(body), fleet.now());
      layer.redraw();
    }

    function onState() {
      const { selectedId } = pageState.get();
      const wanted = shown.has("trail") ? selectedId : null;
      if (wanted === id) return;
      id = wanted;
      fixes = [];
      layer.show(id !== null);
      layer.redraw();
      if (id === null) return;
      onPlaces();
      askHistory(id);
    }

    /** The newest fix of the vehicle, not where it is drawn. */
    function onPlaces() {
      const slot = isOn() ? model.slotOf(id) : -1;
      if (slot < 0 || Number.isNaN(model.x1[slot])) return;
      const at = model.observedMs[slot];
      const last = fixes[fixes.length - 1];
      if (last && at <= last.at) return;
      const { lat, lon } = scopc.mercator.toDegrees(model.x1[slot], model.y1[slot]);
      fixes = merged(fixes, [{ at, lat, lon }], fleet.now());
      layer.redraw();
    }

    function draw({ context, frame, theme }) {
      if (!isOn() || fixes.length < 2) return;
      const { worldX, worldY } = scopc.mercator;
      const { colours, k } = theme;
      const now = fleet.now();
      const points = fixes.map(({ lat, lon }) => [worldX(lon) * frame.worldPx - frame.x, worldY(lat) * frame.worldPx - frame.y]);
      context.lineCap = context.lineJoin = "round";
      for (const { from, to, step, isGap } of piecesOf(fixes, now, lateMs)) {
        context.beginPath();
        points.slice(from, to + 1).forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
        context.setLineDash(isGap ? [1 * k, 5 * k] : []);
        context.globalAlpha = 1;
        context.strokeStyle = colours.land;
        context.lineWidth = (WIDTH_PX + 2) * k;
        if (!isGap) context.stroke();
        context.globalAlpha = 1 - (1 - FAINTEST) * (step / (STEPS - 1));
        context.strokeStyle = colours.ink;
        context.lineWidth = (isGap ? 0.6 : 1) * WIDTH_PX * k;
        context.stroke();
      }
      context.globalAlpha = 1;
      context.setLineDash([]);
      drawMarks(context, points, theme);
    }

    function drawMarks(context, points, { colours, k, font, namePx, isWall }) {
      let last = null;
      for (const { index, at } of marksOf(fixes).reverse()) {
        const [x, y] = points[index];
        if (last && Math.hypot(x - last[0], y - last[1]) < MARK_GAP_PX * k) continue;
        last = [x, y];
        context.beginPath();
        context.arc(x, y, 3 * k, 0, 2 * Math.PI);
        context.fillStyle = colours.land;
        context.fill();
        context.strokeStyle = colours.ink;
        context.lineWidth = 1.4 * k;
        context.stroke();
        if (isWall) continue;
        const words = scopc.clock.timeText(at, zone).slice(0, 5);
        context.font = `500 ${namePx}px ${font}`;
        context.textBaseline = "middle";
        context.strokeStyle = colours.land;
        context.lineWidth = 4 * k;
        context.strokeText(words, x + 6 * k, y - JUMP_PX);
        context.fillStyle = colours["ink-2"];
        context.fillText(words, x + 6 * k, y - JUMP_PX);
      }
    }

    const layer = scopc.canvasLayer.create(L, {
      name: PANE,
      z: PANE_Z,
      draw,
      start: () => {
        onState();
        return [
          fleet.subscribe((what) => what === "places" && onPlaces()),
          pageState.subscribe(onState, ["selectedId"]),
          shown.subscribe(onState),
        ];
      },
    });
    layer.show(false);
    return layer;
  }

  return { create, fixesOf, merged, piecesOf, marksOf, stepOf, KEEP_MS };
})();
