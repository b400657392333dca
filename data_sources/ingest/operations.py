"""The operations loop: what the desks make of all feeds together becomes a live picture and history.

Intake hands over what each feed says; `tick` lets the desks work, publishes, and commits. Both run in
the one process that holds the lease "operations", one at a time. A store that is away is told once;
what it should have had waits, within bounds, and follows when it is back.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import structlog

from data_sources.desks.traffic_desk import TrafficDesk
from data_sources.desks.transit_desk import TransitDesk
from data_sources.errors import StoreError
from data_sources.measures.due import is_due
from data_sources.measures.fusion import PROBE
from data_sources.model.feed import FeedState, Rejected
from data_sources.model.operations import OperationsPicture, PredictionScore, ServiceMinute, StopPassage
from data_sources.model.traffic import Incident, LinkSpeed, LinkState
from data_sources.model.transit import ServiceAlert, VehiclePosition
from data_sources.stores.base import HistoryStore, LiveStore, Topic
from data_sources.stores.folding import minute_of, summed

log = structlog.get_logger("ingest")

TICK_S = 1.0
"""How often `tick` is called; what is due is decided by the time it is given."""
OPERATIONS_EVERY = timedelta(seconds=2)
LINKS_EVERY = timedelta(seconds=5)
"""Without a new word from a source; with one, the next tick."""
RECORDS_MAX = 50_000
"""Passages, and as many service minutes, that wait for the history store: a day of a large fleet."""
FRAMES_MAX = 60
"""Minutes of the network that wait for the history store."""
LINKS_FROM = timedelta(minutes=10)
"""A frame of the network so young is taken up at start; sources have spoken again since an older one."""

FeedStates = Mapping[str, FeedState]


class Desks(NamedTuple):
    """The desks of a city; no transit desk for a city without a schedule."""

    traffic: TrafficDesk
    transit: TransitDesk | None


class _Waiting:
    """Records that are not in history yet. Beyond the bounds the oldest give way, which is told once."""

    def __init__(self) -> None:
        self.passages: deque[StopPassage] = deque(maxlen=RECORDS_MAX)
        self.minutes: deque[ServiceMinute] = deque(maxlen=RECORDS_MAX)
        self.scores: list[PredictionScore] = []
        self.frames: deque[tuple[datetime, tuple[LinkState, ...]]] = deque(maxlen=FRAMES_MAX)
        self.closed: list[Incident] = []
        self.incidents = False
        self._dropping = False

    def add(
        self,
        passages: Sequence[StopPassage],
        minutes: Sequence[ServiceMinute],
        scores: Sequence[PredictionScore],
    ) -> None:
        self._make_room(self.passages, len(passages))
        self._make_room(self.minutes, len(minutes))
        self.passages.extend(passages)
        self.minutes.extend(minutes)
        self.scores = summed([*self.scores, *scores])

    def add_frame(self, minute: datetime, links: tuple[LinkState, ...]) -> None:
        self._make_room(self.frames, 1)
        self.frames.append((minute, links))

    def write(self, history: HistoryStore, incidents: Sequence[Incident]) -> None:
        """Commit what waits; what is committed waits no more, also when StoreError ends the rest."""
        if self.incidents or self.closed:
            history.record_incidents(incidents, self.closed)
            self.incidents, self.closed = False, []
        while self.frames:
            history.record_links(*self.frames[0])
            self.frames.popleft()
        if self.passages or self.minutes or self.scores:
            history.record_operations(tuple(self.passages), tuple(self.minutes), self.scores)
            self.passages.clear()
            self.minutes.clear()
            self.scores = []
        self._dropping = False

    @property
    def count(self) -> int:
        return len(self.passages) + len(self.minutes) + len(self.frames) + len(self.closed) + self.incidents

    def _make_room(self, records: "deque[Any]", n: int) -> None:
        if len(records) + n > (records.maxlen or 0) and not self._dropping:
            log.error("history backlog of operations full, oldest records dropped")
            self._dropping = True


class OperationsLoop:
    """See the module's text. Every method is synchronous and takes the time; one thread at a time.

    `make_desks` builds them anew for each `restore`: what an earlier reign left in them is old.
    """

    def __init__(self, make_desks: Callable[[], Desks], history: HistoryStore, live: LiveStore) -> None:
        self._make_desks = make_desks
        self._history = history
        self._live = live
        self._history_away = False
        self._live_away = False
        self._failing: set[str] = set()
        self._waiting = _Waiting()
        self._begin(make_desks())

    def _begin(self, desks: Desks) -> None:
        self._traffic, self._transit = desks
        self._picture: OperationsPicture | None = None
        self._links: tuple[LinkState, ...] = ()
        self._incidents: tuple[Incident, ...] = ()
        self._due: set[Topic] = set()
        self._spoken = False
        self._last: dict[str, datetime] = {}
        self._minute: datetime | None = None

    def restore(self, now: datetime) -> None:
        """Take up from history what was open and known when the last holder of the lease ended.

        Incidents that were open stay open and are not announced again; the last word of each source on
        each link is known again, as old as it is; passages and scores of the transit desk. StoreError
        when the history is away.
        """
        self._begin(self._make_desks())
        self._traffic.restore_incidents(self._history.open_incidents())
        frames = self._history.link_frames(now - LINKS_FROM, now)
        for feed_id, speeds in groupby(_last_words(frames[-1][1]) if frames else (), lambda one: one.feed_id):
            # A link that has left the network since is no fault of the source.
            self._traffic.put_speeds(feed_id, tuple(speeds))
        if self._transit is not None:
            self._transit.restore(self._history, now)
        self._incidents = self._traffic.open_incidents(now)
        self._waiting.closed += self._traffic.take_closed()
        self._spoken = bool(frames)
        try:
            if self._live.incidents() != self._incidents:
                self._due.add(Topic.INCIDENTS)
        except StoreError:
            self._due.add(Topic.INCIDENTS)

    def put_speeds(self, feed_id: str, speeds: Sequence[LinkSpeed]) -> tuple[Rejected, ...]:
        """Hand over link speeds; those that lie on no link of the network come back, for quarantine."""
        refused: tuple[Rejected, ...] = ()
        with self._on_its_own("speeds"):
            refused = self._traffic.put_speeds(feed_id, speeds)
            self._spoken = True
        return refused

    def put_positions(self, feed_id: str, positions: Sequence[VehiclePosition], now: datetime) -> None:
        """Hand over a feed's fixes; none at all also says that the feed is there."""
        with self._on_its_own("probes"):
            self._traffic.put_positions(positions)
        if self._transit is not None:
            with self._on_its_own("transit"):
                self._transit.put_positions(feed_id, positions, now)

    def put_incidents(
        self, feed_id: str, incidents: Sequence[Incident], alerts: Sequence[ServiceAlert], now: datetime
    ) -> None:
        """Hand over a feed's whole picture of incidents and alerts: what it no longer lists is over."""
        with self._on_its_own("incidents"):
            self._traffic.put_incidents(feed_id, incidents, now)
            self._traffic.put_alerts(feed_id, alerts, now)

    def tick(self, now: datetime, feed_states: FeedStates) -> None:
        """Let time pass: work out what is due, publish what changed, commit what waits."""
        if self._is_due("operations", now, OPERATIONS_EVERY):
            self._tick_transit(now, feed_states)
            if self._live_forgot():
                self._announce_all()
        self._tick_incidents(now)
        minute = minute_of(now)
        begins = self._minute is not None and minute > self._minute
        self._minute = minute
        if self._is_due("links", now, LINKS_EVERY) or self._spoken or begins:
            self._tick_links(now)
        if begins and self._links:
            self._waiting.add_frame(minute, self._links)
        self._write()
        self._publish()

    def drain(self, now: datetime) -> None:
        """Commit what is known at the end; the last call before the lease is given back."""
        self._take_records()
        self._tick_incidents(now)
        self._write()

    @property
    def waiting(self) -> int:
        """Records that wait for the history store."""
        return self._waiting.count

    def _is_due(self, what: str, now: datetime, every: timedelta) -> bool:
        if not is_due(self._last.get(what), now, every):
            return False
        self._last[what] = now
        return True

    def _tick_transit(self, now: datetime, feed_states: FeedStates) -> None:
        if self._transit is None:
            return
        with self._on_its_own("transit"):
            self._picture = self._transit.tick(now, feed_states)
            self._due.add(Topic.OPERATIONS)
        self._take_records()

    def _take_records(self) -> None:
        if self._transit is not None:
            with self._on_its_own("transit"):
                self._waiting.add(*self._transit.take_records())

    def _tick_incidents(self, now: datetime) -> None:
        with self._on_its_own("incidents"):
            incidents = self._traffic.open_incidents(now)
            self._waiting.closed += self._traffic.take_closed()
            if incidents != self._incidents:
                self._incidents = incidents
                self._waiting.incidents = True
                self._due.add(Topic.INCIDENTS)

    def _tick_links(self, now: datetime) -> None:
        self._spoken = False
        self._last["links"] = now
        with self._on_its_own("links"):
            links = self._traffic.states(now)
            if links != self._links:
                self._links = links
                self._due.add(Topic.LINKS)

    def _write(self) -> None:
        try:
            self._waiting.write(self._history, self._incidents)
        except StoreError as error:
            if not self._history_away:
                log.error("history store away", part="operations", reason=str(error))
            self._history_away = True
        else:
            if self._history_away:
                log.info("history store back", part="operations")
            self._history_away = False

    def _publish(self) -> None:
        try:
            for topic in sorted(self._due):
                self._put(topic)
                self._due.discard(topic)
        except StoreError as error:
            if not self._live_away:
                log.error("live store away", part="operations", reason=str(error))
            self._live_away = True
            self._announce_all()  # it may come back empty
        else:
            if self._live_away:
                log.info("live store back", part="operations")
            self._live_away = False

    def _put(self, topic: Topic) -> None:
        if topic is Topic.LINKS:
            self._live.put_links(self._links)
        elif topic is Topic.INCIDENTS:
            self._live.put_incidents(self._incidents)
        elif self._picture is not None:
            self._live.put_operations(self._picture)

    def _announce_all(self) -> None:
        self._due |= {Topic.LINKS, Topic.INCIDENTS}
        if self._picture is not None:
            self._due.add(Topic.OPERATIONS)

    def _live_forgot(self) -> bool:
        """Whether the live store answers and has lost what we put there (it was restarted empty)."""
        try:
            if self._picture is not None:
                # Asked before each new picture is put there: the old one must still be there.
                return self._live.operations() is None
            return bool(self._links) and not self._live.links()
        except StoreError:
            return True

    @contextmanager
    def _on_its_own(self, desk: str) -> Iterator[None]:
        """A desk that fails must not take the feed that it was told of with it: the error is logged
        once with its place, and again after it has worked."""
        try:
            yield
        except Exception:
            if desk not in self._failing:
                log.error("desk failed", desk=desk, exc_info=True)
            self._failing.add(desk)
        else:
            self._failing.discard(desk)


def _last_words(links: Sequence[LinkState]) -> list[LinkSpeed]:
    """What each source but our own buses said of each link, by feed."""
    speeds = [
        LinkSpeed(
            feed_id=source.feed_id,
            link_id=link.link_id,
            speed_kmh=source.speed_kmh,
            samples=source.samples,
            closed=source.closed,
            observed_at=source.observed_at,
            received_at=source.observed_at,
            synthetic=link.synthetic,
        )
        for link in links
        for source in link.sources
        if source.feed_id != PROBE
    ]
    return sorted(speeds, key=lambda one: one.feed_id)
