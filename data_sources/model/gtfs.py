"""GTFS records: routes, stops, trips, shapes and services, in the terms of the reference."""

import math
from dataclasses import dataclass
from datetime import date

EARTH_RADIUS_M = 6_371_008.8  # mean radius of the IUGG (GRS 80)


@dataclass(frozen=True, slots=True)
class Route:
    """A line as riders know it. `colour` is six hexadecimal digits without `#`, or None."""

    route_id: str
    short_name: str
    long_name: str
    colour: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """A place where riders board or alight; degrees in WGS 84."""

    stop_id: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class StopTime:
    """One call of a trip. Seconds run from the start of the service day (see `service_day_start`);
    None between timepoints. `shape_dist_m` is metres along the trip's shape, None when not given."""

    stop_id: str
    stop_sequence: int
    arrival_s: int | None
    departure_s: int | None
    shape_dist_m: float | None


@dataclass(frozen=True, slots=True)
class Trip:
    """One run of a vehicle along its stops, or the template of many when `frequencies` are given."""

    trip_id: str
    route_id: str
    service_id: str
    direction_id: int | None
    headsign: str
    shape_id: str | None
    stop_times: tuple[StopTime, ...]
    frequencies: tuple[tuple[int, int, int], ...] = ()
    """(start_s, end_s, headway_s) since the service day's start, of `exact_times=0`: a headway is promised
    and no times. Empty for a timetabled trip."""
    exact_starts_s: tuple[int, ...] = ()
    """Starts of the runs of a template of `exact_times=1`, since the service day's start: a timetable,
    written short. Empty for a trip that runs once."""

    @property
    def runs_s(self) -> tuple[tuple[int, int], ...]:
        """First departure and last arrival of each timetabled run, in seconds of the service day."""
        times = span(self.stop_times)
        if times is None or (self.frequencies and not self.exact_starts_s):
            return ()
        starts = self.exact_starts_s or (times[0],)
        return tuple((start_s, start_s + self.duration_s) for start_s in starts)

    @property
    def duration_s(self) -> int:
        """Seconds from the first departure to the last arrival; 0 when untimed."""
        times = span(self.stop_times)
        return times[1] - times[0] if times else 0


@dataclass(frozen=True, slots=True)
class Shape:
    """The path of a trip: (lat, lon, dist_m) with true metres from its first point."""

    shape_id: str
    points: tuple[tuple[float, float, float], ...]

    @property
    def length_m(self) -> float:
        """Length in metres."""
        return self.points[-1][2]


@dataclass(frozen=True, slots=True)
class Service:
    """Days on which a service runs: weekdays (0 Monday) within dates, with days added and removed."""

    weekdays: frozenset[int] = frozenset()
    start: date = date.max
    end: date = date.min
    added: frozenset[date] = frozenset()
    removed: frozenset[date] = frozenset()

    def runs_on(self, day: date) -> bool:
        """Whether it runs on that service day."""
        if day in self.added:
            return True
        return day not in self.removed and self.start <= day <= self.end and day.weekday() in self.weekdays


def span(calls: tuple[StopTime, ...]) -> tuple[int, int] | None:
    """First and last time of a trip in seconds of its service day; None when untimed."""
    times = [s for call in calls for s in (call.arrival_s, call.departure_s) if s is not None]
    return (min(times), max(times)) if times else None


def distance_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle distance in metres (haversine)."""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_lat = math.sin((phi_b - phi_a) / 2)
    half_lon = math.sin(math.radians(lon_b - lon_a) / 2)
    return (
        2
        * EARTH_RADIUS_M
        * math.asin(math.sqrt(half_lat**2 + math.cos(phi_a) * math.cos(phi_b) * half_lon**2))
    )
