"""Observations and tickets of both stores in memory, with the meaning of the real ones."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from data_sources.model.indicator import IndicatorValue
from data_sources.model.observation import Feature, Grain, Observation, Rollup, Series, Ticket
from data_sources.stores.base import Retention, SeriesRollups, SeriesValues, Topic
from data_sources.stores.folding import hour_of_utc
from data_sources.stores.intervals import (
    LOCAL_GRAINS,
    Interval,
    counts_for,
    expected_values,
    interval_of,
    intervals_of,
    values_of,
)
from data_sources.stores.observation_folding import (
    SLOW_FROM_S,
    SeriesKey,
    by_series,
    is_news,
    key_of,
    observation_of,
    rolled_up,
    rolled_values,
    same_value,
    ticket_ended_at,
    widened,
)
from data_sources.stores.partitions import month_of
from data_sources.stores.rollup_columns import RollupColumns, columns_of

_Value = tuple[float, tuple[str, ...], datetime]
"""Value, flags, when it was received."""


class MemoryLiveObservations:
    """Observations, tickets and indicators of a LiveStore in memory."""

    _announce: Callable[[Topic], None]

    def __init__(self) -> None:
        self._observations: dict[str, tuple[Observation, ...]] = {}
        self._features: dict[str, tuple[Feature, ...]] = {}
        self._tickets: dict[str, tuple[Ticket, ...]] = {}
        self._indicators: tuple[IndicatorValue, ...] = ()

    def put_observations(
        self, feed_id: str, observations: Sequence[Observation], features: Sequence[Feature]
    ) -> None:
        """Replace the feed's last values and what they are of, and announce it."""
        self._observations[feed_id] = tuple(observations)
        self._features[feed_id] = tuple(features)
        self._announce(Topic.OBSERVATIONS)

    def observations(self) -> dict[str, tuple[Observation, ...]]:
        """Last value of each series, by feed id."""
        return dict(self._observations)

    def features(self) -> dict[str, tuple[Feature, ...]]:
        """What the feeds observe, by feed id."""
        return dict(self._features)

    def put_tickets(self, feed_id: str, tickets: Sequence[Ticket]) -> None:
        """Replace the feed's tickets and announce it."""
        self._tickets[feed_id] = tuple(tickets)
        self._announce(Topic.TICKETS)

    def tickets(self) -> dict[str, tuple[Ticket, ...]]:
        """Tickets by feed id."""
        return dict(self._tickets)

    def put_indicators(self, values: Sequence[IndicatorValue]) -> None:
        """Replace all indicators as a whole and announce it."""
        self._indicators = tuple(values)
        self._announce(Topic.INDICATORS)

    def indicators(self) -> tuple[IndicatorValue, ...]:
        """All indicators as last computed, () before any."""
        return self._indicators


