/**
 * Tells Dash which address this page has: the callback in callbacks/navigation.py answers with the page's layout.
 *
 * Dash's renderer has no sign that it takes properties; so they are set from the moment that its frame stands, and again
 * until the page is there.
 */
window.scopc = window.scopc || {};
scopc.address = (() => {
  "use strict";

  const SOON_MS = 20;
  const AGAIN_MS = 1000;
  const FRAME = "location";
  const PAGE = "page";

  /**
   * Set the address as soon as that is possible, until there is a page.
   * @param {Window} window
   */
  function tell(window) {
    const { document, location, dash_clientside: dash } = window;
    const page = document.getElementById(PAGE);
    if (page && page.childElementCount > 0) return;
    const isReady = page && dash && dash.set_props;
    if (isReady) dash.set_props(FRAME, { "data-path": location.pathname, "data-query": location.search });
    window.setTimeout(() => tell(window), isReady ? AGAIN_MS : SOON_MS);
  }

  if (window.document && window.document.getElementById) tell(window);

  return { tell };
})();
