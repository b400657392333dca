/**
 * Indicators as the pages see them: the catalogue of the document, filled by the topics `indicators.<domain>`.
 *
 *   const stop = scopc.indicators.watch(element, domains, (items, now) => ...)  at once, on news, and as values age
 *   scopc.indicators.items(domains)         every indicator of these domains (null: all), with or without a value
 *   scopc.indicators.item("ENV-01")         one of them, or null
 *   item  {key, domain, name, unit, decimals, limit, scale, agency, ...catalogue, value, status, state, ageMs, observedMs,
 *          receivedMs, klass, completeness, samples, expected, feedIds, at, reason, trend, weekAgo, yearAgo, line, lineStartMs,
 *          lineGrain, synthetic}
 *   scopc.indicators.valueText(item), .limitText(item), .byUrgency(items), .worst(items)
 *
 * `state` and `status` are judged by our clock at each call: what the server said last is too old one day, and then it is
 * "unknown", never normal. `status` is null where the pack sets no limit. Unknown values are null, never 0.
 */
window.scopc = window.scopc || {};
scopc.indicators = (() => {
  "use strict";

  const RANK = { critical: 4, warning: 3, watch: 2, unknown: 1, insufficient: 1, normal: 0 };
  const AGE_EVERY_S = 5; // states turn by the minute, not by the second

  // ---- pure ----

  const timeOf = (iso) => (iso ? Date.parse(iso) : null);

  /**
   * An indicator at `now`.
   * @param {object} entry of the catalogue (data_sources/views/catalogue.py)
   * @param {object|null} told its last item of the stream (data_sources/views/indicators.py)
   */
  function itemAt(entry, told, now) {
    const observedMs = told === null ? null : timeOf(told.observed_at);
    const value = told === null ? null : told.value;
    const ageMs = observedMs === null || value === null ? null : Math.max(0, now - observedMs);
    const state = scopc.freshness.valueClass(ageMs, { freshS: told === null ? 0 : told.fresh_s, staleS: told === null ? 0 : told.stale_s });
    return {
      ...entry,
      value,
      state,
      status: statusAt(entry, told, state),
      ageMs,
      observedMs,
      receivedMs: told === null ? null : timeOf(told.received_at),
      klass: told === null ? null : told.class,
      completeness: told === null ? null : told.completeness,
      samples: told === null ? null : told.samples,
      expected: told === null ? null : told.expected,
      feedIds: told === null ? [] : told.feed_ids,
      at: told === null || !told.at ? null : { id: told.at.feature_id, name: told.at.name[scopc.page.lang()] },
      reason: told === null ? null : told.reason,
      trend: told === null ? null : told.trend,
      weekAgo: told === null ? null : told.week_ago,
      yearAgo: told === null ? null : told.year_ago,
      line: told === null ? [] : told.line,
      lineStartMs: told === null ? null : timeOf(told.line_start),
      lineGrain: told === null ? "day" : told.line_grain,
      band: told === null ? null : told.band,
      synthetic: told !== null && told.synthetic,
    };
  }

  /** Status by our clock: too old to act on is unknown; without a limit there is nothing to judge. */
  function statusAt(entry, told, state) {
    if (told !== null && told.status === "insufficient" && state !== "stale") return "insufficient";
    if (entry.scale === null && entry.target === null) return null;
    return told === null || state === "stale" || state === "missing" ? "unknown" : told.status;
  }

  const rankOf = ({ status }) => (status === null ? -1 : RANK[status]);

  /** Most urgent first, equals as they came. */
  const byUrgency = (items) => [...items].sort((a, b) => rankOf(b) - rankOf(a));

  /** The gravest status of some items: "unknown" only where none can be judged, null where none has a limit. */
  function worst(items) {
    const judged = items.filter(({ status }) => status !== null);
    if (judged.length === 0) return null;
    const graver = judged.filter(({ status }) => RANK[status] > 1);
    if (graver.length > 0) return byUrgency(graver)[0].status;
    return judged.some(({ status }) => status === "normal") ? "normal" : "unknown";
  }

  /** The value with its decimals, or null. */
  const valueText = ({ value, decimals }) => (value === null ? null : scopc.dom.fixed(value, decimals));

  /** "≤ 37.5", "80–85", or null where nothing is set. */
  function limitText({ limit, decimals }) {
    if (limit === null) return null;
    const [sign, ...numbers] = limit;
    const text = numbers.map((one) => scopc.dom.number(one, decimals));
    return sign === "–" ? text.join("–") : `${sign}\u00a0${text[0]}`; // a sign at the end of a line would lose its number
  }

  // ---- the page ----

  const told = new Map(); // key -> last item of the stream
  const watchers = new Set();
  const subscribed = new Set();

  const catalogue = () => scopc.page.config().catalogue || [];

  const domainsOf = (domains) => domains || [...new Set(catalogue().map(({ domain }) => domain))];

  function items(domains, now = scopc.freshness.clock.now()) {
    const wanted = new Set(domainsOf(domains));
    return catalogue().filter(({ domain }) => wanted.has(domain)).map((entry) => itemAt(entry, told.get(entry.key) || null, now));
  }

  function item(key, now = scopc.freshness.clock.now()) {
    const entry = catalogue().find((one) => one.key === key);
    return entry ? itemAt(entry, told.get(key) || null, now) : null;
  }

  function tell(domain) {
    for (const watcher of [...watchers]) if (domain === null || watcher.domains.includes(domain)) watcher.draw();
  }

  function subscribe(domain) {
    if (subscribed.has(domain)) return;
    subscribed.add(domain);
    scopc.stream.subscribe(`indicators.${domain}`, (frame) => {
      for (const one of frame.items) told.set(one.key, one);
      tell(domain);
    });
  }

  let seconds = 0;
  let isTicking = false;

  function startTicking() {
    isTicking = true;
    scopc.clock.everySecond(() => {
      seconds += 1;
      if (seconds % AGE_EVERY_S === 0 && !window.document.hidden) tell(null);
    });
  }

  /** Draw an island with the indicators of some domains (null: all). @returns {() => void} stop */
  function watch(element, domains, draw) {
    const watched = domainsOf(domains);
    const watcher = {
      domains: watched,
      draw: scopc.islands.guarded(element, () => {
        const now = scopc.freshness.clock.now();
        draw(items(watched, now), now);
      }),
    };
    watchers.add(watcher);
    watched.forEach(subscribe);
    if (!isTicking) startTicking();
    watcher.draw();
    return () => watchers.delete(watcher);
  }

  const pure = { itemAt, byUrgency, worst, valueText, limitText, RANK };
  return { ...pure, watch, items, item };
})();
