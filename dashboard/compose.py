"""Composition root: settings in, services out. The only place that chooses implementations."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from dashboard.runfile import read_run_file
from dashboard.settings import Settings, environment
from data_sources import catalogue
from data_sources.errors import ConfigError
from data_sources.measures.patterns import RoutePlan, route_plans
from data_sources.model.city import City, FeedSpec, ScreenSpec
from data_sources.model.service import ServiceSpec
from data_sources.model.spec import Names
from data_sources.network import Network, read_network
from data_sources.pack_service import read_service
from data_sources.schedule import Schedule
from data_sources.services import Services
from data_sources.stores.base import HistoryStore, LiveStore, Retention
from data_sources.text import load_texts

REDIS_SCHEMES = ("redis", "rediss", "unix")

REPLAY_INTERVAL_S = 2.0
"""How often ingest asks the player for the recording that is due."""


def clock() -> datetime:
    """The wall clock, aware UTC. Everything below takes it as an argument."""
    return datetime.now(UTC)


def load_city(settings: Settings) -> City:
    """The city of the settings; in demo mode its simulated variant, in a replay with the recording
    as its only feed."""
    city = catalogue.load_city(settings.city, environment(), recording=settings.replay)
    if settings.replay_url:
        return with_recording(city, settings.replay_url, settings.replay_kind)
    if settings.simulator_http:
        city = catalogue.simulated(city, settings.simulator_http, settings.simulator_mqtt or "")
    return city


def with_recording(city: City, url: str, kind: str) -> City:
    """The city with one feed: the recording that is played at `url`."""
    names = Names(th="บันทึกข้อมูลย้อนหลัง", en="Recording")
    feed = FeedSpec.model_validate(
        {
            "feed_id": "recording",
            "kind": kind,
            "names": names,
            "agency": city.spec.names,
            "url": url,
            "interval_s": REPLAY_INTERVAL_S,
            "units": {spec.property_id: spec.unit for spec in city.properties.values()},
        }
    )
    screens = city.screens or (ScreenSpec(screen_id="main", names=city.spec.names),)
    return city.model_copy(update={"feeds": (feed,), "screens": screens})


def redis_url(settings: Settings) -> str:
    """The live store's URL: given, else that of a demo running on the same data folder."""
    if settings.redis_url:
        if not _is_redis_url(settings.redis_url):  # not told again: it may hold a password
            raise ConfigError("SCOPC_REDIS_URL: no URL of a Redis server, such as redis://127.0.0.1:6379/0")
        return settings.redis_url
    run = read_run_file(settings.data_dir)
    if run is not None:
        return run.redis_url
    raise ConfigError(f"no live store: set SCOPC_REDIS_URL, or start `scopc demo` on {settings.data_dir}")


def _is_redis_url(url: str) -> bool:
    try:
        told = urlsplit(url)
        return told.scheme in REDIS_SCHEMES and (told.port is None or told.port > 0)
    except ValueError:  # a port that is none
        return False


def open_live(settings: Settings, city: City) -> LiveStore:
    """Connect to the live store."""
    from data_sources.stores.live import RedisLive

    return RedisLive(redis_url(settings), city.spec.city_id)


def open_history(settings: Settings, *, upgrade: bool = False) -> HistoryStore:
    """Open the history store. With `upgrade` a SQLite database is created and brought up to date; a
    PostgreSQL server is only ever changed by `scopc db upgrade`."""
    from data_sources.stores.history import SqlHistory

    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    if upgrade and settings.history_url.startswith("sqlite"):
        from data_sources.stores.migrations import upgrade as migrate

        migrate(settings.history_url)
    return SqlHistory(settings.history_url)


def retention(settings: Settings) -> Retention:
    """How long things are kept."""
    operations = timedelta(days=settings.operations_keep_days)
    return Retention(
        positions=timedelta(days=settings.positions_keep_days),
        payloads=timedelta(hours=settings.payloads_keep_hours),
        quarantine=timedelta(days=settings.quarantine_keep_days),
        link_frames=timedelta(days=settings.links_keep_days),
        link_hours=operations,
        incidents=operations,
        operations=operations,
        observations=timedelta(days=settings.observations_keep_days),
        rollup_hours=timedelta(days=settings.hours_keep_days),
        tickets=timedelta(days=settings.tickets_keep_days),
    )


def owner() -> str:
    """Who holds a lease: host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def load_network(settings: Settings, city: City) -> Network | None:
    """The city's links; in a load test of demo mode filled up to as many as the simulator drives on."""
    network = read_network(city)
    if settings.demo_links is None or city.spec.traffic is None:
        return network
    from data_sources.simulator.roads import city_links

    return Network(city_links(city, settings.demo_links), snap_m=city.spec.traffic.snap_m)


def plans(schedule: Schedule | None, service: ServiceSpec | None) -> dict[str, RoutePlan]:
    """Patterns and rounds of every route; the contract's times of a round go before the schedule's."""
    return route_plans(schedule, service.rounds_s if service else None) if schedule else {}


@contextmanager
def services(settings: Settings) -> Iterator[Services]:
    """Everything that pages, API and stream need; stores are closed on exit."""
    city = load_city(settings)
    schedule = catalogue.load_schedule(city, demo=settings.demo_timetable)
    network, service = load_network(settings, city), read_service(city.root)
    live = open_live(settings, city)
    history = open_history(settings)
    try:
        yield Services(
            city=city,
            live=live,
            history=history,
            clock=clock,
            texts=load_texts(),
            schedule=schedule,
            network=network,
            service=service,
            plans=plans(schedule, service),
            synthetic=settings.synthetic,
            replay=settings.replay,
        )
    finally:
        live.close()
        history.close()
