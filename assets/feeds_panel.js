/**
 * Islands `feed-strip` (one square per feed, and the words) and `feed-list` (feeds with state, age and counts).
 * A feed's state is the server's word or what its age says by our clock, whichever is worse: when the server is
 * dead, feeds age all the same.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.feedsPanel = (() => {
  "use strict";

  const MOST_NAMED = 2; // names of feeds in trouble that a desk's strip has room for
  const MOST_NAMED_WALL = 3; // with state and age; fewer where there is no room
  const LEAST_TOLD_MS = 60000; // what fell just now has no age yet: a wall does not count seconds
  const WORST_FIRST = ["down", "stale", "never", "late"];
  const STATES = ["up", "late", "stale", "down", "never"];

  const text = (key, values) => scopc.page.text(key, values);
  const number = (value) => scopc.dom.number(value);

  // ---- pure ----

  /** When the newest content of a feed was observed, epoch ms, null when never. */
  function contentAt({ observed_at: observedAt, last_good_at: lastGoodAt }) {
    const ms = Date.parse(observedAt || lastGoodAt || "");
    return Number.isNaN(ms) ? null : ms;
  }

  /**
   * State of a feed to be shown.
   * @param {object} feed one of the `feeds` frame
   * @param {number} now server time, epoch ms
   * @returns {"up"|"late"|"stale"|"down"|"never"}
   */
  function stateOf(feed, now) {
    const at = contentAt(feed);
    if (feed.state === "down") return "down";
    if (feed.state === "never" || at === null) return "never";
    const age = scopc.freshness.valueClass(now - at, { freshS: feed.fresh_s, staleS: feed.stale_s });
    if (age === "stale") return "stale";
    return feed.state === "late" || age === "ageing" ? "late" : "up";
  }

  /** How many feeds are in which state, worst last. */
  function tally(states) {
    return STATES.map((state) => [state, states.filter((one) => one === state).length]).filter(([, n]) => n > 0);
  }

  /**
   * Feeds that are not live, the worst first; equal ones in the pack's order. One without an address is nobody's fault.
   * @param {[object, string][]} judged feeds with their states
   */
  function worst(judged) {
    const rank = ([, state]) => WORST_FIRST.indexOf(state);
    const isTrouble = ([feed, state]) => state !== "up" && feed.error_code !== "not_configured";
    return judged.filter(isTrouble).sort((a, b) => rank(a) - rank(b));
  }

  /** For how long a feed has been in a state: down since it fell, stale and late by the age of what it last told; null unknown. */
  function troubleMs(feed, state, now) {
    if (state === "never") return null;
    const since = state === "down" ? Date.parse(feed.state_since || "") : NaN;
    const from = Number.isNaN(since) ? contentAt(feed) : since;
    return from === null ? null : now - from;
  }

  /** "Lake levels down 12 min" */
  function troubleText([feed, state], now, hasAge) {
    const ms = hasAge ? troubleMs(feed, state, now) : null;
    const words = [feed.name[scopc.page.lang()], text(`feed.${state}`)];
    if (ms !== null && ms >= LEAST_TOLD_MS) words.push(scopc.freshness.ageText(ms));
    return words.join("\u00a0"); // one piece each
  }

  /** The first `n` in words, and how many more there are. */
  function troubleWords(bad, n, now, hasAge = true) {
    const named = bad.slice(0, n).map((one) => troubleText(one, now, hasAge)).join(" · ");
    return n < bad.length ? text("feeds.more", { named, n: bad.length - n }) : named;
  }

  /** Rejected records by code in words, most frequent first; "" when none. */
  function rejectedText(rejected, words = scopc.dom.words) {
    return Object.entries(rejected || {})
      .filter(([, n]) => n > 0)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([code, n]) => [words(`code.${code}`, code), number(n)].join(" "))
      .join(" · ");
  }

  const rejectedCount = (rejected) => Object.values(rejected || {}).reduce((sum, n) => sum + n, 0);

  // ---- shared ----

  const watchers = new Set();
  let frame = null;
  let isStarted = false;

  function drawAll() {
    for (const draw of [...watchers]) draw();
  }

  function start() {
    isStarted = true;
    scopc.stream.subscribe("feeds", (next) => {
      const isFirst = frame === null;
      frame = next;
      if (isFirst) drawAll();
    });
    scopc.clock.everySecond(() => window.document.hidden || drawAll());
  }

  /** Draw an island now and every second. */
  function watch(element, draw) {
    const guarded = scopc.islands.guarded(element, () => draw(frame, scopc.freshness.clock.now()));
    if (!isStarted) start();
    watchers.add(guarded);
    guarded();
    return () => watchers.delete(guarded);
  }

  // ---- strip ----

  scopc.mounts["feed-strip"] = (element) => {
    const { el, setText, setAttribute, arrange } = scopc.dom;
    const squares = el("span", { class: "squares", "aria-hidden": "true" });
    const words = el("span", { class: "strip-words" });
    const trouble = el("span", { class: "strip-trouble" });
    const byId = new Map();
    element.replaceChildren(squares, words, trouble);

    function square(feedId) {
      if (!byId.has(feedId)) byId.set(feedId, el("i", { class: "square" }));
      return byId.get(feedId);
    }

    return watch(element, (now, at) => {
      setAttribute(element, "data-missing", now === null ? "1" : null);
      if (now === null) {
        setText(words, text("feeds.unknown"));
        return;
      }
      const states = now.feeds.map((feed) => stateOf(feed, at));
      arrange(squares, now.feeds.map((feed) => square(feed.feed_id)));
      now.feeds.forEach((feed, i) => {
        setAttribute(square(feed.feed_id), "data-state", states[i]);
      });
      const parts = tally(states).map(([state, n]) => [text(`feed.${state}`), number(n)].join(" "));
      const isWall = scopc.page.isWall();
      const head = isWall ? "" : `${text("feeds.count", { n: now.feeds.length })}: `;
      setText(words, now.feeds.length === 0 ? text("feeds.none") : head + parts.join(" · "));
      const bad = worst(now.feeds.map((feed, i) => [feed, states[i]]));
      if (isWall) fillWall(bad, at);
      else setText(trouble, bad.length <= MOST_NAMED ? bad.map(([feed]) => feed.name[scopc.page.lang()]).join(" · ") : "");
    });

    /** A wall names the worst in place of the counts, as many as stand in one line; one has its age where that finds room.
     *  Where not even its name does, the counts stay. */
    function fillWall(bad, at) {
      const most = Math.min(MOST_NAMED_WALL, bad.length);
      const tries = Array.from({ length: most }, (_, i) => [most - i, true]);
      for (const [n, hasAge] of most === 0 ? [] : [...tries, [1, false]]) {
        setAttribute(element, "data-trouble", "1");
        setText(trouble, troubleWords(bad, n, at, hasAge));
        if (trouble.scrollWidth <= trouble.clientWidth) return;
      }
      setAttribute(element, "data-trouble", null);
      setText(trouble, "");
    }
  };

  // ---- list ----

  /** Words with dots between them, broken between words only. */
  const nowrap = (words) => words.flatMap((word, i) => [i ? " · " : "", scopc.dom.el("span", {}, word)]);

  /** One feed's row. */
  function createRow(feed) {
    const { el, setText, setAttribute } = scopc.dom;
    const lang = scopc.page.lang();
    const square = el("i", { class: "square", "aria-hidden": "true" });
    const state = el("span");
    const age = el("td", { class: "num" });
    const accepted = el("td", { class: "num" });
    const rejected = el("td", { class: "num" });
    const reasons = el("p", { class: "feed__reasons" });
    const error = el("p", { class: "feed__error" });
    const kind = scopc.dom.words(`feed_kind.${feed.kind}`, feed.kind);
    const pace = text("feeds.interval", { age: scopc.freshness.ageText(feed.interval_s * 1000) });
    const name = el(
      "th",
      { scope: "row" },
      el("span", { class: "feed__name" }, feed.name[lang]),
      el("p", { class: "quiet" }, ...nowrap([feed.agency[lang], kind, pace])),
      reasons,
      error,
    );
    const row = el("tr", {}, name, el("td", { class: "state" }, square, state), age, accepted, rejected);

    function draw(now, at) {
      const key = stateOf(now, at);
      const content = contentAt(now);
      const isKnown = key !== "never";
      setAttribute(row, "data-state", key);
      setAttribute(square, "data-state", key);
      setText(state, text(`feed.${key}`));
      setText(age, content === null ? "–" : scopc.freshness.ageText(at - content));
      setText(accepted, isKnown ? number(now.accepted) : "–");
      setText(rejected, isKnown ? number(rejectedCount(now.rejected)) : "–");
      setAttribute(rejected, "data-zero", rejectedCount(now.rejected) === 0 ? "1" : null);
      const why = rejectedText(now.rejected);
      setText(reasons, why === "" ? "" : `${text("feeds.rejected")}: ${why}`);
      reasons.hidden = why === "";
      const failure = now.error_code ? scopc.dom.words(`code.${now.error_code}`, now.error_code) : "";
      setText(error, failure);
      if (now.error) error.title = now.error;
      error.hidden = failure === "";
    }

    return { row, draw };
  }

  scopc.mounts["feed-list"] = (element) => {
    const { el, arrange, setText } = scopc.dom;
    const head = (key, kind) => el("th", { scope: "col", class: kind }, text(key));
    const body = el("tbody");
    const table = el(
      "table",
      { class: "feeds" },
      el("caption", { class: "visually-hidden" }, text("feeds.caption")),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          head("feeds.name", "name"),
          head("feeds.state", ""),
          head("feeds.age", "num"),
          head("feeds.accepted", "num"),
          head("feeds.rejected", "num"),
        ),
      ),
      body,
    );
    const missing = el("p", { class: "missing" });
    const rows = new Map();
    return watch(element, (now, at) => {
      const isKnown = now !== null && now.feeds.length > 0;
      setText(missing, text(now === null ? "no.data" : "feeds.none"));
      arrange(element, [isKnown ? table : missing]);
      if (!isKnown) return;
      for (const feed of now.feeds) {
        if (!rows.has(feed.feed_id)) rows.set(feed.feed_id, createRow(feed));
        rows.get(feed.feed_id).draw(feed, at);
      }
      arrange(body, now.feeds.map((feed) => rows.get(feed.feed_id).row));
    });
  };

  return { contentAt, stateOf, tally, rejectedText, worst, troubleWords };
})();
