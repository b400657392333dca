/**
 * Citizens' reports as the page sees them. Topic `tickets` (format: data_sources/views/observations.py): open ones and those
 * closed in the last days; `known` is false while no feed that tells of them is up: then none says nothing.
 *
 *   scopc.ticketStore.subscribe(fn) -> unsubscribe
 *   scopc.ticketStore.get()                 {isKnown, tickets} or null before the first frame
 *   scopc.ticketStore.chosen(), .choose(key | null)    one for the drawer; listeners hear of it
 *   scopc.ticketStore.summary(tickets, now)            what waits, how long, and of which kind
 *
 * Nothing about a person is shown: what citizens wrote was masked where it came in, addresses stay away from the screens.
 */
window.scopc = window.scopc || {};
scopc.ticketStore = (() => {
  "use strict";

  const DAY_MS = 86400000;
  const WAITS = ["open", "in_progress"];
  // How long a report waits, in days; the last has no end.
  const AGES = [1, 3, 7, 30, Infinity];

  // ---- pure ----

  const keyOf = ({ feed_id: feedId, ticket_id: ticketId }) => `${feedId}/${ticketId}`;

  const isWaiting = ({ state }) => WAITS.includes(state);

  /** Waiting reports by kind, most first; one without a kind counts under null. */
  function kindsOf(waiting) {
    const counts = new Map();
    for (const { categories } of waiting) {
      for (const kind of categories && categories.length > 0 ? categories : [null]) counts.set(kind, (counts.get(kind) || 0) + 1);
    }
    return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count);
  }

  /** Waiting reports by how long they have waited: a count for each of AGES. */
  function agesOf(waiting, now) {
    const counts = AGES.map(() => 0);
    for (const { opened_at: openedAt } of waiting) {
      const days = (now - Date.parse(openedAt)) / DAY_MS;
      counts[AGES.findIndex((upto) => days < upto)] += 1;
    }
    return counts;
  }

  function summary(tickets, now) {
    const waiting = tickets.filter(isWaiting).sort((a, b) => Date.parse(a.opened_at) - Date.parse(b.opened_at));
    const count = (state) => tickets.filter((one) => one.state === state).length;
    return {
      open: count("open"),
      inProgress: count("in_progress"),
      closed: count("closed") + count("rejected"),
      kinds: kindsOf(waiting),
      ages: agesOf(waiting, now),
      oldest: waiting,
    };
  }

  // ---- the page ----

  const listeners = new Set();
  let frame = null;
  let chosenKey = null;
  let isStarted = false;

  function tell() {
    for (const listener of [...listeners]) listener();
  }

  function start() {
    isStarted = true;
    scopc.stream.subscribe("tickets", (next) => {
      frame = { isKnown: next.known, tickets: next.tickets };
      tell();
    });
  }

  function subscribe(listener) {
    listeners.add(listener);
    if (!isStarted) start();
    return () => listeners.delete(listener);
  }

  function choose(key) {
    if (key === chosenKey) return;
    chosenKey = key;
    tell();
  }

  const get = () => frame;

  /** The chosen report; null when none is, or it has left the list. */
  const chosen = () => (frame === null || chosenKey === null ? null : frame.tickets.find((one) => keyOf(one) === chosenKey) || null);

  return { subscribe, get, chosen, choose, summary, kindsOf, agesOf, keyOf, isWaiting, AGES };
})();
