/**
 * The city in one look: island `overview-domains`, and what it shares with `attention` and the scenes of walls.
 *
 * A row a domain, most urgent first: its gravest indicator with value and course, and one shape for each indicator of the
 * domain that has a limit.
 *
 *   scopc.overview.leading(items)            the indicator that stands for a domain
 *   scopc.overview.domainsOf(items)          [{domain, status, items, leading}], most urgent first
 *   scopc.overview.todoOf(item, scales)      {action, issuedBy, withinS}, or null where the pack lays nothing down
 *   scopc.overview.countsText(items)         "1 Warning, 5 Normal"
 *   scopc.overview.createMark(class)         {root, write(status)}: a shape; nothing where there is no limit
 *   scopc.overview.wordOf(item, isWall)      its status in a word
 *   scopc.overview.createState()             {root, write(item)}: unit and status under a figure on a wall
 *   scopc.overview.fill(list, most, draw)    draw(n) with as many rows as there is room for on a wall
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.overview = (() => {
  "use strict";

  const ABNORMAL = ["critical", "warning", "watch"];
  const WALL_SPARK = { width: 200, height: 30, isStretched: true };
  const DESK_SPARK = { width: 300, height: 48, isStretched: true, hasLimit: true }; // as wide as the row leaves room
  const ORDER = ["critical", "warning", "watch", "normal", "unknown", "insufficient", "none"];

  // ---- pure ----

  const rank = (status) => (status === null ? -1 : scopc.indicators.RANK[status]);

  /**
   * The indicator that stands for a domain: the gravest; on a quiet day one that can be judged before one that can't; of
   * equals one with a value, then, among those without, one that ought to be judged, then a headline, then the first.
   */
  function leading(items) {
    const gravity = ({ status }) => (ABNORMAL.includes(status) ? rank(status) : status === "normal" ? 0 : -1);
    const isMissed = ({ value, status }) => value === null && status !== null;
    const weight = (item) => [gravity(item), item.value === null ? 0 : 1, isMissed(item) ? 1 : 0, item.headline ? 1 : 0];
    const isBefore = (a, b) => {
      const [x, y] = [weight(a), weight(b)];
      const at = x.findIndex((value, i) => value !== y[i]);
      return at >= 0 && x[at] > y[at];
    };
    const abnormal = items.filter(({ status }) => ABNORMAL.includes(status));
    const pool = abnormal.length > 0 ? abnormal : items.filter(({ value }) => value !== null);
    return (pool.length > 0 ? pool : items).reduce((best, one) => (best === null || isBefore(one, best) ? one : best), null);
  }

  /** Domains of the catalogue with their indicators, most urgent first, equals in the order of the pack. */
  function domainsOf(items) {
    const byDomain = new Map();
    for (const item of items) byDomain.set(item.domain, [...(byDomain.get(item.domain) || []), item]);
    const rows = [...byDomain].map(([domain, some]) => ({
      domain,
      status: scopc.indicators.worst(some),
      items: scopc.indicators.byUrgency(some),
      leading: leading(some),
    }));
    return rows.sort((a, b) => rank(b.status) - rank(a.status));
  }

  /** What the pack says is to be done about an indicator in the band that it is in. */
  function todoOf(item, scales) {
    const scale = item.scale === null ? null : scales[item.scale];
    const band = scale && item.band !== null && ABNORMAL.includes(item.status) ? scale.bands[item.band] : null;
    return band && band.action ? { action: band.action, issuedBy: band.issued_by, withinS: band.act_within_s } : null;
  }

  /** How many of some indicators have which status, gravest first. */
  function countsText(items) {
    const { text } = scopc.page;
    const count = (kind) => items.filter(({ status }) => (status ?? "none") === kind).length;
    const word = (kind) => (kind === "none" ? text("overview.no_limit") : text(`level.${kind}`));
    return ORDER.filter((kind) => count(kind) > 0)
      .map((kind) => text("overview.count", { n: count(kind), word: word(kind) }))
      .join(", ");
  }

  // ---- shared parts ----

  /** What cannot be judged has one shape, whatever the reason. */
  const shapeOf = (status) => scopc.dom.shape(status === "insufficient" ? "unknown" : status);

  function createMark(className) {
    const root = scopc.dom.el("span", { class: className });
    let drawn = null;

    function write(status) {
      if (drawn === status) return;
      drawn = status;
      root.replaceChildren(...(status === null ? [] : [shapeOf(status)]));
    }

    return { root, write };
  }

  /** On a wall nothing scrolls and nothing is cut: what does not fit is left out, from the end. */
  function fill(list, most, draw) {
    let n = most;
    draw(n);
    if (!scopc.page.isWall()) return;
    while (n > 1 && list.scrollHeight > list.clientHeight + 1) {
      n -= 1;
      draw(n);
    }
  }

  /** The status in a word. A wall leaves out what the box of the figure says already, and that there is no limit. */
  function wordOf({ status, value }, isWall) {
    if (isWall && (status === null || value === null || status === "insufficient")) return "";
    return status === null ? scopc.page.text("indicator.no_limit") : scopc.page.text(`level.${status}`);
  }

  /** Unit and status in words, under a figure of a wall. */
  function createState() {
    const { el, setText } = scopc.dom;
    const unit = el("span", { class: "value__unit" });
    const word = el("span", { class: "wall-word" });
    const root = el("span", { class: "wall-state" }, unit, word);

    function write(item) {
      setText(unit, scopc.value.wordsOf(scopc.value.lookOf(item)) === null ? item.unit : "");
      setText(word, wordOf(item, true));
    }

    return { root, write };
  }

  // ---- rows of the domains ----

  function createRow() {
    const { el, setText, setAttribute } = scopc.dom;
    const isWall = scopc.page.isWall();
    const bullet = el("span", { "aria-hidden": "true" });
    const name = el(isWall ? "span" : "a", { class: "city-row__domain" });
    const what = el("span", { class: "city-row__what" });
    const shapes = el("span", { class: "city-row__shapes", role: "img" });
    const figure = scopc.value.create({ hasUnit: !isWall });
    const spark = scopc.spark.create(isWall ? WALL_SPARK : DESK_SPARK);
    const word = el("span", { class: "city-row__word" });
    const state = createState();
    const mark = createMark("city-row__mark");
    const age = scopc.value.age();
    const lines = () => [el("span", { class: "city-row__top" }, what, figure.root), el("span", { class: "city-row__base" }, spark.root, state.root)];
    const columns = () => [el("span", { class: "city-row__words" }, what, spark.root), figure.root, word, age.root];
    const body = isWall
      ? el("span", { class: "city-row__figure" }, ...lines(), mark.root)
      : el("button", { type: "button", class: "city-row__figure" }, ...columns(), mark.root);
    const root = el("li", { class: "city-row" }, bullet, name, shapes, body);
    let drawn = null;

    function write({ domain, status, items, leading: shown }) {
      const { text } = scopc.page;
      setAttribute(root, "data-status", status ?? "none");
      setAttribute(bullet, "class", `domain domain--${domain}`);
      setText(name, text(`page.${domain}`));
      if (!isWall) {
        setAttribute(name, "href", `/${domain}`);
        setAttribute(body, "data-evidence", `indicator:${shown.key}`);
        age.write(shown);
      }
      setText(what, shown.name);
      figure.write(shown);
      spark.write(shown);
      if (isWall) state.write(shown);
      else setText(word, wordOf(shown, false));
      mark.write(shown.status);
      const statuses = items.map((item) => item.status).filter((one) => one !== null);
      if (drawn === statuses.join(" ")) return;
      drawn = statuses.join(" ");
      shapes.replaceChildren(...statuses.map(shapeOf));
      setAttribute(shapes, "aria-label", countsText(items));
    }

    return { root, write };
  }

  scopc.mounts["overview-domains"] = (element) => {
    const list = scopc.dom.el("ul", { class: "city-rows", role: "list" });
    const draw = scopc.dom.pool(list, createRow);
    element.replaceChildren(list);
    return scopc.indicators.watch(element, null, (items) => draw(domainsOf(items), (row, one) => row.write(one)));
  };

  return { ABNORMAL, leading, domainsOf, todoOf, countsText, createMark, createState, wordOf, fill };
})();
