"""Hours, days, weeks and months: which one a value counts for, and how many values it should hold. Pure.

Hours are those of UTC, days, weeks (from Monday, ISO 8601) and months those of the city. Where its zone
is off by half an hour, an hour belongs to the local day in which it begins.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from data_sources.model.observation import Grain
from data_sources.stores.folding import hour_of_utc

HOUR = timedelta(hours=1)
LOCAL_GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH)
"""Grains made of hours, each of the one before it or, for months, of days."""

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)

Interval = tuple[datetime, datetime]
"""Start and end, UTC; the end is outside."""


def counts_for(observed_at: datetime, period_s: float | None) -> datetime:
    """A moment in the interval that a value counts for.

    A value that holds for a period ends at `observed_at`: a mean up to midnight is one of the day that
    is over, an instant at midnight the first of the day that begins.
    """
    return observed_at if period_s is None else observed_at - _INSTANT


def values_of(interval: Interval, period_s: float | None) -> Interval:
    """Between which times (the end outside) the values were observed that count for the interval."""
    start, end = interval
    return interval if period_s is None else (start + _INSTANT, end + _INSTANT)


@lru_cache(maxsize=4096)
def interval_of(grain: Grain, moment: datetime, zone: ZoneInfo) -> Interval:
    """The interval of `grain` in which `moment` lies; ValueError for raw values, which have none.

    Remembered: the series of a back history ask for the same days, one after the other.
    """
    if grain is Grain.HOUR:
        start = hour_of_utc(moment)
        return start, start + HOUR
    day = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    if grain is Grain.DAY:
        return _utc(day, zone), _utc(day + _DAY, zone)
    if grain is Grain.WEEK:
        monday = day - day.weekday() * _DAY
        return _utc(monday, zone), _utc(monday + 7 * _DAY, zone)
    if grain is Grain.MONTH:
        first = day.replace(day=1)
        return _utc(first, zone), _utc((first + 31 * _DAY).replace(day=1), zone)
    raise ValueError(f"{grain} has no intervals")


def intervals_of(grain: Grain, moments: Iterable[datetime], zone: ZoneInfo) -> list[Interval]:
    """The intervals of `grain` in which any of the moments lies, each once; fast where moments that
    follow each other share one."""
    found: dict[datetime, Interval] = {}
    start = end = datetime.max.replace(tzinfo=UTC)
    for moment in moments:
        if not start <= moment < end:
            start, end = found[start] = interval_of(grain, moment, zone)
    return list(found.values())


def expected_values(cadence_s: float, interval: Interval) -> int:
    """How many values the cadence promises in the interval; one where it is the longer of the two."""
    start, end = interval
    # A hair more than whole: cadences such as 1 / 3 s divide an hour without rest.
    return max(1, int((end - start).total_seconds() / cadence_s + 1e-9))


def _utc(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)
