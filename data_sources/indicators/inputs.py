"""Reading the inputs of indicators from history: raw values, and rollups where these are what there is.

The back history of a city is loaded as hours, without raw values; so hours stand in where raw values are
missing, each at its end. What was read is kept for as long as its series say nothing new.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from data_sources.indicators.frames import HOUR_US, Column, Input, Times, Values, column_times, to_us
from data_sources.indicators.registry import formula_named
from data_sources.measures.freshness import stale_limit_s
from data_sources.measures.preference import preferred
from data_sources.measures.statistics import statistic_of
from data_sources.model.indicator import IndicatorSpec, InputSpec, Statistic
from data_sources.model.observation import Grain, Series
from data_sources.stores.base import HistoryStore
from data_sources.stores.intervals import interval_of

HELD_STALE_LIMITS = 2.0
"""A figure that has been stale for as long again is missing (our proposal)."""
STATISTIC_FROM_S = 28 * 86_400.0
HELD_STATISTIC = timedelta(days=3 * 366)
"""A statistic of months or years stays in view, as stale, for so long at least (our proposal): agencies
publish late, and the last figure with its age says more than none."""
EXPECTED_FOR = timedelta(days=7)
EXPECTED_CADENCES = 10.0
"""A feature that has been silent for longer than both is no longer expected to tell."""
KEPT_FOR = timedelta(minutes=5)
"""Late and corrected values do not show in when a series was last told: everything is read again so often."""
HOURS_BEYOND = timedelta(days=3)
"""Over a longer window, series that tell several times an hour are read as hours only."""
LOCAL = frozenset({Grain.DAY, Grain.WEEK, Grain.MONTH})


def held_for(spec: IndicatorSpec) -> timedelta:
    """How old a figure may get before it is missing."""
    held = timedelta(seconds=HELD_STALE_LIMITS * stale_limit_s(spec.cadence_s) + spec.delay_s)
    return max(held, HELD_STATISTIC) if spec.cadence_s >= STATISTIC_FROM_S else held


@dataclass(frozen=True, slots=True)
class _Kept:
    read_at: datetime
    last_at: tuple[datetime | None, ...]
    columns: tuple[Column, ...]


_Question = tuple[tuple[int, ...], Grain, Statistic, timedelta, float, bool]


class InputReader:
    """Reads inputs, and remembers them. One round asks `begin`, then `read` for each indicator."""

    def __init__(self, history: HistoryStore, zone: ZoneInfo) -> None:
        self._history = history
        self._zone = zone
        self._series: dict[str, list[Series]] = {}
        self._kept: dict[_Question, _Kept] = {}

    def begin(self, now: datetime) -> None:
        """Look at the registry of series anew; StoreError when the history is away."""
        found = defaultdict(list)
        for series in self._history.series():
            found[series.property_id].append(series)
        self._series = dict(found)
        self._kept = {
            question: kept for question, kept in self._kept.items() if abs(now - kept.read_at) < KEPT_FOR
        }

    def read(self, spec: IndicatorSpec, now: datetime, *, since: datetime | None = None) -> dict[str, Input]:
        """The indicator's inputs as of `now`, by name: as far back as its formula looks, or, for its back
        history, that far before `since`, by the hour."""
        return {name: self._input(spec, one, now, since) for name, one in spec.inputs.items()}

    def news(self, spec: IndicatorSpec) -> object:
        """Something that differs when a series that goes into the indicator was told anew."""
        return tuple((s.series_id, s.last_at) for one in spec.inputs.values() for s in self._of(one))

    def first_at(self, spec: IndicatorSpec) -> datetime | None:
        """When the first series that goes into the indicator begins."""
        return min(
            (s.first_at for one in spec.inputs.values() for s in self._of(one) if s.first_at), default=None
        )

    def feeds_of(self, spec: IndicatorSpec) -> frozenset[str]:
        """The feeds of the series that go into the indicator."""
        return frozenset(s.feed_id for one in spec.inputs.values() for s in self._of(one))

    def _of(self, one: InputSpec) -> list[Series]:
        return preferred(self._series.get(one.property, ()), one)

    def _input(self, spec: IndicatorSpec, one: InputSpec, now: datetime, since: datetime | None) -> Input:
        told = self._of(one)
        back = _look_back(spec, one) + (now - since if since else timedelta(0))
        columns = self._columns(told, one, now, back, spec.min_completeness, by_hour=since is not None)
        return Input(columns, one.features or tuple(_expected(told, now)))

    def _columns(
        self,
        told: Sequence[Series],
        one: InputSpec,
        now: datetime,
        back: timedelta,
        floor: float,
        *,
        by_hour: bool,
    ) -> tuple[Column, ...]:
        ids = tuple(series.series_id for series in told)
        question = (ids, one.grain, one.statistic, back, floor, by_hour)
        last_at = tuple(series.last_at for series in told)
        kept = None if by_hour else self._kept.get(question)
        if kept is not None and kept.last_at == last_at and abs(now - kept.read_at) < KEPT_FOR:
            return kept.columns
        if one.grain in LOCAL:
            parts = self._intervals(told, one, now, back, floor)
        else:
            parts = self._by_time(told, one, now, back, by_hour=by_hour or one.grain is Grain.HOUR)
        columns = tuple(
            Column(
                feature_id=series.feature_id,
                feed_id=series.feed_id,
                cadence_s=max(series.cadence_s, _GRAIN_S[one.grain]),
                times=times,
                values=values,
                value_class=series.value_class,
                synthetic=series.synthetic,
            )
            for series, (times, values) in zip(told, parts, strict=True)
        )
        if not by_hour:
            self._kept[question] = _Kept(now, last_at, columns)
        return columns

    def _intervals(
        self, told: Sequence[Series], one: InputSpec, now: datetime, back: timedelta, floor: float
    ) -> list[tuple[Times, Values]]:
        """Whole days, weeks or months that are complete enough, each at its end."""
        ids = [series.series_id for series in told]
        parts = []
        for answer in self._history.rollups(ids, one.grain, now - back, now):
            pairs = [
                (interval_of(one.grain, rollup.start, self._zone)[1], statistic_of(rollup, one.statistic))
                for rollup in answer.rollups
                if rollup.completeness >= floor
            ]
            whole = [(end, value) for end, value in pairs if end <= now]
            parts.append((column_times([end for end, _ in whole]), _floats(value for _, value in whole)))
        return parts

    def _by_time(
        self, told: Sequence[Series], one: InputSpec, now: datetime, back: timedelta, *, by_hour: bool
    ) -> list[tuple[Times, Values]]:
        """Raw values with hours where there are none, or hours alone."""
        soon = now + timedelta(microseconds=1)
        raw: dict[int, tuple[Times, Values]] = {}
        fast = {series.series_id for series in told if series.cadence_s * 1_000_000 < HOUR_US}
        wanted = [
            series.series_id
            for series in told
            if not by_hour and not (series.series_id in fast and back > HOURS_BEYOND)
        ]
        if wanted:
            for answer in self._history.observation_values(wanted, now - back, soon):
                raw[answer.series.series_id] = (column_times(answer.times), _floats(answer.values))
        # The past reaches years back, so that it is read one series at a time.
        portions = [[series] for series in told] if by_hour else [list(told)] if told else []
        rolled = (
            columns
            for some in portions
            for columns in self._history.rollup_columns(
                [series.series_id for series in some], Grain.HOUR, now - back, now
            )
        )
        parts = []
        for series, columns in zip(told, rolled, strict=True):
            starts, hours = columns.starts_us, statistic_of(columns, one.statistic)
            over = starts + HOUR_US <= to_us(now)
            times, values = raw.get(series.series_id, (starts[:0], hours[:0]))
            # The hour that a raw value counts for: see `stores.intervals.counts_for`.
            known = (times - (0 if series.period_s is None else 1)) // HOUR_US * HOUR_US
            alone = over & ~np.isin(starts, known)
            parts.append(
                _in_order(
                    np.concatenate([starts[alone] + HOUR_US, times]), np.concatenate([hours[alone], values])
                )
            )
        return parts


_GRAIN_S = {
    Grain.RAW: 0.0,
    Grain.HOUR: 3600.0,
    Grain.DAY: 86_400.0,
    Grain.WEEK: 604_800.0,
    Grain.MONTH: 2_678_400.0,
}


def _look_back(spec: IndicatorSpec, one: InputSpec) -> timedelta:
    known = formula_named(spec.compute)
    held = held_for(spec)
    if known.window_s is not None:
        return held + timedelta(seconds=known.window_s(known.settings(spec)))
    oldest = spec.params.get("max_age_s", 0.0)
    counts = timedelta(seconds=oldest if isinstance(oldest, (int, float)) else 0.0)
    return held + max(counts, 2 * timedelta(seconds=_GRAIN_S[one.grain]))


def _expected(told: Iterable[Series], now: datetime) -> list[str]:
    """Features heard of of late, each once."""
    found: dict[str, None] = {}
    for series in told:
        patience = max(EXPECTED_FOR, timedelta(seconds=EXPECTED_CADENCES * series.cadence_s))
        if series.last_at is not None and now - series.last_at <= patience:
            found[series.feature_id] = None
    return list(found)


def _in_order(times: Times, values: Values) -> tuple[Times, Values]:
    """By time; of several at one time the last given."""
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    last = np.append(times[1:] != times[:-1], True)[: times.size]
    return times[last], values[last]


def _floats(values: Iterable[float]) -> Values:
    return np.fromiter(values, dtype=np.float64)
