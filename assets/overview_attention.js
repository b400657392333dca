/**
 * Island `attention`: what needs a person, gravest first: the indicators beyond their limits with what the pack says is to be
 * done, by whom and by when; then, in one line, the feeds that are silent. Nothing beyond a limit is said together with how
 * many can be judged at all: where none can, nobody knows.
 *
 * `data-rows` is the most that a wall shows; what does not fit is counted.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.attention = (() => {
  "use strict";

  const CHANGES_EVERY_S = 60;
  const CHANGES_BACK_MS = 6.5 * 86400 * 1000; // the API tells of seven days
  const HOUR_MS = 3600 * 1000;
  const SILENT = ["stale", "down", "never"];
  const NO_BREAK = "\u00a0";

  // ---- pure ----

  /** When each indicator came into the status that it has, by key, as far as the changes tell (the last first). */
  function sinceOf(changes) {
    const since = new Map();
    for (const one of changes) if (!since.has(one.key)) since.set(one.key, { status: one.after, atMs: Date.parse(one.at) });
    return since;
  }

  /**
   * What needs a person: {item, action, issuedBy, byMs}. `byMs` is null where the pack sets no time to act or nobody knows
   * since when it is so.
   */
  function attentionOf(items, scales, since) {
    return scopc.indicators
      .byUrgency(items.filter(({ status }) => scopc.overview.ABNORMAL.includes(status)))
      .map((item) => {
        const { action = null, issuedBy = null, withinS = null } = scopc.overview.todoOf(item, scales) || {};
        const began = since.get(item.key);
        const isKnown = began !== undefined && began.status === item.status && withinS !== null;
        return { item, action, issuedBy, byMs: isKnown ? began.atMs + withinS * 1000 : null };
      });
  }

  /** By when: the time of day, with the date where that is another day; once it has passed, since how long. "" for null. */
  function dueText(byMs, now, { text, zone, lang, buddhistEra }) {
    if (byMs === null) return "";
    if (byMs < now) return text("attention.overdue", { age: scopc.freshness.ageText(now - byMs, text) });
    const time = scopc.clock.timeText(byMs, zone).slice(0, 5);
    const isToday = scopc.clock.dayText(byMs, zone) === scopc.clock.dayText(now, zone);
    return text("attention.by", { time: isToday ? time : `${scopc.clock.dateText(byMs, { zone, lang, buddhistEra })} ${time}` });
  }

  /** How many feeds are silent: {silent, of}, null before anything is known of them. */
  function silentOf(feeds, now) {
    if (feeds === null) return null;
    return { silent: feeds.filter((feed) => SILENT.includes(scopc.feedsPanel.stateOf(feed, now))).length, of: feeds.length };
  }

  function silentText(told, text) {
    if (told === null) return text("feeds.unknown");
    if (told.silent === 0) return text("attention.feeds_none", { of: told.of });
    return text(told.silent === 1 ? "attention.feeds_one" : "attention.feeds", { n: told.silent, of: told.of });
  }

  // ---- rows ----

  function createRow() {
    const { el, setText, setAttribute } = scopc.dom;
    const isWall = scopc.page.isWall();
    const mark = scopc.overview.createMark("attend__mark");
    const title = el("strong", { class: "attend__title" });
    const value = el("span", { class: "attend__value" });
    const action = el("span", { class: "attend__action" });
    const who = el("span", { class: "attend__who" });
    const due = el("span", { class: "attend__due" });
    const parts = [mark.root, title, value, action, who, due];
    const body = isWall ? el("div", { class: "attend" }, ...parts) : el("button", { type: "button", class: "attend" }, ...parts);
    const root = el("li", {}, body);

    function write({ item, action: todo, issuedBy, byMs }, now) {
      const { text } = scopc.page;
      if (!isWall) setAttribute(body, "data-evidence", `indicator:${item.key}`);
      setAttribute(body, "data-status", item.status);
      mark.write(item.status);
      setText(title, item.name);
      const limit = scopc.indicators.limitText(item);
      const shown = `${scopc.indicators.valueText(item)} ${item.unit}`;
      const told = limit === null ? shown : text("attention.value", { value: shown, limit });
      setText(value, told.replaceAll(" ", NO_BREAK).replaceAll(`${NO_BREAK}·${NO_BREAK}`, " · ")); // a number stays with its unit
      setText(action, todo ?? "");
      const issuer = todo === null && !isWall ? text("attention.no_action") : issuedBy;
      setText(who, [text(`level.${item.status}`), issuer].filter(Boolean).join(" · "));
      setText(due, dueText(byMs, now, { text, ...scopc.clock.pageOptions() }));
      setAttribute(due, "data-overdue", byMs !== null && byMs < now ? "1" : null);
    }

    return { root, write };
  }

  scopc.mounts.attention = (element) => {
    const { el, setText, setAttribute, shape } = scopc.dom;
    const isWall = scopc.page.isWall();
    const most = Number(element.dataset.rows) || Infinity;
    const list = el("ul", { class: "attends", role: "list" });
    const quiet = el("span", {});
    const none = el("p", { class: "attends__none" }, quiet);
    const more = el("p", { class: "attends__more" });
    const feedsLink = el("a", { href: "/feeds" });
    const silent = el("p", { class: "attends__feeds" }, feedsLink);
    const draw = scopc.dom.pool(list, createRow);
    element.replaceChildren(none, list, more, ...(isWall ? [] : [silent])); // a wall has its feeds in its foot
    let since = new Map();
    let feeds = null;
    let drawn = null;

    function showNone(kind, words) {
      setText(quiet, words);
      setAttribute(none, "hidden", kind === null ? "" : null);
      if (drawn !== kind && kind !== null) none.replaceChildren(shape(kind), quiet);
      drawn = kind;
    }

    function show(items, now) {
      const { text, config } = scopc.page;
      const found = attentionOf(items, config().scales || {}, since);
      const limited = items.filter(({ status }) => status !== null);
      const judged = limited.filter(({ status }) => !["unknown", "insufficient"].includes(status)).length;
      if (found.length > 0) showNone(null, "");
      else showNone(judged === 0 ? "unknown" : "normal", text(judged === 0 ? "attention.unknown" : "attention.none", { judged, of: limited.length }));
      scopc.overview.fill(list, Math.min(most, found.length), (n) => {
        draw(found.slice(0, n), (row, one) => row.write(one, now));
        setText(more, n < found.length ? text("attention.more", { n: found.length - n }) : "");
      });
      setText(feedsLink, silentText(silentOf(feeds, now), text));
    }

    const stops = [
      scopc.indicators.watch(element, null, show),
      scopc.stream.subscribe("feeds", (frame) => {
        feeds = frame.feeds;
      }),
      scopc.poll(element, {
        address: () => `/api/v1/changes?since=${new Date(Math.floor((scopc.freshness.clock.now() - CHANGES_BACK_MS) / HOUR_MS) * HOUR_MS).toISOString()}`,
        everyS: CHANGES_EVERY_S,
        onAnswer: (answer) => {
          if (answer !== null) since = sinceOf(answer.items);
        },
      }),
    ];
    return () => stops.forEach((stop) => stop());
  };

  return { sinceOf, attentionOf, dueText, silentOf, silentText };
})();
