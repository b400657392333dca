/**
 * Islands `clock` and `date`: the time of the city's zone by the server's clock, whatever the browser's clock says.
 *
 * The clock writes `14:32` and `:10` into two spans (classes `clock-hm`, `clock-s`), so that a wall can leave the
 * seconds small; both are text for screen readers and tests alike.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.clock = (() => {
  "use strict";

  const DATE_PARTS = { day: "numeric", month: "short", year: "numeric" };
  const formats = new Map();

  /** A formatter of Intl; making one costs more than using it a thousand times. */
  function format(locale, options) {
    const key = locale + JSON.stringify(options);
    if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, options));
    return formats.get(key);
  }

  function parts(formatter, ms) {
    return Object.fromEntries(formatter.formatToParts(ms).map(({ type, value }) => [type, value]));
  }

  /**
   * Time of day.
   * @param {number} ms epoch milliseconds
   * @param {string} zone IANA name of the city's zone
   * @returns {string} "14:32:10"
   */
  function timeText(ms, zone) {
    const options = { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    return format("en-GB", options).format(ms);
  }

  /**
   * The day of a zone as the API writes it.
   * @returns {string} "2026-11-23"
   */
  const dayText = (ms, zone) => format("en-CA", { timeZone: zone }).format(ms);

  /**
   * Date for display: `จ. 23 พ.ย. 2569` or `Mon 23 Nov 2026`.
   * @param {number} ms epoch milliseconds
   * @param {{zone: string, lang: "th"|"en", buddhistEra: boolean}} options the era counts for Thai only
   */
  function dateText(ms, { zone, lang, buddhistEra }) {
    const isThai = lang === "th";
    const calendar = isThai && buddhistEra ? "buddhist" : "gregory";
    const locale = `${isThai ? "th-TH" : "en-US"}-u-ca-${calendar}-nu-latn`;
    const { day, month, year } = parts(format(locale, { ...DATE_PARTS, timeZone: zone }), ms);
    const weekday = format(locale, { weekday: isThai ? "narrow" : "short", timeZone: zone }).format(ms);
    // Browsers write short Thai weekdays in full; the narrow ones with a full stop are what calendars print.
    return `${weekday}${isThai ? "." : ""} ${day} ${month} ${year}`;
  }

  /** The page's zone, language and era. */
  function pageOptions() {
    const config = scopc.page.config();
    return {
      zone: config.timezone || "Asia/Bangkok",
      lang: scopc.page.lang(),
      buddhistEra: config.buddhist_era !== false,
    };
  }

  /**
   * Call `fn` now and at every full second of the server's clock. All that ticks on a page ticks here: what changes
   * together is laid out and painted once. @returns {() => void} stop
   */
  function everySecond(fn) {
    const { clock } = scopc.freshness;
    let timer = null;
    const tick = () => {
      const now = clock.now();
      timer = window.setTimeout(tick, 1000 - (((now % 1000) + 1000) % 1000) + 5);
      fn(now);
    };
    tick();
    return () => window.clearTimeout(timer);
  }

  /** Write a text only when it differs: an equal write is a change for the document's observers. */
  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function span(parent, className) {
    const element = window.document.createElement("span");
    element.className = className;
    parent.append(element);
    return element;
  }

  scopc.mounts.clock = (element) => {
    element.replaceChildren();
    const hourMinute = span(element, "clock-hm");
    const seconds = span(element, "clock-s");
    const { zone } = pageOptions();
    return everySecond((now) => {
      const text = timeText(now, zone);
      setText(hourMinute, text.slice(0, 5));
      setText(seconds, text.slice(5));
    });
  };

  scopc.mounts.date = (element) => everySecond((now) => setText(element, dateText(now, pageOptions())));

  return { timeText, dateText, dayText, everySecond, setText, pageOptions };
})();
