// Every figure of a desk that has digits: its words, its unit, its age and what it opens; and digits that open nothing.
() => {
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.closest("[hidden]") === null;
  const drawer = document.querySelector("[data-island=evidence]");
  const textOf = (root, selector) => {
    const found = root.querySelector(selector);
    return found === null ? "" : found.textContent.trim();
  };
  const OPENER = "[data-evidence]";
  const UNIT = ".value__unit, .week__unit, .chart__caption"; // a chart says the unit of its axis in its caption
  const AGE = ".value-age";
  const figures = [];
  for (const root of document.querySelectorAll("main .value, main .week__figure")) {
    const digits = root.querySelector(".value__digits") || root; // in a row the figure itself has no box
    if (!isSeen(digits) || drawer.contains(root) || !/\d/.test(root.textContent)) continue;
    // A figure in a row shares what the row says; one in a chart's caption or a list shares the part that it stands in.
    const around = [root, root.closest("button"), root.closest("tr, li, .keyfig, .multiple"), root.closest("[data-island]"), root.closest("section")].filter(Boolean);
    const first = (selector, more = () => true) =>
      around.flatMap((one) => [...(one.matches(selector) ? [one] : []), ...one.querySelectorAll(selector)]).find((one) => more(one));
    const opener = root.closest(OPENER) || first(OPENER, isSeen);
    const unit = first(UNIT, (one) => one.textContent.trim());
    const age = first(AGE) || root.closest(".week")?.querySelector(".week__dates"); // figures of a week are as old as it
    figures.push({
      words: root.textContent.trim(),
      island: root.closest("[data-island]")?.dataset.island ?? "page",
      unit: unit ? unit.textContent.trim() : "",
      age: age ? age.textContent.trim() : "",
      opens: opener ? opener.dataset.evidence : "",
    });
  }
  return figures;
};