class MemoryObservations:
    """Observations, rollups and tickets of a HistoryStore in memory."""

    _lock: threading.RLock

    def __init__(self) -> None:
        super().__init__()
        self._series: dict[SeriesKey, Series] = {}
        self._observed: dict[str, dict[str, Feature]] = {}
        self._values: dict[int, dict[datetime, _Value]] = {}
        self._rollups: dict[tuple[int, Grain], dict[datetime, Rollup]] = {}
        self._marked: set[tuple[datetime, int]] = set()
        self._tickets: dict[tuple[str, str], Ticket] = {}

    def record_observations(
        self, observations: Sequence[Observation], features: Sequence[Feature] = ()
    ) -> Mapping[str, int]:
        """Keep observations and what they are of, and mark the hours they touch."""
        told = by_series(observations)
        counts = {"new": 0, "corrected": 0, "unchanged": 0}
        with self._lock:
            for feature in features:
                self._observed.setdefault(feature.feed_id, {})[feature.feature_id] = feature
            for key, (series, values) in told.items():
                series_id = self._register(key, series).series_id
                for moment, one in values.items():
                    counts[self._keep(series_id, moment, one)] += 1
        return counts

    def series(
        self, property_id: str | None = None, feed_id: str | None = None, feature_id: str | None = None
    ) -> list[Series]:
        """Registered series, by property, feature and feed."""
        with self._lock:
            found = [
                one
                for one in self._series.values()
                if property_id in {None, one.property_id}
                and feed_id in {None, one.feed_id}
                and feature_id in {None, one.feature_id}
            ]
        return sorted(found, key=lambda one: (one.property_id, one.feature_id, one.feed_id, one.synthetic))

    def features(self) -> dict[str, tuple[Feature, ...]]:
        """What has been observed, by feed."""
        with self._lock:
            return {
                feed_id: tuple(one for _, one in sorted(features.items()))
                for feed_id, features in sorted(self._observed.items())
            }

    def observation_values(
        self, series_ids: Sequence[int], start: datetime, end: datetime
    ) -> list[SeriesValues]:
        """Raw values in the interval, series in the order asked for."""
        with self._lock:
            found = []
            for one in self._asked(series_ids):
                values = sorted(self._values.get(one.series_id, {}).items())
                inside = [(moment, told) for moment, told in values if start <= moment < end]
                found.append(
                    SeriesValues(
                        series=one,
                        times=[moment for moment, _ in inside],
                        values=[told[0] for _, told in inside],
                        flags={moment: told[1] for moment, told in inside if told[1]},
                    )
                )
            return found

    def crossings(
        self, edges: Mapping[int, Sequence[float]], start: datetime, end: datetime
    ) -> list[SeriesValues]:
        """Of each series the first raw value in the interval, and those on another side of its edges."""
        found = []
        for one in self.observation_values(list(edges), start, end):
            known = sorted(edges[one.series.series_id])
            sides = [(bisect_left(known, value), bisect_right(known, value)) for value in one.values]
            kept = [place for place, side in enumerate(sides) if place == 0 or side != sides[place - 1]]
            times, values = [one.times[place] for place in kept], [one.values[place] for place in kept]
            found.append(SeriesValues(series=one.series, times=times, values=values))
        return found

    def rollups(
        self, series_ids: Sequence[int], grain: Grain, start: datetime, end: datetime
    ) -> list[SeriesRollups]:
        """Rollups that begin in the interval, series in the order asked for."""
        with self._lock:
            return [
                SeriesRollups(series=one, rollups=self._parts(one.series_id, grain, (start, end)))
                for one in self._asked(series_ids)
            ]

    def rollup_columns(
        self, series_ids: Sequence[int], grain: Grain, start: datetime, end: datetime
    ) -> list[RollupColumns]:
        """The same as columns, one for each id asked for."""
        with self._lock:
            return [columns_of(self._parts(number, grain, (start, end))) for number in series_ids]

    def latest_observations(
        self, since: datetime, feed_id: str | None = None, until: datetime | None = None
    ) -> dict[str, tuple[Observation, ...]]:
        """Newest value of each series observed since then, by feed."""
        found: dict[str, list[Observation]] = {}
        with self._lock:
            for one in sorted(self.series(feed_id=feed_id), key=key_of):
                values = self._values.get(one.series_id, {})
                last = max((moment for moment in values if until is None or moment <= until), default=None)
                if last is not None and last >= since:
                    value, flags, received_at = values[last]
                    told = observation_of(one, last, value, received_at, flags)
                    found.setdefault(one.feed_id, []).append(told)
        return {feed_id: tuple(told) for feed_id, told in found.items()}

    def roll(self, now: datetime, zone: ZoneInfo, limit: int = 5_000) -> int:
        """Make the rollups of marked hours anew, the newest first, and of what holds them; hours rolled."""
        with self._lock:
            marks = sorted(mark for mark in self._marked if mark[0] <= now)
            marks.sort(key=lambda mark: mark[0], reverse=True)
            by_id = {one.series_id: one for one in self._series.values()}
            touched: dict[int, list[datetime]] = {}
            for hour, series_id in marks[:limit]:
                self._marked.discard((hour, series_id))
                touched.setdefault(series_id, []).append(hour)
            for series_id, hours in touched.items():
                for hour in hours:
                    self._roll_hour(by_id[series_id], interval_of(Grain.HOUR, hour, zone))
                self._roll_days(by_id[series_id], hours, zone)
            return len(marks[:limit])

    def load_hours(self, hours: Iterable[tuple[Series, RollupColumns]], zone: ZoneInfo) -> int:
        """Hourly rollups of back history, and what follows from them for days, weeks and months."""
        written = 0
        with self._lock:
            for one, columns in hours:
                if not len(columns):
                    continue
                rollups = columns.rollups()
                starts = [rollup.start for rollup in rollups]
                key = key_of(one)
                described = {**key._asdict(), "first_at": starts[0], "last_at": starts[-1]}
                series = self._register(key, msgspec.structs.replace(one, **described))
                for rollup in rollups:
                    self._put(series.series_id, Grain.HOUR, rollup)
                written += len(starts) + self._roll_days(series, starts, zone)
        return written

    def record_tickets(self, tickets: Sequence[Ticket]) -> None:
        """Open or refresh citizens' reports by feed and ticket id."""
        with self._lock:
            for one in tickets:
                key = (one.feed_id, one.ticket_id)
                if is_news(self._tickets.get(key), one):
                    self._tickets[key] = one

    def tickets_between(self, start: datetime, end: datetime, feed_id: str | None = None) -> list[Ticket]:
        """Reports that were open at any time in the interval, oldest first."""
        found = []
        with self._lock:
            for one in self._tickets.values():
                ended_at = ticket_ended_at(one)
                in_time = ended_at is None or ended_at > start or one.opened_at >= start
                if one.opened_at < end and in_time and feed_id in {None, one.feed_id}:
                    found.append(one)
        return sorted(found, key=lambda one: (one.opened_at, one.feed_id, one.ticket_id))

    def _prune_observations(self, now: datetime, retention: Retention) -> Mapping[str, int]:
        oldest_month = month_of(now - retention.observations)
        oldest_hour = hour_of_utc(now - retention.rollup_hours)
        deleted = {"observation": 0, "rollup": 0, "ticket": 0}
        for one in self._series.values():
            if one.cadence_s >= SLOW_FROM_S:
                continue
            values = self._values.get(one.series_id, {})
            hours = self._rollups.get((one.series_id, Grain.HOUR), {})
            deleted["observation"] += _drop_before(values, oldest_month)
            deleted["rollup"] += _drop_before(hours, oldest_hour)
        for key, ticket in list(self._tickets.items()):
            ended_at = ticket_ended_at(ticket)
            if ended_at is not None and ended_at < now - retention.tickets:
                del self._tickets[key]
                deleted["ticket"] += 1
        return deleted

    def _register(self, key: SeriesKey, told: Series) -> Series:
        known = self._series.get(key)
        if known is None:
            known = msgspec.structs.replace(told, series_id=len(self._series) + 1)
        self._series[key] = widened(known, told)
        return self._series[key]

    def _keep(self, series_id: int, moment: datetime, one: Observation) -> str:
        values = self._values.setdefault(series_id, {})
        before = values.get(moment)
        if same_value(before[:2] if before else None, one):
            return "unchanged"
        values[moment] = (one.value, one.flags, one.received_at)
        self._marked.add((hour_of_utc(counts_for(moment, one.period_s)), series_id))
        return "corrected" if before else "new"

    def _roll_hour(self, one: Series, interval: Interval) -> None:
        low, high = values_of(interval, one.period_s)
        observed = self._values.get(one.series_id, {})
        values = [observed[moment][0] for moment in sorted(at for at in observed if low <= at < high)]
        if values:
            expected = expected_values(one.cadence_s, interval)
            self._put(one.series_id, Grain.HOUR, rolled_values(values, interval[0], expected))

    def _roll_days(self, one: Series, hours: Sequence[datetime], zone: ZoneInfo) -> int:
        made = 0
        for grain in LOCAL_GRAINS:
            for interval in intervals_of(grain, hours, zone):
                parts = self._parts(one.series_id, Grain.HOUR if grain is Grain.DAY else Grain.DAY, interval)
                if parts:
                    expected = expected_values(one.cadence_s, interval)
                    self._put(one.series_id, grain, rolled_up(parts, interval, expected))
                made += 1
        return made

    def _put(self, series_id: int, grain: Grain, rollup: Rollup) -> None:
        rollups = self._rollups.setdefault((series_id, grain), {})
        known = rollups.get(rollup.start)
        if known is None or rollup.count >= known.count:
            rollups[rollup.start] = rollup

    def _parts(self, series_id: int, grain: Grain, interval: Interval) -> list[Rollup]:
        start, end = interval
        rollups = self._rollups.get((series_id, grain), {})
        return [rollups[begin] for begin in sorted(begin for begin in rollups if start <= begin < end)]

    def _asked(self, series_ids: Sequence[int]) -> list[Series]:
        by_id = {one.series_id: one for one in self._series.values()}
        return [by_id[number] for number in series_ids if number in by_id]


def _drop_before(rows: "dict[datetime, _Value] | dict[datetime, Rollup]", oldest: datetime) -> int:
    old = [moment for moment in rows if moment < oldest]
    for moment in old:
        del rows[moment]
    return len(old)
