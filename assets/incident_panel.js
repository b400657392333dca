/**
 * Island `incident-list`: what disturbs traffic or service now, the most severe first.
 *
 * Topic `incidents`: {known, incidents: [{incident_id, feed_id, kind, severity, title: {th, en}, description: {th, en},
 * started_at, received_at, ended_at, link_ids, route_ids, contributor}]}. Fields that are not known are left out;
 * without `known` no feed is up that could tell, and an empty list says nothing.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.incidentPanel = (() => {
  "use strict";

  const WORST = 5;
  const text = (key, values) => scopc.page.text(key, values);

  // ---- pure ----

  /** A severity of 1 to 5 as a status; what is not told is unknown, not low. */
  function statusOf(severity) {
    if (!Number.isFinite(severity)) return "unknown";
    if (severity >= WORST) return "critical";
    if (severity >= 3) return "warning";
    return severity >= 2 ? "watch" : "normal";
  }

  /** The words in the page's language, else in the other one, else null. */
  function inLanguage(words, lang) {
    const found = words || {};
    return found[lang] || found.th || found.en || Object.values(found).find(Boolean) || null;
  }

  /** Most severe first, then the newest. */
  function ordered(incidents) {
    const since = (one) => Date.parse(one.started_at || one.received_at) || 0;
    return [...incidents].sort((a, b) => (b.severity ?? 0) - (a.severity ?? 0) || since(b) - since(a) || (a.incident_id < b.incident_id ? -1 : 1));
  }

  const keyOf = ({ feed_id: feedId, incident_id: id }) => `${feedId}:${id}`;

  // ---- the list ----

  function createRow() {
    const { el, shape, pill, setText, setAttribute } = scopc.dom;
    const mark = el("span", { class: "incident__mark" });
    const title = el("button", { type: "button", class: "row-button" });
    const kind = el("span", { class: "incident__kind" });
    const about = el("p", { class: "incident__about" });
    const lines = el("span", { class: "incident__lines" });
    const links = el("span", { class: "quiet" });
    const age = el("span", { class: "num quiet" });
    const root = el("li", { class: "incident" }, mark, el("div", {}, el("p", { class: "incident__title" }, title, kind), about, el("p", { class: "incident__places" }, lines, links)), age);
    let id = null;
    let drawnStatus = null;
    let drawnLines = null;
    title.addEventListener("click", () => scopc.pageState.set({ incidentId: id }));

    function draw(incident, now, feedNames) {
      const lang = scopc.page.lang();
      id = keyOf(incident);
      const status = statusOf(incident.severity);
      if (status !== drawnStatus) mark.replaceChildren(shape(status));
      drawnStatus = status;
      const words = scopc.dom.words(`incident.${incident.kind}`, incident.kind);
      const named = inLanguage(incident.title, lang);
      const severity = Number.isFinite(incident.severity) ? text("incidents.severity", { n: incident.severity }) : text("incidents.severity_unknown");
      setText(title, named || words);
      setText(kind, [named ? words : "", severity].filter(Boolean).join(" · "));
      const said = inLanguage(incident.description, lang);
      setText(about, [said, feedNames.get(incident.feed_id) || incident.feed_id, incident.contributor].filter(Boolean).join(" · "));
      const routes = incident.route_ids || [];
      if (routes.join() !== drawnLines) lines.replaceChildren(...routes.map((routeId) => pill(scopc.panelFleet.routeOf(routeId))));
      drawnLines = routes.join();
      const n = (incident.link_ids || []).length;
      setText(links, n === 0 ? "" : text("incidents.links", { n }));
      const since = Date.parse(incident.started_at || incident.received_at);
      setText(age, Number.isNaN(since) ? "–" : scopc.freshness.ageText(now - since));
      setAttribute(root, "data-selected", scopc.pageState.get().incidentId === id ? "1" : null);
    }
    return { root, draw };
  }

  scopc.mounts["incident-list"] = (element) => {
    const { el, pool, arrange, setText, setAttribute } = scopc.dom;
    const list = el("ol", { class: "incidents" });
    const none = el("p", {});
    const drawRows = pool(list, createRow);
    let incidents = null;
    let isKnown = false;
    const stop = scopc.stream.subscribe("incidents", (frame) => {
      incidents = ordered(frame.incidents);
      isKnown = frame.known;
    });
    function draw({ now, feedNames }) {
      drawRows(incidents || [], (row, incident) => row.draw(incident, now, feedNames));
      const isNone = incidents === null || incidents.length === 0;
      setText(none, text(isKnown ? "incidents.none" : "no.data"));
      setAttribute(none, "class", isKnown ? "quiet" : "missing");
      arrange(element, [isNone ? none : list]);
    }
    const stopWatching = scopc.panelFleet.watch(element, draw);
    return () => {
      stop();
      stopWatching();
    };
  };

  return { statusOf, inLanguage, ordered, keyOf };
})();
