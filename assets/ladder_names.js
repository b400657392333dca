/**
 * Names of the stops beside a large ladder. A name is never cut: it wraps at words, and where two would meet, the stop
 * that fewer lines serve keeps its tick and tells its name under the pointer and to the keyboard.
 *
 *   scopc.ladderNames.wrap(name, mostPx, measure)      lines of a name
 *   scopc.ladderNames.choose(stops, {place, linesOf})  stops whose names stand there always
 *   const names = scopc.ladderNames.create(lineCounts) names.root, a group of the ladder
 *   names.draw(stops, {place, roomPx, offPx})          lay them out anew; no room, no stops
 */
window.scopc = window.scopc || {};
scopc.ladderNames = (() => {
  "use strict";

  const LINE_PX = { latin: 15, thai: 18 }; // of type of 13 px; Thai has marks above and below
  const BETWEEN_PX = 3;
  const BASE_EM_PX = 4.5; // from the middle of a line to its baseline
  const HIT_PX = { reach: 12, height: 9 };
  const PAD_PX = 5;
  const FILL_STEP_PX = 4;
  const THAI = /[\u0e00-\u0e7f]/;
  const NEVER_FIRST = /^[\u0e2f\u0e46)\].,:;]/; // signs of abbreviation and repetition belong to the word before

  // ---- pure ----

  /** Pieces between which a line may end: Latin at spaces, Thai between words, which it writes together. */
  function piecesOf(name) {
    const words = [...new Intl.Segmenter("th", { granularity: "word" }).segment(name)].map(({ segment }) => segment);
    const pieces = [];
    for (const word of words) {
      const before = pieces.at(-1);
      const isSpace = word.trim() === "";
      const mayEnd =
        before === undefined || isSpace || before.trim() === "" ||
        (THAI.test(before.at(-1)) && (THAI.test(word[0]) || word[0] === "(") && !NEVER_FIRST.test(word));
      if (mayEnd) pieces.push(word);
      else pieces[pieces.length - 1] += word;
    }
    return pieces;
  }

  /** A word that is wider than a line, in parts that are not; hyphens tell that it goes on. */
  function divide(word, most, measure) {
    const hyphen = THAI.test(word) ? "" : "-";
    const signs = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(word)].map(({ segment }) => segment);
    const parts = [""];
    for (const sign of signs) {
      if (parts.at(-1) !== "" && measure(parts.at(-1) + sign + hyphen) > most) {
        parts[parts.length - 1] += hyphen;
        parts.push("");
      }
      parts[parts.length - 1] += sign;
    }
    return parts;
  }

  /** Pieces filled into lines of a width, as many as go. */
  function fill(pieces, most, measure) {
    const lines = [""];
    for (const piece of pieces) {
      const joined = lines.at(-1) + piece;
      if (measure(joined.trim()) <= most || lines.at(-1) === "") lines[lines.length - 1] = joined;
      else lines.push(piece);
    }
    return lines.map((line) => line.trim()).filter((line) => line !== "");
  }

  /**
   * A name in as few lines as go, of much the same width, so that no number stands alone; nothing of it is left out.
   * @param {string} name
   * @param {number} most width of a line, px
   * @param {(text: string) => number} measure width of a text, px
   * @returns {string[]}
   */
  function wrap(name, most, measure) {
    const pieces = piecesOf(name).flatMap((piece) => (measure(piece) > most ? divide(piece, most, measure) : [piece]));
    const lines = fill(pieces, most, measure);
    const widest = (some) => Math.max(0, ...some.map(measure));
    for (let width = measure(name) / lines.length; lines.length > 1 && width < most; width += FILL_STEP_PX) {
      const even = fill(pieces, width, measure);
      if (even.length === lines.length && widest(even) <= most) return even;
    }
    return lines;
  }

  /** Height of lines of a name, px of the drawing. */
  const linePx = (lines) => (lines.some((line) => THAI.test(line)) ? LINE_PX.thai : LINE_PX.latin);

  /**
   * Stops that are named always: those where more lines call first, then in their order; no two names meet.
   * @param {{id: string, share: number, name: string, lineCount: number}[]} stops
   * @param {{place: (share: number) => {y: number, side: number}, linesOf: (stop: object) => string[]}} how
   * @returns {Set<object>} of the stops
   */
  function choose(stops, { place, linesOf }) {
    const taken = [];
    const chosen = new Set();
    const byImportance = [...stops].sort((a, b) => b.lineCount - a.lineCount || a.share - b.share);
    for (const stop of byImportance) {
      const { y, side } = place(stop.share);
      const lines = linesOf(stop);
      const half = (lines.length * linePx(lines) + BETWEEN_PX) / 2;
      const isFree = taken.every((other) => other.side !== side || Math.abs(other.y - y) >= other.half + half);
      if (!isFree) continue;
      taken.push({ y, side, half });
      chosen.add(stop);
    }
    return chosen;
  }

  // ---- drawing ----

  /** A ruler for text in the type of an element. */
  function rulerOf(element) {
    const { fontWeight, fontSize, fontFamily } = window.getComputedStyle(element);
    const context = new window.OffscreenCanvas(1, 1).getContext("2d");
    context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    return (text) => context.measureText(text).width;
  }

  /** Lines of a name beside a rail, about the height of its stop. */
  function writeLines(words, lines, { x, y, side }) {
    const { svg, setAttribute } = scopc.dom;
    const step = linePx(lines);
    const top = y - ((lines.length - 1) * step) / 2 + BASE_EM_PX;
    setAttribute(words, "text-anchor", side === 0 ? "end" : "start");
    words.replaceChildren(
      ...lines.map((line, i) => {
        const part = svg("tspan", { x: x.toFixed(1), y: (top + i * step).toFixed(1) });
        part.textContent = line;
        return part;
      }),
    );
  }

  /** @param {Map<string, number>} lineCounts how many lines call at a stop */
  function create(lineCounts) {
    const { svg, setText, setAttribute, pool } = scopc.dom;
    const stopsAt = svg("g", {});
    const ground = svg("rect", { class: "ladder__told-ground" });
    const words = svg("text", {});
    const told = svg("g", { class: "ladder__told", hidden: "", "aria-hidden": "true" }, ground, words);
    const root = svg("g", { class: "ladder__names" }, stopsAt, told);
    const drawn = new Map(); // element of a stop -> what stands there
    const drawStops = pool(stopsAt, () => {
      const hit = svg("rect", { class: "ladder__hit" });
      const name = svg("text", {});
      return { root: svg("g", { class: "ladder__stop", role: "button" }, hit, name), hit, name };
    });

    function draw(stops, { place, roomPx, offPx }) {
      const measure = rulerOf(root);
      const lines = new Map(stops.map((stop) => [stop, wrap(stop.name, roomPx, measure)]));
      const ranked = stops.map((stop) => ({ ...stop, lineCount: lineCounts.get(stop.id) || 1, of: stop }));
      const chosen = choose(ranked, { place, linesOf: ({ of }) => lines.get(of) });
      drawn.clear();
      setAttribute(told, "hidden", "");
      drawStops(ranked, (one, stop, i) => {
        const { x, y, side } = place(stop.share);
        const at = { x: x + (side === 0 ? -offPx : offPx), y, side, lines: lines.get(stop.of), isNamed: chosen.has(stop) };
        drawn.set(one.root, at);
        setAttribute(one.root, "data-stop", stop.id);
        setAttribute(one.root, "aria-label", stop.name);
        setAttribute(one.root, "tabindex", i === 0 ? "0" : "-1");
        setAttribute(one.hit, "x", String(x - HIT_PX.reach));
        setAttribute(one.hit, "y", (y - HIT_PX.height / 2).toFixed(1));
        setAttribute(one.hit, "width", String(2 * HIT_PX.reach));
        setAttribute(one.hit, "height", String(HIT_PX.height));
        if (at.isNamed) writeLines(one.name, at.lines, at);
        else setText(one.name, "");
      });
    }

    /** Tell the name of a stop that has none standing beside it; none tells nothing. */
    function tell(element) {
      const at = drawn.get(element);
      setAttribute(told, "hidden", at && !at.isNamed ? null : "");
      if (!at || at.isNamed) return;
      writeLines(words, at.lines, at);
      const { x, y, width, height } = words.getBBox();
      setAttribute(ground, "x", String(x - PAD_PX));
      setAttribute(ground, "y", String(y - PAD_PX / 2));
      setAttribute(ground, "width", String(width + 2 * PAD_PX));
      setAttribute(ground, "height", String(height + PAD_PX));
    }

    /** Arrows go from stop to stop; the list is one stop of the tab key. */
    function onKey(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const shown = [...drawn.keys()];
      const from = shown.indexOf(event.target);
      if (from < 0) return;
      if (event.key === "Enter" || event.key === " ") event.target.dispatchEvent(new window.MouseEvent("click", { bubbles: true }));
      else if (step === undefined) return;
      else {
        const next = shown[(from + step + shown.length) % shown.length];
        shown.forEach((one) => setAttribute(one, "tabindex", one === next ? "0" : "-1"));
        next.focus();
      }
      event.preventDefault();
    }

    const stopOf = (event) => event.target.closest(".ladder__stop");
    root.addEventListener("pointerover", (event) => tell(stopOf(event)));
    root.addEventListener("pointerleave", () => tell(root.querySelector(".ladder__stop:focus-visible")));
    root.addEventListener("focusin", (event) => tell(stopOf(event)));
    root.addEventListener("focusout", () => tell(null));
    root.addEventListener("keydown", onKey);
    return { root, draw };
  }

  return { wrap, choose, create };
})();
