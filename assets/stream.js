/**
 * The page's one stream of server-sent events.
 *
 *   const stop = scopc.stream.subscribe("vehicles", (frame) => ...)   full snapshots; the last one comes at once
 *   scopc.stream.link.get()            -> {state, since, lastEventAt, lastDataAt, isGone, isRefused}
 *   scopc.stream.link.subscribe(fn)    -> unsubscribe; fn(link) on every change of `state`, `isGone`, `isRefused`
 *   scopc.stream.stats                 -> counts, and latencies from publishing to applied and to drawn
 *
 * `state` is "connecting" until the first event, "up" while events come, "lost" after `server_lost_s` without one.
 * `since` and `lastEventAt` are browser times, `lastDataAt` is the server's time of the last frame of data (epoch ms,
 * null before the first). `isGone`: lost for a minute. `isRefused`: the server answers, but with something other than
 * a stream, as it does when it has all the clients that it can serve.
 *
 * EventSource gives up for ever on an answer other than 200, and retries too evenly for many walls at once,
 * so this file closes it on every error and opens a new one on its own timer, for ever.
 */
window.scopc = window.scopc || {};
scopc.stream = (() => {
  "use strict";

  const TICK_MS = 1000;
  const DEBOUNCE_MS = 50; // islands of one page mount within a few frames of each other
  const GONE_AFTER_MS = 60000;
  const HIDDEN_PAUSE_MS = 60000; // a hidden tab gives its connection back: browsers allow six a host over HTTP/1.1
  // Twenty walls that lose one server come back at no more than five a second together.
  const FIRST_RETRY_MS = [500, 4500];
  const LATER_RETRY_MS = [4000, 10000];
  const LATENCIES_KEPT = 600;

  /**
   * Wait before opening again.
   * @param {number} attempt failures in a row before this one
   * @param {number} random from 0 up to 1
   */
  function retryDelayMs(attempt, random) {
    const [low, high] = attempt === 0 ? FIRST_RETRY_MS : LATER_RETRY_MS;
    return low + (high - low) * random;
  }

  /** Counts and latencies of a stream; a latency compares two clocks, so it means something on one machine only. */
  function createStats() {
    const stats = { opens: 0, errors: 0, frames: 0, beats: 0, broken: 0, applied: [], drawn: [] };
    const keep = (list, entry) => {
      list.push(entry);
      if (list.length > LATENCIES_KEPT) list.shift();
    };
    stats.markApplied = (topic, t, ms) => keep(stats.applied, { topic, t, ms });
    stats.markDrawn = (topic, t, ms) => keep(stats.drawn, { topic, t, ms });
    return stats;
  }

  /**
   * A stream. Everything of the browser that it touches is in `env`.
   * @param {object} env
   * @param {string} env.url
   * @param {number} env.lostAfterMs
   * @param {typeof EventSource} env.EventSource
   * @param {() => number} env.now epoch ms of the browser
   * @param {() => number} env.random
   * @param {(fn: Function, ms: number) => *} env.setTimeout
   * @param {(timer: *) => void} env.clearTimeout
   * @param {{observe: (t: number, isLive: boolean) => void}} env.clock
   * @param {(topic: string, error: Error) => void} env.report an error of a subscriber or an unreadable frame
   */
  function createStream(env) {
    const subscribers = new Map(); // topic -> Set of functions
    const lastFrames = new Map(); // topic -> frame
    const linkListeners = new Set();
    const stats = createStats();
    let link = {
      state: "connecting",
      since: env.now(),
      lastEventAt: null,
      lastDataAt: null,
      isGone: false,
      isRefused: false,
    };
    let source = null;
    let openTopics = new Set();
    let isOpened = false; // this source has answered
    let isLive = false; // this source has sent a beat, so what follows is not from the server's memory
    let quietSince = env.now(); // last event of this source, or its opening
    let silentSince = env.now(); // last event at all, or when somebody began to wait for one
    let attempt = 0;
    let openTimer = null;
    let tickTimer = null;
    let pauseTimer = null;
    let isPaused = false;

    /** Change the link; listeners hear of what they can show. */
    function setLink(patch) {
      const before = link;
      link = { ...link, ...patch };
      const isNews = ["state", "isGone", "isRefused"].some((key) => before[key] !== link[key]);
      if (isNews) for (const listener of [...linkListeners]) listener(link);
    }

    function noteEvent(t) {
      const now = env.now();
      quietSince = now;
      silentSince = now;
      attempt = 0;
      env.clock.observe(t, isLive);
      if (link.state === "up") setLink({ lastEventAt: now, isRefused: false });
      else setLink({ state: "up", since: now, lastEventAt: now, isGone: false, isRefused: false });
    }

    function onBeat(event) {
      const beat = read("beat", event);
      if (!beat) return;
      isLive = true;
      stats.beats += 1;
      noteEvent(beat.t);
    }

    function onFrame(topic, event) {
      const frame = read(topic, event);
      if (!frame) return;
      stats.frames += 1;
      lastFrames.set(topic, frame);
      // What the server remembers of several topics comes in any order of time.
      if (Number.isFinite(frame.t)) setLink({ lastDataAt: isLive ? frame.t : Math.max(frame.t, link.lastDataAt ?? 0) });
      noteEvent(frame.t);
      for (const fn of [...(subscribers.get(topic) || [])]) deliver(topic, fn, frame);
      stats.markApplied(topic, frame.t, env.now() - frame.t);
    }

    function read(topic, event) {
      try {
        return JSON.parse(event.data);
      } catch (error) {
        stats.broken += 1;
        env.report(topic, error);
        return null;
      }
    }

    function deliver(topic, fn, frame) {
      try {
        fn(frame);
      } catch (error) {
        env.report(topic, error);
      }
    }

    function wantedTopics() {
      return [...subscribers].filter(([, fns]) => fns.size > 0).map(([topic]) => topic).sort();
    }

    function close() {
      env.clearTimeout(openTimer);
      openTimer = null;
      if (source) source.close();
      source = null;
    }

    /** Open, replacing what is open, as soon as `delayMs` has passed. */
    function openIn(delayMs) {
      env.clearTimeout(openTimer);
      openTimer = env.setTimeout(open, delayMs);
    }

    function open() {
      close();
      const topics = wantedTopics();
      if (topics.length === 0 || isPaused) return;
      openTopics = new Set(topics);
      isOpened = false;
      isLive = false;
      quietSince = env.now();
      stats.opens += 1;
      const opened = new env.EventSource(`${env.url}?topics=${topics.map(encodeURIComponent).join(",")}`);
      source = opened;
      opened.addEventListener("open", () => {
        isOpened = true;
      });
      opened.addEventListener("error", () => onError(opened));
      opened.addEventListener("beat", onBeat);
      for (const topic of topics) opened.addEventListener(topic, (event) => onFrame(topic, event));
      scheduleTick();
    }

    function onError(failed) {
      if (failed !== source) return;
      stats.errors += 1;
      const isRefused = failed.readyState === 2 && !isOpened;
      retry();
      setLink({ isRefused });
    }

    function retry() {
      close();
      openIn(retryDelayMs(attempt, env.random()));
      attempt += 1;
    }

    /** Judge the silence; a silent connection is replaced, since it may be dead without knowing. */
    function tick() {
      tickTimer = null;
      if (isPaused) return;
      const now = env.now();
      const silentMs = now - silentSince;
      if (silentMs > env.lostAfterMs && link.state !== "lost") setLink({ state: "lost", since: now });
      if (link.state === "lost" && silentMs > GONE_AFTER_MS) setLink({ isGone: true });
      if (source && now - quietSince > env.lostAfterMs) retry();
      scheduleTick();
    }

    function scheduleTick() {
      if (tickTimer === null) tickTimer = env.setTimeout(tick, TICK_MS);
    }

    /**
     * Hear the frames of a topic, beginning with the last one known.
     * @returns {() => void} unsubscribe
     */
    function subscribe(topic, fn) {
      if (!subscribers.has(topic)) subscribers.set(topic, new Set());
      subscribers.get(topic).add(fn);
      if (lastFrames.has(topic)) deliver(topic, fn, lastFrames.get(topic));
      const isMissing = !openTopics.has(topic);
      // While a retry waits, the new topic goes with it; topics that nobody wants any more leave at the next opening.
      if (isMissing && (source || openTimer === null)) openIn(DEBOUNCE_MS);
      return () => subscribers.get(topic).delete(fn);
    }

    /** The page is looked at again, or the network is back: do not wait for the timer. */
    function wake() {
      env.clearTimeout(pauseTimer);
      if (isPaused) {
        isPaused = false;
        silentSince = env.now();
        setLink({ state: "connecting", since: env.now(), isGone: false });
        open();
        scheduleTick();
      } else if (!source || env.now() - quietSince > env.lostAfterMs) {
        attempt = 0;
        openIn(env.random() * 1000);
      }
    }

    /** Nobody looks at the page: give the connection back after a while. */
    function hide() {
      env.clearTimeout(pauseTimer);
      pauseTimer = env.setTimeout(pause, HIDDEN_PAUSE_MS);
    }

    /** Give the connection back now. */
    function pause() {
      isPaused = true;
      close();
    }

    const linkView = {
      get: () => link,
      subscribe: (fn) => {
        linkListeners.add(fn);
        return () => linkListeners.delete(fn);
      },
    };
    return { subscribe, link: linkView, stats, wake, hide, pause };
  }

  /** The stream of this page, told of the page's own life. */
  function openPageStream() {
    const { document } = window;
    const config = scopc.page.config();
    const stream = createStream({
      url: config.stream_url || "/stream",
      lostAfterMs: ((config.limits || {}).server_lost_s || 8) * 1000,
      EventSource: window.EventSource,
      now: () => Date.now(),
      random: Math.random,
      setTimeout: (fn, ms) => window.setTimeout(fn, ms),
      clearTimeout: (timer) => window.clearTimeout(timer),
      clock: scopc.freshness.clock,
      report: (topic, error) => console.error(`stream ${topic}:`, error),
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) stream.wake();
      else if (!scopc.page.isWall()) stream.hide();
    });
    window.addEventListener("online", stream.wake);
    window.addEventListener("pagehide", stream.pause); // an open connection would keep the page out of the back cache
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) stream.wake();
    });
    return stream;
  }

  let page = null;
  const pageStream = () => (page = page || openPageStream());

  return {
    subscribe: (topic, fn) => pageStream().subscribe(topic, fn),
    link: {
      get: () => pageStream().link.get(),
      subscribe: (fn) => pageStream().link.subscribe(fn),
    },
    get stats() {
      return pageStream().stats;
    },
    createStream,
    retryDelayMs,
  };
})();
