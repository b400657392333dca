"""The transit desk: positions in, the state of the service out."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from data_sources.catalogue import load_city, load_schedule
from data_sources.desks.transit_desk import TransitDesk
from data_sources.measures.patterns import route_plans
from data_sources.model.city import OperationsSpec, VehicleLimits
from data_sources.model.feed import FeedState
from data_sources.model.operations import OperationsPicture, PredictionScore, RouteState, StopPassage
from data_sources.model.transit import VehiclePosition
from data_sources.pack_service import read_service
from data_sources.schedule import Schedule
from data_sources.simulator.city import SimulatedCity
from tests.builders import NOON, feed_spec, seconds
from tests.busy import FEED, busy_desk
from tests.transit import SQUARE, TWICE, at_along, fix, loop_schedule, passage, place, schedule, shape, trip

PACK = Path(__file__).resolve().parents[2] / "dashboard" / "cities" / "khon_kaen"
UP = {"buses": FeedState.UP}
DOWN = {"buses": FeedState.DOWN}
PATH = shape(SQUARE)


def desk_of(plan: Schedule | None = None, feeds: tuple[str, ...] = ("buses",)) -> TransitDesk:
    """A loop of 4 km and 1000 s, every 200 s: five vehicles."""
    plan = plan or loop_schedule(run_s=1000, frequencies=((0, 86_400, 200),))
    return TransitDesk(
        plan,
        route_plans(plan),
        VehicleLimits(),
        OperationsSpec(),
        [feed_spec(feed_id) for feed_id in feeds],
    )


def drive(
    desk: TransitDesk,
    start_m: Mapping[str, float],
    until_s: int,
    states: Mapping[str, FeedState] = UP,
    every_s: int = 5,
    **more: object,
) -> OperationsPicture:
    """Vehicles drive round at 4 m/s, the schedule's speed; the last picture."""
    picture = None
    for second in range(0, until_s + 1, every_s):
        now = NOON + seconds(second)
        fixes = [at_along(PATH, metres + 4 * second, second, key, **more) for key, metres in start_m.items()]
        desk.put_positions("buses", fixes, now)
        picture = desk.tick(now, states)
    assert picture is not None
    return picture


def only(picture: OperationsPicture) -> RouteState:
    (state,) = picture.routes
    return state


EVEN = {f"v{number}": 800.0 * number for number in range(5)}


def test_even_loop_is_even_at_the_wrap_too() -> None:
    state = only(drive(desk_of(), EVEN, 300))
    assert (state.owed, state.in_service, state.ghosts) == (5, 5, 0)
    assert (state.target_headway_s, state.round_s) == (200, 1000)
    assert sum(one.headway_s for one in state.spacings) == pytest.approx(1000)
    assert [one.headway_s for one in state.spacings] == pytest.approx([200] * 5, abs=3)
    assert state.cv == pytest.approx(0, abs=0.02)
    assert state.excess_wait_s == pytest.approx(0, abs=1)


def test_missing_and_bunched_vehicles_are_told() -> None:
    state = only(drive(desk_of(), {"a": 0, "b": 150, "c": 800, "d": 1600}, 60))
    assert (state.in_service, state.ghosts) == (4, 1)
    kinds = {(one.leader_id, one.follower_id): one.kind for one in state.spacings}
    assert kinds[("buses:b", "buses:a")] == "bunched"
    assert kinds[("buses:a", "buses:d")] == "gap"


def test_vehicle_that_is_not_told_apart_yet_makes_no_gap() -> None:
    """One vehicle stands on the street that the loop takes twice; it may be in what looks like a gap."""
    path = shape(TWICE)
    desk = desk_of(loop_schedule(TWICE, stops=8, frequencies=((0, 86_400, 200),)))
    places = {"first": 1200.0, "second": 1000.0, "somewhere": 200.0}
    for second in (0, 5):
        fixes = [at_along(path, metres + second, second, key) for key, metres in places.items()]
        desk.put_positions("buses", fixes, NOON + seconds(second))
    state = only(desk.tick(NOON + seconds(5), UP))
    assert (state.in_service, len(state.progress)) == (3, 2)
    assert [one.kind for one in state.spacings] == ["bunched"]
    assert (state.cv, state.excess_wait_s) == (None, None)


