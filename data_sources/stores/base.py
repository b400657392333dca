"""What the rest of the house needs of its stores, and no more.

Two stores: the *live* store holds the last picture (Redis protocol; may be lost at any time), the
*history* store holds what was acknowledged (SQL). Only ingest writes to either, but for the inbox:
there the web process keeps what was pushed to us until ingest has taken it.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from data_sources.model.feed import Batch, FeedStatus, ImportRecord, MessageHead, Payload
from data_sources.model.indicator import IndicatorValue
from data_sources.model.observation import Feature, Grain, Observation, Rollup, Series, Ticket
from data_sources.model.operations import OperationsPicture, PredictionScore, ServiceMinute, StopPassage
from data_sources.model.traffic import Facility, Incident, LinkState
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition
from data_sources.stores.rollup_columns import RollupColumns


class Topic(StrEnum):
    """What changed. The names are those of the stream's topics where a topic exists."""

    VEHICLES = "vehicles"
    TRIP_UPDATES = "trip_updates"
    ALERTS = "service_alerts"
    FEEDS = "feeds"
    LINKS = "links"
    INCIDENTS = "incidents"
    FACILITIES = "facilities"
    OPERATIONS = "operations"
    OBSERVATIONS = "observations"
    TICKETS = "tickets"
    INDICATORS = "indicators"


class LiveStore(Protocol):
    """The last picture of each feed. Every method raises StoreError when the store is away."""

    def put_positions(self, feed_id: str, positions: Sequence[VehiclePosition]) -> None:
        """Replace the feed's picture as a whole and announce Topic.VEHICLES."""

    def positions(self) -> dict[str, tuple[VehiclePosition, ...]]:
        """Last picture by feed id."""

    def put_trip_updates(self, feed_id: str, trip_updates: Sequence[TripUpdate]) -> None: ...

    def trip_updates(self) -> dict[str, tuple[TripUpdate, ...]]: ...

    def put_alerts(self, feed_id: str, alerts: Sequence[ServiceAlert]) -> None: ...

    def alerts(self) -> dict[str, tuple[ServiceAlert, ...]]: ...

    def put_links(self, links: Sequence[LinkState]) -> None:
        """Replace the fused state of the network as a whole and announce Topic.LINKS."""

    def links(self) -> tuple[LinkState, ...]: ...

    def put_incidents(self, incidents: Sequence[Incident]) -> None:
        """Replace the open incidents of all feeds and announce Topic.INCIDENTS."""

    def incidents(self) -> tuple[Incident, ...]: ...

    def put_facilities(self, feed_id: str, facilities: Sequence[Facility]) -> None: ...

    def facilities(self) -> dict[str, tuple[Facility, ...]]: ...

    def put_operations(self, picture: OperationsPicture) -> None:
        """Replace the picture of transit operations and announce Topic.OPERATIONS."""

    def operations(self) -> OperationsPicture | None: ...

    def put_observations(
        self, feed_id: str, observations: Sequence[Observation], features: Sequence[Feature]
    ) -> None:
        """Replace the feed's last value of each of its series, and what they are of, as a whole; announce
        Topic.OBSERVATIONS."""

    def observations(self) -> dict[str, tuple[Observation, ...]]:
        """Last value of each series, by feed id."""

    def features(self) -> dict[str, tuple[Feature, ...]]:
        """What the feeds observe, by feed id."""

    def put_tickets(self, feed_id: str, tickets: Sequence[Ticket]) -> None:
        """Replace the feed's open tickets, and those closed in the last seven days; announce
        Topic.TICKETS."""

    def tickets(self) -> dict[str, tuple[Ticket, ...]]: ...

    def put_indicators(self, values: Sequence[IndicatorValue]) -> None:
        """Replace all indicators as a whole and announce Topic.INDICATORS."""

    def indicators(self) -> tuple[IndicatorValue, ...]: ...

    def put_feed_status(self, status: FeedStatus) -> None:
        """Store one feed's status and announce Topic.FEEDS."""

    def feed_statuses(self) -> dict[str, FeedStatus]: ...

    def acquire_lease(self, name: str, owner: str, ttl: timedelta) -> bool:
        """Take or renew the lease `name` for `owner`; False when another owner holds it."""

    def release_lease(self, name: str, owner: str) -> None:
        """Give the lease back if `owner` holds it; else do nothing."""

    def ping(self) -> None:
        """Return when the store answers."""

    def close(self) -> None: ...


