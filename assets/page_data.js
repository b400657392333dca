/**
 * What the document says about itself: settings and words from the two data blocks that are never executed.
 *
 *   scopc.page.config()            -> the object of #scopc-config, {} where there is none
 *   scopc.page.lang()              -> "th" | "en"
 *   scopc.page.isWall()            -> whether this is a wall screen (html[data-wall])
 *   scopc.page.text(key, values)   -> the words of #scopc-texts with {placeholders} filled; the key itself when missing
 */
window.scopc = window.scopc || {};
scopc.page = (() => {
  "use strict";

  const blocks = new Map();

  /** Parsed JSON of a data block; read once, since the document never changes it. */
  function block(id) {
    if (!blocks.has(id)) {
      const element = window.document && window.document.getElementById(id);
      if (!element) return {};
      blocks.set(id, Object.freeze(JSON.parse(element.textContent)));
    }
    return blocks.get(id);
  }

  /**
   * Fill the {placeholders} of a text.
   * @param {string} template
   * @param {Object<string, string|number>} [values] a placeholder without a value stays visible
   */
  function fill(template, values = {}) {
    return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  /** @returns {object} settings of the page */
  const config = () => block("scopc-config");

  /** @returns {string} the words for `key` in the page's language */
  function text(key, values) {
    const words = block("scopc-texts")[key] ?? key;
    return values ? fill(words, values) : words;
  }

  /** @returns {"th"|"en"} the page's language */
  const lang = () => (config().lang === "en" ? "en" : "th");

  /** @returns {boolean} whether nobody sits in front of this page */
  const isWall = () => Boolean(window.document && "wall" in window.document.documentElement.dataset);

  return { config, text, lang, isWall, fill };
})();
