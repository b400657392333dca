"""Drawing: from the put into the live store to the picture in a browser, and what it costs the page."""

from pathlib import Path

from tests.bench import figures
from tests.bench.browser import NoChromium
from tests.bench.plan import Plan
from tests.bench.samples import mean, percentile
from tests.bench.site import product
from tests.bench.table import Figure, Row
from tests.bench.watching import Drawn, Latencies, watch_naive, watch_ours

MANY = 5000
MANY_WORDS = f"{MANY:,} vehicles + {MANY:,} links"

NOTE = (
    "One browser of 1600 x 900 without a GPU, every vehicle in view. A latency ends with the drawing call. "
    "`t` is the frame's own time, when the server published it; the put into the live store comes before. "
    "Redrawn: a browser that asks for reduced motion; animated: the page's own rate. The naive page asks "
    "each second; its vehicles are put at a slightly longer period, so that every phase of its interval "
    "counts once. It draws circle markers on a canvas: Leaflet's default icons take ten times the "
    "main thread."
)
NOTE_MANY = (
    "Both on one page, `/mobility` of a network grown as `scopc demo --links` grows it: every vehicle moves "
    "each second; every 3 s all speeds of links change and an eighth of their levels. Latencies as in the "
    "note on drawing; the naive page asks for its links every 3 s."
)
WALL_NOTE = "By the wall clock, as DevTools count it: waiting for a core that others use is in it."
CPU_NOTE = "By the main thread's own CPU clock: what the page costs whatever else runs on the machine."


def measure(plan: Plan, folder: Path) -> list[Row]:
    """1,000 vehicles redrawn and animated, 5,000 with 5,000 links, and the naive page with both."""
    seconds, times = plan.drawing_s, figures.PUBLISH_TO_DRAWN_TIMES_BETTER
    try:
        with product(folder / "pack") as site:
            redrawn = watch_ours(site, 1000, seconds, animated=False)
            wall = watch_ours(site, 1000, seconds, animated=False, path="/wall/mobility")
            animated = watch_ours(site, 1000, seconds, animated=True)
            naive = watch_naive(site, 1000, seconds)
        with product(folder / "many", links=MANY) as site:
            many = watch_ours(site, MANY, plan.links_s, animated=True, with_links=True)
            naive_many = watch_naive(site, MANY, plan.links_s, with_links=True)
    except NoChromium as missing:
        return [Row(what="drawing in a browser", skipped=str(missing))]
    return [
        *_latency_rows("1,000 vehicles redrawn at 1 Hz", redrawn, naive, times),
        *_latency_rows("1,000 vehicles animated", animated, naive, times),
        *thread_rows("1,000 vehicles redrawn at 1 Hz", redrawn, naive, figures.MAIN_THREAD_REDRAW),
        *thread_rows("the same on /wall/mobility", wall, naive, figures.MAIN_THREAD_REDRAW),
        *thread_rows("1,000 vehicles animated", animated, naive, figures.MAIN_THREAD_ANIMATED),
        *_rows_of_many(many, naive_many),
    ]


def _latency_rows(what: str, ours: Drawn, naive: Drawn, times_to_reach: float) -> list[Row]:
    figure = figures.PUBLISH_TO_DRAWN_P95
    return latency_rows(what, ours.vehicles, naive.vehicles, figure, NOTE, times_to_reach)


def _rows_of_many(ours: Drawn, naive: Drawn) -> list[Row]:
    figure = figures.PUBLISH_TO_DRAWN_5000_P95
    return [
        *latency_rows(f"{MANY_WORDS}: vehicles", ours.vehicles, naive.vehicles, figure, NOTE_MANY),
        *latency_rows(f"{MANY_WORDS}: links", ours.links, naive.links, figure, NOTE_MANY),
        *thread_rows(MANY_WORDS, ours, naive, None),
        Row(
            what=f"longest task after start, {MANY_WORDS} (0: none took 50 ms)",
            unit="ms",
            measured=ours.longest_task_ms,
            naive=naive.longest_task_ms,
            figure=figures.LONGEST_TASK_5000,
            note=NOTE_MANY,
        ),
    ]


def latency_rows(
    what: str,
    ours: Latencies,
    naive: Latencies,
    figure: Figure | None,
    note: str,
    times_to_reach: float | None = None,
) -> list[Row]:
    """How old a picture is when it is drawn."""

    def row(name: str, measured: float, beside: float | None, **more: float | Figure | None) -> Row:
        return Row(what=f"{name}, {what}", unit="ms", measured=measured, naive=beside, note=note, **more)  # type: ignore[arg-type]

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
