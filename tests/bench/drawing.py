"""Drawing: from the put into the live store to the picture in a browser, and what it costs the page."""

import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from tests.bench import figures
from tests.bench.browser import NoChromium, Tab, tab
from tests.bench.plan import Plan
from tests.bench.samples import mean, percentile
from tests.bench.site import Site, feeding, naive_page, product
from tests.bench.table import Figure, Row

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
  .map((entry) => ({ sent: entry.ms, put: entry.ms + entry.t - window.bench.puts[entry.t] }))
"""
OUR_LAYER = "[...scopc.mapPage.maps][0].scopcVehicles.stats"
NAIVE_DRAWINGS = "window.naive.drawn.map((entry) => ({ sent: entry.ms, put: entry.ms }))"

NOTE = (
    "One browser of 1600 x 900 without a GPU, every vehicle in view. A latency ends with the drawing call. "
    "`t` is the frame's own time, when the server published it; the put into the live store comes before. "
    "Redrawn: a browser that asks for reduced motion; animated: the page's own rate. The naive page asks "
    "each second; its vehicles are put at a slightly longer period, so that every phase of its interval "
    "counts once. It draws circle markers on a canvas: Leaflet's default icons take ten times the "
    "main thread."
)
WALL_NOTE = "By the wall clock, as DevTools count it: waiting for a core that others use is in it."
CPU_NOTE = "By the main thread's own CPU clock: what the page costs whatever else runs on the machine."
NOTE_5000 = "Vehicles only: the figure's 5,000 links are not in it."


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a page did in the time that it was watched. Naive frames have no publish time but the put."""

    from_put_ms: list[float]
    from_t_ms: list[float]
    wall_ms_per_s: float
    cpu_ms_per_s: float
    longest_task_ms: float
    drawings_per_s: float


def measure(plan: Plan, folder: Path) -> list[Row]:
    """1,000 vehicles redrawn and animated, 5,000 vehicles, and the naive page with both."""
    seconds, times = plan.drawing_s, figures.PUBLISH_TO_DRAWN_TIMES_BETTER
    try:
        with product(folder) as site:
            redrawn = _ours(site, 1000, seconds, animated=False)
            wall = _ours(site, 1000, seconds, animated=False, path="/wall/main")
            animated = _ours(site, 1000, seconds, animated=True)
            many = _ours(site, 5000, seconds, animated=True)
            naive = _naive(site, 1000, seconds)
            naive_many = _naive(site, 5000, seconds)
    except NoChromium as missing:
        return [Row(what="drawing in a browser", skipped=str(missing))]
    return [
        *latency_rows("1,000 vehicles redrawn at 1 Hz", redrawn, naive, figures.PUBLISH_TO_DRAWN_P95, times),
        *latency_rows("1,000 vehicles animated", animated, naive, figures.PUBLISH_TO_DRAWN_P95, times),
        *thread_rows("1,000 vehicles redrawn at 1 Hz", redrawn, naive, figures.MAIN_THREAD_REDRAW),
        *thread_rows("the same on /wall/main", wall, naive, figures.MAIN_THREAD_REDRAW),
        *thread_rows("1,000 vehicles animated", animated, naive, figures.MAIN_THREAD_ANIMATED),
        *latency_rows("5,000 vehicles", many, naive_many, figures.PUBLISH_TO_DRAWN_5000_P95, None),
        *thread_rows("5,000 vehicles", many, naive_many, None),
        Row(
            what="longest task after start, 5,000 vehicles (0: none took 50 ms)",
            unit="ms",
            measured=many.longest_task_ms,
            naive=naive_many.longest_task_ms,
            figure=figures.LONGEST_TASK_5000,
            note=NOTE_5000,
        ),
    ]


def _ours(site: Site, vehicles: int, seconds: float, *, animated: bool, path: str = "/mobility") -> Drawn:
    with ExitStack() as stack:
        stack.enter_context(feeding(site, vehicles))
        one = stack.enter_context(tab(reduced_motion=not animated))
        one.page.goto(site.url + path)
        one.wait_for("window.bench.containerAt !== null && scopc.stream.stats.drawn.length > 0")
        one.evaluate(HEAR_PUTS)
        time.sleep(SETTLE_S)
        in_view = one.evaluate(f"{OUR_LAYER}.inView")
        if in_view < 0.95 * vehicles:
            raise RuntimeError(f"only {in_view} of {vehicles} vehicles are in view")
        return _watch(one, seconds, OUR_DRAWINGS, f"{OUR_LAYER}.drawn")


def _naive(site: Site, vehicles: int, seconds: float) -> Drawn:
    with ExitStack() as stack:
        stack.enter_context(feeding(site, vehicles, period_s=1 + 1 / seconds))
        url, _ = stack.enter_context(naive_page(site))
        one = stack.enter_context(tab())
        one.page.goto(url)
        one.wait_for("window.naive !== undefined && window.naive.drawn.length > 0")
        time.sleep(SETTLE_S)
        return _watch(one, seconds, NAIVE_DRAWINGS, "window.naive.drawn.length")


def _watch(one: Tab, seconds: float, drawings: str, count: str) -> Drawn:
    """Watch a page that has settled."""
    skip, counted = len(one.evaluate(drawings)), one.evaluate(count)
    start_ms, before, began_s = one.now_ms(), one.busy(), time.perf_counter()
    time.sleep(seconds)
    after, took_s = one.busy(), time.perf_counter() - began_s
    made = one.evaluate(drawings)[skip:]
    return Drawn(
        from_put_ms=[drawing["put"] for drawing in made],
        from_t_ms=[drawing["sent"] for drawing in made],
        wall_ms_per_s=(after.wall_s - before.wall_s) * 1000 / took_s,
        cpu_ms_per_s=(after.cpu_s - before.cpu_s) * 1000 / took_s,
        longest_task_ms=one.longest_task_since(start_ms),
        drawings_per_s=(one.evaluate(count) - counted) / took_s,
    )


def latency_rows(
    what: str, ours: Drawn, naive: Drawn, figure: Figure, times_to_reach: float | None
) -> list[Row]:
    """How old a picture is when it is drawn."""

    def row(name: str, measured: float, beside: float | None, **more: float | Figure | None) -> Row:
        return Row(what=f"{name}, {what}", unit="ms", measured=measured, naive=beside, note=NOTE, **more)  # type: ignore[arg-type]

    return [
        row("p95 of publish (`t`) -> drawn", percentile(ours.from_t_ms, 0.95), None, figure=figure),
        row("p50 of publish (`t`) -> drawn", percentile(ours.from_t_ms, 0.5), None),
        row(
            "p95 of put into the live store -> drawn",
            percentile(ours.from_put_ms, 0.95),
            percentile(naive.from_put_ms, 0.95),
            figure=figure,
        ),
        row(
            "mean of put into the live store -> drawn",
            mean(ours.from_put_ms),
            mean(naive.from_put_ms),
            times_to_reach=times_to_reach,
        ),
    ]


def thread_rows(what: str, ours: Drawn, naive: Drawn, figure: Figure | None) -> list[Row]:
    """How busy the page's main thread is."""
    return [
        Row(
            what=f"main thread, {what} ({ours.drawings_per_s:.1f} drawings/s)",
            unit="ms/s",
            measured=ours.wall_ms_per_s,
            naive=naive.wall_ms_per_s,
            figure=figure,
            note=WALL_NOTE,
        ),
        Row(
            what=f"main thread's CPU, {what}",
            unit="ms/s",
            measured=ours.cpu_ms_per_s,
            naive=naive.cpu_ms_per_s,
            note=CPU_NOTE,
        ),
    ]
