"""The part of the SQL history that makes and reads rollups. All arithmetic happens in the database.

Hours are made of raw values, days of hours, weeks and months of days. A rollup never gives way to one
that rests on fewer values: raw values and hours go by retention long before days do, and a late value of
a day that is mostly gone must not stand for the whole day.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import sqlalchemy as sa

from data_sources.model.observation import Grain, Rollup, Series
from data_sources.stores.base import SeriesRollups
from data_sources.stores.engine import Database
from data_sources.stores.epoch import from_epoch_us
from data_sources.stores.intervals import (
    LOCAL_GRAINS,
    Interval,
    expected_values,
    interval_of,
    intervals_of,
    values_of,
)
from data_sources.stores.observation_folding import key_of
from data_sources.stores.observation_schema import GRAINS, marked_hour, observation, rollup
from data_sources.stores.observation_schema import series as series_table
from data_sources.stores.rollup_columns import RollupColumns
from data_sources.stores.schema import epoch_us, stored_times
from data_sources.stores.sql_series import find_series, portions, register, series_by_id
from data_sources.stores.upsert import Columns, Merge, bulk_upsert_columns, staged, upsert_from

HOURS_PER_TRANSACTION = 20_000
"""Hours of back history written at once: others wait for SQLite's one write lock meanwhile. Two years of a
series fit; of a longer one the newest come first, so that it reaches back only once it is whole."""

_PART_OF = {Grain.DAY: Grain.HOUR, Grain.WEEK: Grain.DAY, Grain.MONTH: Grain.DAY}
_FIGURES = {"n": "count", **{name: name for name in ("expected", "minimum", "mean", "maximum", "last")}}
"""Columns of the table by what a Rollup calls them."""
_MERGE = dict.fromkeys(_FIGURES, Merge.REPLACE)
_SPAN = sa.table(
    "staged_span",
    sa.column("series_id", sa.Integer),
    sa.column("grain", sa.SmallInteger),
    *(sa.column(name, rollup.c.start.type) for name in ("start", "low", "high")),
    sa.column("expected", sa.Integer),
)
"""Rollups to make: of what lies in [low, high), to be written with `start` and `expected`."""


class SqlRollups:
    """Rollups of a HistoryStore on `_database`."""

    _database: Database

    def series(
        self, property_id: str | None = None, feed_id: str | None = None, feature_id: str | None = None
    ) -> list[Series]:
        """Registered series, by property, feature and feed."""
        asked = {"property_id": property_id, "feed_id": feed_id, "feature_id": feature_id}
        conditions = [series_table.c[name] == value for name, value in asked.items() if value is not None]
        with self._database.read() as connection:
            return find_series(connection, *conditions)

    def rollups(
        self, series_ids: Sequence[int], grain: Grain, start: datetime, end: datetime
    ) -> list[SeriesRollups]:
        """Rollups that begin in the interval, series in the order asked for."""
        table = rollup.c
        found: dict[int, list[Rollup]] = {}
        with self._database.read() as connection:
            known = series_by_id(connection, series_ids)
            for some in portions(sorted(known)):
                query = (
                    sa.select(
                        table.series_id,
                        table.start,
                        table.n,
                        table.expected,
                        table.minimum,
                        table.mean,
                        table.maximum,
                        table.last,
                    )
                    .where(table.series_id.in_(some), table.grain == GRAINS[grain])
                    .where(table.start >= start, table.start < end)
                    .order_by(table.series_id, table.start)
                )
                for number, begin, n, expected, minimum, mean, maximum, last in connection.execute(query):
                    found.setdefault(number, []).append(
                        Rollup(
                            start=begin,
                            count=n,
                            expected=expected,
                            minimum=minimum,
                            mean=mean,
                            maximum=maximum,
                            last=last,
                        )
                    )
        return [
            SeriesRollups(series=known[number], rollups=found.get(number, []))
            for number in series_ids
            if number in known
        ]

    def rollup_columns(
        self, series_ids: Sequence[int], grain: Grain, start: datetime, end: datetime
    ) -> list[RollupColumns]:
        """The same as columns, one for each id asked for."""
        found: dict[int, RollupColumns] = {}
        with self._database.read() as connection:
            for some in portions(sorted(set(series_ids))):
                found |= _read_columns(connection, some, grain, start, end)
        return [found[number] for number in series_ids]

    def roll(self, now: datetime, zone: ZoneInfo, limit: int = 5_000) -> int:
        """Make the rollups of marked hours anew, the newest first, and of what holds them; hours rolled.

        Marks are taken before values are read: a writer that comes later waits for them and marks again.
        """
        marks = (
            sa.select(marked_hour.c.hour, marked_hour.c.series_id)
            .where(marked_hour.c.hour <= now)
            .order_by(marked_hour.c.hour.desc(), marked_hour.c.series_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as connection:
            touched: dict[int, list[datetime]] = {}
            for hour, series_id in connection.execute(marks):
                touched.setdefault(series_id, []).append(hour)
            if not touched:
                return 0
            rows = [
                {"hour": hour, "series_id": number} for number, hours in touched.items() for hour in hours
            ]
            taken = staged(connection, "staged_mark", marked_hour, rows)
            pair = sa.tuple_(marked_hour.c.hour, marked_hour.c.series_id)
            connection.execute(sa.delete(marked_hour).where(pair.in_(sa.select(*taken.c))))
            known = series_by_id(connection, touched)
            _roll_hours(connection, known, touched, zone)
            _roll_days(connection, known, touched, zone)
            return len(rows)

    def load_hours(self, hours: Iterable[tuple[Series, RollupColumns]], zone: ZoneInfo) -> int:
        """Hourly rollups of back history, and what follows from them for days, weeks and months."""
        return sum(
            self._load(one, some, zone)
            for one, columns in hours
            for some in columns.newest_first(HOURS_PER_TRANSACTION)
        )

    def _load(self, one: Series, hours: RollupColumns, zone: ZoneInfo) -> int:
        key, size = key_of(one), len(hours)
        starts_us = hours.starts_us.tolist()
        first_at, last_at = from_epoch_us(starts_us[0]), from_epoch_us(starts_us[-1])
        told = msgspec.structs.replace(one, **key._asdict(), first_at=first_at, last_at=last_at)
        days = hours.local_days(zone)
        figures = {name: getattr(hours, field).tolist() for name, field in _FIGURES.items()}
        with self._database.write() as connection:
            known = register(connection, {key: told})[key]
            rows = {
                "series_id": [known.series_id] * size,
                "grain": [GRAINS[Grain.HOUR]] * size,
                "start": stored_times(starts_us, connection.dialect),
                **figures,
            }
            bulk_upsert_columns(connection, rollup, rows, _MERGE, only_if=_as_well_founded)
            number = known.series_id
            return size + _roll_days(connection, {number: known}, {number: days}, zone)


def _read_columns(
    connection: sa.Connection, series_ids: Sequence[int], grain: Grain, start: datetime, end: datetime
) -> dict[int, RollupColumns]:
    table = rollup.c
    query = (
        sa.select(
            table.series_id,
            epoch_us(table.start, connection.dialect),
            *(table[name] for name in _FIGURES),
        )
        .where(table.series_id.in_(series_ids), table.grain == GRAINS[grain])
        .where(table.start >= start, table.start < end)
        .order_by(table.series_id, table.start)
    )
    # Whole numbers of this size are exact as floats: microseconds since 1970 until the year 2255.
    flat = np.fromiter(chain.from_iterable(connection.execute(query)), dtype=np.float64)
    numbers, *columns = flat.reshape(-1, 2 + len(_FIGURES)).T
    ends = np.searchsorted(numbers, series_ids, side="right").tolist()
    found, low = {}, 0
    for number, high in zip(series_ids, ends, strict=True):
        part = [one[low:high] for one in columns]
        starts_us, count, expected = (one.astype(np.int64) for one in part[:3])
        found[number] = RollupColumns(starts_us, count, expected, *part[3:])
        low = high
    return found


def _as_well_founded(incoming: Columns) -> "sa.ColumnElement[bool]":
    return incoming.n >= rollup.c.n


def _roll_hours(
    connection: sa.Connection,
    known: Mapping[int, Series],
    touched: Mapping[int, Sequence[datetime]],
    zone: ZoneInfo,
) -> None:
    spans = []
    for series_id, hours in touched.items():
        one = known[series_id]
        for hour in hours:
            interval = interval_of(Grain.HOUR, hour, zone)
            spans.append(_span(one, Grain.HOUR, interval, values_of(interval, one.period_s)))
    _make(connection, spans, _raw_values())


def _roll_days(
    connection: sa.Connection,
    known: Mapping[int, Series],
    touched: Mapping[int, Sequence[datetime]],
    zone: ZoneInfo,
) -> int:
    """Days, weeks and months that hold the touched hours (of a day one is enough); how many were made."""
    made = 0
    for grain in LOCAL_GRAINS:
        spans = [
            _span(known[series_id], grain, interval, interval)
            for series_id, hours in touched.items()
            for interval in intervals_of(grain, hours, zone)
        ]
        _make(connection, spans, _rollups_of(_PART_OF[grain]))
        made += len(spans)
    return made


def _span(one: Series, grain: Grain, interval: Interval, values: Interval) -> dict[str, Any]:
    return {
        "series_id": one.series_id,
        "grain": GRAINS[grain],
        "start": interval[0],
        "low": values[0],
        "high": values[1],
        "expected": expected_values(one.cadence_s, interval),
    }


class _Parts(NamedTuple):
    """What rollups are made of: rows of `table` at `moment`, and how they are summed up."""

    table: sa.FromClause
    moment: "sa.ColumnElement[Any]"
    last: "sa.ColumnElement[Any]"
    n: "sa.ColumnElement[Any]"
    minimum: "sa.ColumnElement[Any]"
    mean: "sa.ColumnElement[Any]"
    maximum: "sa.ColumnElement[Any]"
    only: "sa.ColumnElement[bool]"


def _raw_values() -> _Parts:
    table = observation.alias("part")
    value = table.c.value
    return _Parts(
        table,
        moment=table.c.observed_at,
        last=value,
        n=sa.func.count(value),
        minimum=sa.func.min(value),
        mean=sa.func.avg(value),
        maximum=sa.func.max(value),
        only=sa.true(),
    )


def _rollups_of(grain: Grain) -> _Parts:
    table = rollup.alias("part")
    count = sa.func.sum(table.c.n)
    return _Parts(
        table,
        moment=table.c.start,
        last=table.c.last,
        n=count,
        minimum=sa.func.min(table.c.minimum),
        mean=sa.func.sum(table.c.n * table.c.mean) / count,
        maximum=sa.func.max(table.c.maximum),
        only=table.c.grain == GRAINS[grain],
    )


def _make(connection: sa.Connection, spans: Sequence[Mapping[str, Any]], parts: _Parts) -> None:
    """Write the rollup of each span that any of the parts lies in."""
    staged_spans = staged(connection, _SPAN.name, _SPAN, spans)
    span = staged_spans.c
    inside = sa.and_(
        parts.table.c.series_id == span.series_id,
        parts.moment >= span.low,
        parts.moment < span.high,
        parts.only,
    )
    last = sa.select(parts.last).where(inside).order_by(parts.moment.desc()).limit(1).correlate(staged_spans)
    key = (span.series_id, span.grain, span.start, span.expected, last.scalar_subquery().label("last"))
    figures = (
        parts.n.label("n"),
        parts.minimum.label("minimum"),
        parts.mean.label("mean"),
        parts.maximum.label("maximum"),
    )
    if connection.dialect.name == "postgresql":
        # Of a table just filled PostgreSQL knows nothing: only a lateral subquery keeps it from reading
        # all partitions for a handful of hours.
        found = sa.select(*figures).where(inside).lateral("found")
        chosen = sa.select(*key, *found.c).where(found.c.n > 0)
    else:
        # The outer join holds SQLite to this order: spans first, then their rows by key.
        chosen = (
            sa.select(*key, *figures)
            .select_from(staged_spans.outerjoin(parts.table, inside))
            .where(span.expected > 0)
            .group_by(span.series_id, span.start)
            .having(parts.n > 0)
        )
    upsert_from(connection, rollup, chosen, _MERGE, only_if=_as_well_founded)
