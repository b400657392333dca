"""Intake: one payload of one feed becomes a committed batch, then the live picture."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from data_sources import rules
from data_sources.errors import FeedContentError, FeedError, StoreError
from data_sources.feeds import Parse, parser_of
from data_sources.measures import freshness
from data_sources.model.city import Bounds, FeedSpec, VehicleLimits
from data_sources.model.feed import Batch, FeedState, FeedStatus, Payload, Rejected
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition
from data_sources.schedule import Schedule
from data_sources.stores.base import HistoryStore, LiveStore

log = structlog.get_logger("ingest")

BACKLOG_MAX = 600
"""Judged batches kept in memory while the history store is away: ten minutes of a 1 Hz feed."""

MESSAGE = "(message)"
"""Entity id under which a message that is unusable as a whole lies in quarantine."""


@dataclass(slots=True)
class _Pending:
    received_at: datetime
    batch: Batch
    payload: Payload | None


def merge(batches: Iterable[Batch]) -> Batch:
    """One batch out of several, in their order; the newest header time wins."""
    parts = list(batches)
    if len(parts) == 1:
        return parts[0]
    headers = [part.header_at for part in parts if part.header_at is not None]
    return Batch(
        positions=tuple(fix for part in parts for fix in part.positions),
        trip_updates=tuple(update for part in parts for update in part.trip_updates),
        alerts=tuple(alert for part in parts for alert in part.alerts),
        rejected=tuple(reject for part in parts for reject in part.rejected),
        header_at=max(headers, default=None),
        flags=tuple(sorted({flag for part in parts for flag in part.flags})),
    )


class Intake:
    """What ingest knows of one feed: its last picture, its counts, what waits for the database.

    Every method is synchronous and takes the time; only one thread may use an instance at a time.
    """

    def __init__(
        self,
        feed: FeedSpec,
        history: HistoryStore,
        live: LiveStore,
        *,
        bounds: Bounds | None,
        limits: VehicleLimits,
        schedule: Schedule | None,
    ) -> None:
        self.feed = feed
        self._parse: Parse = parser_of(feed)
        self._history = history
        self._live = live
        self._bounds = bounds
        self._schedule = schedule
        self._forget_after = timedelta(seconds=limits.forget_after_s)
        self._picture: dict[str, VehiclePosition] = {}
        self._trip_updates: tuple[TripUpdate, ...] = ()
        self._alerts: tuple[ServiceAlert, ...] = ()
        self._last_fix_at: dict[str, datetime] = {}
        self._last_header_at: datetime | None = None
        self._backlog: deque[_Pending] = deque()
        self._history_away = False
        self._live_away = False
        self.status = FeedStatus(
            feed_id=feed.feed_id,
            kind=feed.kind,
            state=FeedState.NEVER,
            interval_s=feed.interval_s,
            synthetic=feed.synthetic,
        )

    def restore(self, now: datetime) -> None:
        """Take up the picture and the counts from history, and rebuild the live store from them."""
        since = now - self._forget_after
        known = self._history.feed_statuses().get(self.feed.feed_id)
        if known is not None:
            self.status = msgspec.structs.replace(
                known,
                kind=self.feed.kind,
                interval_s=self.feed.interval_s,
                synthetic=self.feed.synthetic,
                failures_in_row=0,
            )
        fixes = self._history.latest_positions(since).get(self.feed.feed_id, ())
        self._picture = {fix.vehicle_id: fix for fix in fixes}
        self._last_fix_at = {fix.vehicle_id: fix.observed_at for fix in fixes}
        self._trip_updates = self._history.latest_trip_updates(since).get(self.feed.feed_id, ())
        self._alerts = self._history.latest_alerts(since).get(self.feed.feed_id, ())
        self._judge_state(now)
        self._publish(positions=True, trip_updates=True, alerts=True)

    def accept(self, payload: Payload, now: datetime) -> FeedStatus:
        """Parse, judge, commit and publish one payload.

        A message that is unusable as a whole keeps the last picture, counts as a failure and lies
        in quarantine with its payload. When the database is away the picture is published all the
        same and the batch waits for it; it counts as acknowledged only once committed.
        """
        batches: list[Batch] = []
        failure: FeedContentError | None = None
        arrivals = payload.message_at or (payload.received_at,) * len(payload.messages)
        for message, received_at in zip(payload.messages, arrivals, strict=True):
            try:
                batches.append(self._read(message, received_at, now))
            except FeedContentError as error:
                failure = error
                refused = Rejected(code=error.code, entity_id=MESSAGE, detail=str(error))
                batches.append(Batch(rejected=(refused,)))
        batch = merge(batches)
        if any(part.accepted or part.header_at for part in batches):
            failure = None
        self._count(batch, now, failure)
        fresh = self._apply_positions(batch)
        trip_updates, alerts = False, False
        if failure is None:
            # every message is a full dataset: what it no longer lists has ended
            trip_updates = bool(batch.trip_updates or self._trip_updates)
            alerts = bool(batch.alerts or self._alerts)
            self._trip_updates, self._alerts = batch.trip_updates, batch.alerts
        self._commit(_Pending(payload.received_at, fresh, payload))
        self._publish(positions=bool(batch.positions), trip_updates=trip_updates, alerts=alerts)
        return self.status

    def unchanged(self, now: datetime) -> FeedStatus:
        """The far end says that nothing changed since the last message (HTTP 304)."""
        self.status = msgspec.structs.replace(
            self.status,
            last_try_at=now,
            last_good_at=now,
            error_code=None,
            error=None,
            failures_in_row=0,
            total_unchanged=self.status.total_unchanged + 1,
        )
        self.tick(now)
        return self.status

    def failed(self, error: FeedError, now: datetime) -> FeedStatus:
        """The feed could not be read: count it; the last picture stays."""
        first = self.status.error_code != error.code
        self.status = msgspec.structs.replace(
            self.status,
            last_try_at=now,
            error_code=error.code,
            error=str(error),
            failures_in_row=self.status.failures_in_row + 1,
            total_failures=self.status.total_failures + 1,
        )
        self._judge_state(now)
        if first:
            self._commit(_Pending(now, Batch(), None))
        self._publish()
        return self.status

    def tick(self, now: datetime) -> FeedStatus:
        """Let time pass: forget vehicles, age the state, heal a live store that came back empty."""
        gone = [key for key, fix in self._picture.items() if now - fix.observed_at > self._forget_after]
        for key in gone:
            del self._picture[key]
        if self._backlog:
            self._flush()
        self._judge_state(now)
        lost = self._live_away or self._live_forgot()
        self._publish(positions=lost or bool(gone), trip_updates=lost, alerts=lost)
        return self.status

    @property
    def waiting(self) -> int:
        """Batches that wait for the database."""
        return len(self._backlog)

    def _read(self, message: bytes, received_at: datetime, now: datetime) -> Batch:
        parsed = self._parse(message, feed=self.feed, received_at=received_at)
        batch = rules.judge(
            parsed,
            now=now,
            bounds=self._bounds,
            schedule=self._schedule,
            last_fix_at=self._last_fix_at,
            last_header_at=self._last_header_at,
            last_fixes=self._picture,
        )
        if batch.header_at is not None:
            self._last_header_at = batch.header_at
        return batch

    def _apply_positions(self, batch: Batch) -> Batch:
        """Fold the batch into the picture; return it without fixes that are already known."""
        fresh: list[VehiclePosition] = []
        for fix in batch.positions:
            if self._last_fix_at.get(fix.vehicle_id) != fix.observed_at:
                fresh.append(fix)
                self._last_fix_at[fix.vehicle_id] = fix.observed_at
            self._picture[fix.vehicle_id] = fix
        return msgspec.structs.replace(batch, positions=tuple(fresh))

    def _count(self, batch: Batch, now: datetime, failure: FeedContentError | None) -> None:
        rejected: dict[str, int] = {}
        for reject in batch.rejected:
            rejected[reject.code] = rejected.get(reject.code, 0) + 1
        flagged: dict[str, int] = {}
        for fix in batch.positions:
            for flag in fix.flags:
                flagged[flag] = flagged.get(flag, 0) + 1
        for flag in batch.flags:
            flagged[flag] = flagged.get(flag, 0) + 1
        totals = dict(self.status.total_rejected)
        for code, count in rejected.items():
            totals[code] = totals.get(code, 0) + count
        content = [fix.observed_at for fix in batch.positions]
        if batch.header_at is not None:
            content.append(batch.header_at)
        if self.status.last_content_at is not None:
            content.append(self.status.last_content_at)
        self.status = msgspec.structs.replace(
            self.status,
            last_try_at=now,
            last_good_at=now if failure is None else self.status.last_good_at,
            last_content_at=max(content, default=None),
            error_code=failure.code if failure else None,
            error=str(failure) if failure else None,
            failures_in_row=self.status.failures_in_row + 1 if failure else 0,
            accepted=batch.accepted,
            rejected=rejected,
            flagged=flagged,
            total_messages=self.status.total_messages + 1,
            total_failures=self.status.total_failures + (1 if failure else 0),
            total_accepted=self.status.total_accepted + batch.accepted,
            total_rejected=totals,
        )
        self._judge_state(now)

    def _judge_state(self, now: datetime) -> None:
        state = freshness.feed_state(
            last_good_at=self.status.last_good_at,
            last_content_at=self.status.last_content_at,
            interval_s=self.feed.interval_s,
            cadence_s=self.feed.promised_every.total_seconds(),
            now=now,
        )
        if state is not self.status.state or self.status.state_since is None:
            self._log_change(state)
            self.status = msgspec.structs.replace(self.status, state=state, state_since=now)

    def _log_change(self, state: FeedState) -> None:
        before = self.status.state
        if state is FeedState.DOWN:
            log.warning("feed down", feed=self.feed.feed_id, reason=self.status.error or "silent")
        elif state is FeedState.UP and before is not FeedState.UP:
            log.info("feed up", feed=self.feed.feed_id, was=before.value)

    def _commit(self, pending: _Pending) -> None:
        if len(self._backlog) >= BACKLOG_MAX:
            self._backlog.popleft()
            log.error("history backlog full, oldest batch dropped", feed=self.feed.feed_id)
        self._backlog.append(pending)
        self._flush()

    def _flush(self) -> None:
        try:
            while self._backlog:
                self._record(self._backlog[0])
                self._backlog.popleft()
        except StoreError as error:
            if not self._history_away:
                log.error("history store away", feed=self.feed.feed_id, reason=str(error))
            self._history_away = True
        else:
            if self._history_away:
                log.info("history store back", feed=self.feed.feed_id)
            self._history_away = False

    def _record(self, pending: _Pending) -> None:
        """Commit one batch; what the database cannot hold goes to quarantine as a whole."""
        feed_id, received_at = self.feed.feed_id, pending.received_at
        try:
            self._history.record(feed_id, received_at, pending.batch, self.status, pending.payload)
        except FeedContentError as error:
            refused = Rejected(code=error.code, entity_id=MESSAGE, detail=str(error))
            self._history.record(
                feed_id, received_at, Batch(rejected=(refused,)), self.status, pending.payload
            )

    def _publish(self, *, positions: bool = False, trip_updates: bool = False, alerts: bool = False) -> None:
        try:
            if positions:
                self._live.put_positions(self.feed.feed_id, tuple(self._picture.values()))
            if trip_updates:
                self._live.put_trip_updates(self.feed.feed_id, self._trip_updates)
            if alerts:
                self._live.put_alerts(self.feed.feed_id, self._alerts)
            self._live.put_feed_status(self.status)
        except StoreError as error:
            if not self._live_away:
                log.error("live store away", feed=self.feed.feed_id, reason=str(error))
            self._live_away = True
        else:
            if self._live_away:
                log.info("live store back", feed=self.feed.feed_id)
            self._live_away = False

    def _live_forgot(self) -> bool:
        """Whether the live store answers but has lost our picture (it was restarted empty)."""
        try:
            return self.feed.feed_id not in self._live.feed_statuses()
        except StoreError:
            return True
