"""NGSI-LD: traffic flow, road accidents, car parks and charging stations of Smart Data Models.

What is observed of air, weather, street lights and floods, and any other type by the pack's mapping, is read
by `ngsi_observations.py`.

By query of a context broker or as its notification; ETSI GS CIM 009. Data models:
https://github.com/smart-data-models (dataModel.Transportation, dataModel.Parking).
A time without offset is read as UTC, as NGSI-LD prescribes, unless the feed sets `timezone`.
Lanes: each entity becomes one link speed; those of several lanes of a link stand side by side, with
the number of vehicles behind each (`samples`), for the fusion of the link to weigh.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from data_sources.errors import FeedContentError
from data_sources.feeds import clean, codes
from data_sources.feeds.ngsi_observations import OBSERVED_TYPES, observe
from data_sources.feeds.ngsi_values import Entity, entity_id, entity_types
from data_sources.feeds.observing import Collector
from data_sources.feeds.payload import ENTITIES_MAX, unpack
from data_sources.feeds.reading import Unusable, decode_json, rejected
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Rejected
from data_sources.model.traffic import Facility, Incident, IncidentKind, LinkSpeed

BACKWARD = ":backward"
"""Ends the link id of an observation of a segment's backward lanes that tells no geometry: a pack's
link for that direction carries such an id, so that it is never taken for the other carriageway."""

SEVERITY_KILLED = 5
SEVERITY_INJURED = 4
"""Of an accident by its casualties, as the data model has no severity of its own; else none is told."""

Record = LinkSpeed | Incident | Facility


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one answer or notification; entities that cannot be used are rejected by code.

    Of several entities with one id the newest is used. Raise FeedContentError when the message is
    neither a notification, an entity nor a list of entities.
    """
    used: dict[tuple[type, str], Record] = {}
    refused: list[Rejected] = []
    observed = Collector(feed, received_at)
    for document in _entities(decode_json(unpack(payload, feed.max_bytes))):
        key = entity_id(document)
        try:
            if key is None or not isinstance(document, dict):
                raise Unusable(codes.ENTITY_ID_MISSING, "the entity has no id")
            entity = Entity(document, key, feed, received_at)
            if observe(entity, entity_types(document), observed):
                continue
            record = _record(entity, entity_types(document))
        except Unusable as error:
            refused.append(rejected(error, key or "", document, len(refused)))
            continue
        other = used.get((type(record), key))
        if other is not None:
            older, record = (record, other) if _when(record) < _when(other) else (other, record)
            refused.append(_duplicate(older, key))
        used[type(record), key] = record
    of_places = observed.batch()
    return msgspec.structs.replace(
        of_places,
        link_speeds=tuple(record for record in used.values() if isinstance(record, LinkSpeed)),
        incidents=tuple(record for record in used.values() if isinstance(record, Incident)),
        facilities=tuple(record for record in used.values() if isinstance(record, Facility)),
        rejected=(*of_places.rejected, *refused),
    )


def _entities(document: Any) -> list[Any]:
    entities = document
    if isinstance(document, dict):
        is_notification = document.get("type") == "Notification" or "subscriptionId" in document
        entities = document.get("data") if is_notification else [document]
        if isinstance(entities, dict):
            entities = [entities]
    if not isinstance(entities, list):
        raise FeedContentError(
            codes.NOT_NGSI.code, "the message is neither a notification, an entity nor a list of entities"
        )
    if len(entities) > ENTITIES_MAX:
        raise FeedContentError(
            codes.TOO_MANY_ENTITIES.code, f"{len(entities)} entities, limit {ENTITIES_MAX}"
        )
    return entities


def _record(entity: Entity, kinds: Sequence[str]) -> Record:
    read = next((READERS[kind] for kind in kinds if kind in READERS), None)
    if read is None:
        named = clean.line(", ".join(kinds)) or "none"
        known = ", ".join((*READERS, *OBSERVED_TYPES))
        raise Unusable(codes.ENTITY_TYPE_UNKNOWN, f"type {named} is none of {known}, nor mapped by the pack")
    return read(entity)


def _link_speed(entity: Entity) -> LinkSpeed:
    points = entity.points()
    segment = entity.reference("refRoadSegment")
    if not points and segment is None:
        raise Unusable(codes.POSITION_MISSING, "neither a location nor a road segment")
    backward = entity.text("laneDirection") == "backward"
    if entity.yes("reversedLane"):
        entity.flag(codes.LANE_REVERSED.code)
        backward = not backward
    if backward:
        # a reference names both directions; the geometry tells which, else the id has to
        segment = None if points else f"{segment}{BACKWARD}"
        points = points[::-1]
    if entity.yes("congested"):
        entity.flag(codes.CONGESTED.code)
    start, end = _interval(entity)
    period_s = None if start is None or end is None else (end - start).total_seconds()
    vehicles = entity.count("intensity")
    return LinkSpeed(
        feed_id=entity.feed.feed_id,
        link_id=segment,
        points=points,
        speed_kmh=entity.speed_kmh("averageVehicleSpeed"),
        period_s=period_s,
        samples=vehicles,
        intensity_vph=_intensity_vph(entity, vehicles, period_s),
        occupancy_pct=entity.percent("occupancy"),
        observed_at=end or _from_receipt(entity),
        received_at=entity.received_at,
        flags=entity.flags,
        synthetic=entity.feed.synthetic,
    )


