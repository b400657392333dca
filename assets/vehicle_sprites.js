/**
 * Marks of vehicles, drawn once per look, colour and bearing, then copied: copying a small bitmap without turning it is
 * the cheapest thing a canvas does.
 *
 * A mark is named by an integer key, so that a frame can be compared with the one before without looking at pixels.
 */
window.scopc = window.scopc || {};
scopc.vehicleSprites = (() => {
  "use strict";

  const STEPS = 64; // bearings, 5.6 degrees apart
  const NO_BEARING = STEPS;
  const PER_COLOUR = STEPS + 1;
  const RADIUS_PX = 8; // design language, section 6: chevron 8 k
  const COLOURS_MAX = 64;

  /** Which of the drawn bearings is nearest. @param {number} bearing degrees, NaN unknown */
  function stepOf(bearing) {
    if (Number.isNaN(bearing)) return NO_BEARING;
    return ((Math.round((bearing / 360) * STEPS) % STEPS) + STEPS) % STEPS;
  }

  /** Key of a mark. @param {0|1|2} look of the model @param {number} colour index into the palette */
  const keyOf = (look, colour, step) => (look * COLOURS_MAX + colour) * PER_COLOUR + step;

  /** What a key means. */
  function partsOf(key) {
    const step = key % PER_COLOUR;
    const rest = (key - step) / PER_COLOUR;
    return { step, colour: rest % COLOURS_MAX, look: Math.floor(rest / COLOURS_MAX) };
  }

  /** The chevron, pointing north. @param {Path2D|CanvasRenderingContext2D} path @param {number} r radius */
  function chevron(path, r) {
    path.moveTo(0, -1.25 * r);
    path.lineTo(0.9 * r, 0.95 * r);
    path.lineTo(0, 0.5 * r);
    path.lineTo(-0.9 * r, 0.95 * r);
    path.closePath();
  }

  function drawGhost(context, r, colours) {
    context.beginPath();
    context.arc(0, 0, 0.92 * r, 0, 2 * Math.PI);
    context.globalAlpha = 0.75;
    context.fillStyle = colours.land;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = colours["ink-2"];
    context.lineWidth = 0.2 * r;
    context.setLineDash([0.36 * r, 0.3 * r]);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(-0.36 * r, 0);
    context.lineTo(0.36 * r, 0);
    context.stroke();
  }

  /** A filled mark is live; a hollow one is an old or an extrapolated position. */
  function drawMark(context, r, { fill, colours, step }) {
    context.rotate((step / STEPS) * 2 * Math.PI);
    context.beginPath();
    if (step === NO_BEARING) context.arc(0, 0, 0.72 * r, 0, 2 * Math.PI);
    else chevron(context, r);
    context.lineJoin = "round";
    context.strokeStyle = colours.land;
    context.lineWidth = 0.62 * r;
    context.stroke();
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = colours.ink;
    context.lineWidth = 0.17 * r;
    context.stroke();
  }

  /**
   * Bitmaps on demand.
   * @param {object} theme from mapTheme
   * @param {string[]} palette colours by index
   * @param {number} scale 1, smaller in a crowd
   */
  function createSprites(theme, palette, scale) {
    const r = RADIUS_PX * theme.k * scale * theme.dpr;
    const half = Math.ceil(1.7 * r);
    const bitmaps = new Map();

    function draw(key) {
      const { look, colour, step } = partsOf(key);
      const canvas = new window.OffscreenCanvas(2 * half, 2 * half);
      const context = canvas.getContext("2d");
      context.translate(half, half);
      const { colours } = theme;
      if (look === 2) drawGhost(context, r, colours);
      else drawMark(context, r, { fill: look === 0 ? palette[colour] : colours.land, colours, step });
      return canvas.transferToImageBitmap();
    }

    /** Bitmap of a key, 2 `half` device pixels wide. */
    function get(key) {
      let bitmap = bitmaps.get(key);
      if (bitmap === undefined) {
        bitmap = draw(key);
        bitmaps.set(key, bitmap);
      }
      return bitmap;
    }

    return { get, half, radiusPx: r / theme.dpr, clear: () => bitmaps.forEach((bitmap) => bitmap.close()) };
  }

  return { STEPS, NO_BEARING, stepOf, keyOf, partsOf, createSprites };
})();
