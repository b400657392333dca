"""The part of the SQL history that holds raw observations, their features and tickets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data_sources.model.observation import Feature, Observation, Ticket
from data_sources.stores import codec, partitions
from data_sources.stores.base import SeriesValues
from data_sources.stores.engine import Database
from data_sources.stores.folding import hour_of_utc
from data_sources.stores.intervals import counts_for
from data_sources.stores.observation_folding import (
    SeriesKey,
    Told,
    by_series,
    is_news,
    key_of,
    observation_of,
    same_value,
    ticket_ended_at,
)
from data_sources.stores.observation_schema import feature, marked_hour, observation, ticket
from data_sources.stores.observation_schema import series as series_table
from data_sources.stores.schema import MAX_KEY_CHARS, storable
from data_sources.stores.sql_series import portions, register, series_by_id
from data_sources.stores.upsert import Merge, bulk_upsert, staged

CROSSINGS_AT_ONCE = 100
"""Series in one statement: SQLite joins at most 500 queries by UNION."""

_VALUE_MERGE = dict.fromkeys(("received_at", "value", "flags"), Merge.REPLACE)
_TICKET_MERGE = dict.fromkeys(("opened_at", "ended_at", "body"), Merge.REPLACE)


class SqlObservations:
    """Observations of a HistoryStore on `_database`; see `sql_rollups.py` for what is made of them."""

    _database: Database

    def record_observations(
        self, observations: Sequence[Observation], features: Sequence[Feature] = ()
    ) -> Mapping[str, int]:
        """Keep observations and what they are of, in one transaction, and mark the hours they touch."""
        told = by_series(observations)
        self._make_room(told)
        with self._database.write() as connection:
            store_features(connection, features)
            return store_values(connection, told)

    def features(self) -> dict[str, tuple[Feature, ...]]:
        """What has been observed, by feed."""
        query = sa.select(feature).order_by(feature.c.feed_id, feature.c.feature_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        found: dict[str, list[Feature]] = {}
        for row in rows:
            found.setdefault(row.feed_id, []).append(codec.feature_from_json(row.body))
        return {feed_id: tuple(features) for feed_id, features in found.items()}

    def observation_values(
        self, series_ids: Sequence[int], start: datetime, end: datetime
    ) -> list[SeriesValues]:
        """Raw values in the interval, series in the order asked for."""
        table = observation.c
        values: dict[int, tuple[list[datetime], list[float]]] = {}
        flags: dict[int, dict[datetime, tuple[str, ...]]] = {}
        with self._database.read() as connection:
            known = series_by_id(connection, series_ids)
            for some in portions(sorted(known)):
                query = (
                    sa.select(table.series_id, table.observed_at, table.value, table.flags)
                    .where(table.series_id.in_(some), table.observed_at >= start, table.observed_at < end)
                    .order_by(table.series_id, table.observed_at)
                )
                for series_id, observed_at, value, told in connection.execute(query):
                    times, numbers = values.setdefault(series_id, ([], []))
                    times.append(observed_at)
                    numbers.append(value)
                    if told:
                        flags.setdefault(series_id, {})[observed_at] = _flags(told)
        return [
            SeriesValues(series=known[number], times=times, values=numbers, flags=flags.get(number, {}))
            for number in series_ids
            if number in known
            for times, numbers in [values.get(number, ([], []))]
        ]

    def crossings(
        self, edges: Mapping[int, Sequence[float]], start: datetime, end: datetime
    ) -> list[SeriesValues]:
        """Of each series the first raw value in the interval, and those on another side of its edges."""
        values: dict[int, tuple[list[datetime], list[float]]] = {}
        with self._database.read() as connection:
            known = series_by_id(connection, edges)
            for some in portions(sorted(known), CROSSINGS_AT_ONCE):
                query = _crossings({number: edges[number] for number in some}, start, end)
                for series_id, observed_at, value in connection.execute(query):
                    times, numbers = values.setdefault(series_id, ([], []))
                    times.append(observed_at)
                    numbers.append(value)
        return [
            SeriesValues(series=known[number], times=times, values=numbers)
            for number in edges
            if number in known
            for times, numbers in [values.get(number, ([], []))]
        ]

    def latest_observations(
        self, since: datetime, feed_id: str | None = None, until: datetime | None = None
    ) -> dict[str, tuple[Observation, ...]]:
        """Newest value of each series observed since then, by feed."""
        query = _newest_values(since, until, lateral=self._database.dialect == "postgresql")
        if feed_id is not None:
            query = query.where(series_table.c.feed_id == feed_id)
        with self._database.read() as connection:
            rows = {row.series_id: row for row in connection.execute(query)}
            known = series_by_id(connection, rows)
        found: dict[str, list[Observation]] = {}
        for one in sorted(known.values(), key=key_of):
            row = rows[one.series_id]
            told = observation_of(one, row.observed_at, row.value, row.received_at, _flags(row.flags))
            found.setdefault(one.feed_id, []).append(told)
        return {feed_id: tuple(told) for feed_id, told in found.items()}

    def record_tickets(self, tickets: Sequence[Ticket]) -> None:
        """Open or refresh citizens' reports by feed and ticket id."""
        with self._database.write() as connection:
            store_tickets(connection, tickets)

    def tickets_between(self, start: datetime, end: datetime, feed_id: str | None = None) -> list[Ticket]:
        """Reports that were open at any time in the interval, oldest first."""
        table = ticket.c
        in_time = sa.or_(table.ended_at.is_(None), table.ended_at > start, table.opened_at >= start)
        query = (
            sa.select(table.body)
            .where(table.opened_at < end, in_time)
            .order_by(table.opened_at, table.feed_id, table.ticket_id)
        )
        if feed_id is not None:
            query = query.where(table.feed_id == feed_id)
        with self._database.read() as connection:
            return [codec.ticket_from_json(body) for body in connection.scalars(query)]

    def _make_room(self, told: Mapping[SeriesKey, Told]) -> None:
        partitions.make_room(self._database, (moment for one in told.values() for moment in one.values))


