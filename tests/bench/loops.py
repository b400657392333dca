"""Loops: what the product does once a second however many look, in CPU time of one thread.

Links are compared with what a `dl.GeoJSON` layer is sent: every feature, drawn up anew. For the desk and
the simulated city there is no common naive way.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from data_sources.model.feed import FeedState
from data_sources.views.frames import epoch_ms
from data_sources.views.links import link_collection
from tests.bench import figures
from tests.bench.plan import Plan
from tests.bench.table import Row
from tests.builders import NOON
from tests.busy import FEED, busy_desk, busy_links, busy_world

WARM_UP = 2
NOTE = "The thread's own CPU time, so that waiting for a core does not count; medians but for the longest."


def measure(plan: Plan, folder: Path) -> list[Row]:
    """Desk, simulated city, and a frame of links."""
    return [
        Row(
            what="tick of the transit desk, 1,000 vehicles",
            unit="ms",
            measured=_desk_ms(),
            figure=figures.DESK_TICK,
            note=NOTE,
        ),
        Row(
            what="longest of 30 seconds of the simulated city, 5,000 vehicles and 5,000 links",
            unit="ms",
            measured=_city_ms(),
            figure=figures.SIMULATED_SECOND,
            note=NOTE,
        ),
        _links(),
    ]


def _desk_ms() -> float:
    desk, ticks = busy_desk()
    spent = []
    for now, fixes in ticks:
        desk.put_positions(FEED, fixes, now)
        begun = time.thread_time()
        desk.tick(now, {FEED: FeedState.UP})
        spent.append(time.thread_time() - begun)
    return statistics.median(spent) * 1000


def _city_ms() -> float:
    world = busy_world()
    return 1000 * max(_spent_s([lambda: world.advance(1.0)] * 30))


def _links() -> Row:
    views, shown = busy_links()
    at = epoch_ms(NOON)
    return Row(
        what="drawing up a frame of 5,000 links",
        unit="ms",
        measured=_median_ms([lambda: shown.encode(at, 1)] * 20),
        naive=_median_ms([lambda: msgspec.json.encode(link_collection(views, NOON))] * 5),
        note=NOTE,
    )


def _median_ms(rounds: list[Callable[[], object]]) -> float:
    return 1000 * statistics.median(_spent_s(rounds)[WARM_UP:])


def _spent_s(rounds: list[Callable[[], object]]) -> list[float]:
    spent = []
    for one in rounds:
        begun = time.thread_time()
        one()
        spent.append(time.thread_time() - begun)
    return spent
