"""Feeds: what a message held, what was refused, and how a feed is doing."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from data_sources.model.observation import Feature, Observation, Ticket
from data_sources.model.traffic import Facility, Incident, LinkSpeed
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition


class FeedState(StrEnum):
    """State of a feed as a whole; `never` has not delivered since the history began."""

    UP = "up"
    LATE = "late"
    DOWN = "down"
    NEVER = "never"


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """One entity that was refused. `record` is what can be shown of it, as plain JSON values."""

    code: str
    entity_id: str
    detail: str
    record: dict[str, Any] = msgspec.field(default_factory=dict)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one message says. `header_at` is the message's own time, if it has one.

    `ignored` counts by code what was left aside because it does not concern the city: no error of
    the source, hence not kept in quarantine.
    """

    positions: tuple[VehiclePosition, ...] = ()
    trip_updates: tuple[TripUpdate, ...] = ()
    alerts: tuple[ServiceAlert, ...] = ()
    link_speeds: tuple[LinkSpeed, ...] = ()
    incidents: tuple[Incident, ...] = ()
    facilities: tuple[Facility, ...] = ()
    observations: tuple[Observation, ...] = ()
    features: tuple[Feature, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    ignored: dict[str, int] = msgspec.field(default_factory=dict)
    header_at: datetime | None = None
    flags: tuple[str, ...] = ()

    @property
    def accepted(self) -> int:
        """Number of records accepted; features are what observations are of and do not count."""
        records = (self.positions, self.trip_updates, self.alerts, self.link_speeds, self.incidents)
        return sum(map(len, (*records, self.facilities, self.observations, self.tickets)))


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes as they came over the wire, kept as evidence.

    `messages` holds one element for a polled document and several for messages gathered from a
    broker; each is parsed by itself. `message_at` then tells when each one came; empty: all at
    `received_at`. `file_name` is set for a file that was handed in, which is no message.
    """

    messages: tuple[bytes, ...]
    received_at: datetime
    message_at: tuple[datetime, ...] = ()
    content_type: str | None = None
    url: str | None = None
    file_name: str | None = None


class MessageHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message is kept, and when it came, without what it says."""

    payload_id: int
    received_at: datetime


class ImportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was handed in, under which feed its values are kept, and what became of its rows;
    `rejected` are rows with their reason. `properties` are those that it tells of, also in rows that were
    refused; None in records of before they were kept. `payload_id` leads to the file while it is kept."""

    digest: str
    file_name: str
    feed_id: str
    imported_at: datetime
    accepted: int
    corrected: int
    unchanged: int
    rejected: tuple[Rejected, ...] = ()
    properties: tuple[str, ...] | None = None
    payload_id: int | None = None


class FeedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed is doing, written by ingest only.

    `accepted` and `rejected` (by code) describe the last message; the `total_*` counts run since
    the history began. `last_good_at` is when a usable message last arrived, `last_content_at` the
    newest header or observation time, `last_try_at` the last attempt. `error_code`/`error` tell
    why the last attempt failed, null when it did not.
    """

    feed_id: str
    kind: str
    state: FeedState
    interval_s: float
    synthetic: bool = False
    last_try_at: datetime | None = None
    last_good_at: datetime | None = None
    last_content_at: datetime | None = None
    state_since: datetime | None = None
    error_code: str | None = None
    error: str | None = None
    failures_in_row: int = 0
    accepted: int = 0
    rejected: dict[str, int] = msgspec.field(default_factory=dict)
    flagged: dict[str, int] = msgspec.field(default_factory=dict)
    total_messages: int = 0
    total_failures: int = 0
    total_unchanged: int = 0
    total_accepted: int = 0
    total_rejected: dict[str, int] = msgspec.field(default_factory=dict)
