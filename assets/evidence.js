/**
 * Island `evidence`: the drawer that says where a figure comes from. One click on a figure opens it, a second one its
 * last payload.
 *
 *   scopc.evidence.open("indicator:ENV-01" | "week:2026-W47|ENV-01" | "observation:<feature>|<property>|<feed>" | "feed:<feed_id>")
 *   scopc.evidence.close()
 *
 * Any element with `data-evidence` opens it by click or Enter; the one that did is marked `aria-expanded` and gets the focus
 * back. The answers of the API are those of dashboard/api/evidence.py; sections that it leaves out are left out.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.evidence = (() => {
  "use strict";

  const REFRESH_S = 15;

  /** The address that answers for a subject, or null for one that nobody knows. */
  function addressOf(subject) {
    const at = subject.indexOf(":");
    const kind = subject.slice(0, at);
    const id = subject.slice(at + 1);
    if (kind === "indicator") return `/api/v1/indicators/${encodeURIComponent(id)}`;
    if (kind === "week") return `/api/v1/weekly/${id.split("|").map(encodeURIComponent).join("/indicators/")}`;
    if (kind === "feed") return `/api/v1/feeds/${encodeURIComponent(id)}`;
    if (kind !== "observation") return null;
    const [feature, property, feed] = id.split("|").map(encodeURIComponent);
    return `/api/v1/observations/evidence?feature_id=${feature}&property=${property}&feed_id=${feed}`;
  }

  const subject = { now: null, opener: null, listeners: new Set() };

  function tell() {
    for (const listener of [...subject.listeners]) listener(subject.now);
  }

  function mark(opener, isOpen) {
    if (opener) opener.setAttribute("aria-expanded", String(isOpen));
  }

  function open(name, opener = null) {
    mark(subject.opener, false);
    subject.now = name;
    subject.opener = opener;
    mark(opener, true);
    tell();
  }

  function close() {
    if (subject.now === null) return;
    const { opener } = subject;
    mark(opener, false);
    subject.now = null;
    subject.opener = null;
    tell();
    if (opener && opener.isConnected) opener.focus();
  }

  // ---- what is drawn ----

  const words = (name) => name[scopc.page.lang()];

  const timeText = (iso) => (iso ? scopc.evidenceTime.text(iso) : scopc.page.text("no.data"));

  function facts(answer) {
    const { text } = scopc.page;
    const { item } = answer;
    const rows = [
      [text("evidence.observed"), timeText(item.observed_at)],
      [text("evidence.received"), timeText(item.received_at)],
      [text("evidence.cadence"), scopc.evidenceTime.cadence(answer.cadence_s)],
      [text("evidence.source"), answer.agency ? words(answer.agency) : text("no.data")],
      [text("evidence.class"), text(`class.${item.class}`)],
    ];
    if (item.at) rows.splice(4, 0, [text("evidence.place"), words(item.at.name)]);
    if (answer.place) rows.splice(4, 0, [text("evidence.place"), words(answer.place)]);
    return rows;
  }

  /** A definition list of pairs. */
  function list(pairs) {
    const { el } = scopc.dom;
    return el("dl", { class: "evidence__facts" }, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  }

  function section(title, ...children) {
    const { el } = scopc.dom;
    return el("section", { class: "evidence__part" }, el("h3", {}, title), ...children);
  }

  /** One square an interval: full, part, or nothing received. */
  function squares(intervals) {
    const { el } = scopc.dom;
    const { text } = scopc.page;
    const shown = intervals.map(({ start, count, expected }) => {
      const look = count === 0 ? "none" : count < expected ? "part" : "full";
      return el("i", { class: "completeness__square", "data-look": look, title: `${timeText(start)} · ${count}/${expected}` });
    });
    const got = intervals.filter(({ count }) => count > 0).length;
    const label = text("evidence.intervals", { got, of: intervals.length });
    return [el("div", { class: "completeness", role: "img", "aria-label": label }, ...shown), el("p", { class: "quiet" }, label)];
  }

  function bandList(scale, band) {
    const { el, shape } = scopc.dom;
    const rows = scale.bands.map((one, i) => {
      const low = i === 0 ? null : scale.bands[i - 1].upto;
      const range = one.upto === null ? `> ${low}` : low === null ? `≤ ${one.upto}` : `${low}–${one.upto}`;
      const row = el("li", {}, shape(one.status), el("span", { class: "num" }, range), el("span", {}, words(one.name)));
      if (i === band) row.setAttribute("aria-current", "true");
      return row;
    });
    return el("ul", { class: "evidence__bands" }, ...rows);
  }

  function table(heads, rows) {
    const { el } = scopc.dom;
    const cell = (tag, value, i) => el(tag, { ...(i === 1 ? { class: "num" } : {}), ...(tag === "th" ? { scope: "col" } : {}) }, value);
    const body = rows.map((row) => el("tr", {}, ...row.map((value, i) => cell("td", value, i))));
    return el("table", { class: "evidence__table" }, el("thead", {}, el("tr", {}, ...heads.map((head, i) => cell("th", head, i)))), el("tbody", {}, ...body));
  }

  function link(address, name) {
    return scopc.dom.el("a", { class: "button", href: address, target: "_blank", rel: "noopener" }, name);
  }

  /** A link within a table, where a button would not fit. */
  function rowLink(address, name) {
    return scopc.dom.el("a", { href: address, target: "_blank", rel: "noopener" }, name);
  }

  const payloadAddress = (one) => `/api/v1/payloads/${one.payload_id}`;

  /** A unit as the page writes it. */
  const unitText = (unit) => scopc.dom.words(`units.${unit}`, unit);

  /** What a message or a file is called; a message later than `until` is none of what is shown. */
  function payloadText(one, until) {
    if (one.file_name) return scopc.page.text("evidence.file", { file: one.file_name });
    const isLater = until !== null && Date.parse(one.received_at) >= Date.parse(until);
    return scopc.page.text(isLater ? "evidence.raw_later" : "evidence.raw", { feed: words(one.feed_name) });
  }

  /** The links that lead on: raw messages and files first. */
  function links(answer, { csv: name = scopc.page.text("evidence.csv"), until = null } = {}) {
    const raw = (answer.payloads || []).map((one) => link(payloadAddress(one), payloadText(one, until)));
    const csv = answer.csv ? [link(answer.csv, name)] : [];
    return scopc.dom.el("div", { class: "evidence__links buttons" }, ...raw, ...csv);
  }

  const dash = (value) => (value === null || value === undefined ? "–" : value);

  /** What was refused, with an example of each; nothing where nothing was. */
  function rejectedTable({ rejected }) {
    if (!rejected || rejected.length === 0) return [];
    const { text } = scopc.page;
    const rows = rejected.map((one) => [scopc.dom.words(`code.${one.code}`, one.code), String(one.count), `${one.entity_id} · ${one.detail}`]);
    return [section(text("evidence.rejected"), table([text("evidence.code"), text("evidence.count"), text("evidence.example")], rows))];
  }

  /** What looks odd in values that count all the same; nothing where nothing does. */
  function flaggedTable({ flagged }) {
    if (!flagged || flagged.length === 0) return [];
    const { text } = scopc.page;
    const rows = flagged.map((one) => [scopc.dom.words(`code.${one.code}`, one.code), String(one.count)]);
    return [section(text("evidence.flagged"), table([text("evidence.code"), text("evidence.count")], rows))];
  }

  function changesTable({ changes }) {
    if (!changes || changes.length === 0) return [];
    const { text } = scopc.page;
    const what = (one) => (one.payload_id ? rowLink(payloadAddress(one), words(one.text)) : dash(words(one.text)));
    const rows = changes.map((one) => [timeText(one.at), "", what(one)]);
    return [section(text("evidence.changes"), table([text("evidence.time"), "", text("evidence.what")], rows))];
  }

  /** Who says so: in Thai words on a Thai page where the pack has them, else as it is cited in English. */
  function cited({ source, source_th: sourceTh, proposed }) {
    const { el } = scopc.dom;
    const { lang, text } = scopc.page;
    const isThai = lang() === "th" && Boolean(sourceTh);
    return [proposed ? text("evidence.proposed", { source: "" }) : "", el("span", { lang: isThai ? "th" : "en" }, isThai ? sourceTh : source)];
  }

  function parts(answer, titles = {}) {
    const { text } = scopc.page;
    const { item } = answer;
    const made = [];
    if (answer.definition) made.push(section(text("evidence.definition"), words(answer.definition)));
    const how = answer.formula ? [words(answer.formula)] : [];
    if (answer.intervals && answer.intervals.length > 0) how.push(...squares(answer.intervals));
    if (how.length > 0) made.push(section(text("evidence.how"), ...how));
    if (answer.scale) {
      const source = scopc.dom.el("p", { class: "quiet" }, ...cited(answer.scale));
      made.push(section(text("evidence.bands"), bandList(answer.scale, item.band), source));
    } else if (answer.item.target) {
      const { target } = answer.item;
      made.push(section(text("evidence.target"), ...cited(target)));
    }
    if (answer.inputs && answer.inputs.length > 0) {
      const rows = answer.inputs.map((one) => [rowLink(one.csv, `${words(one.name)} · ${words(one.property_name)}`), `${scopc.dom.number(one.value, 3)} ${unitText(one.unit)}`, timeText(one.observed_at)]);
      made.push(section(text("evidence.inputs", { n: answer.inputs_total }), table([text("evidence.series"), titles.inputs || text("evidence.value"), text("evidence.time")], rows)));
    }
    if (answer.recent && answer.recent.length > 0) {
      const rows = answer.recent.map((one) => [timeText(one.observed_at), one.value === null ? "–" : scopc.dom.number(one.value, 3), one.outcome ? text(`code.${one.outcome}`) : text("evidence.accepted")]);
      made.push(section(titles.recent || text("evidence.recent"), table([text("evidence.time"), text("evidence.value"), text("evidence.outcome")], rows)));
    }
    return [...made, ...flaggedTable(answer), ...rejectedTable(answer), ...changesTable(answer)];
  }

  const hands = { section, list, links, parts, timeText, unitText, words, rejectedTable, changesTable };

  /** The whole drawer for an answer: of a feed, of a week, else of a figure as it stands. */
  function contents(answer) {
    if (answer.reporters) return scopc.evidenceFeed.contents(answer, hands);
    if (answer.week) return scopc.evidenceWeek.contents(answer, hands);
    const { el } = scopc.dom;
    const { item } = answer;
    const figure = scopc.value.create();
    const status = scopc.dom.status();
    const observedMs = item.observed_at ? Date.parse(item.observed_at) : null;
    const ageMs = observedMs === null ? null : scopc.freshness.clock.now() - observedMs;
    figure.write({ ...item, unit: unitText(answer.unit), decimals: answer.decimals, ageMs });
    const judged = item.status ? [(status.set(item.status), status.root)] : [];
    const id = answer.key ? `${words(answer.name)} · ${answer.key}` : words(answer.name);
    return [
      el("p", { class: "evidence__name" }, id),
      el("div", { class: "evidence__figure" }, figure.root, ...judged),
      links(answer),
      list(facts(answer)),
      ...parts(answer),
    ];
  }

  function mount(element) {
    const { el } = scopc.dom;
    const { text } = scopc.page;
    const title = el("h2", { id: "evidence-title", tabindex: "-1" }, text("evidence.title"));
    const shut = el("button", { type: "button", class: "evidence__close", "aria-label": text("evidence.close") }, "×");
    const body = el("div", { class: "evidence__body" });
    element.replaceChildren(el("div", { class: "evidence__head" }, title, shut), body);
    shut.addEventListener("click", close);
    let drawn = null;

    const show = scopc.islands.guarded(element, (answer) => {
      const told = JSON.stringify(answer);
      if (told === drawn) return;
      drawn = told;
      body.replaceChildren(...(answer === null ? [el("p", { class: "quiet" }, text("evidence.loading"))] : contents(answer)));
    });
    // Asked through the body: the drawer itself is fixed, and what is fixed has no offsetParent.
    const ask = scopc.poll(body, { address: () => (subject.now === null ? null : addressOf(subject.now)), everyS: REFRESH_S, onAnswer: show });

    const onSubject = (name) => {
      scopc.dom.setAttribute(element, "hidden", name === null ? "" : null);
      ask.now();
      if (name !== null) title.focus();
    };
    subject.listeners.add(onSubject);

    const onKey = (event) => event.key === "Escape" && close();
    const onClick = (event) => {
      const opener = event.target.closest ? event.target.closest("[data-evidence]") : null;
      if (opener) open(opener.dataset.evidence, opener);
    };
    window.document.addEventListener("keydown", onKey);
    window.document.addEventListener("click", onClick);
    return () => {
      ask();
      subject.listeners.delete(onSubject);
      window.document.removeEventListener("keydown", onKey);
      window.document.removeEventListener("click", onClick);
    };
  }

  scopc.mounts.evidence = mount;

  return { open, close, addressOf };
})();
