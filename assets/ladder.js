/**
 * Island `ladders`: each line laid straight and folded. Equal length is equal time; the left rail goes out, the right
 * one comes back. One line stands large with the names of its stops, the others beside it.
 *
 * Which line is large: the one the reader chose (`pageState.ladderRouteId`), else that of the selected vehicle, else the
 * one in most trouble; of itself the page changes it only for worse, and at most once a minute. Stops and the fold come
 * with the page's config: `routes[].ladder = {fold, stops: [[stop_id, share, name], ...]}`.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.ladder = (() => {
  "use strict";

  const SMALL_PX = 82;
  const LARGE_MIN_PX = 390; // names of stops need that width to stand in two lines
  const RAILS_PX = { large: 74, small: 48 }; // the labels of two vehicles that meet stand between the rails, and are two numbers
  const BRACKET_PX = { large: 14, small: 9 };
  const NAME_PX = 46; // from the rail to the names: a bracket with its minutes stands between
  const NAME_END_PX = 4; // the bracket of the next ladder begins there
  const MARGIN = { top: 26, bottom: 24 };
  const TURN_PX = 14;
  const LABEL_PX = 15; // height of a label
  const MINUTES_AT_PX = [0, -15, 15, -30, 30]; // from the middle of their gap, best first
  const STAY_MS = 60000;

  const text = (key, values) => scopc.page.text(key, values);

  // ---- pure ----

  /**
   * A folded line of a given size.
   * @param {{width: number, height: number, fold: number, rails: number}} box `fold`: share of the round at the far end
   */
  function createGeometry({ width, height, fold, rails }) {
    const xs = [width / 2 - rails / 2, width / 2 + rails / 2];
    const bottom = height - MARGIN.bottom;
    const perShare = (bottom - MARGIN.top) / Math.max(fold, 1 - fold);
    const tops = [bottom - fold * perShare, bottom - (1 - fold) * perShare];

    /** Where a share of the round is. @returns {{x: number, y: number, side: 0|1}} */
    function place(share) {
      const at = ((share % 1) + 1) % 1;
      if (at < fold) return { x: xs[0], y: tops[0] + at * perShare, side: 0 };
      return { x: xs[1], y: bottom - (at - fold) * perShare, side: 1 };
    }

    /** The way from one share forward to another, `off` px outside the rails, as an SVG path. */
    function stretch(from, to, off) {
      const outside = (side) => xs[side] + (side === 0 ? -off : off);
      let at = ((from % 1) + 1) % 1;
      let left = (((to - from) % 1) + 1) % 1 || 1;
      const start = place(at);
      let path = `M${outside(start.side).toFixed(1)} ${start.y.toFixed(1)}`;
      while (left > 0) {
        const { side } = place(at);
        const toTurn = (side === 0 ? fold : 1) - at;
        if (toTurn >= left) return `${path}V${place(at + left - 1e-9).y.toFixed(1)}`;
        const y = side === 0 ? bottom + TURN_PX + off / 2 : Math.min(...tops) - TURN_PX - off / 2;
        path += `V${y.toFixed(1)}H${outside(1 - side).toFixed(1)}`;
        left -= toTurn;
        at = side === 0 ? fold : 0;
      }
      return path;
    }

    /** The whole line. */
    function loop() {
      const [l, r] = xs;
      const middle = (l + r) / 2;
      return (
        `M${l} ${tops[0]}V${bottom}Q${l} ${bottom + TURN_PX} ${middle} ${bottom + TURN_PX}T${r} ${bottom}V${tops[1]}` +
        `Q${r} ${tops[1] - TURN_PX} ${middle} ${Math.min(...tops) - TURN_PX}T${l} ${tops[0]}Z`
      );
    }

    return { place, stretch, loop };
  }

  /** Which line is large when nobody has chosen: the worst, kept while no other is in worse trouble. */
  function autoLine(statuses, current, heldMs) {
    const { RANK, byUrgency } = scopc.operations;
    const [first] = byUrgency(statuses);
    if (!statuses.has(current)) return first ?? null;
    const isWorse = RANK[statuses.get(first)] > RANK[statuses.get(current)];
    return isWorse && heldMs >= STAY_MS ? first : current;
  }

  /** A label for a small ladder: its number, since the pill above tells the line. */
  const shortName = (name) => (/\d+$/.exec(name) || [name])[0].slice(-3);

  /** Stops and fold of a line from the page's config. */
  function planOf(routeId) {
    const { ladder } = scopc.panelFleet.routeOf(routeId);
    if (!ladder) return { fold: 0.5, stops: [] };
    return { fold: ladder.fold, stops: ladder.stops.map(([id, share, name]) => ({ id, share, name })) };
  }

  /** How many lines call at each stop. */
  function lineCounts() {
    const counts = new Map();
    for (const { ladder } of scopc.page.config().routes || []) {
      for (const id of new Set((ladder ? ladder.stops : []).map(([stopId]) => stopId))) counts.set(id, (counts.get(id) || 0) + 1);
    }
    return counts;
  }

  // ---- one ladder ----

  function createLadder(routeId) {
    const { el, svg, pill, pool, setText, setAttribute, CHEVRON, GHOST, SHAPES } = scopc.dom;
    const { pageState } = scopc;
    const sign = scopc.panelFleet.routeOf(routeId);
    const plan = planOf(routeId);
    const rail = svg("path", { class: "ladder__rail" });
    const empty = svg("g", {}); // stretches without a vehicle
    const ticks = svg("path", { class: "ladder__ticks" });
    const names = scopc.ladderNames.create(lineCounts());
    const brackets = svg("g", {});
    const ring = svg("circle", { class: "ladder__ring", r: 15, hidden: "" });
    const marks = svg("g", {});
    const root = svg("svg", { class: `ladder line-${sign.colour}`, role: "group" }, rail, empty, ticks, names.root, brackets, ring, marks);
    const button = el("button", { type: "button", class: "line-button" }, pill(sign));
    button.addEventListener("click", () => pageState.set({ ladderRouteId: routeId }));
    const figure = el("figure", { class: "ladder-box" }, button, root);
    let geometry = null;
    let box = { width: 0, height: 0, k: 1, isLarge: false };

    const drawEmpty = pool(empty, () => {
      const casing = svg("path", { class: "ladder__casing" });
      const dots = svg("path", { class: "ladder__empty" });
      return { root: svg("g", {}, casing, dots), casing, dots };
    });
    const drawBrackets = pool(brackets, () => {
      const way = svg("path", { class: "ladder__bracket" });
      const ground = svg("rect", { class: "ladder__ground", width: 32, height: 20 });
      const shape = svg("path", {});
      const words = svg("text", { class: "ladder__minutes" });
      return { root: svg("g", {}, way, ground, shape, words), way, ground, shape, words };
    });
    const drawMarks = pool(marks, () => {
      const casing = svg("path", { class: "ladder__casing" });
      const mark = svg("path", {});
      const body = svg("g", {}, casing, mark);
      const words = svg("text", { class: "ladder__label" });
      return { root: svg("g", { class: "ladder__vehicle" }, body, words), casing, mark, body, words };
    });

    /** Lay the line out anew; everything else is written in place. */
    function resize(width, height, k, isLarge) {
      if (box.width === width && box.height === height && box.k === k && box.isLarge === isLarge) return;
      box = { width, height, k, isLarge };
      geometry = createGeometry({ width, height, fold: plan.fold, rails: isLarge ? RAILS_PX.large : RAILS_PX.small });
      setAttribute(root, "viewBox", `0 0 ${width} ${height}`);
      setAttribute(root, "width", String(width * k));
      setAttribute(root, "height", String(height * k));
      setAttribute(rail, "d", geometry.loop());
      setAttribute(button, "aria-pressed", String(isLarge));
      const { place } = geometry;
      setAttribute(ticks, "d", isLarge ? plan.stops.map(({ share }) => `M${place(share).x - 4} ${place(share).y.toFixed(1)}h8`).join("") : "");
      const roomPx = (width - RAILS_PX.large) / 2 - NAME_PX - NAME_END_PX;
      names.draw(isLarge ? plan.stops : [], { place, roomPx, offPx: NAME_PX });
    }

    /** What was laid out before the fonts were there has the wrong width. */
    function forget() {
      box = { width: 0, height: 0, k: 1, isLarge: false };
    }

    function writeVehicle(one, { id, share, state, name }) {
      const { x, y, side } = geometry.place(share);
      const isGhost = state === "ghost";
      setAttribute(one.root, "data-id", id);
      setAttribute(one.root, "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
      setAttribute(one.body, "transform", side === 0 && !isGhost ? "rotate(180)" : null);
      setAttribute(one.mark, "d", isGhost ? GHOST : CHEVRON);
      setAttribute(one.casing, "d", isGhost ? GHOST : CHEVRON);
      setAttribute(one.mark, "class", `ladder__mark ladder__mark--${state}`);
      setText(one.words, box.isLarge ? name : shortName(name));
      setAttribute(one.words, "text-anchor", side === 0 ? "start" : "end");
      const off = id === pageState.get().selectedId ? 19 : 12; // beside the ring
      setAttribute(one.words, "x", String(side === 0 ? off : -off));
      setAttribute(one.words, "y", "4.5");
    }

    /** Where the minutes of a small ladder stand: beside their gap, but not beside a label, which they would seem to go on. */
    function besideLabels(y, labelled) {
      const free = MINUTES_AT_PX.find((off) => labelled.every((at) => Math.abs(at - y - off) >= LABEL_PX));
      return free === undefined ? null : y + free;
    }

    function writeBracket(one, { from, to, kind, minutes, labelled }) {
      const middle = from + ((((to - from) % 1) + 1) % 1 || 1) / 2;
      const { x, y, side } = geometry.place(middle);
      const out = side === 0 ? -1 : 1;
      const off = box.isLarge ? BRACKET_PX.large : BRACKET_PX.small;
      setAttribute(one.way, "d", geometry.stretch(from, to, off));
      setAttribute(one.shape, "d", SHAPES[kind]);
      setAttribute(one.shape, "class", `shape--${kind}`);
      setAttribute(one.shape, "transform", `translate(${(x + out * off).toFixed(1)} ${y.toFixed(1)}) scale(.75)`);
      // Beside a large ladder there is room for the minutes, small ones stand too close: theirs are between the rails.
      const wordsAt = box.isLarge ? out * (off + 10) : -out * 6;
      setAttribute(one.ground, "hidden", box.isLarge ? null : "");
      setAttribute(one.ground, "x", (x + out * (off + 12) - 16).toFixed(1));
      setAttribute(one.ground, "y", (y - 10).toFixed(1));
      const wordsY = box.isLarge ? y : besideLabels(y, labelled);
      // Between two labels of vehicles a number would be read as a third.
      setText(one.words, box.isLarge || (kind === "warning" && wordsY !== null) ? minutes : "");
      setAttribute(one.words, "text-anchor", wordsAt < 0 ? "end" : "start");
      setAttribute(one.words, "x", (x + wordsAt).toFixed(1));
      setAttribute(one.words, "y", ((wordsY ?? y) + 5).toFixed(1));
    }

    function draw({ picture, age, now, fleet }) {
      if (geometry === null) return;
      const route = picture && picture.routes.get(routeId);
      const { selectedId } = pageState.get();
      const { nameOf, minutes } = scopc.operations;
      setAttribute(figure, "data-age", age);
      const seen = route ? scopc.operations.marksOf(route, fleet, now) : [];
      drawMarks(seen, writeVehicle);
      const shares = new Map(seen.map(({ id, share }) => [id, share]));
      const odd = route ? route.spacings.filter(({ kind, leader, follower }) => kind && shares.has(leader) && shares.has(follower)) : [];
      const spans = odd.map((one) => ({
        from: shares.get(one.follower),
        to: shares.get(one.leader),
        kind: one.kind === "gap" ? "warning" : "watch",
        minutes: minutes(one.s),
        labelled: seen.map(({ share }) => geometry.place(share).y),
      }));
      drawEmpty(spans.filter(({ kind }) => kind === "warning"), (one, { from, to }) => {
        for (const path of [one.casing, one.dots]) setAttribute(path, "d", geometry.stretch(from, to, 0));
      });
      drawBrackets(spans, writeBracket);
      const selected = seen.find(({ id }) => id === selectedId);
      setAttribute(ring, "hidden", selected ? null : "");
      if (selected) {
        const { x, y } = geometry.place(selected.share);
        setAttribute(ring, "cx", x.toFixed(1));
        setAttribute(ring, "cy", y.toFixed(1));
      }
      const level = text(`level.${scopc.operations.lineStatus(route, age)}`);
      const said = route ? scopc.headwayBoard.remark(route, (id) => nameOf(fleet, id)) : "";
      setAttribute(root, "aria-label", `${sign.long || sign.short}: ${said || level}`);
    }

    return { figure, draw, resize, forget, button };
  }

  // ---- all of them ----

  /** Select and point at what is under the pointer. */
  function watchHands(element) {
    const { pageState } = scopc;
    const at = (event, name) => {
      const found = event.target.closest(`[data-${name}]`);
      return found ? found.dataset[name] : null;
    };
    element.addEventListener("click", (event) => {
      const id = at(event, "id");
      const stopId = at(event, "stop");
      if (id !== null) pageState.select(pageState.get().selectedId === id ? null : id);
      if (stopId !== null) pageState.set({ stopId });
    });
    element.addEventListener("pointerover", (event) => pageState.set({ hoverId: at(event, "id") }));
    element.addEventListener("pointerleave", () => pageState.set({ hoverId: null }));
  }

  scopc.mounts.ladders = (element) => {
    const { el, arrange, missing } = scopc.dom;
    const { pageState, operations } = scopc;
    const ladders = new Map();
    const none = el("p", {});
    missing(none, null);
    const row = el("div", { class: "ladders__row" });
    const more = el("div", { class: "ladders__more", role: "group", "aria-label": text("list.filter") });
    const choosers = new Map();
    let auto = null;
    let autoSince = -Infinity;
    let last = null;
    watchHands(element);

    function chooseLine(shown, lines) {
      const { ladderRouteId, selectedId } = pageState.get();
      if (lines.includes(ladderRouteId)) return ladderRouteId;
      const vehicle = selectedId === null ? null : shown.fleet.vehicle(selectedId, shown.now);
      if (vehicle && lines.includes(vehicle.route_id)) return vehicle.route_id;
      const statuses = new Map(lines.map((id) => [id, operations.lineStatus(shown.picture && shown.picture.routes.get(id), shown.age)]));
      const next = autoLine(statuses, auto, shown.now - autoSince);
      if (next !== auto) autoSince = shown.picture ? shown.now : -Infinity;
      auto = next;
      return auto;
    }

    /** A line whose ladder has no room; its pill brings it up. */
    function chooser(routeId) {
      if (!choosers.has(routeId)) {
        const button = el("button", { type: "button", class: "line-button" }, scopc.dom.pill(scopc.panelFleet.routeOf(routeId)));
        button.addEventListener("click", () => pageState.set({ ladderRouteId: routeId }));
        choosers.set(routeId, button);
      }
      return choosers.get(routeId);
    }

    function draw(shown) {
      last = shown;
      const lines = operations.lines(shown.picture);
      if (lines.length === 0) {
        arrange(element, [none]);
        return;
      }
      const large = chooseLine(shown, lines);
      const { width, k } = scopc.dom.plotSize(element);
      const room = Math.max(0, Math.floor((width - LARGE_MIN_PX) / SMALL_PX));
      const others = lines.filter((id) => id !== large).slice(0, room);
      const wanted = [large, ...others];
      for (const id of wanted) if (!ladders.has(id)) ladders.set(id, createLadder(id));
      arrange(more, lines.filter((id) => !wanted.includes(id)).map(chooser));
      arrange(row, wanted.map((id) => ladders.get(id).figure));
      arrange(element, more.firstChild ? [more, row] : [row]);
      const largePx = width - others.length * SMALL_PX;
      const left = (row.clientHeight - ladders.get(large).button.offsetHeight) / k - 6;
      if (left <= 0 || largePx <= 0) return;
      for (const id of wanted) {
        ladders.get(id).resize(id === large ? largePx : SMALL_PX, left, k, id === large);
        ladders.get(id).draw(shown);
      }
    }

    const observer = new window.ResizeObserver(() => last && draw(last));
    observer.observe(element);
    const { fonts } = window.document;
    const onFonts = () => {
      ladders.forEach((ladder) => ladder.forget());
      if (last) draw(last);
    };
    fonts.addEventListener("loadingdone", onFonts);
    const stop = operations.watch(element, draw);
    return () => {
      observer.disconnect();
      fonts.removeEventListener("loadingdone", onFonts);
      stop();
    };
  };

  return { createGeometry, autoLine, shortName };
})();