def store_values(connection: sa.Connection, told: Mapping[SeriesKey, Told]) -> dict[str, int]:
    """Keep values that are new or corrected, and mark their hours; `new`, `corrected`, `unchanged`."""
    counts = {"new": 0, "corrected": 0, "unchanged": 0}
    if not told:
        return counts
    registered = register(connection, {key: one.series for key, one in told.items()})
    incoming = {
        (registered[key].series_id, moment): one
        for key, (_, values) in told.items()
        for moment, one in values.items()
    }
    known = _known_values(connection, sorted(incoming))
    changed, marks = [], set()
    for row_key, one in sorted(incoming.items(), key=lambda item: item[0]):
        before = known.get(row_key)
        if same_value(before, one):
            counts["unchanged"] += 1
            continue
        counts["new" if before is None else "corrected"] += 1
        series_id, observed_at = row_key
        changed.append(
            {
                "series_id": series_id,
                "observed_at": observed_at,
                "received_at": one.received_at,
                "value": one.value,
                "flags": " ".join(one.flags) or None,
            }
        )
        marks.add((hour_of_utc(counts_for(observed_at, one.period_s)), series_id))
    bulk_upsert(connection, observation, changed, _VALUE_MERGE)
    rows = [{"hour": hour, "series_id": series_id, "touched": 1} for hour, series_id in sorted(marks)]
    bulk_upsert(connection, marked_hour, rows, {"touched": Merge.ADD})
    return counts


def _known_values(
    connection: sa.Connection, keys: Sequence[tuple[int, datetime]]
) -> dict[tuple[int, datetime], tuple[float, tuple[str, ...]]]:
    """Values with their flags that are there for (series, time)."""
    names = ("series_id", "observed_at")
    rows = [dict(zip(names, key, strict=True)) for key in keys]
    wanted = staged(connection, "staged_value_key", observation, rows)
    # Scalar subqueries look each row up by its key; a join would tempt PostgreSQL, which knows nothing
    # of a table just filled, to read all partitions.
    same = sa.and_(*(observation.c[name] == wanted.c[name] for name in names))
    value, flags = (
        sa.select(observation.c[name]).where(same).scalar_subquery() for name in ("value", "flags")
    )
    found = connection.execute(sa.select(*wanted.c, value.label("value"), flags.label("flags")))
    return {
        (row.series_id, row.observed_at): (row.value, _flags(row.flags))
        for row in found
        if row.value is not None
    }