def test_with_its_feed_down_nothing_is_known_of_a_route() -> None:
    state = only(drive(desk_of(), EVEN, 60, DOWN))
    assert (state.owed, state.in_service, state.ghosts) == (5, None, None)


def test_before_a_feed_has_spoken_nothing_is_known() -> None:
    state = only(desk_of().tick(NOON, UP))
    assert (state.in_service, state.ghosts) == (None, None)


def test_frozen_source_is_unknown_and_does_not_accuse_the_operator() -> None:
    desk = desk_of()
    drive(desk, EVEN, 60)
    state = only(desk.tick(NOON + seconds(60 + 301), {"buses": FeedState.LATE}))
    assert (state.in_service, state.ghosts) == (None, None)


def test_empty_picture_of_a_feed_that_is_up_means_that_all_are_missing() -> None:
    desk = desk_of()
    desk.put_positions("buses", [], NOON)
    state = only(desk.tick(NOON, UP))
    assert (state.in_service, state.ghosts) == (0, 5)


def test_silent_vehicle_is_not_in_service() -> None:
    desk = desk_of()
    drive(desk, EVEN, 60)
    others = {key: metres for key, metres in EVEN.items() if key != "v0"}
    for second in range(65, 400, 5):
        now = NOON + seconds(second)
        fixes = [at_along(PATH, metres + 4 * second, second, key) for key, metres in others.items()]
        desk.put_positions("buses", fixes, now)
        picture = desk.tick(now, UP)
    assert (only(picture).in_service, only(picture).ghosts) == (4, 1)


def test_vehicle_off_the_line_or_driving_empty_is_not_in_service() -> None:
    desk = desk_of()
    desk.put_positions("buses", [fix(*place(-500, -500), 0, "depot")], NOON)
    desk.put_positions("buses", [at_along(PATH, 500, 0, "empty", status="deadhead")], NOON)
    assert only(desk.tick(NOON, UP)).in_service == 0


def test_vehicle_on_two_feeds_of_one_operator_is_one() -> None:
    """Named after the first feed that carries it, as everywhere in the city."""
    names = {"agency": {"th": "a", "en": "a"}}
    feeds = [feed_spec("buses", **names), feed_spec("aaa", **names)]
    plan = loop_schedule()
    desk = TransitDesk(plan, route_plans(plan), VehicleLimits(), OperationsSpec(), feeds)
    for second in (0, 5, 10):
        desk.put_positions("buses", [at_along(PATH, 500 + 8 * second, second)], NOON)
        desk.put_positions("aaa", [at_along(PATH, 508 + 8 * second, second + 1)], NOON)
    state = only(desk.tick(NOON + seconds(11), UP))
    assert [one.vehicle_id for one in state.progress] == ["aaa:v"]


def test_arrivals_name_the_nearest_vehicles_with_their_basis() -> None:
    picture = drive(desk_of(), {"a": 500}, 20)
    soonest = min(picture.arrivals, key=lambda arrival: arrival.expected_at)
    assert (soonest.call, soonest.vehicle_id, soonest.basis) == (1, "buses:a", "schedule")
    assert (soonest.expected_at - NOON).total_seconds() == pytest.approx(125, abs=2)
    later = drive(desk_of(), {"a": 500}, 900)
    assert {arrival.basis for arrival in later.arrivals} == {"observed_pace"}


def test_passages_minutes_and_scores_are_given_once() -> None:
    desk = desk_of()
    drive(desk, EVEN, 600, passengers=12)
    passages, minutes, scores = desk.take_records()
    assert {one.call for one in passages} == {0, 1, 2, 3}
    assert len(minutes) == 10
    assert (minutes[1].owed, minutes[1].observed, minutes[1].passengers) == (5, 5, 60)
    assert sum(score.count for score in scores) > 0
    assert desk.take_records() == ([], [], [])


