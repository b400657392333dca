// Every text of a wall: its words and its size, CSS px; and what a wall must not have.
() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    const text = node.textContent.trim();
    const isHidden = element.closest("script, style, noscript") || !element.checkVisibility({ visibilityProperty: true });
    if (!text || isHidden) continue;
    texts.push({ text, px: parseFloat(getComputedStyle(element).fontSize), element: `${element.tagName}.${element.className}` });
  }
  const page = document.scrollingElement;
  const all = [...document.querySelectorAll("*")];
  const scrolls = (element) => {
    const style = getComputedStyle(element);
    const across = /auto|scroll/.test(style.overflowX) && element.scrollWidth > element.clientWidth;
    const down = /auto|scroll/.test(style.overflowY) && element.scrollHeight > element.clientHeight;
    return across || down;
  };
  return {
    texts,
    pageScrolls: page.scrollHeight > page.clientHeight || page.scrollWidth > page.clientWidth,
    scrollers: all.filter(scrolls).map((element) => `${element.tagName}.${element.className}`),
    cursors: [...new Set(all.map((element) => getComputedStyle(element).cursor))],
    controls: document.querySelectorAll("a[href], button, input, .leaflet-control-zoom").length,
  };
};
