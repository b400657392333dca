"""Retention: what is too old goes, in transactions so small that nobody waits for them."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from data_sources.stores.base import Retention
from data_sources.stores.engine import Database
from data_sources.stores.folding import hour_of_utc, minute_of
from data_sources.stores.schema import (
    alert_batch,
    incident,
    link_frame,
    link_hour,
    link_set,
    payload,
    position_batch,
    position_frame,
    prediction_score,
    quarantine,
    service_minute,
    stop_passage,
    trip_update_batch,
)

ROWS_PER_TRANSACTION = 500


def prune(database: Database, now: datetime, retention: Retention) -> Mapping[str, int]:
    """Delete what is older than its retention; rows deleted by table."""
    oldest_minute = minute_of(now - retention.positions)
    since_operations = now - retention.operations
    too_old = (
        (position_frame, position_frame.c.minute < oldest_minute),
        (position_batch, position_batch.c.last_at < oldest_minute),
        (trip_update_batch, trip_update_batch.c.last_at < now - retention.trip_updates),
        (alert_batch, alert_batch.c.last_at < now - retention.trip_updates),
        (quarantine, quarantine.c.last_at < now - retention.quarantine),
        (payload, payload.c.received_at < now - retention.payloads),
        (link_frame, link_frame.c.minute < minute_of(now - retention.link_frames)),
        (link_hour, link_hour.c.hour < hour_of_utc(now - retention.link_hours)),
        (link_set, ~sa.or_(_named_by(link_frame), _named_by(link_hour))),
        (incident, incident.c.closed_at < now - retention.incidents),
        (stop_passage, stop_passage.c.passed_at < since_operations),
        (service_minute, service_minute.c.minute < since_operations),
        (prediction_score, prediction_score.c.day < since_operations.date()),
    )
    return {table.name: _delete(database, table, condition) for table, condition in too_old}


def _named_by(table: sa.Table) -> "sa.ColumnElement[bool]":
    return sa.exists().where(table.c.link_set_id == link_set.c.link_set_id)


def _delete(database: Database, table: sa.Table, condition: "sa.ColumnElement[bool]") -> int:
    key = sa.tuple_(*table.primary_key.columns)
    some = sa.select(*table.primary_key.columns).where(condition).limit(ROWS_PER_TRANSACTION)
    statement = sa.delete(table).where(key.in_(some))
    deleted = 0
    while True:
        with database.write() as connection:
            rows = connection.execute(statement).rowcount
        deleted += rows
        if rows < ROWS_PER_TRANSACTION:
            return deleted
