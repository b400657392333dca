"""The tracker: place with continuity, passages and dwell."""

import itertools
import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.measures.passages import Tracker
from data_sources.measures.patterns import RoutePlan, route_plans
from data_sources.model.operations import StopPassage
from data_sources.model.transit import VehiclePosition
from tests.builders import NOON
from tests.transit import (
    SPUR,
    SQUARE,
    TWICE,
    Corner,
    at_along,
    fix,
    loop_plan,
    only_pattern,
    place,
    schedule,
    shape,
    trip,
)

SPEED_MPS = 8.0


def drive(
    plan: RoutePlan,
    corners: tuple[Corner, ...],
    start_m: float,
    end_m: float,
    *,
    every_s: float = 5,
    noise_m: float = 0,
    tracker: Tracker | None = None,
    seed: int = 1,
) -> tuple[Tracker, list[StopPassage], list[float]]:
    """Follow a vehicle that drives evenly; passages, and metres along of each fix that was placed."""
    path, dice = shape(corners), random.Random(seed)
    tracker = tracker or Tracker("v")
    done: list[StopPassage] = []
    along: list[float] = []
    for number in range(int((end_m - start_m) / SPEED_MPS / every_s) + 1):
        metres = start_m + number * every_s * SPEED_MPS
        seen = at_along(path, metres % path.length_m, number * every_s)
        lat, lon = place(dice.gauss(0, noise_m), dice.gauss(0, noise_m))
        base = place(0, 0)
        seen = fix(seen.lat + lat - base[0], seen.lon + lon - base[1], number * every_s)
        done += tracker.update(seen, plan)
        if tracker.progress is not None:
            along.append(tracker.progress.along_m)
    return tracker, done, along


def after_noon(passage: StopPassage) -> float:
    return (passage.passed_at - NOON) / timedelta(seconds=1)


def test_stops_of_a_loop_are_passed_in_order_over_the_wrap_at_the_right_times() -> None:
    plan = loop_plan(stops=4)
    _, done, _ = drive(plan, SQUARE, 500, 500 + 8000)
    assert [passage.call for passage in done] == [1, 2, 3, 0, 1, 2, 3, 0]
    length = only_pattern(plan).length_m
    for number, passage in enumerate(done):
        true_s = ((number + 1) * length / 4 - 500) / SPEED_MPS
        assert after_noon(passage) == pytest.approx(true_s, abs=0.5)
        assert passage.uncertainty_s == 2.5
        assert passage.dwell_s == 0


def test_progress_at_the_wrap_goes_on_from_the_start() -> None:
    tracker, _, along = drive(loop_plan(stops=4), SQUARE, 3800, 4300)
    assert along[-1] < 350
    assert tracker.progress is not None
    assert tracker.progress.next_call == 1
    assert tracker.progress.time_share == pytest.approx(along[-1] / 4000, abs=0.01)


def test_dwell_is_how_long_it_stood_at_the_stop() -> None:
    path, plan, tracker = shape(SQUARE), loop_plan(stops=4), Tracker("v")
    done = []
    for second in range(0, 200):
        # comes to the stop at 1000 m after 50 s, stands for 60 s, goes on
        metres = 600 + SPEED_MPS * min(second, 50) + SPEED_MPS * max(second - 110, 0)
        done += tracker.update(at_along(path, metres, second), plan)
    assert [passage.call for passage in done] == [1]
    assert after_noon(done[0]) == pytest.approx(50, abs=1)
    assert done[0].dwell_s == pytest.approx(60, abs=1.5)


def test_dwell_between_sparse_fixes_is_unknown_not_zero() -> None:
    _, done, _ = drive(loop_plan(stops=4), SQUARE, 100, 3900, every_s=60)
    assert [passage.dwell_s for passage in done] == [None, None, None]
    assert [passage.uncertainty_s for passage in done] == [30, 30, 30]


