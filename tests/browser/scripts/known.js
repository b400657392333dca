// What a page claims to know: marks that say that all is well, and noughts. [] for both where nothing is known.
// Left out: keys that tell what a mark means, axes of charts, the drawer of evidence; the book of messages, whose
// noughts were counted; and what is judged critical: that no feed is up is known, and nobody takes it for good news.
() => {
  const isSeen = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && element.closest("[hidden]") === null && element.getBoundingClientRect().width > 0;
  const LEFT_OUT = [
    "[data-island=evidence], [data-island=place-legend], .step:not([aria-current])",
    ".xtick, .ytick, .strip__ticks",
    "[data-island=feeds-health], [data-island=feeds-imports], [data-island=agency-ledger]",
    "[data-status=critical]",
  ].join(", ");
  const NORMAL = [
    "[data-status=normal]",
    "[data-says=normal]",
    ".shape--normal",
    ".strip__dot",
    ".square[data-state=up]",
    "[data-state=live]",
    '.los[data-los]:not([data-los="-"])',
    ".value[data-look=fresh] .value__digits",
    ":not(.value)[data-look=fresh]",
  ].join(", ");
  const NOUGHT = /^[+−-]?0([.,]0+)?$/;
  const describe = (element) => `${element.outerHTML.slice(0, 120)} in ${element.parentElement.closest("[class]:not(svg)").outerHTML.slice(0, 160)}`;

  const normal = [...document.querySelectorAll(NORMAL)].filter((one) => isSeen(one) && !one.closest(LEFT_OUT)).map(describe);
  const noughts = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!NOUGHT.test(walker.currentNode.textContent.trim()) || !isSeen(element) || element.closest(LEFT_OUT)) continue;
    noughts.push(`${walker.currentNode.textContent.trim()} in ${describe(element.closest("li, tr, section") || element)}`);
  }
  return { normal, noughts };
};
