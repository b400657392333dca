/**
 * Island `chart-cycle`: a quantity over one day, year or fiscal year, laid over the same course of earlier ones.
 *
 * `data-key` names an indicator, or `data-domain` and `data-property` an observed property (of the most trustworthy station).
 * `data-cycle` is "day", "year" or "fiscal", `data-grain` the length of the intervals, `data-backs` ("0 1 7") the cycles back.
 * `data-form` is "lines", or "columns" with the earlier cycles as short lines above or below each. `data-mean` ("14")
 * compares with the mean of so many cycles before instead: what is usual, where nobody has said what is expected.
 *
 * Under the plot stands what the value is now; of a day, what is compared: the mean of its last whole hour with that of the
 * same hour then. It opens the evidence. Never more than three courses.
 * A year or fiscal year is the one of the newest figure: in January the last year is what there is.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.chartCycle = (() => {
  "use strict";

  const REFRESH_S = { day: 60, year: 600, fiscal: 600 };
  const SLOT = { hour: 1, day: 12 / 365, week: 84 / 365, month: 1 }; // of an interval: in hours of a day, in months of a year
  const FILLED = { columns: 0.68, dashes: 0.9 }; // of a slot
  const DASH_PX = 15;
  const MARGIN = { l: 58, t: 16, b: 36 };
  const NAME = { gapPx: 8, signPx: 8.4, leastPx: 40 }; // at a course's end: its distance, a sign of 13 px type
  const DASHES_MOST = 16; // in a cycle: more of them are a line
  const LENGTH = { day: 24, year: 12, fiscal: 12 }; // of a cycle, in hours and months
  const NARROW_PX = 430;
  const DAYS = { 0: "cycle.today", 1: "cycle.yesterday", 7: "cycle.week_ago" };

  // ---- pure ----

  /** The mean of some cycles at every place where at least half of them have a value, as a cycle of its own. */
  function meanOf(cycles) {
    const places = new Map();
    for (const { points } of cycles) for (const { x, value } of points) places.set(x.toFixed(2), [...(places.get(x.toFixed(2)) || []), { x, value }]);
    const points = [...places.values()]
      .filter((some) => 2 * some.length >= cycles.length)
      .map((some) => ({ x: some[0].x, value: some.reduce((sum, one) => sum + one.value, 0) / some.length, startMs: null }));
    return { back: "mean", startMs: null, points: points.sort((a, b) => a.x - b.x) };
  }

  /** Which cycles are asked for and shown. @param {{backs?: string, mean?: string}} data of the island */
  function plan({ backs = "0 1", mean }) {
    if (!mean) return { asked: backs.split(" ").map(Number), mean: 0 };
    return { asked: Array.from({ length: Number(mean) + 1 }, (_, back) => back), mean: Number(mean) };
  }

  /** What is drawn of a series. @returns {{cycles: object[], anchorMs: number}} cycles in the order of the plan, the current one first */
  function shown(items, { cycle, grain, zone, now, data }) {
    const { asked, mean } = plan(data);
    const newestMs = items.length === 0 ? now : Date.parse(items[items.length - 1].start);
    const anchorMs = cycle === "day" ? now : Math.min(now, newestMs + 1);
    const cut = scopc.chartCycles.split(items, { cycle, backs: asked, grain, now: anchorMs, zone });
    for (const { points } of cut) points.sort((a, b) => a.x - b.x);
    const cycles = mean ? [cut[0], meanOf(cut.slice(1).filter(({ points }) => points.length > 0))] : cut;
    return { cycles, anchorMs };
  }

  /** Edges of the target, rising: none, one or two. */
  const edgesOf = (target) => (target ? target.slice(1) : []);

  // ---- words ----

  function nameOf({ back, startMs }, cycle) {
    const { text } = scopc.page;
    if (back === "mean") return text("cycle.usual");
    if (cycle === "day") return back in DAYS ? text(DAYS[back]) : text("cycle.days_back", { n: back });
    const { year } = scopc.chartCycles.partsAt(startMs, scopc.clock.pageOptions().zone);
    const shownYear = scopc.chartCycles.yearText(cycle === "fiscal" ? year + 1 : year, scopc.clock.pageOptions());
    return cycle === "fiscal" ? text("cycle.fiscal_year", { year: shownYear }) : shownYear;
  }

  const hourText = (hour) => `${String(hour).padStart(2, "0")}:00`;

  function ticksOf(cycle, width) {
    if (cycle === "day") {
      const hours = [0, 6, 12, 18, 24];
      return { tickvals: hours, ticktext: hours.map(hourText), range: [0, 24] };
    }
    const first = cycle === "fiscal" ? 9 : 0;
    const format = new Intl.DateTimeFormat(scopc.page.lang() === "th" ? "th-TH" : "en-US", { month: "short", timeZone: "UTC" });
    const every = width < NARROW_PX ? 3 : 1;
    const months = Array.from({ length: 12 }, (_, i) => i).filter((i) => i % every === 0);
    return { tickvals: months.map((i) => i + 0.5), ticktext: months.map((i) => format.format(Date.UTC(2024, first + i, 1))), range: [0, 12] };
  }

  // ---- the figure ----

  const STATUS_SYMBOL = { watch: "diamond", warning: "triangle-up", critical: "octagon" };

  /** Plotly's figure. @param {object} model {cycles, cycle, form, target, unit, decimals, status, isStale, grain} */
  function figure(model, { theme, width, height }) {
    const { cycles, cycle, form, target, unit, decimals, grain } = model;
    const { colours, k } = theme;
    const [current, ...others] = cycles;
    const edges = edgesOf(target);
    const values = cycles.flatMap(({ points }) => points.map(({ value }) => value));
    const range = scopc.chartModel.rangeOf([...values, ...edges], [], { isZeroBased: form === "columns" });
    const isWide = width >= NARROW_PX;
    const margin = { l: MARGIN.l * k, r: roomOf(cycles.map((one) => wordsOf(one, model)), isWide) * k, t: MARGIN.t * k, b: MARGIN.b * k };
    const slotPx = ((width - margin.l - margin.r) * SLOT[grain]) / LENGTH[cycle];
    const hover = (one) => ({ hovertemplate: `${nameOf(one, cycle)}: %{customdata} ${unit}<extra></extra>`, customdata: one.points.map(({ value }) => scopc.dom.fixed(value, decimals)) });
    const xs = (one) => one.points.map(({ x }) => x);
    const ys = (one) => one.points.map(({ value }) => value);
    const line = (one, i) => ({ type: "scatter", mode: "lines", x: xs(one), y: ys(one), line: { color: i === 0 ? colours["ink-3"] : colours["line-2"], width: 1.5 * k, dash: i === 0 ? "solid" : "dot" }, ...hover(one) });
    const dashes = (one) => ({ type: "scatter", mode: "markers", x: xs(one), y: ys(one), marker: { symbol: "line-ew", size: Math.min(DASH_PX * k, FILLED.dashes * slotPx), line: { color: colours.ink, width: 2 * k } }, ...hover(one) });
    const columns = { type: "bar", x: xs(current), y: ys(current), width: FILLED.columns * SLOT[grain], marker: { color: colours["ink-3"], line: { width: 0 } }, ...hover(current) };
    const course = { type: "scatter", mode: "lines", x: xs(current), y: ys(current), line: { color: colours.ink, width: 2.25 * k }, ...hover(current) };
    const last = current.points[current.points.length - 1] || null;
    const data = form === "columns" ? [columns, ...others.map(isFine(model) ? line : dashes)] : [...[...others].map(line).reverse(), course];
    if (last !== null && form === "lines") data.push(lastPoint(last, model, { colours, k }));
    const ticks = scopc.chartModel.ticksOf(range, edges);
    const label = { ...ticksOf(cycle, width / k) };
    return {
      data,
      layout: {
        margin,
        hovermode: "closest",
        bargap: 0,
        xaxis: { ...label, showgrid: cycle === "day", fixedrange: true, ticks: "outside", ticklen: 5 * k, tickcolor: "rgba(0,0,0,0)" },
        yaxis: { range, tickvals: ticks, ticktext: ticks.map((tick) => scopc.dom.number(tick, decimals)), showgrid: edges.length === 0, gridcolor: colours.line, fixedrange: true },
        shapes: targetShapes(edges, colours, k),
        annotations: [...names(model, range, { colours, k, height, margin, isWide }), ...targetNames(edges, model, { colours, k })],
      },
      label: spoken(model),
    };
  }

  function lastPoint(last, { status, isStale, decimals }, { colours, k }) {
    const symbol = isStale ? "circle-open-dot" : STATUS_SYMBOL[status] || "circle";
    const colour = isStale ? colours["ink-3"] : STATUS_SYMBOL[status] ? colours[status] : colours.ink;
    return {
      type: "scatter",
      mode: "markers+text",
      x: [last.x],
      y: [last.value],
      text: [scopc.dom.fixed(last.value, decimals)],
      textposition: "top center",
      textfont: { size: 17 * k, color: colours.ink, weight: 600 },
      marker: { symbol, size: (STATUS_SYMBOL[status] ? 13 : 8) * k, color: colour },
      cliponaxis: false,
      hoverinfo: "skip",
    };
  }

  function targetShapes(edges, colours, k) {
    if (edges.length === 2) return [{ type: "rect", xref: "paper", x0: 0, x1: 1, y0: edges[0], y1: edges[1], fillcolor: colours.band, line: { width: 0 }, layer: "below" }];
    return edges.map((edge) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: edge, y1: edge, line: { color: colours["ink-2"], width: 1.25 * k, dash: "dash" }, layer: "below" }));
  }

  /** What the dashed line or the strip is, at its left end, above it. */
  function targetNames(edges, { targetText }, { colours, k }) {
    if (edges.length === 0) return [];
    return [{ xref: "paper", x: 0.005, xanchor: "left", y: edges[edges.length - 1], yanchor: "bottom", showarrow: false, text: targetText, font: { size: 13 * k, color: colours["ink-2"] } }];
  }

  /** Whether a cycle has too many intervals for a dash on each. */
  const isFine = ({ cycle, grain }) => LENGTH[cycle] / SLOT[grain] > DASHES_MOST;

  /** A course's name as it stands at its end; of columns with a sample of its mark. */
  function wordsOf(one, model) {
    const mark = one.back === 0 ? "•" : isFine(model) ? "—" : "–";
    return [...(model.form === "columns" ? [mark] : []), nameOf(one, model.cycle)].join(" ");
  }

  /** Px that names need at the right of a plot; marks above and below a letter take no room. */
  function roomOf(names, isWide) {
    const signs = Math.max(0, ...names.map((words) => words.replace(/\p{M}/gu, "").length));
    return Math.max(NAME.leastPx, (isWide ? NAME.gapPx + 8 : NAME.gapPx) + NAME.signPx * signs);
  }

  /** Each course is named at its end. */
  function names(model, range, { colours, k, height, margin, isWide }) {
    const { cycles, cycle, form } = model;
    const inner = height - margin.t - margin.b;
    const isNamed = (one, i) => one.points.length > 0 && !(form === "lines" && i === 0 && one.points[one.points.length - 1].x < 0.93 * LENGTH[cycle]);
    const wanted = cycles.filter(isNamed).map((one) => {
      const last = one.points[one.points.length - 1];
      return { one, at: (1 - (last.value - range[0]) / (range[1] - range[0])) * inner, from: 0, to: inner };
    });
    const places = scopc.chartModel.placeLabels(wanted, 17 * k);
    return wanted.flatMap(({ one }, i) => {
      if (places[i] === null) return [];
      const isCurrent = one.back === 0;
      const text = wordsOf(one, model);
      return [{ xref: "paper", x: 1, xshift: (isWide ? NAME.gapPx : NAME.gapPx / 2) * k, xanchor: "left", yref: "paper", y: 1 - places[i] / inner, yanchor: "middle", showarrow: false, align: "left", text, font: { size: 13 * k, color: isCurrent ? colours.ink : colours["ink-2"] } }];
    });
  }

  /** What the last whole interval was, and how it stands against the same one of the other courses. */
  function comparison(cycles, { cycle, now, unit, decimals }) {
    const { text } = scopc.page;
    const found = scopc.chartCycles.compare(cycles, cycle, now);
    if (found === null) return "";
    const { last, others } = found;
    const told = others.map(({ back, value }) => {
      const name = nameOf(cycles.find((one) => one.back === back), cycle);
      const change = scopc.statisticsText.change({ value: last.value, yearAgo: value, unit }, text);
      return text("cycle.then", { name, value: scopc.dom.fixed(value, decimals), change });
    });
    if (told.length === 0) return "";
    const hour = Math.floor(last.x);
    const span = `${hourText(hour)}–${hourText(hour + 1)}`;
    return [...(cycle === "day" ? [text("cycle.hour", { span, value: scopc.dom.fixed(last.value, decimals) })] : []), ...told].join(" · ");
  }

  /** The chart in words, for those who do not see it. */
  function spoken({ name, unit, decimals, cycles, cycle }) {
    const { text } = scopc.page;
    const told = cycles.filter(({ points }) => points.length > 0).map((one) => {
      const last = one.points[one.points.length - 1];
      return text("cycle.spoken", { name: nameOf(one, cycle), value: scopc.dom.fixed(last.value, decimals), unit });
    });
    return [name, ...told].join(". ");
  }

  // ---- the island ----

  /** What is asked: address of the series, its names, and whether anybody can be asked. */
  function subjectOf({ key, domain, property }) {
    const { observations, indicators } = scopc;
    if (key) {
      const item = indicators.item(key);
      return item && { item, name: item.name, evidence: `indicator:${key}`, source: [item.agency], base: `/api/v1/indicators/${encodeURIComponent(key)}/series?` };
    }
    const item = observations.best(observations.picture(domain), property);
    if (item === null) return null;
    const asked = new URLSearchParams({ feature_id: item.featureId, property, feed_id: item.feedId });
    return { item: { ...item, target: null }, name: item.propertyName, evidence: item.evidence, source: [item.name, scopc.value.classText(item.klass)], base: `/api/v1/observations/series?${asked}&` };
  }

  function mount(element) {
    const { el, setText, setAttribute } = scopc.dom;
    const { text } = scopc.page;
    const { cycle, grain, form = "lines", target: withTarget } = element.dataset;
    const { zone } = scopc.clock.pageOptions();
    let items = null;
    let subject = null;
    let cut = null;
    let address = null;

    const rowsOf = () => {
      if (cut === null) return null;
      const all = cut.cycles.flatMap((one) => one.points.map((point) => ({ ...point, name: nameOf(one, cycle) })));
      const rows = all.filter(({ startMs }) => startMs !== null).sort((a, b) => b.startMs - a.startMs);
      const { item } = subject;
      return {
        heads: [text("evidence.time"), `${item.propertyName || item.name} (${item.unit})`, text("cycle.period")],
        rows: rows.map(({ startMs, value, name }) => [scopc.evidenceTime.text(startMs), scopc.dom.fixed(value, item.decimals), name]),
        csv: `${address}&format=csv`,
      };
    };
    const frame = scopc.charts.frame(element, { rowsOf });
    const value = scopc.value.create();
    const age = scopc.value.age();
    const than = el("span", { class: "compare__than" });
    const button = el("button", { type: "button", class: "compare" }, value.root, age.root, than);
    const source = el("span", {});
    frame.foot.append(button);
    frame.caption.append(source);

    function addressAt() {
      subject = subjectOf(element.dataset);
      if (subject === null) return null;
      const { asked, mean } = plan(element.dataset);
      // Of a year one more is asked, for the newest figure may be of the year before.
      const back = Math.max(...asked) + (cycle === "day" ? 0 : 1);
      const from = new Date(scopc.chartCycles.startOf(scopc.freshness.clock.now(), cycle, back, zone)).toISOString();
      address = `${subject.base}grain=${grain}&from=${encodeURIComponent(from)}`;
      return mean >= 0 ? address : null;
    }

    const show = scopc.islands.guarded(element, () => {
      subject = subjectOf(element.dataset);
      if (subject === null || items === null) {
        cut = null;
        setAttribute(button, "hidden", "");
        setAttribute(element, "data-chart", subject === null ? "empty" : "waiting");
        setText(source, subject === null ? text("no.data") : "");
        return;
      }
      const { item } = subject;
      const now = scopc.freshness.clock.now();
      cut = shown(items, { cycle, grain, zone, now, data: element.dataset });
      const isEmpty = cut.cycles.every(({ points }) => points.length === 0);
      setAttribute(element, "data-chart", isEmpty ? "empty" : "drawn");
      setAttribute(button, "hidden", null);
      setAttribute(button, "data-evidence", subject.evidence);
      value.write(item);
      age.write(item);
      setText(than, comparison(cut.cycles, { cycle, now, unit: item.unit, decimals: item.decimals }));
      setText(source, subject.source.filter(Boolean).join(" · "));
      if (isEmpty) return;
      const target = withTarget ? item.target : null;
      const model = {
        cycles: cut.cycles,
        cycle,
        form,
        grain,
        name: subject.name,
        unit: item.unit,
        decimals: item.decimals,
        status: item.status,
        isStale: item.state === "stale",
        target,
        targetText: target && text(item.proposed ? "indicator.limit_proposed" : "indicator.limit", { limit: scopc.indicators.limitText({ limit: target, decimals: item.decimals }) }),
      };
      const key = JSON.stringify([model.status, model.isStale, cut.cycles.map(({ back, points }) => [back, points.map(({ x, value: one }) => [x, one])])]);
      frame.draw(key, (paper) => figure(model, paper));
    });

    const stopPolling = scopc.poll(element, {
      address: addressAt,
      everyS: REFRESH_S[cycle],
      onAnswer: (answer) => {
        if (answer !== null) items = answer.items;
        show();
      },
    });
    const { key, domain } = element.dataset;
    const stopWatching = key ? scopc.indicators.watch(element, [scopc.indicators.item(key).domain], show) : scopc.observations.subscribe(domain, show);
    return () => {
      stopPolling();
      stopWatching();
      frame.stop();
    };
  }

  scopc.mounts["chart-cycle"] = mount;

  return { plan, meanOf, shown, edgesOf, comparison, figure, nameOf };
})();
