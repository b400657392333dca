/**
 * Island `ticket-summary`: what citizens wait for. How many in which state, by kind and by how long they have waited, and the
 * longest waiting by name. While no feed tells, every count is missing.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.ticketSummary = (() => {
  "use strict";

  const MOST_KINDS = 8;
  const MOST_WAITING = 5;
  const WORDS_MOST = 64; // signs: two lines; the drawer tells the rest
  const REDRAW_S = 30;
  const STATES = ["open", "in_progress", "closed"];

  /** The greatest first, what is left over as one. @param {{kind: string|null, count: number}[]} kinds */
  function topKinds(kinds, most) {
    if (kinds.length <= most) return kinds.map((one) => ({ ...one, rest: 0 }));
    const rest = kinds.slice(most - 1);
    return [...kinds.slice(0, most - 1).map((one) => ({ ...one, rest: 0 })), { kind: null, count: rest.reduce((sum, { count }) => sum + count, 0), rest: rest.length }];
  }

  /** Words cut between two of them, with a sign that there are more: Thai has no spaces to cut at. */
  function short(words, most, lang) {
    if (words.length <= most) return words;
    const parts = [...new Intl.Segmenter(lang, { granularity: "word" }).segment(words)];
    const last = parts.filter(({ index, segment }) => index + segment.length < most).pop();
    return `${words.slice(0, last ? last.index + last.segment.length : most - 1).trim()}…`;
  }

  /** A report's sign: solid waits, half is worked on, hollow is done. */
  function sign(state) {
    return scopc.dom.el("i", { class: "ticket-sign", "data-state": state, "aria-hidden": "true" });
  }

  /** How long ago the feeds of these reports last said anything: a report may be old and the word on it fresh. */
  function heard(tickets, feeds, now) {
    const ids = new Set(tickets.map(({ feed_id: feedId }) => feedId));
    const told = feeds.filter(({ feed_id: feedId, last_good_at: at }) => ids.has(feedId) && at !== null);
    if (told.length === 0) return { value: null, ageMs: null, state: "missing" };
    const oldest = told.reduce((a, b) => (Date.parse(a.last_good_at) <= Date.parse(b.last_good_at) ? a : b));
    const ageMs = Math.max(0, now - Date.parse(oldest.last_good_at));
    return { value: 1, ageMs, state: scopc.freshness.valueClass(ageMs, { freshS: oldest.fresh_s, staleS: oldest.stale_s }) };
  }

  function createBar() {
    const { el, setText, setAttribute } = scopc.dom;
    const name = el("span", { class: "bar__name" });
    const fill = el("i", { class: "bar__fill" });
    const count = el("span", { class: "bar__count" });
    const root = el("li", { class: "bar" }, name, el("span", { class: "bar__track", "aria-hidden": "true" }, fill), count);
    const write = (words, n, most) => {
      setText(name, words);
      setText(count, scopc.dom.number(n));
      setAttribute(count, "data-zero", n === 0 ? "1" : null);
      fill.style.width = `${most === 0 ? 0 : (100 * n) / most}%`;
    };
    return { root, write };
  }

  function createWaiting() {
    const { el, setText, setAttribute } = scopc.dom;
    const mark = el("span", {});
    const words = el("span", { class: "waiting__words" });
    const age = el("span", { class: "waiting__age" });
    const button = el("button", { type: "button", class: "waiting" }, mark, words, age);
    let key = null;
    button.addEventListener("click", () => scopc.ticketStore.choose(key));
    const write = (ticket, now) => {
      key = scopc.ticketStore.keyOf(ticket);
      if (mark.dataset.state !== ticket.state) mark.replaceChildren(sign(ticket.state));
      mark.dataset.state = ticket.state;
      const told = [(ticket.categories || []).join(", "), ticket.description].filter(Boolean).join(" · ") || ticket.ticket_id;
      setText(words, short(told, WORDS_MOST, scopc.page.lang()));
      setText(age, scopc.freshness.ageText(now - Date.parse(ticket.opened_at)));
      const chosen = scopc.ticketStore.chosen();
      setAttribute(button, "aria-expanded", String(chosen !== null && scopc.ticketStore.keyOf(chosen) === key));
    };
    return { root: el("li", {}, button), write };
  }

  function ageNames() {
    const { text } = scopc.page;
    const { AGES } = scopc.ticketStore;
    return AGES.map((upto, i) => {
      if (i === 0) return text("tickets.under_days", { n: upto });
      return upto === Infinity ? text("tickets.over_days", { n: AGES[i - 1] }) : text("tickets.days", { from: AGES[i - 1], to: upto });
    });
  }

  scopc.mounts["ticket-summary"] = (element) => {
    const { el, pool, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const { ticketStore } = scopc;
    const counts = STATES.map((state) => ({ state, figure: el("strong", { class: "state-count__n" }), root: null }));
    for (const one of counts) one.root = el("li", { class: "state-count" }, sign(one.state), one.figure, el("span", {}, text(`tickets.${one.state}`)));
    const age = scopc.value.age();
    const kinds = el("ul", { class: "bars", role: "list" });
    const ages = el("ul", { class: "bars", role: "list" });
    const waiting = el("ul", { class: "waitings", role: "list" });
    const none = el("p", { class: "missing", hidden: "" }, text("tickets.unknown"));
    const part = (title, ...children) => el("section", { class: "ticket-part" }, el("h3", {}, title), ...children);
    const body = el("div", { class: "ticket-parts" }, part(text("tickets.by_kind"), kinds), part(text("tickets.by_age"), ages), part(text("tickets.longest"), waiting));
    const states = el("ul", { class: "state-counts", role: "list" }, ...counts.map(({ root }) => root));
    element.replaceChildren(el("div", { class: "state-line" }, states, age.root), none, body);
    const drawKinds = pool(kinds, createBar);
    const drawAges = pool(ages, createBar);
    const drawWaiting = pool(waiting, createWaiting);
    let feeds = [];

    const draw = scopc.islands.guarded(element, () => {
      const frame = ticketStore.get();
      const now = scopc.freshness.clock.now();
      const isKnown = frame !== null && frame.isKnown;
      setAttribute(none, "hidden", isKnown ? "" : null);
      for (const hidden of [body, age.root]) setAttribute(hidden, "hidden", isKnown ? null : "");
      const told = ticketStore.summary(isKnown ? frame.tickets : [], now);
      const numbers = { open: told.open, in_progress: told.inProgress, closed: told.closed };
      for (const { state, figure } of counts) {
        scopc.dom.missing(figure, isKnown ? scopc.dom.number(numbers[state]) : null);
        setAttribute(figure, "data-zero", isKnown && numbers[state] === 0 ? "1" : null);
      }
      if (!isKnown) return;
      age.write(heard(frame.tickets, feeds, now));
      const shown = topKinds(told.kinds, MOST_KINDS);
      const most = Math.max(0, ...shown.map(({ count }) => count));
      drawKinds(shown, (bar, { kind, count, rest }) => bar.write(kind ?? text(rest > 0 ? "tickets.rest" : "tickets.no_kind", { n: rest }), count, most));
      const mostAged = Math.max(0, ...told.ages);
      const names = ageNames();
      drawAges(told.ages, (bar, count, i) => bar.write(names[i], count, mostAged));
      drawWaiting(told.oldest.slice(0, MOST_WAITING), (row, ticket) => row.write(ticket, now));
    });

    let seconds = 0;
    const stopTicking = scopc.clock.everySecond(() => {
      seconds += 1;
      if (seconds % REDRAW_S === 0 && !window.document.hidden) draw();
    });
    const stopTickets = ticketStore.subscribe(draw);
    const stopFeeds = scopc.stream.subscribe("feeds", (frame) => {
      ({ feeds } = frame);
      draw();
    });
    draw();
    return () => [stopTicking, stopTickets, stopFeeds].forEach((stop) => stop());
  };

  return { topKinds, heard, sign, short };
})();
