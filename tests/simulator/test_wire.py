"""What the simulated city sends can be read by the libraries that read real feeds."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from dashboard.local_stack import free_port
from data_sources.errors import ConfigError, FeedContentError
from data_sources.feeds.geojson_positions import parse as parse_geojson
from data_sources.feeds.gtfs_realtime import parse as parse_gtfs_realtime
from data_sources.model.city import Bounds, City, CitySpec, FeedSpec, MapView, RouteSign
from data_sources.model.spec import Names
from data_sources.simulator.city import SimulatedCity
from data_sources.simulator.faults import Command
from data_sources.simulator.server import SimulatorOptions, http_app, run
from data_sources.simulator.subscriptions import Subscriptions
from data_sources.simulator.wire import MQTT_FEATURES_MAX

from .conftest import WEEKDAY_8AM, after, make_schedule

NAMES = Names(th="เมือง", en="Town")
TOPIC = "fleet/positions"
ROUTES = ("LOOP", "LINE")


def feed(feed_id: str, kind: str = "gtfs_realtime", **fields: Any) -> FeedSpec:
    return FeedSpec.model_validate(
        {"feed_id": feed_id, "kind": kind, "names": NAMES, "agency": NAMES, "simulated": ROUTES, **fields}
    )


FEEDS = (
    feed("vehicles"),
    feed("loop_only", simulated=("LOOP",)),
    feed("updates", simulated_entities="trip_updates"),
    feed("notices", simulated_entities="alerts"),
    feed("document", "geojson_positions"),
    feed("broker", "geojson_positions", topic=TOPIC),
    feed("elsewhere", simulated=None),
)


def town(feeds: tuple[FeedSpec, ...] = FEEDS) -> City:
    bounds = Bounds(west=99, south=9, east=101, north=11)
    spec = CitySpec(
        city_id="town",
        names=NAMES,
        centre_name=NAMES,
        bounds=bounds,
        views=(MapView(view_id="all", names=NAMES, bounds=bounds),),
        routes=tuple(
            RouteSign(route_id=route_id, short=Names(th=name, en=name), colour="teal")
            for route_id, name in (("LOOP", "Harbour"), ("LINE", "Hill"))
        ),
    )
    return City(root=Path(), spec=spec, feeds=feeds, screens=())


def simulate(**options: Any) -> SimulatedCity:
    fleet = {"LOOP": 6, "LINE": 3}
    simulated = SimulatedCity(town(), make_schedule(), start=WEEKDAY_8AM, fleet=fleet, **options)
    simulated.tick(after(300))
    return simulated


def message(body: bytes) -> Any:
    found = pb.FeedMessage()
    found.ParseFromString(body)
    return found


def test_vehicle_positions_are_gtfs_realtime_with_stamps_of_real_time() -> None:
    found = message(simulate().body("vehicles"))
    assert found.header.gtfs_realtime_version == "2.0"
    assert found.header.timestamp == after(300).timestamp()
    assert sorted(entity.vehicle.vehicle.id for entity in found.entity) == [
        *("HA1", "HA2", "HA3", "HA4", "HA5", "HA6"),
        *("HI1", "HI2", "HI3"),
    ]
    assert {entity.vehicle.timestamp for entity in found.entity} == {after(300).timestamp()}
    assert {entity.vehicle.trip.route_id for entity in found.entity} == set(ROUTES)
    assert any(entity.vehicle.trip.trip_id == "loop-day" for entity in found.entity)


def test_our_own_parser_reads_every_vehicle_without_a_flag() -> None:
    simulated = simulate()
    batch = parse_gtfs_realtime(simulated.body("vehicles"), feed=FEEDS[0], received_at=after(301))
    assert len(batch.positions) == 9
    assert not batch.rejected
    assert not any(position.flags for position in batch.positions)
    batch = parse_geojson(simulated.body("document"), feed=FEEDS[4], received_at=after(301))
    assert len(batch.positions) == 9
    assert all(position.observed_at == after(300) for position in batch.positions)
    assert not any(position.flags for position in batch.positions)
    assert {position.status for position in batch.positions} <= {"in_service", "charging", "layover"}


def test_feed_carries_its_own_routes_only() -> None:
    found = message(simulate().body("loop_only"))
    assert {entity.vehicle.trip.route_id for entity in found.entity} == {"LOOP"}


def test_trip_updates_tell_delay_and_next_stops() -> None:
    found = message(simulate().body("updates"))
    assert found.entity
    for entity in found.entity:
        update = entity.trip_update
        stops = {
            call.stop_sequence: call.stop_id for call in make_schedule().trips[update.trip.trip_id].stop_times
        }
        times = [stop.arrival.time for stop in update.stop_time_update]
        assert all(stops[stop.stop_sequence] == stop.stop_id for stop in update.stop_time_update)
        assert times == sorted(times)
        assert times[0] >= after(300).timestamp()
        assert abs(update.delay) < 600


def test_predictions_are_nearer_when_the_worlds_clock_runs_faster() -> None:
    def horizon(speed: float) -> float:
        simulated = SimulatedCity(town(), make_schedule(), start=WEEKDAY_8AM, speed=speed)
        found = message(simulated.body("updates"))
        return max(
            stop.arrival.time - WEEKDAY_8AM.timestamp()
            for entity in found.entity
            for stop in entity.trip_update.stop_time_update
        )

    assert horizon(10) == pytest.approx(horizon(1) / 10, abs=1)


def test_line_that_is_due_and_shows_no_vehicle_gets_an_alert_in_both_languages() -> None:
    simulated = simulate()
    assert not message(simulated.body("notices")).entity
    for number in range(1, 7):
        simulated.faults.obey(Command(action="drop", vehicle=f"HA{number}"), set(simulated.feeds))
    simulated.forget()
    (entity,) = message(simulated.body("notices")).entity
    assert entity.alert.effect == pb.Alert.NO_SERVICE
    assert [informed.route_id for informed in entity.alert.informed_entity] == ["LOOP"]
    assert [text.language for text in entity.alert.header_text.translation] == ["th", "en"]
    assert "simulated" in entity.alert.header_text.translation[1].text


def test_same_seed_sends_the_same_bytes() -> None:
    one, other = simulate(seed=5), simulate(seed=5)
    for feed_id in ("vehicles", "updates", "notices", "document"):
        assert one.body(feed_id) == other.body(feed_id)
    assert one.messages("broker") == other.messages("broker")


def test_small_fleet_sends_a_feature_per_vehicle_and_a_large_one_a_collection_per_route() -> None:
    small = [json.loads(body) for body in simulate().messages("broker")]
    assert [document["type"] for document in small] == ["Feature"] * 9
    assert {"id", "route", "status", "batteryPct", "passengers", "timestamp"} <= set(small[0]["properties"])
    large = [json.loads(body) for body in simulate(vehicles=MQTT_FEATURES_MAX + 1).messages("broker")]
    assert [document["type"] for document in large] == ["FeatureCollection"] * 2
    assert sum(len(document["features"]) for document in large) == MQTT_FEATURES_MAX + 1


def test_clock_that_jumps_back_moves_no_vehicle() -> None:
    simulated = simulate()
    before = simulated.world.elapsed_s
    simulated.tick(after(100))
    assert simulated.world.elapsed_s == before
    assert message(simulated.body("vehicles")).header.timestamp == after(100).timestamp()


@pytest.mark.parametrize(
    ("feeds", "reason"),
    [
        ((feed("elsewhere", simulated=None),), "no feed says `simulated`"),
        ((feed("vehicles", simulated=("GONE",)),), "no trips on the simulated routes GONE"),
    ],
)
def test_pack_that_cannot_be_simulated_is_refused(feeds: tuple[FeedSpec, ...], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        SimulatedCity(town(feeds), make_schedule(), start=WEEKDAY_8AM)


def test_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="unknown scenario 'rush'; known: normal, timetable"):
        simulate(scenario="rush")


# --- over HTTP ----------------------------------------------------------------------------------


def ask(simulated: SimulatedCity, conversation: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Talk to the HTTP application of a simulated city."""

    async def talk() -> None:
        transport = httpx.ASGITransport(http_app(simulated, Subscriptions(simulated)))
        async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
            await conversation(client)

    asyncio.run(talk())


