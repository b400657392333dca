"""Both stores in the process's own memory: for tests, with the meaning of the real ones."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from data_sources.model.feed import Batch, FeedStatus, Payload
from data_sources.model.operations import OperationsPicture
from data_sources.model.traffic import Facility, Incident, LinkState
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition
from data_sources.stores.base import Quarantined, Retention, Topic
from data_sources.stores.folding import (
    Record,
    by_arrival,
    minute_of,
    newest_fixes,
    once_a_minute,
    received_at_once,
    refusals,
    says_something,
)
from data_sources.stores.memory_evidence import MemoryEvidence
from data_sources.stores.memory_mobility import MemoryMobility
from data_sources.stores.memory_observations import MemoryLiveObservations, MemoryObservations


class MemoryLive(MemoryLiveObservations):
    """A LiveStore in memory. `monotonic` (seconds) is the clock of its leases."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._positions: dict[str, tuple[VehiclePosition, ...]] = {}
        self._trip_updates: dict[str, tuple[TripUpdate, ...]] = {}
        self._alerts: dict[str, tuple[ServiceAlert, ...]] = {}
        self._links: tuple[LinkState, ...] = ()
        self._incidents: tuple[Incident, ...] = ()
        self._facilities: dict[str, tuple[Facility, ...]] = {}
        self._operations: OperationsPicture | None = None
        self._statuses: dict[str, FeedStatus] = {}
        self._leases: dict[str, tuple[str, float]] = {}
        self._subscribers: list[Callable[[Topic], None]] = []

    def put_positions(self, feed_id: str, positions: Sequence[VehiclePosition]) -> None:
        """Replace the feed's picture as a whole and announce it."""
        self._positions[feed_id] = tuple(positions)
        self._announce(Topic.VEHICLES)

    def positions(self) -> dict[str, tuple[VehiclePosition, ...]]:
        """Last picture by feed id."""
        return dict(self._positions)

    def put_trip_updates(self, feed_id: str, trip_updates: Sequence[TripUpdate]) -> None:
        """Replace the feed's trip updates and announce it."""
        self._trip_updates[feed_id] = tuple(trip_updates)
        self._announce(Topic.TRIP_UPDATES)

    def trip_updates(self) -> dict[str, tuple[TripUpdate, ...]]:
        """Trip updates by feed id."""
        return dict(self._trip_updates)

    def put_alerts(self, feed_id: str, alerts: Sequence[ServiceAlert]) -> None:
        """Replace the feed's alerts and announce it."""
        self._alerts[feed_id] = tuple(alerts)
        self._announce(Topic.ALERTS)

    def alerts(self) -> dict[str, tuple[ServiceAlert, ...]]:
        """Alerts by feed id."""
        return dict(self._alerts)

    def put_links(self, links: Sequence[LinkState]) -> None:
        """Replace the state of the network as a whole and announce it."""
        self._links = tuple(links)
        self._announce(Topic.LINKS)

    def links(self) -> tuple[LinkState, ...]:
        """State of the network, () before any."""
        return self._links

    def put_incidents(self, incidents: Sequence[Incident]) -> None:
        """Replace the open incidents of all feeds and announce it."""
        self._incidents = tuple(incidents)
        self._announce(Topic.INCIDENTS)

    def incidents(self) -> tuple[Incident, ...]:
        """Open incidents of all feeds."""
        return self._incidents

    def put_facilities(self, feed_id: str, facilities: Sequence[Facility]) -> None:
        """Replace the feed's facilities and announce it."""
        self._facilities[feed_id] = tuple(facilities)
        self._announce(Topic.FACILITIES)

    def facilities(self) -> dict[str, tuple[Facility, ...]]:
        """Facilities by feed id."""
        return dict(self._facilities)

    def put_operations(self, picture: OperationsPicture) -> None:
        """Replace the picture of transit operations and announce it."""
        self._operations = picture
        self._announce(Topic.OPERATIONS)

    def operations(self) -> OperationsPicture | None:
        """Picture of transit operations, None before any."""
        return self._operations

    def put_feed_status(self, status: FeedStatus) -> None:
        """Store one feed's status and announce it."""
        self._statuses[status.feed_id] = status
        self._announce(Topic.FEEDS)

    def feed_statuses(self) -> dict[str, FeedStatus]:
        """Statuses by feed id."""
        return dict(self._statuses)

    def acquire_lease(self, name: str, owner: str, ttl: timedelta) -> bool:
        """Take or renew the lease; False when another owner holds it."""
        with self._lock:
            now = self._monotonic()
            holder, expires = self._leases.get(name, (owner, now))
            if holder != owner and expires > now:
                return False
            self._leases[name] = (owner, now + ttl.total_seconds())
            return True

    def release_lease(self, name: str, owner: str) -> None:
        """Give the lease back if `owner` holds it."""
        with self._lock:
            if self._leases.get(name, ("", 0.0))[0] == owner:
                del self._leases[name]

    def ping(self) -> None:
        """Always answers."""

    def close(self) -> None:
        """Nothing to close."""

    def subscribe(self, subscriber: Callable[[Topic], None]) -> Callable[[], None]:
        """Call `subscriber` at every change, from the writer's thread; return the way to stop it."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def _announce(self, topic: Topic) -> None:
        for subscriber in tuple(self._subscribers):
            subscriber(topic)


class MemoryChanges:
    """A ChangeListener on a MemoryLive; writers may live in other threads."""

    def __init__(self, live: MemoryLive) -> None:
        self._live = live

    async def changes(self) -> AsyncGenerator[Topic, None]:
        """Every topic once, then each change."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Topic] = asyncio.Queue()
        stop = self._live.subscribe(lambda topic: _hand_over(loop, queue, topic))
        try:
            for topic in Topic:
                yield topic
            while True:
                yield await queue.get()
        finally:
            stop()


