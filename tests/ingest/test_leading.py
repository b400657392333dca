"""Several ingest processes: one leads and reads all feeds, the others stand by."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from data_sources.errors import StoreError
from data_sources.ingest import loops
from data_sources.ingest.intake import Intake
from data_sources.ingest.loops import Ingest, IngestOptions
from data_sources.ingest.operations import OperationsLoop
from data_sources.model.city import VehicleLimits
from data_sources.stores.memory import MemoryHistory, MemoryLive
from tests.builders import NOON
from tests.ingest.small_city import PUSHED, accident, desks

FEED = PUSHED.model_copy(update={"interval_s": 0.02})
LEASE = f"feed:{FEED.feed_id}"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "LEASE_RENEW_S", 0.05)
    monkeypatch.setattr(loops, "OPERATIONS_TICK_S", 0.02)


class Processes:
    """Ingest processes on the same two stores."""

    def __init__(self, history: MemoryHistory | None = None) -> None:
        self.history = history or MemoryHistory()
        self.live = MemoryLive()
        self._began = time.monotonic()

    def clock(self) -> datetime:
        return NOON + timedelta(seconds=time.monotonic() - self._began)

    def start(self, owner: str) -> tuple[Ingest, "asyncio.Task[None]"]:
        operations = OperationsLoop(desks, self.history, self.live)
        intake = Intake(
            FEED,
            self.history,
            self.live,
            bounds=None,
            limits=VehicleLimits(),
            schedule=None,
            operations=operations,
        )
        options = IngestOptions(owner=owner)
        ingest = Ingest([intake], self.history, self.live, self.clock, options, operations=operations)
        return ingest, asyncio.create_task(ingest.run())

    def leader(self) -> str | None:
        holder = self.live._leases.get(loops.OPERATIONS)
        return holder[0] if holder else None

    def reader(self) -> str | None:
        holder = self.live._leases.get(LEASE)
        return holder[0] if holder else None


class HistoryThatCannotCommit(MemoryHistory):
    """The real memory store; while `away` no message is committed, though it can be read."""

    away = True

    def record(self, *args: object, **kwargs: object) -> None:
        if self.away:
            raise StoreError("history store: disk full")
        super().record(*args, **kwargs)  # type: ignore[arg-type]


async def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.01)


def test_notification_in_the_inbox_becomes_an_incident_and_leaves_the_inbox() -> None:
    async def run() -> None:
        processes = Processes()
        processes.history.put_inbox(FEED.feed_id, accident("one"))
        ingest, task = processes.start("one")
        await until(lambda: len(processes.live.incidents()) == 1, "incident is shown")
        await until(lambda: not processes.history.take_inbox(FEED.feed_id), "inbox is empty")
        assert len(processes.history.open_incidents()) == 1
        assert processes.history.latest_message(FEED.feed_id) is not None
        ingest.stop()
        await task

    asyncio.run(run())


def test_notification_stays_in_the_inbox_until_it_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "TICK_S", 0.05)

    async def run() -> None:
        history = HistoryThatCannotCommit()
        processes = Processes(history)
        history.put_inbox(FEED.feed_id, accident("one"))
        ingest, task = processes.start("one")
        await until(lambda: len(processes.live.incidents()) == 1, "the picture goes on")
        await asyncio.sleep(0.2)
        assert len(history.take_inbox(FEED.feed_id)) == 1
        history.away = False
        await until(lambda: not history.take_inbox(FEED.feed_id), "inbox is empty")
        assert history.feed_statuses()[FEED.feed_id].total_messages == 1, "it is used once"
        ingest.stop()
        await task

    asyncio.run(run())


def test_who_leads_reads_all_feeds_and_the_other_takes_both_over_when_it_stops() -> None:
    async def run() -> None:
        processes = Processes()
        started = {owner: processes.start(owner) for owner in ("one", "two")}
        await until(lambda: processes.reader() is not None, "somebody reads")
        await asyncio.sleep(0.3)
        first = processes.leader()
        assert first is not None
        assert processes.reader() == first
        second = "two" if first == "one" else "one"
        processes.history.put_inbox(FEED.feed_id, accident("one"))
        await until(lambda: len(processes.live.incidents()) == 1, "incident is shown")
        started[first][0].stop()
        await started[first][1]
        await until(lambda: processes.leader() == processes.reader() == second, "the other took over")
        processes.history.put_inbox(FEED.feed_id, accident("two"))
        await until(lambda: len(processes.live.incidents()) == 2, "it knows both incidents")
        started[second][0].stop()
        await started[second][1]
        assert processes.leader() is None
        assert processes.reader() is None
        assert len(processes.history.open_incidents()) == 2

    asyncio.run(run())


def test_who_loses_the_lease_stops_reading() -> None:
    async def run() -> None:
        processes = Processes()
        ingest, task = processes.start("one")
        await until(lambda: processes.reader() == "one", "it reads")
        processes.live._leases[loops.OPERATIONS] = ("other", time.monotonic() + 3600)
        await until(lambda: processes.reader() is None, "feeds are given back")
        processes.history.put_inbox(FEED.feed_id, accident("one"))
        await asyncio.sleep(0.2)
        assert len(processes.history.take_inbox(FEED.feed_id)) == 1
        del processes.live._leases[loops.OPERATIONS]
        await until(lambda: processes.reader() == "one", "it reads again")
        await until(lambda: len(processes.live.incidents()) == 1, "and shows the incident")
        ingest.stop()
        await task

    asyncio.run(run())