def test_dead_end_is_driven_in_and_out_once() -> None:
    """Six stops of a loop whose street is driven both ways between 600 and 1400 m."""
    plan = loop_plan(SPUR, stops=8)
    _, done, along = drive(plan, SPUR, 50, 3100, noise_m=5)
    assert [passage.call for passage in done] == [1, 2, 3, 4, 5, 6, 7]
    assert along == sorted(along)


def test_first_fix_on_a_street_taken_twice_is_not_placed_until_it_is_told_apart() -> None:
    plan, path = loop_plan(TWICE, stops=8), shape(TWICE)
    tracker = Tracker("v")
    assert tracker.update(at_along(path, 400, 0), plan) == []
    assert tracker.progress is None
    assert tracker.on_route
    tracker, done, along = drive(plan, TWICE, 3000, 5000)
    assert along[0] > 3400  # the two ways part at 3400 m
    assert [passage.call for passage in done] == sorted(passage.call for passage in done)


def test_bearing_tells_the_two_ways_of_a_dead_end_apart_at_once() -> None:
    plan, tracker = loop_plan(SPUR, stops=8), Tracker("v")
    lat, lon = place(800, 0)
    tracker.update(fix(lat, lon, 0, bearing_deg=270.0, speed_kmh=30.0), plan)
    tracker.update(fix(*place(760, 0), 5, bearing_deg=270.0, speed_kmh=30.0), plan)
    assert tracker.progress is not None
    assert tracker.progress.along_m == pytest.approx(1240, abs=2)


def test_vehicle_off_its_route_is_refused_and_taken_up_again() -> None:
    plan, tracker = loop_plan(stops=4), Tracker("v")
    path = shape(SQUARE)
    for number in range(4):
        tracker.update(at_along(path, 200 + 40 * number, 5 * number), plan)
    for number in range(4, 10):
        assert tracker.update(fix(*place(400, -300), 5 * number), plan) == []
        assert tracker.progress is None
    assert not tracker.on_route
    tracker.update(at_along(path, 700, 60), plan)
    assert tracker.progress is not None
    assert tracker.progress.along_m == pytest.approx(700, abs=2)


def test_one_bad_fix_costs_no_passage_and_no_place_in_the_count() -> None:
    plan, tracker, path = loop_plan(stops=4), Tracker("v"), shape(SQUARE)
    done = []
    for number in range(30):
        seen = (
            fix(*place(500, 500), 5 * number)
            if number == 9
            else at_along(path, 700 + 40 * number, 5 * number)
        )
        done += tracker.update(seen, plan)
        assert tracker.on_route
    assert [passage.call for passage in done] == [1]


def test_silence_says_nothing_of_the_stops_between() -> None:
    plan, tracker, path = loop_plan(stops=4), Tracker("v"), shape(SQUARE)
    tracker.update(at_along(path, 900, 0), plan)
    assert tracker.update(at_along(path, 2100, 400), plan) == []
    assert tracker.progress is not None


def test_older_fix_changes_nothing() -> None:
    plan, tracker, path = loop_plan(stops=4), Tracker("v"), shape(SQUARE)
    tracker.update(at_along(path, 900, 60), plan)
    before = tracker.progress
    assert tracker.update(at_along(path, 1200, 30), plan) == []
    assert tracker.progress is before


def test_vehicle_without_a_route_is_nowhere() -> None:
    tracker = Tracker("v")
    assert tracker.update(fix(*place(0, 0), 0), None) == []
    assert (tracker.progress, tracker.on_route) == (None, False)


def there_and_back() -> RoutePlan:
    out, back = shape(((0, 0), (2000, 0)), "out"), shape(((2000, 0), (0, 0)), "back")
    times = [(0, 0), (100, 110), (220, 220)]
    trips = [
        trip(out, [0, 1000, 2000], times, trip_id="o"),
        trip(back, [0, 1000, 2000], times, trip_id="b", direction=1),
    ]
    return route_plans(schedule([out, back], trips))["R"]


def positions(east_m: list[float], every_s: float, **more: object) -> list[VehiclePosition]:
    return [fix(*place(east, 0), every_s * number, **more) for number, east in enumerate(east_m)]


