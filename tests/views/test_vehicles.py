"""Vehicles at an instant: one view each, judged by the newest fix of all feeds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data_sources.model.city import VehicleLimits
from data_sources.model.gtfs import Route, Service, StopTime, Trip
from data_sources.model.transit import VehiclePosition, VehicleState
from data_sources.schedule import Schedule
from data_sources.views.vehicles import VehicleView, current_vehicles, operators
from tests.builders import feed_spec

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
LIMITS = VehicleLimits()


def fix(vehicle_id: str, age_s: float = 5, now: datetime = NOON, **more: Any) -> VehiclePosition:
    at = now - timedelta(seconds=age_s)
    values = {"feed_id": "a", "lat": 1.0, "lon": 2.0, "observed_at": at, "received_at": at, **more}
    return VehiclePosition(vehicle_id=vehicle_id, **values)


def judge(now: datetime = NOON, schedule: Schedule | None = None, **by_feed: Any) -> list[VehicleView]:
    return current_vehicles(by_feed, now=now, limits=LIMITS, schedule=schedule)


def day_schedule() -> Schedule:
    """Route 7 runs from 08:00 to 20:00 UTC on the day of the tests."""
    calls = (StopTime("s1", 1, 8 * 3600, 8 * 3600, None), StopTime("s2", 2, 20 * 3600, 20 * 3600, None))
    day = date(2026, 11, 22)
    return Schedule(
        zone=ZoneInfo("UTC"),
        routes={"7": Route("7", "7", "Seven", None)},
        stops={},
        trips={"t": Trip("t", "7", "daily", 0, "Town", None, calls)},
        shapes={},
        services={"daily": Service(added=frozenset({day}))},
    )


def test_newest_fix_of_all_feeds_wins_and_keeps_its_feed() -> None:
    views = judge(a=[fix("R1", age_s=10, feed_id="a")], b=[fix("R1", age_s=2, feed_id="b")])
    assert [(view.id, view.position.feed_id) for view in views] == [("a:R1", "b")]


def test_id_stays_when_the_winning_feed_changes() -> None:
    before = judge(a=[fix("R1", age_s=10, feed_id="a")], b=[fix("R1", age_s=2, feed_id="b")])
    after = judge(a=[fix("R1", age_s=1, feed_id="a")], b=[fix("R1", age_s=2, feed_id="b")])
    assert before[0].id == after[0].id
    assert after[0].position.feed_id == "a"


def test_operators_that_number_alike_keep_their_own_vehicles() -> None:
    feeds = [feed_spec("feed_a"), feed_spec("feed_b")]
    views = current_vehicles(
        {"feed_a": [fix("101", feed_id="feed_a")], "feed_b": [fix("101", feed_id="feed_b")]},
        now=NOON,
        limits=LIMITS,
        schedule=None,
        operator_of=operators(feeds),
    )
    assert [view.id for view in views] == ["feed_a:101", "feed_b:101"]


def test_older_repetition_within_a_feed_does_not_win() -> None:
    (view,) = judge(a=[fix("R1", age_s=2), fix("R1", age_s=9)])
    assert view.position.observed_at == NOON - timedelta(seconds=2)


def test_states_follow_age_and_a_ghost_says_why() -> None:
    views = judge(a=[fix("1", age_s=5), fix("2", age_s=100), fix("3", age_s=400)])
    assert [(view.state, view.reason) for view in views] == [
        (VehicleState.LIVE, None),
        (VehicleState.LATE, None),
        (VehicleState.GHOST, "silent"),
    ]


def test_vehicle_unseen_for_an_hour_is_forgotten() -> None:
    assert judge(a=[fix("1", age_s=3601)]) == []


def test_silent_vehicle_is_a_ghost_only_while_its_route_runs() -> None:
    schedule = day_schedule()
    assert [view.state for view in judge(NOON, schedule, a=[fix("1", 400, route_id="7")])] == ["ghost"]
    assert judge(MIDNIGHT, schedule, a=[fix("1", 400, MIDNIGHT, route_id="7")]) == []


def test_vehicle_that_reports_is_shown_even_out_of_service_hours() -> None:
    (view,) = judge(MIDNIGHT, day_schedule(), a=[fix("1", 5, MIDNIGHT, route_id="7")])
    assert view.state is VehicleState.LIVE


def test_silent_vehicle_of_unknown_or_no_route_stays_a_ghost() -> None:
    silent = [fix("1", 400, MIDNIGHT, route_id="unheard-of"), fix("2", 400, MIDNIGHT)]
    assert len(judge(MIDNIGHT, day_schedule(), a=silent)) == 2
