"""Bus GPS as a list of trackers' records, the form of Phuket's smart buses.

`[{"licence", "date", "data": {"pos": [lon, lat], "spd", "azm", "time", "stat", "vhc": {"id", "lc"},
"line": {"id"}}}]`; "-" is no value. The vehicle is named by its licence plate, else by its tracker. Times
have no offset: they are read in the feed's `timezone`, or as Bangkok's and flagged. What the record says of
the driver is neither used nor kept.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from data_sources.feeds import clean, codes
from data_sources.feeds.observing import document_of, mapping, rows_of, text_id, zone_of
from data_sources.feeds.reading import Unusable, instant, number, rejected, text, to_utc
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Rejected
from data_sources.model.transit import VehiclePosition

DRIVER = "drv"
"""The part of a record with the driver's name, sex and telephone number."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read the list; records that cannot be used are rejected by code. Of several records of one vehicle
    the newest is used. Raise FeedContentError when the message is no list."""
    records = rows_of(document_of(payload, feed), "buses")
    zone = zone_of(feed)
    positions: dict[str, VehiclePosition] = {}
    refused: list[Rejected] = []
    for record in records:
        try:
            fix = _position(mapping(record), zone, feed, received_at)
        except Unusable as error:
            shown = _without_driver(record)
            refused.append(rejected(error, _vehicle_id(mapping(record)) or "", shown, len(refused)))
            continue
        other = positions.get(fix.vehicle_id)
        if other is not None:
            older, fix = (fix, other) if fix.observed_at < other.observed_at else (other, fix)
            told = Unusable(codes.DUPLICATE_VEHICLE, f"{older.vehicle_id}: the message has a newer one")
            refused.append(rejected(told, older.vehicle_id, _without_driver(record), len(refused)))
        positions[fix.vehicle_id] = fix
    return Batch(positions=tuple(positions.values()), rejected=tuple(refused))


def _position(
    record: Mapping[str, Any], zone: tzinfo, feed: FeedSpec, received_at: datetime
) -> VehiclePosition:
    data = mapping(record.get("data"))
    lat, lon = _lat_lon(data.get("pos"))
    vehicle_id = _vehicle_id(record)
    if vehicle_id is None:
        raise Unusable(codes.VEHICLE_UNIDENTIFIED, "neither licence nor tracker is told")
    flags: list[str] = []
    return VehiclePosition(
        vehicle_id=vehicle_id,
        feed_id=feed.feed_id,
        lat=lat,
        lon=lon,
        observed_at=_observed_at(record, data, zone, feed, flags) or received_at,
        received_at=received_at,
        bearing_deg=_number(data.get("azm"), flags),
        speed_kmh=_number(data.get("spd"), flags),
        route_id=_told(mapping(data.get("line")).get("id"), clean.ID_MAX),
        status=_told(data.get("stat")),
        flags=tuple(dict.fromkeys(flags)),
        synthetic=feed.synthetic,
    )


def _lat_lon(pair: Any) -> tuple[float, float]:
    if not isinstance(pair, list) or len(pair) < 2 or any(value in (None, "", "-") for value in pair[:2]):
        raise Unusable(codes.POSITION_MISSING, "the record has no longitude and latitude")
    lon, lat = number(pair[0]), number(pair[1])
    if lon is None or lat is None:
        raise Unusable(codes.POSITION_NOT_NUMBER, "longitude or latitude is not a number")
    return lat, lon


def _vehicle_id(record: Mapping[str, Any]) -> str | None:
    tracker = mapping(mapping(record.get("data")).get("vhc"))
    names = (record.get("licence"), tracker.get("lc"), tracker.get("id"))
    return next((told for name in names if (told := text_id(name)) is not None), None)


def _observed_at(
    record: Mapping[str, Any], data: Mapping[str, Any], zone: tzinfo, feed: FeedSpec, flags: list[str]
) -> datetime | None:
    """The record's own time; None, with the reason flagged, when there is none."""
    stamp = next(
        (told for told in (data.get("time"), record.get("date")) if told not in (None, "", "-")), None
    )
    if stamp is None:
        flags.append(codes.TIME_FROM_RECEIPT.code)
        return None
    at = instant(stamp)
    utc = None if at is None else to_utc(at, zone)
    if at is None or utc is None:
        flags.append(codes.TIME_UNREADABLE.code)
    elif at.tzinfo is None and feed.timezone is None:
        flags.append(codes.TIME_ZONE_ASSUMED.code)
    return utc


def _number(raw: Any, flags: list[str]) -> float | None:
    if raw in (None, "", "-"):
        return None
    value = number(raw)
    if value is None:
        flags.append(codes.VALUE_INVALID.code)
    return value


def _told(value: Any, limit: int = clean.LINE_MAX) -> str | None:
    told = text(value, limit)
    return None if told == "-" else told


def _without_driver(record: Any) -> Any:
    if not isinstance(record, dict) or not isinstance(record.get("data"), dict):
        return record
    return {**record, "data": {name: part for name, part in record["data"].items() if name != DRIVER}}
