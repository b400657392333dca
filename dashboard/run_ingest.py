"""`scopc ingest`: builds the single writer and runs it until SIGTERM or Ctrl-C."""

import asyncio
import signal

from dashboard import compose
from dashboard.settings import Settings
from data_sources import catalogue
from data_sources.desks.traffic_desk import TrafficDesk, stop_places, stops_by_route
from data_sources.desks.transit_desk import TransitDesk
from data_sources.ingest.intake import Intake
from data_sources.ingest.loops import Ingest, IngestOptions
from data_sources.ingest.operations import Desks, OperationsLoop
from data_sources.model.city import City, TrafficSpec
from data_sources.model.service import ServiceSpec
from data_sources.network import Network
from data_sources.pack_service import read_service
from data_sources.schedule import Schedule
from data_sources.views.vehicles import operators


def run(settings: Settings) -> None:
    """Run ingest; returns once everything acknowledged is written and leases are given back."""
    city = compose.load_city(settings)
    schedule = catalogue.load_schedule(city, demo=settings.demo_timetable)
    network, service = compose.load_network(settings, city), read_service(city.root)
    live = compose.open_live(settings, city)
    history = compose.open_history(settings, upgrade=True)
    operations = OperationsLoop(lambda: desks(city, schedule, service, network), history, live)
    intakes = [
        Intake(
            feed,
            history,
            live,
            bounds=city.spec.bounds,
            limits=city.spec.vehicles,
            schedule=schedule,
            operations=operations,
        )
        for feed in city.feeds
    ]
    options = IngestOptions(owner=compose.owner(), retention=compose.retention(settings))
    ingest = Ingest(intakes, history, live, compose.clock, options, operations=operations)
    try:
        asyncio.run(_run_until_signalled(ingest))
    finally:
        live.close()
        history.close()


def desks(
    city: City, schedule: Schedule | None, service: ServiceSpec | None, network: Network | None
) -> Desks:
    """The desks of a city, knowing nothing yet."""
    traffic = TrafficDesk(
        network,
        city.spec.traffic or TrafficSpec(),
        feeds=city.feeds,
        stops_of_route=stops_by_route(schedule),
        stops=stop_places(schedule),
        operator_of=operators(city.feeds),
    )
    if schedule is None:
        return Desks(traffic, None)
    transit = TransitDesk(schedule, city.spec.vehicles, city.spec.operations, service, city.feeds)
    return Desks(traffic, transit)


async def _run_until_signalled(ingest: Ingest) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ingest.stop)
    await ingest.run()
