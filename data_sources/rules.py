"""Data-quality rules: what makes a record unusable or doubtful. Named, cited, pure.

A rule either *rejects* a record (it goes to quarantine with the rule's code), *drops* one of its
values, or *flags* it (it is used, and says so), or *refuses* the message as a whole (the last good
picture stays). `cites` is the identifier in the GTFS-Realtime validator's list where it has one,
else the message of the GTFS-Realtime reference that states the requirement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import cos, hypot, radians
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec

from data_sources.errors import FeedContentError
from data_sources.model.city import Bounds
from data_sources.model.feed import Batch, Rejected
from data_sources.model.transit import TripUpdate, VehiclePosition

CLOCK_TOLERANCE = timedelta(seconds=60)
"""How far a stamp may lie ahead of our clock. Source: validator E050, one minute."""

MAX_AGE = timedelta(hours=24)
"""A fix older than this is history, not a position. Below it age is told by state (late, ghost),
not by refusal: recorded feeds carry fixes of up to ten minutes in normal service."""

PLAUSIBLE_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
"""No stamp before this is one; zero clocks and GPS week roll-over (1024 weeks) end up there."""

FAR_AHEAD = timedelta(hours=24)
"""Beyond this a stamp is not a clock that runs fast but a wrong unit or a wrong year."""

ZERO_DEG = 1e-4
"""Box of about 10 m around latitude 0, longitude 0, where receivers without a fix place themselves."""

SPEED_MAX_KMH = 200.0
"""No vehicle of a city feed is faster. The validator's limit (W004, 94 km/h) is for buses only;
airport and commuter rail in the same feeds reach 160 km/h."""

JUMP_MIN_M = 1000.0
"""Shorter hops are receiver noise between buildings, whatever speed they imply."""

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km."""

NOT_IN_SCHEDULE = frozenset({"ADDED", "UNSCHEDULED", "NEW", "DUPLICATED", "REPLACEMENT"})
"""Trip relationships whose trip id need not be in the schedule (GTFS-Realtime reference)."""

Effect = Literal["refuse", "reject", "drop", "flag", "wait", "fix"]
"""What follows: the message, the record or the value is not used; the record is used and marked; or
the feed could not be read at all: it is tried again, or somebody has to change a setting."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `code` is stable: it is stored, counted and documented."""

    code: str
    effect: Effect
    meaning: str
    cites: str | None = None


class KnownTrips(Protocol):
    """What the rules ask of a schedule."""

    def has_trip(self, trip_id: str) -> bool:
        """Whether the schedule has the trip."""

    def has_route(self, route_id: str) -> bool:
        """Whether the schedule has the route."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a record is judged against."""

    now: datetime
    bounds: Bounds | None = None
    schedule: KnownTrips | None = None
    header_at: datetime | None = None
    last_fix_at: Mapping[str, datetime] = field(default_factory=dict)
    last_fixes: Mapping[str, VehiclePosition] = field(default_factory=dict)
    oldest: datetime = field(init=False)
    newest: datetime = field(init=False)
    far_ahead: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "oldest", self.now - MAX_AGE)
        object.__setattr__(self, "newest", self.now + CLOCK_TOLERANCE)
        object.__setattr__(self, "far_ahead", self.now + FAR_AHEAD)


Timed = VehiclePosition | TripUpdate
R = TypeVar("R", VehiclePosition, TripUpdate)


@dataclass(frozen=True, slots=True)
class Check(Generic[R]):
    """A rule and its test: the test returns what is wrong, or None. `drops` names the value lost."""

    rule: Rule
    test: Callable[[R, Context], str | None]
    drops: str | None = None


def _invalid_position(fix: VehiclePosition, _: Context) -> str | None:
    if -90 <= fix.lat <= 90 and -180 <= fix.lon <= 180:
        return None
    return f"latitude {fix.lat:g}, longitude {fix.lon:g} are not on the globe"


def _swapped_position(fix: VehiclePosition, context: Context) -> str | None:
    bounds = context.bounds
    if bounds is None or bounds.contains(fix.lat, fix.lon) or not bounds.contains(fix.lon, fix.lat):
        return None
    return f"latitude {fix.lat:g}, longitude {fix.lon:g} lie in the city when exchanged"


