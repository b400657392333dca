"""Loops: poll or subscribe, keep one lease per feed, look after history, stop in order."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import stamina
import structlog

from data_sources.errors import FeedConfigError, FeedContentError, StoreError, TemporaryFeedError
from data_sources.feeds import transport
from data_sources.feeds.mqtt import messages
from data_sources.feeds.source import Quiet, Unchanged
from data_sources.feeds.sources import open_source
from data_sources.ingest.files import FilesOfFeeds
from data_sources.ingest.intake import Intake
from data_sources.ingest.operations import TICK_S as OPERATIONS_TICK_S
from data_sources.ingest.operations import OperationsLoop
from data_sources.model.feed import FeedStatus, Payload
from data_sources.stores.base import HistoryStore, LiveStore, Retention

log = structlog.get_logger("ingest")

OPERATIONS = "operations"
"""The lease of the one process whose desks work."""
LEASE_TTL = timedelta(seconds=15)
LEASE_RENEW_S = 5.0
TICK_S = 5.0
BACK_OFF_MAX_S = 60.0
REFUSED_RETRY_S = 300.0
"""A refused feed (401, 403, 404) is asked again this seldom: its owner may have mended it."""
COMPACT_EVERY_S = 30.0
COMPACT_AFTER = timedelta(seconds=90)
"""A minute is folded once it is this old, so that stragglers of slow feeds are in."""
PRUNE_EVERY_S = 600.0
FILES_EVERY_S = 10.0
START_SPREAD_S = 5.0
GATHER_MAX = 5_000
"""Messages of one broker feed gathered between two writes."""

Clock = Callable[[], datetime]
P = ParamSpec("P")
R = TypeVar("R")


def start_offset_s(feed_id: str, interval_s: float) -> float:
    """Deterministic phase of a feed within its interval, so that feeds don't all poll at once; short
    enough that a picture stands soon after the start."""
    return (zlib.crc32(feed_id.encode()) % 1000) / 1000 * min(interval_s, START_SPREAD_S)


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """Who we are and how long things are kept."""

    owner: str
    retention: Retention = field(default_factory=Retention)


class Ingest:
    """All feeds of a city in one process. `run` returns after `stop` once everything is written.

    With `operations` only the process that holds the lease "operations" reads feeds: the desks need
    all of them in one place. Others stand by.
    """

    def __init__(
        self,
        intakes: list[Intake],
        history: HistoryStore,
        live: LiveStore,
        clock: Clock,
        options: IngestOptions,
        *,
        operations: OperationsLoop | None = None,
    ) -> None:
        self._intakes = intakes
        self._history = history
        self._live = live
        self._clock = clock
        self._options = options
        self._operations = operations
        self._leading = asyncio.Event()
        if operations is None:
            self._leading.set()
        self._stopping = asyncio.Event()
        self._one_writer = asyncio.Lock()
        self._writes: set[asyncio.Task[Any]] = set()
        self._with_files: set[str] = set()

    def stop(self) -> None:
        """Finish what is being written, give leases back, and return from `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`. A feed's own troubles never end the others."""
        stamina.instrumentation.set_on_retry_hooks([])
        async with asyncio.TaskGroup() as group:
            for intake in self._intakes:
                group.create_task(self._run_feed(intake), name=intake.feed.feed_id)
            group.create_task(self._look_after_history(), name="history")
            group.create_task(self._look_for_files(), name="files")
            if self._operations is not None:
                group.create_task(self._run_operations(self._operations), name=OPERATIONS)
        waiting = sum(intake.waiting for intake in self._intakes)
        if self._operations is not None:
            if self._leading.is_set():
                # only now: the feeds have told the desks all that they had
                await self._write(self._operations.drain, self._clock())
            await self._give_back(OPERATIONS)
            waiting += self._operations.waiting
        await asyncio.gather(*self._writes, return_exceptions=True)
        log.info("ingest stopped", waiting=waiting)

    async def _run_operations(self, operations: OperationsLoop) -> None:
        standby = False
        while not self._stopping.is_set():
            if not await self._acquire(OPERATIONS, held=self._leading.is_set()):
                if not standby:
                    log.info("standby: lease held by another, or out of reach", lease=OPERATIONS)
                standby = True
                self._leading.clear()
                await self._pause(LEASE_RENEW_S)
                continue
            standby = False
            try:
                await self._write(operations.restore, self._clock())
            except StoreError as error:
                log.error("cannot take up history", part=OPERATIONS, reason=str(error))
                await self._pause(LEASE_RENEW_S)
                continue
            self._leading.set()
            try:
                await self._lead(operations)
            except Exception:
                log.error("operations failed, taken up anew", exc_info=True)
                await self._pause(LEASE_RENEW_S)
                continue
            if not self._stopping.is_set():
                log.warning("lease lost", lease=OPERATIONS)
                self._leading.clear()
                await self._write(operations.drain, self._clock())

    async def _lead(self, operations: OperationsLoop) -> None:
        """Let the desks work for as long as we hold the lease."""
        loop = asyncio.get_running_loop()
        renewed_at = loop.time()
        while not self._stopping.is_set():
            await self._pause(OPERATIONS_TICK_S)
            if self._stopping.is_set():
                return
            if loop.time() - renewed_at >= LEASE_RENEW_S:
                renewed_at = loop.time()
                if not await self._acquire(OPERATIONS, held=True):
                    return
            states = {intake.feed.feed_id: intake.status.state for intake in self._intakes}
            await self._write(operations.tick, self._clock(), states)

    async def _run_feed(self, intake: Intake) -> None:
        lease = f"feed:{intake.feed.feed_id}"
        standby = False
        while await self._is_leading():
            if not await self._acquire(lease):
                if not standby:
                    log.info("standby: lease held by another, or out of reach", feed=intake.feed.feed_id)
                standby = True
                await self._pause(LEASE_RENEW_S)
                continue
            standby = False
            try:
                await self._write(intake.restore, self._clock())
            except StoreError as error:
                log.error("cannot take up history", feed=intake.feed.feed_id, reason=str(error))
                await self._pause(LEASE_RENEW_S)
                continue
            await self._hold(lease, intake)
            if not self._leading.is_set():
                await self._give_back(lease)
        await self._give_back(lease)

    async def _hold(self, lease: str, intake: Intake) -> None:
        """Read the feed for as long as we hold its lease."""
        reader = asyncio.create_task(self._read_for_ever(intake))
        ticker = asyncio.create_task(self._tick(intake))
        try:
            while not self._stopping.is_set():
                await self._pause(LEASE_RENEW_S)
                if not self._leading.is_set():
                    return
                if not self._stopping.is_set() and not await self._acquire(lease, held=True):
                    log.warning("lease lost", feed=intake.feed.feed_id)
                    return
                for task in (reader, ticker):
                    if task.done() and task.exception() is not None:
                        log.error("reader failed", feed=intake.feed.feed_id, exc_info=task.exception())
                        return
        finally:
            for task in (reader, ticker):
                task.cancel()
            await asyncio.gather(reader, ticker, return_exceptions=True)

    async def _acquire(self, lease: str, *, held: bool = False) -> bool:
        """Take or renew the lease. When the live store is away, what we hold we keep: it was ours
        and nobody else can take it; but a new lease needs the store's word."""
        try:
            return await asyncio.to_thread(self._live.acquire_lease, lease, self._options.owner, LEASE_TTL)
        except StoreError:
            return held

    async def _is_leading(self) -> bool:
        """Wait until feeds may be read here; False when stopping."""
        while not self._leading.is_set() and not self._stopping.is_set():
            waits = [asyncio.create_task(one.wait()) for one in (self._leading, self._stopping)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        return not self._stopping.is_set()

    async def _give_back(self, lease: str) -> None:
        with suppress(StoreError):
            await asyncio.to_thread(self._live.release_lease, lease, self._options.owner)

    async def _tick(self, intake: Intake) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self._write(intake.tick, self._clock())
            if intake.feed.feed_id in self._with_files:
                self._with_files.discard(intake.feed.feed_id)  # first: another sheet may come meanwhile
                if not await self._write(intake.take_up_files, self._clock()):
                    self._with_files.add(intake.feed.feed_id)

    async def _read_for_ever(self, intake: Intake) -> None:
        feed = intake.feed
        if not feed.configured:
            error = FeedConfigError(
                "not_configured", f"{feed.feed_id}: no URL; set SCOPC_FEED_{feed.feed_id.upper()}_URL"
            )
            await self._write(intake.failed, error, self._clock())
            return
        await asyncio.sleep(start_offset_s(feed.feed_id, feed.interval_s))
        read = self._poll if transport(feed) == "http" else self._subscribe
        while True:
            try:
                await read(intake)
            except FeedConfigError as error:
                await self._write(intake.failed, error, self._clock())
                await asyncio.sleep(REFUSED_RETRY_S)

    async def _with_back_off(self, intake: Intake, once: Callable[[], Awaitable[None]]) -> None:
        async for attempt in stamina.retry_context(
            on=TemporaryFeedError,
            attempts=None,
            timeout=None,
            wait_initial=intake.feed.interval_s,
            wait_max=max(BACK_OFF_MAX_S, intake.feed.interval_s),
            wait_jitter=intake.feed.interval_s,
        ):
            with attempt:
                try:
                    await once()
                except FeedContentError as error:
                    await self._write(intake.failed, error, self._clock())
                except TemporaryFeedError as error:
                    await self._write(intake.failed, error, self._clock())
                    raise

    async def _poll(self, intake: Intake) -> None:
        async with aclosing(open_source(intake.feed, self._clock, self._history)) as source:
            is_done = True

            async def once() -> None:
                nonlocal is_done
                if not is_done and not intake.waiting:
                    await source.done()
                    is_done = True
                if not is_done and intake.feed.push:
                    return  # what was taken waits for the database: the inbox would give it once more
                fetched = await source.fetch()
                if isinstance(fetched, Quiet):
                    return
                if isinstance(fetched, Unchanged):
                    await self._write(intake.unchanged, self._clock())
                    return
                status = await self._accept(intake, fetched.payload)
                if status.error_code:
                    source.forget()  # else the same unusable document would next count as unchanged
                is_done = not intake.waiting
                if is_done:
                    await source.done()

            loop = asyncio.get_running_loop()
            due = loop.time()
            while True:
                await self._with_back_off(intake, once)
                pause_s = source.pause_s if is_done else max(source.pause_s, intake.feed.interval_s)
                due = max(due + pause_s, loop.time())
                await asyncio.sleep(due - loop.time())

    async def _subscribe(self, intake: Intake) -> None:
        """Gather messages and write them once an interval: a broker may send thousands a second."""

        async def once() -> None:
            gathered: list[tuple[bytes, datetime]] = []
            async with self._writing_gathered(intake, gathered):
                async for message in messages(intake.feed, self._clock):
                    if len(gathered) < GATHER_MAX:
                        gathered.append(message)

        while True:
            await self._with_back_off(intake, once)

    @asynccontextmanager
    async def _writing_gathered(
        self, intake: Intake, gathered: list[tuple[bytes, datetime]]
    ) -> AsyncIterator[None]:
        async def write() -> None:
            if gathered:
                payload = Payload(
                    messages=tuple(message for message, _ in gathered),
                    message_at=tuple(received_at for _, received_at in gathered),
                    received_at=gathered[-1][1],
                    url=intake.feed.topic,
                )
                gathered.clear()
                await self._accept(intake, payload)

        async def every_interval() -> None:
            while True:
                await asyncio.sleep(intake.feed.interval_s)
                await asyncio.shield(write())

        writer = asyncio.create_task(every_interval())
        try:
            yield
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            await asyncio.shield(write())

    async def _look_after_history(self) -> None:
        since_prune = PRUNE_EVERY_S
        while not self._stopping.is_set():
            await self._pause(COMPACT_EVERY_S)
            if self._stopping.is_set():
                return
            if not await self._acquire("history"):
                continue
            now = self._clock()
            try:
                # not under the writer's lock: history does the work outside its own and commits briefly
                await self._finish(asyncio.to_thread(self._history.compact, now - COMPACT_AFTER))
                since_prune += COMPACT_EVERY_S
                if since_prune >= PRUNE_EVERY_S:
                    await self._finish(asyncio.to_thread(self._history.prune, now, self._options.retention))
                    since_prune = 0.0
            except StoreError as error:
                log.warning("history upkeep failed", reason=str(error))

    async def _look_for_files(self) -> None:
        """Notice sheets that were handed in under the id of a feed; the feed's next tick takes them up."""
        files = FilesOfFeeds(self._history, [intake.feed.feed_id for intake in self._intakes])
        while not self._stopping.is_set():
            with suppress(StoreError):  # the feeds tell that it is away
                self._with_files |= await self._finish(asyncio.to_thread(files.look))
            await self._pause(FILES_EVERY_S)

    async def _write(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a feed's store work in a thread, one at a time."""

        async def alone() -> R:
            async with self._one_writer:
                return await asyncio.to_thread(work, *args, **kwargs)

        return await self._finish(alone())

    async def _accept(self, intake: Intake, payload: Payload) -> FeedStatus:
        """Read a payload while other feeds write, then write it."""

        async def read_and_write() -> FeedStatus:
            said = await asyncio.to_thread(intake.read, payload)
            async with self._one_writer:
                return await asyncio.to_thread(intake.accept, payload, self._clock(), said)

        return await self._finish(read_and_write())

    async def _finish(self, work: Coroutine[Any, Any, R]) -> R:
        """Await store work; it goes on to its end even when we are cancelled."""
        task = asyncio.create_task(work)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    async def _pause(self, seconds: float) -> None:
        """Sleep, or return at once when stopping."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
