"""The part of the SQL history that holds transit operations, and the inbox of pushed notifications."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from data_sources.model.feed import Payload
from data_sources.model.operations import PredictionScore, ServiceMinute, StopPassage
from data_sources.stores import codec
from data_sources.stores.engine import Database
from data_sources.stores.folding import refuse_when_full, summed
from data_sources.stores.schema import (
    MAX_KEY_CHARS,
    inbox,
    prediction_score,
    service_minute,
    stop_passage,
    storable,
)
from data_sources.stores.upsert import Merge, bulk_upsert

_SUMS = ("count", "sum_error_s", "sum_absolute_error_s", "sum_baseline_error_s")
"""In SQL, too, unknown and known together are unknown."""


class SqlOperations:
    """Transit operations of a HistoryStore on `_database`."""

    _database: Database

    def record_operations(
        self,
        passages: Sequence[StopPassage],
        minutes: Sequence[ServiceMinute],
        scores: Sequence[PredictionScore],
    ) -> None:
        """Keep passages once, replace service minutes, add to scores; one transaction."""
        with self._database.write() as connection:
            _replace(connection, stop_passage, passages)
            _replace(connection, service_minute, minutes)
            rows = _unique(prediction_score, summed(scores))
            bulk_upsert(connection, prediction_score, rows, dict.fromkeys(_SUMS, Merge.ADD))

    def passages_between(
        self, start: datetime, end: datetime, route_id: str | None = None, stop_id: str | None = None
    ) -> list[StopPassage]:
        """Passages in the interval, oldest first."""
        table = stop_passage.c
        query = (
            sa.select(stop_passage)
            .where(table.passed_at >= start, table.passed_at < end)
            .order_by(table.passed_at, table.route_id, table.call, table.vehicle_id)
        )
        if route_id is not None:
            query = query.where(table.route_id == route_id)
        if stop_id is not None:
            query = query.where(table.stop_id == stop_id)
        return [StopPassage(**row) for row in self._rows(query)]

    def service_minutes(
        self, start: datetime, end: datetime, route_id: str | None = None
    ) -> list[ServiceMinute]:
        """Minutes in the interval, by time, then route."""
        table = service_minute.c
        query = (
            sa.select(service_minute)
            .where(table.minute >= start, table.minute < end)
            .order_by(table.minute, table.route_id)
        )
        if route_id is not None:
            query = query.where(table.route_id == route_id)
        return [ServiceMinute(**row) for row in self._rows(query)]

    def prediction_scores(self, since: date) -> list[PredictionScore]:
        """Scores of that day and later, by route, day and horizon."""
        table = prediction_score.c
        query = (
            sa.select(prediction_score)
            .where(table.day >= since)
            .order_by(table.route_id, table.day, table.horizon_min)
        )
        return [PredictionScore(**row) for row in self._rows(query)]

    def put_inbox(self, feed_id: str, payload: Payload) -> int:
        """Keep a notification; it is acknowledged once this returns. InboxFullError when too many wait."""
        waiting = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(inbox.c.body)), 0))
        row = {"feed_id": feed_id, "received_at": payload.received_at, "body": codec.pack_payload(payload)}
        with self._database.write() as connection:
            count, size = connection.execute(waiting.where(inbox.c.feed_id == feed_id)).one()
            refuse_when_full(feed_id, int(count), int(size))
            return int(connection.execute(sa.insert(inbox).returning(inbox.c.inbox_id), row).scalar_one())

    def take_inbox(self, feed_id: str, limit: int = 100) -> list[tuple[int, Payload]]:
        """Notifications that wait, oldest first; they stay until `clear_inbox`."""
        table = inbox.c
        query = (
            sa.select(table.inbox_id, table.body)
            .where(table.feed_id == feed_id)
            .order_by(table.inbox_id)
            .limit(limit)
        )
        return [(row["inbox_id"], codec.unpack_payload(row["body"])) for row in self._rows(query)]

    def clear_inbox(self, ids: Sequence[int]) -> None:
        """Forget notifications that were recorded."""
        if not ids:
            return
        with self._database.write() as connection:
            connection.execute(sa.delete(inbox).where(inbox.c.inbox_id.in_(ids)))

    def _rows(self, query: "sa.Select[Any]") -> Sequence[sa.RowMapping]:
        with self._database.read() as connection:
            return connection.execute(query).mappings().all()


def _replace(connection: sa.Connection, table: sa.Table, records: Sequence[msgspec.Struct]) -> None:
    merge = {column.name: Merge.REPLACE for column in table.columns if not column.primary_key}
    bulk_upsert(connection, table, _unique(table, records), merge)


def _unique(table: sa.Table, records: Sequence[msgspec.Struct]) -> list[dict[str, Any]]:
    """Rows of the records, of the same key the last one, texts of the key as they will be stored."""
    key = [column.name for column in table.primary_key.columns]
    rows = {}
    for record in records:
        row = {column.name: getattr(record, column.name) for column in table.columns}
        for name in key:
            if isinstance(row[name], str):
                row[name] = storable(row[name], MAX_KEY_CHARS)
        rows[tuple(row[name] for name in key)] = row
    return list(rows.values())
