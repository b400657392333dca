// Contrast (WCAG 2.2) of every visible text with what lies behind it, by computed styles.
() => {
  const ruler = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    ruler.clearRect(0, 0, 1, 1);
    ruler.fillStyle = colour;
    ruler.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = ruler.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (front, back) => [0, 1, 2].map((i) => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const groundOf = (element) => {
    const colour = element ? rgba(getComputedStyle(element).backgroundColor) : [255, 255, 255, 1];
    return colour[3] >= 1 ? colour : over(colour, groundOf(element.parentElement));
  };
  const rows = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (!text || element.closest("script, style, noscript") || !element.checkVisibility({ visibilityProperty: true })) continue;
    const ground = groundOf(element);
    const ink = over(rgba(getComputedStyle(element).color), ground);
    const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
    rows.push({ text, ratio: Math.round(((light + 0.05) / (dark + 0.05)) * 100) / 100, element: `${element.tagName}.${element.className}` });
  }
  return rows;
};
