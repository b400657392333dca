"""Reads a GTFS into records and checks that its files agree with each other. I/O in `gtfs_tables`."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from data_sources.errors import ConfigError
from data_sources.gtfs_tables import GtfsTables, Row
from data_sources.model.gtfs import Route, Service, Shape, Stop, StopTime, Trip, distance_m


def read_zone(tables: GtfsTables, default: ZoneInfo) -> ZoneInfo:
    for row in tables.rows("agency.txt", ("agency_name", "agency_timezone")):
        name = row.text("agency_timezone")
        try:
            return ZoneInfo(name) if name else default
        except (KeyError, OSError, ValueError):
            raise ConfigError(f"{row.where}: agency_timezone {name!r} is not an IANA time zone") from None
    return default


def read_routes(tables: GtfsTables) -> dict[str, Route]:
    routes = {}
    for row in tables.rows("routes.txt", ("route_id", "route_type")):
        route_id = row.required("route_id")
        colour = row.text("route_color").upper() or None
        routes[route_id] = Route(route_id, row.text("route_short_name"), row.text("route_long_name"), colour)
    return routes


def read_stops(tables: GtfsTables) -> tuple[dict[str, Stop], frozenset[str]]:
    """Stops with a place, and the ids of all (pathway nodes may have no coordinates)."""
    stops, ids = {}, set()
    for row in tables.rows("stops.txt", ("stop_id", "stop_lat", "stop_lon")):
        stop_id = row.required("stop_id")
        if stop_id in ids:
            raise ConfigError(f"{row.where}: stop_id {stop_id!r} occurs twice")
        ids.add(stop_id)
        if row.text("location_type") in {"3", "4"} and not row.text("stop_lat"):
            continue
        lat, lon = row.degrees("stop_lat", 90), row.degrees("stop_lon", 180)
        stops[stop_id] = Stop(stop_id, row.text("stop_name"), lat, lon)
    return stops, frozenset(ids)


def read_shapes(tables: GtfsTables) -> tuple[dict[str, Shape], dict[str, list[tuple[float, float]]]]:
    """Shapes in true metres, and per shape the (shape_dist_traveled, metres) pairs to convert by:
    the format leaves the unit to the producer."""
    raw: dict[str, list[tuple[int, float, float, float | None]]] = {}
    columns = ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
    for row in tables.rows("shapes.txt", columns):
        sequence = row.integer("shape_pt_sequence")
        if sequence is None:
            raise ConfigError(f"{row.where}: shape_pt_sequence is empty")
        lat, lon = row.degrees("shape_pt_lat", 90), row.degrees("shape_pt_lon", 180)
        point = (sequence, lat, lon, row.number("shape_dist_traveled"))
        raw.setdefault(row.required("shape_id"), []).append(point)
    shapes, measures = {}, {}
    for shape_id, rows in raw.items():
        rows.sort(key=lambda point: point[0])
        points, along, pairs = [], 0.0, []
        for index, (_, lat, lon, given) in enumerate(rows):
            if index:
                along += distance_m(rows[index - 1][1], rows[index - 1][2], lat, lon)
            points.append((lat, lon, along))
            if given is not None:
                pairs.append((given, along))
        shapes[shape_id] = Shape(shape_id, tuple(points))
        if len(pairs) == len(points):
            measures[shape_id] = pairs
    return shapes, measures


def read_services(tables: GtfsTables) -> dict[str, Service]:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    weekly: dict[str, Service] = {}
    for row in tables.rows("calendar.txt", ("service_id", *days, "start_date", "end_date")):
        weekdays = frozenset(index for index, day in enumerate(days) if row.choice(day, ("0", "1")) == "1")
        weekly[row.required("service_id")] = Service(weekdays, row.day("start_date"), row.day("end_date"))
    exceptions: dict[str, dict[str, set[date]]] = {}
    for row in tables.rows("calendar_dates.txt", ("service_id", "date", "exception_type")):
        kinds = exceptions.setdefault(row.required("service_id"), {"1": set(), "2": set()})
        kinds[row.choice("exception_type", ("1", "2"))].add(row.day("date"))
    services = {}
    for service_id in [*weekly, *(key for key in exceptions if key not in weekly)]:
        base, kinds = weekly.get(service_id, Service()), exceptions.get(service_id, {})
        added, removed = frozenset(kinds.get("1", ())), frozenset(kinds.get("2", ()))
        services[service_id] = Service(base.weekdays, base.start, base.end, added, removed)
    return services


class Calls:
    """stop_times.txt and frequencies.txt, gathered by trip."""

    def __init__(
        self, tables: GtfsTables, stops: frozenset[str], measures: Mapping[str, list[tuple[float, float]]]
    ) -> None:
        self.by_trip: dict[str, list[tuple[StopTime, float | None]]] = {}
        self.first_row: dict[str, Row] = {}
        self._measures = measures
        for row in tables.rows("stop_times.txt", ("trip_id", "stop_id", "stop_sequence")):
            trip_id, stop_id = row.required("trip_id"), row.text("stop_id")
            sequence = row.integer("stop_sequence")
            if sequence is None:
                raise ConfigError(f"{row.where}: stop_sequence is empty")
            if stop_id not in stops:
                raise ConfigError(f"{row.where}: stop_id {stop_id!r} is not in stops.txt")
            times = (row.service_time_s("arrival_time"), row.service_time_s("departure_time"))
            call = StopTime(stop_id, sequence, *times, None)
            self.first_row.setdefault(trip_id, row)
            self.by_trip.setdefault(trip_id, []).append((call, row.number("shape_dist_traveled")))
        self.windows: dict[str, list[tuple[int, int, int]]] = {}
        self.exact_starts: dict[str, set[int]] = {}
        columns = ("trip_id", "start_time", "end_time", "headway_secs")
        for row in tables.rows("frequencies.txt", columns):
            trip_id = row.required("trip_id")
            start_s, end_s = row.service_time_s("start_time"), row.service_time_s("end_time")
            headway_s = row.integer("headway_secs")
            if start_s is None or end_s is None or end_s <= start_s:
                raise ConfigError(f"{row.where}: end_time must be later than start_time")
            if headway_s is None or headway_s <= 0:
                raise ConfigError(f"{row.where}: headway_secs must be greater than 0")
            self.first_row.setdefault(trip_id, row)
            # GTFS reference: empty is 0, a headway alone; 1 is a timetable written short.
            if row.choice("exact_times", ("", "0", "1")) == "1":
                self.exact_starts.setdefault(trip_id, set()).update(range(start_s, end_s, headway_s))
            else:
                self.windows.setdefault(trip_id, []).append((start_s, end_s, headway_s))
        if both := sorted(self.windows.keys() & self.exact_starts.keys()):
            raise ConfigError(f"frequencies.txt: trip_id {both[0]!r} has exact_times both 0 and 1")

    def of(self, trip_id: str, shape_id: str | None) -> tuple[StopTime, ...]:
        """Calls of a trip in order, with distances converted to metres along its shape."""
        pairs = self._measures.get(shape_id or "", [])
        calls = sorted(self.by_trip.get(trip_id, []), key=lambda item: item[0].stop_sequence)
        return tuple(
            call
            if given is None or len(pairs) < 2
            else StopTime(
                call.stop_id, call.stop_sequence, call.arrival_s, call.departure_s, _metres(pairs, given)
            )
            for call, given in calls
        )


def _metres(pairs: list[tuple[float, float]], given: float) -> float:
    """Linear conversion between the two measured points around `given`."""
    index = min(max(bisect_right(pairs, given, key=lambda pair: pair[0]), 1), len(pairs) - 1)
    (given_a, metres_a), (given_b, metres_b) = pairs[index - 1], pairs[index]
    share = min(max((given - given_a) / (given_b - given_a), 0.0), 1.0) if given_b > given_a else 0.0
    return metres_a + share * (metres_b - metres_a)


def read_trips(
    tables: GtfsTables,
    routes: Mapping[str, Route],
    services: Mapping[str, Service],
    shapes: Mapping[str, Shape],
    calls: Calls,
) -> dict[str, Trip]:
    trips: dict[str, Trip] = {}
    for row in tables.rows("trips.txt", ("route_id", "service_id", "trip_id")):
        trip_id, route_id = row.required("trip_id"), row.required("route_id")
        service_id, shape_id = row.required("service_id"), row.text("shape_id") or None
        if trip_id in trips:
            raise ConfigError(f"{row.where}: trip_id {trip_id!r} occurs twice")
        if route_id not in routes:
            raise ConfigError(f"{row.where}: route_id {route_id!r} is not in routes.txt")
        if service_id not in services:
            raise ConfigError(f"{row.where}: service_id {service_id!r} is not in the calendar")
        if shape_id is not None and shape_id not in shapes:
            raise ConfigError(f"{row.where}: shape_id {shape_id!r} is not in shapes.txt")
        trips[trip_id] = Trip(
            trip_id=trip_id,
            route_id=route_id,
            service_id=service_id,
            direction_id=row.integer("direction_id"),
            headsign=row.text("trip_headsign"),
            shape_id=shape_id,
            stop_times=calls.of(trip_id, shape_id),
            frequencies=tuple(sorted(calls.windows.get(trip_id, ()))),
            exact_starts_s=tuple(sorted(calls.exact_starts.get(trip_id, ()))),
        )
    for trip_id, row in calls.first_row.items():
        if trip_id not in trips:
            raise ConfigError(f"{row.where}: trip_id {trip_id!r} is not in trips.txt")
    return trips


def read_translations(tables: GtfsTables) -> dict[tuple[str, str, str], str]:
    found = {}
    for row in tables.rows("translations.txt", ("table_name", "field_name", "language", "translation")):
        record_id, value = row.text("record_id"), row.text("field_value")
        key = f"id:{record_id}" if record_id else f"value:{value}"
        what = f"{row.required('table_name')}.{row.required('field_name')}"
        found[row.required("language"), what, key] = row.text("translation")
    return found
