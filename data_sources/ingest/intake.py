"""Intake: one payload of one feed becomes a committed batch, then the live picture."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from data_sources import rules
from data_sources.errors import FeedContentError, FeedError, StoreError
from data_sources.feeds import Parse, parser_of
from data_sources.ingest import counts
from data_sources.ingest.observed import Observed
from data_sources.ingest.operations import OperationsLoop
from data_sources.ingest.reading import Said, own_error, said_in
from data_sources.measures import freshness
from data_sources.model.city import Bounds, FeedSpec, VehicleLimits
from data_sources.model.feed import Batch, FeedState, FeedStatus, Payload, Rejected
from data_sources.model.indicator import PropertySpec
from data_sources.model.traffic import Facility, Incident
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition
from data_sources.schedule import Schedule
from data_sources.stores.base import HistoryStore, LiveStore

log = structlog.get_logger("ingest")

BACKLOG_MAX = 600
"""Judged batches kept in memory while the history store is away: ten minutes of a 1 Hz feed."""

INCIDENT_KEPT_FOR = timedelta(hours=24)
"""An incident that was pushed to us is over when its source has not told of it for so long: a
notification that tells its end may have been lost."""

MESSAGE = "(message)"
"""Entity id under which a message that is unusable as a whole lies in quarantine."""


@dataclass(slots=True)
class _Pending:
    received_at: datetime
    batch: Batch
    payload: Payload | None


class Intake:
    """What ingest knows of one feed: its last picture, its counts, what waits for the database.

    `operations`, if given, is told what the feed says of traffic and service; `properties` is the vocabulary
    that observations are judged by. Every method is synchronous
    and takes the time; only one thread may use an instance at a time, but for `read`.
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
        operations: OperationsLoop | None = None,
        properties: Mapping[str, PropertySpec] | None = None,
    ) -> None:
        self.feed = feed
        self._parse: Parse = parser_of(feed)
        self._history = history
        self._live = live
        self._bounds = bounds
        self._schedule = schedule
        self._properties = properties
        self._operations = operations
        self._forget_after = timedelta(seconds=limits.forget_after_s)
        self._picture: dict[str, VehiclePosition] = {}
        self._trip_updates: tuple[TripUpdate, ...] = ()
        self._alerts: tuple[ServiceAlert, ...] = ()
        self._incidents: dict[str, Incident] = {}
        self._facilities: dict[str, Facility] = {}
        self._observed = Observed(feed)
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
        if self.feed.push:
            self._incidents = self._pushed_before(now)
        self._observed.restore(self._history, now)
        self._judge_state(now)
        if self._operations is not None and fixes:
            self._operations.put_positions(self.feed.feed_id, fixes, now)
        self._publish(
            positions=True,
            trip_updates=True,
            alerts=True,
            observations=bool(self._observed.observations),
            tickets=bool(self._observed.tickets),
        )

    def read(self, payload: Payload) -> tuple[Said, ...]:
        """What each message of a payload says: the slow part of `accept`, beside which others may write."""
        return said_in(payload, self._parse, self.feed)

    def accept(self, payload: Payload, now: datetime, said: tuple[Said, ...] | None = None) -> FeedStatus:
        """Judge, commit and publish one payload; `said` is what `read` made of it.

        A message that is unusable as a whole keeps the last picture, counts as a failure and lies
        in quarantine with its payload. When the database is away the picture is published all the
        same and the batch waits for it; it counts as acknowledged only once committed.
        """
        batches: list[Batch] = []
        failure: FeedContentError | None = None
        for one in self.read(payload) if said is None else said:
            try:
                batches.append(self._judge(one, now))
            except FeedContentError as error:
                failure = error
                refused = Rejected(code=error.code, entity_id=MESSAGE, detail=str(error))
                batches.append(Batch(rejected=(refused,)))
        batch = counts.merge(batches)
        # Part of a picture, as a notification is or a page without the next, ends nothing.
        whole = failure is None and not self.feed.push
        if any(part.accepted or part.header_at for part in batches):
            failure = None
        unknown = self._hand_over_speeds(batch)
        batch = msgspec.structs.replace(batch, rejected=(*batch.rejected, *unknown))
        accepted = batch.accepted - len(unknown)
        self.status = counts.counted(self.status, batch, accepted, failure, now)
        self._judge_state(now)
        fresh = self._observed.fold(self._apply_positions(batch), now)
        trip_updates, alerts, facilities = False, False, False
        if failure is None:
            # every message is a full dataset: what it no longer lists has ended
            trip_updates = bool(batch.trip_updates or self._trip_updates)
            alerts = bool(batch.alerts or self._alerts)
            self._trip_updates, self._alerts = batch.trip_updates, batch.alerts
            facilities = bool(batch.facilities or (whole and self._facilities))
            self._apply_mobility(batch, now, whole=whole)
        self._commit(_Pending(payload.received_at, fresh, payload))
        self._publish(
            positions=bool(batch.positions),
            trip_updates=trip_updates,
            alerts=alerts,
            facilities=facilities,
            observations=bool(fresh.observations or fresh.features),
            tickets=bool(fresh.tickets),
        )
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
        if self.feed.push and self._forget_incidents(now):
            self._hand_over_incidents(now)
        series_gone, tickets_gone = self._observed.forget(now)
        self._publish(positions=bool(gone), observations=series_gone, tickets=tickets_gone)
        return self.status

    def take_up_files(self, now: datetime) -> bool:
        """Take up what sheets say that were handed in under this feed's id; False: not now, ask again."""
        if self._backlog:
            return False  # history does not know yet what we have told of
        try:
            changed = self._observed.take_up(self._history, now)
        except StoreError:
            return False
        if changed:
            self._publish(observations=True)
        return True

    @property
    def waiting(self) -> int:
        """Batches that wait for the database."""
        return len(self._backlog)

    def _judge(self, said: Said, now: datetime) -> Batch:
        if isinstance(said, FeedContentError):
            raise said
        try:
            batch = rules.judge(
                said,
                now=now,
                bounds=self._bounds,
                schedule=self._schedule,
                last_fix_at=self._last_fix_at,
                last_header_at=self._last_header_at,
                last_fixes=self._picture,
                properties=self._properties,
                features=self.feed.features,
            )
        except FeedContentError:
            raise
        except Exception as error:
            raise own_error(self.feed, error) from error
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

    def _pushed_before(self, now: datetime) -> dict[str, Incident]:
        """Open incidents that were pushed to us: the next notification may not tell of them. How long
        nobody has told of them counts from now; history only knows since when they are as they are."""
        return {
            one.incident_id: msgspec.structs.replace(one, received_at=now)
            for one in self._history.open_incidents()
            if one.feed_id == self.feed.feed_id
        }

    def _hand_over_speeds(self, batch: Batch) -> tuple[Rejected, ...]:
        """Give link speeds to the traffic desk; those that lie on no link come back refused."""
        if self._operations is None or not batch.link_speeds:
            return ()
        return self._operations.put_speeds(self.feed.feed_id, batch.link_speeds)

    def _apply_mobility(self, batch: Batch, now: datetime, *, whole: bool) -> None:
        """Fold incidents and facilities into the picture, and give the desks what they need."""
        if whole:
            self._incidents, self._facilities = {}, {}
        self._incidents |= {one.incident_id: one for one in batch.incidents}
        self._facilities |= {one.facility_id: one for one in batch.facilities}
        if self._operations is not None:
            self._operations.put_positions(self.feed.feed_id, batch.positions, now)
            self._forget_incidents(now)
            self._hand_over_incidents(now)

    def _hand_over_incidents(self, now: datetime) -> None:
        if self._operations is not None:
            incidents = tuple(self._incidents.values())
            self._operations.put_incidents(self.feed.feed_id, incidents, self._alerts, now)

    def _forget_incidents(self, now: datetime) -> bool:
        """Forget incidents that nobody has told of for long; whether there were any."""
        old = [key for key, one in self._incidents.items() if now - one.received_at > INCIDENT_KEPT_FOR]
        for key in old:
            del self._incidents[key]
        return bool(old)

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

    def _publish(
        self,
        *,
        positions: bool = False,
        trip_updates: bool = False,
        alerts: bool = False,
        facilities: bool = False,
        observations: bool = False,
        tickets: bool = False,
    ) -> None:
        """Put what is new into the live store, and all that we know into one that came back empty: the
        status, put alone, would hide that the rest is gone."""
        observed = self._observed
        try:
            lost = self._live_away or self.feed.feed_id not in self._live.feed_statuses()
            if positions or lost:
                self._live.put_positions(self.feed.feed_id, tuple(self._picture.values()))
            if trip_updates or lost:
                self._live.put_trip_updates(self.feed.feed_id, self._trip_updates)
            if alerts or lost:
                self._live.put_alerts(self.feed.feed_id, self._alerts)
            if facilities or (lost and self._facilities):
                self._live.put_facilities(self.feed.feed_id, tuple(self._facilities.values()))
            if observations or (lost and observed.observations):
                self._live.put_observations(self.feed.feed_id, observed.observations, observed.features)
            if tickets or (lost and observed.tickets):
                self._live.put_tickets(self.feed.feed_id, observed.tickets)
            self._live.put_feed_status(self.status)
        except StoreError as error:
            if not self._live_away:
                log.error("live store away", feed=self.feed.feed_id, reason=str(error))
            self._live_away = True
        else:
            if self._live_away:
                log.info("live store back", feed=self.feed.feed_id)
            self._live_away = False
