"""A message with more bad rows than anybody reads: all are counted, a few are named, no feed waits."""

import asyncio
import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from data_sources.ingest.intake import Intake
from data_sources.ingest.loops import Ingest, IngestOptions
from data_sources.model.city import Bounds, VehicleLimits
from data_sources.model.feed import Batch, FeedStatus, Rejected
from data_sources.model.transit import VehiclePosition
from data_sources.rules import judge
from data_sources.rules.rule import RECORDS_MAX
from data_sources.stores.folding import NAMED_MAX, OTHERS, refusals
from data_sources.stores.history import _quarantine_rows
from data_sources.stores.memory import MemoryHistory, MemoryLive
from tests.builders import NOON, feed_spec, payload

MANY = 3 * NAMED_MAX
TOWN = Bounds(west=10, south=50, east=11, north=51)


def refused(count: int, code: str = "position_zero") -> list[Rejected]:
    return [Rejected(code=code, entity_id=f"v{n}", detail="bad", record={"n": n}) for n in range(count)]


def test_all_are_counted_and_so_many_named_for_each_code() -> None:
    told = refusals([*refused(MANY), *refused(3, "time_future"), *refused(MANY)])
    by_code: Counter[str] = Counter()
    for one, count in told:
        by_code[one.code] += count
    assert by_code == {"position_zero": 2 * MANY, "time_future": 3}
    assert len(told) == NAMED_MAX + 1 + 3
    named = {one.entity_id: count for one, count in told if one.code == "position_zero"}
    assert (named["v0"], named[OTHERS]) == (2, 2 * (MANY - NAMED_MAX))


def test_as_many_as_are_named_leave_no_others() -> None:
    assert OTHERS not in {one.entity_id for one, _ in refusals(refused(NAMED_MAX))}


def test_both_stores_keep_the_same_of_it() -> None:
    batch = Batch(rejected=tuple(refused(MANY)))
    memory = MemoryHistory()
    intake = Intake(feed_spec(), memory, MemoryLive(), bounds=None, limits=VehicleLimits(), schedule=None)
    intake._parse = lambda *_args, **_fields: batch
    status = intake.accept(payload(b"{}"), NOON)
    rows = {(row["code"], row["entity_id"]): row["count"] for row in _quarantine_rows("buses", NOON, batch)}
    assert rows == {(one.code, one.entity_id): one.count for one in memory.quarantined(limit=MANY)}
    assert sum(rows.values()) == status.rejected["position_zero"] == MANY


def test_records_are_kept_of_so_many_refusals_of_a_message() -> None:
    fixes = tuple(
        VehiclePosition(vehicle_id=f"v{n}", feed_id="b", lat=0, lon=0, observed_at=NOON, received_at=NOON)
        for n in range(RECORDS_MAX + 1)
    )
    judged = judge(
        Batch(positions=fixes),
        now=NOON,
        bounds=TOWN,
        schedule=None,
        last_fix_at={},
        last_header_at=None,
    )
    assert [bool(one.record) for one in judged.rejected] == [True] * RECORDS_MAX + [False]


def test_other_feeds_are_written_while_a_message_is_parsed() -> None:
    history, may_end = MemoryHistory(), threading.Event()

    def intake_of(feed_id: str, parse: Any) -> Intake:
        intake = Intake(
            feed_spec(feed_id), history, MemoryLive(), bounds=TOWN, limits=VehicleLimits(), schedule=None
        )
        intake._parse = parse
        return intake

    def slow(*_args: object, **_fields: object) -> Batch:
        assert may_end.wait(10)
        return Batch()

    slow_one, quick_one = intake_of("slow", slow), intake_of("quick", lambda *_args, **_fields: Batch())
    ingest = Ingest(
        [slow_one, quick_one], history, MemoryLive(), lambda: datetime.now(UTC), IngestOptions(owner="me")
    )

    async def both() -> tuple[FeedStatus, bool]:
        parsing = asyncio.create_task(ingest._accept(slow_one, payload(b"{}")))
        written = await asyncio.wait_for(ingest._accept(quick_one, payload(b"{}")), 5)
        waited = not parsing.done()
        may_end.set()
        await parsing
        return written, waited

    written, waited = asyncio.run(both())
    assert (written.total_messages, waited) == (1, True)
    assert slow_one.status.total_messages == 1


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("y")], ids=["value", "key"])
def test_error_of_our_own_parser_refuses_the_message(error: Exception) -> None:
    def broken(*_args: object, **_fields: object) -> Batch:
        raise error

    intake = Intake(
        feed_spec(), MemoryHistory(), MemoryLive(), bounds=TOWN, limits=VehicleLimits(), schedule=None
    )
    intake._parse = broken
    status = intake.accept(payload(b"{}"), NOON)
    assert status.error == f"buses: {type(error).__name__} in our own parser"
