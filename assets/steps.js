/**
 * Island `steps`: the ladder of a scale's steps: what each means, what is done, who orders it, and which places stand on it now.
 *
 *   data-scale="road_water" data-property="road_water" data-kinds="road_point"
 *   data-domain="environment"   whose observations (the page's own unless told)
 *
 * The current step is the highest one on which a place stands whose value can be judged. A silent place stands on none: below
 * the ladder is said how many they are.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.steps = (() => {
  "use strict";

  const NAMES_MOST = 4;

  // ---- pure ----

  /**
   * Places by step.
   * @param {object[]} items of scopc.observations
   * @param {object[]} bands of the scale, lowest value first
   * @returns {{current: number|null, places: object[][], silent: number}}
   */
  function stand(items, bands) {
    const judged = items.filter(({ value, state, band }) => value !== null && state !== "stale" && band !== null);
    const places = bands.map((_band, i) => judged.filter(({ band }) => band === i));
    const gravity = (i) => (bands[0].status === "critical" ? bands.length - 1 - i : i); // a freeboard is grave when it is small
    const held = bands.map((_band, i) => i).filter((i) => places[i].length > 0);
    const current = held.length === 0 ? null : held.reduce((worst, i) => (gravity(i) > gravity(worst) ? i : worst));
    return { current, places, silent: items.length - judged.length };
  }

  /** "≤ 0.11", "0.11–0.23", "> 0.69" with the unit. */
  function rangeText(bands, i, unit) {
    const low = i === 0 ? null : bands[i - 1].upto;
    const high = bands[i].upto;
    const range = high === null ? `> ${low}` : low === null ? `≤ ${high}` : `${low}–${high}`;
    return `${range} ${unit}`;
  }

  // ---- the island ----

  function createStep(band, range, number) {
    const { el, shape, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const here = el("p", { class: "step__here" });
    const line = (name, words) => (words ? [el("p", {}, el("span", { class: "step__key" }, text(`step.${name}`)), el("span", {}, words))] : []);
    const head = el("p", { class: "step__head" }, el("span", { class: "step__number" }, String(number)), shape(band.status), el("strong", {}, band.name), el("span", { class: "step__range num" }, range));
    const root = el("li", { class: "step" }, head, here, ...line("meaning", band.meaning), ...line("action", band.action), ...line("issued_by", band.issued_by));
    const write = (places, isCurrent) => {
      setAttribute(root, "aria-current", isCurrent ? "step" : null);
      const isNamed = band.status !== "normal"; // who is well is counted
      const names = (isNamed ? places : []).slice(0, NAMES_MOST).map(({ name }) => name);
      const more = isNamed && places.length > NAMES_MOST ? [text("step.more", { n: places.length - NAMES_MOST })] : [];
      const count = text("step.places", { n: places.length });
      setText(here, names.length === 0 ? count : `${count}: ${[...names, ...more].join(", ")}`);
      setAttribute(here, "hidden", places.length === 0 ? "" : null);
    };
    return { root, write };
  }

  scopc.mounts.steps = (element) => {
    const { el, setText, setAttribute } = scopc.dom;
    const { text, config } = scopc.page;
    const { scale: scaleId, property, kinds, domain = window.document.documentElement.dataset.page } = element.dataset;
    const scale = (config().scales || {})[scaleId];
    if (!scale) return () => {};
    const made = scale.bands.map((band, i) => createStep(band, rangeText(scale.bands, i, scale.unit), i + 1));
    const note = el("p", { class: "quiet" });
    const source = el("p", { class: "quiet" }, text("step.source", { source: "" }), el("span", { lang: scale.source_lang }, scale.source));
    element.replaceChildren(el("ol", { class: "steps__list", role: "list" }, ...made.map(({ root }) => root)), note, source);
    return scopc.observations.watch(element, domain, (picture) => {
      const items = picture.isKnown ? scopc.observations.rows(picture, { kinds: kinds.split(" "), properties: [property] }) : [];
      const { current, places, silent } = stand(items, scale.bands);
      made.forEach((step, i) => step.write(places[i], i === current));
      const isUnknown = current === null;
      setAttribute(element, "data-known", isUnknown ? null : "1");
      setText(note, isUnknown ? text("step.unknown") : silent > 0 ? text("step.silent", { n: silent, of: items.length }) : "");
      setAttribute(note, "hidden", note.textContent === "" ? "" : null);
    });
  };

  return { stand, rangeText };
})();
