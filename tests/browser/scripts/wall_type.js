// Every text that a wall shows: its words, size in px of the panel, weight and where it stands. Words of the page and of
// drawings are read from the document; words on canvases from what was written there (see canvas_words.js).
() => {
  const found = [];
  const isSeen = (element) =>
    !element.closest("script, style, noscript") && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const isClipped = (element) => element.getBoundingClientRect().width <= 1; // headings for readers of the screen only
  const add = (text, style, scale, where) => {
    const words = text.trim();
    if (words) found.push({ text: words, px: parseFloat(style.fontSize) * scale, weight: Number(style.fontWeight), where });
  };
  const nameOf = (element) => `${element.tagName}.${element.getAttribute("class") || ""}`;

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const whole = new Set(); // a name that is written in phrases is one text
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !isSeen(element) || isClipped(element)) continue;
    const drawing = element.closest("svg");
    const scale = drawing ? Math.abs(element.getScreenCTM().d) : 1;
    const named = element.matches(".phrase") ? element.parentElement : null;
    if (whole.has(named)) continue;
    if (named) whole.add(named);
    add((named ?? walker.currentNode).textContent, getComputedStyle(element), scale, nameOf(element));
  }
  for (const element of document.querySelectorAll("body *")) {
    for (const part of ["::before", "::after"]) {
      const style = getComputedStyle(element, part);
      const words = /^"(.*)"$/.exec(style.content);
      if (words && isSeen(element) && !isClipped(element)) add(words[1], style, 1, `${nameOf(element)}${part}`);
    }
  }
  return [...found, ...window.canvasWords()];
};
