/**
 * The card of the selected vehicle and the tip of the one pointed at: elements that live in a pane of the map and are
 * only ever updated in place, so that they survive every frame, pan and zoom. Words from feeds go in by textContent.
 *
 * Classes: .map-anchor > .map-card (__head, __name, __state, __rows, __buttons) or .map-tip;
 * `data-state` live|late|ghost|extrapolated|gone; `.pill.line-red` as in the lists. Texts: `vehicle.*`, `detail.*`,
 * `map.follow`, `map.following`, `unit.kmh`.
 */
window.scopc = window.scopc || {};
scopc.vehicleCard = (() => {
  "use strict";

  /** State as it is shown: an extrapolated place has a name of its own. */
  const shownState = (vehicle) =>
    vehicle.state === "live" && vehicle.isExtrapolated ? "extrapolated" : vehicle.state;

  /** "live · 4 s", "Not seen for 6 min". */
  function stateText(vehicle, text) {
    const age = scopc.freshness.ageText(vehicle.ageMs, text);
    const state = shownState(vehicle);
    if (state === "late" || state === "ghost") return text(`vehicle.${state}_for`, { age });
    return [text(`vehicle.${state}`), age].join(" · ");
  }

  /**
   * Rows of the card: what is unknown is left out, never shown as zero.
   * @returns {[string, string][]} key of the term, words
   */
  function rowsOf(vehicle, text) {
    const speed = vehicle.speedKmh === null ? null : `${Math.round(vehicle.speedKmh)} ${text("unit.kmh")}`;
    const rows = [
      ["detail.headsign", vehicle.headsign],
      ["detail.next_stop", vehicle.next_stop],
      ["detail.speed", speed],
    ];
    return rows.filter(([, words]) => words);
  }

  function element(tag, className, parent) {
    const made = window.document.createElement(tag);
    made.className = className;
    parent.append(made);
    return made;
  }

  /** A pill that names a route. */
  function showRoute(pill, route) {
    pill.hidden = !route;
    scopc.clock.setText(pill, route ? route.short : "");
    if (route) pill.className = `pill line-${route.colour}`;
  }

  /** @returns {{element: HTMLElement, box: HTMLElement, show: (vehicle: object, route: object|undefined) => void}} */
  function createTip() {
    const anchor = window.document.createElement("div");
    anchor.className = "map-anchor leaflet-zoom-animated";
    const tip = element("div", "map-tip", anchor);
    const pill = element("span", "pill", tip);
    const name = element("span", "map-tip__name", tip);
    const state = element("span", "map-tip__state", tip);

    function show(vehicle, route) {
      tip.dataset.state = shownState(vehicle);
      showRoute(pill, route);
      scopc.clock.setText(name, vehicle.label);
      scopc.clock.setText(state, stateText(vehicle, scopc.page.text));
    }
    return { element: anchor, box: tip, show };
  }

  /**
   * @param {{onClose: () => void, onFollow: () => void}} hands
   * @returns {{element: HTMLElement, box: HTMLElement, show: Function, showGone: Function, showFollow: Function}}
   */
  function createCard({ onClose, onFollow }) {
    const { text } = scopc.page;
    const { setText } = scopc.clock;
    const anchor = window.document.createElement("div");
    anchor.className = "map-anchor leaflet-zoom-animated";
    const card = element("div", "map-card", anchor);
    card.setAttribute("role", "group");
    const head = element("div", "map-card__head", card);
    const pill = element("span", "pill", head);
    const name = element("strong", "map-card__name", head);
    const close = element("button", "map-card__close", head);
    const state = element("div", "map-card__state", card);
    const rows = element("dl", "map-card__rows", card);
    const follow = element("button", "map-card__follow", element("div", "map-card__buttons", card));
    const cells = new Map(); // key of the term -> [dt, dd]

    close.type = follow.type = "button";
    close.setAttribute("aria-label", text("detail.close"));
    close.textContent = "×";
    close.addEventListener("click", onClose);
    follow.addEventListener("click", onFollow);

    /** Write the rows; terms come and go, their elements stay. */
    function showRows(wanted) {
      const keys = new Set(wanted.map(([key]) => key));
      for (const [key, words] of wanted) {
        if (!cells.has(key)) {
          const term = element("dt", "", rows);
          setText(term, text(key));
          cells.set(key, [term, element("dd", "", rows)]);
        }
        setText(cells.get(key)[1], words);
      }
      for (const [key, [term, words]] of cells) term.hidden = words.hidden = !keys.has(key);
    }

    function show(vehicle, route) {
      card.dataset.state = shownState(vehicle);
      card.setAttribute("aria-label", vehicle.label);
      showRoute(pill, route);
      setText(name, vehicle.label);
      setText(state, stateText(vehicle, text));
      showRows(rowsOf(vehicle, text));
    }

    /** The vehicle has left the picture: its name stays, its facts do not. */
    function showGone() {
      card.dataset.state = "gone";
      setText(state, text("detail.gone"));
      showRows([]);
    }

    function showFollow(isFollowing) {
      follow.setAttribute("aria-pressed", String(isFollowing));
      setText(follow, text(isFollowing ? "map.following" : "map.follow"));
    }

    return { element: anchor, box: card, show, showGone, showFollow };
  }

  return { createTip, createCard, stateText, rowsOf, shownState };
})();
