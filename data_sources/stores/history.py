"""The history store on a SQL database: SQLite (one machine) or PostgreSQL 15 and later.

`record` is one transaction, and a batch of positions is one row of it: acknowledged means committed,
and there is no half of a batch. `compact` rewrites the batches of a minute that is over into one
frame; see docs/decisions/0002-positions-as-frames.md.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from data_sources.errors import FeedContentError
from data_sources.model.feed import Batch, FeedStatus, Payload
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition
from data_sources.stores import codec, compaction, frame_codec
from data_sources.stores.base import Quarantined, Retention
from data_sources.stores.engine import Database
from data_sources.stores.epoch import from_epoch_us
from data_sources.stores.folding import (
    Record,
    minute_of,
    newest_fixes,
    once_a_minute,
    received_at_once,
    refusals,
    says_something,
)
from data_sources.stores.observation_folding import by_series
from data_sources.stores.pruning import prune
from data_sources.stores.schema import (
    MAX_KEY_CHARS,
    alert_batch,
    feed_status,
    position_batch,
    position_frame,
    quarantine,
    storable,
    trip_update_batch,
)
from data_sources.stores.sql_evidence import SqlEvidence, payload_row, store_message
from data_sources.stores.sql_observations import (
    SqlObservations,
    store_features,
    store_tickets,
    store_values,
)
from data_sources.stores.sql_operations import SqlOperations
from data_sources.stores.sql_rollups import SqlRollups
from data_sources.stores.sql_traffic import SqlTraffic
from data_sources.stores.upsert import Merge, bulk_upsert

_T = TypeVar("_T", TripUpdate, ServiceAlert)
_NO_TIME = from_epoch_us(0)
_QUARANTINE_MERGE = {
    "detail": Merge.REPLACE,
    "record": Merge.REPLACE,
    "last_at": Merge.REPLACE,
    "count": Merge.ADD,
    "payload_id": Merge.REPLACE,
}
_STATUS_MERGE = {"state": Merge.REPLACE, "updated_at": Merge.REPLACE, "body": Merge.REPLACE}


class SqlHistory(SqlTraffic, SqlOperations, SqlObservations, SqlRollups, SqlEvidence):
    """A HistoryStore at a SQLAlchemy URL: what feeds say here; traffic, operations, observations and
    evidence in its bases.

    It never makes tables: see `migrations.upgrade`.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    def record(
        self, feed_id: str, received_at: datetime, batch: Batch, status: FeedStatus, payload: Payload | None
    ) -> None:
        """Commit a judged batch, its refused entities, its payload and the feed's status as one."""
        try:
            rows = _rows(feed_id, received_at, batch, status, payload)
            told = by_series(batch.observations)
        except (UnicodeError, OverflowError) as error:
            raise FeedContentError("not_storable", f"{feed_id}: {error}") from error
        self._make_room(told)
        with self._database.write() as connection:
            payload_id = store_message(connection, rows.payload)
            if rows.positions:
                connection.execute(sa.insert(position_batch), rows.positions)
            _store_content(connection, trip_update_batch, rows.trip_updates)
            _store_content(connection, alert_batch, rows.alerts)
            store_features(connection, batch.features)
            store_values(connection, told)
            store_tickets(connection, batch.tickets)
            refused = [{**row, "payload_id": payload_id} for row in rows.refused]
            bulk_upsert(connection, quarantine, refused, _QUARANTINE_MERGE)
            bulk_upsert(connection, feed_status, [rows.status], _STATUS_MERGE)

    def positions_between(
        self, start: datetime, end: datetime, feed_id: str | None = None
    ) -> list[VehiclePosition]:
        """Fixes with start <= received_at < end, oldest first, from batches and frames alike."""
        frames, batches = self._bodies(start, end, feed_id)
        fixes = [fix for _, body in frames for fix in frame_codec.decode_frame(body)]
        fixes += [fix for body in batches for fix in codec.unpack_positions(body)]
        return [fix for fix in once_a_minute(fixes) if start <= fix.received_at < end]

    def latest_positions(self, since: datetime) -> dict[str, tuple[VehiclePosition, ...]]:
        """Newest fix of each vehicle received since then, by feed."""
        frames, batches = self._bodies(since, None, None)
        # One after the other: an hour of a large fleet need not fit in memory.
        fixes = chain(
            chain.from_iterable(
                frame_codec.decode_newest(body) if minute >= since else frame_codec.decode_frame(body)
                for minute, body in frames
            ),
            chain.from_iterable(map(codec.unpack_positions, batches)),
        )
        return newest_fixes(fix for fix in fixes if fix.received_at >= since)

    def latest_trip_updates(self, since: datetime) -> dict[str, tuple[TripUpdate, ...]]:
        """Trip updates of each feed's last message that carried its picture of them."""
        return self._latest_content(trip_update_batch, since, codec.unpack_trip_updates)

    def latest_alerts(self, since: datetime) -> dict[str, tuple[ServiceAlert, ...]]:
        """Alerts of each feed's last message that carried its picture of them."""
        return self._latest_content(alert_batch, since, codec.unpack_alerts)

    def feed_statuses(self) -> dict[str, FeedStatus]:
        """Statuses by feed id."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(feed_status.c.feed_id, feed_status.c.body)).all()
        return {row.feed_id: codec.status_from_json(row.body) for row in rows}

    def compact(self, before: datetime) -> int:
        """Fold the batches of whole minutes before then into frames; number of batches folded."""
        return compaction.compact(self._database, before)

    def prune(self, now: datetime, retention: Retention) -> Mapping[str, int]:
        """Delete what is older than its retention; rows deleted by table."""
        return prune(self._database, now, retention)

    def quarantined(self, feed_id: str | None = None, limit: int = 100) -> list[Quarantined]:
        """Refused entities, the last refused first."""
        table = quarantine.c
        query = sa.select(quarantine).order_by(
            table.last_at.desc(), table.feed_id, table.code, table.entity_id
        )
        if feed_id is not None:
            query = query.where(table.feed_id == feed_id)
        with self._database.read() as connection:
            rows = connection.execute(query.limit(limit)).mappings().all()
        return [Quarantined(**{**row, "record": codec.record_from_json(row["record"])}) for row in rows]

    def check_schema(self) -> None:
        """StoreError when the database is not migrated to what this program needs."""
        self._database.check_schema()

    def ping(self) -> None:
        """Return when the database answers and its schema fits."""
        self._database.ping()

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _bodies(
        self, start: datetime, end: datetime | None, feed_id: str | None
    ) -> tuple[list[tuple[datetime, bytes]], list[bytes]]:
        """Frames (minute, body) and bodies of the batches that may hold fixes of that time, in order."""
        frames = (
            sa.select(position_frame.c.minute, position_frame.c.body)
            .where(position_frame.c.minute >= minute_of(start))
            .order_by(position_frame.c.minute)
        )
        batches = (
            sa.select(position_batch.c.body)
            .where(position_batch.c.last_at >= start)
            .order_by(position_batch.c.seq)
        )
        if end is not None:
            frames = frames.where(position_frame.c.minute < end)
            batches = batches.where(position_batch.c.first_at < end)
        if feed_id is not None:
            frames = frames.where(position_frame.c.feed_id == feed_id)
            batches = batches.where(position_batch.c.feed_id == feed_id)
        with self._database.read() as connection:
            rows = [(row.minute, row.body) for row in connection.execute(frames)]
            return rows, list(connection.scalars(batches))

    def _latest_content(
        self, table: sa.Table, since: datetime, unpack: Callable[[bytes], tuple[_T, ...]]
    ) -> dict[str, tuple[_T, ...]]:
        newest = sa.select(sa.func.max(table.c.seq)).group_by(table.c.feed_id)
        query = sa.select(table).where(table.c.seq.in_(newest), table.c.last_at >= since)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {row.feed_id: received_at_once(unpack(row.body), row.last_at) for row in rows}


class _Rows(NamedTuple):
    """What one message becomes, encoded before the transaction begins: the write lock is held shortly."""

    positions: dict[str, Any] | None
    trip_updates: dict[str, Any] | None
    alerts: dict[str, Any] | None
    payload: dict[str, Any] | None
    refused: list[dict[str, Any]]
    status: dict[str, Any]


def _rows(
    feed_id: str, received_at: datetime, batch: Batch, status: FeedStatus, payload: Payload | None
) -> _Rows:
    return _Rows(
        positions=_position_row(feed_id, batch.positions),
        trip_updates=_content_row(feed_id, received_at, batch, batch.trip_updates),
        alerts=_content_row(feed_id, received_at, batch, batch.alerts),
        payload=None if payload is None else payload_row(feed_id, payload),
        refused=_quarantine_rows(feed_id, received_at, batch),
        status={
            "feed_id": status.feed_id,
            "state": status.state.value,
            "updated_at": received_at,
            "body": codec.status_json(status),
        },
    )


def _position_row(feed_id: str, positions: tuple[VehiclePosition, ...]) -> dict[str, Any] | None:
    if not positions:
        return None
    times = [position.received_at for position in positions]
    return {
        "feed_id": feed_id,
        "first_at": min(times),
        "last_at": max(times),
        "n": len(positions),
        "body": codec.pack(positions),
    }


def _content_row(
    feed_id: str, received_at: datetime, batch: Batch, records: tuple[Record, ...]
) -> dict[str, Any] | None:
    """The row of a message's trip updates or alerts; None when it says nothing of them."""
    if not says_something(batch):
        return None
    content = received_at_once(records, _NO_TIME)
    return {
        "feed_id": feed_id,
        "first_at": received_at,
        "last_at": received_at,
        "digest": codec.content_digest(content),
        "n": len(content),
        "body": codec.pack(content),
    }


def _store_content(connection: sa.Connection, table: sa.Table, row: dict[str, Any] | None) -> None:
    """Add the row, or lengthen the time of the feed's last one when it says the same."""
    if row is None:
        return
    last = connection.execute(
        sa.select(table.c.seq, table.c.digest)
        .where(table.c.feed_id == row["feed_id"])
        .order_by(table.c.seq.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and last.digest == row["digest"]:
        connection.execute(sa.update(table).where(table.c.seq == last.seq).values(last_at=row["last_at"]))
    elif last is not None or row["n"]:
        # A feed that never had any need not say so at every message.
        connection.execute(sa.insert(table), row)


def _quarantine_rows(feed_id: str, received_at: datetime, batch: Batch) -> list[dict[str, Any]]:
    """One row for each code and entity of the batch, counted."""
    return [
        {
            "feed_id": feed_id,
            "code": refused.code,
            "entity_id": refused.entity_id,
            "detail": refused.detail,
            "record": codec.record_json(refused.record),
            "first_at": received_at,
            "last_at": received_at,
            "count": count,
        }
        for refused, count in refusals(batch.rejected, lambda entity_id: storable(entity_id, MAX_KEY_CHARS))
    ]
