/**
 * Observations as the pages see them: topics `observations.<domain>` (format: data_sources/views/observations.py), aged
 * and judged by our clock.
 *
 *   const stop = scopc.observations.watch(element, "environment", (picture, now) => ...)   at once, on news, as values age
 *   scopc.observations.subscribe("environment", fn) -> unsubscribe;  scopc.observations.picture("environment", now)
 *   picture  {features: [...], items: [...]}
 *   feature  {feature_id, kind, name: {th, en}, lat, lon, schematic, expected, max_level_m, scales}
 *   item     {featureId, name, kind, lat, lon, property, propertyName, unit, decimals, value, state, status, band, bands, scale,
 *             ageMs, observedMs, klass, feedId, evidence, bankM, synthetic}
 *   scopc.observations.rows(picture, {kinds, properties})   an item a feature: of the first property that has one, else a
 *                                                           missing one, so that what is silent is seen
 *   scopc.observations.best(picture, property)              measured before modelled, then the freshest; or null
 *
 * A lake's freeboard is its bank less its level; its evidence is that of the level. Unknown values are null, never 0.
 */
window.scopc = window.scopc || {};
scopc.observations = (() => {
  "use strict";

  const LEVEL = "lake_level";
  const FREEBOARD = "lake_freeboard";
  const AGE_EVERY_S = 5;
  const STATE_RANK = { fresh: 0, ageing: 1, stale: 2, missing: 3 };
  const CLASS_RANK = { observed: 0, synthetic: 0, modelled: 1, proposed: 2 };

  // ---- pure ----

  const nameOf = ({ name }, lang) => name[lang] || name.th || name.en;

  /** Index of the band that a value lies in. @param {{bands: {upto: number|null}[], upto_included: boolean}} scale */
  function bandOf(scale, value) {
    const isIn = ({ upto }) => upto === null || (scale.upto_included ? value <= upto : value < upto);
    return scale.bands.findIndex(isIn);
  }

  /** Status to show: what is too old is unknown; without a scale there is nothing to judge. */
  function statusOf(scale, band, state) {
    if (!scale) return null;
    return state === "stale" || band === null ? "unknown" : scale.bands[band].status;
  }

  function itemOf(feature, property, told, { now, lang, properties, scales }) {
    const spec = properties[property] || { name: property, unit: told === null ? "" : told.unit, decimals: 1 };
    const scaleId = told !== null && told.scale ? told.scale : feature.scales[property] || null;
    const scale = scales[scaleId] || null;
    const observedMs = told === null ? null : Date.parse(told.observed_at);
    const ageMs = observedMs === null ? null : Math.max(0, now - observedMs);
    const state = scopc.freshness.valueClass(ageMs, { freshS: told === null ? 0 : told.fresh_s, staleS: told === null ? 0 : told.stale_s });
    // One of another period than the scale is made for is not judged: the server leaves out its scale.
    const isJudged = scale !== null && (told === null || told.scale !== null);
    const band = isJudged && told !== null ? bandOf(scale, told.value) : null;
    return {
      featureId: feature.feature_id,
      name: nameOf(feature, lang),
      kind: feature.kind,
      lat: feature.lat,
      lon: feature.lon,
      schematic: feature.schematic,
      property,
      propertyName: spec.name,
      unit: spec.unit,
      decimals: spec.decimals,
      value: told === null ? null : told.value,
      state,
      band,
      status: isJudged ? statusOf(scale, band, state) : null,
      bands: scale === null ? null : scale.bands,
      scale: scaleId,
      ageMs,
      observedMs,
      klass: told === null ? null : told.class,
      feedId: told === null ? null : told.feed_id,
      bankM: told !== null && told.evidenceOf ? feature.max_level_m : null,
      evidence: told === null ? null : `observation:${[feature.feature_id, told.evidenceOf || property, told.feed_id].join("|")}`,
      synthetic: told !== null && told.synthetic,
    };
  }

  /** The freeboard that follows from a level, or null where the bank is not known. */
  function freeboardOf(told, feature) {
    if (told.property !== LEVEL || feature.max_level_m === null) return null;
    const scale = feature.scales[FREEBOARD] || null;
    return { ...told, property: FREEBOARD, value: feature.max_level_m - told.value, scale, evidenceOf: LEVEL };
  }

  /** A frame at `now`. @param {object|null} frame null: nothing was told yet */
  function pictureAt(frame, { now, lang, properties, scales }) {
    if (frame === null) return { features: [], items: [], isKnown: false };
    const byId = new Map(frame.features.map((one) => [one.feature_id, one]));
    const all = frame.items.flatMap((told) => {
      const feature = byId.get(told.feature_id);
      const derived = feature ? freeboardOf(told, feature) : null;
      return derived === null ? [told] : [told, derived];
    });
    const items = all.filter((told) => byId.has(told.feature_id)).map((told) => itemOf(byId.get(told.feature_id), told.property, told, { now, lang, properties, scales }));
    return { features: frame.features, items, isKnown: true, context: { now, lang, properties, scales } };
  }

  const byTrust = (a, b) => (CLASS_RANK[a.klass] ?? 3) - (CLASS_RANK[b.klass] ?? 3) || STATE_RANK[a.state] - STATE_RANK[b.state] || a.ageMs - b.ageMs;

  /** The most trustworthy item of some, or null. */
  const mostTrusted = (items) => [...items].sort(byTrust)[0] || null;

  const best = ({ items }, property) => mostTrusted(items.filter((one) => one.property === property));

  function rows({ features, items, context }, { kinds, properties }) {
    const wanted = features.filter(({ kind }) => kinds.includes(kind));
    return wanted.map((feature) => {
      const own = items.filter(({ featureId }) => featureId === feature.feature_id);
      const found = properties.map((property) => mostTrusted(own.filter((one) => one.property === property))).find((one) => one !== null);
      return found || itemOf(feature, properties.find((one) => one in feature.scales) || properties[0], null, context);
    });
  }

  // ---- the page ----

  const frames = new Map(); // domain -> last frame
  const pictures = new Map(); // domain -> {frame, second, picture}: many islands ask within one second
  const watchers = new Map(); // domain -> set of functions
  let seconds = 0;
  let isTicking = false;

  function picture(domain, now = scopc.freshness.clock.now()) {
    const frame = frames.get(domain) || null;
    const second = Math.floor(now / 1000);
    const kept = pictures.get(domain);
    if (kept && kept.frame === frame && kept.second === second) return kept.picture;
    const { properties = {}, scales = {} } = scopc.page.config();
    const made = pictureAt(frame, { now, lang: scopc.page.lang(), properties, scales });
    pictures.set(domain, { frame, second, picture: made });
    return made;
  }

  const tell = (domain) => [...(watchers.get(domain) || [])].forEach((fn) => fn());

  function startTicking() {
    isTicking = true;
    scopc.clock.everySecond(() => {
      seconds += 1;
      if (seconds % AGE_EVERY_S === 0 && !window.document.hidden) [...watchers.keys()].forEach(tell);
    });
  }

  /** Hear of news and of ageing of a domain. */
  function subscribe(domain, fn) {
    if (!watchers.has(domain)) {
      watchers.set(domain, new Set());
      scopc.stream.subscribe(`observations.${domain}`, (frame) => {
        frames.set(domain, frame);
        tell(domain);
      });
    }
    watchers.get(domain).add(fn);
    if (!isTicking) startTicking();
    return () => watchers.get(domain).delete(fn);
  }

  /** Draw an island with the observations of a domain. @returns {() => void} stop */
  function watch(element, domain, draw) {
    const guarded = scopc.islands.guarded(element, () => {
      const now = scopc.freshness.clock.now();
      draw(picture(domain, now), now);
    });
    const stop = subscribe(domain, guarded);
    guarded();
    return stop;
  }

  return { watch, subscribe, picture, rows, best, pictureAt, bandOf, mostTrusted };
})();