def _interval(entity: Entity) -> tuple[datetime | None, datetime | None]:
    """When it was measured. `dateObservedFrom` and `To` carry an offset where `dateObserved` has none,
    so they come first."""
    end = entity.instant("dateObservedTo")
    if end is not None:
        return entity.instant("dateObservedFrom"), end
    start, end = entity.interval("dateObserved")
    if end is not None:
        return start, end
    measured = entity.measured_at("averageVehicleSpeed", "intensity", "occupancy")
    return None, measured or entity.instant(
        "observationDateTime", "TimeInstant", "modifiedAt", "dateModified"
    )


def _intensity_vph(entity: Entity, vehicles: int | None, period_s: float | None) -> float | None:
    """Vehicles an hour: the data model counts those of the observed interval."""
    if vehicles is None:
        return None
    if period_s is None or period_s <= 0:
        entity.flag(codes.COUNT_WITHOUT_PERIOD.code)
        return None
    return vehicles * 3600 / period_s


def _accident(entity: Entity) -> Incident:
    points = entity.points()
    if not points:
        raise Unusable(codes.POSITION_MISSING, "the accident has no location")
    segment = entity.reference("refRoadSegment")
    return Incident(
        incident_id=entity.id,
        feed_id=entity.feed.feed_id,
        kind=IncidentKind.ACCIDENT,
        started_at=entity.instant("accidentDate", "dateObserved", "dateCreated", "createdAt"),
        received_at=entity.received_at,
        severity=_severity(entity),
        title=entity.texts("name", "alternateName"),
        description=entity.texts("description", limit=clean.PARAGRAPH_MAX),
        points=points,
        link_ids=() if segment is None else (segment,),
        contributor=entity.text("dataProvider", "source"),
        closed=entity.text("status") in {"solved", "archived"},
        flags=entity.flags,
        synthetic=entity.feed.synthetic,
    )


def _severity(entity: Entity) -> int | None:
    killed = ("numPassengersDead", "numPedestrianDead", "totalDeadPeopleWithin24Hours")
    injured = ("numPassengersInjured", "numPedestrianInjured", "totalInjured")
    if any(_casualties(entity, name) for name in killed):
        return SEVERITY_KILLED
    return SEVERITY_INJURED if any(_casualties(entity, name) for name in injured) else None


def _casualties(entity: Entity, name: str) -> int | None:
    # the model's own NGSI v2 example has booleans here: whether, not how many
    return 1 if entity.yes(name) else None if entity.value(name) is False else entity.count(name)


def _parking(entity: Entity) -> Facility:
    capacity = entity.count("totalSpotNumber")
    available = entity.count("availableSpotNumber")
    occupied = entity.count("occupiedSpotNumber")
    if available is None and capacity is not None and occupied is not None and occupied <= capacity:
        available = capacity - occupied
    measured_at = entity.measured_at("availableSpotNumber", "occupiedSpotNumber")
    return msgspec.structs.replace(
        _facility(entity, "parking", measured_at), capacity=capacity, available=available, flags=entity.flags
    )


def _charging(entity: Entity) -> Facility:
    capacity, available = entity.count("capacity"), entity.count("availableCapacity")
    measured_at = entity.measured_at("availableCapacity", "status")
    return msgspec.structs.replace(
        _facility(entity, "charging", measured_at), capacity=capacity, available=available, flags=entity.flags
    )


def _facility(entity: Entity, kind: str, measured_at: datetime | None) -> Facility:
    """What car parks and charging stations have in common."""
    points = entity.points()
    if not points:
        raise Unusable(codes.POSITION_MISSING, "the entity has no location")
    # the newest of what it tells: a count that has not changed for hours is still reported
    told = (measured_at, entity.instant("observationDateTime"), entity.instant("occupancyModified"))
    observed_at = max((at for at in told if at is not None), default=None)
    lat, lon = points[0]
    return Facility(
        facility_id=entity.id,
        feed_id=entity.feed.feed_id,
        kind=kind,
        lat=lat,
        lon=lon,
        observed_at=observed_at
        or entity.instant("TimeInstant", "modifiedAt", "dateModified")
        or _from_receipt(entity),
        received_at=entity.received_at,
        name=entity.texts("name", "stationName"),
        status=entity.text("status"),
        synthetic=entity.feed.synthetic,
    )


def _from_receipt(entity: Entity) -> datetime:
    entity.flag(codes.TIME_FROM_RECEIPT.code)
    return entity.received_at


Read = Callable[[Entity], Record]
READERS: Mapping[str, Read] = {
    "TrafficFlowObserved": _link_speed,
    "RoadAccident": _accident,
    "OffStreetParking": _parking,
    "EVChargingStation": _charging,
}
"""How each entity type is read; the others are rejected, and do no harm."""


def _when(record: Record) -> datetime:
    return record.received_at if isinstance(record, Incident) else record.observed_at


def _duplicate(older: Record, key: str) -> Rejected:
    return Rejected(
        code=codes.DUPLICATE_ENTITY.code,
        entity_id=key,
        detail=f"{key}: the message has a newer one",
        record=msgspec.json.decode(msgspec.json.encode(older), type=dict[str, Any]),
    )
