"""Compaction: the batches of a minute that is over become one frame.

Work is done outside the write lock, then committed only if nobody was faster: the batches must still
be there and the frame must still be the one that was read. So feeds keep writing meanwhile, two
processes may compact at once, and a process killed at any moment has done a minute or has not.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data_sources.model.transit import VehiclePosition
from data_sources.stores import codec, frame_codec
from data_sources.stores.engine import Database
from data_sources.stores.folding import minute_of, once_a_minute
from data_sources.stores.schema import position_batch, position_frame
from data_sources.stores.upsert import insert_new

_MINUTE = timedelta(minutes=1)
_OVERTAKEN_MAX = 10
"""After so many lost races somebody else is at work; what is left is folded at the next call."""


class _Overtaken(Exception):
    """Another process folded the same minute meanwhile; the transaction leaves nothing behind."""


def compact(database: Database, before: datetime) -> int:
    """Fold all batches whose fixes were all received before the minute of `before`; their number."""
    closed = minute_of(before)
    folded = overtaken = 0
    while overtaken < _OVERTAKEN_MAX and (oldest := _oldest(database, closed)) is not None:
        feed_id, last_at = oldest
        try:
            folded += _fold(database, feed_id, min(minute_of(last_at) + _MINUTE, closed))
        except _Overtaken:
            overtaken += 1
    return folded


def _oldest(database: Database, closed: datetime) -> tuple[str, datetime] | None:
    """Feed and time of the oldest batch to fold."""
    batch = position_batch.c
    with database.read() as connection:
        row = connection.execute(
            sa.select(batch.feed_id, batch.last_at)
            .where(batch.last_at < closed)
            .order_by(batch.last_at)
            .limit(1)
        ).one_or_none()
    return None if row is None else (row.feed_id, row.last_at)


def _fold(database: Database, feed_id: str, end: datetime) -> int:
    """Fold a feed's batches that ended before `end` into the frames of their minutes."""
    batch, frame = position_batch.c, position_frame.c
    with database.read() as connection:
        batches = connection.execute(
            sa.select(batch.seq, batch.body)
            .where(batch.feed_id == feed_id, batch.last_at < end)
            .order_by(batch.seq)
        ).all()
        minutes: defaultdict[datetime, list[VehiclePosition]] = defaultdict(list)
        for row in batches:
            for fix in codec.unpack_positions(row.body):
                minutes[minute_of(fix.received_at)].append(fix)
        known = {
            row.minute: row
            for row in connection.execute(
                sa.select(frame.minute, frame.revision, frame.body).where(
                    frame.feed_id == feed_id, frame.minute.in_(list(minutes))
                )
            )
        }
    frames: list[dict[str, Any]] = []
    for minute, fixes in minutes.items():
        old = known.get(minute)
        kept = once_a_minute([*(frame_codec.decode_frame(old.body) if old else ()), *fixes])
        new = {"feed_id": feed_id, "minute": minute, "n": len(kept), "body": frame_codec.encode_frame(kept)}
        frames.append({**new, "revision": old.revision + 1 if old else 1})
    with database.write() as connection:
        for new in frames:
            _put_frame(connection, new)
        gone = connection.execute(
            sa.delete(position_batch).where(batch.seq.in_([row.seq for row in batches]))
        )
        if gone.rowcount != len(batches):
            raise _Overtaken
    return len(batches)


def _put_frame(connection: sa.Connection, row: dict[str, Any]) -> None:
    """Write the frame in place of the revision before it; _Overtaken when another one is there."""
    frame = position_frame.c
    if row["revision"] == 1:
        written = insert_new(connection, position_frame, row)
    else:
        condition = (
            frame.feed_id == row["feed_id"],
            frame.minute == row["minute"],
            frame.revision == row["revision"] - 1,
        )
        written = connection.execute(sa.update(position_frame).where(*condition).values(row)).rowcount == 1
    if not written:
        raise _Overtaken
