"""Memory: whether the JavaScript heap of a wall grows while it runs."""

import time
from pathlib import Path

from tests.bench import figures
from tests.bench.browser import NoChromium, tab
from tests.bench.plan import Plan
from tests.bench.site import feeding, product
from tests.bench.table import Row

VEHICLES = 1000
WARM_UP_S = 15.0
"""Caches fill and code is compiled in the first seconds; that is no leak."""

FIGURE_S = 1800
MEGABYTE = 1e6


def measure(plan: Plan, folder: Path) -> list[Row]:
    """Growth after forced collection over the plan's time; the figure is judged at 30 minutes only."""
    try:
        with product(folder) as site, feeding(site, VEHICLES):
            start, end = _watch(f"{site.url}/wall/mobility", plan.heap_s)
    except NoChromium as missing:
        return [Row(what="heap of a browser", skipped=str(missing))]
    minutes = plan.heap_s / 60
    is_judged = plan.heap_s >= FIGURE_S
    short = (
        "" if is_judged else " The figure is for 30 minutes (`--long`); a shorter run is told, not judged."
    )
    warm = f"after {WARM_UP_S:.0f} s of warm-up and a forced collection"
    note = f"/wall/mobility with 1,000 vehicles at 1 Hz, {warm}.{short}"
    return [
        Row(
            what=f"growth of the JavaScript heap in {minutes:.1f} min",
            unit="MB",
            measured=(end - start) / MEGABYTE,
            figure=figures.HEAP_GROWTH if is_judged else None,
            note=note,
        ),
        Row(
            what="JavaScript heap at the end",
            unit="MB",
            measured=end / MEGABYTE,
            note=note,
        ),
    ]


def _watch(url: str, seconds: float) -> tuple[float, float]:
    """Heap in bytes after warm-up and after `seconds` more."""
    with tab() as one:
        one.page.goto(url)
        one.wait_for("document.querySelector('.leaflet-container') !== null")
        time.sleep(WARM_UP_S)
        start = one.heap_after_collection()
        time.sleep(seconds)
        return start, one.heap_after_collection()
