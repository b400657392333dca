"""What the city sends of its roads can be read by the parsers that read real feeds."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from dashboard.local_stack import free_port
from data_sources import catalogue
from data_sources.feeds import longdo_events, ngsi_ld, parser_of, tomtom_flow
from data_sources.feeds.source import Fetched
from data_sources.feeds.sources import open_source
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Payload
from data_sources.model.traffic import IncidentKind
from data_sources.simulator.city import SimulatedCity
from data_sources.simulator.roads import load_links
from data_sources.simulator.server import SimulatorOptions, http_app, run
from data_sources.simulator.subscriptions import Subscriptions

from .conftest import WEEKDAY_8AM, after, make_links, make_schedule
from .test_scenarios import HEAD
from .test_wire import feed, town, utc_now

TYPES = ("TrafficFlowObserved", "RoadAccident", "OffStreetParking", "EVChargingStation")
LINKS = make_links()
MEANT = {"link_id": LINKS[1].link_id, "lat": LINKS[1].points[5][0], "lon": LINKS[1].points[5][1]}
FEEDS = (
    feed("vehicles"),
    feed("notices", simulated_entities="alerts"),
    feed("broker", "ngsi_ld", simulated=(), simulated_entities="traffic", entity_types=TYPES),
    feed("parking", "ngsi_ld", simulated=(), entity_types=("OffStreetParking",)),
    feed("flow", "tomtom_flow", simulated=(), simulated_entities="traffic", points=(MEANT,)),
    feed("events", "longdo_events", simulated=(), simulated_entities="incidents"),
)
BY_ID = {one.feed_id: one for one in FEEDS}
CRASH = '[[incidents]]\nkind = "accident"\nroute = "LOOP"\nspeed_share = 0.2\nat_min = 1\nduration_min = 20\n'


def simulate(tmp_path: Path, minutes: float = 5, scenario: str = CRASH, **options: Any) -> SimulatedCity:
    """The fictional town on its ring road, some minutes after its start."""
    (tmp_path / "scenarios").mkdir(exist_ok=True)
    (tmp_path / "scenarios" / "x.toml").write_text(HEAD + scenario, "utf-8")
    city = town(FEEDS).model_copy(update={"root": tmp_path})
    fleet = {"LOOP": 6, "LINE": 3}
    simulated = SimulatedCity(
        city, make_schedule(), start=WEEKDAY_8AM, fleet=fleet, links=LINKS, scenario="x", **options
    )
    simulated.tick(after(minutes * 60))
    return simulated


def ask(simulated: SimulatedCity, conversation: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Talk to the HTTP application of a simulated city."""

    async def talk() -> None:
        transport = httpx.ASGITransport(http_app(simulated, Subscriptions(simulated)))
        async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
            await conversation(client)

    asyncio.run(talk())


def get(simulated: SimulatedCity, path: str, **params: Any) -> httpx.Response:
    found: list[httpx.Response] = []

    async def conversation(client: httpx.AsyncClient) -> None:
        found.append(await client.get(f"/feeds/{path}", params=params))

    ask(simulated, conversation)
    return found[0]


def entities(simulated: SimulatedCity, kind: str, feed_id: str = "broker", **params: Any) -> Batch:
    answer = get(simulated, f"{feed_id}/ngsi-ld/v1/entities", type=kind, limit=1000, **params)
    assert answer.status_code == 200
    return ngsi_ld.parse(answer.content, feed=BY_ID[feed_id], received_at=simulated.now)


# --- NGSI-LD --------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"options": "keyValues"}])
def test_every_link_is_told_without_a_flag(tmp_path: Path, options: dict[str, str]) -> None:
    simulated = simulate(tmp_path)
    batch = entities(simulated, "TrafficFlowObserved", **options)
    assert not batch.rejected
    assert {speed.link_id for speed in batch.link_speeds} == {link.link_id for link in LINKS}
    for speed in batch.link_speeds:
        assert speed.observed_at == after(300)
        assert speed.period_s == 60
        assert speed.speed_kmh is not None
        assert 5 < speed.speed_kmh < 75
        assert speed.occupancy_pct is not None
        assert speed.samples is not None
        assert speed.intensity_vph == speed.samples * 60
        assert set(speed.flags) <= {"congested"}
        link = next(one for one in LINKS if one.link_id == speed.link_id)
        assert speed.points == link.points


