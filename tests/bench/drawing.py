"""Drawing: from the put into the live store to the picture in a browser, and what it costs the page."""

import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from tests.bench import figures
from tests.bench.browser import NoChromium, tab
from tests.bench.plan import Plan
from tests.bench.samples import mean, percentile
from tests.bench.site import Site, feeding, naive_page, product
from tests.bench.table import Row

SETTLE_S = 4.0
"""After the first picture the page still loads and lays out; that belongs to the first load."""

HEAR_PUTS = """
window.bench.puts = {};
void scopc.stream.subscribe("vehicles", (frame) => {
  window.bench.puts[frame.t] = frame.t - Math.min(...frame.age);
});
"""
OUR_DRAWINGS = """
scopc.stream.stats.drawn.filter((entry) => window.bench.puts[entry.t] !== undefined)
  .map((entry) => ({ t: window.bench.puts[entry.t], ms: entry.ms + entry.t - window.bench.puts[entry.t] }))
"""
OUR_FIRST = "scopc.stream.stats.drawn.length > 0"
NAIVE_FIRST = "window.naive.drawn.length > 0"
NOTE = (
    "One browser of 1600 x 900 without a GPU, every vehicle in view. Latency runs from the put into the "
    "live store (not from the frame's `t`, which is later) to the end of the drawing call. Redrawn: a "
    "browser that asks for reduced motion; animated: the page's own rate for the number of vehicles."
)
NAIVE_NOTE = (
    f"{NOTE} The naive page asks each second; its vehicles are put at a slightly longer period, so that "
    "every phase of its interval counts once. It draws circle markers on a canvas: Leaflet's default icons "
    "take ten times the main thread."
)
NOTE_5000 = f"{NOTE} Vehicles only: links have no feed yet, so the figure's 5,000 links are not in it."


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a page did in the time that it was watched."""

    latencies_ms: list[float]
    main_thread_ms_per_s: float
    longest_task_ms: float
    fps: float


def measure(plan: Plan, folder: Path) -> list[Row]:
    """1,000 vehicles redrawn and animated, 5,000 vehicles, and the naive page with both."""
    try:
        with product(folder) as site:
            redrawn = _ours(site, 1000, plan.drawing_s, animated=False)
            animated = _ours(site, 1000, plan.drawing_s, animated=True)
            many = _ours(site, 5000, plan.drawing_s, animated=True)
            naive = _naive(site, 1000, plan.drawing_s)
            naive_many = _naive(site, 5000, plan.drawing_s)
    except NoChromium as missing:
        return [Row(what="drawing in a browser", skipped=str(missing))]
    return rows(redrawn, animated, many, naive, naive_many)


def _ours(site: Site, vehicles: int, seconds: float, *, animated: bool) -> Drawn:
    with ExitStack() as stack:
        stack.enter_context(feeding(site, vehicles))
        one = stack.enter_context(tab(reduced_motion=not animated))
        one.page.goto(f"{site.url}/mobility")
        one.wait_for(f"window.bench.containerAt !== null && {OUR_FIRST}")
        one.evaluate(HEAR_PUTS)
        time.sleep(SETTLE_S)
        layer = "[...scopc.mapPage.maps][0].scopcVehicles.stats"
        in_view = one.evaluate(f"{layer}.inView")
        if in_view < 0.95 * vehicles:
            raise RuntimeError(f"only {in_view} of {vehicles} vehicles are in view")
        start_ms, busy_s, began_s = one.now_ms(), one.metric("TaskDuration"), time.perf_counter()
        before = one.evaluate(f"{layer}.drawn")
        skip = len(one.evaluate(OUR_DRAWINGS))
        time.sleep(seconds)
        took_s = time.perf_counter() - began_s
        busy_s = one.metric("TaskDuration") - busy_s
        drawings = one.evaluate(OUR_DRAWINGS)[skip:]
        return Drawn(
            latencies_ms=[drawing["ms"] for drawing in drawings],
            main_thread_ms_per_s=busy_s * 1000 / took_s,
            longest_task_ms=one.longest_task_since(start_ms),
            fps=(one.evaluate(f"{layer}.drawn") - before) / took_s,
        )


def _naive(site: Site, vehicles: int, seconds: float) -> Drawn:
    with ExitStack() as stack:
        stack.enter_context(feeding(site, vehicles, period_s=1 + 1 / seconds))
        url, _ = stack.enter_context(naive_page(site))
        one = stack.enter_context(tab())
        one.page.goto(url)
        one.wait_for(f"window.naive !== undefined && {NAIVE_FIRST}")
        time.sleep(SETTLE_S)
        start_ms, busy_s, began_s = one.now_ms(), one.metric("TaskDuration"), time.perf_counter()
        skip = one.evaluate("window.naive.drawn.length")
        time.sleep(seconds)
        took_s = time.perf_counter() - began_s
        busy_s = one.metric("TaskDuration") - busy_s
        drawings = one.evaluate("window.naive.drawn")[skip:]
        return Drawn(
            latencies_ms=[drawing["ms"] for drawing in drawings],
            main_thread_ms_per_s=busy_s * 1000 / took_s,
            longest_task_ms=one.longest_task_since(start_ms),
            fps=len(drawings) / took_s,
        )


def rows(redrawn: Drawn, animated: Drawn, many: Drawn, naive: Drawn, naive_many: Drawn) -> list[Row]:
    """The table's rows of this part."""
    ours = "put -> drawn, 1,000 vehicles at 1 Hz"
    return [
        _latency(f"p95 of {ours}, redrawn at 1 Hz", redrawn, naive, 0.95, figures.PUBLISH_TO_DRAWN_P95),
        _latency(f"p50 of {ours}, redrawn at 1 Hz", redrawn, naive, 0.5),
        Row(
            what=f"mean of {ours}, redrawn at 1 Hz",
            unit="ms",
            measured=mean(redrawn.latencies_ms),
            naive=mean(naive.latencies_ms),
            times_to_reach=figures.PUBLISH_TO_DRAWN_TIMES_BETTER,
            note=NAIVE_NOTE,
        ),
        _latency(f"p95 of {ours}, animated", animated, naive, 0.95, figures.PUBLISH_TO_DRAWN_P95),
        _latency(f"p50 of {ours}, animated", animated, naive, 0.5),
        Row(
            what="main thread, 1,000 vehicles redrawn at 1 Hz",
            unit="ms/s",
            measured=redrawn.main_thread_ms_per_s,
            naive=naive.main_thread_ms_per_s,
            figure=figures.MAIN_THREAD_REDRAW,
            note=NAIVE_NOTE,
        ),
        Row(
            what=f"main thread, 1,000 vehicles animated ({animated.fps:.1f} drawings/s)",
            unit="ms/s",
            measured=animated.main_thread_ms_per_s,
            figure=figures.MAIN_THREAD_ANIMATED,
            note=NOTE,
        ),
        _latency(
            "p95 of put -> drawn, 5,000 vehicles at 1 Hz",
            many,
            naive_many,
            0.95,
            figures.PUBLISH_TO_DRAWN_5000_P95,
        ),
        _latency("p50 of put -> drawn, 5,000 vehicles at 1 Hz", many, naive_many, 0.5),
        Row(
            what="longest task after start, 5,000 vehicles (0: none took 50 ms)",
            unit="ms",
            measured=many.longest_task_ms,
            naive=naive_many.longest_task_ms,
            figure=figures.LONGEST_TASK_5000,
            note=NOTE_5000,
        ),
        Row(
            what=f"main thread, 5,000 vehicles ({many.fps:.1f} drawings/s)",
            unit="ms/s",
            measured=many.main_thread_ms_per_s,
            naive=naive_many.main_thread_ms_per_s,
            note=NOTE_5000,
        ),
    ]


def _latency(what: str, ours: Drawn, naive: Drawn, share: float, figure: figures.Figure | None = None) -> Row:
    return Row(
        what=what,
        unit="ms",
        measured=percentile(ours.latencies_ms, share),
        naive=percentile(naive.latencies_ms, share),
        figure=figure,
        note=NAIVE_NOTE,
    )
