/**
 * Island `vehicle-list`: sortable table of vehicles with line filter and search. Rows are kept by vehicle id and
 * written in place, so that selection, focus and scroll survive every frame.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.panelList = (() => {
  "use strict";

  const MOST_ROWS = 300; // beyond that nobody scrolls: search and filter find the rest
  const FEW_ROWS = 60; // so many are written each second without a thought
  const NEAR_ROWS = 10;
  const FAR_EVERY = 5;
  const COLUMNS = ["label", "state", "line", "age", "speed", "load", "battery"];
  const NUMERIC = new Set(["age", "speed", "load", "battery"]);
  const MOST_FIRST = new Set(["age", "speed", "load"]);

  const text = (key, values) => scopc.page.text(key, values);

  /** The next order when a head is pressed: the same head turns round, another starts the way it is read. */
  function nextSort(sort, key) {
    if (sort.key === key) return { key, isDescending: !sort.isDescending };
    return { key, isDescending: MOST_FIRST.has(key) };
  }

  /**
   * Keep rows where they are while a pointer rests on them; who is new stands last.
   * @param {string[]} ids in the order that is due
   * @param {string[]} shown ids as they stand
   */
  function heldOrder(ids, shown) {
    const due = new Set(ids);
    const standing = shown.filter((id) => due.has(id));
    const known = new Set(standing);
    return [...standing, ...ids.filter((id) => !known.has(id))];
  }

  /** Words under the list: what is shown of how many; none where there is nobody to count: the list says why. */
  function shownText(shown, total, say = text) {
    if (total === 0) return "";
    const { number } = scopc.dom;
    const values = { n: number(shown), total: number(total) };
    return say(shown < total ? "list.shown" : "list.shown_all", values);
  }

  /** A vehicle's row. */
  function createRow(id) {
    const { el, mark, pill, setText, setAttribute } = scopc.dom;
    const button = el("button", { type: "button", class: "row-button" });
    const cells = {};
    const row = el("tr", { "data-id": id });
    for (const key of COLUMNS) {
      cells[key] = el(key === "label" ? "th" : "td", { class: NUMERIC.has(key) ? "num" : "", "data-column": key });
      row.append(cells[key]);
    }
    cells.label.setAttribute("scope", "row");
    cells.label.append(button);
    let drawnState = null;
    let drawnRoute;

    function draw(vehicle, isSelected) {
      const route = scopc.panelFleet.routeOf(vehicle.route_id);
      const state = `${vehicle.state} ${vehicle.route_id}`;
      if (state !== drawnState) {
        const colour = route ? route.colour : "grey";
        cells.state.replaceChildren(mark(vehicle.state, colour), el("span", {}, text(`vehicle.${vehicle.state}`)));
        drawnState = state;
        setAttribute(row, "data-state", vehicle.state);
      }
      if (drawnRoute !== vehicle.route_id) cells.line.replaceChildren(pill(route));
      drawnRoute = vehicle.route_id;
      setText(button, vehicle.label || vehicle.id);
      setText(cells.age, scopc.freshness.ageText(vehicle.ageMs));
      setText(cells.speed, vehicle.speedKmh === null ? "–" : String(Math.round(vehicle.speedKmh)));
      setText(cells.load, scopc.vehiclePanel.loadText(vehicle) ?? "–");
      setText(cells.battery, Number.isFinite(vehicle.battery_pct) ? `${Math.round(vehicle.battery_pct)} %` : "–");
      setAttribute(row, "data-selected", isSelected ? "1" : null);
      setAttribute(button, "aria-pressed", String(isSelected));
    }

    return { row, draw };
  }

  /** Pills that choose lines; none pressed means all. */
  function createFilter() {
    const { el, setAttribute } = scopc.dom;
    const { pageState } = scopc;
    const all = el("button", { type: "button", class: "pill pill--all" }, text("list.all"));
    all.addEventListener("click", () => pageState.set({ routes: new Set() }));
    const pills = scopc.panelFleet.signs().map((route) => {
      const button = el("button", { type: "button", class: `pill line-${route.colour}` }, route.short);
      button.addEventListener("click", () => pageState.toggleRoute(route.route_id));
      return { button, routeId: route.route_id };
    });
    const draw = ({ routes }) => {
      setAttribute(all, "aria-pressed", String(routes.size === 0));
      for (const { button, routeId } of pills) setAttribute(button, "aria-pressed", String(routes.has(routeId)));
    };
    draw(pageState.get());
    const stop = pageState.subscribe(draw, ["routes"]);
    const root = el("div", { class: "filter", role: "group", "aria-label": text("list.filter") }, all);
    root.append(...pills.map(({ button }) => button));
    root.hidden = pills.length === 0;
    return { root, stop };
  }

  function createSearch() {
    const { el } = scopc.dom;
    const input = el("input", {
      type: "search",
      class: "search",
      placeholder: text("list.search_hint"),
      "aria-label": text("list.search"),
      autocomplete: "off",
      spellcheck: "false",
    });
    input.value = scopc.pageState.get().search;
    input.addEventListener("input", () => scopc.pageState.set({ search: input.value }));
    return input;
  }

  /** The table's head; `onSort(key)` when a column is pressed. */
  function createHead(onSort) {
    const { el, setAttribute } = scopc.dom;
    const heads = COLUMNS.map((key) => {
      const long = scopc.dom.words(`list.${key}_long`, text(`list.${key}`));
      const button = el("button", { type: "button", class: "sort", title: text("list.sort", { column: long }) }, text(`list.${key}`));
      button.addEventListener("click", () => onSort(key));
      const th = el("th", { scope: "col", class: NUMERIC.has(key) ? "num" : "", "data-column": key }, button);
      return { key, th };
    });
    const draw = (sort) => {
      for (const { key, th } of heads) {
        const way = sort.isDescending ? "descending" : "ascending";
        setAttribute(th, "aria-sort", key === sort.key ? way : null);
      }
    };
    return { root: el("thead", {}, el("tr", {}, ...heads.map(({ th }) => th))), draw };
  }

  /** Bring a row into the scroller's sight without moving the page. */
  function reveal(scroller, row) {
    const head = scroller.querySelector("thead").offsetHeight;
    const top = row.offsetTop - head;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    const bottom = row.offsetTop + row.offsetHeight - scroller.clientHeight;
    if (bottom > scroller.scrollTop) scroller.scrollTop = bottom;
  }

  scopc.mounts["vehicle-list"] = (element) => {
    const { el, arrange, setText } = scopc.dom;
    const { pageState, panelFleet } = scopc;
    const rows = new Map();
    let sort = { key: "state", isDescending: false };
    let shown = [];
    let revealed = null;
    let drawings = 0;
    let last = null;
    const filter = createFilter();
    const head = createHead((key) => {
      sort = nextSort(sort, key);
      head.draw(sort);
      shown = [];
      draw(last);
    });
    head.draw(sort);
    const body = el("tbody");
    const table = el("table", { class: "vehicles" }, el("caption", { class: "visually-hidden" }, text("list.caption")), head.root, body);
    const scroller = el("div", { class: "scroller" }, table);
    const count = el("p", { class: "quiet list-count" });
    const empty = el("p", { class: "list-empty" });
    element.replaceChildren(el("div", { class: "toolbar" }, filter.root, createSearch()), scroller, empty, count);
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-id]");
      if (!row) return;
      const { id } = row.dataset;
      pageState.select(pageState.get().selectedId === id ? null : id);
    });
    body.addEventListener("pointerover", (event) => {
      const row = event.target.closest("tr[data-id]");
      pageState.set({ hoverId: row ? row.dataset.id : null });
    });
    body.addEventListener("pointerleave", () => pageState.set({ hoverId: null }));

    function order(fleet, now) {
      const ids = panelFleet.sortIds(fleet, fleet.order(), sort, now, panelFleet.limits());
      return body.matches(":hover") ? heldOrder(ids, shown) : ids;
    }

    /** Which rows are written this second: those in sight and near it, every few seconds all of them. */
    function nearRows(count) {
      drawings += 1;
      if (count <= FEW_ROWS || drawings % FAR_EVERY === 0) return () => true;
      const height = scroller.scrollHeight / (count + 1) || 1;
      const first = scroller.scrollTop / height - NEAR_ROWS;
      const last = (scroller.scrollTop + scroller.clientHeight) / height + NEAR_ROWS;
      return (index) => index >= first && index <= last;
    }

    function drawRows(fleet, now, ids) {
      const { selectedId } = pageState.get();
      const wanted = new Set(ids);
      for (const id of [...rows.keys()]) if (!wanted.has(id)) rows.delete(id);
      const isNear = nearRows(ids.length);
      const isTouched = (id) => id === selectedId || id === revealed;
      ids.forEach((id, index) => {
        const isNew = !rows.has(id);
        if (isNew) rows.set(id, createRow(id));
        if (isNew || isNear(index) || isTouched(id)) rows.get(id).draw(fleet.vehicle(id, now), id === selectedId);
      });
      arrange(body, ids.map((id) => rows.get(id).row));
      if (selectedId !== revealed) {
        revealed = selectedId;
        if (rows.has(selectedId) && !body.matches(":hover")) reveal(scroller, rows.get(selectedId).row);
      }
    }

    function draw(picture) {
      last = picture;
      if (rows.size > 0 && element.offsetParent === null) return; // in a tab that is hidden
      const { fleet, now, hasVehicles } = picture;
      const due = hasVehicles ? order(fleet, now) : [];
      shown = due.slice(0, MOST_ROWS);
      const { selectedId } = pageState.get();
      // Who is selected is listed, also when it is not among the first.
      if (selectedId !== null && !shown.includes(selectedId) && due.includes(selectedId)) shown[shown.length - 1] = selectedId;
      drawRows(fleet, now, shown);
      scroller.hidden = shown.length === 0;
      empty.hidden = shown.length > 0;
      empty.className = hasVehicles ? "list-empty" : "list-empty missing";
      setText(empty, text(!hasVehicles ? "no.data" : fleet.size === 0 ? "list.none_yet" : "list.none"));
      setText(count, hasVehicles ? shownText(shown.length, fleet.size) : "");
    }

    scroller.addEventListener("scroll", () => last && draw({ ...last, now: scopc.fleet.now() }), { passive: true });
    const stopWatching = panelFleet.watch(element, draw);
    return () => {
      stopWatching();
      filter.stop();
    };
  };

  return { nextSort, heldOrder, shownText, MOST_ROWS };
})();
