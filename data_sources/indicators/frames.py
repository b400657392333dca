"""Inputs of formulas: the series behind one name of `IndicatorSpec.inputs`, and how they are asked.

Times are whole microseconds since 1970 (UTC) in arrays, so that one question serves one time and two years
of them. A value of an interval (a rollup) stands at the interval's end: it is known from then on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_sources.model.observation import ValueClass

Times = NDArray[np.int64]
Values = NDArray[np.float64]

US = 1_000_000
HOUR_US = 3_600 * US
NEVER = np.iinfo(np.int64).min
"""Time of a value that is not there."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_AGE_CADENCES = 2.0
"""A feature counts while it has not missed more than this many of its own reports (`measures.freshness`)."""
_REDUCERS: dict[str, Any] = {"mean": np.nanmean, "sum": np.nansum, "max": np.nanmax, "min": np.nanmin}
HOW = tuple(_REDUCERS)
"""How values of several features, or of several times, become one."""


def to_us(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


def from_us(at_us: int) -> datetime:
    """The time in UTC."""
    return EPOCH + timedelta(microseconds=int(at_us))


def times_us(index: pd.DatetimeIndex) -> Times:
    """The times of an index that knows its zone."""
    return np.asarray(index.as_unit("us").asi8, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Column:
    """One series, oldest first, in equal lengths."""

    feature_id: str
    feed_id: str
    cadence_s: float
    times: Times
    values: Values
    value_class: ValueClass = ValueClass.OBSERVED
    synthetic: bool = False

    def last(self, at: Times) -> NDArray[np.intp]:
        """Position of the last value at or before each time, -1 where there is none."""
        return np.searchsorted(self.times, at, side="right") - 1


@dataclass(frozen=True, slots=True)
class Input:
    """Columns by feature, those of a feature in order of preference. `expected`: every feature that should
    tell, in the order of the spec."""

    columns: tuple[Column, ...] = ()
    expected: tuple[str, ...] = ()
    _by_feature: dict[str, list[Column]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.columns:
            self._by_feature.setdefault(column.feature_id, []).append(column)

    @property
    def features(self) -> tuple[str, ...]:
        """Features with a column, expected ones first and in their order."""
        return (
            *(one for one in self.expected if one in self._by_feature),
            *(one for one in self._by_feature if one not in self.expected),
        )

    @property
    def cadence_s(self) -> float | None:
        """Shortest cadence of its series; None without series."""
        return min((column.cadence_s for column in self.columns), default=None)

    def newest(self, at: Times) -> Times:
        """Time of the newest value of any feature at or before each time, `NEVER` where there is none."""
        newest = np.full(at.shape, NEVER, dtype=np.int64)
        for column in self.columns:
            last = column.last(at)
            if column.times.size:
                newest = np.maximum(newest, np.where(last >= 0, column.times[last], NEVER))
        return newest

    def as_of(self, at: Times, max_age_s: float | None) -> Values:
        """Newest value of each feature of `features` at each time: rows are times, NaN where there is none
        that is at most `max_age_s` old (None: twice the cadence of its series)."""
        rows = np.full((at.size, len(self.features)), np.nan)
        for position, feature_id in enumerate(self.features):
            for column in self._by_feature[feature_id]:
                if not column.times.size:
                    continue
                last = column.last(at)
                oldest_s = MAX_AGE_CADENCES * column.cadence_s if max_age_s is None else max_age_s
                # Asked this way round as NEVER less an age would not fit.
                counts = (last >= 0) & (column.times[last] >= at - round(oldest_s * US))
                empty = np.isnan(rows[:, position])
                rows[:, position] = np.where(empty & counts, column.values[last], rows[:, position])
        return rows

    def table(self, how: str, upto: int) -> pd.DataFrame:
        """All values by time (microseconds, rising) and feature, values within an hour made one by `how`.

        An hour stands at its end, the running one at `upto`; a series of an hour's cadence or longer keeps
        its own times.
        """
        parts: dict[str, pd.Series] = {}
        for feature_id in self.features:
            for column in self._by_feature[feature_id]:
                told = _by_hour(column, how, upto)
                known = parts.get(feature_id)
                parts[feature_id] = told if known is None else known.combine_first(told)
        if not parts:
            return pd.DataFrame(index=pd.Index([], dtype=np.int64))
        return pd.DataFrame(parts).sort_index()


def _by_hour(column: Column, how: str, upto: int) -> pd.Series:
    if column.cadence_s * US >= HOUR_US or not column.times.size:
        return pd.Series(column.values, index=pd.Index(column.times))
    hours = -(-column.times // HOUR_US) * HOUR_US
    told = pd.Series(column.values).groupby(hours).agg(how)
    ends = told.index.to_numpy(dtype=np.int64)
    told.index = pd.Index(np.minimum(ends, max(upto, int(column.times[-1]))))
    return told


def across(rows: Values, how: str) -> Values:
    """Rows of features made one value each; NaN where no feature has one."""
    known = ~np.isnan(rows)
    some = known.any(axis=1) if rows.shape[1] else np.zeros(rows.shape[0], dtype=bool)
    made = np.full(rows.shape[0], np.nan)
    if some.any():
        made[some] = _REDUCERS[how](rows[some], axis=1)
    return made


def worst_class(inputs: Iterable[Input], own: ValueClass) -> ValueClass:
    """The class of a figure made of these: the farthest from observed of all of them and its own."""
    order = tuple(ValueClass)
    told = [
        ValueClass.SYNTHETIC if column.synthetic else column.value_class
        for one in inputs
        for column in one.columns
        if column.times.size
    ]
    return max((own, *told), key=order.index)


def feed_ids(inputs: Iterable[Input]) -> tuple[str, ...]:
    """Feeds that told any of it."""
    return tuple(sorted({column.feed_id for one in inputs for column in one.columns if column.times.size}))


def column_times(at: Sequence[datetime]) -> Times:
    """Times of a series as an array."""
    return np.fromiter((to_us(one) for one in at), dtype=np.int64, count=len(at))
