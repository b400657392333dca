"""Circuits: the closed paths that simulated vehicles drive, built from a GTFS schedule."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from data_sources.schedule import Schedule, StopTime, Trip, distance_m

Point = tuple[float, float]
Floats = NDArray[np.float64]

JOINED_WITHIN_M = 1.0
"""Ends nearer than this are the same place."""
SHORT_LINK_M = 150.0
"""Ends up to this far apart are joined by a straight drive without riders; farther apart, a one-way
line is driven back along its own path."""
END_OF_LEG_M = 5.0
"""A last stop nearer than this to the path's end is the end."""
UNTIMED_SPEED_MPS = 20 / 3.6
"""Travel speed including stops where the schedule gives no times."""


@dataclass(frozen=True, slots=True)
class Call:
    """One stop of a leg: metres from the start of the circuit, seconds after the leg's departure."""

    stop_id: str
    stop_sequence: int
    at_m: float
    offset_s: float


@dataclass(frozen=True, slots=True)
class Leg:
    """One trip's worth of a circuit, or a drive without riders (`trips` and `calls` empty)."""

    start_m: float
    end_m: float
    duration_s: float
    direction_id: int | None = None
    calls: tuple[Call, ...] = ()
    trips: tuple[Trip, ...] = ()

    @property
    def in_service(self) -> bool:
        """Whether riders are carried."""
        return bool(self.calls)


@dataclass(frozen=True, slots=True)
class Circuit:
    """A closed path of one route, driven over and over: each direction's trip, and links between."""

    route_id: str
    lat: Floats
    lon: Floats
    dist_m: Floats
    legs: tuple[Leg, ...]

    @property
    def length_m(self) -> float:
        """Length of the whole circuit in metres."""
        return float(self.dist_m[-1])

    @property
    def running_s(self) -> float:
        """Scheduled time of all legs, without layover."""
        return sum(leg.duration_s for leg in self.legs)


@dataclass(frozen=True, slots=True)
class _Path:
    points: tuple[Point, ...]
    trips: tuple[Trip, ...] = ()
    stop_times: tuple[StopTime, ...] = ()
    stops_m: tuple[float, ...] = ()


def build_circuit(schedule: Schedule, route_id: str) -> Circuit | None:
    """The circuit of a route: of each direction the pattern of stops that runs most often.

    None when the route has no trip with two stops.
    """
    paths = [_path(schedule, trips) for trips in _main_patterns(schedule, route_id)]
    if not paths:
        return None
    return _joined(route_id, _closed(paths))


def _main_patterns(schedule: Schedule, route_id: str) -> list[tuple[Trip, ...]]:
    patterns: dict[int | None, dict[tuple[str, ...], list[Trip]]] = defaultdict(lambda: defaultdict(list))
    for trip in schedule.trips_of_route(route_id):
        stops = tuple(call.stop_id for call in _placed(schedule, trip))
        if len(stops) >= 2:
            patterns[trip.direction_id][stops].append(trip)
    main = []
    for direction_id in sorted(patterns, key=lambda key: -1 if key is None else key):
        found = patterns[direction_id]
        stops = max(sorted(found), key=lambda key: (sum(map(_runs_a_day, found[key])), len(key)))
        main.append(tuple(found[stops]))
    return main


def _runs_a_day(trip: Trip) -> float:
    return sum((end_s - start_s) / headway_s for start_s, end_s, headway_s in trip.frequencies) or max(
        len(trip.exact_starts_s), 1.0
    )


def _placed(schedule: Schedule, trip: Trip) -> tuple[StopTime, ...]:
    return tuple(call for call in trip.stop_times if call.stop_id in schedule.stops)


def _path(schedule: Schedule, trips: tuple[Trip, ...]) -> _Path:
    stop_times = _placed(schedule, trips[0])
    stops = [schedule.stops[call.stop_id] for call in stop_times]
    places = [(stop.lat, stop.lon) for stop in stops]
    shape = schedule.shapes.get(trips[0].shape_id or "")
    if shape is None or len(shape.points) < 2:
        return _Path(tuple(places), trips, stop_times, tuple(_along(places)))
    points = tuple((lat, lon) for lat, lon, _ in shape.points)
    known = [call.shape_dist_m for call in stop_times if call.shape_dist_m is not None]
    stops_m = known if len(known) == len(stop_times) else _projected(points, places)
    return _Path(points, trips, stop_times, tuple(np.maximum.accumulate(stops_m)))


