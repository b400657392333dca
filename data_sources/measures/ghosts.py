"""Ghosts: vehicles that are owed now and that nobody sees.

Two ways of being missing are told apart. A vehicle that was seen and went silent is judged by
freshness (`REASON_SILENT`). Here is the other: a run of the timetable, or one of the vehicles that a
headway asks for, that no position shows (`REASON_NO_VEHICLE`). When no feed of a route is up, nothing
is known: the count is None, and nothing is accused of being missing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from data_sources.model.gtfs import Service, Trip

REASON_NO_VEHICLE = "no_vehicle"
"""Why a run is a ghost: the schedule or the contract asks for it and no position shows it."""

GRACE_S = 300.0
"""A timetabled run is not missed sooner after its start: the limit at which a known vehicle becomes a
ghost too (TransitClock), as drivers log in late."""

Moment = tuple[date, float]
"""A service day and the seconds since its start (`schedule.service_day_start`)."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What is asked to be in service now. `vehicles` None: nothing says. `trip_ids`: timetabled runs
    under way for longer than the grace, which a vehicle should name; None for a route by headways."""

    vehicles: int | None
    trip_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Vehicles owed and not seen; None when that is not known. `trip_ids` as far as runs are named."""

    vehicles: int | None
    trip_ids: tuple[str, ...] = ()


def vehicles_for(round_s: float, headway_s: float) -> int:
    """Vehicles that keep a headway: cycle time over headway, rounded up (TCQSM 3rd ed., TCRP Report 165)."""
    return ceil(round_s / headway_s - 1e-6)


def runs_started(
    trips: Iterable[Trip], services: Mapping[str, Service], moments: Sequence[Moment], within_s: float
) -> int:
    """Runs by frequencies that were due to start within the last `within_s` seconds."""
    started = 0
    for day, now_s in moments:
        for trip in trips:
            service = services.get(trip.service_id)
            if not trip.frequencies or service is None or not service.runs_on(day):
                continue
            for start_s, end_s, headway_s in trip.frequencies:
                last_s = min(now_s, end_s - 1)
                first_s = max(now_s - within_s, start_s - 1)
                if last_s > first_s:
                    started += int((last_s - start_s) // headway_s) - int((first_s - start_s) // headway_s)
    return started


def owed_now(
    trips: Sequence[Trip],
    services: Mapping[str, Service],
    moments: Sequence[Moment],
    *,
    headway_s: float | None,
    round_s: float | None,
) -> Owed:
    """What a route owes now.

    By frequencies: the vehicles that the headway asks for, but no more than runs have started in the
    last round, so that the first buses of the morning are not missed before they may have left, nor
    those of a new, shorter headway; after the last start, the runs still out. By timetable: the runs
    under way; a template of `exact_times=1` is named once for each of its runs.

    `headway_s` is the one promised now, `round_s` the time of a whole round.
    """
    by_frequency = [trip for trip in trips if trip.frequencies]
    if by_frequency:
        if round_s is None:
            return Owed(None)
        started = runs_started(by_frequency, services, moments, round_s)
        return Owed(started if headway_s is None else min(vehicles_for(round_s, headway_s), started))
    running, due = 0, []
    for day, now_s in moments:
        for trip in trips:
            service = services.get(trip.service_id)
            if service is None or not service.runs_on(day):
                continue
            for first_s, last_s in trip.runs_s:
                if first_s <= now_s <= last_s:
                    running += 1
                    if now_s - first_s >= GRACE_S:
                        due.append(trip.trip_id)
    return Owed(running, tuple(due))


def missing(owed: Owed, observed: int | None, seen_trips: Collection[str] = (), unnamed: int = 0) -> Missing:
    """What is owed and not seen. `observed` None: no feed of the route is up. `seen_trips` are those
    that vehicles name, once for each vehicle; `unnamed` counts vehicles on the route that name none: each
    may be any run."""
    if observed is None or owed.vehicles is None:
        return Missing(None)
    if owed.trip_ids is None:
        return Missing(max(owed.vehicles - observed, 0))
    unseen = tuple((Counter(owed.trip_ids) - Counter(seen_trips)).elements())
    lacking = max(len(unseen) - unnamed, 0)
    return Missing(lacking, unseen if lacking and not unnamed else ())
