"""GTFS-Realtime: VehiclePositions, TripUpdates and Alerts of one protobuf message, also mixed.

Format: GTFS-Realtime reference, version 2.0. Fields are read one by one: going through dictionaries
(`MessageToDict`) costs a hundred times as much and is done for rejected entities only.
"""

from collections import Counter
from datetime import datetime
from functools import cached_property
from math import isfinite
from typing import Any

from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from google.transit import gtfs_realtime_pb2 as pb

from data_sources.errors import FeedContentError
from data_sources.feeds import clean, codes
from data_sources.feeds.clean import ID_MAX, line
from data_sources.feeds.gtfs_alerts import read_alert
from data_sources.feeds.gtfs_fields import (
    CONGESTION_LEVELS,
    OCCUPANCIES,
    STOP_RELATIONSHIPS,
    STOP_STATUSES,
    instant,
    trip_key,
    trip_relationship,
)
from data_sources.feeds.payload import ENTITIES_MAX, unpack
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Rejected
from data_sources.model.transit import ServiceAlert, StopTimeUpdate, TripUpdate, VehiclePosition
from data_sources.rules import Rule
from data_sources.rules.rule import RECORDS_MAX

MS_TO_KMH = 3.6

_STAMP_LENGTH_MIN = 9
"""Digits of a POSIX stamp since 1973; shorter numbers occur in ids by chance."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read a GTFS-Realtime message; entities that cannot be used are rejected by code, not dropped.

    Raise FeedContentError when the message as a whole is unusable. An entity may carry several
    parts (a vehicle and a trip update); each is read and counted by itself.
    """
    return _Reader(_decode(unpack(payload, feed.max_bytes)), feed, received_at).read()


def _decode(body: bytes) -> Any:
    message = pb.FeedMessage()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        if _ends_early(body):
            raise FeedContentError(codes.TRUNCATED.code, "the message ends too early") from error
        raise FeedContentError(codes.NOT_PROTOBUF.code, "not a GTFS-Realtime protobuf message") from error
    if not message.HasField("header"):
        raise FeedContentError(codes.HEADER_MISSING.code, "the message has no GTFS-Realtime header")
    if len(message.entity) > ENTITIES_MAX:
        raise FeedContentError(
            codes.TOO_MANY_ENTITIES.code, f"{len(message.entity)} entities, limit {ENTITIES_MAX}"
        )
    return message


