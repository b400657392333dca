/**
 * A feed's month as squares, one a day, and its reporters that are silent.
 *
 *   const month = scopc.feedMonth.create()   -> {root, write(row, now)}: row of /api/v1/feeds/ledger, now epoch ms
 *   scopc.feedMonth.ghostText(silent, now)   name of a silent reporter, and for how long it has been
 *
 * A day that nobody looked at looks different from a day down; days ahead are hardly there.
 */
window.scopc = window.scopc || {};
scopc.feedMonth = (() => {
  "use strict";

  const UP = 0.99; // a day with less than 15 minutes down is drawn whole

  const text = (key, values) => scopc.page.text(key, values);

  /** Look of a day: up, part, down, unseen (nobody looked) or ahead. @param {string} today local, YYYY-MM-DD */
  function dayLook({ day, up }, today) {
    if (day > today) return "ahead";
    if (up === null) return "unseen";
    return up >= UP ? "up" : up > 0 ? "part" : "down";
  }

  /** A share as per cent, rounded down: only the whole is 100. */
  const percent = (share) => `${scopc.dom.fixed(Math.floor(share * 1000 + 1e-6) / 10, 1)} %`;

  /** The local day of the page's city, YYYY-MM-DD. */
  const today = (ms) => scopc.evidenceTime.text(new Date(ms).toISOString()).slice(0, 10);

  /** One square a day of a feed's month, and the share up. */
  function create() {
    const { el, setText, setAttribute, pool } = scopc.dom;
    const days = el("span", { class: "month__days", "aria-hidden": "true" });
    const share = el("span", { class: "month__share" });
    const root = el("span", { class: "month" }, days, share);
    const draw = pool(days, () => el("i", { class: "month__day" }));

    function write(row, now) {
      const at = today(now);
      draw(row.days, (square, day) => {
        const look = dayLook(day, at);
        setAttribute(square, "data-look", look);
        setAttribute(square, "title", look === "ahead" ? null : `${day.day} · ${day.up === null ? text("health.unseen") : percent(day.up)}`);
        square.style.setProperty("--up", day.up === null ? "0%" : `${Math.round(day.up * 100)}%`);
      });
      setText(share, row.up === null ? text("health.unseen") : percent(row.up));
      const looked = row.days.filter(({ day, up }) => up === null && day <= at).length;
      setAttribute(root, "title", looked === 0 ? null : text("health.unseen_days", { n: looked }));
    }

    return { root, write };
  }

  /** A ghost's name and for how long it has been silent. */
  function ghostText({ name: names, last_at: lastAt }, at) {
    const since = lastAt === null ? text("health.never") : scopc.freshness.ageText(at - Date.parse(lastAt));
    return `${names[scopc.page.lang()]} (${since})`;
  }

  return { create, dayLook, percent, ghostText };
})();
