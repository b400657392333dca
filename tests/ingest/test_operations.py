"""The operations loop: what feeds say reaches the desks, the live picture and history, and survives."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from data_sources.desks.traffic_desk import FORGET_AFTER
from data_sources.errors import StoreError
from data_sources.ingest.intake import INCIDENT_KEPT_FOR, Intake
from data_sources.ingest.operations import FRAMES_MAX, Desks, OperationsLoop
from data_sources.measures.freshness import Freshness, value_freshness
from data_sources.model.city import FeedSpec, VehicleLimits
from data_sources.model.feed import FeedState
from data_sources.model.traffic import Incident, LinkState
from data_sources.rules.traffic import LINK_UNKNOWN
from data_sources.schedule import Schedule
from data_sources.stores.base import Topic
from data_sources.stores.memory import MemoryHistory, MemoryLive
from tests.builders import NOON, message, payload, seconds
from tests.ingest import small_city
from tests.ingest.small_city import BUSES, EVENTS, FLOW, PUSHED, accident, desks, events, flow

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class PluggedHistory(MemoryHistory):
    """The real memory store behind a plug that a test can pull."""

    away = False

    def _check(self) -> None:
        if self.away:
            raise StoreError("history store: connection refused")

    def record_links(self, minute: datetime, links: Sequence[LinkState]) -> None:
        self._check()
        super().record_links(minute, links)

    def record_incidents(self, incidents: Sequence[Incident], closed: Sequence[Incident]) -> None:
        self._check()
        super().record_incidents(incidents, closed)

    def record_operations(self, *records: object) -> None:
        self._check()
        super().record_operations(*records)  # type: ignore[arg-type]


class PluggedLive(MemoryLive):
    """The same for the live store; pulled, it also forgets."""

    away = False

    def put_links(self, links: Sequence[LinkState]) -> None:
        if self.away:
            self._links, self._incidents, self._operations = (), (), None
            raise StoreError("live store: connection refused")
        super().put_links(links)


class City:
    """Ingest of the small city without its loops: intakes and the operations loop by a given clock."""

    def __init__(self, schedule: Schedule | None = None) -> None:
        self.history = PluggedHistory()
        self.live = PluggedLive()
        self.schedule = schedule
        self.start(NOON)

    def start(self, now: datetime) -> None:
        """Start, or start again after the process was killed."""
        self.operations = OperationsLoop(lambda: desks(self.schedule), self.history, self.live)
        self.operations.restore(now)
        self.intakes: dict[str, Intake] = {}
        for feed in small_city.FEEDS:
            self.intakes[feed.feed_id] = self.intake(feed)
            self.intakes[feed.feed_id].restore(now)

    def intake(self, feed: FeedSpec) -> Intake:
        return Intake(
            feed,
            self.history,
            self.live,
            bounds=None,
            limits=VehicleLimits(),
            schedule=None,
            operations=self.operations,
        )

    def tick(self, now: datetime) -> None:
        for intake in self.intakes.values():
            intake.tick(now)
        states = {feed_id: intake.status.state for feed_id, intake in self.intakes.items()}
        self.operations.tick(now, states)

    def run(self, start: datetime, end: datetime, step_s: float = 5) -> None:
        """Tick from start to end."""
        now = start
        while now <= end:
            self.tick(now)
            now += seconds(step_s)

    def link(self, link_id: str = "south") -> LinkState:
        return next(one for one in self.live.links() if one.link_id == link_id)

    def open(self) -> list[str]:
        return [one.incident_id for one in self.live.incidents()]


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def city_with_service(tmp_path: Path) -> City:
    return City(small_city.timetable(tmp_path / "gtfs"))


def drive(city: City, start: datetime, duration_s: int, speed_mps: float = 6.0) -> datetime:
    """A bus from stop A towards C, a fix every 10 s; when it has ended."""
    for second in range(0, duration_s + 1, 10):
        now = start + seconds(second)
        lon = 10.5 + second * speed_mps / 70_800
        bus = {"id": "b1", "lat": 50.5, "lon": lon, "at": now, "route": "r1"}
        city.intakes["buses"].accept(payload(message(now, [bus]), at=now), now)
        city.tick(now)
    return start + seconds(duration_s)


def test_speed_of_a_feed_becomes_the_state_of_its_link_and_others_have_no_data(city: City) -> None:
    city.intakes["flow"].accept(flow({"south": 23.0}), NOON)
    city.tick(NOON)
    assert city.link("south").speed_kmh == 23.0
    assert city.link("south").feed_id == "flow"
    assert city.link("north").speed_kmh is None
    assert city.link("north").observed_at is None


def test_message_of_a_traffic_feed_is_acknowledged_with_payload_and_status(city: City) -> None:
    sent = flow({"south": 23.0})
    city.intakes["flow"].accept(sent, NOON)
    last = city.history.latest_message("flow")
    assert last is not None
    stored = city.history.payload(last.payload_id)
    assert stored is not None
    assert stored.payload == sent
    status = city.history.feed_statuses()["flow"]
    assert (status.state, status.accepted, status.last_content_at) == (FeedState.UP, 1, NOON)


def test_speed_on_no_link_lies_in_quarantine_with_its_payload_and_is_not_accepted(city: City) -> None:
    sent = flow({"south": 23.0, "nowhere": 50.0})
    status = city.intakes["flow"].accept(sent, NOON)
    assert (status.accepted, status.rejected) == (1, {LINK_UNKNOWN.code: 1})
    (refused,) = city.history.quarantined("flow")
    assert (refused.code, refused.entity_id) == (LINK_UNKNOWN.code, "nowhere")
    assert refused.payload_id is not None
    evidence = city.history.payload(refused.payload_id)
    assert evidence is not None
    assert evidence.payload == sent


def test_links_of_a_frozen_source_turn_stale_by_time_alone_and_then_have_no_data(city: City) -> None:
    city.intakes["flow"].accept(flow({"south": 23.0}), NOON)
    city.tick(NOON)
    for minutes in range(1, 11):
        now = NOON + minutes * MINUTE
        city.intakes["flow"].unchanged(now)
        city.tick(now)
    state = city.link("south")
    assert state.observed_at == NOON, "nothing makes an old value young"
    assert value_freshness(state.observed_at, now, FLOW.interval_s) is Freshness.STALE
    assert city.intakes["flow"].status.state is FeedState.LATE
    city.tick(NOON + FORGET_AFTER + seconds(1))
    assert city.link("south").speed_kmh is None


def test_network_is_announced_when_it_changed_and_not_otherwise(city: City) -> None:
    heard: list[Topic] = []
    city.live.subscribe(heard.append)
    city.tick(NOON)
    city.intakes["flow"].accept(flow({"south": 23.0}), NOON)
    city.tick(NOON + seconds(1))
    city.run(NOON + seconds(2), NOON + seconds(30))
    assert heard.count(Topic.LINKS) == 2


def test_state_of_the_network_is_kept_once_a_minute_at_the_minute(city: City) -> None:
    city.intakes["flow"].accept(flow({"south": 23.0}), NOON)
    city.run(NOON + seconds(7), NOON + seconds(190), step_s=1)
    frames = city.history.link_frames(NOON, NOON + DAY)
    assert [minute for minute, _ in frames] == [NOON + MINUTE, NOON + 2 * MINUTE, NOON + 3 * MINUTE]
    assert all(links[0].speed_kmh == 23.0 and links[0].observed_at == NOON for _, links in frames)


def test_incident_leaves_the_live_picture_when_its_feed_no_longer_lists_it(city: City) -> None:
    city.intakes["events"].accept(events(["e1", "e2"]), NOON)
    city.tick(NOON)
    assert city.open() == ["e1", "e2"]
    assert city.live.incidents()[0].link_ids == ("south",)
    later = NOON + MINUTE
    city.intakes["events"].accept(events(["e2"], at=later), later)
    city.tick(later)
    assert city.open() == ["e2"]
    assert [one.incident_id for one in city.history.open_incidents()] == ["e2"]
    (first, _) = city.history.incidents_between(NOON, later)
    assert (first.incident_id, first.closed, first.ended_at) == ("e1", True, later)


def test_unusable_message_ends_no_incident(city: City) -> None:
    city.intakes["events"].accept(events(["e1"]), NOON)
    for number, broken in enumerate([b"<html>", b"{}", b""]):
        now = NOON + seconds(number + 1)
        city.intakes["events"].accept(payload(broken, at=now), now)
        city.tick(now)
    assert city.open() == ["e1"]


def test_restart_takes_up_open_incidents_and_announces_nothing(city: City) -> None:
    city.intakes["events"].accept(events(["e1", "e2"]), NOON)
    city.tick(NOON)
    before = city.live.incidents()
    heard: list[Topic] = []
    city.live.subscribe(heard.append)
    city.start(NOON + MINUTE)
    city.tick(NOON + MINUTE)
    again = NOON + 2 * MINUTE
    city.intakes["events"].accept(events(["e1", "e2"], at=again), again)
    city.tick(again)
    assert Topic.INCIDENTS not in heard
    assert city.live.incidents() == before
    assert city.history.open_incidents() == list(before)
    assert len(city.history.incidents_between(NOON, NOON + DAY)) == 2


def test_incident_that_ended_while_ingest_was_down_is_closed_by_the_next_message(city: City) -> None:
    city.intakes["events"].accept(events(["e1", "e2"]), NOON)
    city.tick(NOON)
    later = NOON + 10 * MINUTE
    city.start(later)
    city.intakes["events"].accept(events(["e2"], at=later), later)
    city.tick(later)
    assert city.open() == ["e2"]
    assert [one.incident_id for one in city.history.open_incidents()] == ["e2"]


def test_restart_with_an_empty_live_store_fills_it_from_history(city: City) -> None:
    city.intakes["events"].accept(events(["e1"]), NOON)
    city.intakes["flow"].accept(flow({"south": 23.0}), NOON)
    city.run(NOON, NOON + seconds(70))
    city.live = PluggedLive()
    now = NOON + seconds(80)
    city.start(now)
    city.tick(now)
    assert city.open() == ["e1"]
    assert (city.link("south").speed_kmh, city.link("south").observed_at) == (23.0, NOON)


def test_notification_of_one_accident_ends_no_other_also_after_a_restart(city: City) -> None:
    one, two, three = (f"urn:ngsi-ld:RoadAccident:{name}" for name in ("one", "two", "three"))
    city.intakes["pushed"].accept(accident("one"), NOON)
    city.intakes["pushed"].accept(accident("two", NOON + seconds(1)), NOON + seconds(1))
    city.tick(NOON + seconds(1))
    assert city.open() == [one, two]
    city.start(NOON + MINUTE)
    now = NOON + 2 * MINUTE
    city.intakes["pushed"].accept(accident("three", now), now)
    city.tick(now)
    assert sorted(city.open()) == sorted([one, two, three])
    over = NOON + 3 * MINUTE
    city.intakes["pushed"].accept(accident("one", over, status="solved"), over)
    city.tick(over)
    assert sorted(city.open()) == sorted([two, three])


def test_pushed_accident_that_nobody_tells_of_any_more_is_over_at_last(city: City) -> None:
    city.intakes["pushed"].accept(accident("one"), NOON)
    city.tick(NOON)
    city.tick(NOON + INCIDENT_KEPT_FOR)
    assert len(city.open()) == 1
    city.tick(NOON + INCIDENT_KEPT_FOR + seconds(1))
    assert city.open() == []


def test_what_history_should_have_waits_while_it_is_away_and_follows(city: City) -> None:
    city.tick(NOON)
    city.history.away = True
    city.intakes["flow"].accept(flow({"south": 23.0}), NOON)
    city.intakes["events"].accept(events(["short", "long"]), NOON)
    city.run(NOON + seconds(1), NOON + seconds(130))
    later = NOON + seconds(131)
    city.intakes["events"].accept(events(["long"], at=later), later)
    city.tick(later)
    assert city.link("south").speed_kmh == 23.0, "the picture goes on"
    assert city.open() == ["long"]
    assert city.operations.waiting > 0
    city.history.away = False
    city.tick(NOON + seconds(140))
    assert city.operations.waiting == 0
    assert len(city.history.link_frames(NOON, NOON + DAY)) == 2
    assert [one.incident_id for one in city.history.open_incidents()] == ["long"]
    assert {one.incident_id for one in city.history.incidents_between(NOON, NOON + DAY)} == {"short", "long"}


def test_store_that_is_away_is_told_once_and_once_when_it_is_back(city: City) -> None:
    with capture_logs() as told:
        city.tick(NOON)
        city.history.away = city.live.away = True
        for number in range(1, 6):
            now = NOON + number * MINUTE
            city.intakes["flow"].accept(flow({"south": 20.0 + number}, at=now), now)
            city.tick(now)
        city.history.away = city.live.away = False
        city.run(now + seconds(1), now + seconds(30))
    events_told = [one["event"] for one in told if one.get("part") == "operations"]
    assert events_told == [
        "history store away",
        "live store away",
        "history store back",
        "live store back",
    ]


def test_backlog_of_frames_is_bounded_and_keeps_the_newest(city: City) -> None:
    city.history.away = True
    city.run(NOON, NOON + (FRAMES_MAX + 30) * MINUTE, step_s=60)
    assert city.operations.waiting == FRAMES_MAX
    city.history.away = False
    city.tick(NOON + (FRAMES_MAX + 30) * MINUTE + seconds(5))
    minutes = [minute for minute, _ in city.history.link_frames(NOON, NOON + DAY)]
    assert minutes == [NOON + (31 + number) * MINUTE for number in range(FRAMES_MAX)]


def test_live_store_that_was_away_or_came_back_empty_is_filled_again(city: City) -> None:
    city.intakes["flow"].accept(flow({"south": 23.0}), NOON)
    city.intakes["events"].accept(events(["e1"]), NOON)
    city.tick(NOON)
    city.live.away = True
    later = NOON + seconds(5)
    city.intakes["flow"].accept(flow({"south": 20.0}, at=later), later)
    city.tick(later)
    city.live.away = False
    city.tick(NOON + seconds(7))
    assert (city.link().speed_kmh, city.open()) == (20.0, ["e1"])
    city.live._links, city.live._incidents = (), ()
    city.run(NOON + seconds(8), NOON + seconds(12), step_s=1)
    assert (city.link().speed_kmh, city.open()) == (20.0, ["e1"])


def test_bus_on_its_line_is_in_the_picture_and_its_passages_in_history(city_with_service: City) -> None:
    city = city_with_service
    end = drive(city, NOON, 200)
    picture = city.live.operations()
    assert picture is not None
    (route,) = picture.routes
    assert (route.route_id, route.in_service) == ("r1", 1)
    passages = city.history.passages_between(NOON - MINUTE, end + MINUTE)
    assert "B" in {one.stop_id for one in passages}
    assert {one.vehicle_id for one in passages} == {"buses:b1"}
    minutes = city.history.service_minutes(NOON, end)
    assert [one.minute for one in minutes] == [NOON, NOON + MINUTE, NOON + 2 * MINUTE]
    assert [one.observed for one in minutes] == [1, 1, 1]


def test_service_without_any_feed_is_unknown_and_never_zero(city_with_service: City) -> None:
    city_with_service.run(NOON, NOON + 3 * MINUTE)
    picture = city_with_service.live.operations()
    assert picture is not None
    assert picture.routes[0].in_service is None
    minutes = city_with_service.history.service_minutes(NOON, NOON + DAY)
    assert len(minutes) == 3
    assert {one.observed for one in minutes} == {None}


def test_passages_wait_while_history_is_away_and_are_kept_once(city_with_service: City) -> None:
    city = city_with_service
    city.history.away = True
    end = drive(city, NOON, 200)
    assert city.history.passages_between(NOON - MINUTE, end) == []
    city.history.away = False
    city.tick(end + seconds(2))
    kept = city.history.passages_between(NOON - MINUTE, end)
    assert len(kept) == len({(one.call, one.passed_at) for one in kept}) > 0


def test_drain_commits_what_the_last_tick_did_not(city_with_service: City) -> None:
    city = city_with_service
    city.history.away = True
    end = drive(city, NOON, 200)
    city.intakes["events"].accept(events(["e1"], at=end), end)
    city.history.away = False
    city.operations.drain(end)
    assert city.operations.waiting == 0
    assert city.history.passages_between(NOON - MINUTE, end)
    assert [one.incident_id for one in city.history.open_incidents()] == ["e1"]


def test_restart_between_two_stops_still_sees_the_next_passage(city_with_service: City) -> None:
    city = city_with_service
    drive(city, NOON, 80)
    now = NOON + seconds(90)
    city.start(now)
    for second in range(90, 201, 10):
        now = NOON + seconds(second)
        bus = {"id": "b1", "lat": 50.5, "lon": 10.5 + second * 6 / 70_800, "at": now, "route": "r1"}
        city.intakes["buses"].accept(payload(message(now, [bus]), at=now), now)
        city.tick(now)
    assert "B" in {one.stop_id for one in city.history.passages_between(NOON, now)}


def test_desk_that_fails_takes_no_feed_with_it(city: City) -> None:
    class Failing:
        def __getattr__(self, name: str) -> object:
            raise ZeroDivisionError(name)

    broken = Desks(Failing(), Failing())  # type: ignore[arg-type]
    city.operations._begin(broken)
    city.intakes["buses"].accept(
        payload(message(vehicles=[{"id": "b1", "lat": 50.5, "lon": 10.5, "at": NOON}])), NOON
    )
    with capture_logs() as told:
        city.intakes["flow"].accept(flow({"south": 23.0}), NOON)
        city.run(NOON, NOON + MINUTE)
    failed = [one["desk"] for one in told if one["event"] == "desk failed"]
    assert len(failed) == len(set(failed)) > 0, "told once each"
    assert len(city.live.positions()["buses"]) == 1
    assert city.intakes["flow"].status.state is FeedState.UP
    assert city.live.links() == ()


def test_feeds_without_an_operations_loop_still_work(city: City) -> None:
    alone = Intake(
        EVENTS, city.history, city.live, bounds=None, limits=VehicleLimits(), schedule=None, operations=None
    )
    assert alone.accept(events(["e1"]), NOON).accepted == 1
    assert {BUSES.feed_id, PUSHED.feed_id} <= set(city.live.feed_statuses())