def test_incident_shows_in_the_speeds_that_are_sent(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    (one,) = simulated.world.traffic.active()
    speeds = {speed.link_id: speed for speed in entities(simulated, "TrafficFlowObserved").link_speeds}
    hit = speeds[LINKS[one.links[0]].link_id]
    assert hit.speed_kmh == min(speed.speed_kmh or 0 for speed in speeds.values())
    assert "congested" in hit.flags


def test_reading_changes_each_minute_and_not_in_between(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    first = entities(simulated, "TrafficFlowObserved").link_speeds
    assert simulated.tick(after(359)) is False
    assert [s.speed_kmh for s in entities(simulated, "TrafficFlowObserved").link_speeds] == [
        s.speed_kmh for s in first
    ]
    assert simulated.tick(after(360)) is True
    assert {s.observed_at for s in entities(simulated, "TrafficFlowObserved").link_speeds} == {after(360)}


def test_accident_is_told_as_going_on_and_later_as_solved(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    (accident,) = entities(simulated, "RoadAccident").incidents
    assert accident.kind is IncidentKind.ACCIDENT
    assert accident.started_at == after(60)
    assert not accident.closed
    assert accident.title["th"].startswith("อุบัติเหตุ")
    assert "simulated" in accident.description["en"]
    simulated.tick(after(25 * 60))
    (solved,) = entities(simulated, "RoadAccident").incidents
    assert solved.incident_id == accident.incident_id
    assert solved.started_at == accident.started_at
    assert solved.closed
    simulated.tick(after(40 * 60))
    assert not entities(simulated, "RoadAccident").incidents


def test_car_parks_fill_in_the_morning_and_empty_in_the_evening(tmp_path: Path) -> None:
    def free_share(hour: int) -> float:
        simulated = simulate(tmp_path, 1, f'clock = "{hour:02d}:00"\nweekday = 1\n')
        found = entities(simulated, "OffStreetParking", "parking").facilities
        assert len(found) >= 3
        assert all(0 <= (one.available or 0) <= (one.capacity or 0) for one in found)
        assert all(one.kind == "parking" and one.observed_at == after(60) for one in found)
        assert all("Simulated" in one.name["en"] and one.name["th"] for one in found)
        return sum(one.available or 0 for one in found) / sum(one.capacity or 0 for one in found)

    assert free_share(11) < 0.4 < 0.7 < free_share(21)


def test_chargers_are_taken_by_the_buses_that_charge(tmp_path: Path) -> None:
    simulated = simulate(tmp_path, 30)
    stations = entities(simulated, "EVChargingStation").facilities
    assert {one.kind for one in stations} == {"charging"}
    assert sum(one.capacity or 0 for one in stations) == 9
    taken = sum((one.capacity or 0) - (one.available or 0) for one in stations)
    charging = [s for s in simulated.world.snapshot(simulated.now) if s.status == "charging"]
    assert taken == len(charging) > 0


def test_broker_answers_by_page(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    seen: list[str] = []
    path = "broker/ngsi-ld/v1/entities"
    params: dict[str, Any] = {"type": "TrafficFlowObserved", "limit": 10, "count": "true"}
    for offset in (0, 10, 20):
        answer = get(simulated, path, **params, offset=offset)
        assert answer.headers["ngsild-results-count"] == "24"
        assert ('rel="next"' in answer.headers.get("link", "")) == (offset < 20)
        seen.extend(entity["id"] for entity in answer.json())
    assert len(set(seen)) == 24


@pytest.mark.parametrize(
    "params",
    [{}, {"type": "RoadAccident", "limit": "many"}, {"type": "RoadAccident", "limit": 5000}],
)
def test_broker_refuses_what_makes_no_sense(tmp_path: Path, params: dict[str, Any]) -> None:
    answer = get(simulate(tmp_path), "broker/ngsi-ld/v1/entities", **params)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_broker_has_only_the_feeds_own_types(tmp_path: Path) -> None:
    answer = get(simulate(tmp_path), "parking/ngsi-ld/v1/entities", type="TrafficFlowObserved")
    assert answer.json() == []


def test_frozen_broker_repeats_its_entities_with_their_old_stamps(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    before = entities(simulated, "TrafficFlowObserved")
    simulated.faults.frozen.add("broker")
    simulated.tick(after(1200))
    assert entities(simulated, "TrafficFlowObserved").link_speeds[0].observed_at == after(300)
    assert len(before.link_speeds) == 24


def test_skewed_broker_stamps_by_its_own_clock(tmp_path: Path) -> None:
    scenario = '[[faults]]\naction = "skew"\nfeed = "broker"\nseconds = -3600\nat_min = 2\n'
    simulated = simulate(tmp_path, 1, scenario)
    assert entities(simulated, "TrafficFlowObserved").link_speeds[0].observed_at == after(60)
    simulated.tick(after(120))
    assert entities(simulated, "TrafficFlowObserved").link_speeds[0].observed_at == after(120 - 3600)


def test_faults_of_the_scenario_come_and_go(tmp_path: Path) -> None:
    scenario = (
        '[[faults]]\naction = "unavailable"\nfeed = "events"\nat_min = 2\nduration_min = 1\n'
        '[[faults]]\naction = "drop"\nvehicles = 4\nat_min = 2\nduration_min = 1\nevery_min = 10\n'
    )
    simulated = simulate(tmp_path, 1, scenario)

    def seen() -> tuple[int, int]:
        found = pb.FeedMessage()
        found.ParseFromString(simulated.body("vehicles"))
        return get(simulated, "events").status_code, len(found.entity)

    told = []
    for seconds in (60, 120, 179, 180, 720, 780):
        simulated.tick(after(seconds))
        told.append(seen())
    assert told == [(200, 9), (503, 5), (503, 5), (200, 9), (200, 5), (200, 9)]


# --- subscriptions --------------------------------------------------------------------------------


class _Receiver(BaseHTTPRequestHandler):
    """A subscriber that keeps what it is sent and wants a token."""

    taken: list[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        allowed = self.headers["authorization"] == "Bearer secret"
        if allowed:
            self.taken.append(body)
        self.send_response(200 if allowed else 401)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def subscription(uri: str, token: str = "secret", **fields: Any) -> dict[str, Any]:
    info = [{"key": "Authorization", "value": f"Bearer {token}"}]
    return {
        "type": "Subscription",
        "entities": [{"type": "TrafficFlowObserved"}, {"type": "OffStreetParking"}],
        "notification": {"endpoint": {"uri": uri, "receiverInfo": info}, "format": "normalized"},
        **fields,
    }


def test_subscriber_is_notified_with_its_token_and_reads_what_a_query_gives(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    handler = type("Handler", (_Receiver,), {"taken": []})
    server = HTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    uri = f"http://127.0.0.1:{server.server_port}/notify"

    async def talk() -> None:
        subscriptions = Subscriptions(simulated)
        async with httpx.AsyncClient(trust_env=False) as client:
            key = subscriptions.add("broker", json.dumps(subscription(uri)).encode())
            refused = subscriptions.add("broker", json.dumps(subscription(uri, "wrong")).encode())
            await subscriptions.notify(client)
            assert len(handler.taken) == 1
            assert subscriptions.remove("broker", refused)
            simulated.faults.frozen.add("broker")
            await subscriptions.notify(client)
            assert len(handler.taken) == 1
            simulated.faults.frozen.clear()
            assert subscriptions.remove("broker", key)
            await subscriptions.notify(client)
            assert len(handler.taken) == 1

    try:
        asyncio.run(talk())
    finally:
        server.shutdown()
        server.server_close()
    document = json.loads(handler.taken[0])
    assert document["type"] == "Notification"
    pushed = ngsi_ld.parse(handler.taken[0], feed=BY_ID["broker"], received_at=simulated.now)
    assert pushed.link_speeds == entities(simulated, "TrafficFlowObserved").link_speeds
    assert pushed.facilities


@pytest.mark.parametrize(
    ("uri", "token"),
    [
        ("http://127.0.0.1:1/n", "secret"),
        ("http://127.0.0.1:1/n", "ลับ"),
    ],
)
def test_subscriber_that_cannot_be_told_stops_nothing(tmp_path: Path, uri: str, token: str) -> None:
    async def talk() -> None:
        subscriptions = Subscriptions(simulate(tmp_path))
        subscriptions.add("broker", json.dumps(subscription(uri, token)).encode())
        async with httpx.AsyncClient(trust_env=False) as client:
            await subscriptions.notify(client)

    asyncio.run(talk())


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"{}",
        json.dumps(subscription("http://127.0.0.1/n", entities=[])).encode(),
        json.dumps(subscription("http://192.0.2.7/n")).encode(),
        json.dumps(subscription("https://127.0.0.1/n")).encode(),
        json.dumps(subscription("http://127.0.0.1:99999/n")).encode(),
        json.dumps(subscription("http://broker.example/n")).encode(),
    ],
)
def test_subscription_that_leads_nowhere_good_is_refused(tmp_path: Path, body: bytes) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        answer = await client.post("/feeds/broker/ngsi-ld/v1/subscriptions", content=body)
        assert answer.status_code == 400
        assert answer.json()["error"]

    ask(simulate(tmp_path), conversation)


def test_subscription_is_made_and_ended_over_http(tmp_path: Path) -> None:
    async def conversation(client: httpx.AsyncClient) -> None:
        made = await client.post(
            "/feeds/broker/ngsi-ld/v1/subscriptions", json=subscription("http://127.0.0.1:1/n")
        )
        assert made.status_code == 201
        assert (await client.delete(made.headers["location"])).status_code == 204
        assert (await client.delete(made.headers["location"])).status_code == 404
        assert (await client.post("/feeds/flow/ngsi-ld/v1/subscriptions")).status_code == 404

    ask(simulate(tmp_path), conversation)


# --- over sockets ---------------------------------------------------------------------------------


class _NoInbox:
    """Nothing is sent to us here."""

    def take_inbox(self, feed_id: str, limit: int = 100) -> list[tuple[int, Payload]]:
        raise NotImplementedError

    def clear_inbox(self, ids: Sequence[int]) -> None:
        raise NotImplementedError


def test_real_sources_read_a_grown_network() -> None:
    """Sources of ingest fetch 1,200 load links in pages, and points one by one."""
    box = town(()).spec.views[0].bounds
    points = [
        {"link_id": link.link_id, "lat": link.points[0][0], "lon": link.points[0][1]}
        for link in load_links(3, box)
    ]
    asked = (
        feed("vehicles"),
        feed("broker", "ngsi_ld", simulated=(), entity_types=TYPES),
        feed("flow", "tomtom_flow", simulated=(), points=points),
        feed("events", "longdo_events", simulated=()),
    )

    async def talk() -> None:
        stop, ready = asyncio.Event(), asyncio.Event()
        options = SimulatorOptions(http_port=free_port(), mqtt_port=free_port(), links=1200)
        serving = asyncio.create_task(
            run(town(asked), make_schedule(), options, utc_now, stop=stop, ready=ready)
        )
        await asyncio.wait({serving, asyncio.create_task(ready.wait())}, return_when="FIRST_COMPLETED")
        served = catalogue.simulated(
            town(asked), f"http://127.0.0.1:{options.http_port}", "mqtt://127.0.0.1:1"
        )
        try:
            found = {one.feed_id: await fetched(one) for one in served.feeds}
        finally:
            stop.set()
            await serving
        speeds = [speed for batch in found["broker"] for speed in batch.link_speeds]
        assert len({speed.link_id for speed in speeds}) == len(speeds) == 1200
        assert all(speed.synthetic for speed in speeds)
        assert [speed.link_id for batch in found["flow"] for speed in batch.link_speeds] == [
            "load-00001",
            "load-00002",
            "load-00003",
        ]
        assert not any(batch.rejected for batches in found.values() for batch in batches)

    async def fetched(spec: FeedSpec) -> list[Batch]:
        source = open_source(spec, utc_now, _NoInbox())
        try:
            answer = await source.fetch()
        finally:
            await source.aclose()
        assert isinstance(answer, Fetched)
        messages = answer.payload.messages
        return [parser_of(spec)(one, feed=spec, received_at=utc_now()) for one in messages]

    asyncio.run(asyncio.wait_for(talk(), 30))


# --- TomTom, Longdo, alerts -----------------------------------------------------------------------


def flow(simulated: SimulatedCity, point: str) -> httpx.Response:
    path = "flow/traffic/services/4/flowSegmentData/relative0/10/json"
    return get(simulated, path, point=point, unit="KMPH")


def test_flow_service_answers_for_the_link_that_the_point_is_meant_for(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    answer = flow(simulated, f"{MEANT['lat']},{MEANT['lon']}")
    assert answer.status_code == 200
    batch = tomtom_flow.parse(answer.content, feed=BY_ID["flow"], received_at=simulated.now)
    (speed,) = batch.link_speeds
    assert speed.points == LINKS[1].points
    expected = float(simulated.world.traffic.ratio[1]) * 60
    assert speed.speed_kmh == pytest.approx(expected, abs=0.5)
    assert speed.free_flow_kmh == 60
    assert not speed.closed


def test_flow_service_tells_a_closed_road(tmp_path: Path) -> None:
    scenario = (
        '[[incidents]]\nkind = "flood"\ncorridor = "ring"\nlinks = 12\nboth_ways = true\nclosed = true\n'
    )
    simulated = simulate(tmp_path, 5, scenario)
    answer = flow(simulated, f"{MEANT['lat']},{MEANT['lon']}")
    (speed,) = tomtom_flow.parse(answer.content, feed=BY_ID["flow"], received_at=simulated.now).link_speeds
    assert speed.closed


@pytest.mark.parametrize("point", ["", "north", "10.5,100.5"])
def test_flow_service_refuses_a_point_on_no_road(tmp_path: Path, point: str) -> None:
    answer = flow(simulate(tmp_path), point)
    assert answer.status_code == 400
    assert "Point too far" in answer.json()["error"]


def test_events_are_text_only_with_local_times_and_read_as_incidents(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    body = get(simulated, "events").content
    (event,) = json.loads(body)
    assert all(isinstance(value, str) for value in event.values())
    assert event["start"] == "2026-11-18 08:01:00"
    (incident,) = longdo_events.parse(body, feed=BY_ID["events"], received_at=simulated.now).incidents
    assert incident.kind is IncidentKind.ACCIDENT
    assert incident.started_at == after(60)
    assert incident.ended_at == after(60 + 20 * 60)
    assert incident.severity == 3
    assert not incident.flags
    assert "Ring Road" in incident.title["en"]
    simulated.tick(after(400))
    again = longdo_events.parse(
        get(simulated, "events").content, feed=BY_ID["events"], received_at=after(400)
    )
    assert [one.incident_id for one in again.incidents] == [incident.incident_id]
    simulated.tick(after(30 * 60))
    assert json.loads(get(simulated, "events").content) == []


def test_stamps_are_real_time_when_the_worlds_clock_runs_faster(tmp_path: Path) -> None:
    simulated = simulate(tmp_path, 1, speed=10)
    (event,) = json.loads(get(simulated, "events").content)
    assert event["start"] == "2026-11-18 08:00:06"
    assert event["stop"] == "2026-11-18 08:02:06"


def test_incident_on_a_line_is_a_service_alert(tmp_path: Path) -> None:
    simulated = simulate(tmp_path)
    found = pb.FeedMessage()
    found.ParseFromString(simulated.body("notices"))
    (entity,) = found.entity
    assert entity.alert.cause == pb.Alert.ACCIDENT
    assert entity.alert.effect == pb.Alert.SIGNIFICANT_DELAYS
    assert [informed.route_id for informed in entity.alert.informed_entity] == ["LOOP"]
    assert entity.alert.active_period[0].start == after(60).timestamp()
    assert "simulated" in entity.alert.header_text.translation[1].text


def test_same_seed_sends_the_same_bytes(tmp_path: Path) -> None:
    scenario = CRASH + "[random_incidents]\nper_hour = 30\n"
    one, other = (simulate(tmp_path, 20, scenario, seed=5) for _ in range(2))
    for kind in TYPES:
        assert one.entities("broker", kind) == other.entities("broker", kind)
    for feed_id in ("events", "notices", "vehicles"):
        assert one.body(feed_id) == other.body(feed_id)


def test_city_without_links_sends_empty_lists(tmp_path: Path) -> None:
    city = town(FEEDS).model_copy(update={"root": tmp_path})
    simulated = SimulatedCity(city, make_schedule(), start=WEEKDAY_8AM)
    simulated.tick(WEEKDAY_8AM.astimezone(UTC) + timedelta(minutes=2))
    assert simulated.entities("broker", "TrafficFlowObserved") == []
    assert simulated.body("events") == b"[]"
    assert simulated.now == datetime(2026, 11, 18, 1, 2, tzinfo=UTC)
