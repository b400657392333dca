/** Island `map-layers`: a button for each layer of the map, pressed while it is shown (`pageState.layers`). */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.mounts["map-layers"] = (element) => {
  "use strict";
  const { el, setAttribute } = scopc.dom;
  const { pageState, page } = scopc;
  const buttons = pageState.LAYERS.map((name) => {
    const button = el("button", { type: "button", class: "toggle" }, page.text(`layer.${name}`));
    button.addEventListener("click", () => pageState.toggleLayer(name));
    return { name, button };
  });
  const draw = ({ layers }) => buttons.forEach(({ name, button }) => setAttribute(button, "aria-pressed", String(layers.has(name))));
  element.replaceChildren(...buttons.map(({ button }) => button));
  draw(pageState.get());
  return pageState.subscribe(draw, ["layers"]);
};