def test_run_of_a_line_has_its_departure_and_its_arrival() -> None:
    plan, tracker = there_and_back(), Tracker("v")
    east = [0.0, 0.0, 0.0, *range(100, 2001, 100), 2000.0, 2000.0]
    done = [passage for seen in positions(east, 10, trip_id="o") for passage in tracker.update(seen, plan)]
    assert [(passage.pattern_id, passage.call, passage.trip_id) for passage in done] == [
        ("out", 0, "o"),
        ("out", 1, "o"),
        ("out", 2, "o"),
    ]
    assert after_noon(done[0]) == pytest.approx(25, abs=5)  # left between 20 and 30 s
    assert after_noon(done[1]) == pytest.approx(120, abs=5)
    assert after_noon(done[2]) == pytest.approx(220, abs=10)


def test_vehicle_without_trip_is_told_by_its_movement() -> None:
    plan, tracker = there_and_back(), Tracker("v")
    tracker.update(fix(*place(1500, 0), 0), plan)
    assert tracker.progress is None
    for number in range(1, 6):
        tracker.update(fix(*place(1500 - 80 * number, 0), 10 * number), plan)
    assert tracker.progress is not None
    assert tracker.progress.pattern_id == "back"


def test_trip_that_lies_elsewhere_is_not_believed() -> None:
    north = shape(((0, 3000), (2000, 3000)), "north")
    here = shape(((0, 0), (2000, 0)), "out")
    times = [(0, 0), (200, 200)]
    trips = [trip(north, [0, 2000], times, trip_id="n"), trip(here, [0, 2000], times, trip_id="o")]
    plan, tracker = route_plans(schedule([north, here], trips))["R"], Tracker("v")
    for seen in positions([500, 600, 700], 10, trip_id="n"):
        tracker.update(seen, plan)
    assert tracker.progress is not None
    assert tracker.progress.pattern_id == "out"


def test_next_run_on_another_pattern_begins_anew() -> None:
    plan, tracker = there_and_back(), Tracker("v")
    for seen in positions([1800, 1900, 2000], 10, trip_id="o"):
        tracker.update(seen, plan)
    done = []
    for number in range(6):
        seen = fix(*place(2000 - 100 * number, 0), 40 + 10 * number, trip_id="b")
        done += tracker.update(seen, plan)
    assert [(passage.pattern_id, passage.call) for passage in done] == [("back", 0)]
    assert tracker.progress is not None
    assert tracker.progress.along_m == pytest.approx(500, abs=2)


@settings(max_examples=40)
@given(
    start=st.floats(0, 3999),
    every=st.sampled_from([1.0, 5.0, 15.0, 30.0]),
    noise=st.floats(0, 8),
    seed=st.integers(0, 1000),
)
def test_place_never_falls_back_and_calls_follow_each_other(
    start: float, every: float, noise: float, seed: int
) -> None:
    plan = loop_plan(stops=7)
    _, done, along = drive(plan, SQUARE, start, start + 6000, every_s=every, noise_m=noise, seed=seed)
    length = only_pattern(plan).length_m
    for before, after in itertools.pairwise(along):
        step = (after - before) % length
        assert step < length / 2 or step > length - 1e-6
    for one, other in itertools.pairwise(done):
        assert other.call == (one.call + 1) % 7
        assert other.passed_at > one.passed_at


@settings(max_examples=25)
@given(start=st.floats(0, 3999), shift=st.floats(0, 4000))
def test_share_of_the_round_moves_with_the_vehicle(start: float, shift: float) -> None:
    plan = loop_plan(stops=5)
    length = only_pattern(plan).length_m
    one, _, _ = drive(plan, SQUARE, start, start + 610)
    other, _, _ = drive(plan, SQUARE, start + shift, start + shift + 610)
    assert one.progress is not None
    assert other.progress is not None
    moved = (other.progress.time_share - one.progress.time_share - shift / length) % 1
    assert min(moved, 1 - moved) < 0.01