def test_unchanged_message_is_answered_304() -> None:
    simulated = simulate()

    async def conversation(client: httpx.AsyncClient) -> None:
        first = await client.get("/feeds/vehicles")
        again = await client.get("/feeds/vehicles", headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        simulated.tick(after(301))
        news = await client.get("/feeds/vehicles", headers={"If-None-Match": first.headers["etag"]})
        assert news.status_code == 200
        assert message(news.content).header.timestamp == after(301).timestamp()

    ask(simulated, conversation)


def test_message_is_compressed_on_request() -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        for encoding, expected in (("gzip", "gzip"), ("identity", None)):
            async with client.stream(
                "GET", "/feeds/document", headers={"Accept-Encoding": encoding}
            ) as answer:
                assert answer.headers.get("content-encoding") == expected
                raw = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert len(json.loads(gzip.decompress(raw) if expected else raw)["features"]) == 9

    ask(simulate(), conversation)


@pytest.mark.parametrize("path", ["/feeds/none", "/feeds/elsewhere", "/feeds/broker"])
def test_feed_that_is_not_polled_here_is_404(path: str) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        assert (await client.get(path)).status_code == 404

    ask(simulate(), conversation)


def test_faults_come_and_go_by_order() -> None:
    simulated = simulate()

    async def conversation(client: httpx.AsyncClient) -> None:
        async def order(**command: Any) -> None:
            assert (await client.post("/control", json=command)).status_code == 200

        async def body() -> bytes:
            simulated.tick(simulated.now + timedelta(seconds=1))
            return (await client.get("/feeds/vehicles")).content

        whole = await body()
        await order(action="freeze", feed="vehicles")
        assert await body() == whole
        await order(action="html", feed="vehicles")
        page = await client.get("/feeds/vehicles")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        await order(action="empty", feed="vehicles")
        assert await body() == b""
        await order(action="truncated", feed="vehicles")
        with pytest.raises(FeedContentError, match="ends too early"):
            parse_gtfs_realtime(await body(), feed=FEEDS[0], received_at=WEEKDAY_8AM)
        await order(action="unavailable", feed="vehicles")
        assert (await client.get("/feeds/vehicles")).status_code == 503
        await order(action="restore")
        await order(action="skew", feed="vehicles", seconds=-3600)
        assert message(await body()).header.timestamp == simulated.now.timestamp() - 3600
        await order(action="restore", feed="vehicles")
        await order(action="drop", vehicle="HA1")
        assert len(message(await body()).entity) == 8
        await order(action="restore")
        assert len(message(await body()).entity) == 9

    ask(simulated, conversation)


@pytest.mark.parametrize(
    "command",
    [
        b"not json",
        b'{"action": "explode"}',
        b'{"action": "freeze"}',
        b'{"action": "freeze", "feed": "none"}',
        b'{"action": "drop"}',
        b'{"action": "drop", "vehicel": "R1"}',
    ],
)
def test_order_that_makes_no_sense_is_400_with_the_reason(command: bytes) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        answer = await client.post("/control", content=command)
        assert answer.status_code == 400
        assert answer.json()["error"]

    ask(simulate(), conversation)


# --- as a whole, over sockets -------------------------------------------------------------------


def utc_now() -> datetime:
    return datetime.now(UTC)


@contextlib.asynccontextmanager
async def running(**fields: Any) -> AsyncIterator[SimulatorOptions]:
    """The simulator on free ports of the loopback, with the wall clock."""
    options = SimulatorOptions(http_port=free_port(), mqtt_port=free_port(), **fields)
    stop, ready = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(run(town(), make_schedule(), options, utc_now, stop=stop, ready=ready))
    await asyncio.wait({serving, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield options
    finally:
        stop.set()
        await serving


def test_real_clients_read_both_protocols() -> None:
    async def talk() -> None:
        async with running(vehicles=20) as options:
            async with httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"http://127.0.0.1:{options.http_port}/feeds/vehicles")
            assert len(message(answer.content).entity) == 20
            seen: dict[str, list[datetime]] = {}
            async with aiomqtt.Client("127.0.0.1", options.mqtt_port) as subscriber:
                await subscriber.subscribe(TOPIC)
                async for one in subscriber.messages:
                    properties = json.loads(bytes(one.payload))["properties"]
                    stamps = seen.setdefault(properties["id"], [])
                    stamps.append(datetime.fromisoformat(properties["timestamp"]))
                    if len(seen) == 20 and min(map(len, seen.values())) >= 2:
                        break
        for stamps in seen.values():
            assert stamps[1] - stamps[0] == timedelta(seconds=1)

    asyncio.run(asyncio.wait_for(talk(), 30))


def test_port_in_use_is_told_in_one_line() -> None:
    async def talk() -> None:
        async with running() as options:
            again = asyncio.Event()
            with pytest.raises(ConfigError, match="cannot listen on 127"):
                await run(town(), make_schedule(), options, utc_now, stop=again, ready=again)

    asyncio.run(asyncio.wait_for(talk(), 30))
