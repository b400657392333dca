"""The stream: one hub per process draws each frame once and sends the same bytes to every client.

Every frame is a full snapshot of its topic, so a frame that a slow client loses needs no resync.
Compression is shared too: each frame is one deflate block that refers to nothing before it
(Z_FULL_FLUSH), hence valid at any place of any client's gzip stream. Formats: docs/architecture.md.
"""

import asyncio
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
import structlog

from dashboard.metrics import Metrics
from dashboard.stream_sources import Source
from dashboard.stream_turns import Turns
from data_sources.errors import StoreError
from data_sources.services import Clock
from data_sources.stores.base import ChangeListener
from data_sources.views.frames import Picture, epoch_ms

log = structlog.get_logger("stream")

BEAT = "beat"
BEAT_EVERY_S = 3.0  # contract: a page calls the server lost 8 s after the last event
PUBLISH_EVERY_S = 1.0
EARLY = 0.25
"""How early the next frame may come, as a share of the period: a source at 1 Hz with a little jitter
must not be held back. Several sources together can so reach four frames in three seconds."""
JUDGE_EVERY_S = 30.0  # Skate: outages are judged every 30 s even when nothing arrives
LISTEN_AGAIN_S = 1.0
QUEUE_MAX = 2
"""Frames of one topic that wait for one client; beyond it the oldest gives way."""
DEFLATE_LEVEL = 5  # 6 and more cost twice the time for 2 % fewer bytes


_LINE_ENDS = tuple((end.encode(), b"\\u%04x" % ord(end)) for end in "\u0085\u2028\u2029")
"""Line ends of Unicode that JSON allows in a text: some readers of event streams split at them."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One event, as text and as its deflate block."""

    topic: str
    plain: bytes
    block: bytes


def deflate_block(data: bytes) -> bytes:
    """Raw deflate that can stand anywhere in a deflate stream: no reference back, ends on a byte."""
    deflate = zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH)


def make_frame(topic: str, data: bytes) -> Frame:
    """A server-sent event; `data` is JSON, where a control character is always escaped."""
    for raw, escaped in _LINE_ENDS:
        data = data.replace(raw, escaped)
    plain = b"event: %s\ndata: %s\n\n" % (topic.encode(), data)
    return Frame(topic, plain, deflate_block(plain))


