"""`scopc backfill`: history for the simulated city, beside a running demo."""

import os
import sys
from datetime import timedelta

from dashboard import compose
from dashboard.settings import Settings
from data_sources import catalogue
from data_sources.errors import ConfigError
from data_sources.pack_service import read_service
from data_sources.rollup.back_history import fill_back_history
from data_sources.simulator.backfill import backfill
from data_sources.simulator.observatory import nature_of
from data_sources.simulator.scenario import read_scenario
from data_sources.simulator.service_past import Town

NICENESS = 10
"""The history may wait; what is live may not."""
TELL_EVERY_SHARE = 0.1


def run(settings: Settings, seed: int, span: timedelta) -> None:
    """Load what is missing of so long a time, and say how far it is. ConfigError outside demo mode."""
    if not settings.synthetic:
        raise ConfigError("back history is made for a simulated city only: `scopc demo` starts this")
    os.nice(NICENESS)
    city = compose.load_city(settings)
    network, service = compose.load_network(settings, city), read_service(city.root)
    town = Town(
        city,
        catalogue.load_schedule(city, demo=settings.demo_timetable),
        {line.route_id: line.vehicles for line in service.lines} if service else None,
        tuple(network.links.values()) if network else (),
    )
    now = compose.clock()
    history = compose.open_history(settings)
    progress = _Progress()
    try:
        backfill(
            town,
            history,
            nature_of(city, seed),
            read_scenario(city.root, "normal"),
            now,
            fill=lambda spec: fill_back_history(city, history, now, (spec,)),
            span=span,
            progress=progress.tell,
        )
    finally:
        history.close()


class _Progress:
    """A line at the start, at each tenth and at the end."""

    def __init__(self) -> None:
        self._told = -1.0

    def tell(self, done: int, total: int) -> None:
        """Say how far it is, if that is worth a line."""
        share = done / total if total else 1.0
        if self._told < 0 or share - self._told >= TELL_EVERY_SHARE or (share == 1 and self._told < 1):
            self._told = share
            sys.stdout.write(f"back history {100 * share:.0f} % ({done:,} of {total:,} series)\n")
            sys.stdout.flush()
