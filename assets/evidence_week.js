/**
 * The drawer of evidence for an indicator in a week: what stood for the week, how complete it was, and what that rests on.
 * The value of now is one line among the facts.
 *
 *   scopc.evidenceWeek.contents(answer, hands)   answer of /api/v1/weekly/{week}/indicators/{key}; hands of evidence.js
 */
window.scopc = window.scopc || {};
scopc.evidenceWeek = (() => {
  "use strict";

  const percent = (share) => Math.floor(share * 100 + 1e-9); // as the table: 99.9 % is not all

  /** What a rare statistic is of: "2026-10", "2026-Q4" or "2026". */
  function periodText({ period, period_start: start }) {
    const [year, month] = start.split("-");
    if (period === "year") return year;
    return period === "quarter" ? `${year}-Q${Math.ceil(Number(month) / 3)}` : `${year}-${month}`;
  }

  function nowText({ item, decimals }, { timeText, unitText }) {
    if (item.value === null) return scopc.page.text("no.data");
    return `${scopc.dom.fixed(item.value, decimals)} ${unitText(item.unit)} · ${timeText(item.observed_at)}`;
  }

  function changeText(change, decimals) {
    const digits = scopc.dom.fixed(Math.abs(change), decimals);
    return `${change < 0 ? "−" : "+"}${digits}`;
  }

  /** Both ends, neither torn in two. */
  function windowOf({ start, end }, { timeText }) {
    const { el } = scopc.dom;
    const ends = [start, end].map((at) => el("time", { class: "evidence__time", datetime: at }, timeText(at)));
    return el("span", {}, ends[0], " – ", ends[1]);
  }

  function facts(answer, hands) {
    const { text } = scopc.page;
    const { week } = answer;
    const known = [
      [text("evidence.holds_for"), week.period_start && periodText(week)],
      [text("evidence.complete"), week.completeness !== null && text("evidence.complete_of", { share: percent(week.completeness), floor: percent(week.min_completeness) })],
      [text("evidence.statistic"), text(`evidence.statistic_${week.statistic}`)],
      [text("evidence.change"), week.change !== null && changeText(week.change, answer.decimals)],
    ].filter(([, value]) => value);
    return [
      [text("evidence.window"), windowOf(week, hands)],
      ...known,
      [text("evidence.cadence"), scopc.evidenceTime.cadence(answer.cadence_s)],
      [text("evidence.source"), hands.words(answer.agency)],
      [text("evidence.class"), text(`class.${week.class}`)],
      [text("evidence.now"), nowText(answer, hands)],
    ];
  }

  /** The figure of the week: a value that was beyond its limit of age stays, marked as old. */
  function figure(answer, { unitText }) {
    const { week } = answer;
    const shown = scopc.value.create();
    const state = week.says === "unknown" ? "stale" : "fresh";
    shown.write({ value: week.value, status: week.says, state, unit: unitText(answer.unit), decimals: answer.decimals });
    if (week.says === "no_limit") return [shown.root];
    const status = scopc.dom.status();
    status.set(week.says);
    return [shown.root, status.root];
  }

  /** The whole drawer for a week. */
  function contents(answer, hands) {
    const { el } = scopc.dom;
    const { text } = scopc.page;
    const { week } = answer;
    const name = `${text("weekly.week", { n: Number(week.week.slice(-2)) })} · ${week.week}`;
    const running = week.is_over ? [] : [el("p", { class: "quiet" }, text("weekly.running"))];
    // What a rare statistic rests on was told before the week, mostly: it has no mean in it.
    const titles = week.period ? {} : { inputs: text("evidence.week_mean"), recent: text("evidence.week_values") };
    const csv = text(week.period ? "evidence.csv" : "evidence.week_csv");
    return [
      el("p", { class: "evidence__name" }, `${hands.words(answer.name)} · ${answer.key}`),
      el("p", { class: "evidence__name evidence__week" }, name),
      ...running,
      el("div", { class: "evidence__figure" }, ...figure(answer, hands)),
      hands.links(answer, { csv, until: week.end }),
      hands.list(facts(answer, hands)),
      ...hands.parts({ ...answer, item: { ...answer.item, band: week.band } }, titles),
    ];
  }

  return { contents };
})();