class ChangeListener(Protocol):
    """Change notices, for the web process. One subscription per process."""

    def changes(self) -> AsyncIterator[Topic]:
        """Yield a topic whenever it changed. Reconnects by itself for ever; yields every topic
        once after each (re)connection, so that nothing is missed."""


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of refusal of one entity of one feed, counted: repeated refusals fold together."""

    feed_id: str
    code: str
    entity_id: str
    detail: str
    record: dict[str, Any]
    first_at: datetime
    last_at: datetime
    count: int
    payload_id: int | None


class StoredPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A payload kept as evidence."""

    payload_id: int
    feed_id: str
    payload: Payload


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long each kind of record is kept.

    `last_payload` holds for the last message of each feed, `files` for sheets as they were handed in (some
    statistics stand for ten years), at most `files_bytes`. `trip_updates` holds for alerts too, `operations`
    for passages, service minutes and scores of predictions. An open incident is kept however old it is, a
    notification until it was read (`inbox`: to a feed that has left the pack), rollups by day, week and month
    for ever, and so is everything of a series with a cadence of a day or longer: that is little.
    """

    positions: timedelta = timedelta(days=400)
    payloads: timedelta = timedelta(hours=24)
    last_payload: timedelta = timedelta(days=90)
    files: timedelta = timedelta(days=10 * 366)
    files_bytes: int = 500_000_000
    quarantine: timedelta = timedelta(days=90)
    trip_updates: timedelta = timedelta(days=7)
    link_frames: timedelta = timedelta(days=90)
    link_hours: timedelta = timedelta(days=400)
    incidents: timedelta = timedelta(days=400)
    operations: timedelta = timedelta(days=400)
    observations: timedelta = timedelta(days=400)
    rollup_hours: timedelta = timedelta(days=1900)
    tickets: timedelta = timedelta(days=1900)
    inbox: timedelta = timedelta(days=30)


class TypicalSpeed(msgspec.Struct, frozen=True, kw_only=True):
    """Mean speed of a link in an hour, and the minutes that it rests on."""

    speed_kmh: float
    minutes: int


TypicalSpeeds = Mapping[tuple[str, int], TypicalSpeed]
"""By (link_id, hour of the local day or whatever else `hour_of` makes of an hour)."""

LinkHour = tuple[datetime, Mapping[str, TypicalSpeed]]
"""Beginning of an hour of UTC, and the mean speed in it of each link that had any."""


class SeriesValues(msgspec.Struct, frozen=True, kw_only=True):
    """Raw values of one series, oldest first: equal lengths. `flags` by time, of those that have any."""

    series: Series
    times: list[datetime]
    values: list[float]
    flags: dict[datetime, tuple[str, ...]] = msgspec.field(default_factory=dict)


class SeriesRollups(msgspec.Struct, frozen=True, kw_only=True):
    """Rollups of one series at one grain, oldest first."""

    series: Series
    rollups: list[Rollup]


class HistoryStore(Protocol):
    """What was acknowledged. Every method raises StoreError when the database is away."""

    def record(
        self, feed_id: str, received_at: datetime, batch: Batch, status: FeedStatus, payload: Payload | None
    ) -> None:
        """Commit a judged batch, its quarantined entities, its payload and the feed's status in one
        transaction: after return all of it survives a crash, before return none of it is visible.

        An empty batch (a 304, a failure) only stores the status. A message that was read (it has a
        `header_at` or any record) is the feed's whole picture of trip updates and alerts: if it has
        none, those before it are over. A payload whose bytes equal the feed's last stored one is not
        stored twice. FeedContentError (`not_storable`) when a value fits no database: a number beyond
        64 bits, a text that is not Unicode.
        """

    def positions_between(
        self, start: datetime, end: datetime, feed_id: str | None = None
    ) -> list[VehiclePosition]:
        """Fixes with start <= received_at < end, oldest first, from batches and frames alike."""

    def latest_positions(self, since: datetime) -> dict[str, tuple[VehiclePosition, ...]]:
        """Newest fix of each vehicle received since then, by feed: what the live store is rebuilt from."""

    def latest_trip_updates(self, since: datetime) -> dict[str, tuple[TripUpdate, ...]]:
        """Trip updates of each feed's last message, if it came since then; `received_at` is when that
        content came last, so that unchanged content is as new as the message that repeats it."""

    def latest_alerts(self, since: datetime) -> dict[str, tuple[ServiceAlert, ...]]:
        """Alerts of each feed's last message, in the same way."""

    def feed_statuses(self) -> dict[str, FeedStatus]: ...

    def record_links(self, minute: datetime, links: Sequence[LinkState]) -> None:
        """Keep the fused state of the network at a whole minute, and add it to the means of its hour,
        in one transaction; written again it replaces what was there, also in the means.

        Speeds are kept to 0.1 km/h, times to one second. A speed observed more than
        `folding.SPEED_COUNTS_FOR` before the minute is in the frame and not in the means: a source
        that is frozen all night has not measured all night.
        """

    def link_frames(self, start: datetime, end: datetime) -> list[tuple[datetime, tuple[LinkState, ...]]]:
        """States of the network by minute, start <= minute < end, oldest first."""

    def link_hours(self, start: datetime, end: datetime) -> list[LinkHour]:
        """Mean speeds by hour, start <= beginning of the hour < end, oldest first: for strips over a
        day or longer, and for as long as frames are gone."""

    def typical_speeds(self, since: datetime, hour_of: Callable[[datetime], int]) -> TypicalSpeeds:
        """Mean speed of each link since then by what `hour_of` makes of the beginning of each hour of
        UTC, with the number of minutes behind it: what "typical for this hour" means. `hour_of` may give the
        hour of the local day, or of the local week. In a zone that is off by half an hour a local hour is the
        one in which the hour of UTC begins."""

    def record_incidents(self, incidents: Sequence[Incident], closed: Sequence[Incident]) -> None:
        """Open or refresh incidents, and close those that are over; all in one transaction. One is open from
        the `received_at` it first came with to the `ended_at` it was closed with (without one: its
        `received_at`). One that was closed and comes again is a new one."""

    def open_incidents(self) -> list[Incident]:
        """Incidents that are open, in order of feed and id."""

    def incidents_between(self, start: datetime, end: datetime) -> list[Incident]:
        """Incidents open at any time with start <= time < end, oldest first, each as last recorded."""

    def record_operations(
        self,
        passages: Sequence[StopPassage],
        minutes: Sequence[ServiceMinute],
        scores: Sequence[PredictionScore],
    ) -> None:
        """Keep passages (once each: same route, call, vehicle and time), replace service minutes of
        the same route and minute, and add to prediction scores; one transaction."""

    def passages_between(
        self, start: datetime, end: datetime, route_id: str | None = None, stop_id: str | None = None
    ) -> list[StopPassage]:
        """Passages with start <= passed_at < end, oldest first."""

    def service_minutes(
        self, start: datetime, end: datetime, route_id: str | None = None
    ) -> list[ServiceMinute]:
        """Minutes with start <= minute < end, by time, then route."""

    def prediction_scores(self, since: date) -> list[PredictionScore]:
        """Scores of that local day and later, by route, day and horizon."""

    def record_observations(
        self, observations: Sequence[Observation], features: Sequence[Feature] = ()
    ) -> Mapping[str, int]:
        """Keep observations (several feeds' at once, if so) and what they are of, in one transaction.

        A value of a known series and time replaces the old one; equal ones change nothing. Each hour that was
        touched is marked, so that `roll` makes its rollups anew. Counts: `new`, `corrected`, `unchanged`.
        `record` does the same for the observations, features and tickets of its batch.
        """

    def series(
        self, property_id: str | None = None, feed_id: str | None = None, feature_id: str | None = None
    ) -> list[Series]:
        """Registered series, by property, feature and feed."""

    def features(self) -> dict[str, tuple[Feature, ...]]:
        """What has been observed, by feed."""

    def observation_values(
        self, series_ids: Sequence[int], start: datetime, end: datetime
    ) -> list[SeriesValues]:
        """Raw values with start <= observed_at < end, series in the order asked for."""

    def crossings(
        self, edges: Mapping[int, Sequence[float]], start: datetime, end: datetime
    ) -> list[SeriesValues]:
        """Of each series (by id, with its edges) the first raw value with start <= observed_at < end, and
        every one that lies elsewhere than the one before it: below, at or above any of the edges. Without
        flags; series in the order given."""

    def rollups(
        self, series_ids: Sequence[int], grain: Grain, start: datetime, end: datetime
    ) -> list[SeriesRollups]:
        """Rollups that begin with start <= start < end, series in the order asked for."""

    def rollup_columns(
        self, series_ids: Sequence[int], grain: Grain, start: datetime, end: datetime
    ) -> list[RollupColumns]:
        """The same as columns, one for each id: years of hours without an object for each."""

    def latest_observations(
        self, since: datetime, feed_id: str | None = None, until: datetime | None = None
    ) -> dict[str, tuple[Observation, ...]]:
        """Newest value of each series observed since then, not after `until`, by feed: of all or of one."""

    def roll(self, now: datetime, zone: ZoneInfo, limit: int = 5_000) -> int:
        """Make the rollups of at most `limit` marked hours anew, the newest first, and of the days, weeks
        and months that hold them; hours rolled. 0: nothing was marked that has begun by `now`.

        A value counts for the interval in which it was observed; one that holds for a period, for the one
        in which the period ends: a mean up to midnight for the day that is over. A rollup never gives way
        to one of fewer values: what is missing then went by retention, or was loaded by `load_hours`.
        """

    def load_hours(self, hours: Iterable[tuple[Series, RollupColumns]], zone: ZoneInfo) -> int:
        """The bulk path: hourly rollups of back history, and what follows from them for days, weeks and
        months; series are registered by what they say (their `series_id` is ignored). Rows written."""

    def record_tickets(self, tickets: Sequence[Ticket]) -> None:
        """Open or refresh citizens' reports by feed and ticket id."""

    def tickets_between(self, start: datetime, end: datetime, feed_id: str | None = None) -> list[Ticket]:
        """Reports that were open at any time with start <= time < end, oldest first."""

    def record_import(self, record: ImportRecord, payload: Payload | None = None) -> int | None:
        """Keep what became of a file, and the file itself; one transaction. The same digest again replaces
        the earlier record and leaves the file. Returns where the file is, None when it is not kept."""

    def import_of(self, digest: str) -> ImportRecord | None: ...

    def imports(
        self,
        limit: int = 100,
        feed_ids: Collection[str] | None = None,
        properties: Collection[str] | None = None,
    ) -> list[ImportRecord]:
        """Files handed in, the last first; only for these feeds, only of these properties (or not known)."""

    def put_inbox(self, feed_id: str, payload: Payload) -> int:
        """Keep a notification that was pushed to us; it is acknowledged once this returns.

        InboxFullError when the feed has `folding.INBOX_MAX_ROWS` of them waiting, or as many bytes as
        `folding.INBOX_MAX_BYTES`: what was acknowledged stays.
        """

    def take_inbox(self, feed_id: str, limit: int = 100) -> list[tuple[int, Payload]]:
        """Notifications that wait, oldest first."""

    def clear_inbox(self, ids: Sequence[int]) -> None:
        """Forget notifications that were recorded."""

    def compact(self, before: datetime) -> int:
        """Fold batches of whole minutes before then into one compressed frame per feed and minute,
        in one transaction; return the number of batches folded. A fix repeated by later messages
        (same vehicle, same observed_at) is kept once."""

    def prune(self, now: datetime, retention: Retention) -> Mapping[str, int]:
        """Delete what is older than its retention, in small transactions; rows deleted by table."""

    def quarantined(self, feed_id: str | None = None, limit: int = 100) -> list[Quarantined]: ...

    def payload(self, payload_id: int) -> StoredPayload | None: ...

    def latest_message(self, feed_id: str) -> MessageHead | None: ...

    def ping(self) -> None: ...

    def close(self) -> None: ...
