/**
 * Islands `service-counts` (in service of owed, not seen, old fixes) and `headway-board`: a line each with its
 * headways as dots on minutes over the band that is even enough, and what to say of them. Built once, written in place.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.headwayBoard = (() => {
  "use strict";

  const DOT = 4.4;
  const STACK = 12; // px from dot to dot of equal headways
  const SLOT = 9; // px: headways nearer than that stand on each other
  const FLOOR = 25; // px under the axis for its figures
  const LIFT = 9; // px from the axis to the first dot
  const EDGE = 8;
  const POSITION_KINDS = ["gtfs_realtime", "geojson_positions"];

  const text = (key, values) => scopc.page.text(key, values);

  // ---- pure ----

  /**
   * Where the dots of a strip stand: equal headways on each other, those beyond the axis at its end.
   * @param {{s: number, kind: string|null}[]} spacings
   * @param {{width: number, base: number, maxMin: number}} box
   * @returns {{x: number, y: number, isBeyond: boolean, spacing: object}[]}
   */
  function placeDots(spacings, { width, base, maxMin }) {
    const heights = new Map();
    const dots = [...spacings]
      .sort((a, b) => a.s - b.s)
      .map((spacing) => {
        const min = spacing.s / 60;
        const x = xOf(Math.min(min, maxMin), width, maxMin);
        const slot = Math.round(x / SLOT);
        const height = heights.get(slot) || 0;
        heights.set(slot, height + 1);
        return { x, height, isBeyond: min > maxMin, spacing };
      });
    const step = Math.min(STACK, (base - LIFT - DOT) / Math.max(1, ...[...heights.values()].map((n) => n - 1)));
    return dots.map(({ height, ...dot }) => ({ ...dot, y: base - LIFT - height * step }));
  }

  const xOf = (min, width, maxMin) => EDGE + (min / maxMin) * (width - 2 * EDGE - 4);

  /**
   * What a line's figures mean, in words, most important first; "" when all is well. Beside a gap the pair that
   * follows too closely is told by its names on the strip.
   * @param {(id: string) => string} name of a vehicle
   */
  function remark(route, name, say = text) {
    const { worst, lacking, minutes } = scopc.operations;
    const words = [];
    const gap = worst(route, "gap");
    if (gap) words.push(say("ops.gap", { n: minutes(gap.s), a: name(gap.follower), b: name(gap.leader) }));
    const bunched = worst(route, "bunched");
    if (bunched && !gap) words.push(say("ops.bunched", { n: minutes(bunched.s), a: name(bunched.follower), b: name(bunched.leader) }));
    const missing = lacking(route);
    if (missing) words.push(say("ops.lacking", { n: missing }));
    return words.join(" · ");
  }

  // ---- one strip ----

  function createStrip() {
    const { svg, setAttribute, setText, pool, SHAPES } = scopc.dom;
    const band = svg("rect", { class: "strip__band", y: 4 });
    const target = svg("path", { class: "strip__target" });
    const axis = svg("path", { class: "strip__axis" });
    const ticks = svg("g", { class: "strip__ticks" });
    const dots = svg("g", {});
    const root = svg("svg", { class: "strip", role: "img" }, band, axis, target, ticks, dots);
    const drawTicks = pool(ticks, () => svg("text", { "text-anchor": "middle" }));
    const drawDots = pool(dots, () => {
      const shape = svg("path", {});
      const words = svg("text", { class: "strip__name" });
      return { root: svg("g", {}, shape, words), shape, words };
    });
    let size = { width: 0, height: 0 };
    let drawn = "";

    function drawFrame(route, { maxMin, stepMin }, bands) {
      const key = [size.width, size.height, maxMin, route && route.targetS, bands.gap].join();
      if (key === drawn) return;
      drawn = key;
      const { width, height } = size;
      const base = height - FLOOR;
      const x = (min) => xOf(min, width, maxMin);
      setAttribute(root, "viewBox", `0 0 ${width} ${height}`);
      const hasTarget = Boolean(route && route.targetS !== null);
      setAttribute(band, "hidden", hasTarget ? null : "");
      setAttribute(target, "hidden", hasTarget ? null : "");
      if (hasTarget) {
        const targetMin = route.targetS / 60;
        const right = Math.min(bands.gap * targetMin, maxMin);
        setAttribute(band, "x", x(bands.bunched * targetMin).toFixed(1));
        setAttribute(band, "width", (x(right) - x(bands.bunched * targetMin)).toFixed(1));
        setAttribute(band, "height", String(base - 4));
        setAttribute(target, "d", `M${x(targetMin).toFixed(1)} 0V${base}`);
      }
      const marks = Array.from({ length: Math.floor(maxMin / stepMin) + 1 }, (_, i) => i * stepMin);
      const notches = marks.map((min) => `M${x(min).toFixed(1)} ${base}v4`).join("");
      setAttribute(axis, "d", `M${EDGE} ${base}H${width - EDGE}${notches}`);
      drawTicks(marks, (tick, min) => {
        setText(tick, String(min));
        setAttribute(tick, "x", x(min).toFixed(1));
        setAttribute(tick, "y", String(base + 19));
      });
    }

    function draw(route, scale, bands, name) {
      drawFrame(route, scale, bands);
      const spacings = route ? route.spacings : [];
      const named = route ? ["gap", "bunched"].map((kind) => scopc.operations.worst(route, kind)) : [];
      drawDots(placeDots(spacings, { width: size.width, base: size.height - FLOOR, maxMin: scale.maxMin }), (dot, { x, y, isBeyond, spacing }) => {
        const kind = { gap: "warning", bunched: "watch" }[spacing.kind] || "normal";
        setAttribute(dot.shape, "class", kind === "normal" ? "strip__dot" : `shape--${kind}`);
        setAttribute(dot.shape, "d", SHAPES[kind]);
        const scaleBy = kind === "normal" ? DOT / 5.5 : 0.85;
        setAttribute(dot.shape, "transform", `translate(${x.toFixed(1)} ${kind === "normal" ? y : y - 3}) scale(${scaleBy.toFixed(2)})`);
        const isLeft = x > size.width / 2;
        const end = isBeyond ? ` ${scopc.operations.minutes(spacing.s)} →` : "";
        setText(dot.words, named.includes(spacing) ? `${name(spacing.follower)}–${name(spacing.leader)}${end}` : "");
        setAttribute(dot.words, "text-anchor", isLeft ? "end" : "start");
        setAttribute(dot.words, "x", (x + (isLeft ? -13 : 13)).toFixed(1));
        setAttribute(dot.words, "y", String(y + 3));
      });
    }

    function resize(width, height) {
      size = { width, height };
    }

    return { root, draw, resize };
  }

  // ---- one line ----

  function createLine(routeId) {
    const { el, pill, status, setText, setAttribute, missing } = scopc.dom;
    const { pageState } = scopc;
    const sign = scopc.panelFleet.routeOf(routeId);
    const button = el("button", { type: "button", class: "line-button", title: text("ops.ladder_of", { line: sign.long || sign.short }) }, pill(sign));
    button.addEventListener("click", () => pageState.set({ ladderRouteId: routeId }));
    const inService = el("strong", {});
    const owed = el("span", { class: "of" });
    const cv = el("strong", {});
    const target = el("strong", {});
    const level = status();
    const words = el("p", { class: "line__remark" });
    const strip = createStrip();
    const plot = el("div", { class: "line__plot" }, strip.root);
    const root = el(
      "section",
      { class: "line" },
      el(
        "div",
        { class: "line__head" },
        button,
        el("span", { class: "num" }, inService, owed),
        el("span", { class: "line__fact", title: text("ops.cv_long") }, `${text("ops.cv")} `, cv),
        el("span", { class: "line__fact" }, `${text("ops.target")} `, target),
        level.root,
      ),
      plot,
      words,
    );
    let isSized = false;

    function draw({ picture, age, now, fleet }, scale) {
      const route = picture && (picture.routes.get(routeId) || null);
      const kind = scopc.operations.lineStatus(route, age);
      const name = (id) => scopc.operations.nameOf(fleet, id);
      level.set(kind);
      setAttribute(root, "data-status", kind);
      missing(inService, route && route.inService !== null ? String(route.inService) : null);
      setText(owed, route && route.owed !== null ? `/${route.owed}` : "");
      setText(cv, route && route.cv !== null ? route.cv.toFixed(2) : "–");
      setText(target, route && route.targetS !== null ? text("age.min", { n: Math.round(route.targetS / 60) }) : "–");
      const isOld = age === "stale";
      const said = isOld ? text("ops.old", { age: scopc.freshness.ageText(now - picture.atMs) }) : route ? remark(route, name) : "";
      setText(words, said);
      setAttribute(strip.root, "aria-label", said || text(`level.${kind}`));
      if (isSized) strip.draw(route, scale, scopc.operations.bands(), name);
    }

    function resize() {
      const { width, height } = scopc.dom.plotSize(plot);
      isSized = width > 0;
      strip.resize(width, height);
    }

    return { root, draw, resize };
  }

  scopc.mounts["headway-board"] = (element) => {
    const { arrange } = scopc.dom;
    const lines = new Map();
    let last = null;

    function draw(shown) {
      last = shown;
      const wanted = scopc.operations.lines(shown.picture).slice(0, Number(element.dataset.rows) || 12);
      const isNew = wanted.some((id) => !lines.has(id));
      for (const id of wanted) if (!lines.has(id)) lines.set(id, createLine(id));
      arrange(element, wanted.map((id) => lines.get(id).root));
      if (isNew) resize();
      const scale = scopc.operations.axisOf(shown.picture ? [...shown.picture.routes.values()].filter(({ routeId }) => lines.has(routeId)) : []);
      for (const id of wanted) lines.get(id).draw(shown, scale);
    }

    function resize() {
      for (const line of lines.values()) line.resize();
    }

    const observer = new window.ResizeObserver(() => {
      resize();
      if (last) draw(last);
    });
    observer.observe(element);
    const stop = scopc.operations.watch(element, draw);
    return () => {
      observer.disconnect();
      stop();
    };
  };

  // ---- counts ----

  /** Sums over lines; null as soon as one of them is unknown: a part is not the whole. */
  function sum(routes, read) {
    if (routes.length === 0) return null;
    return routes.reduce((total, route) => (total === null || read(route) === null ? null : total + read(route)), 0);
  }

  /** Live and late vehicles that run on a line, by our clock. */
  function fixes(fleet, now) {
    const count = { live: 0, late: 0, ghost: 0 };
    for (let i = 0; i < fleet.size; i += 1) {
      count[scopc.panelFleet.stateAt(fleet, i, now, scopc.panelFleet.limits())] += 1;
    }
    return count;
  }

  /** Whether some feed that may tell positions is heard, by our clock. */
  function isHeard(feeds, now) {
    return feeds.some((feed) => POSITION_KINDS.includes(feed.kind) && ["up", "late"].includes(scopc.feedsPanel.stateOf(feed, now)));
  }

  scopc.mounts["service-counts"] = (element) => {
    const { el, mark, setText, setAttribute, missing } = scopc.dom;
    const isPlain = element.dataset.plain !== undefined; // a city without a schedule owes no service
    const whole = scopc.page.isWall() ? ["service", "live", "late", "ghost"] : ["service", "ghost", "late"];
    const keys = isPlain ? ["live", "late", "ghost"] : whole;
    const figures = {};
    const list = el("dl", { class: "figures" });
    for (const key of keys) {
      const value = el("span", { class: "fig" });
      const of = el("span", { class: "of" });
      figures[key] = { value, of };
      const sign = key === "service" ? [] : [mark(key)];
      list.append(el("div", { class: "figure", "data-key": key }, el("dt", {}, ...sign, el("span", {}, text(`ops.${key}`))), el("dd", {}, value, of)));
    }
    element.replaceChildren(list);
    let feeds = [];
    const stopFeeds = scopc.stream.subscribe("feeds", (frame) => {
      feeds = frame.feeds;
    });
    const stop = scopc.operations.watch(element, ({ picture, age, now, fleet }) => {
      setAttribute(element, "data-age", age);
      const isUsable = age === "fresh" || age === "ageing"; // else our own look at the fixes says who is not seen
      const routes = picture ? [...picture.routes.values()] : [];
      const owed = sum(routes, (route) => route.owed);
      const hasFixes = fleet.frameT !== null;
      const count = fixes(fleet, now);
      const values = {
        service: sum(routes, (route) => route.inService),
        ghost: (isUsable ? sum(routes, (route) => route.ghosts) : null) ?? (hasFixes ? count.ghost : null),
        live: hasFixes ? count.live : null,
        late: hasFixes ? count.late : null,
      };
      // Of vehicles that nobody can tell of none is seen, none is old and none is missing: that is no zero.
      const canTell = isPlain ? isHeard(feeds, now) : isUsable && values.service !== null;
      for (const key of keys) {
        if (values[key] === 0 && !canTell) values[key] = null;
        missing(figures[key].value, values[key] === null ? null : String(values[key]));
        setAttribute(figures[key].value, "data-zero", values[key] === 0 ? "1" : null);
      }
      if (!isPlain) setText(figures.service.of, values.service !== null && owed !== null ? `/${owed}` : "");
    });
    return () => {
      stopFeeds();
      stop();
    };
  };

  return { placeDots, remark, sum, isHeard };
})();
