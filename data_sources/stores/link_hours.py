"""Means of link speeds out of the sums of hours: what every engine's history answers alike. Pure."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby

import numpy as np

from data_sources.stores.base import LinkHour, TypicalSpeed, TypicalSpeeds
from data_sources.stores.link_codec import HourSums

Hour = tuple[datetime, tuple[str, ...], HourSums]
"""Beginning of an hour of UTC, ids of links, and their sums in the same order."""

_TENTHS = 10


def by_hour(hours: Iterable[Hour]) -> list[LinkHour]:
    """Mean speed of each link that had any, by hour; `hours` come in order of time."""
    return [
        (beginning, _means([(ids, sums) for _, ids, sums in together]))
        for beginning, together in groupby(hours, key=lambda hour: hour[0])
    ]


def typical(hours: Iterable[Hour], hour_of: Callable[[datetime], int]) -> TypicalSpeeds:
    """Mean speed of each link by what `hour_of` makes of the beginning of the hour."""
    totals: dict[int, dict[tuple[str, ...], HourSums]] = {}
    for beginning, ids, sums in hours:
        total = totals.setdefault(hour_of(beginning), {})
        known = total.get(ids)
        total[ids] = sums if known is None else _added(known, sums)
    return {
        (link_id, hour): mean
        for hour, total in totals.items()
        for link_id, mean in _means(total.items()).items()
    }


def _means(parts: Iterable[tuple[tuple[str, ...], HourSums]]) -> dict[str, TypicalSpeed]:
    means: dict[str, TypicalSpeed] = {}
    for ids, part in parts:
        for place in np.flatnonzero(part.minutes).tolist():
            minutes = int(part.minutes[place])
            mean = TypicalSpeed(speed_kmh=int(part.tenths[place]) / minutes / _TENTHS, minutes=minutes)
            known = means.get(ids[place])
            means[ids[place]] = mean if known is None else _mean_of_both(known, mean)
    return means


def _mean_of_both(one: TypicalSpeed, other: TypicalSpeed) -> TypicalSpeed:
    """The mean of a link that two orders of links have in common."""
    minutes = one.minutes + other.minutes
    speed_kmh = (one.speed_kmh * one.minutes + other.speed_kmh * other.minutes) / minutes
    return TypicalSpeed(speed_kmh=speed_kmh, minutes=minutes)


def _added(one: HourSums, other: HourSums) -> HourSums:
    return HourSums(one.tenths + other.tenths, one.minutes + other.minutes)