def test_riders_are_counted_only_when_every_vehicle_tells() -> None:
    desk = desk_of()
    for second in range(0, 130, 10):
        now = NOON + seconds(second)
        fixes = [at_along(PATH, 500 + 4 * second, second, "a", passengers=9)]
        desk.put_positions("buses", [*fixes, at_along(PATH, 2500 + 4 * second, second, "b")], now)
        desk.tick(now, UP)
    assert [minute.passengers for minute in desk.take_records()[1]] == [None, None]


def test_minute_without_an_up_feed_is_unknown() -> None:
    desk = desk_of()
    drive(desk, EVEN, 130, DOWN)
    assert [(minute.owed, minute.observed) for minute in desk.take_records()[1]] == [(5, None), (5, None)]


class Past:
    """A history that holds passages and a score."""

    def passages_between(
        self, start: datetime, end: datetime, route_id: str | None = None, stop_id: str | None = None
    ) -> list[StopPassage]:
        known = [passage(1, -900), passage(2, -500), passage(99, -400)]
        return [one for one in known if start <= one.passed_at < end]

    def prediction_scores(self, since: date) -> list[PredictionScore]:
        return [
            PredictionScore(
                route_id="R", day=since, horizon_min=5, count=2, sum_error_s=0, sum_absolute_error_s=70
            )
        ]


def test_restart_takes_up_passages_paces_and_errors() -> None:
    desk = desk_of()
    desk.restore(Past(), NOON)
    assert [one.call for one in desk.passages("R")] == [1, 2]
    picture = drive(desk, {"a": 500}, 10)
    first = min(picture.arrivals, key=lambda arrival: arrival.expected_at)
    assert (first.basis, first.error_s) == ("observed_pace", 35)


def timetabled() -> Schedule:
    """Noon in Bangkok is second 43,200: one run that left ten minutes ago, one that leaves in five."""
    path = shape(((0, 0), (6000, 0)), "out")
    calls = [0, 3000, 6000]
    trips = [
        trip(path, calls, [(start, start), (start + 600, start + 630), (start + 1230,) * 2], trip_id=name)
        for name, start in (("gone", 42_600), ("next", 43_500), ("lost", 42_700))
    ]
    return schedule([path], trips)


def test_timetabled_route_has_delays_and_names_the_run_without_a_vehicle() -> None:
    desk = desk_of(timetabled())
    desk.put_positions(
        "buses",
        [fix(*place(2000, 0), 0, "a", trip_id="gone"), fix(*place(5, 0), 0, "b", trip_id="next")],
        NOON,
    )
    picture = desk.tick(NOON, UP)
    state = only(picture)
    delays = {one.vehicle_id: one.delay_s for one in state.progress}
    assert delays["buses:a"] == pytest.approx(200, abs=1)  # due there 400 s after its start
    assert delays["buses:b"] is None
    assert (state.ghosts, state.ghost_trips) == (1, ("lost",))
    assert (state.cv, state.spacings) == (None, ())
    at_middle = {one.vehicle_id: one.expected_at for one in picture.arrivals if one.call == 1}
    assert (at_middle["buses:b"] - NOON).total_seconds() == pytest.approx(900, abs=1)


def test_run_of_an_exact_template_is_late_by_the_start_that_its_vehicle_names() -> None:
    plan = timetabled()
    template = replace(plan.trips["gone"], exact_starts_s=(42_600, 42_700))
    desk = desk_of(replace(plan, trips={"gone": template}))
    names = {"a": "11:51:40", "b": None}
    fixes = [fix(*place(2000, 0), 0, key, trip_id="gone", start_time=name) for key, name in names.items()]
    desk.put_positions("buses", fixes, NOON)
    state = only(desk.tick(NOON, UP))
    delays = {one.vehicle_id: one.delay_s for one in state.progress}
    assert delays["buses:a"] == pytest.approx(100, abs=1)  # due there 400 s after its start
    assert delays["buses:b"] is None
    assert (state.owed, state.ghosts) == (2, 0)


