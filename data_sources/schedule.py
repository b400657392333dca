"""The GTFS schedule of a city: routes, trips, stops, shapes and service days. Pure once read."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from data_sources.gtfs_reader import (
    Calls,
    read_routes,
    read_services,
    read_shapes,
    read_stops,
    read_translations,
    read_trips,
    read_zone,
)
from data_sources.gtfs_tables import GtfsTables
from data_sources.model.gtfs import Route, Service, Shape, Stop, StopTime, Trip, distance_m

__all__ = [
    "Route",
    "Schedule",
    "Service",
    "Shape",
    "Stop",
    "StopTime",
    "Trip",
    "distance_m",
    "position_at",
    "read_schedule",
    "service_day_start",
]

DAY_S = 86_400


def service_day_start(day: date, zone: ZoneInfo) -> datetime:
    """Instant from which GTFS counts a service day's times: noon minus 12 h (differs from midnight
    only when clocks change that day)."""
    noon = datetime.combine(day, time(12), zone)
    return noon.astimezone(UTC) - timedelta(hours=12)


@dataclass(frozen=True)
class Schedule:
    """Read-only view of a GTFS. Build it with `read_schedule`."""

    zone: ZoneInfo
    routes: Mapping[str, Route]
    stops: Mapping[str, Stop]
    trips: Mapping[str, Trip]
    shapes: Mapping[str, Shape]
    services: Mapping[str, Service]
    translations: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """By (language, "table.field", record id or value)."""
    _trips_by_route: dict[str, tuple[Trip, ...]] = field(init=False, repr=False)
    _latest_s: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_route: dict[str, list[Trip]] = {route_id: [] for route_id in self.routes}
        latest_s = 0
        for trip in self.trips.values():
            by_route[trip.route_id].append(trip)
            latest_s = max([latest_s, *(end_s for _, end_s in _windows(trip))])
        object.__setattr__(self, "_trips_by_route", {key: tuple(trips) for key, trips in by_route.items()})
        object.__setattr__(self, "_latest_s", latest_s)

    def has_trip(self, trip_id: str) -> bool:
        """Whether the schedule knows the trip."""
        return trip_id in self.trips

    def has_route(self, route_id: str) -> bool:
        """Whether the schedule knows the route."""
        return route_id in self.routes

    def trips_of_route(self, route_id: str) -> tuple[Trip, ...]:
        """Trips of a route in file order; empty when unknown."""
        return self._trips_by_route.get(route_id, ())

    def active_service_ids(self, day: date) -> frozenset[str]:
        """Services that run on a service day."""
        return frozenset(key for key, service in self.services.items() if service.runs_on(day))

    def active_trips(self, route_id: str, when: datetime) -> tuple[Trip, ...]:
        """Trips (or templates) of the route that are on the road at an aware instant.

        A frequency template is on the road from its first start until its last run has arrived.
        """
        found = []
        for day, seconds in self._service_seconds(when):
            for trip in self.trips_of_route(route_id):
                if not any(start_s <= seconds <= end_s for start_s, end_s in _windows(trip)):
                    continue
                service = self.services.get(trip.service_id)
                if service is not None and service.runs_on(day):
                    found.append(trip)
        return tuple(found)

    def route_runs_at(self, route_id: str, when: datetime) -> bool | None:
        """Whether some vehicle of the route is due on the road at an aware instant; None when the
        route is unknown. Service days that reach past midnight are seen."""
        if not self.has_route(route_id):
            return None
        return bool(self.active_trips(route_id, when))

    def headway_s_at(self, route_id: str, when: datetime) -> int | None:
        """Shortest headway promised by frequencies.txt for starts at an aware instant, or None."""
        promised = [
            headway_s
            for day, seconds in self._service_seconds(when)
            for trip in self.trips_of_route(route_id)
            for start_s, end_s, headway_s in trip.frequencies
            if start_s <= seconds < end_s and self.services[trip.service_id].runs_on(day)
        ]
        return min(promised, default=None)

    def headsign(self, trip_id: str | None, lang: str | None = None) -> str | None:
        """Headsign of a trip, or None when unknown or empty."""
        trip = self.trips.get(trip_id or "")
        if trip is None:
            return None
        return self._translated("trips.trip_headsign", trip_id, trip.headsign, lang) or None

    def route_name(self, route_id: str | None, lang: str | None = None) -> str | None:
        """Long name of a route, else its short name; None when unknown."""
        route = self.routes.get(route_id or "")
        if route is None:
            return None
        long_name = self._translated("routes.route_long_name", route_id, route.long_name, lang)
        return long_name or self._translated("routes.route_short_name", route_id, route.short_name, lang)

    def stop_name(self, stop_id: str | None, lang: str | None = None) -> str | None:
        """Name of a stop, or None when unknown."""
        stop = self.stops.get(stop_id or "")
        return self._translated("stops.stop_name", stop_id, stop.name, lang) if stop else None

    def next_stop(
        self,
        trip_id: str | None,
        stop_sequence: int | None = None,
        stop_id: str | None = None,
        *,
        stopped: bool = False,
    ) -> Stop | None:
        """Stop that a vehicle heads for, from what its GTFS-Realtime position names.

        The position names the stop it travels to, or with `stopped` (STOPPED_AT) the one it stands
        at: then the following call of the trip is meant. The sequence decides when both are given,
        as a loop calls at one stop several times. None when it cannot be told.
        """
        trip = self.trips.get(trip_id or "")
        calls = trip.stop_times if trip else ()
        at = [index for index, call in enumerate(calls) if call.stop_sequence == stop_sequence]
        if not at:
            at = [index for index, call in enumerate(calls) if call.stop_id == stop_id]
        if not stopped:
            return self.stops.get(calls[at[0]].stop_id if at else stop_id or "")
        if len(at) != 1 or at[0] + 1 >= len(calls):
            return None
        return self.stops.get(calls[at[0] + 1].stop_id)

    def shape_of_trip(self, trip_id: str) -> Shape | None:
        """Shape of a trip, or None."""
        trip = self.trips.get(trip_id)
        return self.shapes.get(trip.shape_id or "") if trip else None

    def shape_of_route(self, route_id: str) -> Shape | None:
        """Longest shape of a route's trips, or None."""
        ids = {trip.shape_id for trip in self.trips_of_route(route_id) if trip.shape_id in self.shapes}
        shapes = [self.shapes[shape_id] for shape_id in sorted(filter(None, ids))]
        return max(shapes, key=lambda shape: shape.length_m, default=None)

    def _service_seconds(self, when: datetime) -> Iterable[tuple[date, int]]:
        """Service days that may be running at an instant, with the seconds gone since their start."""
        today = when.astimezone(self.zone).date()
        for back in range(-1, 2 + self._latest_s // DAY_S):
            day = today - timedelta(days=back)
            seconds = int((when - service_day_start(day, self.zone)).total_seconds())
            if 0 <= seconds <= self._latest_s:
                yield day, seconds

    def _translated(self, what: str, record_id: str | None, value: str, lang: str | None) -> str:
        if lang is None or not self.translations:
            return value
        by_id = self.translations.get((lang, what, f"id:{record_id}"))
        return by_id or self.translations.get((lang, what, f"value:{value}"), value)


def position_at(shape: Shape, dist_m: float) -> tuple[float, float]:
    """(lat, lon) at a distance along a shape, held to its ends."""
    points = shape.points
    index = min(max(bisect_right(points, dist_m, key=lambda point: point[2]), 1), len(points) - 1)
    (lat_a, lon_a, dist_a), (lat_b, lon_b, dist_b) = points[index - 1], points[index]
    share = min(max((dist_m - dist_a) / (dist_b - dist_a), 0.0), 1.0) if dist_b > dist_a else 0.0
    return lat_a + share * (lat_b - lat_a), lon_a + share * (lon_b - lon_a)


def read_schedule(path: Path, overlay: Path | None, zone: ZoneInfo) -> Schedule:
    """Read a GTFS folder or zip; files of `overlay` replace those of the same name.

    Times are those of agency.txt's time zone, `zone` when it names none. A broken GTFS raises
    ConfigError: one line with file, line and what is wrong.
    """
    tables = GtfsTables(path, overlay)
    routes = read_routes(tables)
    stops, places = read_stops(tables)
    shapes, measures = read_shapes(tables)
    services = read_services(tables)
    return Schedule(
        zone=read_zone(tables, zone),
        routes=routes,
        stops=stops,
        shapes=shapes,
        trips=read_trips(tables, routes, services, shapes, Calls(tables, places, measures)),
        services=services,
        translations=read_translations(tables),
    )


def _windows(trip: Trip) -> list[tuple[int, int]]:
    """Seconds of the service day in which some vehicle runs the trip."""
    if trip.frequencies:
        return [
            (start_s, start_s + (end_s - 1 - start_s) // headway_s * headway_s + trip.duration_s)
            for start_s, end_s, headway_s in trip.frequencies
        ]
    return list(trip.runs_s)
