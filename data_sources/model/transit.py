"""Transit records in GTFS terms. Times are aware UTC; units are suffixes."""

from datetime import datetime
from enum import StrEnum

import msgspec


class VehicleState(StrEnum):
    """How far a vehicle can be trusted to be where it is drawn."""

    LIVE = "live"
    LATE = "late"
    GHOST = "ghost"


class VehiclePosition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fix of one vehicle.

    `vehicle_id` is unique within the feed: `vehicle.id`, else the entity id, else the trip.
    `observed_at` is when it was measured, `received_at` when the message reached us.
    `flags` are codes of rules that marked the fix without rejecting it.
    """

    vehicle_id: str
    feed_id: str
    lat: float
    lon: float
    observed_at: datetime
    received_at: datetime
    label: str | None = None
    license_plate: str | None = None
    bearing_deg: float | None = None
    speed_kmh: float | None = None
    odometer_m: float | None = None
    route_id: str | None = None
    trip_id: str | None = None
    direction_id: int | None = None
    start_date: str | None = None
    start_time: str | None = None
    trip_relationship: str | None = None
    stop_id: str | None = None
    stop_sequence: int | None = None
    stop_status: str | None = None
    congestion_level: str | None = None
    occupancy: str | None = None
    occupancy_pct: float | None = None
    passengers: int | None = None
    battery_pct: float | None = None
    status: str | None = None
    flags: tuple[str, ...] = ()
    synthetic: bool = False


class StopTimeUpdate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Predicted arrival and departure of a trip at one stop; delays in seconds, late is positive."""

    stop_id: str | None = None
    stop_sequence: int | None = None
    arrival_at: datetime | None = None
    arrival_delay_s: int | None = None
    departure_at: datetime | None = None
    departure_delay_s: int | None = None
    relationship: str | None = None


class TripUpdate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a feed predicts for one trip."""

    entity_id: str
    feed_id: str
    received_at: datetime
    observed_at: datetime | None = None
    trip_id: str | None = None
    route_id: str | None = None
    direction_id: int | None = None
    start_date: str | None = None
    start_time: str | None = None
    trip_relationship: str | None = None
    vehicle_id: str | None = None
    delay_s: int | None = None
    stop_times: tuple[StopTimeUpdate, ...] = ()
    flags: tuple[str, ...] = ()
    synthetic: bool = False


class InformedEntity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an alert is about."""

    agency_id: str | None = None
    route_id: str | None = None
    trip_id: str | None = None
    stop_id: str | None = None


class ServiceAlert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A GTFS-Realtime alert. Texts by language code; "" where the feed names none."""

    alert_id: str
    feed_id: str
    received_at: datetime
    cause: str | None = None
    effect: str | None = None
    severity: str | None = None
    active_periods: tuple[tuple[datetime | None, datetime | None], ...] = ()
    informed: tuple[InformedEntity, ...] = ()
    header: dict[str, str] = msgspec.field(default_factory=dict)
    description: dict[str, str] = msgspec.field(default_factory=dict)
    url: dict[str, str] = msgspec.field(default_factory=dict)
    synthetic: bool = False
