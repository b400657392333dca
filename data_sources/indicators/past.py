"""The past of indicators: what each was a week or a year ago, and the line of its recent course.

Read from the rollups of the indicators' own series for all of them at once, and kept for some minutes.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data_sources.indicators.inputs import held_for
from data_sources.indicators.trend import earlier
from data_sources.measures.statistics import statistic_of
from data_sources.model.indicator import IndicatorSpec
from data_sources.model.observation import INDICATOR_FEED, Grain, Series
from data_sources.stores.base import HistoryStore
from data_sources.stores.intervals import interval_of
from data_sources.stores.observation_folding import SLOW_FROM_S

HOUR = timedelta(hours=1)
NEAR = timedelta(hours=6)
"""How far from the time asked about a value of a faster indicator may be (our proposal)."""
SPANS = ("day", "week", "month", "year")


@dataclass(slots=True)
class Line:
    """Values of whole intervals, oldest first, None = hole; the last interval is the running one."""

    start: datetime | None = None
    values: tuple[float | None, ...] = ()


@dataclass(slots=True)
class Past:
    """One indicator's past: its values by the hour (at their ends, rising), and its line."""

    at: list[datetime] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    line: Line = field(default_factory=Line)

    def value_at(self, when: datetime, tolerance: timedelta) -> tuple[float, datetime] | None:
        """The last value at or before `when`, not older than `tolerance`, and its time; None without one."""
        place = bisect_right(self.at, when + HOUR) - 1
        if place < 0 or self.at[place] < when - tolerance:
            return None
        return self.values[place], min(self.at[place], when)


def tolerance_of(spec: IndicatorSpec) -> timedelta:
    """How far from the time asked about an earlier value may be."""
    return max(NEAR, 2 * timedelta(seconds=spec.cadence_s)) if spec.cadence_s >= SLOW_FROM_S else NEAR


def read_past(
    history: HistoryStore, specs: Iterable[IndicatorSpec], now: datetime, zone: ZoneInfo
) -> dict[tuple[str, bool], Past]:
    """The past of all indicators, by key and whether it is simulated; StoreError when history is away."""
    by_key = {spec.key: spec for spec in specs}
    told = [one for one in history.series(feed_id=INDICATOR_FEED) if one.property_id in by_key]
    found = {(one.property_id, one.synthetic): Past() for one in told}
    slow = [one for one in told if by_key[one.property_id].cadence_s >= SLOW_FROM_S]
    fast = [one for one in told if by_key[one.property_id].cadence_s < SLOW_FROM_S]
    pieces: dict[int, dict[datetime, float]] = defaultdict(dict)
    if slow:  # they have so few values that all of them are read
        reach = max(_reach(by_key[one.property_id]) for one in slow)
        _read_hours(history, slow, now - reach, now, pieces)
    if fast:
        held = max(held_for(by_key[one.property_id]) for one in fast)
        for span in SPANS:
            then = earlier(now, span, zone)
            _read_hours(history, fast, then - min(held, timedelta(days=3)) - NEAR, then + HOUR, pieces)
    for one in told:
        hours = sorted(pieces[one.series_id].items())
        past = found[one.property_id, one.synthetic]
        past.at = [start + HOUR for start, _ in hours]
        past.values = [value for _, value in hours]
    lines = _lines(history, [(one, by_key[one.property_id]) for one in told], now, zone)
    for key, line in lines:
        found[key].line = line
    return found


def _reach(spec: IndicatorSpec) -> timedelta:
    return timedelta(days=367) + held_for(spec) + tolerance_of(spec)


def _read_hours(
    history: HistoryStore,
    told: Sequence[Series],
    start: datetime,
    end: datetime,
    pieces: dict[int, dict[datetime, float]],
) -> None:
    for answer in history.rollups([one.series_id for one in told], Grain.HOUR, start, end):
        pieces[answer.series.series_id].update({one.start: one.last for one in answer.rollups})


def _lines(
    history: HistoryStore, told: Iterable[tuple[Series, IndicatorSpec]], now: datetime, zone: ZoneInfo
) -> Iterator[tuple[tuple[str, bool], Line]]:
    """Lines by key and whether they are simulated."""
    groups: dict[tuple[Grain, int], dict[int, IndicatorSpec]] = defaultdict(dict)
    for one, spec in told:
        groups[spec.line_grain, spec.line_points][one.series_id] = spec
    for (grain, points), specs in groups.items():
        starts = line_starts(grain, points, now, zone)
        for answer in history.rollups(list(specs), grain, starts[0], now):
            spec = specs[answer.series.series_id]
            values = {one.start: statistic_of(one, spec.week) for one in answer.rollups}
            line = Line(starts[0], tuple(values.get(start) for start in starts))
            yield (spec.key, answer.series.synthetic), line


def line_starts(grain: Grain, points: int, now: datetime, zone: ZoneInfo) -> list[datetime]:
    """Beginnings of the last `points` intervals, the running one last."""
    starts = [interval_of(grain, now, zone)[0]]
    while len(starts) < points:
        starts.append(interval_of(grain, starts[-1] - timedelta(seconds=1), zone)[0])
    return starts[::-1]
