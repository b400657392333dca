// How many pixels of the base map, ground and lines of its first map, have exactly the colour of a token, by token.
(tokens) => {
  const style = getComputedStyle(document.documentElement);
  const wanted = new Map(tokens.map((token) => [parseInt(style.getPropertyValue(`--${token}`).trim().slice(1), 16), token]));
  const counts = Object.fromEntries(tokens.map((token) => [token, 0]));
  for (const name of ["scopc-base", "scopc-lines"]) {
    const canvas = document.querySelector(`canvas.${name}`);
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (let at = 0; at < pixels.length; at += 4) {
      if (pixels[at + 3] !== 255) continue;
      const token = wanted.get((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
      if (token !== undefined) counts[token] += 1;
    }
  }
  return counts;
};
