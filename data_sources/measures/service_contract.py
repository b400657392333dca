"""Service contract: what the operator owes against what positions and passages show, by route and day.

Everything rests on `ServiceMinute`. A minute without an up feed is unknown: it counts neither for nor
against the operator, but it lowers *completeness*, and below `COMPLETE_ENOUGH` no verdict is given.

- Bus hours: minutes x vehicles / 60, owed and observed over the same known minutes; vehicles beyond
  those owed do not make up for a minute that lacked one.
- Headways kept: share of the headways observed at stops that are neither bunched nor a gap.
- Seat kilometres: vehicle kilometres of the hops between observed passages, times seats.
- Demand against seats, by hour: riders on board (mean over the busiest `PEAK_MIN` minutes, as
  capacity is planned for the peak 15 min: TCQSM 3rd ed., peak hour factor) over the seats of one
  vehicle, in whole vehicles, rounded up: half a bus carries nobody. Only where passengers are sent.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from math import ceil
from typing import Literal

import msgspec

from data_sources.measures.headways import kept_share, observed_headways
from data_sources.measures.patterns import RoutePlan
from data_sources.model.city import OperationsSpec
from data_sources.model.operations import ServiceMinute, StopPassage
from data_sources.model.service import VehicleSpec
from data_sources.model.transit import VehiclePosition

COMPLETE_ENOUGH = 0.75
"""Below this share of minutes with data there is no verdict (executive pages: the same floor)."""

KEPT_SHARE = 0.95
"""Share of owed bus hours at which service counts as kept. Our proposal: the contract names none."""

PEAK_MIN = 15

BUS_MPS = 25.0
"""No city bus is faster (90 km/h); what seems to be is a place that was told apart wrongly."""

CHARGING = "charging"
"""Word of the fleet tool in `VehiclePosition.status` for a vehicle on a charger."""

Verdict = Literal["kept", "short", "insufficient", "nothing_owed"]


class HourBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What arrives, what leaves, what is missing in one local hour. `passengers` is the mean on board
    in the busiest 15 minutes, `needed` the vehicles that seat them, `lacking` those beyond what was
    observed; null where nobody sends passengers or nothing was observed."""

    hour: int
    completeness: float
    owed: float | None
    observed: float | None
    seats: float | None
    passengers: float | None
    needed: int | None
    lacking: int | None


class DayPerformance(msgspec.Struct, frozen=True, kw_only=True):
    """One route on one local day. Hours and shares are over known minutes; null where nothing is."""

    route_id: str
    day: date
    verdict: Verdict
    completeness: float
    bus_hours_owed: float
    bus_hours_observed: float
    in_service_share: float | None
    headways: int
    headways_kept: float | None
    vehicle_km: float
    seat_km: float | None
    hours: tuple[HourBalance, ...]
    synthetic: bool = False


class Charging(msgspec.Struct, frozen=True, kw_only=True):
    """Batteries of a fleet now: how many vehicles tell of theirs, their mean charge, how many are on a
    charger, and how many would not drive another round at the contract's consumption."""

    told: int
    charging: int
    mean_pct: float | None
    below_round: int | None


def day_performance(
    route_id: str,
    day: date,
    minutes: Sequence[ServiceMinute],
    passages: Iterable[StopPassage],
    *,
    zone: tzinfo,
    spec: OperationsSpec,
    plan: RoutePlan | None = None,
    target_s: Mapping[int, float] | None = None,
    seats: int | None = None,
) -> DayPerformance:
    """Performance of a route on a local day, from its minutes and passages of that day.

    Only minutes on record are counted, so completeness is of the time that ingest ran; the caller
    adds minutes that it did not (`fill_gaps`). `target_s` gives the promised headway by local hour.
    """
    owed = [minute for minute in minutes if minute.owed]
    known = [minute for minute in owed if minute.observed is not None]
    completeness = len(known) / len(owed) if owed else 0.0
    owed_min = sum(minute.owed or 0 for minute in known)
    kept_min = sum(min(minute.observed or 0, minute.owed or 0) for minute in known)
    share = kept_min / owed_min if owed_min else None
    own = [passage for passage in passages if passage.route_id == route_id]
    pairs = [
        (headway.headway_s, target)
        for headway in observed_headways(own)
        if (target := (target_s or {}).get(headway.at.astimezone(zone).hour)) is not None
    ]
    km = vehicle_km(own, plan) if plan else 0.0
    return DayPerformance(
        route_id=route_id,
        day=day,
        verdict=_verdict(bool(owed), completeness, share),
        completeness=completeness,
        bus_hours_owed=owed_min / 60,
        bus_hours_observed=sum(minute.observed or 0 for minute in known) / 60,
        in_service_share=share,
        headways=len(pairs),
        headways_kept=kept_share(pairs, spec),
        vehicle_km=km,
        seat_km=km * seats if seats is not None else None,
        hours=hour_balances(minutes, zone=zone, seats=seats),
        synthetic=any(minute.synthetic for minute in minutes),
    )


