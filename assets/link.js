/**
 * Islands `link` and `data-age`: says when the server is lost and how old the picture is.
 *
 * The document element carries `data-link` (connecting, up, lost) and, once lost for a minute, `data-link-gone`;
 * the style sheet dims `[data-dim]` by them. The last picture stays. Texts: `link.lost` {time}, `link.gone` {time} {age},
 * `link.lost_never`, `link.refused`, `link.back`, `age.ago` {age}, `age.missing` and those of `freshness.ageText`.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.link = (() => {
  "use strict";

  const SAY_BACK_MS = 4000;

  /**
   * Words of the banner.
   * @param {{state: string, isGone: boolean, isRefused: boolean, lastDataAt: number|null}} link
   * @param {{now: number, zone: string, text: (key: string, values?: object) => string}} page `now` is server time
   * @returns {string} "" when there is nothing to say
   */
  function bannerText(link, { now, zone, text }) {
    if (link.state !== "lost") return "";
    const words = [];
    if (link.lastDataAt === null) {
      words.push(text("link.lost_never"));
    } else {
      const time = scopc.clock.timeText(link.lastDataAt, zone);
      const age = scopc.freshness.ageText(now - link.lastDataAt, text);
      words.push(link.isGone ? text("link.gone", { time, age }) : text("link.lost", { time }));
    }
    if (link.isRefused) words.push(text("link.refused"));
    return words.join(" · ");
  }

  /** Age of the last picture; a wall leaves the "ago" out, since its label says "age". */
  function pictureAgeText(link, { now, isWall, text }) {
    if (link.lastDataAt === null) return text("age.missing");
    const age = scopc.freshness.ageText(now - link.lastDataAt, text);
    return isWall ? age : text("age.ago", { age });
  }

  /** What the words depend on beside the link. */
  function pageNow() {
    return {
      now: scopc.freshness.clock.now(),
      zone: scopc.clock.pageOptions().zone,
      isWall: scopc.page.isWall(),
      text: scopc.page.text,
    };
  }

  /** Mark the document, which the style sheet reads. */
  function markDocument(root, link) {
    if (root.dataset.link !== link.state) root.dataset.link = link.state;
    root.toggleAttribute("data-link-gone", link.isGone);
  }

  scopc.mounts.link = (element) => {
    let wasLost = false;
    let backUntil = 0;
    const show = () => {
      const link = scopc.stream.link.get();
      const page = pageNow();
      markDocument(window.document.documentElement, link);
      if (wasLost && link.state === "up") backUntil = page.now + SAY_BACK_MS;
      wasLost = link.state === "lost" || (wasLost && link.state !== "up");
      const isBack = link.state === "up" && page.now < backUntil;
      const words = isBack ? page.text("link.back") : bannerText(link, page);
      element.hidden = words === "";
      element.toggleAttribute("data-back", isBack);
      scopc.clock.setText(element, words);
    };
    const stops = [scopc.stream.link.subscribe(scopc.islands.guarded(element, show)), scopc.clock.everySecond(show)];
    return () => stops.forEach((stop) => stop());
  };

  scopc.mounts["data-age"] = (element) =>
    scopc.clock.everySecond(() => {
      scopc.clock.setText(element, pictureAgeText(scopc.stream.link.get(), pageNow()));
    });

  return { bannerText, pictureAgeText };
})();
