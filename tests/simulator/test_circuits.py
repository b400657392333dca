"""Circuits and fleets from schedules of every shape."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data_sources.catalogue import load_city, load_schedule
from data_sources.schedule import Schedule, distance_m
from data_sources.simulator.circuits import Circuit, build_circuit
from data_sources.simulator.city import SimulatedCity
from data_sources.simulator.fleet import id_prefixes, round_s, share_out, vehicles_needed
from data_sources.simulator.profile import DRIVING
from data_sources.simulator.track import Track

from .conftest import WEEKDAY_8AM

FICTIONAL = Path(__file__).parents[1] / "fixtures" / "cities" / "brumal_bay"


def circuit_of(schedule: Schedule, route_id: str) -> Circuit:
    circuit = build_circuit(schedule, route_id)
    assert circuit is not None
    return circuit


def without(schedule: Schedule, route_id: str, direction: int) -> Schedule:
    trips = {
        key: trip
        for key, trip in schedule.trips.items()
        if (trip.route_id, trip.direction_id) != (route_id, direction)
    }
    return replace(schedule, trips=trips)


def changed_calls(schedule: Schedule, **changes: None) -> Schedule:
    trips = {
        key: replace(trip, stop_times=tuple(replace(call, **changes) for call in trip.stop_times))
        for key, trip in schedule.trips.items()
    }
    return replace(schedule, trips=trips)


def is_closed(circuit: Circuit) -> bool:
    ends = ((circuit.lat[i], circuit.lon[i]) for i in (0, -1))
    return distance_m(*next(ends), *next(ends)) < 1


def test_loop_is_one_leg(schedule: Schedule) -> None:
    circuit = circuit_of(schedule, "LOOP")
    assert [leg.in_service for leg in circuit.legs] == [True]
    assert len(circuit.legs[0].calls) == 13
    assert is_closed(circuit)


def test_two_directions_are_two_legs(schedule: Schedule) -> None:
    circuit = circuit_of(schedule, "LINE")
    assert [leg.direction_id for leg in circuit.legs] == [0, 1]
    assert is_closed(circuit)


def test_one_way_line_is_driven_back_empty_along_its_path(schedule: Schedule) -> None:
    circuit = circuit_of(without(schedule, "LINE", 1), "LINE")
    assert [leg.in_service for leg in circuit.legs] == [True, False]
    there, back = circuit.legs
    assert back.end_m - back.start_m == pytest.approx(there.end_m - there.start_m)
    assert is_closed(circuit)


def test_route_without_trips_has_no_circuit(schedule: Schedule) -> None:
    assert build_circuit(schedule, "GONE") is None


def test_stops_without_distances_are_put_where_the_path_passes_them(schedule: Schedule) -> None:
    given = circuit_of(schedule, "LOOP").legs[0].calls
    found = circuit_of(changed_calls(schedule, shape_dist_m=None), "LOOP").legs[0].calls
    assert [call.at_m for call in found] == pytest.approx([call.at_m for call in given], abs=5)


def test_path_without_a_shape_goes_from_stop_to_stop(schedule: Schedule) -> None:
    circuit = circuit_of(replace(schedule, shapes={}), "LOOP")
    assert len(circuit.dist_m) == 13
    assert is_closed(circuit)


def test_line_without_times_is_driven_all_the_same(schedule: Schedule) -> None:
    leg = circuit_of(changed_calls(schedule, arrival_s=None, departure_s=None), "LOOP").legs[0]
    assert leg.duration_s == pytest.approx((leg.end_m - leg.start_m) / (20 / 3.6))


def test_cruising_speed_keeps_within_the_limits(schedule: Schedule) -> None:
    track = Track([circuit_of(schedule, "LOOP"), circuit_of(schedule, "LINE")])
    assert track.cruise_mps.min() >= DRIVING.speed_min_mps
    assert track.cruise_mps.max() <= DRIVING.speed_max_mps


def test_fleet_needed_is_running_time_over_headway(schedule: Schedule) -> None:
    # 2,246 s and 3 min of turnaround at 10 min headway
    assert vehicles_needed(circuit_of(schedule, "LOOP")) == 5


def test_round_keeps_the_promised_headway_when_the_fleet_can(schedule: Schedule) -> None:
    loop = circuit_of(schedule, "LOOP")
    assert round_s(schedule, loop, 5, WEEKDAY_8AM) == 5 * 600
    assert round_s(schedule, loop, 2, WEEKDAY_8AM) == pytest.approx(loop.running_s * 1.2)


def test_shares_add_up() -> None:
    assert share_out(25, [7, 7, 6, 5]) == (7, 7, 6, 5)
    assert share_out(10, [7, 7, 6, 5]) == (3, 3, 2, 2)
    assert sum(share_out(4999, [7, 7, 6, 5])) == 4999


@pytest.mark.parametrize(
    ("names", "prefixes"),
    [
        (["Red", "Green"], ["R", "G"]),
        (["Red", "Rose"], ["RE", "RO"]),
        (["Red", "", "Re"], ["RED", "", ""]),
        (["Red", "Red"], ["", ""]),
    ],
)
def test_prefixes_tell_lines_apart(names: list[str], prefixes: list[str]) -> None:
    assert id_prefixes(names) == prefixes


@pytest.mark.parametrize("scenario", ["normal", "timetable"])
def test_another_citys_pack_is_simulated_as_it_stands(scenario: str) -> None:
    city = load_city(FICTIONAL, {})
    schedule = load_schedule(city, demo=scenario == "normal")
    assert schedule is not None
    start = datetime(2026, 11, 18, 8, tzinfo=city.zone).astimezone(UTC)
    simulated = SimulatedCity(city, schedule, start=start, scenario=scenario)
    simulated.tick(start + timedelta(minutes=30))
    states = simulated.world.snapshot(simulated.now)
    assert states
    assert all(city.spec.bounds.contains(state.lat, state.lon) for state in states)
    for feed in simulated.feeds.values():
        assert simulated.messages(feed.feed_id) if feed.topic else simulated.body(feed.feed_id)
