"""Files that were handed in: kept once, for longer than messages, and found by what they tell of."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import data_sources.stores.migrations
from data_sources.model.feed import ImportRecord, Payload
from data_sources.stores.base import HistoryStore, Retention
from data_sources.stores.history import SqlHistory
from data_sources.stores.migrations import upgrade
from data_sources.stores.schema import REVISIONS
from tests.stores.samples import at, batch, payload, record

DAY_S = 86_400
FEW_DAYS = Retention(payloads=timedelta(hours=1), last_payload=timedelta(days=2), files=timedelta(days=30))


def told(digest: str = "a", second: float = 0, **fields: Any) -> ImportRecord:
    counts = {"accepted": 1, "corrected": 0, "unchanged": 0}
    names = {"file_name": f"{digest}.csv", "feed_id": "files", "properties": ("visitors",)}
    return ImportRecord(digest=digest, imported_at=at(second), **{**counts, **names, **fields})


def file(content: bytes = b"a,b\n", second: float = 0) -> Payload:
    return Payload(
        messages=(content,), received_at=at(second), content_type="text/csv", file_name="จำนวน.csv"
    )


def test_file_is_kept_once_and_its_record_leads_to_it(history: HistoryStore) -> None:
    first = history.record_import(told(), file())
    again = history.record_import(told(second=60), file(b"never", second=60))
    assert first is not None
    assert again == first
    assert history.imports() == [told(second=60, payload_id=first)]
    assert history.import_of("a") == told(second=60, payload_id=first)
    assert history.import_of("b") is None
    stored = history.payload(first)
    assert stored is not None
    assert (stored.feed_id, stored.payload) == ("files", file())


def test_record_without_a_file_leads_nowhere_until_it_comes(history: HistoryStore) -> None:
    assert history.record_import(told()) is None
    number = history.record_import(told(), file())
    assert number is not None
    assert history.imports() == [told(payload_id=number)]


def test_file_is_no_message_of_its_feed(history: HistoryStore) -> None:
    record(history, 0, batch(), payload(b"message"))
    history.record_import(told(feed_id="buses", second=60), file(second=60))
    last = history.latest_message("buses")
    assert last is not None
    stored = history.payload(last.payload_id)
    assert stored is not None
    assert stored.payload.messages == (b"message",)
    assert history.prune(at(DAY_S), FEW_DAYS)["payload"] == 0


def test_file_outlives_messages_and_its_record_outlives_it(history: HistoryStore) -> None:
    history.record_import(told(), file())
    record(history, 0, batch(), payload(b"message"))
    assert history.prune(at(20 * DAY_S), FEW_DAYS)["payload"] == 1
    assert history.imports()[0].payload_id is not None
    assert history.prune(at(40 * DAY_S), FEW_DAYS)["payload"] == 1
    assert history.imports() == [told()]
    assert history.record_import(told(second=60), file()) is not None


def test_oldest_files_go_when_all_are_too_many_bytes(history: HistoryStore) -> None:
    record(history, 0, batch(), payload(b"x" * 1000))
    for second, digest in enumerate("abc"):
        history.record_import(told(digest, second), file(digest.encode() * 400, second))
    keep = Retention(files_bytes=1000)
    assert history.prune(at(60), keep)["payload"] == 1
    assert [one.payload_id is not None for one in history.imports()] == [True, True, False]
    assert history.prune(at(60), keep)["payload"] == 0


def test_files_are_found_by_feed_and_by_what_they_tell_of(history: HistoryStore) -> None:
    history.record_import(told("a", 0, properties=("hotel_rooms", "visitors")))
    history.record_import(told("b", 1, properties=("visitors_abroad",)))
    history.record_import(told("c", 2, properties=None))
    history.record_import(told("d", 3, feed_id="buses"))
    history.record_import(told("e", 4, properties=()))

    def found(**asked: Any) -> str:
        return "".join(one.digest for one in history.imports(**asked))

    assert found() == "edcba"
    assert found(feed_ids=["files"]) == "ecba"
    assert found(feed_ids=["files"], properties=["visitors"]) == "ca"
    assert found(properties=["visitors", "visitors_abroad"]) == "dcba"
    assert found(properties=["visitors%"]) == "c"
    assert found(feed_ids=[]) == ""
    assert found(limit=1, feed_ids=["files"], properties=["visitors"]) == "c"


def test_record_of_an_older_database_keeps_its_feed(
    empty_sql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before revision 0005 the feed stood in the body alone, and what a file tells of nowhere."""
    monkeypatch.setattr(data_sources.stores.migrations, "REVISIONS", REVISIONS[: REVISIONS.index("0005")])
    assert upgrade(empty_sql_url) == (None, "0004")
    monkeypatch.undo()
    body = '{"digest":"a","file_name":"a.csv","feed_id":"buses","imported_at":"2026-11-23T05:00:00Z",'
    body += '"accepted":1,"corrected":0,"unchanged":0,"rejected":[]}'
    engine = sa.create_engine(empty_sql_url)
    imported_at = "0" if engine.dialect.name == "sqlite" else "'2026-11-23T05:00:00Z'"
    with engine.begin() as connection:
        insert = f"INSERT INTO import_record (digest, imported_at, body) VALUES ('a', {imported_at}, :body)"
        connection.execute(sa.text(insert), {"body": body})
    engine.dispose()
    upgrade(empty_sql_url)
    history = SqlHistory(empty_sql_url)
    assert history.imports(feed_ids=["buses"], properties=["visitors"]) == [
        told(feed_id="buses", properties=None)
    ]
    assert history.imports(feed_ids=["files"]) == []
    history.close()
