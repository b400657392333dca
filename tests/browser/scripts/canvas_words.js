// To be run before a page's own scripts: notes what is written on canvases. `window.canvasWords()` gives the words on
// canvases that are shown; of one that is written anew, the words of all its drawings, each once at each size.
(() => {
  const notes = new Map(); // canvas -> Map(key -> note)
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function note(text, ...rest) {
    const [, weight] = /^(\d{3})\b/.exec(this.font) || [null, "400"];
    const px = parseFloat(/([\d.]+)px/.exec(this.font)[1]) * this.getTransform().d;
    if (!notes.has(this.canvas)) notes.set(this.canvas, new Map());
    notes.get(this.canvas).set(`${text} ${px}`, { text, px, weight: Number(weight) });
    return fillText.call(this, text, ...rest);
  };
  window.canvasWords = () =>
    [...notes].flatMap(([canvas, words]) => {
      if (!canvas.isConnected || !canvas.checkVisibility()) return [];
      const scale = canvas.getBoundingClientRect().height / canvas.height;
      return [...words.values()].map((one) => ({ ...one, px: one.px * scale, where: `canvas.${canvas.className}` }));
    });
})();
