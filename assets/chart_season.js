/**
 * Island `chart-season`: the days of a season, one row a year, so that years can be compared.
 *
 *   data-key="ENV-01"          an indicator with bands and a target or limit
 *   data-from-month="11" data-months="7"   the season: November to May
 *   data-seasons="3"
 *
 * A day is a bar up to its value at the day's end; those over the limit stand out in ink, the limit is dashed. A day without a value
 * stays empty. Below stand the days of each season by the words of the bands, and the days that are missing.
 */
window.scopc = window.scopc || {};
scopc.mounts = scopc.mounts || {};
scopc.chartSeason = (() => {
  "use strict";

  const REFRESH_S = 1800;
  const BASE_YEAR = 2003; // all seasons are laid over that of 2003/04: the next year is a leap year
  const GAP = 0.22; // between rows, of a row's height

  // ---- pure ----

  const pad = (n) => String(n).padStart(2, "0");

  /** First day of a season and the first day after it, "YYYY-MM-DD". */
  function seasonSpan(year, { fromMonth, months }) {
    const end = fromMonth + months - 1;
    return [`${year}-${pad(fromMonth)}-01`, `${year + Math.floor(end / 12)}-${pad((end % 12) + 1)}-01`];
  }

  /** Year in which the season began that `day` lies in or that was the last before it. */
  function seasonYear(day, { fromMonth }) {
    const [year, month] = day.split("-").map(Number);
    return month >= fromMonth ? year : year - 1;
  }

  const dayCount = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86400e3);

  /** A day of a season that began in `year` as the same day of the season that all are laid over. */
  function laidOver(day, year) {
    const [own, month, date] = day.split("-").map(Number);
    return `${own - year + BASE_YEAR}-${pad(month)}-${pad(date)}`;
  }

  /**
   * Seasons, the last first.
   * @param {{day: string, value: number}[]} days local days
   * @param {string} today
   * @param {{fromMonth: number, months: number, seasons: number}} season
   * @param {{limit: number, bandOf: (value: number) => number, bands: object[]}} scale
   * @returns {{year: number, days: object[], counts: number[], over: number, missing: number}[]} `counts` by band
   */
  function seasonsOf(days, today, season, { limit, bandOf, bands }) {
    const last = seasonYear(today, season);
    return Array.from({ length: season.seasons }, (_, i) => {
      const year = last - i;
      const [from, to] = seasonSpan(year, season);
      const own = days.filter(({ day }) => day >= from && day < to).map((one) => ({ ...one, x: laidOver(one.day, year) }));
      const counts = bands.map((_band, band) => own.filter(({ value }) => bandOf(value) === band).length);
      const passed = dayCount(from, today < to ? today : to); // today has not ended
      const ended = own.filter(({ day }) => day < today).length;
      return { year, days: own, counts, over: own.filter(({ value }) => value > limit).length, missing: Math.max(0, passed - ended) };
    });
  }

  /** "2568/69" or "2025/26". */
  function seasonName(year, isBuddhist) {
    const shown = isBuddhist ? year + 543 : year;
    return `${shown}/${pad((shown + 1) % 100)}`;
  }

  // ---- what is drawn ----

  function figure({ seasons, season, limit, unit, decimals, isBuddhist, label }, { theme, width }) {
    const { colours, k } = theme;
    const { text } = scopc.page;
    const highest = Math.max(limit * 1.2, ...seasons.flatMap(({ days }) => days.map(({ value }) => value)));
    const top = highest * 1.04;
    const size = 1 / (seasons.length + (seasons.length - 1) * GAP);
    const [from, to] = seasonSpan(BASE_YEAR, season);
    const isNarrow = width < 520 * k;
    const layout = {
      margin: { l: 44 * k, r: (isNarrow ? 84 : 128) * k, t: 8 * k, b: 28 * k },
      hovermode: "closest",
      bargap: 0,
      xaxis: { type: "date", range: [from, to], dtick: isNarrow ? "M2" : "M1", tickformat: "%b", tickangle: 0, ticklabelposition: "outside right", anchor: `y${seasons.length === 1 ? "" : seasons.length}` },
      shapes: [],
      annotations: [],
    };
    const data = seasons.map(({ year, days, over, missing }, i) => {
      const axis = `y${i === 0 ? "" : i + 1}`;
      const high = 1 - i * size * (1 + GAP);
      layout[`yaxis${i === 0 ? "" : i + 1}`] = {
        domain: [Math.max(0, high - size), high],
        range: [0, top],
        tickvals: [0, limit],
        tickfont: { size: 13 * k, color: colours["ink-3"] },
        showgrid: false,
        zeroline: true,
        zerolinecolor: colours["line-2"],
        fixedrange: true,
      };
      layout.shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, yref: axis, y0: limit, y1: limit, line: { color: colours.ref, width: k, dash: "5px,4px" } });
      const said = days.length === 0 ? text("no.data") : text("season.over", { n: over });
      const lines = [`<b>${seasonName(year, isBuddhist)}</b>`, said, ...(days.length > 0 && missing > 0 && !isNarrow ? [text("season.missing", { n: missing })] : [])];
      layout.annotations.push({
        xref: "paper",
        x: 1,
        xanchor: "left",
        xshift: 8 * k,
        yref: "paper",
        y: high - size / 2,
        yanchor: "middle",
        align: "left",
        showarrow: false,
        text: lines.join("<br>"),
        font: { size: 13 * k, color: colours["ink-2"] },
      });
      return {
        type: "bar",
        x: days.map(({ x }) => x),
        y: days.map(({ value }) => value),
        yaxis: axis,
        marker: { color: days.map(({ value }) => (value > limit ? colours.ink : colours["line-2"])), line: { width: 0 } },
        text: days.map(({ day, value }) => `${dayText(day)}: ${scopc.dom.fixed(value, decimals)} ${unit}`),
        textposition: "none",
        hovertemplate: "%{text}<extra></extra>",
      };
    });
    return { data, layout, label };
  }

  /** A local day in the page's words: noon of it is the same day in every zone that keeps this calendar. */
  function dayText(day) {
    return scopc.clock.dateText(Date.parse(`${day}T12:00:00Z`), { ...scopc.clock.pageOptions(), zone: "UTC" });
  }

  // ---- the island ----

  scopc.mounts["chart-season"] = (element) => {
    const { page, charts, clock, dom } = scopc;
    const { key } = element.dataset;
    const entry = (page.config().catalogue || []).find((one) => one.key === key);
    const season = { fromMonth: Number(element.dataset.fromMonth), months: Number(element.dataset.months), seasons: Number(element.dataset.seasons) || 3 };
    const { zone, lang, buddhistEra } = clock.pageOptions();
    const isBuddhist = lang === "th" && buddhistEra;
    const scale = entry ? charts.scaleOf(entry) : null;
    const aim = entry ? entry.target || entry.limit : null;
    const isDrawable = scale !== null && aim !== null;
    const bandOf = (value) => scopc.observations.bandOf(scale, value);
    let seasons = null;
    const frame = charts.frame(element, { rowsOf });
    const words = dom.el("span", {});
    frame.caption.append(words);
    dom.setText(words, page.text(isDrawable ? "chart.loading" : "no.data"));

    const today = () => clock.dayText(scopc.freshness.clock.now(), zone);

    function address() {
      if (!isDrawable) return null;
      const [from] = seasonSpan(seasonYear(today(), season) - season.seasons + 1, season);
      return `/api/v1/indicators/${encodeURIComponent(key)}/series?grain=day&from=${encodeURIComponent(from + "T00:00:00Z")}`;
    }

    function rowsOf() {
      if (seasons === null) return null;
      const heads = [page.text("season.season"), ...scale.bands.map(({ name }) => name), page.text("season.days_missing")];
      const rows = seasons.map(({ year, counts, days, missing }) => [
        seasonName(year, isBuddhist),
        ...(days.length === 0 ? counts.map(() => "–") : counts.map(String)),
        String(missing),
      ]);
      return { heads, rows, csv: `${address()}&format=csv` };
    }

    const onAnswer = scopc.islands.guarded(element, (answer) => {
      if (answer === null) return;
      const [, limit] = aim;
      const days = answer.items.map((one) => ({ day: clock.dayText(Date.parse(one.start), zone), value: one.last ?? one.value }));
      seasons = seasonsOf(days, today(), season, { limit, bandOf, bands: scale.bands });
      dom.setText(words, [entry.unit, entry.agency, page.text("season.how", { limit: `${limit} ${entry.unit}` })].join(" · "));
      dom.setAttribute(element, "data-chart", days.length === 0 ? "empty" : "drawn");
      frame.fill();
      const model = { seasons, season, limit, unit: entry.unit, decimals: entry.decimals, isBuddhist, label: page.text("season.aria", { name: entry.name, n: seasons.length }) };
      frame.draw(JSON.stringify([today(), answer.items.length, answer.items.at(-1) || null]), (room) => figure(model, room));
    });
    const stop = scopc.poll(element, { address, everyS: REFRESH_S, onAnswer });
    return () => {
      stop();
      frame.stop();
    };
  };

  return { seasonSpan, seasonYear, seasonsOf, seasonName, laidOver };
})();
