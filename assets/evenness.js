/**
 * Island `evenness`: for a wall, a row a line: the round laid straight with its vehicles, the coefficient of variation,
 * and the widest headway beside the target. Where vehicles stand evenly, they stand over the ticks.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.evenness = (() => {
  "use strict";

  const BOX = { width: 740, height: 180, y: 112, r: 32, pad: 42 }; // in 2160ths of a wall's height
  const x = (share) => BOX.pad + ((((share % 1) + 1) % 1) * (BOX.width - 2 * BOX.pad));

  /** A strip of one line. */
  function createStrip(colour) {
    const { svg, pool, setAttribute, CHEVRON, GHOST, SHAPES } = scopc.dom;
    const { width, height, y, r, pad } = BOX;
    const rail = svg("path", { class: "even__rail", d: `M${pad} ${y}H${width - pad}` });
    const ticks = svg("g", {});
    const gaps = svg("g", {});
    const marks = svg("g", {});
    const root = svg("svg", { class: `even line-${colour}`, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, rail, ticks, gaps, marks);
    const drawTicks = pool(ticks, () => svg("path", { class: "even__tick" }));
    const drawMarks = pool(marks, () => svg("path", {}));
    const drawGaps = pool(gaps, () => {
      const casing = svg("path", { class: "even__casing" });
      const empty = svg("path", { class: "even__empty" });
      const bracket = svg("path", { class: "even__bracket" });
      const ground = svg("circle", { class: "even__ground", r: r * 0.85, cy: y - r * 1.75 });
      const shape = svg("path", {});
      return { root: svg("g", {}, casing, empty, bracket, ground, shape), casing, empty, bracket, ground, shape };
    });

    /** The stretch between two shares; one that goes over the end of the round is two. */
    function spans(from, to) {
      return from <= to ? [[x(from), x(to)]] : [[x(from), width - pad], [pad, x(to)]];
    }

    function writeGap(one, { from, to }) {
      const parts = spans(from, to);
      const over = y - r * 1.75;
      const line = parts.map(([a, b]) => `M${a.toFixed(1)} ${y}H${b.toFixed(1)}`).join("");
      const open = parts.length === 2;
      const arms = parts.map(([a, b], i) => {
        const start = open && i === 1 ? `M${a.toFixed(1)} ${over}` : `M${a.toFixed(1)} ${over + r / 2}V${over}`;
        const end = open && i === 0 ? "" : `v${r / 2}`;
        return `${start}H${b.toFixed(1)}${end}`;
      });
      const [a, b] = parts.reduce((best, part) => (part[1] - part[0] > best[1] - best[0] ? part : best));
      setAttribute(one.casing, "d", line);
      setAttribute(one.empty, "d", line);
      setAttribute(one.bracket, "d", arms.join(""));
      setAttribute(one.ground, "cx", ((a + b) / 2).toFixed(1));
      setAttribute(one.shape, "d", SHAPES.warning);
      setAttribute(one.shape, "class", "shape--warning");
      setAttribute(one.shape, "transform", `translate(${((a + b) / 2).toFixed(1)} ${over}) scale(2)`);
    }

    function draw(route, { fleet, now }) {
      const seen = route ? scopc.operations.marksOf(route, fleet, now) : [];
      const count = (route && route.owed) || (route ? route.vehicles.length : 0);
      drawTicks(Array.from({ length: count }, (_, i) => i / count), (tick, share) => {
        setAttribute(tick, "d", `M${x(share).toFixed(1)} ${y + r * 1.45}v${r * 0.55}`);
      });
      const shares = new Map(seen.map(({ id, share }) => [id, share]));
      const gaps = route ? route.spacings.filter(({ kind, leader, follower }) => kind === "gap" && shares.has(leader) && shares.has(follower)) : [];
      drawGaps(gaps.map(({ leader, follower }) => ({ from: shares.get(follower), to: shares.get(leader) })), writeGap);
      drawMarks(seen, (mark, { share, state }) => {
        setAttribute(mark, "d", state === "ghost" ? GHOST : CHEVRON);
        setAttribute(mark, "class", `even__mark even__mark--${state}`);
        setAttribute(mark, "transform", `translate(${x(share).toFixed(1)} ${y}) rotate(90) scale(3.4)`);
      });
    }

    return { root, draw };
  }

  function createRow(routeId) {
    const { el, pill, shape, setText, setAttribute, missing } = scopc.dom;
    const sign = scopc.panelFleet.routeOf(routeId);
    const strip = createStrip(sign.colour);
    const cv = el("span", { class: "even__cv" });
    const value = el("span", { class: "fig" });
    const of = el("span", { class: "of" });
    const word = el("div", { class: "even__word" });
    const sign_ = el("span", { class: "even__shape" });
    const root = el("div", { class: "even__row" }, pill(sign), strip.root, cv, el("div", { class: "even__value" }, value, of, word), sign_);
    let drawn = null;

    function draw(shown) {
      const { picture, age } = shown;
      const route = picture && (picture.routes.get(routeId) || null);
      const kind = scopc.operations.lineStatus(route, age);
      const wide = route ? scopc.operations.widest(route) : null;
      strip.draw(route, shown);
      setText(cv, route && route.cv !== null ? route.cv.toFixed(2) : "–");
      missing(value, wide ? scopc.operations.minutes(wide.s) : null);
      setText(of, wide && route.targetS !== null ? `/${Math.round(route.targetS / 60)}` : "");
      setAttribute(root, "data-status", kind);
      setText(word, kind === "normal" ? "" : scopc.page.text(`level.${kind}`));
      if (kind !== drawn) sign_.replaceChildren(shape(kind));
      drawn = kind;
    }

    return { root, draw };
  }

  scopc.mounts.evenness = (element) => {
    const { el, arrange, setText } = scopc.dom;
    const rows = new Map();
    const more = el("p", { class: "even__more" });
    const most = Number(element.dataset.rows) || 4;
    return scopc.operations.watch(element, (shown) => {
      const lines = scopc.operations.lines(shown.picture);
      const wanted = lines.slice(0, most);
      for (const id of wanted) if (!rows.has(id)) rows.set(id, createRow(id));
      for (const id of wanted) rows.get(id).draw(shown);
      const left = lines.length - wanted.length;
      setText(more, left > 0 ? scopc.page.text("counts.more_lines", { n: left }) : "");
      arrange(element, [...wanted.map((id) => rows.get(id).root), ...(left > 0 ? [more] : [])]);
    });
  };

  return { x };
})();
