// Words of the shown scene that leave their panel, or that stand on other words: what a wall must not have. Lines of text are
// compared by the boxes of their letters' bodies, since Thai marks may reach into the air between two lines.
() => {
  const BODY = 0.5; // of a line's font size about its middle
  const found = [];
  const boxes = [];
  const walker = document.createTreeWalker(document.querySelector(".wall"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    const isSeen = node.textContent.trim() && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!isSeen || element.closest("svg, .map, .leaflet-container") || element.getBoundingClientRect().width <= 1) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const half = (BODY * parseFloat(getComputedStyle(element).fontSize)) / 2;
    for (const rect of range.getClientRects()) {
      if (rect.width < 2) continue;
      const middle = (rect.top + rect.bottom) / 2;
      boxes.push({ node, words: node.textContent, left: rect.left, right: rect.right, top: middle - half, bottom: middle + half });
    }
  }
  for (const box of boxes) {
    const isOut = box.left < 0 || box.top < 0 || box.right > window.innerWidth || box.bottom > window.innerHeight;
    if (isOut) found.push(`out: ${box.words}`);
  }
  boxes.forEach((a, i) => {
    for (const b of boxes.slice(i + 1)) {
      const isOver = a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom && b.top < a.bottom;
      if (isOver) found.push(`${a.words} | ${b.words}`);
    }
  });
  return found;
};
