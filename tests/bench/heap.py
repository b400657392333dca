"""Memory: whether the JavaScript heap of a rotating wall grows while it runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from data_sources.model.city import SCENES
from tests.bench import figures
from tests.bench.browser import NoChromium, Tab, tab
from tests.bench.plan import Plan
from tests.bench.table import Row
from tests.system.processes import running

VEHICLES = 1000
DWELL_S = 6
"""Of this bench: a wall of the pack shows a scene for longer, so that here it turns as often in hours."""
ROUND_S = DWELL_S * len(SCENES)
WARM_UP_ROUNDS = 2
"""Scenes are drawn when they are first shown, caches fill and code is compiled; that is no leak."""
WALL = "document.querySelector('.wall[data-shown]')"
SHORTEN = f"""new MutationObserver(() => {{
  for (const turns of document.querySelectorAll('.turns:not([data-dwell="{DWELL_S}"])')) {{
    turns.dataset.dwell = "{DWELL_S}";
  }}
}}).observe(document, {{ childList: true, subtree: true }});"""
FIGURE_S = 1800
MEGABYTE = 1e6


class Held(NamedTuple):
    """What a page holds after a forced collection."""

    heap_bytes: float
    nodes: int


def measure(plan: Plan, folder: Path) -> list[Row]:
    """Growth after forced collection over the plan's time; the figure is judged at 30 minutes only."""
    rounds = max(1, round(plan.heap_s / ROUND_S))
    try:
        with running("demo", "--vehicles", str(VEHICLES), data_dir=folder) as demo:
            start, end = _watch(f"{demo.url}/wall/main", rounds)
    except NoChromium as missing:
        return [Row(what="heap of a browser", skipped=str(missing))]
    minutes = rounds * ROUND_S / 60
    is_judged = rounds * ROUND_S >= FIGURE_S
    short = (
        "" if is_judged else " The figure is for 30 minutes (`--long`); a shorter run is told, not judged."
    )
    note = (
        f"/wall/main of `scopc demo` with {VEHICLES:,} vehicles, all {len(SCENES)} scenes in turn, "
        f"{DWELL_S} s each; both ends at the same scene after a forced collection, {WARM_UP_ROUNDS} rounds "
        f"of warm-up before.{short}"
    )
    return [
        Row(
            what=f"growth of the JavaScript heap in {minutes:.0f} min",
            unit="MB",
            measured=(end.heap_bytes - start.heap_bytes) / MEGABYTE,
            figure=figures.HEAP_GROWTH if is_judged else None,
            note=note,
        ),
        Row(
            what="JavaScript heap at the end",
            unit="MB",
            measured=end.heap_bytes / MEGABYTE,
            note=note,
        ),
        Row(
            what=f"growth of the document's nodes in {minutes:.0f} min",
            unit="nodes",
            measured=end.nodes - start.nodes,
            note=note,
        ),
    ]


def _watch(url: str, rounds: int) -> tuple[Held, Held]:
    """What the wall holds after warm-up and `rounds` rounds later."""
    with tab() as one:
        one.page.add_init_script(SHORTEN)
        one.page.goto(url)
        one.wait_for(f"{WALL} !== null")
        scenes = one.evaluate("document.querySelector('.turns').dataset.scenes.split(' ')")
        _go_round(one, scenes, WARM_UP_ROUNDS)
        start = _held(one)
        _go_round(one, scenes, rounds)
        return start, _held(one)


def _go_round(one: Tab, scenes: Sequence[str], times: int) -> None:
    """Until the last scene has given way to the first so many times."""
    for scene in (scenes[-1], scenes[0]) * times:
        one.wait_for(f"{WALL}.dataset.shown === '{scene}'", 2 * ROUND_S)


def _held(one: Tab) -> Held:
    return Held(one.heap_after_collection(), one.evaluate("document.querySelectorAll('*').length"))
