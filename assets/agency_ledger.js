/**
 * Island `agency-ledger`: how far each agency's data can be relied on this month: the feeds it answers for, in the share of
 * the minutes in which anybody looked that they were up, and a square a day. The least reliable first.
 *
 * A day nobody looked at is dashed: it says nothing of the agency. A feed without an address (not configured) is none of its
 * faults either, and is told in words. Every feed opens its evidence.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.agencyLedger = (() => {
  "use strict";

  const REFRESH_S = 300;
  // Of a day: at least so much of it up is a full square, at least so much a half.
  const FULL = 0.98;
  const HALF = 0.5;

  // ---- pure ----

  const weightedMean = (pairs) => {
    const weight = pairs.reduce((sum, [, known]) => sum + known, 0);
    return weight === 0 ? null : pairs.reduce((sum, [up, known]) => sum + up * known, 0) / weight;
  };

  /** Look of a day: "none" when nobody looked, else by how much of it was up. */
  function lookOf(up) {
    if (up === null) return "none";
    if (up >= FULL) return "full";
    return up >= HALF ? "half" : "down";
  }

  /**
   * Feeds by agency.
   * @param {object[]} rows of the ledger ({feed_id, up, known, days})
   * @param {object[]} feeds of the `feeds` frame, for names and agencies
   * @returns {{agency: string, up: number|null, feeds: {feedId, name, up, state, isConfigured}[], days: {day, up}[]}[]}
   */
  function byAgency(rows, feeds, lang) {
    const groups = new Map();
    for (const row of rows) {
      const feed = feeds.find((one) => one.feed_id === row.feed_id);
      if (!feed) continue;
      const agency = feed.agency[lang];
      if (!groups.has(agency)) groups.set(agency, []);
      groups.get(agency).push({ row, feed });
    }
    const agencies = [...groups].map(([agency, some]) => {
      const told = some.filter(({ row }) => row.up !== null).map(({ row }) => [row.up, row.known]);
      const days = some[0].row.days.map(({ day }, i) => {
        const known = some.map(({ row }) => row.days[i]).filter(({ up }) => up !== null);
        return { day, up: weightedMean(known.map(({ up, known: share }) => [up, share])) };
      });
      return {
        agency,
        up: weightedMean(told),
        feeds: some.map(({ row, feed }) => ({ feedId: row.feed_id, name: feed.name[lang], up: row.up, state: feed.state, isConfigured: feed.error_code !== "not_configured" })),
        days,
      };
    });
    const rank = ({ up }) => (up === null ? 2 : up);
    return agencies.sort((a, b) => rank(a) - rank(b));
  }

  const shareText = (up) => (up === null ? null : scopc.dom.fixed(100 * up, 1));

  /** "98.1 %", or the words for nothing known. */
  const shareWords = (up) => (up === null ? scopc.page.text("no.data") : `${shareText(up)} %`);

  // ---- a row ----

  function createFeed() {
    const { el, setText, setAttribute } = scopc.dom;
    const button = el("button", { type: "button", class: "ledger__feed" });
    const write = ({ feedId, name, up, isConfigured }) => {
      const { text } = scopc.page;
      setAttribute(button, "data-evidence", `feed:${feedId}`);
      const told = isConfigured ? shareWords(up) : text("ledger.not_configured");
      setText(button, `${name} ${told}`);
    };
    return { root: button, write };
  }

  function createRow() {
    const { el, pool, setText, setAttribute, missing } = scopc.dom;
    const name = el("button", { type: "button", class: "ledger__agency" });
    const feeds = el("span", { class: "ledger__feeds" });
    const share = el("strong", {});
    const unit = el("span", { class: "value__unit" }, "%");
    const days = el("span", { class: "ledger__days", role: "img" });
    const root = el("li", { class: "ledger__row" }, name, el("span", { class: "ledger__share" }, share, unit), days, feeds);
    const drawFeeds = pool(feeds, createFeed);
    const drawDays = pool(days, () => el("i", { class: "ledger__day" }));

    function write(agency, today) {
      const { text } = scopc.page;
      setText(name, agency.agency);
      missing(share, shareText(agency.up));
      setAttribute(unit, "hidden", agency.up === null ? "" : null);
      // An agency with one feed is that feed; with more, each opens its own evidence.
      const only = agency.feeds.length === 1 ? agency.feeds[0] : null;
      setAttribute(name, "data-evidence", only === null ? null : `feed:${only.feedId}`);
      name.disabled = only === null;
      drawFeeds(only === null ? agency.feeds : [], (feed, one) => feed.write(one));
      if (only !== null && !only.isConfigured) setText(name, `${agency.agency} · ${text("ledger.not_configured")}`);
      drawDays(agency.days, (square, { day, up }) => {
        setAttribute(square, "data-look", day > today ? "ahead" : lookOf(up));
        setAttribute(square, "title", `${day} · ${shareWords(up)}`);
      });
      const known = agency.days.filter(({ up }) => up !== null).length;
      setAttribute(days, "aria-label", text("ledger.days", { known, of: agency.days.filter(({ day }) => day <= today).length }));
    }

    return { root, write };
  }

  scopc.mounts["agency-ledger"] = (element) => {
    const { el, pool, setText } = scopc.dom;
    const { text } = scopc.page;
    const list = el("ol", { class: "ledger", role: "list" });
    const note = el("p", { class: "rows__note" });
    const draw = pool(list, createRow);
    let feeds = [];
    let answer = null;

    const show = scopc.islands.guarded(element, () => {
      if (answer === null || feeds.length === 0) return;
      if (!list.isConnected) element.replaceChildren(list, note);
      const { zone } = scopc.clock.pageOptions();
      const today = scopc.clock.dayText(scopc.freshness.clock.now(), zone);
      const agencies = byAgency(answer.items, feeds, scopc.page.lang());
      draw(agencies, (row, agency) => row.write(agency, today));
      const told = agencies.filter(({ up }) => up !== null).length;
      setText(note, text("ledger.note", { month: scopc.chartCycles.monthText(answer.month, scopc.clock.pageOptions()), told, of: agencies.length }));
    });

    const stopFeeds = scopc.stream.subscribe("feeds", (frame) => {
      feeds = frame.feeds;
      show();
    });
    const stopPolling = scopc.poll(element, {
      address: () => "/api/v1/feeds/ledger",
      everyS: REFRESH_S,
      onAnswer: (told) => {
        answer = told ?? answer;
        show();
      },
    });
    return () => {
      stopFeeds();
      stopPolling();
    };
  };

  return { byAgency, lookOf, weightedMean };
})();
