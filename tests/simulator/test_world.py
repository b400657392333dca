"""The simulated fleet: deterministic, on its lines, plausible."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from data_sources.catalogue import load_city, load_schedule
from data_sources.pack_service import read_service
from data_sources.schedule import distance_m
from data_sources.simulator.circuits import build_circuit
from data_sources.simulator.fleet import make_lines
from data_sources.simulator.profile import DRIVING
from data_sources.simulator.scenario import BUILT_IN
from data_sources.simulator.states import VehicleState
from data_sources.simulator.world import World

from .conftest import WEEKDAY_8AM, ZONE, after, make_schedule, make_world

PACK = Path(__file__).parents[2] / "dashboard" / "cities" / "khon_kaen"


def run(world: World, seconds: int, dt_s: float = 1.0) -> list[list[VehicleState]]:
    """A snapshot after each step."""
    snapshots = []
    for second in range(seconds):
        world.advance(dt_s)
        snapshots.append(world.snapshot(after(second)))
    return snapshots


def recorded(world: World, seconds: int) -> bytes:
    return msgspec.json.encode([run(world, seconds), world.predictions()])


def test_same_seed_and_start_give_the_same_bytes() -> None:
    assert recorded(make_world(seed=7), 600) == recorded(make_world(seed=7), 600)


def test_another_seed_gives_another_day() -> None:
    assert recorded(make_world(seed=7), 60) != recorded(make_world(seed=8), 60)


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    hour=st.integers(0, 23),
    scenario=st.sampled_from(["normal", "timetable"]),
    dt_s=st.sampled_from([0.5, 1.0, 7.3]),
)
def test_vehicles_move_plausibly(seed: int, hour: int, scenario: str, dt_s: float) -> None:
    start = datetime(2026, 11, 18, hour, 20, tzinfo=ZONE).astimezone(UTC)
    world = make_world(scenario, start, seed=seed)
    last: dict[str, VehicleState] = {}
    for states in run(world, 200, dt_s):
        for now in states:
            before = last.get(now.vehicle_id)
            assert 0 <= now.speed_mps <= DRIVING.speed_max_mps
            assert 0 <= now.passengers <= now.capacity
            assert 0 <= now.battery_pct <= 100
            assert now.bearing_deg is None or 0 <= now.bearing_deg < 360
            if before is not None:
                driven_m = now.odometer_m - before.odometer_m
                assert 0 <= driven_m <= DRIVING.speed_max_mps * dt_s + 0.01
                # A chord of the path is no longer than the path, up to a per mille of map projection.
                assert distance_m(before.lat, before.lon, now.lat, now.lon) <= driven_m * 1.001 + 0.05
        last = {state.vehicle_id: state for state in states}


@pytest.mark.parametrize("scenario", ["normal", "timetable"])
def test_vehicles_stay_on_the_shape_of_their_own_route(scenario: str) -> None:
    world, schedule = make_world(scenario), make_schedule()
    paths = {
        trip.route_id: LineString((lon, lat) for lat, lon, _ in schedule.shapes[trip.shape_id or ""].points)
        for trip in schedule.trips.values()
    }
    seen = set()
    for states in run(world, 240, 30.0):
        for state in states:
            off_deg = paths[state.route_id].distance(Point(state.lon, state.lat))
            assert off_deg < 1e-8  # a millimetre
            seen.add(state.vehicle_id)
    assert {vehicle_id[0] for vehicle_id in seen} == {"L", "M"}


def test_vehicle_on_a_line_with_two_directions_runs_both() -> None:
    directions = {state.direction_id for states in run(make_world(), 240, 15.0) for state in states}
    assert directions == {0, 1}


def test_vehicle_heads_where_it_goes() -> None:
    world = make_world()
    before = {state.vehicle_id: state for state in world.snapshot(after(0))}
    world.advance(15)
    compared = 0
    for state in world.snapshot(after(15)):
        old = before[state.vehicle_id]
        north = state.lat - old.lat
        if old.bearing_deg is not None and abs(north) > 2e-4:
            assert (north > 0) == (not 90 < old.bearing_deg < 270)
            compared += 1
    assert compared >= 2


def test_vehicle_stands_at_a_stop_with_its_name() -> None:
    stopped = [state for states in run(make_world(), 600) for state in states if state.stopped]
    assert stopped
    stops = make_schedule().stops
    for state in stopped:
        stop = stops[state.stop_id or ""]
        assert state.speed_mps == 0
        assert distance_m(stop.lat, stop.lon, state.lat, state.lon) < 1


def test_battery_falls_on_the_road_and_rises_at_the_terminal() -> None:
    last: dict[str, VehicleState] = {}
    changes = defaultdict(list)
    for states in run(make_world(), 3000):
        for state in states:
            if state.vehicle_id in last and last[state.vehicle_id].status == state.status:
                changes[state.status].append(state.battery_pct - last[state.vehicle_id].battery_pct)
        last = {state.vehicle_id: state for state in states}
    assert min(changes["charging"]) > 0
    assert max(changes["in_service"]) <= 0
    assert min(changes["in_service"]) < 0


def test_more_riders_in_the_peak_than_at_night() -> None:
    def mean_load(hour: int) -> float:
        world = make_world(start=datetime(2026, 11, 18, hour, tzinfo=ZONE).astimezone(UTC))
        loads = [state.passengers for states in run(world, 60, 60.0) for state in states]
        return sum(loads) / len(loads)

    assert mean_load(7) > 3 * mean_load(2)


def test_vehicles_of_a_line_keep_their_headway() -> None:
    world = make_world(start=datetime(2026, 11, 18, 3, 0, tzinfo=ZONE).astimezone(UTC))
    passages = []
    inside: set[str] = set()
    for second, states in enumerate(run(world, 7200)):
        at_stop = {state.vehicle_id for state in states if state.stopped and state.stop_id == "L6"}
        passages.extend(second for _ in at_stop - inside)
        inside = at_stop
    headways = [later - earlier for earlier, later in pairwise(passages)]
    planned = world.track.cycle_s[0] * (1 + DRIVING.layover_share) / 6
    assert len(headways) > 10
    assert all(abs(headway - planned) < planned / 2 for headway in headways)


def test_round_the_clock_keeps_the_whole_fleet_in_service_at_night() -> None:
    world = make_world("normal", datetime(2026, 11, 18, 3, 0, tzinfo=ZONE).astimezone(UTC))
    world.advance(3600)
    assert world.in_service() == {"LOOP": 6, "LINE": 3}
    assert len(world.snapshot(WEEKDAY_8AM)) == 9


def test_runs_are_named_after_the_schedule() -> None:
    world = make_world("timetable")
    world.advance(1800)
    for state in world.snapshot(WEEKDAY_8AM):
        if state.run is not None:
            trip = make_schedule().trips[state.run.trip_id]
            assert trip.route_id == state.route_id
            assert trip.direction_id == state.direction_id
            assert state.run.start_date == "20261118"
    assert any(state.run for state in world.snapshot(WEEKDAY_8AM))


def test_predictions_name_the_next_calls_in_order() -> None:
    world = make_world()
    world.advance(900)
    predictions = world.predictions(calls=3)
    assert predictions
    for prediction in predictions:
        sequences = [sequence for _, sequence, _ in prediction.calls]
        arrivals = [in_s for _, _, in_s in prediction.calls]
        assert sequences == sorted(sequences)
        assert arrivals == sorted(arrivals)
        assert arrivals[0] >= 0


def pack_world(scenario: str, start: datetime, vehicles: int | None = None) -> World:
    """A world of the bundled pack."""
    city = load_city(PACK, {})
    schedule = load_schedule(city, demo=scenario == "normal")
    service = read_service(PACK)
    assert schedule is not None
    assert service is not None
    circuits = [circuit for route in schedule.routes if (circuit := build_circuit(schedule, route))]
    fleet = {line.route_id: line.vehicles for line in service.lines}
    lines = make_lines(schedule, circuits, start, fleet=fleet, vehicles=vehicles)
    return World(schedule, lines, seed=1, scenario=BUILT_IN[scenario], start=start)


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (18, 3, [0, 0, 0, 0]),  # Wednesday
        (18, 8, [7, 7, 6, 5]),
        (22, 3, [0, 0, 0, 0]),  # Sunday
        (22, 8, [3, 3, 3, 3]),
    ],
)
@pytest.mark.parametrize("run_up_s", [0, 5400])
def test_timetable_has_the_contracts_vehicles(
    day: int, hour: int, expected: list[int], run_up_s: int
) -> None:
    at = datetime(2026, 11, day, hour, tzinfo=ZONE).astimezone(UTC)
    world = pack_world("timetable", at - timedelta(seconds=run_up_s))
    if run_up_s:
        world.advance(run_up_s)
    assert list(world.in_service().values()) == expected


@pytest.mark.parametrize("hour", [3, 8, 23])
def test_normal_keeps_all_vehicles_of_the_pack_in_service(hour: int) -> None:
    world = pack_world("normal", datetime(2026, 11, 18, hour, tzinfo=ZONE).astimezone(UTC))
    world.advance(600)
    assert list(world.in_service().values()) == [7, 7, 6, 5]


def test_grown_fleet_is_shared_out_like_the_packs_own() -> None:
    world = pack_world("normal", WEEKDAY_8AM, vehicles=1000)
    assert list(world.in_service().values()) == [280, 280, 240, 200]
    assert len({(state.lat, state.lon) for state in world.snapshot(WEEKDAY_8AM)}) > 800
