"""Serves the simulated city on loopback: HTTP for polled feeds, an MQTT broker for the others."""

import asyncio
import contextlib
import hashlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import httpx
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from data_sources.errors import ConfigError
from data_sources.model.city import City
from data_sources.pack_service import read_service
from data_sources.schedule import Schedule
from data_sources.services import Clock
from data_sources.simulator.answers import answer
from data_sources.simulator.city import SimulatedCity
from data_sources.simulator.faults import HTML_PAGE, Command
from data_sources.simulator.profile import VEHICLE, VehicleModel
from data_sources.simulator.roads import city_links
from data_sources.simulator.subscriptions import Subscriptions

LOOPBACK = "127.0.0.1"
GZIP_FROM_BYTES = 1000
RETAINED_FROM_S = 10.0
"""What is told so seldom is retained for whoever subscribes later; where a bus was is not."""
SUBSCRIPTIONS = "/feeds/{feed_id}/ngsi-ld/v1/subscriptions"


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What `scopc demo` asks for. `vehicles` None is the pack's own fleet, `links` None its own network;
    `speed` is how many seconds the world's clock runs in a real one."""

    http_port: int
    mqtt_port: int
    seed: int = 1
    scenario: str = "normal"
    vehicles: int | None = None
    speed: float = 1.0
    links: int | None = None


def run_simulator(city: City, schedule: Schedule, options: SimulatorOptions, clock: Clock) -> None:
    """Serve until SIGTERM or SIGINT. ConfigError when a port is taken or nothing can be simulated."""

    async def until_signalled() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await run(city, schedule, options, clock, stop=stop, ready=asyncio.Event())

    asyncio.run(until_signalled())


async def run(
    city: City,
    schedule: Schedule,
    options: SimulatorOptions,
    clock: Clock,
    *,
    stop: asyncio.Event,
    ready: asyncio.Event,
) -> None:
    """Serve until `stop` is set; `ready` is set once feeds can be read. The pack's service contract
    gives fleet and vehicle where it has one."""
    service = read_service(city.root)
    vehicle = service.vehicle if service else None
    simulated = SimulatedCity(
        city,
        schedule,
        start=clock().replace(microsecond=0),
        seed=options.seed,
        scenario=options.scenario,
        vehicles=options.vehicles,
        speed=options.speed,
        fleet={line.route_id: line.vehicles for line in service.lines} if service else None,
        model=VEHICLE
        if vehicle is None
        else VehicleModel(vehicle.seats, vehicle.energy_kwh_per_km, vehicle.battery_kwh, vehicle.charger_kw),
        links=city_links(city, options.links),
    )
    subscriptions = Subscriptions(simulated)
    app = http_app(simulated, subscriptions)
    async with (
        _http(app, options.http_port),
        _broker(simulated, options.mqtt_port) as broker,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        ready.set()
        ticking = asyncio.create_task(_tick(simulated, broker, clock, subscriptions, client))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((ticking, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if ticking.done():
            ticking.result()
        ticking.cancel()


def http_app(simulated: SimulatedCity, subscriptions: Subscriptions) -> Starlette:
    """The polled feeds, the broker's subscriptions, and the endpoint that orders faults."""

    async def feed(request: Request) -> Response:
        feed_id = request.path_params["feed_id"]
        spec = simulated.feeds.get(feed_id)
        if spec is None or spec.topic is not None:
            return JSONResponse({"error": f"no feed {feed_id!r} is polled here"}, 404)
        fault = simulated.faults.spoiled.get(feed_id)
        if fault == "unavailable":
            return Response(b"", 503)
        if fault == "html":
            return Response(HTML_PAGE, media_type="text/html")
        path = request.url.path.removeprefix(f"/feeds/{feed_id}")
        told = answer(simulated, spec, path, dict(request.query_params))
        body = simulated.faults.spoil(feed_id, told.body)
        if told.status != 200:
            return Response(body, told.status, told.headers, media_type=told.media_type)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        stamps = {"etag": etag, "last-modified": format_datetime(simulated.now, usegmt=True)}
        headers = {**told.headers, **stamps}
        if request.headers.get("if-none-match") == etag:
            return Response(None, 304, headers)
        return Response(body, 200, headers, media_type=told.media_type)

    async def subscribe(request: Request) -> Response:
        feed_id = request.path_params["feed_id"]
        spec = simulated.feeds.get(feed_id)
        if spec is None or spec.kind != "ngsi_ld":
            return JSONResponse({"error": f"feed {feed_id!r} has no context broker"}, 404)
        try:
            key = subscriptions.add(feed_id, await request.body())
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        return Response(None, 201, {"location": f"{request.url.path}/{key}"})

    async def unsubscribe(request: Request) -> Response:
        found = subscriptions.remove(request.path_params["feed_id"], request.path_params["key"])
        return Response(None, 204 if found else 404)

    async def control(request: Request) -> Response:
        try:
            simulated.faults.obey(
                msgspec.json.decode(await request.body(), type=Command), set(simulated.feeds)
            )
        except (ValueError, msgspec.DecodeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        simulated.forget()
        return JSONResponse({"ok": True})

    return Starlette(
        routes=[
            Route(SUBSCRIPTIONS, subscribe, methods=["POST"]),
            Route(SUBSCRIPTIONS + "/{key}", unsubscribe, methods=["DELETE"]),
            Route("/feeds/{feed_id}", feed),
            Route("/feeds/{feed_id}/{rest:path}", feed),
            Route("/control", control, methods=["POST"]),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES)],
    )


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: `run` decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _http(app: Starlette, port: int) -> AsyncIterator[None]:
    try:
        listener = socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise ConfigError(f"the simulator cannot listen on {LOOPBACK}:{port}") from error
    config = uvicorn.Config(app, lifespan="off", log_level="warning", access_log=False)
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        listener.close()


@contextlib.asynccontextmanager
async def _broker(simulated: SimulatedCity, port: int) -> AsyncIterator[Any]:
    """The broker of the feeds that are published; None when the city has none."""
    if not any(feed.topic for feed in simulated.feeds.values()):
        yield None
        return
    # Imported here: a city without such feeds does without it.
    from amqtt.broker import Broker
    from amqtt.errors import BrokerError

    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}"}},
            "plugins": {
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
            },
        }
    )
    try:
        await broker.start()
    except BrokerError as error:
        raise ConfigError(f"the simulator's broker cannot listen on {LOOPBACK}:{port}") from error
    try:
        yield broker
    finally:
        await broker.shutdown()


async def _tick(
    simulated: SimulatedCity,
    broker: Any,
    clock: Clock,
    subscriptions: Subscriptions,
    client: httpx.AsyncClient,
) -> None:
    """At each whole second: move the world, publish what is published; at each reading of the roads tell
    the subscribers, in a task of its own, as one that does not answer must not stop the world."""
    topics = [feed for feed in simulated.feeds.values() if feed.topic]
    async with asyncio.TaskGroup() as tasks:
        notifying: asyncio.Task[None] | None = None
        while True:
            await asyncio.sleep(_until_next_second(clock()))
            news = simulated.tick(clock())
            if news and (notifying is None or notifying.done()):
                notifying = tasks.create_task(subscriptions.notify(client))
            for feed in topics:
                for message in simulated.messages(feed.feed_id):
                    await broker.internal_message_broadcast(feed.topic, message, qos=0)
                    if feed.interval_s >= RETAINED_FROM_S:
                        await broker.retain_message(None, feed.topic, message, qos=0)


def _until_next_second(now: datetime) -> float:
    """Seconds to sleep; a little more, as waking early would tell the same second twice."""
    return 1.002 - now.microsecond / 1e6
