"""Evidence of the history in memory: messages and files as they came, and records of files."""

import threading
from collections.abc import Collection
from datetime import datetime

import msgspec

from data_sources.model.feed import ImportRecord, MessageHead, Payload
from data_sources.stores.base import Retention, StoredPayload


class MemoryEvidence:
    """Payloads and records of files of a HistoryStore in memory."""

    _lock: threading.RLock

    def __init__(self) -> None:
        super().__init__()
        self._payloads: dict[int, StoredPayload] = {}
        self._last_payload_id = 0
        self._imports: dict[str, ImportRecord] = {}
        self._files: dict[str, int] = {}

    def payload(self, payload_id: int) -> StoredPayload | None:
        """The payload of that id, or None when it is gone."""
        return self._payloads.get(payload_id)

    def latest_message(self, feed_id: str) -> MessageHead | None:
        """The feed's last message."""
        last = self._latest_payload(feed_id)
        return (
            None
            if last is None
            else MessageHead(payload_id=last.payload_id, received_at=last.payload.received_at)
        )

    def _latest_payload(self, feed_id: str) -> StoredPayload | None:
        newest_first = reversed(self._payloads.values())
        return next((one for one in newest_first if one.feed_id == feed_id and not _is_file(one)), None)

    def record_import(self, record: ImportRecord, payload: Payload | None = None) -> int | None:
        """Keep what became of a file, and the file itself unless it is kept; where it is."""
        with self._lock:
            self._imports[record.digest] = msgspec.structs.replace(record, payload_id=None)
            if payload is not None and record.digest not in self._files:
                self._files[record.digest] = self._add_payload(record.feed_id, payload)
            return self._files.get(record.digest)

    def import_of(self, digest: str) -> ImportRecord | None:
        """What became of the file of that content, None when it was never handed in."""
        with self._lock:
            record = self._imports.get(digest)
            return (
                None
                if record is None
                else msgspec.structs.replace(record, payload_id=self._files.get(digest))
            )

    def imports(
        self,
        limit: int = 100,
        feed_ids: Collection[str] | None = None,
        properties: Collection[str] | None = None,
    ) -> list[ImportRecord]:
        """Files handed in, the last first."""
        with self._lock:
            records = [self.import_of(digest) for digest in sorted(self._imports)]
        found = [
            one
            for one in records
            if one is not None
            and (feed_ids is None or one.feed_id in feed_ids)
            and (properties is None or one.properties is None or set(properties) & set(one.properties))
        ]
        return sorted(found, key=lambda one: one.imported_at, reverse=True)[:limit]

    def _keep_message(self, feed_id: str, payload: Payload | None) -> int | None:
        if payload is None:
            return None
        last = self._latest_payload(feed_id)
        if last is not None and last.payload.messages == payload.messages:
            return last.payload_id
        return self._add_payload(feed_id, payload)

    def _add_payload(self, feed_id: str, payload: Payload) -> int:
        number = self._last_payload_id = self._last_payload_id + 1
        self._payloads[number] = StoredPayload(payload_id=number, feed_id=feed_id, payload=payload)
        return number

    def _prune_payloads(self, now: datetime, retention: Retention) -> frozenset[int]:
        """Ids of the payloads that went."""
        newest = {one.feed_id: one.payload_id for one in self._payloads.values() if not _is_file(one)}
        kept: dict[int, StoredPayload] = {}
        bytes_of_files = 0
        for number, one in reversed(self._payloads.items()):
            if _is_file(one):
                bytes_of_files += sum(map(len, one.payload.messages))
                limit = retention.files if bytes_of_files <= retention.files_bytes else None
            else:
                limit = retention.last_payload if number == newest[one.feed_id] else retention.payloads
            if limit is not None and one.payload.received_at >= now - limit:
                kept[number] = one
        gone = frozenset(self._payloads.keys() - kept.keys())
        self._payloads = dict(reversed(kept.items()))
        self._files = {digest: number for digest, number in self._files.items() if number not in gone}
        return gone


def _is_file(stored: StoredPayload) -> bool:
    return stored.payload.file_name is not None