def store_features(connection: sa.Connection, features: Sequence[Feature]) -> None:
    """Keep what is observed, as last told."""
    rows = {
        (storable(one.feed_id, MAX_KEY_CHARS), storable(one.feature_id, MAX_KEY_CHARS)): one
        for one in features
    }
    bulk_upsert(
        connection,
        feature,
        [
            {"feed_id": feed_id, "feature_id": feature_id, "body": codec.feature_json(one)}
            for (feed_id, feature_id), one in sorted(rows.items(), key=lambda item: item[0])
        ],
        {"body": Merge.REPLACE},
    )


def store_tickets(connection: sa.Connection, tickets: Sequence[Ticket]) -> None:
    """Keep reports that say something new."""
    told = [(storable(one.feed_id, MAX_KEY_CHARS), storable(one.ticket_id, MAX_KEY_CHARS)) for one in tickets]
    after = _known_tickets(connection, sorted(set(told)))
    changed = {}
    for key, one in zip(told, tickets, strict=True):
        if is_news(after.get(key), one):
            after[key] = changed[key] = one
    rows = [
        {
            "feed_id": feed_id,
            "ticket_id": ticket_id,
            "opened_at": one.opened_at,
            "ended_at": ticket_ended_at(one),
            "body": codec.ticket_json(one),
        }
        for (feed_id, ticket_id), one in sorted(changed.items(), key=lambda item: item[0])
    ]
    bulk_upsert(connection, ticket, rows, _TICKET_MERGE)


def _known_tickets(
    connection: sa.Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Ticket]:
    pair = sa.tuple_(ticket.c.feed_id, ticket.c.ticket_id)
    return {
        (row.feed_id, row.ticket_id): codec.ticket_from_json(row.body)
        for some in portions(keys)
        for row in connection.execute(sa.select(ticket).where(pair.in_(some)))
    }


def _crossings(edges: Mapping[int, Sequence[float]], start: datetime, end: datetime) -> "sa.Select[Any]":
    """Series by series in the order of the key: nothing is sorted but what is told, a few of thousands."""
    crossed = sa.union_all(*(_crossings_of(number, edges[number], start, end) for number in edges))
    told = crossed.subquery().c
    return sa.select(told.series_id, told.observed_at, told.value).order_by(told.series_id, told.observed_at)


def _crossings_of(series_id: int, edges: Sequence[float], start: datetime, end: datetime) -> "sa.Select[Any]":
    table = observation.c
    before = sa.func.lag(table.value).over(order_by=table.observed_at)
    one = (
        sa.select(table.series_id, table.observed_at, table.value, before.label("before"))
        .where(table.series_id == series_id, table.observed_at >= start, table.observed_at < end)
        .subquery()
    ).c
    below = ((one.value < edge) != (one.before < edge) for edge in edges)
    above = ((one.value > edge) != (one.before > edge) for edge in edges)
    elsewhere = sa.or_(one.before.is_(None), *below, *above)
    return sa.select(one.series_id, one.observed_at, one.value).where(elsewhere)


def _newest_values(since: datetime, until: datetime | None, *, lateral: bool) -> "sa.Select[Any]":
    """The newest raw value since then (and not after `until`) of each series, looked up by its key.

    In both engines' own words: either would read all values of that time if it were told otherwise.
    """
    registry, value = series_table.c, observation.alias("newest")
    of_series = sa.and_(value.c.series_id == registry.series_id, value.c.observed_at >= since)
    if until is not None:
        of_series = sa.and_(of_series, value.c.observed_at <= until)
    query = sa.select(registry.series_id).where(registry.last_at >= since)
    names = ("observed_at", "received_at", "value", "flags")
    if lateral:
        columns = [value.c[name] for name in names]
        found = sa.select(*columns).where(of_series).order_by(value.c.observed_at.desc()).limit(1).lateral()
        return query.add_columns(*found.c).select_from(series_table.join(found, sa.true()))
    any_value = observation.alias("any_value").c
    newest = (
        sa.select(sa.func.max(any_value.observed_at))
        .where(any_value.series_id == registry.series_id)
        .where(sa.true() if until is None else any_value.observed_at <= until)
        .correlate(series_table)
        .scalar_subquery()
    )
    one = series_table.outerjoin(value, sa.and_(of_series, value.c.observed_at == newest))
    return (
        query.add_columns(*(value.c[name] for name in names))
        .select_from(one)
        .where(value.c.value.is_not(None))
    )


def _flags(text: str | None) -> tuple[str, ...]:
    return tuple(text.split()) if text else ()
