"""Types of the history's columns, and the bulk upsert, on both engines."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from data_sources.errors import StoreError
from data_sources.stores.engine import Database
from data_sources.stores.schema import feed_status, quarantine
from data_sources.stores.upsert import COPY_FROM_ROWS, Merge, bulk_upsert, insert_new
from tests.stores.samples import NOON, at


@pytest.fixture
def database(sql_url: str) -> Iterator[Database]:
    database = Database(sql_url)
    yield database
    database.close()


def _status(feed_id: str = "buses", updated_at: datetime = NOON, body: str = "{}") -> dict[str, object]:
    return {"feed_id": feed_id, "state": "up", "updated_at": updated_at, "body": body}


def _refusal(entity_id: str, count: int = 1, seconds: float = 0) -> dict[str, object]:
    when = at(seconds)
    texts = {
        "feed_id": "buses",
        "code": "position_zero",
        "entity_id": entity_id,
        "detail": "",
        "record": "{}",
    }
    return {**texts, "first_at": when, "last_at": when, "count": count, "payload_id": None}


def test_time_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    bangkok = NOON.replace(microsecond=123456).astimezone(timezone(timedelta(hours=7)))
    with database.write() as connection:
        connection.execute(sa.insert(feed_status), _status(updated_at=bangkok))
    with database.read() as connection:
        (back,) = connection.scalars(
            sa.select(feed_status.c.updated_at).where(feed_status.c.updated_at == bangkok)
        )
    assert back == bangkok
    assert back.utcoffset() == timedelta(0)


def test_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StoreError, match="no time zone"), database.write() as connection:
        connection.execute(sa.insert(feed_status), _status(updated_at=datetime(2026, 11, 23)))


def test_text_that_no_database_holds_is_replaced(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(feed_status), _status(body="a\x00b\ud800c ไทย 🚌"))
    with database.read() as connection:
        assert connection.scalar(sa.select(feed_status.c.body)) == "a\ufffdb\ufffdc ไทย 🚌"


@pytest.mark.parametrize("rows", [2, COPY_FROM_ROWS * 2], ids=["few", "many"])
def test_upsert_inserts_new_rows_and_merges_known_ones(database: Database, rows: int) -> None:
    merge = {"count": Merge.ADD, "last_at": Merge.REPLACE}
    for call in range(3):
        with database.write() as connection:
            refusals = [_refusal(f"e{n}\x00", 2, call) for n in range(rows)]
            bulk_upsert(connection, quarantine, refusals, merge)
            bulk_upsert(connection, quarantine, [_refusal("once", seconds=call)], {"count": Merge.ADD})
            bulk_upsert(connection, quarantine, [], merge)
    with database.read() as connection:
        stored = {row["entity_id"]: row for row in connection.execute(sa.select(quarantine)).mappings()}
    assert len(stored) == rows + 1
    once = stored.pop("once")
    assert (once["count"], once["first_at"], once["last_at"]) == (3, at(0), at(0))
    assert {(row["count"], row["first_at"], row["last_at"]) for row in stored.values()} == {(6, at(0), at(2))}


def test_two_large_upserts_in_one_transaction_do_not_meet(database: Database) -> None:
    with database.write() as connection:
        for _ in range(2):
            rows = [_refusal(f"e{n}") for n in range(COPY_FROM_ROWS)]
            bulk_upsert(connection, quarantine, rows, {"count": Merge.ADD})
    with database.read() as connection:
        assert set(connection.scalars(sa.select(quarantine.c.count))) == {2}


def test_insert_new_tells_whether_the_row_was_there(database: Database) -> None:
    with database.write() as connection:
        assert insert_new(connection, feed_status, _status(body="first"))
        assert not insert_new(connection, feed_status, _status(body="second"))
        assert connection.scalar(sa.select(feed_status.c.body)) == "first"


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            connection.execute(sa.insert(feed_status), _status())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(feed_status)) == 0


def test_reader_sees_one_moment_while_others_write(database: Database) -> None:
    count = sa.select(sa.func.count()).select_from(feed_status)
    with database.read() as reader:
        before = reader.scalar(count)
        with database.write() as writer:
            writer.execute(sa.insert(feed_status), _status())
        assert reader.scalar(count) == before
    with database.read() as reader:
        assert reader.scalar(count) == 1
