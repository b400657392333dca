/**
 * The drawer of evidence for a feed: its state, its month, who is silent, what was refused with examples, and its last message.
 *
 *   scopc.evidenceFeed.contents(answer, parts)   answer of /api/v1/feeds/{id}; parts are the hands of evidence.js
 */
window.scopc = window.scopc || {};
scopc.evidenceFeed = (() => {
  "use strict";

  const GHOSTS_MAX = 30;

  function head(answer) {
    const { el } = scopc.dom;
    const state = scopc.feedsPanel.stateOf(answer.item, scopc.freshness.clock.now());
    const square = el("i", { class: "square", "data-state": state, "aria-hidden": "true" });
    return el("p", { class: "evidence__figure evidence__state" }, square, el("strong", {}, scopc.page.text(`feed.${state}`)));
  }

  function facts(answer, { timeText }) {
    const { text } = scopc.page;
    const { item } = answer;
    const name = (names) => names[scopc.page.lang()];
    const failure = item.error_code ? [[text("health.error"), scopc.dom.words(`code.${item.error_code}`, item.error_code)]] : [];
    return [
      [text("evidence.observed"), timeText(item.observed_at)],
      [text("evidence.received"), timeText(item.last_good_at)],
      [text("health.tried"), timeText(item.last_try_at)],
      [text("health.state_since"), timeText(item.state_since)],
      [text("evidence.cadence"), scopc.evidenceTime.cadence(answer.cadence_s)],
      [text("evidence.source"), name(answer.agency)],
      [text("health.messages"), scopc.dom.number(item.total_messages)],
      [text("feeds.accepted"), scopc.dom.number(item.total_accepted)],
      ...failure,
    ];
  }

  function silent(answer) {
    const { el } = scopc.dom;
    const { text } = scopc.page;
    const { reporters } = answer;
    const at = scopc.freshness.clock.now();
    const ghosts = reporters.silent.slice(0, GHOSTS_MAX).map((one) => el("li", {}, scopc.feedMonth.ghostText(one, at)));
    const rest = reporters.silent.length - ghosts.length;
    if (rest > 0) ghosts.push(el("li", {}, text("health.more", { n: rest })));
    return [el("p", {}, text("health.heard", { n: reporters.heard, of: reporters.expected })), el("ul", { class: "ghost-list" }, ...ghosts)];
  }

  /** The whole drawer for a feed. */
  function contents(answer, hands) {
    const { el } = scopc.dom;
    const { text } = scopc.page;
    const { section, list, links, rejectedTable, changesTable } = hands;
    const course = scopc.feedMonth.create();
    course.write(answer.month, scopc.freshness.clock.now());
    const name = answer.name[scopc.page.lang()];
    const made = [el("p", { class: "evidence__name" }, name), head(answer), links(answer), list(facts(answer, hands))];
    made.push(section(text("health.month"), course.root));
    if (answer.reporters.expected > 0) made.push(section(text("health.reporters"), ...silent(answer)));
    const told = [...rejectedTable(answer), ...changesTable(answer)];
    const all = el("a", { href: `/api/v1/feeds/${answer.item.feed_id}/quarantine`, target: "_blank", rel: "noopener" }, text("health.quarantine"));
    return [...made, ...told, ...(answer.rejected.length > 0 ? [el("p", { class: "evidence__part" }, all)] : [])];
  }

  return { contents };
})();
