// What is wrong with how text lies on the page, one line each; [] when all of it can be read.
//
// A text is judged by its ink: the line boxes of its range, shrunk to the height that its own glyphs take. Found are
// - cut: ink outside an ancestor that hides what does not fit, also by an ellipsis, or outside the page where nothing
//   scrolls there;
// - covered: something that does not belong to the text lies over it, and no scrolling brings it out;
// - overlap: ink of two texts on one another by more than 2 px both ways;
// - sideways: something that scrolls from left to right;
// - tight: Thai text of two lines and more with less than 1.45 of its size (on a wall 1.25, where rows are composed one by
//   one) from line to line, where marks of two lines meet.
//
// Left out: text for screen readers alone, the skip link until it has the focus, the card and the tip that float over
// the map; what sticks or is fixed while something scrolls below it.
() => {
  const CUT_PX = 1;
  const OVERLAP_PX = 2;
  const THAI_LINE_HEIGHT = "wall" in document.documentElement.dataset ? 1.25 : 1.45;
  const HIDES = new Set(["hidden", "clip"]);
  const SCROLLS = new Set(["auto", "scroll"]);
  const ruler = new OffscreenCanvas(1, 1).getContext("2d");
  const found = [];

  const isLeftOut = (element) => {
    if (element.closest("script, style, noscript, .map-anchor")) return true;
    if (element.closest(".skip-link:not(:focus)")) return true;
    for (let at = element; at; at = at.parentElement) if (getComputedStyle(at).clipPath === "inset(50%)") return true;
    return !element.checkVisibility({ visibilityProperty: true });
  };

  const page = document.scrollingElement;
  const canScrollDown = page.scrollHeight > page.clientHeight && getComputedStyle(page).overflowY !== "hidden";

  /** What keeps an element in its place while the rest scrolls below it. */
  const stuck = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { position } = getComputedStyle(at);
      const scroller = position === "sticky" ? at.closest(".scroller") : null;
      const scrolls = scroller ? scroller.scrollHeight > scroller.clientHeight : canScrollDown;
      if (scrolls && ["sticky", "fixed"].includes(position)) return at;
    }
    return null;
  };

  /** Whether something between a hit and what it shares with the text paints over what is below. */
  const paints = (hit, element) => {
    for (let at = hit; at && !at.contains(element); at = at.parentElement) {
      if (!/^rgba\(.*, 0(\.[0-4]\d*)?\)$/.test(getComputedStyle(at).backgroundColor)) return true;
    }
    return false;
  };

  /** What lies over the ink, or null. */
  const coverOf = (box, element) => {
    for (const share of [0.05, 0.5, 0.95]) {
      const x = box.left + share * (box.right - box.left);
      for (const y of [box.top + OVERLAP_PX, (box.top + box.bottom) / 2, box.bottom - OVERLAP_PX]) {
        const top = document.elementFromPoint(x, y);
        if (top && !top.contains(element) && !element.contains(top) && paints(top, element)) return top;
      }
    }
    return null;
  };

  /** Ink of a text's lines, from the line boxes and what its glyphs take above and below the base line. */
  const inkOf = (node, style) => {
    ruler.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const ink = ruler.measureText(node.textContent.trim());
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()]
      .filter(({ width, height }) => width > 0 && height > 0)
      .map(({ left, right, top, height }) => {
        const spare = height - ink.fontBoundingBoxAscent - ink.fontBoundingBoxDescent;
        const base = top + spare / 2 + ink.fontBoundingBoxAscent;
        return { left, right, top: base - ink.actualBoundingBoxAscent, bottom: base + ink.actualBoundingBoxDescent };
      });
  };

  const paddingBox = (element) => {
    const box = element.getBoundingClientRect();
    const left = box.left + element.clientLeft;
    const top = box.top + element.clientTop;
    return { left, top, right: left + element.clientWidth, bottom: top + element.clientHeight };
  };

  /** What of the ink can be seen, null when it is scrolled out of sight; and the first thing that cuts it for ever. */
  const seenOf = (ink, element) => {
    let seen = ink;
    let fault = null;
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      const clips = [style.overflowX, style.overflowY].some((way) => HIDES.has(way) || SCROLLS.has(way));
      if (!clips) continue;
      const box = paddingBox(at);
      const textEdge = box.right - (style.textOverflow === "ellipsis" ? parseFloat(style.paddingRight) : 0);
      const isCutAcross = seen.left < box.left - CUT_PX || seen.right > textEdge + CUT_PX;
      const isCutDown = seen.top < box.top - CUT_PX || seen.bottom > box.bottom + CUT_PX;
      const scrollsAcross = SCROLLS.has(style.overflowX) && at.scrollWidth > at.clientWidth;
      const scrollsDown = SCROLLS.has(style.overflowY) && at.scrollHeight > at.clientHeight;
      const name = `${at.tagName.toLowerCase()}.${at.className}`;
      if (isCutAcross && !scrollsAcross) fault = fault || `cut across by ${name}`;
      if (isCutDown && !scrollsDown) fault = fault || `cut in height by ${name}`;
      seen = {
        left: Math.max(seen.left, box.left),
        right: Math.min(seen.right, textEdge),
        top: Math.max(seen.top, box.top),
        bottom: Math.min(seen.bottom, box.bottom),
      };
      if (seen.left >= seen.right || seen.top >= seen.bottom) return { seen: null, fault };
    }
    return { seen, fault };
  };

  // What lets the pointer through is seen all the same, and covers or is covered like anything else.
  const touchable = document.createElement("style");
  touchable.textContent = "* { pointer-events: auto !important; }";
  document.head.append(touchable);

  if (page.scrollWidth > page.clientWidth) found.push(`sideways: the page, by ${page.scrollWidth - page.clientWidth} px`);
  for (const element of document.querySelectorAll("body *")) {
    const across = getComputedStyle(element).overflowX;
    if (SCROLLS.has(across) && element.scrollWidth > element.clientWidth + 1) {
      found.push(`sideways: ${element.tagName.toLowerCase()}.${element.className}`);
    }
  }

  const lines = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (!text || isLeftOut(element)) continue;
    const style = getComputedStyle(element);
    const inks = inkOf(node, style);
    if (inks.length > 1 && /[\u0e00-\u0e7f]/.test(text)) {
      const ratio = parseFloat(style.lineHeight) / parseFloat(style.fontSize);
      if (!(ratio >= THAI_LINE_HEIGHT - 0.005)) found.push(`tight: "${text}" ${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
    }
    for (const ink of inks) {
      const { seen, fault } = seenOf(ink, element);
      if (fault) found.push(`cut: "${text}" ${fault}`);
      if (!seen) continue;
      if (seen.left < -CUT_PX || seen.right > page.clientWidth + CUT_PX) found.push(`cut: "${text}" stands beside the page`);
      const isBelow = seen.top < -CUT_PX || seen.bottom > page.clientHeight + CUT_PX;
      if (isBelow && !canScrollDown) found.push(`cut: "${text}" stands above or below the page`);
      const keeper = stuck(element);
      const isSliver = seen.bottom - seen.top < 2 * OVERLAP_PX; // what a scrolling box leaves of a line
      const cover = canScrollDown || keeper || isSliver ? null : coverOf(seen, element);
      const isCardOverMap = cover && cover.closest(".map-anchor");
      if (cover && !isCardOverMap && !stuck(cover)) found.push(`covered: "${text}" by ${cover.tagName.toLowerCase()}.${cover.className}`);
      lines.push({ node, text, box: seen, stuck: keeper });
    }
  }

  touchable.remove();

  lines.forEach((one, at) => {
    for (const other of lines.slice(at + 1)) {
      if (one.node === other.node || one.stuck !== other.stuck) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > OVERLAP_PX && down > OVERLAP_PX) found.push(`overlap: "${one.text}" and "${other.text}"`);
    }
  });
  return [...new Set(found)];
};