def fill_gaps(
    minutes: Sequence[ServiceMinute], expected: Mapping[datetime, int | None], route_id: str
) -> list[ServiceMinute]:
    """The minutes on record, and unknown ones for those expected (with what was owed) that are not:
    while ingest was down nothing was observed, which is not the same as nothing having run."""
    there = {minute.minute for minute in minutes}
    gaps = [
        ServiceMinute(route_id=route_id, minute=at, owed=owed, observed=None)
        for at, owed in expected.items()
        if at not in there
    ]
    return sorted([*minutes, *gaps], key=lambda minute: minute.minute)


def hour_balances(
    minutes: Iterable[ServiceMinute], *, zone: tzinfo, seats: int | None
) -> tuple[HourBalance, ...]:
    """Demand against seats by local hour, in whole vehicles of `seats` seats."""
    by_hour: dict[int, list[ServiceMinute]] = defaultdict(list)
    for minute in sorted(minutes, key=lambda minute: minute.minute):
        by_hour[minute.minute.astimezone(zone).hour].append(minute)
    return tuple(_balance(hour, own, seats) for hour, own in sorted(by_hour.items()))


def vehicle_km(passages: Iterable[StopPassage], plan: RoutePlan) -> float:
    """Kilometres between successive passages of each vehicle. A hop over a missed call counts whole;
    one that took longer than a whole run, or that no bus could have driven, is none: the vehicle was
    elsewhere meanwhile."""
    by_vehicle: dict[tuple[str, str], list[StopPassage]] = defaultdict(list)
    for passage in passages:
        by_vehicle[passage.vehicle_id, passage.pattern_id].append(passage)
    metres = 0.0
    for (_, pattern_id), own in by_vehicle.items():
        pattern = plan.pattern(pattern_id)
        if pattern is None:
            continue
        own.sort(key=lambda passage: passage.passed_at)
        for one, other in itertools.pairwise(own):
            way = pattern.calls[other.call].along_m - pattern.calls[one.call].along_m
            way = way % pattern.length_m if pattern.loop else max(way, 0.0)
            gone_s = (other.passed_at - one.passed_at).total_seconds()
            if gone_s <= pattern.run_s and way <= BUS_MPS * gone_s:
                metres += way
    return metres / 1000


def charging_count(statuses: Iterable[str | None]) -> int | None:
    """How many vehicles charge; None when none of them tells its status: unknown, not zero."""
    told = [status for status in statuses if status is not None]
    return sum(status == CHARGING for status in told) if told else None


def charging_now(
    positions: Iterable[VehiclePosition], vehicle: VehicleSpec | None, round_km: float | None
) -> Charging:
    """Batteries of vehicles that tell of theirs."""
    fixes = list(positions)
    levels = [fix.battery_pct for fix in fixes if fix.battery_pct is not None]
    below = None
    if vehicle is not None and round_km is not None and levels:
        needed_pct = 100 * round_km * vehicle.energy_kwh_per_km / vehicle.battery_kwh
        below = sum(level < needed_pct for level in levels)
    return Charging(
        told=len(levels),
        charging=sum(fix.status == CHARGING for fix in fixes),
        mean_pct=sum(levels) / len(levels) if levels else None,
        below_round=below,
    )


def _verdict(owes: bool, completeness: float, share: float | None) -> Verdict:
    if not owes:
        return "nothing_owed"
    if completeness < COMPLETE_ENOUGH or share is None:
        return "insufficient"
    return "kept" if share >= KEPT_SHARE else "short"


def _balance(hour: int, minutes: Sequence[ServiceMinute], seats: int | None) -> HourBalance:
    known = [minute for minute in minutes if minute.observed is not None]
    observed = _mean([minute.observed for minute in known])
    riders = [minute.passengers for minute in known if minute.passengers is not None]
    busiest = _busiest(riders)
    needed = ceil(busiest / seats) if busiest is not None and seats else None
    return HourBalance(
        hour=hour,
        completeness=len(known) / len(minutes),
        owed=_mean([minute.owed for minute in minutes]),
        observed=observed,
        seats=_mean([minute.seats for minute in known]),
        passengers=busiest,
        needed=needed,
        lacking=max(ceil(needed - observed), 0) if needed is not None and observed is not None else None,
    )


def _busiest(riders: Sequence[int]) -> float | None:
    """Highest mean over `PEAK_MIN` successive minutes, or over all where there are fewer."""
    if not riders:
        return None
    width = min(PEAK_MIN, len(riders))
    return max(sum(riders[i : i + width]) / width for i in range(len(riders) - width + 1))


def _mean(values: Sequence[int | None]) -> float | None:
    told = [value for value in values if value is not None]
    return sum(told) / len(told) if told else None
