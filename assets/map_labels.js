/**
 * Labels beside marks: which side, and whether there is room. Pure, but for the bitmaps of the words.
 */
window.scopc = window.scopc || {};
scopc.mapLabels = (() => {
  "use strict";

  const RIGHT = 1;
  const LEFT = 2;
  const NONE = 0;
  const BITMAPS_KEPT = 400;

  /** Whether two boxes {x, y, w, h} share a point. */
  const overlaps = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

  /** Box of a label on a side of its mark. */
  function boxOf(item, side) {
    const x = side === RIGHT ? item.x + item.gap : item.x - item.gap - item.w;
    return { x, y: item.y - item.h / 2, w: item.w, h: item.h };
  }

  /**
   * Give each label a side on which it covers no mark and no other label, or leave it out.
   * A label keeps the side that it had while there is room, so that it does not flicker.
   * @param {{id: string, x: number, y: number, w: number, h: number, gap: number, isForced?: boolean}[]} items
   *   in order of importance; x, y: the mark; a forced label is shown in any case
   * @param {{x: number, y: number, w: number, h: number, id: string}[]} marks boxes that labels must not cover
   * @param {Map<string, number>} before sides of the last time
   * @returns {Map<string, {side: number, x: number, y: number}>}
   */
  function placeLabels(items, marks, before) {
    const placed = new Map();
    const taken = [];
    for (const item of items) {
      const first = before.get(item.id) === LEFT ? LEFT : RIGHT;
      const sides = [first, first === LEFT ? RIGHT : LEFT];
      const isFree = (side) => {
        const box = boxOf(item, side);
        const isOnMark = marks.some((mark) => mark.id !== item.id && overlaps(box, mark));
        return !isOnMark && !taken.some((other) => overlaps(box, other));
      };
      const side = sides.find(isFree) ?? (item.isForced ? first : NONE);
      if (side === NONE) continue;
      const box = boxOf(item, side);
      taken.push(box);
      placed.set(item.id, { side, x: box.x, y: box.y });
    }
    return placed;
  }

  /**
   * Bitmaps of words with a halo of land.
   * @param {object} theme from mapTheme
   */
  function createWords(theme) {
    const bitmaps = new Map();
    const px = theme.namePx * theme.dpr;
    const font = `600 ${px}px ${theme.font}`;
    const halo = 4 * theme.k * theme.dpr;
    const height = Math.ceil(px * 1.5);
    const ruler = new window.OffscreenCanvas(1, 1).getContext("2d");
    ruler.font = font;

    function draw(text) {
      const width = Math.ceil(ruler.measureText(text).width + halo);
      const canvas = new window.OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      context.font = font;
      context.textBaseline = "middle";
      context.lineJoin = "round";
      context.lineWidth = halo;
      context.strokeStyle = theme.colours.land;
      context.strokeText(text, halo / 2, height / 2);
      context.fillStyle = theme.colours.ink;
      context.fillText(text, halo / 2, height / 2);
      return canvas.transferToImageBitmap();
    }

    /** Bitmap of a text, in device pixels. */
    function get(text) {
      if (!bitmaps.has(text)) {
        if (bitmaps.size >= BITMAPS_KEPT) clear();
        bitmaps.set(text, draw(text));
      }
      return bitmaps.get(text);
    }

    function clear() {
      bitmaps.forEach((bitmap) => bitmap.close());
      bitmaps.clear();
    }

    return { get, clear, height };
  }

  return { placeLabels, createWords, overlaps, RIGHT, LEFT, NONE };
})();
