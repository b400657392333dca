"""Retention: what is too old goes, in transactions so small that nobody waits for them."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from data_sources.model.observation import Grain
from data_sources.stores import partitions
from data_sources.stores.base import Retention
from data_sources.stores.engine import Database
from data_sources.stores.folding import hour_of_utc, minute_of
from data_sources.stores.observation_folding import SLOW_FROM_S
from data_sources.stores.observation_schema import GRAINS, observation, rollup, series, ticket
from data_sources.stores.schema import (
    alert_batch,
    inbox,
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
_FILES = sa.select(payload.c.payload_id).where(payload.c.file_digest.is_not(None))


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
        (payload, sa.or_(_old_messages(now, retention), _old_files(now, retention))),
        (link_frame, link_frame.c.minute < minute_of(now - retention.link_frames)),
        (link_hour, link_hour.c.hour < hour_of_utc(now - retention.link_hours)),
        (link_set, ~sa.or_(_named_by(link_frame), _named_by(link_hour))),
        (incident, incident.c.closed_at < now - retention.incidents),
        (stop_passage, stop_passage.c.passed_at < since_operations),
        (service_minute, service_minute.c.minute < since_operations),
        (prediction_score, prediction_score.c.day < since_operations.date()),
        (inbox, inbox.c.received_at < now - retention.inbox),
        (ticket, ticket.c.ended_at < now - retention.tickets),
    )
    deleted = {table.name: _delete(database, table, condition) for table, condition in too_old}
    return {**deleted, **_prune_observations(database, now, retention)}


def _prune_observations(database: Database, now: datetime, retention: Retention) -> Mapping[str, int]:
    """Raw values by whole months of UTC, hours one by one; none of slow series.

    Each series by itself: its rows lie together, and no index by time alone has to be kept for this.
    """
    oldest_month = partitions.month_of(now - retention.observations)
    oldest_hour = hour_of_utc(now - retention.rollup_hours)
    slow = series.c.cadence_s >= SLOW_FROM_S
    with database.read() as connection:
        fast = list(connection.scalars(sa.select(series.c.series_id).where(~slow)))
    values = hours = 0
    if database.dialect == "postgresql":
        values = partitions.emptied(database, oldest_month, sa.select(series.c.series_id).where(slow))
    for number in fast:
        if database.dialect != "postgresql":
            raw = observation.c
            old_values = sa.and_(raw.series_id == number, raw.observed_at < oldest_month)
            values += _delete(database, observation, old_values)
        table = rollup.c
        old_hours = sa.and_(table.series_id == number, table.grain == GRAINS[Grain.HOUR])
        hours += _delete(database, rollup, sa.and_(old_hours, table.start < oldest_hour))
    return {"observation": values, "rollup": hours}


def _old_messages(now: datetime, retention: Retention) -> "sa.ColumnElement[bool]":
    """Messages that are too old, but for the last of each feed: of a feed that is silent it is what its
    values rest on, and is kept longer."""
    # Files are few and stand in an index of their own; the column itself lies behind each body.
    is_message = payload.c.payload_id.not_in(_FILES)
    newest = sa.select(sa.func.max(payload.c.payload_id)).where(is_message).group_by(payload.c.feed_id)
    old = sa.and_(payload.c.received_at < now - retention.payloads, payload.c.payload_id.not_in(newest))
    return sa.and_(is_message, sa.or_(old, payload.c.received_at < now - retention.last_payload))


def _old_files(now: datetime, retention: Retention) -> "sa.ColumnElement[bool]":
    """Files that are too old, or that with all newer ones are too many bytes."""
    is_file = payload.c.payload_id.in_(_FILES)
    bytes_to_here = sa.func.sum(payload.c.size_bytes).over(order_by=payload.c.payload_id.desc())
    files = sa.select(payload.c.payload_id, bytes_to_here.label("bytes")).where(is_file).subquery()
    too_many = sa.select(files.c.payload_id).where(files.c.bytes > retention.files_bytes)
    old = payload.c.received_at < now - retention.files
    return sa.and_(is_file, sa.or_(old, payload.c.payload_id.in_(too_many)))


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
