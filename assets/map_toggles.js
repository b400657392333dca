/**
 * Which layers a map shows, and island `map-layers`: a button for each, pressed while it is shown.
 *
 *   const shown = scopc.mapLayers.forMap(container, pageState)   shown.has(name), shown.subscribe(fn) -> unsubscribe
 *
 * A map whose wrapper names its layers (`data-layers="links incidents"`, as on walls) shows these and no others; the
 * rest follow `pageState.layers`, which this tab remembers from page to page.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.mapLayers = (() => {
  "use strict";

  const KEY = "scopc.layers.off"; // what is off, so that a layer that is new to the page begins shown

  /** The layers of one map. */
  function forMap(container, pageState) {
    const wrapper = container.closest("[data-layers]");
    const fixed = wrapper ? new Set(wrapper.dataset.layers.split(/\s+/).filter(Boolean)) : null;
    return {
      has: (name) => (fixed || pageState.get().layers).has(name),
      // A listener of its own: `fn` may hear of other keys already, and a store knows each function once.
      subscribe: (fn) => (fixed ? () => {} : pageState.subscribe(() => fn(), ["layers"])),
    };
  }

  /** Layers as the reader left them. A browser that keeps nothing shows all. */
  function recall(storage, all) {
    try {
      const off = JSON.parse(storage.getItem(KEY) || "[]");
      return new Set(all.filter((name) => !off.includes(name)));
    } catch {
      return new Set(all);
    }
  }

  function remember(storage, all, shown) {
    try {
      storage.setItem(KEY, JSON.stringify(all.filter((name) => !shown.has(name))));
    } catch {
      // Storage may be forbidden or full; then the choice lasts as long as the page.
    }
  }

  /** The tab's storage; asking for it fails where the browser forbids it. */
  function tabStorage() {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  }

  scopc.mounts["map-layers"] = (element) => {
    const { el, setAttribute } = scopc.dom;
    const { pageState, page } = scopc;
    const storage = tabStorage();
    pageState.set({ layers: recall(storage, pageState.LAYERS) });
    const buttons = pageState.LAYERS.map((name) => {
      const button = el("button", { type: "button", class: "toggle" }, page.text(`layer.${name}`));
      button.addEventListener("click", () => pageState.toggleLayer(name));
      return { name, button };
    });
    const draw = ({ layers }) => {
      buttons.forEach(({ name, button }) => setAttribute(button, "aria-pressed", String(layers.has(name))));
      remember(storage, pageState.LAYERS, layers);
    };
    element.replaceChildren(...buttons.map(({ button }) => button));
    draw(pageState.get());
    return pageState.subscribe(draw, ["layers"]);
  };

  return { forMap, recall, remember };
})();
