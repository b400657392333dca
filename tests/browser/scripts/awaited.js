// What a page has not drawn yet, one line each; [] once every island stands, figures came and charts are painted.
() => {
  const awaited = [];
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.closest("[hidden]") === null;
  if (!window.scopc || !scopc.stream || !scopc.page) return ["the scripts"];
  if (document.querySelectorAll("h1").length === 0) awaited.push("a heading");
  if (scopc.stream.link.get().state !== "up") awaited.push("the stream");

  for (const island of document.querySelectorAll("[data-island]")) {
    const { island: name } = island.dataset;
    if (!scopc.mounts[name]) awaited.push(`a script for ${name}`);
    else if (isSeen(island) && island.childElementCount === 0 && !island.textContent.trim()) awaited.push(`island ${name}`);
  }
  for (const chart of document.querySelectorAll("[data-island^=chart] .chart__plot")) {
    if (isSeen(chart) && !chart.querySelector(".main-svg")) awaited.push(`the chart of ${chart.closest("[data-island]").dataset.island}`);
  }
  const figures = [...document.querySelectorAll(".value[data-look] .value__digits")].filter(isSeen);
  if (figures.length > 0 && figures.every((one) => one.parentElement.dataset.look === "missing")) awaited.push("a figure");
  return awaited;
};
