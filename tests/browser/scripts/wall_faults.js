// What a wall must not have: anything that scrolls or that could be touched.
() => {
  const page = document.scrollingElement;
  const all = [...document.querySelectorAll("*")];
  const scrolls = (element) => {
    const style = getComputedStyle(element);
    const across = /auto|scroll/.test(style.overflowX) && element.scrollWidth > element.clientWidth;
    const down = /auto|scroll/.test(style.overflowY) && element.scrollHeight > element.clientHeight;
    return across || down;
  };
  return {
    pageScrolls: page.scrollHeight > page.clientHeight || page.scrollWidth > page.clientWidth,
    scrollers: all.filter(scrolls).map((element) => `${element.tagName}.${element.className}`),
    cursors: [...new Set(all.map((element) => getComputedStyle(element).cursor))],
    controls: document.querySelectorAll("a[href], button, input, .leaflet-control-zoom").length,
  };
};
