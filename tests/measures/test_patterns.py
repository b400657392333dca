"""Patterns: calls, loops, rounds, and place to time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.paths import Path
from data_sources.measures.patterns import route_plans
from data_sources.schedule import StopTime, Trip
from tests.transit import (
    LAT,
    LON,
    SPUR,
    SQUARE,
    loop_plan,
    loop_schedule,
    only_pattern,
    place,
    schedule,
    shape,
    trip,
)


def test_loop_ends_at_the_stop_it_began_at_and_has_that_call_once() -> None:
    pattern = only_pattern(loop_plan(stops=4))
    assert pattern.loop
    assert [call.stop_id for call in pattern.calls] == ["loop0", "loop1", "loop2", "loop3"]
    assert pattern.length_m == pytest.approx(4000, rel=1e-3)
    assert pattern.run_s == 1000


def test_stop_at_the_end_of_a_line_makes_no_loop() -> None:
    path = shape(((0, 0), (1000, 0)), "out")
    plan = route_plans(schedule([path], [trip(path, [0, 1000], [(0, 0), (200, 200)])]))["R"]
    assert not only_pattern(plan).loop
    assert plan.round is None


def test_time_runs_with_place_between_calls_and_stands_during_dwell() -> None:
    path = shape(((0, 0), (2000, 0)), "out")
    run = trip(path, [0, 1000, 2000], [(0, 0), (100, 130), (230, 230)])
    pattern = only_pattern(route_plans(schedule([path], [run]))["R"])
    assert pattern.time_at(500) == pytest.approx(50)
    assert pattern.time_at(1000) == 100
    assert pattern.time_at(1000, stood_s=20) == 120
    assert pattern.time_at(1000, stood_s=99) == 130
    assert pattern.time_at(1500) == pytest.approx(180)
    assert pattern.time_at(-5) == 0
    assert pattern.time_at(9999) == 230


def test_call_without_times_gets_them_by_distance() -> None:
    path = shape(((0, 0), (1000, 0)), "out")
    run = trip(path, [0, 250, 1000], [(0, 0), (0, 0), (400, 400)])
    calls = list(run.stop_times)
    calls[1] = StopTime(calls[1].stop_id, 2, None, None, 250)
    untimed = Trip("run", "R", "daily", 0, "", "out", tuple(calls))
    pattern = only_pattern(route_plans(schedule([path], [untimed]))["R"])
    assert pattern.calls[1].arrival_s == pytest.approx(100)


def test_contract_round_longer_than_the_run_is_waited_at_its_end() -> None:
    round_ = loop_plan(run_s=1000, round_s=1200).round
    assert round_ is not None
    assert (round_.round_s, round_.layover_s) == (1200, 200)
    assert round_.time_of("loop", 2000) == pytest.approx(500, abs=0.1)
    assert round_.time_of("loop", round_.patterns[0].length_m, stood_s=50) == pytest.approx(1050)


def test_without_a_contract_the_round_is_the_next_multiple_of_the_headway() -> None:
    round_ = route_plans(loop_schedule(run_s=1000, frequencies=((0, 86_400, 300),)))["R"].round
    assert round_ is not None
    assert round_.round_s == 1200


def test_way_out_and_way_back_make_a_round() -> None:
    out, back = shape(((0, 0), (1000, 0)), "out"), shape(((1000, 0), (0, 0)), "back")
    every = ((0, 86_400, 300),)
    trips = [
        trip(out, [0, 1000], [(0, 0), (240, 240)], trip_id="o", frequencies=every),
        trip(back, [0, 1000], [(0, 0), (240, 240)], trip_id="b", direction=1, frequencies=every),
    ]
    round_ = route_plans(schedule([out, back], trips))["R"].round
    assert round_ is not None
    assert (round_.round_s, round_.layover_s, round_.starts_s) == (600, 60, (0.0, 300.0))
    assert round_.time_of("back", 500) == pytest.approx(420)


def test_trips_with_other_stops_are_another_pattern() -> None:
    path = shape(((0, 0), (1000, 0)), "out")
    trips = [
        trip(path, [0, 500, 1000], [(0, 0), (60, 60), (120, 120)], trip_id="all"),
        trip(path, [0, 1000], [(0, 0), (100, 100)], trip_id="express"),
    ]
    plan = route_plans(schedule([path], trips))["R"]
    assert [pattern.pattern_id for pattern in plan.patterns] == ["out", "out~2"]
    assert plan.pattern_of_trip["express"].pattern_id == "out~2"


def test_stops_without_distances_are_found_along_the_shape_in_their_order() -> None:
    """Out of the dead end and into it, the same street is passed at 800 and at 1200 m."""
    path = shape(SPUR)
    run = trip(path, [0, 800, 1200, 2000], [(0, 0), (60, 60), (90, 90), (150, 150)])
    bare = tuple(
        StopTime(c.stop_id, c.stop_sequence, c.arrival_s, c.departure_s, None) for c in run.stop_times
    )
    known = schedule([path], [run])
    untold = Trip("run", "R", "daily", 0, "", "loop", bare)
    plan = route_plans(
        type(known)(known.zone, known.routes, known.stops, {"run": untold}, known.shapes, known.services)
    )["R"]
    assert [call.along_m for call in only_pattern(plan).calls] == pytest.approx([0, 800, 1200, 2000], abs=2)


def test_nearest_places_on_a_street_passed_twice_are_both_found() -> None:
    path = Path(shape(SPUR).points, loop=True)
    found = path.nearest(*place(800, 5), 30)
    assert [round(along) for along, _, _ in found] == [800, 1200]
    assert [round(off) for _, off, _ in found] == [5, 5]
    assert [round(bearing) for _, _, bearing in found] == [90, 270]


def test_window_over_the_wrap_counts_on() -> None:
    path = Path(shape(SQUARE).points, loop=True)
    ((along, off, _),) = path.nearest(*place(100, 0), 30, 3900, 4300)
    assert along == pytest.approx(4100, abs=5)
    assert off == pytest.approx(0, abs=0.1)


@given(along=st.floats(0, 3999), offset=st.floats(-20, 20))
def test_point_beside_a_loop_is_found_where_it_is(along: float, offset: float) -> None:
    side, rest = divmod(along, 1000)
    east, north = [
        (rest, offset),
        (1000 - offset, rest),
        (1000 - rest, 1000 - offset),
        (offset, 1000 - rest),
    ][int(side)]
    path = Path(shape(SQUARE).points, loop=True)
    found = path.nearest(*place(east, north), 60)
    best = min(abs((one[0] - along + 2000) % path.length_m - 2000) for one in found)
    corner = min(rest, 1000 - rest)
    at_corner = corner + abs(offset)  # there the side round the corner may be the nearer one
    assert best < (0.1 if corner > abs(offset) else at_corner + 0.1)


def test_place_names_the_plane() -> None:
    assert place(0, 0) == (LAT, LON)
