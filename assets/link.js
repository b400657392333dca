/**
 * Islands `link` and `data-age`: says when the server is lost and how old the picture is.
 *
 * The document element carries `data-link` (connecting, up, lost) and, after a minute, `data-link-gone`;
 * the style sheet dims `[data-dim]` by them. The last picture stays. Texts: `link.lost` {time}, `link.lost_never`,
 * `link.gone` {time, age}, `link.refused`, `link.age` {age}, `link.connecting`.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.link = (() => {
  "use strict";

  /**
   * Words of the banner.
   * @param {{state: string, isGone: boolean, isRefused: boolean, lastDataAt: number|null}} link
   * @param {number} now server time, epoch ms
   * @param {{zone: string, text: (key: string, values?: object) => string}} page
   * @returns {string} "" when there is nothing to say
   */
  function bannerText(link, now, { zone, text }) {
    if (link.state !== "lost") return "";
    if (link.lastDataAt === null) return link.isRefused ? text("link.refused") : text("link.lost_never");
    const time = scopc.clock.timeText(link.lastDataAt, zone);
    const age = scopc.freshness.ageText(now - link.lastDataAt, text);
    const words = text(link.isGone ? "link.gone" : "link.lost", { time, age });
    return link.isRefused ? `${words} · ${text("link.refused")}` : words;
  }

  /** Words of the age of the last picture. */
  function pictureAgeText(link, now, text) {
    if (link.lastDataAt === null) return text("link.connecting");
    return text("link.age", { age: scopc.freshness.ageText(now - link.lastDataAt, text) });
  }

  /** Mark the document, which the style sheet reads. */
  function markDocument(root, link) {
    root.dataset.link = link.state;
    root.toggleAttribute("data-link-gone", link.isGone);
  }

  const pageText = (key, values) => scopc.page.text(key, values);

  scopc.mounts.link = (element) => {
    const root = window.document.documentElement;
    const { stream, clock } = scopc;
    element.setAttribute("role", "status");
    const show = () => {
      const link = stream.link.get();
      markDocument(root, link);
      const words = bannerText(link, scopc.freshness.clock.now(), { zone: clock.pageOptions().zone, text: pageText });
      element.hidden = words === "";
      clock.setText(element, words);
    };
    const stops = [stream.link.subscribe(scopc.islands.guarded(element, show)), clock.everySecond(show)];
    return () => stops.forEach((stop) => stop());
  };

  scopc.mounts["data-age"] = (element) =>
    scopc.clock.everySecond((now) => {
      scopc.clock.setText(element, pictureAgeText(scopc.stream.link.get(), now, pageText));
    });

  return { bannerText, pictureAgeText };
})();
