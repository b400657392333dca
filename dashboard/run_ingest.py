"""`scopc ingest`: builds the single writer and runs it until SIGTERM or Ctrl-C."""

import asyncio
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

from dashboard import compose
from dashboard.settings import Settings
from data_sources import catalogue
from data_sources.desks.traffic_desk import TrafficDesk, stop_places, stops_by_route
from data_sources.desks.transit_desk import TransitDesk
from data_sources.imports.handing_in import REJECTED_DIR
from data_sources.imports.spec import ImportSpec, read_imports
from data_sources.ingest.drop import LOOK_EVERY_S, DropFolder
from data_sources.ingest.intake import Intake
from data_sources.ingest.loops import Ingest, IngestOptions
from data_sources.ingest.operations import Desks, OperationsLoop
from data_sources.measures.patterns import RoutePlan
from data_sources.model.city import City, TrafficSpec
from data_sources.model.service import ServiceSpec
from data_sources.network import Network
from data_sources.pack_service import read_service
from data_sources.schedule import Schedule
from data_sources.stores.base import HistoryStore, LiveStore
from data_sources.text import load_texts
from data_sources.views.vehicles import operators


def run(settings: Settings) -> None:
    """Run ingest; returns once everything acknowledged is written and leases are given back."""
    city = compose.load_city(settings)
    specs = read_imports(city)
    schedule = catalogue.load_schedule(city, demo=settings.demo_timetable)
    network, service = compose.load_network(settings, city), read_service(city.root)
    live = compose.open_live(settings, city)
    history = compose.open_history(settings, upgrade=True)
    plans = compose.plans(schedule, service)
    operations = OperationsLoop(lambda: desks(city, schedule, plans, service, network), history, live)
    intakes = [
        Intake(
            feed,
            history,
            live,
            bounds=city.spec.bounds,
            limits=city.spec.vehicles,
            schedule=schedule,
            operations=operations,
            properties=city.properties,
        )
        for feed in city.feeds
    ]
    options = IngestOptions(owner=compose.owner(), retention=compose.retention(settings))
    ingest = Ingest(intakes, history, live, compose.clock, options, operations=operations)
    drop = None if settings.replay else _drop_folder(settings, city, specs, history, live)
    try:
        asyncio.run(_run_until_signalled(ingest, drop))
    finally:
        live.close()
        history.close()


def desks(
    city: City,
    schedule: Schedule | None,
    plans: Mapping[str, RoutePlan],
    service: ServiceSpec | None,
    network: Network | None,
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
    seats = service.vehicle.seats if service and service.vehicle else None
    transit = TransitDesk(schedule, plans, city.spec.vehicles, city.spec.operations, city.feeds, seats=seats)
    return Desks(traffic, transit)


def _drop_folder(
    settings: Settings,
    city: City,
    specs: Sequence[ImportSpec],
    history: HistoryStore,
    live: LiveStore,
) -> DropFolder:
    return DropFolder(
        settings.drop_dir or settings.data_dir / "drop",
        rejected_dir=settings.data_dir / REJECTED_DIR,
        city=city,
        specs=specs,
        history=history,
        live=live,
        texts=load_texts(),
        owner=compose.owner(),
    )


async def _run_until_signalled(ingest: Ingest, drop: DropFolder | None) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        ingest.stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    if drop is None:
        await ingest.run()
        return
    async with asyncio.TaskGroup() as group:
        group.create_task(ingest.run(), name="ingest")
        group.create_task(_watch(drop, stopping), name="drop")


async def _watch(drop: DropFolder, stopping: asyncio.Event) -> None:
    """Look into the drop folder until it is time to stop."""
    while not stopping.is_set():
        await asyncio.to_thread(drop.look, compose.clock())
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), LOOK_EVERY_S)
    await asyncio.to_thread(drop.give_back)
