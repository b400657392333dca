/**
 * Answers of the API that panels ask for again and again, while they are looked at.
 *
 *   const stop = scopc.poll(element, {address: () => "/api/v1/..." | null, everyS, onAnswer: (answer|null) => ...})
 *   stop.now()    ask at once, since the address has changed
 *
 * Nothing is asked while the element is hidden, or the page. A failed attempt leaves the last answer, which goes on
 * ageing, and is repeated; when the address has changed meanwhile the answer is thrown away.
 */
window.scopc = window.scopc || {};
scopc.poll = (element, options) => {
  "use strict";
  const { address, everyS, onAnswer } = options;
  const TICK_MS = 1000;
  let asked = null;
  let dueAt = 0;
  let isAsking = false;

  async function ask(url) {
    isAsking = true;
    dueAt = Date.now() + everyS * 1000 * (0.9 + 0.2 * Math.random());
    try {
      const answer = await window.fetch(url, { headers: { Accept: "application/json" } });
      const body = answer.ok ? await answer.json() : null;
      if (url === address() && body !== null) onAnswer(body);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // no connection: the banner of the stream tells of it
    } finally {
      isAsking = false;
    }
  }

  /** Asked only when it counts, for the answer may cost a layout. */
  const isSeen = () => element.offsetParent !== null && !window.document.hidden;

  function tick() {
    const url = address();
    if (url !== asked) {
      asked = url;
      dueAt = 0;
      onAnswer(null);
    }
    const isDue = url !== null && !isAsking && Date.now() >= dueAt;
    if (isDue && isSeen()) ask(url);
  }

  const timer = window.setInterval(tick, TICK_MS);
  tick();
  const stop = () => window.clearInterval(timer);
  stop.now = tick;
  return stop;
};
