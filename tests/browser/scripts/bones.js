// What a screen reader stumbles over, one line each; [] when the page is sound.
() => {
  const found = [];
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
  const one = (selector, name) => {
    const n = document.querySelectorAll(selector).length;
    if (n !== 1) found.push(`${n} ${name}`);
  };
  if (!["th", "en"].includes(document.documentElement.lang)) found.push("no lang on html");
  if (!document.title.trim()) found.push("no title");
  one("main", "main");
  one("h1", "h1");

  const nameOf = (element) => {
    const labelled = (element.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
    const words = [
      element.getAttribute("aria-label"),
      ...labelled.map((id) => (document.getElementById(id) || {}).textContent),
      ...[...(element.labels || [])].map((label) => label.textContent),
      element.matches("input, select, textarea") ? "" : element.textContent,
    ];
    return words.filter(Boolean).join(" ").trim();
  };
  const describe = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") || ""}`;
  for (const control of document.querySelectorAll("a[href], button, input, select, textarea, [role=button], [tabindex]")) {
    const needsName = control.getAttribute("tabindex") !== "-1" && !control.matches(".leaflet-container");
    if (isShown(control) && needsName && !nameOf(control)) found.push(`no name: ${describe(control)}`);
  }
  for (const image of document.querySelectorAll("img, svg")) {
    // What stands in a named image is part of it.
    const isPart = image.parentElement.closest("[role=img]") !== null;
    const isDecorative = isPart || image.closest("[aria-hidden=true]") !== null || image.getAttribute("alt") === "";
    const isRuler = image.id === "js-plotly-tester"; // stands far beside the page
    if (isShown(image) && !isDecorative && !isRuler && !nameOf(image) && !image.getAttribute("alt")) found.push(`no words: ${describe(image)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) found.push(`id used twice: ${id}`);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption) found.push(`table without a caption: ${describe(table)}`);
    for (const cell of table.querySelectorAll("th")) if (!cell.scope) found.push(`th without a scope: ${cell.textContent}`);
  }
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((heading) => Number(heading.tagName[1]));
  levels.forEach((level, at) => {
    if (at > 0 && level > levels[at - 1] + 1) found.push(`heading level jumps to h${level}`);
  });
  return found;
};
