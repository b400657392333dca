"""Patterns of a route: ordered calls with metres and seconds, and how patterns make a round.

A *pattern* is what all runs with the same stops along the same shape have in common (TransModel's
"journey pattern"). Its running times are those of its median run. A *loop* ends at the stop it began
at; that stop is its call 0 and the wrap. A *round* is what a vehicle repeats all day: a loop, or the
way out and the way back, each with the wait at its end. Time along a round, not distance, is what a
headway is made of, so places are turned into shares of the round's time: on a ladder equal length is
equal time.
"""

import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Protocol

from data_sources.measures.paths import Path
from data_sources.model.gtfs import Route, Service, Shape, Stop, StopTime, Trip, distance_m

LOOP_ENDS_M = 50.0
"""Ends of a loop's path may lie on two sides of its terminus."""

STOP_TO_SHAPE_M = 200.0
"""A stop without `shape_dist_traveled` is looked for this far from the shape: platforms of a railway
lie up to this far from its middle line."""


class Timetable(Protocol):
    """What is asked of a schedule (`data_sources.schedule.Schedule`)."""

    @property
    def routes(self) -> Mapping[str, Route]: ...
    @property
    def stops(self) -> Mapping[str, Stop]: ...
    @property
    def shapes(self) -> Mapping[str, Shape]: ...
    @property
    def services(self) -> Mapping[str, Service]: ...
    def trips_of_route(self, route_id: str) -> tuple[Trip, ...]: ...


@dataclass(frozen=True, slots=True)
class Call:
    """A stop of a pattern: metres along its path, seconds since its first departure."""

    stop_id: str
    stop_sequence: int
    along_m: float
    arrival_s: float
    departure_s: float