def _along(points: Sequence[Point]) -> list[float]:
    steps = [0.0, *(distance_m(*a, *b) for a, b in pairwise(points))]
    return list(np.cumsum(steps))


def _projected(points: Sequence[Point], places: Sequence[Point]) -> list[float]:
    """Metres of each stop along a path, in order: the nearest point ahead, at most three mean stop
    spacings away, as a loop passes the same place more than once."""
    along = np.array(_along(points))
    east = np.cos(np.radians(points[0][0]))
    xy = np.array([(lon * east, lat) for lat, lon in points]) * 111_195.0
    step = np.diff(xy, axis=0)
    length2 = np.maximum((step**2).sum(axis=1), 1e-9)
    reach = 3 * along[-1] / max(len(places) - 1, 1)
    found: list[float] = []
    at = 0.0
    for lat, lon in places:
        place = np.array((lon * east, lat)) * 111_195.0
        share = np.clip(((place - xy[:-1]) * step).sum(axis=1) / length2, 0.0, 1.0)
        dist = along[:-1] + share * np.diff(along)
        off = np.hypot(*(xy[:-1] + share[:, None] * step - place).T)
        off[(dist < at) | (dist > at + reach)] = np.inf
        at = float(dist[int(np.argmin(off))]) if np.isfinite(off).any() else at
        found.append(at)
    return found


def _closed(paths: Sequence[_Path]) -> Iterable[_Path]:
    """The paths with the drives that join each to the next, and the last to the first."""
    for index, path in enumerate(paths):
        yield path
        end, start = path.points[-1], paths[(index + 1) % len(paths)].points[0]
        gap_m = distance_m(*end, *start)
        if gap_m <= JOINED_WITHIN_M:
            continue
        back = len(paths) == 1 and gap_m > SHORT_LINK_M
        yield _Path(tuple(reversed(path.points)) if back else (end, start))


def _joined(route_id: str, paths: Iterable[_Path]) -> Circuit:
    points: list[Point] = []
    dist: list[float] = []
    legs: list[Leg] = []
    at_m = 0.0
    for path in paths:
        along = [at_m + step for step in _along(path.points)]
        points.extend(path.points)
        dist.extend(along)
        legs.append(_leg(path, at_m, along[-1]))
        at_m = along[-1]
    return Circuit(
        route_id=route_id,
        lat=np.array([lat for lat, _ in points]),
        lon=np.array([lon for _, lon in points]),
        dist_m=np.array(dist),
        legs=tuple(legs),
    )


def _leg(path: _Path, start_m: float, end_m: float) -> Leg:
    if not path.trips:
        return Leg(start_m, end_m, (end_m - start_m) / UNTIMED_SPEED_MPS)
    stops_m = np.minimum(np.array(path.stops_m) + start_m, end_m)
    times = _call_times(path.stop_times)
    offsets = (stops_m - stops_m[0]) / UNTIMED_SPEED_MPS if times is None else times
    calls = tuple(
        Call(call.stop_id, call.stop_sequence, float(at_m), float(offset_s))
        for call, at_m, offset_s in zip(path.stop_times, stops_m, offsets, strict=True)
    )
    beyond_s = (end_m - calls[-1].at_m) / UNTIMED_SPEED_MPS
    return Leg(start_m, end_m, calls[-1].offset_s + beyond_s, path.trips[0].direction_id, calls, path.trips)


def _call_times(stop_times: Sequence[StopTime]) -> Floats | None:
    """Arrivals in seconds after the first departure, filled in between timepoints; None when the
    trip's ends are untimed."""
    times = [call.arrival_s if call.arrival_s is not None else call.departure_s for call in stop_times]
    known = [(index, float(time_s)) for index, time_s in enumerate(times) if time_s is not None]
    departure_s = stop_times[0].departure_s
    if departure_s is None or len(known) < 2 or known[-1][0] != len(times) - 1:
        return None
    values = np.interp(range(len(times)), [index for index, _ in known], [time_s for _, time_s in known])
    return np.maximum.accumulate(np.maximum(values - departure_s, 0.0))
