/**
 * The document's theme, for whatever is drawn by script: a drawing has no colour of its own, it reads the style sheet's
 * custom properties, and is told when these may have changed.
 *
 *   const {property, font} = scopc.theme.read(element)   property("ink") -> "#16191a", "" where there is none
 *   const stop = scopc.theme.onChange(fn)                fn() when theme, window, fonts or medium may have changed
 *   scopc.theme.isPaper()                                the page is being printed
 *
 * Paper is light whatever the screen was. Nothing is measured anew on it, so the page takes the look of paper before:
 * `data-paper` holds the theme that the screen had. No animation frame comes between that and the sheet: only what is
 * drawn at once, as charts are, can be drawn for it.
 */
window.scopc = window.scopc || {};
scopc.theme = (() => {
  "use strict";

  const OF_PAPER = "light";
  const ATTRIBUTES = ["data-theme", "data-wall", "data-paper", "class"];

  const changes = new EventTarget(); // one watcher's error is not the others'
  let isListening = false;

  const root = () => window.document.documentElement;
  const isPaper = () => "paper" in root().dataset;

  function read(element) {
    const style = window.getComputedStyle(element);
    return { property: (name) => style.getPropertyValue(`--${name}`).trim(), font: style.fontFamily };
  }

  function toPaper() {
    const { dataset } = root();
    if (isPaper()) return;
    dataset.paper = dataset.theme;
    dataset.theme = OF_PAPER;
  }

  function toScreen() {
    const { dataset } = root();
    if (!isPaper()) return;
    dataset.theme = dataset.paper;
    delete dataset.paper;
  }

  function listen() {
    isListening = true;
    const tell = () => changes.dispatchEvent(new Event("change"));
    new window.MutationObserver(tell).observe(root(), { attributes: true, attributeFilter: ATTRIBUTES });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
    window.addEventListener("resize", tell);
    window.document.fonts.addEventListener("loadingdone", tell);
    window.addEventListener("beforeprint", toPaper);
    window.addEventListener("afterprint", toScreen);
  }

  function onChange(fn) {
    if (!isListening) listen();
    const told = () => fn(); // the same function may watch twice
    changes.addEventListener("change", told);
    return () => changes.removeEventListener("change", told);
  }

  return { read, onChange, isPaper };
})();
