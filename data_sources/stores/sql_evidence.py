"""The part of the SQL history that holds evidence: messages and files as they came, and records of files."""

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa

from data_sources.model.feed import ImportRecord, MessageHead, Payload
from data_sources.stores import codec
from data_sources.stores.base import StoredPayload
from data_sources.stores.engine import Database
from data_sources.stores.observation_schema import import_record
from data_sources.stores.schema import payload as payload_table
from data_sources.stores.upsert import Merge, bulk_upsert

_IMPORT_MERGE = dict.fromkeys(("imported_at", "body", "feed_id", "properties"), Merge.REPLACE)


class SqlEvidence:
    """Evidence of a HistoryStore on `_database`."""

    _database: Database

    def payload(self, payload_id: int) -> StoredPayload | None:
        """The payload of that id, or None when it is gone."""
        query = sa.select(payload_table).where(payload_table.c.payload_id == payload_id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return StoredPayload(
            payload_id=row.payload_id,
            feed_id=row.feed_id,
            payload=Payload(
                messages=codec.unpack_messages(row.body),
                received_at=row.received_at,
                content_type=row.content_type,
                url=row.url,
                file_name=row.file_name,
            ),
        )

    def latest_message(self, feed_id: str) -> MessageHead | None:
        """The feed's last message, of which nothing is unpacked."""
        table = payload_table.c
        query = (
            sa.select(table.payload_id, table.received_at)
            .where(table.feed_id == feed_id, table.file_digest.is_(None))
            .order_by(table.payload_id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else MessageHead(payload_id=row.payload_id, received_at=row.received_at)

    def record_import(self, record: ImportRecord, payload: Payload | None = None) -> int | None:
        """Keep what became of a file, and the file itself unless it is kept; where it is."""
        own = msgspec.structs.replace(record, payload_id=None)
        row = {
            "digest": record.digest,
            "imported_at": record.imported_at,
            "body": msgspec.json.encode(own, enc_hook=str).decode(),
            "feed_id": record.feed_id,
            "properties": None if record.properties is None else f" {' '.join(record.properties)} ",
        }
        table = payload_table.c
        known = sa.select(table.payload_id).where(table.file_digest == record.digest)
        with self._database.write() as connection:
            # The row of the record is held from here on: whoever hands in the same file now, waits.
            bulk_upsert(connection, import_record, [row], _IMPORT_MERGE)
            payload_id = connection.execute(known).scalar_one_or_none()
            if payload_id is None and payload is not None:
                kept = {**payload_row(record.feed_id, payload), "file_digest": record.digest}
                insert = sa.insert(payload_table).returning(table.payload_id)
                payload_id = connection.execute(insert, kept).scalar_one()
        return payload_id

    def import_of(self, digest: str) -> ImportRecord | None:
        """What became of the file of that content, None when it was never handed in."""
        return next(iter(self._imports(_records().where(import_record.c.digest == digest))), None)

    def imports(
        self,
        limit: int = 100,
        feed_ids: Collection[str] | None = None,
        properties: Collection[str] | None = None,
    ) -> list[ImportRecord]:
        """Files handed in, the last first."""
        table = import_record.c
        query = _records().order_by(table.imported_at.desc(), table.digest).limit(limit)
        if feed_ids is not None:
            query = query.where(table.feed_id.in_(feed_ids))
        if properties is not None:
            told = (table.properties.contains(f" {one} ", autoescape=True) for one in properties)
            query = query.where(sa.or_(table.properties.is_(None), *told))
        return self._imports(query)

    def _imports(self, query: "sa.Select[Any]") -> list[ImportRecord]:
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            msgspec.structs.replace(
                msgspec.json.decode(row.body, type=ImportRecord), payload_id=row.payload_id
            )
            for row in rows
        ]


def payload_row(feed_id: str, payload: Payload) -> dict[str, Any]:
    """The row of a payload; of a file without its digest."""
    return {
        "feed_id": feed_id,
        "received_at": payload.received_at,
        "sha256": codec.content_digest(payload.messages),
        "content_type": payload.content_type,
        "url": payload.url,
        "size_bytes": sum(map(len, payload.messages)),
        "body": codec.pack(payload.messages),
        "file_name": payload.file_name,
    }


def store_message(connection: sa.Connection, row: dict[str, Any] | None) -> int | None:
    """Id of the message; that of the feed's last payload when the bytes are the same."""
    if row is None:
        return None
    table = payload_table.c
    last = connection.execute(
        sa.select(table.payload_id, table.sha256)
        .where(table.feed_id == row["feed_id"])
        .order_by(table.payload_id.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and last.sha256 == row["sha256"]:
        return int(last.payload_id)
    return int(connection.execute(sa.insert(payload_table).returning(table.payload_id), row).scalar_one())


def _records() -> "sa.Select[Any]":
    joined = import_record.outerjoin(payload_table, payload_table.c.file_digest == import_record.c.digest)
    return sa.select(import_record.c.body, payload_table.c.payload_id).select_from(joined)