class Mailbox:
    """Frames that one client has yet to get. One reader; belongs to the event loop."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self.is_closed = False
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()

    def put(self, frame: Frame) -> bool:
        """Add a frame; False when an older one of its topic had to give way."""
        same = [waiting for waiting in self._frames if waiting.topic == frame.topic]
        full = len(same) >= QUEUE_MAX
        if full:
            self._frames.remove(same[0])
        self._frames.append(frame)
        self._news.set()
        return not full

    async def take(self) -> list[Frame]:
        """Wait for news and take all of it; empty once the mailbox is closed."""
        await self._news.wait()
        self._news.clear()
        taken = [] if self.is_closed else list(self._frames)
        self._frames.clear()
        return taken

    def close(self) -> None:
        """Wake the reader for the last time."""
        self.is_closed = True
        self._news.set()


class HubFull(Exception):
    """The hub has all the clients that it may have, or is stopping."""


@dataclass(slots=True)
class _Published:
    """Where a topic stands."""

    picture: Picture
    frame: Frame
    seq: int
    at_s: float


class Hub:
    """Reads the stores when they change, draws, publishes. `run` it once, beside the server.

    `sources` come in order of urgency: of several that wait to be drawn, the first one is drawn first.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        listener: ChangeListener,
        clock: Clock,
        metrics: Metrics,
        *,
        clients_max: int = 500,
        beat_every_s: float = BEAT_EVERY_S,
        publish_every_s: float = PUBLISH_EVERY_S,
        judge_every_s: float = JUDGE_EVERY_S,
    ) -> None:
        self.topics = tuple(topic for source in sources for topic in source.topics)
        self._sources = tuple(sources)
        self._listener = listener
        self._clock = clock
        self._metrics = metrics
        self._clients_max = clients_max
        self._beat_every_s = beat_every_s
        self._publish_every_s = publish_every_s
        self._judge_every_s = judge_every_s
        self._clients: set[Mailbox] = set()
        self._published: dict[str, _Published] = {}
        self._failing: set[str] = set()
        self._changed = [asyncio.Event() for _ in self._sources]
        self._threads = ThreadPoolExecutor(len(self._sources), thread_name_prefix="stream")
        self._turns = Turns()
        self._is_closing = False
        self._beats = 0

    async def run(self) -> None:
        """Publish until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen())
                tasks.create_task(self._beat())
                for rank, (source, changed) in enumerate(zip(self._sources, self._changed, strict=True)):
                    tasks.create_task(self._publish(source, changed, rank))
        finally:
            self.close()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def join(self, topics: Sequence[str]) -> Mailbox:
        """A new client of `topics`: its mailbox holds the last frame of each, then a beat.

        The beat comes last: it alone tells what the server's clock says now (see views/frames.py).
        Raises HubFull beyond the cap.
        """
        if self._is_closing or len(self._clients) >= self._clients_max:
            self._metrics.stream_refused.inc()
            raise HubFull
        mailbox = Mailbox(topics)
        for topic in topics:
            if topic in self._published:
                mailbox.put(self._published[topic].frame)
        mailbox.put(self._make_beat())
        self._clients.add(mailbox)
        self._metrics.stream_clients.set(len(self._clients))
        return mailbox

    def leave(self, mailbox: Mailbox) -> None:
        """Forget a client."""
        self._clients.discard(mailbox)
        self._metrics.stream_clients.set(len(self._clients))

    def close(self) -> None:
        """End every stream and accept no more."""
        self._is_closing = True
        for mailbox in self._clients:
            mailbox.close()

    async def _listen(self) -> None:
        while True:
            try:
                async for topic in self._listener.changes():
                    for source, changed in zip(self._sources, self._changed, strict=True):
                        if source.wakes_on is topic:
                            changed.set()
            except Exception:  # a listener ought to heal itself; the stream must outlive one that does not
                log.exception("change listener failed")
            await asyncio.sleep(LISTEN_AGAIN_S)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._beat_every_s)
            frame = self._make_beat()
            for mailbox in self._clients:
                mailbox.put(frame)

    def _make_beat(self) -> Frame:
        self._beats += 1
        return make_frame(BEAT, msgspec.json.encode({"t": epoch_ms(self._clock()), "seq": self._beats}))

    async def _publish(self, source: Source, changed: asyncio.Event, rank: int) -> None:
        """Draw when told of a change, but not sooner after the last drawing than `publish_every_s` less
        EARLY; the last change is never lost. Without a change judge again now and then: things age.

        The pause counts from the last drawing and not on a grid: on a grid a source of exactly 1 Hz
        would wait out the difference of phase every time.
        """
        loop = asyncio.get_running_loop()
        while True:
            changed.clear()
            drawn_at = loop.time()
            wait_s = self._judge_every_s
            try:
                drawn, held_s = await loop.run_in_executor(
                    self._threads, self._read_and_draw, source, rank, loop.time
                )
                self._send(drawn)
                wait_s = min(wait_s, held_s)
            except Exception:  # one topic's error must end neither the others nor the last picture
                self._note_failure(source, "cannot be drawn", exc_info=True)
            await asyncio.sleep(drawn_at + (1 - EARLY) * self._publish_every_s - loop.time())
            try:
                async with asyncio.timeout(wait_s):
                    await changed.wait()
            except TimeoutError:
                pass

    def _read_and_draw(
        self, source: Source, rank: int, monotonic: Callable[[], float]
    ) -> tuple[list[_Published], float]:
        """In a thread: read, wait for the turn, draw."""
        try:
            with self._metrics.query(f"live.{source.wakes_on}"):
                source.read()
        except StoreError as error:
            self._note_failure(source, str(error))
        else:
            self._note_success(source)
        with self._turns.of(rank):
            return self._draw(source, monotonic)

    def _draw(self, source: Source, monotonic: Callable[[], float]) -> tuple[list[_Published], float]:
        """Draw and encode what has changed, and say when something calm is due."""
        now = self._clock()
        drawn, held_s = [], self._judge_every_s
        for topic, picture in source.draw(now).items():
            last = self._published.get(topic)
            if last is not None and picture == last.picture:
                continue
            wait_s = picture.patience_s(last.picture) - (monotonic() - last.at_s) if last else 0
            if wait_s > 0:
                held_s = min(held_s, wait_s)
                continue
            seq = last.seq + 1 if last else 1
            frame = make_frame(topic, picture.encode(epoch_ms(now), seq))
            drawn.append(_Published(picture, frame, seq, monotonic()))
        return drawn, held_s

    def _send(self, drawn: Iterable[_Published]) -> None:
        for published in drawn:
            topic = published.frame.topic
            self._published[topic] = published
            self._metrics.stream_frames.labels(topic).inc()
            for mailbox in self._clients:
                if topic in mailbox.topics and not mailbox.put(published.frame):
                    self._metrics.stream_drops.labels(topic).inc()

    def _note_failure(self, source: Source, reason: str, *, exc_info: bool = False) -> None:
        name = source.topics[0]
        self._metrics.stream_failures.labels(name).inc()
        if name not in self._failing:
            self._failing.add(name)
            log.warning("topic keeps its last frame", topic=name, reason=reason, exc_info=exc_info)

    def _note_success(self, source: Source) -> None:
        if source.topics[0] in self._failing:
            self._failing.discard(source.topics[0])
            log.info("topic is live again", topic=source.topics[0])
