"""A small fictional network: a loop run by frequencies and a line with two directions by timetable."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data_sources.model.traffic import Link
from data_sources.schedule import Route, Schedule, Service, Shape, Stop, StopTime, Trip, distance_m
from data_sources.simulator.circuits import build_circuit
from data_sources.simulator.fleet import make_lines
from data_sources.simulator.scenario import BUILT_IN, ScenarioSpec
from data_sources.simulator.world import World

ZONE = ZoneInfo("Asia/Bangkok")
CENTRE_LAT, CENTRE_LON = 10.0, 100.0
WEEKDAY_8AM = datetime(2026, 11, 18, 8, 0, tzinfo=ZONE).astimezone(UTC)
DAILY = Service(frozenset(range(7)), date(2020, 1, 1), date(2040, 1, 1))
LOOP_STOPS = 12
DAY_WINDOWS = ((21_600, 25_200, 1200), (25_200, 32_400, 600), (32_400, 79_200, 1200))
"""06-07 and 09-22 every 20 min, 07-09 every 10 min."""


def _shape(shape_id: str, places: list[tuple[float, float]]) -> Shape:
    points, along = [], 0.0
    for index, (lat, lon) in enumerate(places):
        along += distance_m(*places[index - 1], lat, lon) if index else 0.0
        points.append((lat, lon, along))
    return Shape(shape_id, tuple(points))


def _loop() -> tuple[Shape, list[Stop], list[StopTime]]:
    """A circle of about 12.6 km, at 20 km/h."""
    angles = [2 * math.pi * step / 120 for step in range(121)]
    shape = _shape(
        "loop", [(CENTRE_LAT + 0.018 * math.sin(a), CENTRE_LON + 0.018 * math.cos(a)) for a in angles]
    )
    stops, calls = [], []
    for number in range(LOOP_STOPS + 1):
        lat, lon, along = shape.points[number * 10]
        stop_id = f"L{number % LOOP_STOPS}"
        stops.append(Stop(stop_id, stop_id, lat, lon))
        time_s = int(along / (20 / 3.6))
        calls.append(StopTime(stop_id, number + 1, time_s, time_s, along))
    return shape, stops[:LOOP_STOPS], calls


def _line(direction: int) -> tuple[Shape, list[Stop], list[StopTime]]:
    places = [
        (CENTRE_LAT + 0.004 * math.sin(step / 3), CENTRE_LON + 0.03 + step * 0.002) for step in range(31)
    ]
    shape = _shape(f"line{direction}", places[::-1] if direction else places)
    stops, calls = [], []
    for number in range(7):
        lat, lon, along = shape.points[number * 5]
        stop_id = f"M{number}-{direction}"
        stops.append(Stop(stop_id, stop_id, lat, lon))
        time_s = 28_800 + int(along / (22 / 3.6))
        calls.append(StopTime(stop_id, number + 1, time_s, time_s, along))
    return shape, stops, calls


def make_schedule() -> Schedule:
    """The fictional network."""
    shapes, stops, trips = {}, {}, {}
    shape, at, calls = _loop()
    shapes[shape.shape_id] = shape
    stops.update({stop.stop_id: stop for stop in at})
    trips["loop-day"] = Trip("loop-day", "LOOP", "daily", 0, "Loop", "loop", tuple(calls), DAY_WINDOWS)
    for direction in (0, 1):
        shape, at, calls = _line(direction)
        shapes[shape.shape_id] = shape
        stops.update({stop.stop_id: stop for stop in at})
        for number in range(24):
            shift = (number - 4) * 1800 + direction * 1500
            times = tuple(
                StopTime(
                    c.stop_id, c.stop_sequence, c.arrival_s + shift, c.departure_s + shift, c.shape_dist_m
                )
                for c in calls
                if c.arrival_s is not None and c.departure_s is not None
            )
            trip_id = f"line-{direction}-{number:02d}"
            trips[trip_id] = Trip(trip_id, "LINE", "daily", direction, "End", shape.shape_id, times)
    return Schedule(
        zone=ZONE,
        routes={"LOOP": Route("LOOP", "L", "Loop", None), "LINE": Route("LINE", "M", "Line", None)},
        stops=stops,
        trips=trips,
        shapes=shapes,
        services={"daily": DAILY},
    )


def make_links() -> list[Link]:
    """A ring road of twelve links under the loop, and the same in the other direction."""
    shape, _, _ = _loop()
    places = [(lat, lon) for lat, lon, _ in shape.points]
    links = []
    for number in range(LOOP_STOPS):
        part = places[number * 10 : number * 10 + 11]
        for way, points in (("out", part), ("back", part[::-1])):
            links.append(
                Link(
                    link_id=f"ring-{way}-{number:02d}",
                    name_th="วงแหวน",
                    name_en="Ring",
                    road_class="primary",
                    length_m=sum(distance_m(*a, *b) for a, b in pairwise(points)),
                    free_flow_kmh=60.0,
                    points=tuple(points),
                    lanes=2,
                    route_ids=("LOOP",) if way == "out" else (),
                    corridor_id="ring",
                    corridor_th="ถนนวงแหวน",
                    corridor_en="Ring Road",
                )
            )
    return links


def scenario(**fields: Any) -> ScenarioSpec:
    """A scenario with these settings and else as the normal one."""
    names = {"th": "ทดสอบ", "en": "Test"}
    return ScenarioSpec.model_validate({"names": names, "purpose": names, **fields})


def make_world(
    scenario: str | ScenarioSpec = "normal",
    start: datetime = WEEKDAY_8AM,
    fleet: tuple[int, int] = (6, 3),
    seed: int = 1,
    links: Sequence[Link] = (),
) -> World:
    """A world of the fictional network: `fleet` vehicles on the loop and on the line."""
    schedule = make_schedule()
    circuits = [circuit for route in ("LOOP", "LINE") if (circuit := build_circuit(schedule, route))]
    sizes = dict(zip(("LOOP", "LINE"), fleet, strict=True))
    lines = make_lines(schedule, circuits, start, fleet=sizes, signs={"LOOP": "Loop", "LINE": "Mile"})
    spec = BUILT_IN[scenario] if isinstance(scenario, str) else scenario
    return World(schedule, lines, seed=seed, scenario=spec, start=start, links=links)


@pytest.fixture
def schedule() -> Schedule:
    """The fictional network's schedule."""
    return make_schedule()


def after(seconds: float) -> datetime:
    """An instant after the usual start."""
    return WEEKDAY_8AM + timedelta(seconds=seconds)
