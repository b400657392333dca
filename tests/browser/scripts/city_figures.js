// To be run before a page's own scripts: every indicator of the catalogue has a value, whatever the feeds say, so that the
// pages can be measured at their fullest. `window.cityMood` is "busy" (each status is there), "calm" (all that can be
// judged is normal) or "silent" (no value at all). Frames keep the server's time.
(() => {
  const STATUSES = ["critical", "warning", "watch", "normal", "normal", "unknown", "watch", "insufficient"];
  const LINE = [0.62, 0.7, 0.66, 0.81, 0.78, null, 0.84, 0.9, 0.86, 0.97, 0.93, 1];
  const HOUR_MS = 3600 * 1000;

  function statusOf(entry, i) {
    const kind = window.cityMood === "calm" ? "normal" : STATUSES[i % STATUSES.length];
    return entry.scale === null && entry.target === null && kind !== "insufficient" ? null : kind;
  }

  function bandOf(entry, status, scales) {
    const band = entry.scale === null ? -1 : scales[entry.scale].bands.findIndex((one) => one.status === status);
    return band < 0 ? null : band;
  }

  function itemOf(entry, i, now, scales) {
    const status = statusOf(entry, i);
    const isThere = window.cityMood !== "silent" && status !== "insufficient" && !(window.cityMood !== "calm" && i % 11 === 10);
    const value = isThere ? Math.round((entry.limit ? entry.limit[1] * 1.25 : 1234.5 * (1 + (i % 5) * 40)) * 1000) / 1000 : null;
    const at = new Date(now - (i % 4) * HOUR_MS).toISOString();
    return {
      key: entry.key, value, unit: entry.unit, status: value === null && status !== null && status !== "insufficient" ? "unknown" : status,
      band: bandOf(entry, status, scales), state: "fresh", class: "observed", observed_at: value === null ? null : at, received_at: at,
      fresh_s: 6 * 3600, stale_s: 12 * 3600, completeness: 1, samples: 24, expected: 24, feed_ids: [], at: null, reason: null, trend: null,
      week_ago: null, year_ago: null, line: value === null ? [] : LINE.map((part) => (part === null ? null : part * value)),
      line_start: at, line_grain: "hour", synthetic: true,
    };
  }

  const { addEventListener } = EventSource.prototype;
  EventSource.prototype.addEventListener = function listen(topic, fn, ...rest) {
    const isIndicators = window.cityMood && topic.startsWith("indicators.");
    const told = !isIndicators ? fn : (event) => {
      const { catalogue, scales } = scopc.page.config();
      const frame = JSON.parse(event.data);
      const items = catalogue.map((entry, i) => [entry, i]).filter(([{ domain }]) => topic === `indicators.${domain}`);
      fn({ data: JSON.stringify({ ...frame, items: items.map(([entry, i]) => itemOf(entry, i, frame.t, scales)) }) });
    };
    return addEventListener.call(this, topic, told, ...rest);
  };
})();