def _ends_early(body: bytes) -> bool:
    """Whether the body is a run of FeedMessage fields of which the last is cut off.

    Walks the top level only: header (1) and entity (2) are length-delimited, tags 0x0a and 0x12.
    """
    at = 0
    while at < len(body):
        if body[at] not in (0x0A, 0x12):
            return False
        length, shift, at = 0, 0, at + 1
        while True:
            if at >= len(body):
                return True
            length |= (body[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if body[at - 1] < 0x80 or shift > 63:
                break
        at += length
    return at > len(body)


class _Reader:
    """Reads one decoded message. Used once."""

    def __init__(self, message: Any, feed: FeedSpec, received_at: datetime) -> None:
        self._message = message
        self._feed_id = feed.feed_id
        self._synthetic = feed.synthetic
        self._received_at = received_at
        self._header_at = instant(message.header.timestamp)
        self._stamp = str(message.header.timestamp)
        self._rejected: list[Rejected] = []
        self._positions: dict[str, VehiclePosition] = {}
        self._trip_updates: dict[str, TripUpdate] = {}
        self._alerts: dict[str, ServiceAlert] = {}

    def read(self) -> Batch:
        flags = self._header_flags()
        unused = False
        for entity in self._message.entity:
            has = entity.HasField
            if entity.is_deleted:
                self._reject(codes.ENTITY_DELETED, entity, "is_deleted is set")
                continue
            known = False
            if has("vehicle"):
                known = True
                self._read_vehicle(entity)
            if has("trip_update"):
                known = True
                self._read_trip_update(entity)
            if has("alert"):
                known = True
                self._read_alert(entity)
            if not known:
                if has("shape") or has("stop") or has("trip_modifications"):
                    unused = True
                else:
                    self._reject(codes.ENTITY_EMPTY, entity, "neither vehicle, trip update nor alert")
        if unused:
            flags.append(codes.ENTITY_NOT_USED.code)
        return Batch(
            positions=tuple(self._positions.values()),
            trip_updates=tuple(self._trip_updates.values()),
            alerts=tuple(self._alerts.values()),
            rejected=tuple(self._rejected),
            header_at=self._header_at,
            flags=tuple(flags),
        )

    def _header_flags(self) -> list[str]:
        flags: list[str] = []
        if self._header_at is None:
            flags.append(codes.HEADER_TIME_MISSING.code)
        if self._message.header.incrementality == pb.FeedHeader.DIFFERENTIAL:
            flags.append(codes.DIFFERENTIAL.code)
        return flags

    def _read_vehicle(self, entity: Any) -> None:
        vehicle = entity.vehicle
        position = vehicle.position
        has = position.HasField
        if not (has("latitude") and has("longitude")):
            self._reject(codes.POSITION_MISSING, entity, "the vehicle has no latitude and longitude")
            return
        lat, lon = position.latitude, position.longitude
        if not (isfinite(lat) and isfinite(lon)):
            self._reject(codes.POSITION_NOT_NUMBER, entity, f"latitude {lat}, longitude {lon}")
            return
        descriptor = vehicle.vehicle
        trip = vehicle.trip
        flags: list[str] = []
        key = line(descriptor.id, ID_MAX)
        if key is None:
            key = self._stable_entity_id(entity) or trip_key(trip)
            if key is None:
                self._reject(codes.VEHICLE_UNIDENTIFIED, entity, "no vehicle id, entity id or trip")
                return
            flags.append(codes.VEHICLE_ID_MISSING.code)
        observed_at = self._observed_at(vehicle.timestamp, entity, flags)
        if observed_at is None:
            return
        bearing = round(position.bearing, 2) if has("bearing") else None
        speed = round(position.speed * MS_TO_KMH, 3) if has("speed") else None
        odometer = position.odometer if has("odometer") else None
        if odometer is not None and not (isfinite(odometer) and odometer >= 0):
            odometer = None
            flags.append(codes.VALUE_INVALID.code)
        has = vehicle.HasField
        fix = VehiclePosition(
            vehicle_id=key,
            feed_id=self._feed_id,
            # floats of 32 bits hold 7 digits; the rest of their 64-bit form is noise
            lat=round(lat, 7),
            lon=round(lon, 7),
            observed_at=observed_at,
            received_at=self._received_at,
            label=line(descriptor.label),
            license_plate=line(descriptor.license_plate),
            bearing_deg=bearing,
            speed_kmh=speed,
            odometer_m=odometer,
            route_id=line(trip.route_id, ID_MAX),
            trip_id=line(trip.trip_id, ID_MAX),
            direction_id=trip.direction_id if trip.HasField("direction_id") else None,
            start_date=line(trip.start_date, ID_MAX),
            start_time=line(trip.start_time, ID_MAX),
            trip_relationship=trip_relationship(trip),
            stop_id=line(vehicle.stop_id, ID_MAX),
            stop_sequence=vehicle.current_stop_sequence if has("current_stop_sequence") else None,
            stop_status=STOP_STATUSES[vehicle.current_status] if has("current_status") else None,
            congestion_level=CONGESTION_LEVELS[vehicle.congestion_level] if has("congestion_level") else None,
            occupancy=OCCUPANCIES[vehicle.occupancy_status] if has("occupancy_status") else None,
            occupancy_pct=vehicle.occupancy_percentage if has("occupancy_percentage") else None,
            flags=tuple(flags),
            synthetic=self._synthetic,
        )
        self._keep_newest(self._positions, key, fix, codes.DUPLICATE_VEHICLE, entity)

    def _read_trip_update(self, entity: Any) -> None:
        update = entity.trip_update
        trip = update.trip
        trip_on_day = trip_key(trip)
        if trip_on_day is None:
            self._reject(codes.TRIP_MISSING, entity, "no trip id, nor route and start time in its place")
            return
        key = line(entity.id, ID_MAX) or trip_on_day
        flags: list[str] = []
        observed_at = self._observed_at(update.timestamp, entity, flags)
        if observed_at is None:
            return
        stop_times = tuple(_stop_time(stop, flags) for stop in update.stop_time_update)
        record = TripUpdate(
            entity_id=key,
            feed_id=self._feed_id,
            received_at=self._received_at,
            observed_at=observed_at,
            trip_id=line(trip.trip_id, ID_MAX),
            route_id=line(trip.route_id, ID_MAX),
            direction_id=trip.direction_id if trip.HasField("direction_id") else None,
            start_date=line(trip.start_date, ID_MAX),
            start_time=line(trip.start_time, ID_MAX),
            trip_relationship=trip_relationship(trip),
            vehicle_id=line(update.vehicle.id, ID_MAX),
            delay_s=update.delay if update.HasField("delay") else None,
            stop_times=stop_times,
            flags=tuple(dict.fromkeys(flags)),
            synthetic=self._synthetic,
        )
        self._keep_newest(self._trip_updates, key, record, codes.DUPLICATE_ENTITY, entity)

    def _read_alert(self, entity: Any) -> None:
        alert_id = line(entity.id, ID_MAX)
        if alert_id is None:
            self._reject(codes.ENTITY_ID_MISSING, entity, "the alert has no id")
        elif alert_id in self._alerts:
            self._reject(codes.DUPLICATE_ENTITY, entity, "the message has an alert of this id already")
        else:
            self._alerts[alert_id] = read_alert(
                entity.alert,
                alert_id=alert_id,
                feed_id=self._feed_id,
                received_at=self._received_at,
                synthetic=self._synthetic,
            )

    def _observed_at(self, posix: int, entity: Any, flags: list[str]) -> datetime | None:
        """Own time, else the header's, else that of receipt; None after rejecting a stamp that is none.

        A message without any time is news when it arrives and ages from there: refusing it would
        hide fleets of simple trackers. That a source repeats itself unchanged is seen by the fetcher.
        """
        if posix:
            observed_at = instant(posix)
            if observed_at is None:
                self._reject(codes.TIME_NOT_POSIX, entity, f"timestamp {posix} is not in seconds since 1970")
            return observed_at
        if self._header_at is not None:
            flags.append(codes.TIME_FROM_HEADER.code)
            return self._header_at
        flags.append(codes.TIME_FROM_RECEIPT.code)
        return self._received_at

    def _keep_newest(self, kept: dict[str, Any], key: str, record: Any, rule: Rule, entity: Any) -> None:
        """Keep the record unless a newer one of its key is there; of two of one time, the later."""
        other = kept.get(key)
        if other is not None:
            if record.observed_at < other.observed_at:
                self._reject(rule, entity, f"{key}: the message has a newer one")
                return
            older = clean.record({"id": key, "observed_at": other.observed_at.isoformat()})
            self._rejected.append(
                Rejected(
                    code=rule.code,
                    entity_id=key,
                    detail=f"{key}: the message has a newer one",
                    record=older,
                )
            )
        kept[key] = record

    def _stable_entity_id(self, entity: Any) -> str | None:
        """The entity id where it can stand for a vehicle: unique in the message, same in the next.

        King County's ids are "<header time>_<vehicle>": new in each message, so the time goes.
        """
        entity_id = line(entity.id, ID_MAX)
        if entity_id is None or self._entity_ids[entity.id] > 1:
            return None
        if len(self._stamp) >= _STAMP_LENGTH_MIN and self._stamp in entity_id:
            return entity_id.replace(self._stamp, "").strip("_-:./ ") or None
        return entity_id

    @cached_property
    def _entity_ids(self) -> Counter[str | bytes]:
        return Counter(entity.id for entity in self._message.entity)

    def _reject(self, rule: Rule, entity: Any, detail: str) -> None:
        entity_id = line(entity.id, ID_MAX) or ""
        record = _as_record(entity) if len(self._rejected) < RECORDS_MAX else {}
        self._rejected.append(Rejected(code=rule.code, entity_id=entity_id, detail=detail, record=record))


def _stop_time(stop: Any, flags: list[str]) -> StopTimeUpdate:
    has = stop.HasField
    arrival, departure = stop.arrival, stop.departure
    return StopTimeUpdate(
        stop_id=line(stop.stop_id, ID_MAX),
        stop_sequence=stop.stop_sequence if has("stop_sequence") else None,
        arrival_at=_event_at(arrival, flags),
        arrival_delay_s=arrival.delay if arrival.HasField("delay") else None,
        departure_at=_event_at(departure, flags),
        departure_delay_s=departure.delay if departure.HasField("delay") else None,
        relationship=(
            STOP_RELATIONSHIPS[stop.schedule_relationship] if has("schedule_relationship") else None
        ),
    )


def _event_at(event: Any, flags: list[str]) -> datetime | None:
    if not event.time:
        return None
    at = instant(event.time)
    if at is None:
        flags.append(codes.VALUE_INVALID.code)
    return at


def _as_record(entity: Any) -> dict[str, Any]:
    try:
        return clean.record(MessageToDict(entity, preserving_proto_field_name=True))
    except (ValueError, TypeError):
        # a text that is not UTF-8 has no JSON form; the debug form escapes it
        return clean.record({"text": str(entity)[: clean.PARAGRAPH_MAX]})
