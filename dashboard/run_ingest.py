"""`scopc ingest`: builds the single writer and runs it until SIGTERM or Ctrl-C."""

import asyncio
import signal

from dashboard import compose
from dashboard.settings import Settings
from data_sources import catalogue
from data_sources.ingest.intake import Intake
from data_sources.ingest.loops import Ingest, IngestOptions


def run(settings: Settings) -> None:
    """Run ingest; returns once everything acknowledged is written and leases are given back."""
    city = compose.load_city(settings)
    schedule = catalogue.load_schedule(city, demo=settings.demo_timetable)
    live = compose.open_live(settings, city)
    history = compose.open_history(settings, upgrade=True)
    intakes = [
        Intake(feed, history, live, bounds=city.spec.bounds, limits=city.spec.vehicles, schedule=schedule)
        for feed in city.feeds
    ]
    options = IngestOptions(owner=compose.owner(), retention=compose.retention(settings))
    try:
        asyncio.run(_run_until_signalled(Ingest(intakes, history, live, compose.clock, options)))
    finally:
        live.close()
        history.close()


async def _run_until_signalled(ingest: Ingest) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ingest.stop)
    await ingest.run()
