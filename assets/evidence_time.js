/**
 * Times as evidence writes them: ISO 8601 with the city's offset, so that nobody has to guess an era or a zone.
 *
 *   scopc.evidenceTime.text("2026-11-23T00:00:00Z")   "2026-11-23 07:00 +07"
 *   scopc.evidenceTime.cadence(3600)                  "every 1 h" in the page's words
 */
window.scopc = window.scopc || {};
scopc.evidenceTime = (() => {
  "use strict";

  const DAY_S = 86400;
  let format = null;

  function formatter() {
    format =
      format ||
      new Intl.DateTimeFormat("en-CA", {
        timeZone: scopc.clock.pageOptions().zone,
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
        timeZoneName: "shortOffset",
      });
    return format;
  }

  /** "+07", "+05:30", "+00" out of "GMT+7", "GMT+5:30", "GMT". */
  function offset(name) {
    const match = /GMT([+-])(\d+)(?::(\d+))?/.exec(name);
    if (!match) return "+00";
    const [, sign, hours, minutes] = match;
    return `${sign}${hours.padStart(2, "0")}${minutes ? ":" + minutes : ""}`;
  }

  function text(iso) {
    const parts = Object.fromEntries(formatter().formatToParts(new Date(iso)).map(({ type, value }) => [type, value]));
    return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute} ${offset(parts.timeZoneName)}`;
  }

  /** How often news is promised, in its largest whole unit. */
  function cadence(seconds) {
    if (!seconds) return scopc.page.text("no.data");
    if (seconds >= 28 * DAY_S && seconds < 32 * DAY_S) return scopc.page.text("evidence.every_month");
    if (seconds >= 360 * DAY_S) return scopc.page.text("evidence.every_year");
    if (seconds >= 88 * DAY_S && seconds < 93 * DAY_S) return scopc.page.text("evidence.every_quarter");
    return scopc.page.text("evidence.every", { age: scopc.freshness.ageText(seconds * 1000) });
  }

  return { text, cadence, offset };
})();
