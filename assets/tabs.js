/**
 * Island `tabs`: a list of tabs by the pattern of WAI-ARIA. One tab is in the order of the Tab key, arrows, Home and End
 * go through them, and a panel is shown as soon as its tab has the focus.
 *
 * A tab may name a key of the page's state in `data-opens`: when the reader chooses something of that kind on the map or
 * in a list, its panel opens. A tab whose panel chooses itself keeps the reader: `data-keeps` names that key.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.tabs = (() => {
  "use strict";

  const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

  /** Index of the tab that a key goes to, null for another key. */
  function target(key, index, count) {
    if (key in STEPS) return (index + STEPS[key] + count) % count;
    if (key === "Home") return 0;
    return key === "End" ? count - 1 : null;
  }

  scopc.mounts.tabs = (element) => {
    const tabs = [...element.querySelectorAll('[role="tab"]')];
    const panelOf = (tab) => window.document.getElementById(tab.getAttribute("aria-controls"));

    function select(wanted) {
      for (const tab of tabs) {
        const isSelected = tab === wanted;
        scopc.dom.setAttribute(tab, "aria-selected", String(isSelected));
        scopc.dom.setAttribute(tab, "tabindex", isSelected ? "0" : "-1");
        panelOf(tab).hidden = !isSelected;
      }
    }

    element.addEventListener("click", (event) => {
      const tab = event.target.closest('[role="tab"]');
      if (tab) select(tab);
    });
    element.addEventListener("keydown", (event) => {
      const next = target(event.key, tabs.indexOf(window.document.activeElement), tabs.length);
      if (next === null) return;
      event.preventDefault();
      select(tabs[next]);
      tabs[next].focus();
    });
    const openers = new Map(tabs.filter((tab) => tab.dataset.opens).map((tab) => [tab.dataset.opens, tab]));
    const stop = scopc.pageState.subscribe((state, changed) => {
      const key = changed.find((one) => openers.has(one) && state[one] !== null);
      const shown = tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
      if (key && shown.dataset.keeps !== key) select(openers.get(key));
    }, [...openers.keys()]);
    select(tabs[0]);
    return stop;
  };

  return { target };
})();