def _zero_position(fix: VehiclePosition, _: Context) -> str | None:
    if abs(fix.lat) > ZERO_DEG or abs(fix.lon) > ZERO_DEG:
        return None
    return "latitude 0, longitude 0: the receiver had no fix"


def _outside_bounds(fix: VehiclePosition, context: Context) -> str | None:
    if context.bounds is None or context.bounds.contains(fix.lat, fix.lon):
        return None
    return f"latitude {fix.lat:.5f}, longitude {fix.lon:.5f} lie outside the city's bounds"


def _implausible_time(record: Timed, context: Context) -> str | None:
    at = record.observed_at
    if at is None or PLAUSIBLE_SINCE <= at <= context.far_ahead:
        return None
    return f"stamp {at.isoformat()} is no time of this service"


def _future_time(record: Timed, context: Context) -> str | None:
    at = record.observed_at
    if at is None or at <= context.newest:
        return None
    ahead_s = (at - context.now).total_seconds()
    return f"stamp {at.isoformat()} is {ahead_s:.0f} s ahead, limit {CLOCK_TOLERANCE.total_seconds():.0f} s"


def _old_time(record: Timed, context: Context) -> str | None:
    at = record.observed_at
    if at is None or at >= context.oldest:
        return None
    age_h = (context.now - at).total_seconds() / 3600
    return f"stamp {at.isoformat()} is {age_h:.0f} h old, limit {MAX_AGE.total_seconds() / 3600:.0f} h"


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


POSITION_INVALID = Rule("position_invalid", "reject", "latitude or longitude is not on the globe", "E026")
POSITION_SWAPPED = Rule("position_swapped", "reject", "latitude and longitude are exchanged", "E026")
POSITION_ZERO = Rule("position_zero", "reject", "position (0, 0): the receiver had no fix", "E026")
POSITION_OUTSIDE = Rule("position_outside_bounds", "reject", "position outside the city's bounds", "E028")
TIME_IMPLAUSIBLE = Rule(
    "timestamp_implausible", "reject", "time before 2000 or more than 24 h ahead, or not in seconds", "E001"
)
TIME_FUTURE = Rule("timestamp_future", "reject", "time more than 60 s ahead of our clock", "E050")
TIME_OLD = Rule("timestamp_old", "reject", "time more than 24 h ago")
OUT_OF_ORDER = Rule("out_of_order", "reject", "older than the last accepted fix of this vehicle")
TIME_AFTER_HEADER = Rule("timestamp_after_header", "flag", "time later than the header's", "E012")
TRIP_UNKNOWN = Rule("trip_unknown", "flag", "trip is not in the schedule", "E003")
ROUTE_UNKNOWN = Rule("route_unknown", "flag", "route is not in the schedule", "E004")
BEARING_INVALID = Rule("bearing_invalid", "drop", "bearing outside 0..360 degrees; not used", "E027")
SPEED_INVALID = Rule("speed_invalid", "drop", "speed negative or above 200 km/h; not used", "W004")
POSITION_JUMP = Rule("position_jump", "flag", "over 1 km from the last fix, at more than 200 km/h")
HEADER_BACKWARDS = Rule(
    "header_backwards", "refuse", "header time is older than that of the last message used", "E018"
)
HEADER_TIME_INVALID = Rule(
    "header_timestamp_invalid", "drop", "header time before 2000 or more than 60 s ahead; not used", "E050"
)

POSITION_CHECKS: tuple[Check[VehiclePosition], ...] = (
    Check(POSITION_SWAPPED, _swapped_position),
    Check(POSITION_INVALID, _invalid_position),
    Check(POSITION_ZERO, _zero_position),
    Check(POSITION_OUTSIDE, _outside_bounds),
    Check(TIME_IMPLAUSIBLE, _implausible_time),
    Check(TIME_FUTURE, _future_time),
    Check(TIME_OLD, _old_time),
    Check(OUT_OF_ORDER, _out_of_order),
    Check(TIME_AFTER_HEADER, _after_header),
    Check(TRIP_UNKNOWN, _unknown_trip),
    Check(ROUTE_UNKNOWN, _unknown_route),
    Check(BEARING_INVALID, _invalid_bearing, drops="bearing_deg"),
    Check(SPEED_INVALID, _invalid_speed, drops="speed_kmh"),
    Check(POSITION_JUMP, _jump),
)
"""In order; the first that rejects ends the judgement of a record."""

