"""Schedule adherence: delay where a timetable holds, and running and dwell times.

Delay is observed less scheduled time, late is positive (GTFS-Realtime reference, `delay`). Early and
late limits are the pack's (`OperationsSpec`: 1 min early, 5 min late, the on-time band of TCQSM 3rd ed.).
A trip run by frequencies with `exact_times=0` promises a headway and no times: there is no delay to
tell, so it is None. With `exact_times=1` it is a timetable written short: the template's times, moved to
the start that the vehicle names (GTFS-Realtime asks for `start_time` there); without it there is no delay
to tell either.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import msgspec

from data_sources.measures.headways import departed_at
from data_sources.measures.patterns import Pattern
from data_sources.model.city import OperationsSpec
from data_sources.model.gtfs import Trip, span
from data_sources.model.operations import StopPassage

HALF_DAY = timedelta(hours=12)
HOP_MAX_S = 1800.0
"""A longer way to the next stop is a missed round or a break, not traffic."""


class Adherence(StrEnum):
    """A delay, judged."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"


def judged(delay_s: float | None, spec: OperationsSpec) -> Adherence | None:
    """Whether a delay is early, on time or late; None where there is none to judge."""
    if delay_s is None:
        return None
    if delay_s < -spec.early_s:
        return Adherence.EARLY
    return Adherence.LATE if delay_s > spec.late_s else Adherence.ON_TIME


def nearest_day_start(trip: Trip, day_starts: Iterable[datetime], when: datetime) -> datetime | None:
    """Start of the service day on which the trip runs nearest to an instant: what a vehicle that names
    no start date is on. None when none is within 12 h of its times."""
    times = span(trip.stop_times)
    if times is None:
        return None
    middle = timedelta(seconds=sum(times) / 2)
    best = min(day_starts, key=lambda start: abs(start + middle - when), default=None)
    return best if best is not None and abs(best + middle - when) <= HALF_DAY else None


def run_offset(trip: Trip, start_time: str | None) -> timedelta | None:
    """How much later than its template a run begins: none for a trip that runs once. None when the
    vehicle names no run that the template has."""
    if not trip.exact_starts_s:
        return timedelta(0)
    parts = (start_time or "").split(":")
    times = span(trip.stop_times)
    if times is None or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    hours, minutes, seconds = map(int, parts)
    start_s = hours * 3600 + minutes * 60 + seconds
    return timedelta(seconds=start_s - times[0]) if start_s in trip.exact_starts_s else None


def named_day(start_date: str | None) -> date | None:
    """The service day that a vehicle names, YYYYMMDD; None when it names none."""
    try:
        return datetime.strptime(start_date or "", "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def delay_at_call_s(trip: Trip, call: int, at: datetime, day_start: datetime) -> float | None:
    """Delay of an arrival (at the first call: a departure) at a call of a trip whose service day began
    at `day_start` (of a run of a template: so much later as `run_offset`); None for a trip by frequencies
    and between timepoints."""
    if trip.frequencies or not 0 <= call < len(trip.stop_times):
        return None
    one = trip.stop_times[call]
    order = (one.departure_s, one.arrival_s) if call == 0 else (one.arrival_s, one.departure_s)
    scheduled_s = order[0] if order[0] is not None else order[1]
    return None if scheduled_s is None else (at - day_start).total_seconds() - scheduled_s


def delay_now_s(
    trip: Trip, pattern: Pattern, along_m: float, at: datetime, day_start: datetime
) -> float | None:
    """Delay of a vehicle between two calls: the time now less when the trip is due at that place.

    At a call it is due from arrival to departure: within that it is on time. A trip that is not due to
    begin yet has no delay: its vehicle waits at the terminus, somewhere about the first call.
    """
    if trip.frequencies or trip.trip_id not in pattern.trip_ids:
        return None
    now_s = (at - day_start).total_seconds()
    along = [call.along_m for call in pattern.calls]
    times = trip.stop_times
    index = max((i for i, metres in enumerate(along) if metres <= along_m), default=-1)
    arrival_s, departure_s = (times[max(index, 0)].arrival_s, times[max(index, 0)].departure_s)
    arrival_s = departure_s if arrival_s is None else arrival_s
    departure_s = arrival_s if departure_s is None else departure_s
    if arrival_s is None or departure_s is None:
        return None
    if index <= 0 and now_s < departure_s:
        return None
    if index < 0:
        return now_s - departure_s
    if along_m == along[index] or index + 1 >= len(along):
        return now_s - min(max(now_s, arrival_s), departure_s)
    next_s = times[index + 1].arrival_s
    next_s = times[index + 1].departure_s if next_s is None else next_s
    if next_s is None:
        return None
    share = (along_m - along[index]) / (along[index + 1] - along[index])
    return now_s - (departure_s + share * (next_s - departure_s))


def begins_at(trip: Trip, day_start: datetime) -> datetime | None:
    """First departure of a timetabled trip; None for one by frequencies or without times."""
    times = span(trip.stop_times)
    return None if trip.frequencies or times is None else day_start + timedelta(seconds=times[0])


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle's way from one call to the next: `travel_s` from departure to arrival. `dwell_s` is the
    stand at the call before, null when it is not known."""

    pattern_id: str
    from_call: int
    vehicle_id: str
    left_at: datetime
    travel_s: float
    dwell_s: float | None


def hops(passages: Iterable[StopPassage], calls_of: dict[str, tuple[int, bool]]) -> list[Hop]:
    """Hops between successive calls of each vehicle, by time. `calls_of` gives the number of calls of
    a pattern and whether it is a loop. A hop over a missed call is none."""
    by_vehicle: dict[tuple[str, str], list[StopPassage]] = defaultdict(list)
    for passage in passages:
        by_vehicle[passage.vehicle_id, passage.pattern_id].append(passage)
    found = []
    for (vehicle_id, pattern_id), own in by_vehicle.items():
        count, loop = calls_of[pattern_id]
        own.sort(key=lambda passage: passage.passed_at)
        for one, other in itertools.pairwise(own):
            if other.call != one.call + 1 and not (loop and one.call == count - 1 and other.call == 0):
                continue
            left_at = departed_at(one)
            travel_s = (other.passed_at - left_at).total_seconds()
            if not 0 <= travel_s <= HOP_MAX_S:
                continue
            found.append(
                Hop(
                    pattern_id=pattern_id,
                    from_call=one.call,
                    vehicle_id=vehicle_id,
                    left_at=left_at,
                    travel_s=travel_s,
                    dwell_s=one.dwell_s,
                )
            )
    found.sort(key=lambda hop: hop.left_at)
    return found
