"""Rules of link speeds, incidents and facilities."""

from collections.abc import Callable
from datetime import datetime

from data_sources.model.traffic import Facility, Incident, LinkSpeed
from data_sources.rules import place, times
from data_sources.rules.rule import MAX_AGE, SPEED_MAX_KMH, Check, Context, Rule
from data_sources.rules.transit import BEARING_INVALID, SPEED_INVALID

INTENSITY_MAX_VPH = 20_000.0
"""Eight lanes at 2,400 vehicles an hour, the most that a freeway lane carries (HCM 2010, chapter 11)."""

Placed = LinkSpeed | Incident


def _swapped(record: Placed, context: Context) -> str | None:
    return next(
        (told for lat, lon in record.points if (told := place.swapped(lat, lon, context.bounds))), None
    )


def _off_globe(record: Placed, _: Context) -> str | None:
    return next((told for lat, lon in record.points if (told := place.off_globe(lat, lon))), None)


def _at_zero(record: Placed, _: Context) -> str | None:
    return next((told for lat, lon in record.points if (told := place.at_zero(lat, lon))), None)


def _outside(record: Placed, context: Context) -> str | None:
    """A line that crosses the bounds concerns the city; a record without points is placed by its link."""
    told = [place.outside(lat, lon, context.bounds) for lat, lon in record.points]
    return told[0] if told and all(told) else None


def _facility_place(
    test: Callable[..., str | None], bounded: bool
) -> Callable[[Facility, Context], str | None]:
    def at(facility: Facility, context: Context) -> str | None:
        return test(facility.lat, facility.lon, *((context.bounds,) if bounded else ()))

    return at


Observed = LinkSpeed | Facility


def _implausible_time(record: Observed, context: Context) -> str | None:
    return times.implausible(record.observed_at, context)


def _future_time(record: Observed, context: Context) -> str | None:
    return times.future(record.observed_at, context)


def _old_time(record: Observed, context: Context) -> str | None:
    return times.old(record.observed_at, context)


def _speed_is_possible(speed_kmh: float | None) -> bool:
    return speed_kmh is not None and 0 <= speed_kmh <= SPEED_MAX_KMH


def _says_nothing(speed: LinkSpeed, _: Context) -> str | None:
    said = speed.closed or _speed_is_possible(speed.speed_kmh)
    if said or speed.intensity_vph is not None or speed.occupancy_pct is not None:
        return None
    return "neither a usable speed nor a count, an occupancy or a closure"


def _invalid_speed(speed: LinkSpeed, _: Context) -> str | None:
    if speed.speed_kmh is None or _speed_is_possible(speed.speed_kmh):
        return None
    return f"speed {speed.speed_kmh:g} km/h is implausible"


def _invalid_free_flow(speed: LinkSpeed, _: Context) -> str | None:
    free_flow = speed.free_flow_kmh
    if free_flow is None or 0 < free_flow <= SPEED_MAX_KMH:
        return None
    return f"free-flow speed {free_flow:g} km/h is implausible"


def _invalid_period(speed: LinkSpeed, _: Context) -> str | None:
    period_s = speed.period_s
    if period_s is None or 0 < period_s <= MAX_AGE.total_seconds():
        return None
    return f"an averaging interval of {period_s:g} s"


def _invalid_intensity(speed: LinkSpeed, _: Context) -> str | None:
    intensity = speed.intensity_vph
    if intensity is None or 0 <= intensity <= INTENSITY_MAX_VPH:
        return None
    return f"{intensity:g} vehicles an hour are implausible"


def _invalid_bearing(speed: LinkSpeed, _: Context) -> str | None:
    bearing = speed.bearing_deg
    return None if bearing is None or 0 <= bearing <= 360 else "bearing is outside 0..360"


def _over(incident: Incident, context: Context) -> str | None:
    """Ended, as its source says, more than a day ago. What ended since may be open with us still."""
    last = incident.ended_at
    if last is None and incident.closed:
        last = incident.started_at
    return times.old(last, context)


def _invalid_start(incident: Incident, _: Context) -> str | None:
    # no limit ahead: road works are announced months before they begin
    return _before(incident.started_at, times.PLAUSIBLE_SINCE)


def _end_before_start(incident: Incident, _: Context) -> str | None:
    return _before(incident.ended_at, incident.started_at)


