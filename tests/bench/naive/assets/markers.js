// How the naive page draws vehicles and links, and when it has: the time from put to drawn is kept for the bench.
window.dashExtensions = {
  default: {
    vehicleMarker: (feature, latlng) => L.circleMarker(latlng, { radius: 5, weight: 1 }),
    linkStyle: ({ properties: { ratio } }) => ({ weight: 3, color: ratio > 0.67 ? "#2a9d4a" : ratio > 0.4 ? "#d9a400" : "#c0392b" }),
  },
};
window.naive = { drawn: [] };
(() => {
  const addData = L.GeoJSON.prototype.addData;
  const lastT = {};
  L.GeoJSON.prototype.addData = function (data) {
    const result = addData.call(this, data);
    if (data && data.t && data.t !== lastT[data.topic]) {
      const { t, topic } = data;
      lastT[topic] = t;
      requestAnimationFrame(() => window.naive.drawn.push({ topic, t, ms: Date.now() - t })); // after the canvas's own
    }
    return result;
  };
})();
