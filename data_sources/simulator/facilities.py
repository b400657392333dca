"""Car parks and charging stations of the simulated city, made from its lines: nothing is named after a
real facility.

Car parks stand at the stops that most routes serve and fill by the hour. Charging stations stand at the
lines' terminals and are taken by the buses that charge there.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data_sources.model.spec import Names
from data_sources.model.traffic import Point
from data_sources.schedule import Schedule, distance_m
from data_sources.simulator.fleet import Line
from data_sources.simulator.hours import by_hour
from data_sources.simulator.world import World

PARKS_MAX = 6
APART_M = 400.0
"""Car parks stand at least this far from each other."""
SHARED_M = 100.0
"""Terminals nearer than this to each other share a charging station."""
PARK_SPACES = (40, 320)

# Share of a car park's spaces that are taken, by hour; a weekend fills half as much.
PARKED_BY_HOUR = (
    0.12, 0.11, 0.10, 0.10, 0.10, 0.14, 0.30, 0.62, 0.85, 0.93, 0.95, 0.94,
    0.90, 0.93, 0.93, 0.88, 0.72, 0.52, 0.42, 0.36, 0.30, 0.24, 0.18, 0.14,
)  # fmt: skip
WEEKEND_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Park:
    """A car park. `share` and `late_h` make it differ from the others: how full it gets, and when."""

    facility_id: str
    names: Names
    place: Point
    spaces: int
    share: float
    late_h: int


@dataclass(frozen=True, slots=True)
class Station:
    """A charging station at the terminal of the circuits of these routes."""

    facility_id: str
    names: Names
    place: Point
    chargers: int
    routes: tuple[str, ...]


def make_parks(schedule: Schedule, routes: Sequence[str], seed: int) -> tuple[Park, ...]:
    """Car parks at the stops that most of these routes serve, apart from each other."""
    served: dict[str, set[str]] = defaultdict(set)
    for route_id in routes:
        for trip in schedule.trips_of_route(route_id):
            for call in trip.stop_times:
                if call.stop_id in schedule.stops:
                    served[call.stop_id].add(route_id)
    rng = np.random.default_rng((seed, 6))
    parks: list[Park] = []
    for stop_id in sorted(served, key=lambda key: (-len(served[key]), key)):
        stop = schedule.stops[stop_id]
        if any(distance_m(stop.lat, stop.lon, *park.place) < APART_M for park in parks):
            continue
        number = len(parks) + 1
        near = _stop_names(schedule, stop_id)
        parks.append(
            Park(
                facility_id=f"sim-parking-{number}",
                names=Names(
                    th=f"ลานจอดรถจำลอง {number} ({near.th})", en=f"Simulated car park {number} ({near.en})"
                ),
                place=(stop.lat, stop.lon),
                spaces=int(rng.integers(*PARK_SPACES) // 10 * 10),
                share=float(rng.uniform(0.7, 1.08)),
                late_h=int(rng.integers(0, 2)),
            )
        )
        if len(parks) == PARKS_MAX:
            break
    return tuple(parks)


def make_stations(lines: Sequence[Line]) -> tuple[Station, ...]:
    """Charging stations at the lines' terminals, with a charger for each vehicle."""
    groups: list[tuple[Point, list[Line]]] = []
    for line in lines:
        place = (float(line.circuit.lat[0]), float(line.circuit.lon[0]))
        group = next((mine for at, mine in groups if distance_m(*at, *place) < SHARED_M), None)
        if group is None:
            groups.append((place, [line]))
        else:
            group.append(line)
    return tuple(
        Station(
            facility_id=f"sim-charging-{number}",
            names=Names(th=f"สถานีชาร์จจำลอง {number}", en=f"Simulated charging station {number}"),
            place=place,
            chargers=sum(line.vehicles for line in mine),
            routes=tuple(line.circuit.route_id for line in mine),
        )
        for number, (place, mine) in enumerate(groups, 1)
        if sum(line.vehicles for line in mine)
    )


def free_spaces(park: Park, world: World) -> int:
    """Spaces that are free now."""
    return park.spaces - taken_spaces(park, world.local)


def taken_spaces(park: Park, local: datetime) -> int:
    """Spaces that are taken at a local time."""
    hours = PARKED_BY_HOUR[-park.late_h :] + PARKED_BY_HOUR[: -park.late_h] if park.late_h else PARKED_BY_HOUR
    day = 1.0 if local.weekday() < 5 else WEEKEND_SHARE
    return round(park.spaces * min(park.share * day * by_hour(hours, local), 1.0))


def free_chargers(station: Station, world: World) -> int:
    """Chargers without a bus."""
    charging = world.charging()
    return max(station.chargers - sum(charging.get(route_id, 0) for route_id in station.routes), 0)


def _stop_names(schedule: Schedule, stop_id: str) -> Names:
    th, en = (schedule.stop_name(stop_id, lang) or stop_id for lang in ("th", "en"))
    return Names(th=th, en=en)
