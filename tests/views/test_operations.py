"""The frame of topic `operations`, and the board of a stop."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data_sources.catalogue import load_city, load_schedule
from data_sources.desks.transit_desk import TransitDesk
from data_sources.measures.freshness import Freshness
from data_sources.measures.patterns import route_plans
from data_sources.model.city import OperationsSpec, VehicleLimits
from data_sources.model.feed import FeedState
from data_sources.model.operations import (
    Arrival,
    OperationsPicture,
    PredictionAccuracy,
    RouteState,
    Spacing,
)
from data_sources.pack_service import read_service
from data_sources.schedule import position_at
from data_sources.views.feeds import BothNames
from data_sources.views.operations import operations_frame, stop_board
from tests.builders import NOON, seconds
from tests.transit import fix, loop_plan, passage, progress

PACK = Path(__file__).resolve().parents[2] / "dashboard" / "cities" / "khon_kaen"
T_MS = round(NOON.timestamp() * 1000)


def picture(**fields: Any) -> OperationsPicture:
    state = {
        "route_id": "R",
        "owed": 3,
        "in_service": 2,
        "target_headway_s": 500,
        "round_s": 1000,
        "ghosts": 1,
        "progress": (progress("buses:b", 0.7), progress("buses:a", 0.2)),
        "spacings": (
            Spacing(route_id="R", leader_id="buses:b", follower_id="buses:a", headway_s=500.4),
            Spacing(route_id="R", leader_id="buses:a", follower_id="buses:b", headway_s=100, kind="bunched"),
        ),
    }
    return OperationsPicture(
        at=NOON,
        routes=(RouteState(**{**state, **fields}),),
        arrivals=(arrival("buses:a", 1, 50), arrival("buses:b", 1, 550), arrival("buses:b", 3, 60)),
        accuracy=(
            PredictionAccuracy(
                route_id="R", horizon_min=5, count=9, error_s=12.4, bias_s=-3.2, schedule_error_s=20
            ),
        ),
    )


def arrival(vehicle: str, call: int, after_s: float) -> Arrival:
    return Arrival(
        route_id="R",
        stop_id=f"loop{call}",
        call=call,
        vehicle_id=vehicle,
        expected_at=NOON + seconds(after_s),
        basis="schedule",
        pattern_id="loop",
    )


def frame(shown: OperationsPicture) -> dict[str, Any]:
    body = operations_frame(shown, {"R": loop_plan(stops=4)}, None).encode(T_MS + 500, 7)
    found: dict[str, Any] = json.loads(body)
    return found


def test_frame_tells_counts_places_and_spacings() -> None:
    told = frame(picture())
    assert (told["t"], told["seq"]) == (T_MS + 500, 7)
    (route,) = told["routes"]
    assert (route["owed"], route["in_service"], route["ghosts"], route["target_headway_s"]) == (3, 2, 1, 500)
    assert [(one["vehicle_id"], one["time_share"]) for one in route["progress"]] == [
        ("buses:b", 0.7),
        ("buses:a", 0.2),
    ]
    assert [(one["headway_s"], one.get("kind")) for one in route["spacings"]] == [
        (500, None),
        (100, "bunched"),
    ]


def test_vehicle_is_told_with_the_stop_that_it_comes_to_next() -> None:
    (route,) = frame(picture())["routes"]
    places = {one["vehicle_id"]: one for one in route["progress"]}
    assert places["buses:a"]["next_stop_id"] == "loop1"
    assert datetime.fromisoformat(places["buses:a"]["next_at"]) == NOON + seconds(50)


def test_what_is_not_known_is_left_out_and_not_zero() -> None:
    (route,) = frame(picture(in_service=None, ghosts=None, progress=(), spacings=()))["routes"]
    assert not {"in_service", "ghosts", "cv"} & route.keys()


def test_frame_waits_unless_counts_or_vehicles_change() -> None:
    plans = {"R": loop_plan(stops=4)}
    one = operations_frame(picture(), plans, None)
    assert operations_frame(picture(cv=0.3), plans, None).patience_s(one) > 0
    assert operations_frame(picture(ghosts=2), plans, None).patience_s(one) == 0
    assert one.patience_s(None) == 0


def test_board_of_a_stop_has_its_arrivals_and_the_passages_of_two_hours() -> None:
    passages = [passage(1, -7300), passage(1, -6000, "a"), passage(1, -5000, "b"), passage(2, -10)]
    board = stop_board("loop1", BothNames("x", "x"), picture(), passages, NOON)
    assert [one.vehicle_id for one in board.arrivals] == ["buses:a", "buses:b"]
    assert [one.headway_s for one in board.passages] == [None, 1000]


def test_arrivals_of_a_dead_desk_are_not_shown() -> None:
    late = NOON + timedelta(hours=1)
    board = stop_board("loop1", BothNames("x", "x"), picture(), [], late)
    assert (board.state, board.arrivals) == (Freshness.STALE, [])


def test_frame_of_the_whole_shuttle_is_below_20_kb() -> None:
    """Four lines, 81 stops, 25 vehicles, with arrivals at every call."""
    city, service = load_city(PACK, {}), read_service(PACK)
    plan = load_schedule(city, True)
    assert plan is not None
    assert service is not None
    desk = TransitDesk(
        plan, route_plans(plan, service.rounds_s), VehicleLimits(), OperationsSpec(), city.feeds
    )
    for second in range(0, 600, 10):
        fixes = []
        for line in service.lines:
            path = plan.shapes[line.route_id]
            for number in range(line.vehicles):
                metres = (path.length_m * number / line.vehicles + 5 * second) % path.length_m
                lat, lon = position_at(path, metres)
                fixes.append(fix(lat, lon, second, f"{line.route_id}-{number}", route_id=line.route_id))
        desk.put_positions("kku_shuttle_mqtt", fixes, NOON + seconds(second))
        shown = desk.tick(NOON + seconds(second), {"kku_shuttle_mqtt": FeedState.UP})
    body = operations_frame(shown, desk.plans, plan).encode(T_MS, 1)
    assert sum(len(state.progress) for state in shown.routes) >= 22
    assert len(shown.arrivals) == pytest.approx(2 * 154, rel=0.1)
    assert len(body) < 20_000