def test_missed_runs_of_an_exact_template_are_counted_and_not_named() -> None:
    plan = timetabled()
    template = replace(plan.trips["gone"], exact_starts_s=(42_600, 42_700))
    desk = desk_of(replace(plan, trips={"gone": template}))
    desk.put_positions("buses", [fix(*place(2000, 0), 0, "a", trip_id="gone")], NOON)
    state = only(desk.tick(NOON, UP))
    assert (state.ghosts, state.ghost_trips) == (1, ())


def test_passage_of_a_timetabled_trip_has_its_delay() -> None:
    desk = desk_of(timetabled())
    for second in range(0, 200, 10):
        seen = fix(*place(2000 + 10 * second, 0), second, "a", trip_id="gone")
        desk.put_positions("buses", [seen], NOON + seconds(second))
    (found,) = desk.take_records()[0]
    assert (found.stop_id, found.trip_id) == ("out1", "gone")
    assert found.delay_s == pytest.approx(43_300 - 43_200, abs=6)


def test_simulated_shuttle_is_followed_to_the_stop() -> None:
    """Khon Kaen's four loops, 25 vehicles, a fix every 5 s: what the simulator did is the truth."""
    city, service = load_city(PACK, {}), read_service(PACK)
    plan = load_schedule(city, True)
    assert plan is not None
    assert service is not None
    plans = route_plans(plan, service.rounds_s)
    start = datetime.fromisoformat("2026-11-23T02:00:00+00:00")
    fleet = {line.route_id: line.vehicles for line in service.lines}
    sim = SimulatedCity(city, plan, start=start, seed=3, fleet=fleet)
    desk = TransitDesk(plan, plans, city.spec.vehicles, OperationsSpec(), city.feeds)
    truth, standing = defaultdict(list), {}
    feed_of = {
        route_id: feed.feed_id
        for feed in city.feeds
        if feed.simulated_entities == "vehicle_positions"
        for route_id in feed.simulated or ()
    }
    for second in range(40 * 60):
        now = start + seconds(second)
        sim.tick(now)
        states = sim.world.snapshot(now)
        for one in states:
            at = one.stop_sequence if one.stopped else None
            if at is not None and at > 1 and standing.get(one.vehicle_id) != at:
                calls = len(desk.plans[one.route_id].patterns[0].calls)
                truth[one.vehicle_id, (at - 1) % calls].append(now)
            standing[one.vehicle_id] = at
        if second % 5 == 0:
            by_feed = defaultdict(list)
            for one in states:
                by_feed[feed_of[one.route_id]].append(
                    VehiclePosition(
                        vehicle_id=one.vehicle_id,
                        feed_id=feed_of[one.route_id],
                        lat=one.lat,
                        lon=one.lon,
                        observed_at=now,
                        received_at=now,
                        route_id=one.route_id,
                        bearing_deg=one.bearing_deg,
                    )
                )
            for feed_id, fixes in by_feed.items():
                desk.put_positions(feed_id, fixes, now)
    found = defaultdict(list)
    for one in desk.take_records()[0]:
        found[one.vehicle_id.split(":")[1], one.call].append(one.passed_at)
    since, until = start + timedelta(minutes=10), start + timedelta(minutes=30)
    errors = [
        min((abs((at - told).total_seconds()) for told in found[key]), default=9999.0)
        for key, times in truth.items()
        for at in times
        if since <= at <= until
    ]
    near = [error for error in errors if error <= 30]
    assert len(errors) > 300
    assert len(near) / len(errors) >= 0.98
    assert sum(near) / len(near) <= 6


def test_a_thousand_vehicles_are_all_in_service() -> None:
    desk, ticks = busy_desk()
    for now, fixes in ticks:
        desk.put_positions(FEED, fixes, now)
        picture = desk.tick(now, {FEED: FeedState.UP})
    assert sum(state.in_service or 0 for state in picture.routes) == 1000
