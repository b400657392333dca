/**
 * The frame that every chart stands in: Plotly, its template out of the tokens, its words, and the table of exact figures.
 *
 *   const frame = scopc.charts.frame(element, {rowsOf: () => ({heads, rows, csv})})
 *   frame.draw(key, ({theme, width, height}) => ({data, layout, label}))   drawn again only when `key`, the size or the theme has changed
 *   frame.clear()   there is nothing to draw any more
 *   frame.area, frame.caption, frame.foot    where a chart puts what is no plot: the last value, the unit, a row under the axis
 *   frame.stop()
 *
 * Plotly (1.2 MB on the wire) is asked for when the first chart has something to draw, so a page without one never loads it.
 * Without it the table still tells everything.
 */
window.scopc = window.scopc || {};
scopc.charts = (() => {
  "use strict";

  const RETRY_MS = 8000;
  const COLOURS = ["ink", "ink-2", "ink-3", "line", "line-2", "surface", "bg", "band", "hatch", "normal", "watch", "warning", "critical", "water", "water-edge", "watch-edge", "warning-edge", "critical-edge", "ref"];
  const CONFIG = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: false, showAxisDragHandles: false, showTips: false };
  const ROWS_MOST = 400;

  // ---- Plotly, when it is needed ----

  let loading = null;

  function loadOnce() {
    return new Promise((resolve, reject) => {
      const script = scopc.dom.el("script", { src: scopc.page.config().plotly_url });
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => {
        script.remove();
        reject(new Error("no chart library"));
      };
      window.document.head.append(script);
    });
  }

  const pause = (ms) => new Promise((resolve) => window.setTimeout(resolve, ms));

  async function loadAgain() {
    for (;;) {
      try {
        const plotly = await loadOnce();
        const lang = scopc.page.lang();
        plotly.register(localeOf(lang));
        return plotly;
      } catch (error) {
        if (error.message !== "no chart library") throw error;
        await pause(RETRY_MS * (0.75 + 0.5 * Math.random()));
      }
    }
  }

  /** @returns {Promise<object>} Plotly with our locale; asks again until it has it */
  function load() {
    loading = loading || loadAgain();
    return loading;
  }

  /**
   * Names of days and months as the rest of the page writes them; years on axes are those of the Gregorian calendar.
   * @param {"th"|"en"} lang
   */
  function localeOf(lang) {
    const tag = lang === "th" ? "th-TH-u-ca-gregory-nu-latn" : "en-GB";
    const name = (options, ms) => new Intl.DateTimeFormat(tag, { timeZone: "UTC", ...options }).format(ms);
    const days = [4, 5, 6, 7, 8, 9, 10].map((day) => Date.UTC(1970, 0, day)); // 4 January 1970 was a Sunday
    const months = Array.from({ length: 12 }, (_, month) => Date.UTC(1970, month, 1));
    // Browsers write short Thai weekdays in full; the narrow ones with a full stop are what calendars print.
    const shortDay = (ms) => (lang === "th" ? `${name({ weekday: "narrow" }, ms)}.` : name({ weekday: "short" }, ms));
    return {
      moduleType: "locale",
      name: lang,
      dictionary: {},
      format: {
        days: days.map((ms) => name({ weekday: "long" }, ms)),
        shortDays: days.map(shortDay),
        months: months.map((ms) => name({ month: "long" }, ms)),
        shortMonths: months.map((ms) => name({ month: "short" }, ms)),
        periods: ["AM", "PM"],
        dateTime: "%-d %b %Y %H:%M",
        date: "%-d/%-m/%Y",
        time: "%H:%M",
        decimal: ".",
        thousands: ",",
        grouping: [3],
        currency: ["", ""],
      },
    };
  }

  // ---- the look ----

  /** Colours and type of a chart, read from the style sheet's custom properties; `key` differs whenever a drawing would. */
  function themeOf(element) {
    const { property, font } = scopc.theme.read(element);
    const colours = Object.fromEntries(COLOURS.map((name) => [name, property(name)]));
    const theme = { colours, k: Number(property("k")) || 1, font };
    return { ...theme, key: JSON.stringify(theme) };
  }

  /** The project's template (design language, section 7), with what this chart adds. */
  function layoutOf({ colours, k, font }, { width, height, margin, xaxis = {}, yaxis = {}, ...more }) {
    const tickfont = { size: 13 * k, color: colours["ink-3"] };
    return {
      width,
      height,
      autosize: false,
      font: { family: font, size: 14 * k, color: colours.ink },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorway: [colours.ink, colours["ink-3"], colours["line-2"]],
      margin: { pad: 0, ...margin },
      showlegend: false,
      hovermode: "x",
      dragmode: false,
      uirevision: "keep",
      transition: { duration: 0 },
      hoverlabel: { bgcolor: colours.surface, bordercolor: colours["line-2"], font: { family: font, size: 14 * k, color: colours.ink }, align: "left" },
      xaxis: { showgrid: true, gridcolor: colours.line, gridwidth: 1, zeroline: false, ticks: "", tickfont, showline: false, fixedrange: true, ...xaxis },
      yaxis: { showgrid: false, zeroline: false, ticks: "", ticklabelstandoff: 6 * k, tickfont, fixedrange: true, ...yaxis },
      ...more,
    };
  }

  // ---- the table ----

  /** The exact figures, filled when it is opened. @param {() => {heads: string[], rows: (string|Node)[][], csv: string|null}|null} rowsOf */
  function tableOf(rowsOf) {
    const { el } = scopc.dom;
    const { text } = scopc.page;
    const holder = el("div", { class: "chart__rows", tabindex: "0", role: "region", "aria-label": text("chart.table") });
    const root = el("details", { class: "chart__table" }, el("summary", {}, text("chart.table")), holder);
    const fill = () => {
      if (!root.open) return;
      const told = rowsOf();
      if (told === null) {
        holder.replaceChildren(el("p", { class: "missing" }, text("no.data")));
        return;
      }
      const { heads, rows, csv } = told;
      const cell = (tag, value, i) => el(tag, { ...(i > 0 ? { class: "num" } : {}), ...(tag === "th" ? { scope: "col" } : {}) }, value);
      const line = (row) => el("tr", {}, ...row.map((value, i) => cell("td", value, i)));
      const table = el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head, i) => cell("th", head, i)))), el("tbody", {}, ...rows.slice(0, ROWS_MOST).map(line)));
      const more = rows.length > ROWS_MOST ? [el("p", { class: "quiet" }, text("chart.rows_left", { n: rows.length - ROWS_MOST }))] : [];
      const link = csv ? [el("p", {}, el("a", { href: csv, download: "" }, text("evidence.csv")))] : [];
      holder.replaceChildren(...link, table, ...more);
    };
    root.addEventListener("toggle", fill);
    return { root, fill };
  }

  // ---- the frame ----

  function frame(element, { rowsOf }) {
    const { el, setAttribute } = scopc.dom;
    const plot = el("div", { class: "chart__plot", role: "img", "data-empty": scopc.page.text("chart.loading") });
    const area = el("div", { class: "chart__area" }, plot);
    const caption = el("p", { class: "chart__caption" });
    const foot = el("div", { class: "chart__foot" });
    const table = tableOf(rowsOf);
    element.replaceChildren(area, foot, caption, table.root);
    let wanted = null; // the last model that was asked for
    let drawn = null;
    let plotly = null;
    let isStopped = false;

    function redraw() {
      const width = area.clientWidth;
      const height = area.clientHeight;
      if (wanted === null || plotly === null || isStopped || width === 0 || height === 0) return;
      const theme = themeOf(element);
      const key = [wanted.key, width, height, theme.key].join("|");
      if (key === drawn) return;
      drawn = key;
      const { data, layout, label } = wanted.make({ theme, width, height });
      setAttribute(plot, "aria-label", label);
      plotly.react(plot, data, layoutOf(theme, { width, height, ...layout }), { ...CONFIG, locale: scopc.page.lang() });
    }

    /** Draw again if anything has changed. @param {string} key differs whenever the drawing would */
    function draw(key, make) {
      const isNew = wanted === null || wanted.key !== key;
      wanted = { key, make };
      if (isNew) table.fill();
      if (plotly !== null) redraw();
      else {
        load().then((library) => {
          plotly = library;
          redraw();
        });
      }
    }

    /** Nothing is known any more: what was drawn goes, and what was to be drawn once the library is here. */
    function clear() {
      const isNew = wanted !== null;
      wanted = null;
      drawn = null;
      if (plotly !== null && isNew) plotly.purge(plot);
      if (isNew) table.fill();
    }

    const guarded = scopc.islands.guarded(element, redraw);
    const observer = new window.ResizeObserver(guarded);
    observer.observe(area);
    const stopWatching = scopc.theme.onChange(guarded);
    const stop = () => {
      isStopped = true;
      observer.disconnect();
      stopWatching();
      if (plotly !== null) plotly.purge(plot);
    };
    return { area, plot, caption, foot, draw, clear, fill: table.fill, stop };
  }

  /** The scale that an indicator or an observed property is judged by, or null. */
  const scaleOf = ({ scale }) => (scopc.page.config().scales || {})[scale] || null;

  /** Words in at most two lines of about `most` signs, broken between words: Thai has no spaces to break at. */
  function folded(words, most, lang) {
    if (words.length <= most) return words;
    const parts = [...new Intl.Segmenter(lang, { granularity: "word" }).segment(words)].map(({ segment }) => segment);
    const half = words.length / 2;
    let length = 0;
    const at = parts.findIndex((part) => {
      length += part.length;
      return length >= half;
    });
    return `${parts.slice(0, at + 1).join("").trim()}<br>${parts.slice(at + 1).join("").trim()}`;
  }

  return { frame, load, themeOf, layoutOf, localeOf, scaleOf, folded };
})();
