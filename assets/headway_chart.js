/**
 * Island `headway-chart`: headways at one stop over two hours, dots over the band that is even enough, and the headway
 * that the next vehicle will have made. With `data-of="vehicle"` at the selected vehicle's next stop, else at the stop
 * that was chosen.
 *
 * GET /api/v1/stops/{stop_id}/arrivals: {arrivals: [{route_id, call, vehicle_id, expected_at, basis, error_s}], passages:
 * [{route_id, call, vehicle_id, passed_at, headway_s}]}; passages are those of the last two hours, `headway_s` null for a
 * first one.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.headwayChart = (() => {
  "use strict";

  const PAST_MS = 2 * 3600e3;
  const AHEAD_MS = 15 * 60e3;
  const PAD = { left: 30, right: 12, top: 12, bottom: 22 };
  const text = (key, values) => scopc.page.text(key, values);

  // ---- pure ----

  /** Scale of the chart in minutes: whole steps, at least twice the target. */
  function scaleOf(minutes, targetMin) {
    const most = Math.max(...minutes, 2 * (targetMin ?? 0), 10);
    const step = [5, 10, 20, 30, 60].find((one) => most / one <= 4) ?? 60;
    return { maxMin: Math.ceil(most / step) * step, step };
  }

  /** "gap", "bunched" or null by the bands; without a target nobody can say. */
  function kindOf(minutes, targetMin, bands) {
    if (targetMin === null) return null;
    if (minutes >= bands.gap * targetMin) return "gap";
    return minutes <= bands.bunched * targetMin ? "bunched" : null;
  }

  /** Points of one line at the stop: headways that were, and the one that the next vehicle will have made. */
  function pointsOf(answer, routeId) {
    const passed = answer.passages.filter((one) => one.route_id === routeId);
    const points = passed
      .filter(({ headway_s: s }) => Number.isFinite(s))
      .map((one) => ({ at: Date.parse(one.passed_at), min: one.headway_s / 60, vehicleId: one.vehicle_id }));
    const [next] = answer.arrivals
      .filter((one) => one.route_id === routeId)
      .map((one) => ({ at: Date.parse(one.expected_at), vehicleId: one.vehicle_id, call: one.call }))
      .sort((a, b) => a.at - b.at);
    // A loop calls at a stop more than once, and each call has headways of its own.
    const before = next ? passed.filter(({ call }) => call === next.call).map((one) => Date.parse(one.passed_at)) : [];
    const from = Math.max(-Infinity, ...before);
    const hasNext = next && Number.isFinite(from) && next.at > from;
    return { points, next: hasNext ? { at: next.at, vehicleId: next.vehicleId, min: (next.at - from) / 60e3, from } : null };
  }

  // ---- drawing ----

  function createPlot() {
    const { svg, pool, setText, setAttribute, SHAPES } = scopc.dom;
    const band = svg("rect", { class: "strip__band" });
    const target = svg("path", { class: "strip__target" });
    const next = svg("path", { class: "chart__next" });
    const ticks = svg("g", { class: "strip__ticks" });
    const dots = svg("g", {});
    const root = svg("svg", { class: "chart", role: "img" }, band, target, next, ticks, dots);
    const drawTicks = pool(ticks, () => svg("text", {}));
    const drawDots = pool(dots, () => {
      const shape = svg("path", {});
      const words = svg("text", { class: "strip__name", "text-anchor": "end" });
      return { root: svg("g", {}, shape, words), shape, words };
    });

    function draw({ points, next: due }, { width, height, now, targetMin, bands, zone, name }) {
      const all = due ? [...points, { ...due, isNext: true }] : points;
      const { maxMin, step } = scaleOf(all.map(({ min }) => min), targetMin);
      const x = (at) => PAD.left + ((at - (now - PAST_MS)) / (PAST_MS + AHEAD_MS)) * (width - PAD.left - PAD.right);
      const y = (min) => height - PAD.bottom - (Math.min(min, maxMin) / maxMin) * (height - PAD.top - PAD.bottom);
      setAttribute(root, "viewBox", `0 0 ${width} ${height}`);
      const has = targetMin !== null;
      setAttribute(band, "hidden", has ? null : "");
      setAttribute(target, "hidden", has ? null : "");
      if (has) {
        setAttribute(band, "x", String(PAD.left));
        setAttribute(band, "width", String(width - PAD.left - PAD.right));
        setAttribute(band, "y", y(bands.gap * targetMin).toFixed(1));
        setAttribute(band, "height", (y(bands.bunched * targetMin) - y(bands.gap * targetMin)).toFixed(1));
        setAttribute(target, "d", `M${PAD.left} ${y(targetMin).toFixed(1)}H${width - PAD.right}`);
      }
      const rows = Array.from({ length: maxMin / step + 1 }, (_, i) => ({ words: String(i * step), x: PAD.left - 7, y: y(i * step) + 4, anchor: "end" }));
      const hours = [2, 1, 0].map((back) => ({
        words: scopc.clock.timeText(now - back * 3600e3, zone).slice(0, 5),
        x: x(now - back * 3600e3),
        y: height - 3,
        anchor: back === 2 ? "start" : "middle",
      }));
      drawTicks([...rows, ...hours], (tick, one) => {
        setText(tick, one.words);
        setAttribute(tick, "x", one.x.toFixed(1));
        setAttribute(tick, "y", one.y.toFixed(1));
        setAttribute(tick, "text-anchor", one.anchor);
      });
      const inTime = all.filter(({ at }) => at >= now - PAST_MS && at <= now + AHEAD_MS);
      drawDots(inTime, (dot, one) => {
        const kind = { gap: "warning", bunched: "watch" }[kindOf(one.min, targetMin, bands)] || "normal";
        const at = `translate(${x(one.at).toFixed(1)} ${y(one.min).toFixed(1)})`;
        setAttribute(dot.shape, "d", SHAPES[kind]);
        setAttribute(dot.shape, "class", kind === "normal" ? "strip__dot" : `shape--${kind}`);
        setAttribute(dot.shape, "transform", `${at} scale(${kind === "normal" ? 0.66 : 0.75})`);
        const isNamed = one.isNext || kind === "warning";
        setText(dot.words, isNamed ? `${name(one.vehicleId)} · ${Math.round(one.min)}` : "");
        setAttribute(dot.words, "x", (x(one.at) - 10).toFixed(1));
        setAttribute(dot.words, "y", (y(one.min) - 5).toFixed(1));
      });
      const shown = due && due.at <= now + AHEAD_MS;
      setAttribute(next, "hidden", shown ? null : "");
      if (shown) setAttribute(next, "d", `M${Math.max(PAD.left, x(due.from)).toFixed(1)} ${y(0)}V${y(due.min).toFixed(1)}H${x(due.at).toFixed(1)}`);
    }

    return { root, draw };
  }

  /** Which line of those that call at the stop is drawn. */
  function lineOf(answer, vehicle) {
    const lines = [...new Set([...answer.arrivals, ...answer.passages].map((one) => one.route_id))];
    if (vehicle && lines.includes(vehicle.route_id)) return vehicle.route_id;
    const { ladderRouteId } = scopc.pageState.get();
    return lines.includes(ladderRouteId) ? ladderRouteId : lines[0] ?? null;
  }

  scopc.mounts["headway-chart"] = (element) => {
    const { el, setText, arrange, setAttribute, pill } = scopc.dom;
    const { zone } = scopc.clock.pageOptions();
    const sign = el("span", {});
    const caption = el("span", {});
    const head = el("p", { class: "chart__head" }, sign, caption);
    const plot = createPlot();
    const frame = el("div", { class: "chart__plot" }, plot.root);
    const none = el("p", { class: "missing" });
    const isOfVehicle = element.dataset.of === "vehicle";
    let answer = null;
    let drawnLine = null;

    const stopId = () => {
      const { selectedId } = scopc.pageState.get();
      if (!isOfVehicle) return scopc.pageState.get().stopId;
      return selectedId === null ? null : scopc.stopBoard.nextStopOf(selectedId);
    };
    const polling = scopc.stopBoard.watchStop(element, stopId, (next) => {
      answer = next;
    });

    const stop = scopc.operations.watch(element, ({ picture, fleet, now }) => {
      const { selectedId } = scopc.pageState.get();
      const vehicle = selectedId === null ? null : fleet.vehicle(selectedId, now);
      const id = stopId();
      element.hidden = id === null;
      const routeId = answer === null ? null : lineOf(answer, vehicle);
      setText(caption, id === null ? "" : text("stop.headway_at", { stop: scopc.stopBoard.stopName(id) }));
      if (drawnLine !== routeId) sign.replaceChildren(...(routeId === null ? [] : [pill(scopc.panelFleet.routeOf(routeId))]));
      drawnLine = routeId;
      const shown = answer === null || routeId === null ? null : pointsOf(answer, routeId);
      const isEmpty = shown === null || (shown.points.length === 0 && shown.next === null);
      setText(none, text(answer === null ? "no.data" : "stop.no_passages"));
      setAttribute(none, "class", answer === null ? "missing" : "quiet");
      arrange(element, isEmpty ? [head, none] : [head, frame]);
      if (isEmpty || frame.clientWidth === 0) return;
      const route = picture && picture.routes.get(routeId);
      plot.draw(shown, {
        ...scopc.dom.plotSize(frame),
        now,
        targetMin: route && route.targetS !== null ? route.targetS / 60 : null,
        bands: scopc.operations.bands(),
        zone,
        name: (vehicleId) => scopc.operations.nameOf(fleet, vehicleId),
      });
    });
    return () => {
      stop();
      polling();
    };
  };

  return { scaleOf, kindOf, pointsOf };
})();