def _before(at: datetime | None, limit: datetime | None) -> str | None:
    if at is None or limit is None or at >= limit:
        return None
    return f"{at.isoformat()} lies before {limit.isoformat()}"


def _exceeds_capacity(facility: Facility, _: Context) -> str | None:
    capacity, available = facility.capacity, facility.available
    if capacity is None or available is None or available <= capacity:
        return None
    return f"{available} places free of {capacity}"


OUTSIDE_CITY = Rule("outside_city", "ignore", "outside the city's bounds, as much in national feeds is")
INCIDENT_OVER = Rule("incident_over", "ignore", "an incident that ended more than 24 h ago")
LINK_UNKNOWN = Rule("link_unknown", "reject", "on no link of the network beyond doubt")
"""Found by the traffic desk, which knows the network."""
FLOW_EMPTY = Rule(
    "flow_empty", "reject", "no usable speed, count, occupancy or closure", "TrafficFlowObserved"
)
FREE_FLOW_INVALID = Rule(
    "free_flow_invalid", "drop", "free-flow speed not above 0, or above 200 km/h; not used"
)
PERIOD_INVALID = Rule("period_invalid", "drop", "averaging interval not above 0, or above 24 h; not used")
INTENSITY_INVALID = Rule(
    "intensity_invalid", "drop", "fewer than 0 or more than 20,000 vehicles an hour; not used", "HCM 2010"
)
START_INVALID = Rule("start_invalid", "drop", "an incident's start before 2000; not used")
END_BEFORE_START = Rule("end_before_start", "drop", "an incident's end before its start; not used")
OCCUPANCY_OLD = Rule("occupancy_old", "drop", "how full it is was told more than 24 h ago; not used")
AVAILABLE_EXCEEDS_CAPACITY = Rule(
    "available_exceeds_capacity", "drop", "more places free than there are; not used", "OffStreetParking"
)

LINK_SPEED_CHECKS: tuple[Check[LinkSpeed], ...] = (
    Check(place.POSITION_SWAPPED, _swapped),
    Check(place.POSITION_INVALID, _off_globe),
    Check(place.POSITION_ZERO, _at_zero),
    Check(place.POSITION_OUTSIDE, _outside),
    Check(times.TIME_IMPLAUSIBLE, _implausible_time),
    Check(times.TIME_FUTURE, _future_time),
    Check(times.TIME_OLD, _old_time),
    Check(FLOW_EMPTY, _says_nothing),
    Check(SPEED_INVALID, _invalid_speed, drops=("speed_kmh",)),
    Check(FREE_FLOW_INVALID, _invalid_free_flow, drops=("free_flow_kmh",)),
    Check(PERIOD_INVALID, _invalid_period, drops=("period_s",)),
    Check(INTENSITY_INVALID, _invalid_intensity, drops=("intensity_vph",)),
    Check(BEARING_INVALID, _invalid_bearing, drops=("bearing_deg",)),
)

INCIDENT_CHECKS: tuple[Check[Incident], ...] = (
    Check(place.POSITION_SWAPPED, _swapped),
    Check(place.POSITION_INVALID, _off_globe),
    Check(place.POSITION_ZERO, _at_zero),
    Check(OUTSIDE_CITY, _outside),
    Check(INCIDENT_OVER, _over),
    Check(START_INVALID, _invalid_start, drops=("started_at",)),
    Check(END_BEFORE_START, _end_before_start, drops=("ended_at",)),
)

FACILITY_CHECKS: tuple[Check[Facility], ...] = (
    Check(place.POSITION_SWAPPED, _facility_place(place.swapped, bounded=True)),
    Check(place.POSITION_INVALID, _facility_place(place.off_globe, bounded=False)),
    Check(place.POSITION_ZERO, _facility_place(place.at_zero, bounded=False)),
    Check(place.POSITION_OUTSIDE, _facility_place(place.outside, bounded=True)),
    Check(times.TIME_IMPLAUSIBLE, _implausible_time),
    Check(times.TIME_FUTURE, _future_time),
    # where it is and how large stays true: the place is shown, without how full it is
    Check(OCCUPANCY_OLD, _old_time, drops=("available", "status")),
    Check(AVAILABLE_EXCEEDS_CAPACITY, _exceeds_capacity, drops=("available",)),
)
