/**
 * Islands of the page of data health: `feeds-health` (every feed under its agency, most troubled first, with who is heard and how
 * the month went) and `feeds-imports` (files that agencies handed in).
 *
 * States come by the stream and age by our clock; reporters and the month's ledger are asked for again and again. What is
 * expected and silent is there as a ghost; a day that nobody looked at looks different from a day down.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.feedsHealth = (() => {
  "use strict";

  const REPORTERS_EVERY_S = 30;
  const LEDGER_EVERY_S = 300;
  const IMPORTS_EVERY_S = 60;
  const GHOSTS_NAMED = 3;
  const TROUBLE = ["down", "stale", "never", "late", "up"]; // most troubled first

  const text = (key, values) => scopc.page.text(key, values);
  const name = (names) => names[scopc.page.lang()];

  // ---- pure ----

  /** Feeds under their agencies, most troubled first; equal ones in the pack's order. @param {[feed, state][]} judged */
  function byAgency(judged) {
    const groups = new Map();
    for (const [feed, state] of judged) {
      const key = feed.agency.th;
      if (!groups.has(key)) groups.set(key, { key, agency: feed.agency, feeds: [] });
      groups.get(key).feeds.push([feed, state]);
    }
    const rank = ([, state]) => TROUBLE.indexOf(state);
    for (const { feeds } of groups.values()) feeds.sort((a, b) => rank(a) - rank(b));
    return [...groups.values()].sort((a, b) => rank(a.feeds[0]) - rank(b.feeds[0]));
  }

  /** Agencies in two columns, one after the other, so that the higher of them is as low as can be. */
  function inTwo(groups) {
    const heightOf = (some) => some.reduce((sum, { feeds }) => sum + feeds.length, 0);
    const heightAt = (at) => Math.max(heightOf(groups.slice(0, at)), heightOf(groups.slice(at)));
    const cuts = groups.map((_, i) => i + 1);
    const best = cuts.reduce((lowest, at) => (heightAt(at) <= heightAt(lowest) ? at : lowest), groups.length);
    return [groups.slice(0, best), groups.slice(best)];
  }

  /** Whether a feed is among those that are looked for. */
  function isWanted(feed, state, { words, states }) {
    if (states.size > 0 && !states.has(state)) return false;
    const all = [feed.feed_id, ...Object.values(feed.name), ...Object.values(feed.agency)].join(" ").toLowerCase();
    return words
      .toLowerCase()
      .split(/\s+/)
      .every((word) => all.includes(word));
  }

  // ---- a feed's row ----

  function createRow(feed) {
    const { el, setText, setAttribute } = scopc.dom;
    const square = el("i", { class: "square", "aria-hidden": "true" });
    const state = el("strong", {});
    const since = el("span", { class: "quiet" });
    const age = el("td", { class: "num health__age", "data-head": text("health.column_age") });
    const heard = el("span", { class: "health__count" });
    const ghosts = el("span", { class: "ghosts" });
    const accepted = el("td", { class: "num health__accepted", "data-head": text("health.column_accepted") });
    const refused = el("td", { class: "health__refused", "data-head": text("health.column_refused") });
    const error = el("span", { class: "feed__error" });
    const course = scopc.feedMonth.create();
    const kind = scopc.dom.words(`feed_kind.${feed.kind}`, feed.kind.replaceAll("_", " "));
    const pace = text("feeds.interval", { age: scopc.freshness.ageText(feed.interval_s * 1000) });
    const open = el("button", { type: "button", class: "row-button", "data-evidence": `feed:${feed.feed_id}` }, name(feed.name));
    const raw = el("a", { class: "health__raw", href: `/api/v1/feeds/${feed.feed_id}/payload`, target: "_blank", rel: "noopener" }, text("health.raw"));
    const names = el("th", { scope: "row", class: "health__feed" }, open, el("span", { class: "quiet" }, `${kind} · ${pace}`), error);
    const states = el("td", { class: "health__state" }, el("span", { class: "state" }, square, state), since);
    const reporting = el("td", { class: "health__heard", "data-head": text("health.column_heard") }, heard, ghosts);
    const row = el("tr", {}, names, states, age, reporting, accepted, refused, el("td", { class: "health__month" }, course.root), el("td", { class: "health__link" }, raw));

    function draw(now, key, at) {
      const content = scopc.feedsPanel.contentAt(now);
      setAttribute(row, "data-state", key);
      setAttribute(square, "data-state", key);
      setText(state, text(`feed.${key}`));
      setText(since, now.state_since ? text("health.since", { age: scopc.freshness.ageText(at - Date.parse(now.state_since)) }) : "");
      setText(age, content === null ? "–" : scopc.freshness.ageText(at - content));
      setText(accepted, key === "never" ? "–" : scopc.dom.number(now.total_accepted));
      const why = scopc.feedsPanel.rejectedText(now.total_rejected);
      setText(refused, key === "never" ? "–" : why || "0");
      setAttribute(refused, "data-zero", why === "" ? "1" : null);
      const failure = now.error_code ? scopc.dom.words(`code.${now.error_code}`, now.error_code) : "";
      setText(error, failure);
      error.hidden = failure === "";
      raw.hidden = content === null;
    }

    /** @param {object|undefined} told the feed's reporters; undefined before the first answer */
    function drawReporters(told, at) {
      const silent = told === undefined ? [] : told.silent;
      const isNone = told === undefined || told.expected === 0;
      setText(heard, isNone ? "–" : text("health.heard", { n: told.heard, of: told.expected }));
      setAttribute(reporting, "data-none", isNone ? "1" : null);
      setAttribute(heard, "data-short", silent.length > 0 ? "1" : null);
      const words = silent.slice(0, GHOSTS_NAMED).map((one) => scopc.feedMonth.ghostText(one, at));
      if (silent.length > GHOSTS_NAMED) words.push(text("health.more", { n: silent.length - GHOSTS_NAMED }));
      setText(ghosts, words.join(" · "));
      ghosts.hidden = words.length === 0;
    }

    return { row, draw, drawReporters, month: course };
  }

  // ---- all of them ----

  const COLUMNS = ["feed", "state", "age", "heard", "accepted", "refused", "month"];

  function toolbar(onChange) {
    const { el, setText, setAttribute } = scopc.dom;
    const wanted = { words: "", states: new Set() };
    const search = el("input", { type: "search", class: "search", placeholder: text("health.search"), "aria-label": text("health.search") });
    const buttons = new Map(
      TROUBLE.map((state) => {
        const words = el("span", {});
        const button = el("button", { type: "button", class: "button", "aria-pressed": "false" }, el("i", { class: "square", "data-state": state, "aria-hidden": "true" }), words);
        button.addEventListener("click", () => {
          if (!wanted.states.delete(state)) wanted.states.add(state);
          setAttribute(button, "aria-pressed", String(wanted.states.has(state)));
          onChange();
        });
        return [state, { button, words }];
      }),
    );
    search.addEventListener("input", () => {
      wanted.words = search.value.trim();
      onChange();
    });
    const group = el("div", { class: "health__states", role: "group", "aria-label": text("feeds.state") }, ...[...buttons.values()].map(({ button }) => button));
    const root = el("div", { class: "toolbar" }, search, group);

    function write(states) {
      for (const [state, { button, words }] of buttons) {
        const n = states.filter((one) => one === state).length;
        setText(words, [text(`feed.${state}`), n].join(" "));
        button.hidden = n === 0 && !wanted.states.has(state);
      }
    }

    return { root, wanted, write };
  }

  function legend() {
    const { el } = scopc.dom;
    const looks = ["up", "part", "down", "unseen"];
    return el("p", { class: "month-legend" }, ...looks.map((look) => el("span", {}, el("i", { class: "month__day", "data-look": look, "aria-hidden": "true" }), text(`health.day_${look}`))));
  }

  /** A table of some agencies. Where two stand side by side, each agency stands beside its feeds, else over them. */
  function createTable() {
    const { el, arrange, setAttribute } = scopc.dom;
    const headOf = (key) => el("th", { scope: "col", class: `health__${key}` }, text(`health.column_${key}`));
    const agency = headOf("agency");
    const raw = el("th", { scope: "col", class: "health__link" }, el("span", { class: "visually-hidden" }, text("health.raw")));
    const root = el("table", { class: "health" }, el("caption", { class: "visually-hidden" }, text("feeds.caption")), el("thead", {}, el("tr", {}, agency, ...COLUMNS.map(headOf), raw)));

    function write(bodies, isBeside) {
      setAttribute(root, "data-beside", isBeside ? "1" : null);
      agency.hidden = !isBeside;
      arrange(root, [root.caption, root.tHead, ...bodies]);
    }

    return { root, write };
  }

  /** The rows of an agency: its name over them, or at the first of them. */
  function createGroup(agency) {
    const { el, arrange, setText, setAttribute } = scopc.dom;
    const words = el("span", { class: "quiet" });
    const cell = el("th", { scope: "rowgroup" }, el("strong", {}, name(agency)), words);
    const heading = el("tr", {});
    const body = el("tbody", {});

    function write(states, rows, isBeside) {
      setText(words, scopc.feedsPanel.tally(states).map(([state, n]) => [text(`feed.${state}`), n].join(" ")).join(" · "));
      setAttribute(cell, "colspan", isBeside ? null : String(COLUMNS.length + 1));
      setAttribute(cell, "rowspan", isBeside ? String(rows.length) : null);
      const home = isBeside ? rows[0] : heading;
      if (home.firstElementChild !== cell) home.prepend(cell);
      arrange(body, isBeside ? rows : [heading, ...rows]);
    }

    return { body, write };
  }

  scopc.mounts["feeds-health"] = (element) => {
    const { el, arrange, setText, setAttribute } = scopc.dom;
    const tables = [createTable(), createTable()];
    const pages = el("div", { class: "health-tables" });
    const none = el("p", { class: "missing" });
    const rows = new Map();
    const groups = new Map();
    let frame = null;
    let told = new Map();
    let ledger = new Map();

    const draw = scopc.islands.guarded(element, () => {
      const at = scopc.freshness.clock.now();
      if (frame === null) return;
      const judged = frame.feeds.map((feed) => [feed, scopc.feedsPanel.stateOf(feed, at)]);
      tools.write(judged.map(([, state]) => state));
      const shown = byAgency(judged.filter(([feed, state]) => isWanted(feed, state, tools.wanted)));
      const isBeside = window.getComputedStyle(element).getPropertyValue("--tables").trim() === "2";
      for (const { key, agency, feeds } of shown) {
        if (!groups.has(key)) groups.set(key, createGroup(agency));
        for (const [feed, state] of feeds) drawRow(feed, state, at);
        groups.get(key).write(feeds.map(([, state]) => state), feeds.map(([feed]) => rows.get(feed.feed_id).row), isBeside);
      }
      const parts = (isBeside ? inTwo(shown) : [shown]).filter((part) => part.length > 0);
      parts.forEach((part, i) => tables[i].write(part.map(({ key }) => groups.get(key).body), isBeside));
      arrange(pages, parts.map((_, i) => tables[i].root));
      setText(none, text(frame.feeds.length === 0 ? "feeds.none" : "health.none_found"));
      arrange(element, [tools.root, legend_, shown.length > 0 ? pages : none]);
    });

    function drawRow(feed, state, at) {
      if (!rows.has(feed.feed_id)) rows.set(feed.feed_id, createRow(feed));
      const row = rows.get(feed.feed_id);
      row.draw(feed, state, at);
      row.drawReporters(told.get(feed.feed_id), at);
      const days = ledger.get(feed.feed_id);
      if (days !== undefined && row.month.drawn !== days) {
        row.month.drawn = days;
        row.month.write(days, at);
      }
    }

    const tools = toolbar(draw);
    const legend_ = legend();
    const keep = (store) => (answer) => {
      if (answer === null) return;
      store(new Map(answer.items.map((one) => [one.feed_id, one])));
      draw();
    };
    const stops = [
      scopc.stream.subscribe("feeds", (next) => {
        const isFirst = frame === null;
        frame = next;
        if (isFirst) draw();
      }),
      scopc.clock.everySecond(() => window.document.hidden || draw()),
      scopc.poll(element, { address: () => "/api/v1/feeds/reporters", everyS: REPORTERS_EVERY_S, onAnswer: keep((map) => (told = map)) }),
      scopc.poll(element, { address: () => "/api/v1/feeds/ledger", everyS: LEDGER_EVERY_S, onAnswer: keep((map) => (ledger = map)) }),
    ];
    setAttribute(element, "data-missing", null);
    return () => stops.forEach((stop) => stop && stop());
  };

  // ---- files ----

  scopc.mounts["feeds-imports"] = (element) => {
    const { el } = scopc.dom;
    const heads = ["file", "time", "accepted", "corrected", "refused"];
    const show = scopc.islands.guarded(element, (answer) => {
      if (answer === null) return;
      if (answer.items.length === 0) {
        element.replaceChildren(el("p", { class: "quiet" }, text("health.no_imports")));
        return;
      }
      const rows = answer.items.map((one) => {
        const why = one.examples.map(({ code, entity_id: entity }) => [scopc.dom.words(`code.${code}`, code), entity].join(": ")).join(" · ");
        const refused = el("td", { class: "num", ...(one.rejected === 0 ? { "data-zero": "1" } : {}) }, scopc.dom.number(one.rejected));
        const file = el("th", { scope: "row" }, one.file_name, ...(why === "" ? [] : [el("p", { class: "quiet" }, why)]));
        const count = (n) => el("td", { class: "num" }, scopc.dom.number(n));
        return el("tr", {}, file, el("td", {}, scopc.evidenceTime.text(one.imported_at)), count(one.accepted), count(one.corrected), refused);
      });
      const head = el("tr", {}, ...heads.map((key, i) => el("th", { scope: "col", ...(i > 1 ? { class: "num" } : {}) }, text(`health.import_${key}`))));
      element.replaceChildren(el("table", { class: "imports" }, el("caption", { class: "visually-hidden" }, text("health.imports")), el("thead", {}, head), el("tbody", {}, ...rows)));
    });
    return scopc.poll(element, { address: () => "/api/v1/imports", everyS: IMPORTS_EVERY_S, onAnswer: show });
  };

  return { byAgency, inTwo, isWanted };
})();