def _hand_over(loop: asyncio.AbstractEventLoop, queue: "asyncio.Queue[Topic]", topic: Topic) -> None:
    loop.call_soon_threadsafe(queue.put_nowait, topic)


class _Entry(msgspec.Struct, frozen=True):
    """A batch of positions that is not folded yet."""

    feed_id: str
    positions: tuple[VehiclePosition, ...]

    @property
    def last_at(self) -> datetime:
        return max(position.received_at for position in self.positions)


class MemoryHistory(MemoryObservations, MemoryEvidence, MemoryMobility):
    """A HistoryStore in memory: what feeds say here; traffic, operations, observations and evidence in its
    bases."""

    def __init__(self) -> None:
        super().__init__()
        self._batches: list[_Entry] = []
        self._frames: dict[tuple[str, datetime], list[VehiclePosition]] = {}
        self._trip_updates: dict[str, tuple[datetime, tuple[TripUpdate, ...]]] = {}
        self._alerts: dict[str, tuple[datetime, tuple[ServiceAlert, ...]]] = {}
        self._quarantine: dict[tuple[str, str, str], Quarantined] = {}
        self._statuses: dict[str, FeedStatus] = {}

    def record(
        self, feed_id: str, received_at: datetime, batch: Batch, status: FeedStatus, payload: Payload | None
    ) -> None:
        """Keep a judged batch, as one act."""
        with self._lock:
            self.record_observations(batch.observations, batch.features)
            self.record_tickets(batch.tickets)
            payload_id = self._keep_message(feed_id, payload)
            if batch.positions:
                self._batches.append(_Entry(feed_id, batch.positions))
            _keep_content(self._trip_updates, feed_id, received_at, batch, batch.trip_updates)
            _keep_content(self._alerts, feed_id, received_at, batch, batch.alerts)
            for refusal, count in refusals(batch.rejected):
                key = (feed_id, refusal.code, refusal.entity_id)
                known = self._quarantine.get(key)
                self._quarantine[key] = Quarantined(
                    feed_id=feed_id,
                    code=refusal.code,
                    entity_id=refusal.entity_id,
                    detail=refusal.detail,
                    record=refusal.record,
                    first_at=known.first_at if known else received_at,
                    last_at=received_at,
                    count=(known.count if known else 0) + count,
                    payload_id=payload_id,
                )
            self._statuses[status.feed_id] = status

    def positions_between(
        self, start: datetime, end: datetime, feed_id: str | None = None
    ) -> list[VehiclePosition]:
        """Fixes with start <= received_at < end, oldest first."""
        with self._lock:
            fixes = once_a_minute(self._all_positions())
        return [
            fix
            for fix in fixes
            if start <= fix.received_at < end and (feed_id is None or fix.feed_id == feed_id)
        ]

    def latest_positions(self, since: datetime) -> dict[str, tuple[VehiclePosition, ...]]:
        """Newest fix of each vehicle received since then, by feed."""
        with self._lock:
            return newest_fixes(fix for fix in self._all_positions() if fix.received_at >= since)

    def latest_trip_updates(self, since: datetime) -> dict[str, tuple[TripUpdate, ...]]:
        """Trip updates of the last message that had any, by feed."""
        with self._lock:
            return {feed_id: content for feed_id, (at, content) in self._trip_updates.items() if at >= since}

    def latest_alerts(self, since: datetime) -> dict[str, tuple[ServiceAlert, ...]]:
        """Alerts of the last message that had any, by feed."""
        with self._lock:
            return {feed_id: content for feed_id, (at, content) in self._alerts.items() if at >= since}

    def feed_statuses(self) -> dict[str, FeedStatus]:
        """Statuses by feed id."""
        return dict(self._statuses)

    def compact(self, before: datetime) -> int:
        """Fold the batches of whole minutes before then."""
        closed = minute_of(before)
        with self._lock:
            ready = [entry for entry in self._batches if entry.last_at < closed]
            self._batches = [entry for entry in self._batches if entry.last_at >= closed]
            for entry in ready:
                for position in entry.positions:
                    minute = (entry.feed_id, minute_of(position.received_at))
                    self._frames[minute] = once_a_minute([*self._frames.get(minute, ()), position])
            return len(ready)

    def prune(self, now: datetime, retention: Retention) -> Mapping[str, int]:
        """Delete what is older than its retention."""
        with self._lock:
            oldest_minute = minute_of(now - retention.positions)
            frames = {key: value for key, value in self._frames.items() if key[1] >= oldest_minute}
            batches = [entry for entry in self._batches if entry.last_at >= oldest_minute]
            gone = self._prune_payloads(now, retention)
            quarantine = {
                key: msgspec.structs.replace(row, payload_id=None) if row.payload_id in gone else row
                for key, row in self._quarantine.items()
                if row.last_at >= now - retention.quarantine
            }
            trip_updates = _kept(self._trip_updates, now - retention.trip_updates)
            alerts = _kept(self._alerts, now - retention.trip_updates)
            deleted = {
                "position_frame": len(self._frames) - len(frames),
                "position_batch": len(self._batches) - len(batches),
                "trip_update_batch": len(self._trip_updates) - len(trip_updates),
                "alert_batch": len(self._alerts) - len(alerts),
                "quarantine": len(self._quarantine) - len(quarantine),
                "payload": len(gone),
                **self._prune_mobility(now, retention),
                **self._prune_observations(now, retention),
            }
            self._frames, self._batches = frames, batches
            self._quarantine, self._trip_updates, self._alerts = quarantine, trip_updates, alerts
            return deleted

    def quarantined(self, feed_id: str | None = None, limit: int = 100) -> list[Quarantined]:
        """Refused entities, the last refused first."""
        rows = [row for row in self._quarantine.values() if feed_id is None or row.feed_id == feed_id]
        rows.sort(key=lambda row: (row.feed_id, row.code, row.entity_id))
        rows.sort(key=lambda row: row.last_at, reverse=True)
        return rows[:limit]

    def ping(self) -> None:
        """Always answers."""

    def close(self) -> None:
        """Nothing to close."""

    def _all_positions(self) -> list[VehiclePosition]:
        frames = [fix for frame in self._frames.values() for fix in frame]
        batches = [fix for entry in self._batches for fix in entry.positions]
        return sorted([*frames, *batches], key=by_arrival)


def _keep_content(
    store: dict[str, tuple[datetime, tuple[Record, ...]]],
    feed_id: str,
    received_at: datetime,
    batch: Batch,
    records: tuple[Record, ...],
) -> None:
    if records or (says_something(batch) and feed_id in store):
        store[feed_id] = (received_at, received_at_once(records, received_at))


def _kept(
    store: dict[str, tuple[datetime, tuple[Record, ...]]], since: datetime
) -> dict[str, tuple[datetime, tuple[Record, ...]]]:
    return {feed_id: entry for feed_id, entry in store.items() if entry[0] >= since}
