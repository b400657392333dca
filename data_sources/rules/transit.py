"""Rules of vehicle positions and trip updates."""

from math import cos, hypot, radians

from data_sources.model.transit import TripUpdate, VehiclePosition
from data_sources.rules import place, times
from data_sources.rules.rule import SPEED_MAX_KMH, Check, Context, Rule

JUMP_MIN_M = 1000.0
"""Shorter hops are receiver noise between buildings, whatever speed they imply."""

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km."""

NOT_IN_SCHEDULE = frozenset({"ADDED", "UNSCHEDULED", "NEW", "DUPLICATED", "REPLACEMENT"})
"""Trip relationships whose trip id need not be in the schedule (GTFS-Realtime reference)."""

Timed = VehiclePosition | TripUpdate


def _invalid_position(fix: VehiclePosition, _: Context) -> str | None:
    return place.off_globe(fix.lat, fix.lon)


def _swapped_position(fix: VehiclePosition, context: Context) -> str | None:
    return place.swapped(fix.lat, fix.lon, context.bounds)


def _zero_position(fix: VehiclePosition, _: Context) -> str | None:
    return place.at_zero(fix.lat, fix.lon)


def _outside_bounds(fix: VehiclePosition, context: Context) -> str | None:
    return place.outside(fix.lat, fix.lon, context.bounds)


def _implausible_time(record: Timed, context: Context) -> str | None:
    return times.implausible(record.observed_at, context)


def _future_time(record: Timed, context: Context) -> str | None:
    return times.future(record.observed_at, context)


def _old_time(record: Timed, context: Context) -> str | None:
    return times.old(record.observed_at, context)


def _out_of_order(fix: VehiclePosition, context: Context) -> str | None:
    last = context.last_fix_at.get(fix.vehicle_id)
    if last is None or fix.observed_at >= last:
        return None
    return f"stamp {fix.observed_at.isoformat()} is older than the last accepted, {last.isoformat()}"


def _after_header(record: Timed, context: Context) -> str | None:
    at, header_at = record.observed_at, context.header_at
    if at is None or header_at is None or at <= header_at:
        return None
    return "stamp is later than the header's"


def _unknown_trip(record: Timed, context: Context) -> str | None:
    if context.schedule is None or record.trip_id is None or record.trip_relationship in NOT_IN_SCHEDULE:
        return None
    return None if context.schedule.has_trip(record.trip_id) else "trip is not in the schedule"


def _unknown_route(record: Timed, context: Context) -> str | None:
    if context.schedule is None or record.route_id is None:
        return None
    return None if context.schedule.has_route(record.route_id) else "route is not in the schedule"


def _invalid_bearing(fix: VehiclePosition, _: Context) -> str | None:
    bearing = fix.bearing_deg
    return None if bearing is None or 0 <= bearing <= 360 else "bearing is outside 0..360"


def _invalid_speed(fix: VehiclePosition, _: Context) -> str | None:
    speed = fix.speed_kmh
    return None if speed is None or 0 <= speed <= SPEED_MAX_KMH else "speed is implausible"


def _jump(fix: VehiclePosition, context: Context) -> str | None:
    last = context.last_fixes.get(fix.vehicle_id)
    if last is None:
        return None
    seconds = (fix.observed_at - last.observed_at).total_seconds()
    metres = _distance_m(last.lat, last.lon, fix.lat, fix.lon)
    if seconds <= 0 or metres < JUMP_MIN_M or metres / seconds * 3.6 <= SPEED_MAX_KMH:
        return None
    return f"{metres:.0f} m in {seconds:.0f} s since the last fix"


def _distance_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Distance on a flat earth, good to 1 % within a city; longitudes may meet at 180 degrees."""
    east = (lon_b - lon_a + 180) % 360 - 180
    return METRES_PER_DEGREE * hypot(lat_b - lat_a, east * cos(radians((lat_a + lat_b) / 2)))


OUT_OF_ORDER = Rule("out_of_order", "reject", "older than the last accepted fix of this vehicle")
TIME_AFTER_HEADER = Rule("timestamp_after_header", "flag", "time later than the header's", "E012")
TRIP_UNKNOWN = Rule("trip_unknown", "flag", "trip is not in the schedule", "E003")
ROUTE_UNKNOWN = Rule("route_unknown", "flag", "route is not in the schedule", "E004")
BEARING_INVALID = Rule("bearing_invalid", "drop", "bearing outside 0..360 degrees; not used", "E027")
SPEED_INVALID = Rule("speed_invalid", "drop", "speed negative or above 200 km/h; not used", "W004")
POSITION_JUMP = Rule("position_jump", "flag", "over 1 km from the last fix, at more than 200 km/h")

POSITION_CHECKS: tuple[Check[VehiclePosition], ...] = (
    Check(place.POSITION_SWAPPED, _swapped_position),
    Check(place.POSITION_INVALID, _invalid_position),
    Check(place.POSITION_ZERO, _zero_position),
    Check(place.POSITION_OUTSIDE, _outside_bounds),
    Check(times.TIME_IMPLAUSIBLE, _implausible_time),
    Check(times.TIME_FUTURE, _future_time),
    Check(times.TIME_OLD, _old_time),
    Check(OUT_OF_ORDER, _out_of_order),
    Check(TIME_AFTER_HEADER, _after_header),
    Check(TRIP_UNKNOWN, _unknown_trip),
    Check(ROUTE_UNKNOWN, _unknown_route),
    Check(BEARING_INVALID, _invalid_bearing, drops=("bearing_deg",)),
    Check(SPEED_INVALID, _invalid_speed, drops=("speed_kmh",)),
    Check(POSITION_JUMP, _jump),
)
"""In order; the first that rejects ends the judgement of a record."""

TRIP_UPDATE_CHECKS: tuple[Check[TripUpdate], ...] = (
    Check(times.TIME_IMPLAUSIBLE, _implausible_time),
    Check(times.TIME_FUTURE, _future_time),
    Check(times.TIME_OLD, _old_time),
    Check(TIME_AFTER_HEADER, _after_header),
    Check(TRIP_UNKNOWN, _unknown_trip),
    Check(ROUTE_UNKNOWN, _unknown_route),
)
