/**
 * Island `chart-series`: the course of an indicator or of an observed property.
 *
 *   data-key="ENV-01"                    an indicator of the catalogue, or
 *   data-property="air_temperature"      the most trustworthy series of a property; data-feature, data-feed narrow it
 *   data-domain="environment"            whose observations are meant (the page's own unless told)
 *   data-grain="hour" data-back="7"      length of the intervals and days back; raw, hour, day, week or month
 *   data-statistic="max"                 of observations: what stands for an interval (mean unless told)
 *   data-compare="week year" | "none"    the same course a week and a year (364 days, so that weekdays meet) before
 *   data-look="bars"                     sums of intervals, from zero
 *   data-range="fit"                     of what has a limit but no bands: a range that data and limit fill
 *
 * Bands are grey strips named at the right edge; the one limit is dashed; the last point carries the status with its value, a
 * button that opens the evidence. A hole stays a hole. Without hours of history the last value alone is shown.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.chartSeries = (() => {
  "use strict";

  const { DAY_MS, HOUR_MS, STEP_MS } = scopc.chartModel;
  const BACK_DAYS = { raw: 1, hour: 7, day: 90, week: 371, month: 1096 };
  const REFRESH_S = { raw: 60, hour: 120, day: 600, week: 1800, month: 1800 };
  const SHIFT_MS = { week: 7 * DAY_MS, year: 364 * DAY_MS };
  const COMPARED_TO = [
    { uptoDays: 16, names: ["week", "year"] },
    { uptoDays: 250, names: ["year"] },
  ];
  const NARROW_PX = 520;
  const HOLES_NAMED = 3;
  const HOLE_LABEL_PX = 60; // a hole narrower than its words is not named
  const ROW_PX = 18;
  const TICK_PX = 62; // a tick's words and air
  const NAME_SIGNS = 16;

  // ---- pure ----

  /** Which earlier courses are drawn. */
  function comparisonsOf(told, days) {
    if (told !== undefined) return told.split(" ").filter((name) => name in SHIFT_MS);
    const found = COMPARED_TO.find(({ uptoDays }) => days <= uptoDays);
    return found ? found.names : [];
  }

  /** The span that is asked for, rounded so that the address stays the same for an interval. */
  function spanOf(now, grain, days) {
    const step = Math.max(HOUR_MS, Math.min(STEP_MS[grain], DAY_MS));
    const toMs = Math.ceil((now + 1) / step) * step;
    return { fromMs: toMs - days * DAY_MS - step, toMs };
  }

  /** Points of an answer of the API, moved forward by `shiftMs`. */
  const pointsOf = (answer, shiftMs = 0) =>
    answer.items.map((one) => ({ ms: Date.parse(one.start) + shiftMs, value: one.value, status: one.status ?? null, completeness: one.completeness ?? null }));

  /** The course with what is known now at its end, if it is of the span: hours end with the last value, days with the day so far. */
  function withLast(points, item, grain, fromMs = -Infinity) {
    const isFine = grain === "raw" || grain === "hour";
    const last = points[points.length - 1];
    if (!isFine || item === null || item.value === null || item.observedMs === null || item.observedMs < fromMs) return points;
    return last && last.ms >= item.observedMs ? points : [...points, { ms: item.observedMs, value: item.value, status: item.status, completeness: null }];
  }

  /** Limits of a scale in rising order. */
  const edgesOf = (bands) => (bands === null ? [] : bands.map(({ upto }) => upto).filter((edge) => edge !== null));

  /** Strips of the bands within a range: {low, high, name, index}. */
  function stripsOf(bands, [low, high]) {
    if (bands === null) return [];
    const strips = bands.map(({ upto, name }, index) => ({ low: index === 0 ? -Infinity : bands[index - 1].upto, high: upto ?? Infinity, name, index }));
    return strips.map((one) => ({ ...one, low: Math.max(one.low, low), high: Math.min(one.high, high) })).filter((one) => one.high > one.low);
  }

  // ---- what is drawn ----

  function shapesOf({ strips, limits, colours }) {
    const across = { xref: "paper", x0: 0, x1: 1, yref: "y", layer: "below" };
    const grey = strips.filter(({ index }) => index % 2 === 1).map(({ low, high }) => ({ ...across, type: "rect", y0: low, y1: high, fillcolor: colours.band, line: { width: 0 } }));
    const dashed = limits.map((limit) => ({ ...across, type: "line", y0: limit, y1: limit, line: { color: colours.ref, width: 1, dash: "5px,4px" } }));
    return [...grey, ...dashed];
  }

  /** Thin dashed bridges over the holes, one trace for all. */
  function bridgesOf(holes, timeOf, { colours, k }) {
    const x = holes.flatMap(({ fromMs, toMs }) => [timeOf(fromMs), timeOf(toMs), null]);
    const y = holes.flatMap(({ low, high }) => [low, high, null]);
    return { type: "scatter", mode: "lines", x, y, line: { color: colours["ink-3"], width: k, dash: "2px,3px" }, hoverinfo: "skip", connectgaps: false };
  }

  /** The longest holes, in words at their middle. */
  function holeLabels(holes, { timeOf, spanMs, plotWidth, text, colours, k }) {
    const isWide = ({ fromMs, toMs }) => ((toMs - fromMs) / spanMs) * plotWidth >= HOLE_LABEL_PX * k;
    const named = [...holes].sort((a, b) => b.missingMs - a.missingMs).slice(0, HOLES_NAMED).filter(isWide);
    return named.map(({ fromMs, toMs, missingMs, low, high }) => ({
      x: timeOf((fromMs + toMs) / 2),
      y: Math.min(low, high),
      yshift: -14 * k,
      text: text("chart.missing", { age: scopc.freshness.ageText(missingMs) }),
      showarrow: false,
      font: { size: 13 * k, color: colours["ink-3"] },
    }));
  }

  function lineOf(points, { timeOf, colour, width, dash, words, look, stepMs }) {
    const known = look === "bars" ? points : scopc.chartModel.withHoles(points, stepMs);
    const x = known.map(({ ms }) => timeOf(ms));
    const y = known.map(({ value }) => value);
    const hover = { text: known.map(words), hovertemplate: "%{text}<extra></extra>" };
    if (look === "bars") return { type: "bar", x, y, marker: { color: colour, line: { width: 0 } }, ...hover };
    return { type: "scatter", mode: "lines", x, y, line: { width, color: colour, dash }, connectgaps: false, ...hover };
  }

  /**
   * Everything that Plotly draws.
   * @param {object} model {entry, scale, points, compared: [{name, points}], fromMs, toMs, stepMs, look, label, words}
   */
  function figure(model, { theme, width, height }) {
    const { chartModel, page } = scopc;
    const { colours, k } = theme;
    const { entry, points, compared, fromMs, toMs, look, stepMs } = model;
    const isNarrow = width < NARROW_PX * k;
    const margin = { l: 44 * k, r: (isNarrow ? 76 : 128) * k, t: 8 * k, b: 28 * k };
    const plotWidth = width - margin.l - margin.r;
    const plotHeight = height - margin.t - margin.b;
    const timeOf = chartModel.localTime(scopc.clock.pageOptions().zone);
    const bands = model.scale === null ? null : model.scale.bands;
    const edges = edgesOf(bands);
    const limits = (entry.target || entry.limit || []).slice(1); // what is aimed at goes before where "normal" ends
    const values = [points, ...compared.map((one) => one.points)].flat().map(({ value }) => value);
    const marks = [...new Set([...edges, ...limits])].sort((a, b) => a - b);
    // Bands tell how much is much; with a target alone the range is that of the course and its target.
    const isBanded = edges.length > 0 || look === "bars";
    const range = isBanded ? chartModel.rangeOf(values, marks, { isZeroBased: look === "bars", least: limits }) : chartModel.rangeOf([...values, ...limits], []);
    const yOf = (value) => plotHeight * (1 - (value - range[0]) / (range[1] - range[0]));
    const strips = stripsOf(bands, range);
    const aim = limits.length === 2 ? [{ low: limits[0], high: limits[1], index: 1 }] : []; // between two limits: a strip
    const holes = look === "bars" ? [] : chartModel.holesOf(points, stepMs);
    const ticks = chartModel.ticksOf(range, marks, (16 * k * (range[1] - range[0])) / plotHeight, { hasRound: edges.length === 0 });
    const common = { timeOf, stepMs, look };
    const earlier = compared.map(({ name, points: past }, i) => {
      const word = page.text(`chart.last_${name}`);
      const words = (point) => `${word} ${model.words(point, false)}`;
      return lineOf(past, { ...common, look: "line", colour: colours["ink-3"], width: 1.25 * k, dash: i === 0 ? "solid" : "1px,3px", words });
    });
    const now = lineOf(points, { ...common, colour: look === "bars" ? colours["ink-2"] : colours.ink, width: 1.75 * k, words: (point) => model.words(point, true) });
    const labels = sideLabels({ model, strips, yOf, isNarrow, k });
    const last = points[points.length - 1];
    const annotations = [
      ...labels.map(({ y, words, isStrong }) => ({
        xref: "paper",
        yref: "paper",
        x: 1,
        xanchor: "left",
        xshift: 6 * k,
        y: 1 - y / plotHeight,
        yanchor: "middle",
        text: words,
        align: "left",
        showarrow: false,
        font: { size: 13 * k, color: isStrong ? colours["ink-2"] : colours["ink-3"] },
      })),
      ...holeLabels(holes, { timeOf, spanMs: toMs - fromMs, plotWidth, text: page.text, colours, k }),
    ];
    const axis = inEra(chartModel.axisOf(toMs - fromMs, Math.max(2, plotWidth / (TICK_PX * k))), { fromMs, toMs, timeOf });
    return {
      data: [bridgesOf(holes, timeOf, theme), ...earlier, now],
      layout: {
        margin,
        bargap: 0.15,
        xaxis: { type: "date", range: [timeOf(fromMs), timeOf(toMs)], ticklabelposition: "outside right", ...axis },
        yaxis: { range, tickvals: ticks, tickformat: ",~f" },
        shapes: shapesOf({ strips: [...strips, ...aim], limits, colours }),
        annotations,
      },
      label: model.label,
      last: { left: margin.l + (plotWidth * (last.ms - fromMs)) / (toMs - fromMs), top: margin.t + Math.min(Math.max(yOf(last.value), 0), plotHeight) },
    };
  }

  /** Ticks of years as the page counts them: the chart library knows no Buddhist Era. */
  function inEra(axis, { fromMs, toMs, timeOf }) {
    if (axis.tickformat !== "%Y") return axis;
    const [first, last] = [fromMs, toMs].map((ms) => Number(timeOf(ms).slice(0, 4)));
    const years = Array.from({ length: last - first }, (_, i) => first + 1 + i);
    return { tickvals: years.map((year) => `${year}-01-01`), ticktext: years.map((year) => scopc.chartCycles.yearText(year, scopc.clock.pageOptions())), tickangle: 0 };
  }

  /** Names at the right edge: the value has its place, then earlier courses, then bands. */
  function sideLabels({ model, strips, yOf, isNarrow, k }) {
    const { page, charts, chartModel } = scopc;
    const last = model.points[model.points.length - 1];
    const lastOf = (points) => points.filter(({ ms }) => ms <= model.toMs).at(-1);
    const own = last ? [{ at: yOf(last.value), rows: 1.5, words: null }] : [];
    const earlier = model.compared.filter(({ points }) => lastOf(points) !== undefined).map(({ name, points }) => {
      const at = yOf(lastOf(points).value);
      return { at, from: at - 40 * k, to: at + 40 * k, words: page.text(`chart.last_${name}`), isStrong: true };
    });
    const named = isNarrow ? [] : strips.map(({ low, high, name }) => {
      const words = charts.folded(name, NAME_SIGNS, page.lang());
      const rows = words.includes("<br>") ? 2 : 1;
      const half = (rows * ROW_PX * k) / 2;
      return { at: (yOf(low) + yOf(high)) / 2, from: yOf(high) + half, to: yOf(low) - half, rows, words, isStrong: false, room: yOf(low) - yOf(high) };
    });
    const wanted = [...own, ...earlier, ...named.filter(({ room, rows }) => room >= rows * ROW_PX * k * 0.8)];
    const places = chartModel.placeLabels(wanted, ROW_PX * k);
    return wanted.map((one, i) => ({ ...one, y: places[i] })).filter(({ words, y }) => words !== null && y !== null);
  }

  // ---- the island ----

  /** What is drawn, when it is known: {entry, item, address(from, to), csv(from, to)} or null. */
  function indicatorSource(key, grain) {
    const entry = (scopc.page.config().catalogue || []).find((one) => one.key === key);
    const base = `/api/v1/indicators/${encodeURIComponent(key)}/series?grain=${grain}`;
    const read = () => ({ entry, item: scopc.indicators.item(key), base, evidence: `indicator:${key}`, source: [entry.agency] });
    return {
      watch: (element, draw) => scopc.indicators.watch(element, entry ? [entry.domain] : [], draw),
      read: entry ? read : () => null, // another city's pack may not have it
      pointOf: (point) => point,
    };
  }

  /** The series of a property: the one that is named, else the most trustworthy of those that are told. */
  function observationSource({ property, feature, feed, domain, statistic = "mean" }, grain) {
    const own = domain || window.document.documentElement.dataset.page;
    const isWanted = (one) => one.property === property && (!feature || one.featureId === feature) && (!feed || one.feedId === feed);
    let chosen = null; // kept while it is told of, so that the chart does not jump from station to station
    const read = () => {
      const { items } = scopc.observations.picture(own);
      const found = items.filter(isWanted);
      const kept = chosen && found.find((one) => one.featureId === chosen.featureId && one.feedId === chosen.feedId && one.state !== "stale");
      chosen = kept || scopc.observations.mostTrusted(found);
      if (chosen === null) return null;
      const at = (name, value) => `${name}=${encodeURIComponent(value)}`;
      const [, evidenceOf] = chosen.evidence.split("|");
      const series = [at("feature_id", chosen.featureId), at("property", evidenceOf), at("feed_id", chosen.feedId), at("statistic", statistic)].join("&");
      const entry = { name: chosen.propertyName, unit: chosen.unit, decimals: chosen.decimals, limit: null, target: null, scale: chosen.scale };
      const source = [chosen.propertyName, chosen.name, scopc.value.classText(chosen.klass)];
      return { entry, item: chosen, base: `/api/v1/observations/series?grain=${grain}&${series}`, evidence: chosen.evidence, source };
    };
    const pointOf = (point) => (chosen === null || chosen.bankM === null ? point : { ...point, value: chosen.bankM - point.value });
    return { watch: (element, draw) => scopc.observations.watch(element, own, draw), read, pointOf };
  }

  /** The last value with its shape, over the plot: a button that opens the evidence. */
  function lastMark() {
    const { el, setAttribute, shape } = scopc.dom;
    const mark = el("span", { class: "chart__shape" });
    const figureOf = scopc.value.create({ hasUnit: false });
    const root = el("button", { type: "button", class: "chart__last" }, mark, figureOf.root);
    let shown = null;
    const write = (item, evidence, name) => {
      const kind = item.status === "insufficient" ? "unknown" : item.status;
      if (shown !== kind) mark.replaceChildren(...(kind ? [shape(kind)] : []));
      shown = kind;
      figureOf.write(item);
      setAttribute(root, "data-evidence", evidence);
      const status = item.status ? scopc.page.text(`level.${item.status}`) : "";
      setAttribute(root, "aria-label", [name, figureOf.root.textContent, item.unit, status].filter(Boolean).join(" "));
    };
    return { root, write, figure: figureOf };
  }

  function mount(element) {
    const { el, setText, setAttribute } = scopc.dom;
    const { page, charts, clock } = scopc;
    const { grain = "hour", look = "line", compare } = element.dataset;
    const days = Number(element.dataset.back) || BACK_DAYS[grain];
    const source = element.dataset.key ? indicatorSource(element.dataset.key, grain) : observationSource(element.dataset, grain);
    const names = comparisonsOf(compare, days);
    const answers = new Map(); // "now" and the names of comparisons -> points
    const mark = lastMark();
    const age = scopc.value.age();
    const words = el("span", {});
    const frame = charts.frame(element, { rowsOf });
    frame.caption.append(words, age.root);
    let version = 0;

    const wordsOf = (entry) => {
      const { zone, lang, buddhistEra } = clock.pageOptions();
      const isFine = grain === "raw" || grain === "hour";
      return ({ ms, value }, hasDate) => {
        if (value === null) return "";
        const date = clock.dateText(ms, { zone, lang, buddhistEra });
        const time = isFine ? ` ${clock.timeText(ms, zone).slice(0, 5)}` : "";
        const number = `${scopc.dom.fixed(value, entry.decimals)} ${entry.unit}`;
        return hasDate ? `${date}${time}: ${number}` : number;
      };
    };

    function address(shiftMs) {
      const told = source.read();
      if (told === null) return null;
      const { fromMs, toMs } = spanOf(scopc.freshness.clock.now(), grain, days);
      const iso = (ms) => new Date(ms - shiftMs).toISOString();
      return `${told.base}&from=${encodeURIComponent(iso(fromMs))}&to=${encodeURIComponent(iso(toMs))}`;
    }

    function points() {
      const told = source.read();
      const { fromMs } = spanOf(scopc.freshness.clock.now(), grain, days);
      return told === null ? [] : withLast(answers.get("now") || [], told.item, grain, fromMs);
    }

    function rowsOf() {
      const told = source.read();
      const known = points();
      if (told === null || known.length === 0) return null;
      const { entry } = told;
      const { zone } = clock.pageOptions();
      const scale = charts.scaleOf(entry);
      const timeOf = scopc.chartModel.localTime(zone);
      const share = (value) => (value === null ? "–" : `${scopc.dom.number(100 * value, 0)} %`);
      const statusOf = ({ status, value }) => {
        if (status !== null) return page.text(`level.${status}`);
        return scale ? scale.bands[scopc.observations.bandOf(scale, value)].name : "–";
      };
      const heads = [page.text("evidence.time"), `${entry.name} (${entry.unit})`, page.text("chart.status"), page.text("chart.completeness")];
      const rows = [...known].reverse().map((one) => [timeOf(one.ms).slice(0, 16), scopc.dom.fixed(one.value, entry.decimals), statusOf(one), share(one.completeness)]);
      return { heads, rows, csv: `${address(0)}&format=csv` };
    }

    function draw() {
      const told = source.read();
      if (told === null || !answers.has("now")) {
        setAttribute(element, "data-chart", told === null ? "empty" : "waiting");
        setText(words, page.text(told === null ? "no.data" : "chart.loading"));
        mark.root.remove();
        return;
      }
      const { entry, item } = told;
      const known = points();
      const { fromMs, toMs } = spanOf(scopc.freshness.clock.now(), grain, days);
      const compared = names.filter((name) => (answers.get(name) || []).length > 1).map((name) => ({ name, points: answers.get(name) }));
      const last = known[known.length - 1] || null;
      const isFine = grain === "raw" || grain === "hour";
      const shown = last === null ? { ...item, value: null } : isFine ? item : { ...item, value: last.value, status: item.status === "unknown" ? "unknown" : last.status ?? item.status };
      setAttribute(element, "data-chart", known.length === 0 ? "empty" : "drawn");
      setText(words, [...told.source, entry.unit].filter(Boolean).join(" · "));
      age.write(item);
      mark.write(shown, told.evidence, entry.name);
      if (last === null) {
        frame.clear();
        mark.root.remove();
        return;
      }
      const label = page.text("chart.aria", { name: entry.name, value: mark.figure.root.textContent, unit: entry.unit });
      const model = { entry, scale: charts.scaleOf(entry), points: known, compared, fromMs, toMs, stepMs: STEP_MS[grain], look, label, words: wordsOf(entry), isFit: element.dataset.range === "fit" };
      const key = [version, known.length, last.ms, last.value, fromMs].join("|");
      frame.draw(key, (room) => {
        const made = figure(model, room);
        mark.root.style.inset = `${made.last.top}px auto auto ${made.last.left}px`;
        if (!mark.root.isConnected) frame.area.append(mark.root);
        return made;
      });
    }

    const guarded = scopc.islands.guarded(element, draw);
    const onAnswer = (name, shiftMs) => (answer) => {
      if (answer === null) return; // the hour has turned: the last course stands until the next one is here
      answers.set(name, pointsOf(answer, shiftMs).map(source.pointOf));
      version += 1;
      guarded();
      frame.fill();
    };
    const everyS = REFRESH_S[grain];
    const polls = [["now", 0], ...names.map((name) => [name, SHIFT_MS[name]])].map(([name, shiftMs]) =>
      scopc.poll(element, { address: () => address(shiftMs), everyS: name === "now" ? everyS : 3600, onAnswer: onAnswer(name, shiftMs) }),
    );
    const unwatch = source.watch(element, draw);
    return () => {
      polls.forEach((stop) => stop());
      unwatch();
      frame.stop();
    };
  }

  scopc.mounts["chart-series"] = mount;

  return { comparisonsOf, spanOf, pointsOf, withLast, stripsOf, edgesOf, sideLabels };
})();
