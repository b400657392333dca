"""Small lines for tests of transit operations, on a plane of metres around (16, 102)."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data_sources.measures.patterns import Pattern, RoutePlan, route_plans
from data_sources.model.gtfs import EARTH_RADIUS_M, distance_m
from data_sources.model.operations import Progress, StopPassage
from data_sources.model.transit import VehiclePosition
from data_sources.schedule import Route, Schedule, Service, Shape, Stop, StopTime, Trip, position_at
from tests.builders import NOON, seconds

LAT, LON = 16.0, 102.0
PER_DEGREE = math.radians(1) * EARTH_RADIUS_M
DAILY = Service(frozenset(range(7)), date(2020, 1, 1), date(2040, 1, 1))
ALL_DAY = ((0, 86_400, 600),)
ZONE = ZoneInfo("Asia/Bangkok")

Corner = tuple[float, float]
"""(metres east, metres north)."""

SQUARE: tuple[Corner, ...] = ((0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0))
"""A loop of 4 km, one kilometre a side."""

SPUR: tuple[Corner, ...] = ((0, 0), (600, 0), (1000, 0), (600, 0), (600, 600), (0, 600), (0, 0))
"""A loop that drives into a dead end and out of it on the same street."""

TWICE: tuple[Corner, ...] = (
    *((0, 0), (800, 0), (800, 500), (0, 500), (0, 0)),
    *((800, 0), (800, -500), (0, -500), (0, 0)),
)
"""A loop that takes its first street twice, in the same direction, half a round apart."""


def place(east_m: float, north_m: float) -> tuple[float, float]:
    return LAT + north_m / PER_DEGREE, LON + east_m / PER_DEGREE / math.cos(math.radians(LAT))


def shape(corners: Sequence[Corner], shape_id: str = "loop") -> Shape:
    points: list[tuple[float, float, float]] = []
    for corner in corners:
        lat, lon = place(*corner)
        along = points[-1][2] + distance_m(*points[-1][:2], lat, lon) if points else 0.0
        points.append((lat, lon, along))
    return Shape(shape_id, tuple(points))


def trip(
    path: Shape,
    along_m: Sequence[float],
    times_s: Sequence[tuple[int, int]],
    *,
    trip_id: str = "run",
    loop: bool = False,
    direction: int = 0,
    frequencies: tuple[tuple[int, int, int], ...] = (),
) -> Trip:
    """A trip that calls at metres along its shape; `times_s` are (arrival, departure)."""
    ids = [f"{path.shape_id}{number}" for number in range(len(along_m))]
    if loop:
        ids[-1] = ids[0]
    calls = tuple(
        StopTime(stop_id, number + 1, arrival, departure, metres)
        for number, (stop_id, metres, (arrival, departure)) in enumerate(
            zip(ids, along_m, times_s, strict=True)
        )
    )
    return Trip(trip_id, "R", "daily", direction, "", path.shape_id, calls, frequencies)


def schedule(shapes: Sequence[Shape], trips: Sequence[Trip]) -> Schedule:
    by_id = {one.shape_id: one for one in shapes}
    stops = {}
    for run in trips:
        for call in run.stop_times:
            lat, lon = position_at(by_id[run.shape_id or ""], call.shape_dist_m or 0.0)
            stops[call.stop_id] = Stop(call.stop_id, call.stop_id, lat, lon)
    return Schedule(
        zone=ZONE,
        routes={"R": Route("R", "R", "R", None)},
        stops=stops,
        trips={run.trip_id: run for run in trips},
        shapes=by_id,
        services={"daily": DAILY},
    )


def loop_schedule(
    corners: Sequence[Corner] = SQUARE,
    stops: int = 4,
    run_s: int = 1000,
    frequencies: tuple[tuple[int, int, int], ...] = ALL_DAY,
) -> Schedule:
    """A loop with stops at equal distances, the first at the start, served without dwell."""
    path = shape(corners)
    along = [path.length_m * number / stops for number in range(stops + 1)]
    times = [(round(run_s * number / stops),) * 2 for number in range(stops + 1)]
    return schedule([path], [trip(path, along, times, loop=True, frequencies=frequencies)])


def loop_plan(
    corners: Sequence[Corner] = SQUARE, stops: int = 4, run_s: int = 1000, round_s: float | None = None
) -> RoutePlan:
    rounds: Mapping[str, float] = {"R": float(round_s or run_s)}
    return route_plans(loop_schedule(corners, stops, run_s), rounds)["R"]


def at_along(
    path: Shape, along_m: float, after_s: float, vehicle: str = "v", **more: object
) -> VehiclePosition:
    """A fix at metres along a shape, over its wraps, so many seconds after noon."""
    lat, lon = position_at(path, along_m % path.length_m if along_m > path.length_m else along_m)
    return fix(lat, lon, after_s, vehicle, **more)


def fix(lat: float, lon: float, after_s: float, vehicle: str = "v", **more: object) -> VehiclePosition:
    at = NOON + seconds(after_s)
    fields = {"route_id": "R", **more}
    return VehiclePosition(
        vehicle_id=vehicle, feed_id="buses", lat=lat, lon=lon, observed_at=at, received_at=at, **fields
    )  # type: ignore[arg-type]


def passage(
    call: int, after_s: float, vehicle: str = "v", dwell_s: float | None = 0.0, pattern: str = "loop"
) -> StopPassage:
    return StopPassage(
        route_id="R",
        pattern_id=pattern,
        call=call,
        stop_id=f"loop{call}",
        vehicle_id=vehicle,
        passed_at=NOON + seconds(after_s),
        uncertainty_s=1.0,
        dwell_s=dwell_s,
    )


def progress(vehicle: str, share: float, at: datetime = NOON, next_call: int = 1) -> Progress:
    """A vehicle on the 4 km of the square, so far along it."""
    return Progress(
        vehicle_id=vehicle,
        route_id="R",
        pattern_id="loop",
        along_m=4000 * share,
        time_share=share,
        observed_at=at,
        next_call=next_call,
    )


def only_pattern(plan: RoutePlan) -> Pattern:
    (pattern,) = plan.patterns
    return pattern


def later(at: datetime, count: float) -> datetime:
    return at + timedelta(seconds=count)