@dataclass(frozen=True)
class Pattern:
    """One way of running a route. `run_s`: first departure to last arrival; of a loop, to call 0 again."""

    pattern_id: str
    route_id: str
    direction_id: int | None
    loop: bool
    calls: tuple[Call, ...]
    path: Path
    run_s: float
    trip_ids: frozenset[str]
    _knots: tuple[list[float], list[float], list[float]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        along = [call.along_m for call in self.calls]
        arrivals = [call.arrival_s for call in self.calls]
        departures = [call.departure_s for call in self.calls]
        if self.loop:
            along.append(self.path.length_m)
            arrivals.append(self.run_s)
            departures.append(self.run_s)
        object.__setattr__(self, "_knots", (along, arrivals, departures))

    @property
    def length_m(self) -> float:
        """Metres of the path."""
        return self.path.length_m

    def time_at(self, along_m: float, stood_s: float = 0.0) -> float:
        """Scheduled seconds from the first departure to a place, 0 to `run_s`.

        At a call it is the arrival, or after `stood_s` there as much more, up to its departure.
        """
        along, arrivals, departures = self._knots
        index = bisect_right(along, along_m) - 1
        if index < 0:
            return arrivals[0]
        if index >= len(along) - 1:
            return arrivals[-1]
        if along_m == along[index]:
            return min(arrivals[index] + stood_s, departures[index])
        share = (along_m - along[index]) / (along[index + 1] - along[index])
        return departures[index] + share * (arrivals[index + 1] - departures[index])

    def place_of(self, call: int) -> tuple[float, float]:
        """(metres, scheduled seconds of arrival) of a call counted on over the wraps of a loop."""
        turn, index = divmod(call, len(self.calls)) if self.loop else (0, call)
        one = self.calls[index]
        return turn * self.length_m + one.along_m, turn * self.run_s + one.arrival_s

    def next_call(self, along_m: float) -> int:
        """Index of the first call beyond a place; of an open pattern `len(calls)` beyond the last."""
        index = bisect_right(self._knots[0], along_m)
        return index % len(self.calls) if self.loop else min(index, len(self.calls))


@dataclass(frozen=True, slots=True)
class Round:
    """What a vehicle repeats: patterns in order, each from a second of the round on.

    `layover_s` is the wait at the end of each pattern.
    """

    patterns: tuple[Pattern, ...]
    starts_s: tuple[float, ...]
    round_s: float
    layover_s: float

    def time_of(self, pattern_id: str, along_m: float, stood_s: float = 0.0) -> float | None:
        """Seconds since the round's start of a place on one of its patterns, 0 <= s < `round_s`;
        None on a pattern outside the round."""
        for pattern, start_s in zip(self.patterns, self.starts_s, strict=True):
            if pattern.pattern_id == pattern_id:
                time_s = pattern.time_at(along_m, stood_s)
                if time_s >= pattern.run_s:
                    time_s += min(stood_s, self.layover_s)
                return (start_s + time_s) % self.round_s
        return None


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """All patterns of a route; `round` is None where runs make no round (a timetabled railway)."""

    route_id: str
    patterns: tuple[Pattern, ...]
    round: Round | None
    by_frequency: bool
    pattern_of_trip: Mapping[str, Pattern]

    def pattern(self, pattern_id: str) -> Pattern | None:
        """The pattern of that id, or None."""
        return next((one for one in self.patterns if one.pattern_id == pattern_id), None)


def route_plans(timetable: Timetable, rounds_s: Mapping[str, float] | None = None) -> dict[str, RoutePlan]:
    """Plan of every route that has a timed trip.

    `rounds_s` gives the contract's time of a whole round by route. Without it the round of a route
    run by frequencies is the shortest multiple of its shortest headway that holds a run, which is
    how a fleet is sized (TCQSM 3rd ed.: vehicles = cycle time / headway, rounded up).
    """
    plans = {}
    for route_id in timetable.routes:
        trips = timetable.trips_of_route(route_id)
        patterns = route_patterns(trips, timetable.shapes, timetable.stops)
        if not patterns:
            continue
        by_frequency = any(trip.frequencies for trip in trips)
        round_s = (rounds_s or {}).get(route_id)
        if round_s is None and by_frequency:
            shortest = min(headway for trip in trips for _, _, headway in trip.frequencies)
            run_s = sum(pattern.run_s for pattern in _main_patterns(patterns))
            round_s = -(-run_s // shortest) * shortest
        plans[route_id] = RoutePlan(
            route_id=route_id,
            patterns=patterns,
            round=make_round(patterns, round_s) if round_s else None,
            by_frequency=by_frequency,
            pattern_of_trip={trip_id: pattern for pattern in patterns for trip_id in pattern.trip_ids},
        )
    return plans


def route_patterns(
    trips: Iterable[Trip], shapes: Mapping[str, Shape], stops: Mapping[str, Stop]
) -> tuple[Pattern, ...]:
    """Patterns of one route's trips, in file order. Trips without a first and a last time, and with
    fewer than two calls at known places, make none."""
    groups: dict[tuple[object, ...], list[Trip]] = defaultdict(list)
    for trip in trips:
        times = trip.stop_times
        if len(times) >= 2 and _timed(times) and all(call.stop_id in stops for call in times):
            groups[trip.shape_id, trip.direction_id, tuple(call.stop_id for call in times)].append(trip)
    used: set[str] = set()
    found = []
    for group in groups.values():
        durations = [trip.duration_s for trip in group]
        model = group[durations.index(median_low(durations))]
        name = model.shape_id or model.route_id
        number = 2
        pattern_id = name
        while pattern_id in used:
            pattern_id, number = f"{name}~{number}", number + 1
        used.add(pattern_id)
        found.append(_pattern(pattern_id, model, frozenset(trip.trip_id for trip in group), shapes, stops))
    return tuple(found)


def make_round(patterns: Sequence[Pattern], round_s: float) -> Round | None:
    """The round of a route whose whole time is `round_s`: its main loop, or its main patterns out and
    back; None when the patterns make none. What the runs leave of the time is waited at their ends."""
    parts = _main_patterns(patterns)
    if not parts:
        return None
    run_s = sum(pattern.run_s for pattern in parts)
    round_s = max(round_s, run_s)
    layover_s = (round_s - run_s) / len(parts)
    starts = [0.0]
    for pattern in parts[:-1]:
        starts.append(starts[-1] + pattern.run_s + layover_s)
    return Round(parts, tuple(starts), round_s, layover_s)


def _main_patterns(patterns: Sequence[Pattern]) -> tuple[Pattern, ...]:
    by_trips = sorted(patterns, key=lambda pattern: -len(pattern.trip_ids))
    loops = [pattern for pattern in by_trips if pattern.loop]
    if loops:
        return (loops[0],)
    ways = [next((p for p in by_trips if p.direction_id == direction), None) for direction in (0, 1)]
    return tuple(way for way in ways if way is not None) if all(ways) else ()


def _timed(times: Sequence[StopTime]) -> bool:
    return _departure(times[0]) is not None and _arrival(times[-1]) is not None


def _arrival(call: StopTime) -> int | None:
    return call.arrival_s if call.arrival_s is not None else call.departure_s


def _departure(call: StopTime) -> int | None:
    return call.departure_s if call.departure_s is not None else call.arrival_s


def _pattern(
    pattern_id: str,
    trip: Trip,
    trip_ids: frozenset[str],
    shapes: Mapping[str, Shape],
    stops: Mapping[str, Stop],
) -> Pattern:
    shape = shapes.get(trip.shape_id or "")
    along = _along(trip, shape, stops) if shape else None
    points = shape.points if shape and along else ()
    if along is None:
        points, along = _through_stops(trip, stops)
    first, last = trip.stop_times[0].stop_id, trip.stop_times[-1].stop_id
    start, end = _place(points, along[0]), _place(points, along[-1])
    loop = first == last and len(trip.stop_times) > 2 and distance_m(*start, *end) <= LOOP_ENDS_M
    if loop:
        inner = [point for point in points if along[0] < point[2] < along[-1]]
        points = ((*start, along[0]), *inner, (*end, along[-1]))
        along = [metres - along[0] for metres in along]
    calls = _calls(trip, along)
    return Pattern(
        pattern_id=pattern_id,
        route_id=trip.route_id,
        direction_id=trip.direction_id,
        loop=loop,
        calls=calls[:-1] if loop else calls,
        path=Path(points, loop=loop),
        run_s=calls[-1].arrival_s,
        trip_ids=trip_ids,
    )


def _calls(trip: Trip, along: Sequence[float]) -> tuple[Call, ...]:
    """Calls with times; those between timepoints are interpolated by distance, as GTFS tells
    consumers to do (reference, stop_times.timepoint)."""
    times = trip.stop_times
    start_s = _departure(times[0]) or 0
    known = [i for i, call in enumerate(times) if _arrival(call) is not None]
    calls = []
    for i, (call, metres) in enumerate(zip(times, along, strict=True)):
        arrival, departure = _arrival(call), _departure(call)
        if arrival is None or departure is None:
            a, b = max(k for k in known if k < i), min(k for k in known if k > i)
            left, right = _departure(times[a]) or 0, _arrival(times[b]) or 0
            way = along[b] - along[a]
            time_s = left + (right - left) * ((metres - along[a]) / way if way > 0 else 0.0)
        else:
            time_s = float(arrival)
        leaves_s = time_s if departure is None else float(departure)
        calls.append(Call(call.stop_id, call.stop_sequence, metres, time_s - start_s, leaves_s - start_s))
    first = calls[0]
    calls[0] = Call(first.stop_id, first.stop_sequence, first.along_m, 0.0, 0.0)
    return tuple(calls)


def _along(trip: Trip, shape: Shape, stops: Mapping[str, Stop]) -> list[float] | None:
    """Metres of the calls along the shape, increasing; None when the stops do not follow it."""
    given = [call.shape_dist_m for call in trip.stop_times]
    if all(metres is not None for metres in given):
        metres = [min(max(m or 0.0, 0.0), shape.length_m) for m in given]
        return metres if all(a <= b for a, b in itertools.pairwise(metres)) else None
    path = Path(shape.points)
    # Cheapest increasing chain of nearest places: (sum of squared offsets, metres by call).
    chains: list[tuple[float, list[float]]] = [(0.0, [])]
    for call in trip.stop_times:
        stop = stops[call.stop_id]
        grown = []
        for place_m, off_m, _ in path.nearest(stop.lat, stop.lon, STOP_TO_SHAPE_M):
            before = [chain for chain in chains if not chain[1] or chain[1][-1] <= place_m]
            if before:
                cost, metres = min(before, key=lambda chain: chain[0])
                grown.append((cost + off_m * off_m, [*metres, place_m]))
        if not grown:
            return None
        chains = grown
    return min(chains, key=lambda chain: chain[0])[1]


def _through_stops(
    trip: Trip, stops: Mapping[str, Stop]
) -> tuple[tuple[tuple[float, float, float], ...], list[float]]:
    """Straight lines from stop to stop where there is no usable shape."""
    along, points = [0.0], []
    for index, call in enumerate(trip.stop_times):
        stop = stops[call.stop_id]
        if index:
            before = stops[trip.stop_times[index - 1].stop_id]
            along.append(along[-1] + distance_m(before.lat, before.lon, stop.lat, stop.lon))
        points.append((stop.lat, stop.lon, along[-1]))
    return tuple(points), along


def _place(points: Sequence[tuple[float, float, float]], along_m: float) -> tuple[float, float]:
    index = min(max(bisect_right(points, along_m, key=lambda point: point[2]), 1), len(points) - 1)
    (lat_a, lon_a, dist_a), (lat_b, lon_b, dist_b) = points[index - 1], points[index]
    share = min(max((along_m - dist_a) / (dist_b - dist_a), 0.0), 1.0) if dist_b > dist_a else 0.0
    return lat_a + share * (lat_b - lat_a), lon_a + share * (lon_b - lon_a)
