/**
 * Colours, type and scale of the maps, read from the style sheet's custom properties: a map has no colour of its own.
 *
 * `--map-scale` on the map's element overrides the scale k, `--map-name` the size of its names.
 */
window.scopc = window.scopc || {};
scopc.mapTheme = (() => {
  "use strict";

  const LEVELS = ["los-none", "los-ab", "los-c", "los-d", "los-e", "los-f"];
  const STATES = ["ink-3", "surface", "normal", "watch", "warning", "critical", "watch-edge", "warning-edge", "critical-edge"];
  const PLAIN = ["land", "line", "ink", "ink-2", "select", "water", "water-edge", "road", "road-name", ...LEVELS, ...STATES];
  const LINE_COLOURS = ["red", "yellow", "blue", "green", "violet", "orange", "teal", "grey"];
  const WALL_HEIGHT_AT_SCALE_1 = 720; // a panel of 2160 lines is drawn at three times the weight of a desk
  const FONT_WEIGHTS = [500, 600];
  const FONT_SAMPLE = "Aก";
  const FALLBACK = "#888888"; // before the style sheet has arrived

  /**
   * Read everything that drawing needs.
   * @param {HTMLElement} element the map's element
   * @returns {{colours: Object<string,string>, lines: Object<string,string>, k: number, font: string, namePx: number,
   *   isWall: boolean, dpr: number, hasFont: boolean, key: string}} `key` differs whenever a drawing would
   */
  function read(element) {
    const { property, font } = scopc.theme.read(element);
    const colours = Object.fromEntries(PLAIN.map((name) => [name, property(name) || FALLBACK]));
    const lines = Object.fromEntries(LINE_COLOURS.map((name) => [name, property(`line-${name}`) || FALLBACK]));
    const isWall = scopc.page.isWall();
    const k = Number.parseFloat(property("map-scale")) || (isWall ? window.innerHeight / WALL_HEIGHT_AT_SCALE_1 : 1);
    const theme = {
      colours,
      lines,
      k,
      font: font || "sans-serif",
      namePx: namePx(element, isWall),
      isWall,
      dpr: window.devicePixelRatio || 1,
      hasFont: askForFont(font),
    };
    theme.key = JSON.stringify(theme);
    return theme;
  }

  /** A canvas does not wait for a font: ask for it, and be drawn again when it is there. @returns {boolean} it is */
  function askForFont(family) {
    const { fonts } = window.document;
    const wanted = FONT_WEIGHTS.map((weight) => `${weight} 16px ${family}`);
    wanted.forEach((font) => fonts.load(font, FONT_SAMPLE).catch(() => undefined));
    return wanted.every((font) => fonts.check(font, FONT_SAMPLE));
  }

  /** Size of names on the map, px; a wall's follows from its viewers' distance, which only the style sheet knows. */
  function namePx(element, isWall) {
    const probe = window.document.createElement("span");
    probe.style.position = "absolute";
    probe.style.visibility = "hidden";
    probe.style.fontSize = `var(--map-name, ${isWall ? "var(--wall-aux, 4vh)" : "13px"})`;
    element.append(probe);
    const px = Number.parseFloat(window.getComputedStyle(probe).fontSize);
    probe.remove();
    return px;
  }

  /** Call `fn` when a map may have to be drawn anew; not for paper, where it stands as it stood (see map.css). @returns {() => void} stop */
  const onChange = (fn) => scopc.theme.onChange(() => scopc.theme.isPaper() || fn());

  return { read, onChange, LINE_COLOURS };
})();