TRIP_UPDATE_CHECKS: tuple[Check[TripUpdate], ...] = (
    Check(TIME_IMPLAUSIBLE, _implausible_time),
    Check(TIME_FUTURE, _future_time),
    Check(TIME_OLD, _old_time),
    Check(TIME_AFTER_HEADER, _after_header),
    Check(TRIP_UNKNOWN, _unknown_trip),
    Check(ROUTE_UNKNOWN, _unknown_route),
)

RULES: tuple[Rule, ...] = (
    *(check.rule for check in POSITION_CHECKS),
    HEADER_BACKWARDS,
    HEADER_TIME_INVALID,
)


def judge(
    batch: Batch,
    *,
    now: datetime,
    bounds: Bounds | None,
    schedule: KnownTrips | None,
    last_fix_at: Mapping[str, datetime],
    last_header_at: datetime | None,
    last_fixes: Mapping[str, VehiclePosition] | None = None,
) -> Batch:
    """Return the batch with unusable records moved to `rejected` and doubtful ones flagged.

    `now` is the clock for a live feed and `own_time` for a recorded one. `last_fix_at` holds the
    time of the last accepted fix of each vehicle and `last_fixes` the fix itself, by vehicle id;
    without the latter jumps are not looked for. A fix repeated with the same time is accepted.
    Alerts pass: what they are about may lie outside the schedule.

    Raise FeedContentError when the header's time went backwards: what follows is an older picture.
    """
    header_at, flags = _judge_header(batch, now, last_header_at)
    context = Context(now, bounds, schedule, header_at, last_fix_at, last_fixes or {})
    rejected = list(batch.rejected)
    positions: list[VehiclePosition] = []
    for fix in batch.positions:
        judged = _judge(fix, fix.vehicle_id, POSITION_CHECKS, context, rejected)
        if judged is not None:
            positions.append(judged)
    trip_updates: list[TripUpdate] = []
    for update in batch.trip_updates:
        passed = _judge(update, update.entity_id, TRIP_UPDATE_CHECKS, context, rejected)
        if passed is not None:
            trip_updates.append(passed)
    return Batch(
        positions=tuple(positions),
        trip_updates=tuple(trip_updates),
        alerts=batch.alerts,
        rejected=tuple(rejected),
        header_at=header_at,
        flags=flags,
    )


def own_time(batch: Batch) -> datetime | None:
    """The time of a recorded message: its header's, else that of its newest record; None if empty."""
    if batch.header_at is not None:
        return batch.header_at
    stamps = [fix.observed_at for fix in batch.positions]
    stamps += [update.observed_at for update in batch.trip_updates if update.observed_at is not None]
    return max(stamps, default=None)


def _judge_header(
    batch: Batch, now: datetime, last_header_at: datetime | None
) -> tuple[datetime | None, tuple[str, ...]]:
    header_at = batch.header_at
    if header_at is None:
        return None, batch.flags
    if not PLAUSIBLE_SINCE <= header_at <= now + CLOCK_TOLERANCE:
        # used as the last header, it would make every later message go backwards
        return None, (*batch.flags, HEADER_TIME_INVALID.code)
    if last_header_at is not None and header_at < last_header_at:
        raise FeedContentError(
            HEADER_BACKWARDS.code,
            f"header time {header_at.isoformat()} is older than the last, {last_header_at.isoformat()}",
        )
    return header_at, batch.flags


def _judge(
    record: R, key: str, checks: tuple[Check[R], ...], context: Context, rejected: list[Rejected]
) -> R | None:
    """Return the record with flags and without dropped values, or None after adding it to `rejected`."""
    flags: list[str] = []
    changes: dict[str, Any] = {}
    for check in checks:
        wrong = check.test(record, context)
        if wrong is None:
            continue
        if check.rule.effect == "reject":
            rejected.append(
                Rejected(code=check.rule.code, entity_id=key, detail=wrong, record=_as_json(record))
            )
            return None
        flags.append(check.rule.code)
        if check.drops is not None:
            changes[check.drops] = None
    if not flags:
        return record
    return msgspec.structs.replace(record, flags=(*record.flags, *flags), **changes)


def _as_json(record: VehiclePosition | TripUpdate) -> dict[str, Any]:
    """The record as plain JSON values; a number that is not finite becomes null."""
    return msgspec.json.decode(msgspec.json.encode(record), type=dict[str, Any])
