"""GeoJSON vehicle positions: a Feature, a FeatureCollection or a list of Features with Points.

The format of SCOPC's fleet tool (topic `ev/buses/positions`, once a second): properties `id`, `route`,
`status`, `batteryPct`, `passengers`. Read with tolerance: numbers may be strings, names have variants,
what is unknown is ignored. Geometry: RFC 7946, [longitude, latitude].
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.clean import ID_MAX
from data_sources.feeds.payload import ENTITIES_MAX, unpack
from data_sources.feeds.reading import Unusable, decode_json, instant, number, rejected, text, to_utc
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Rejected
from data_sources.model.transit import VehiclePosition

PASSENGERS_MAX = 10_000
"""More than the longest train holds."""

TIME_NAMES = ("timestamp", "time", "observedAt", "observed_at")
BEARING_NAMES = ("heading", "bearing")
SPEED_NAMES = ("speed", "speedKmh", "speed_kmh")
BATTERY_NAMES = ("batteryPct", "battery_pct")


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one message; features that cannot be used are rejected by code, the others are used.

    Speed is taken as km/h, as on Thai trackers. Raise FeedContentError when the message is no GeoJSON.
    """
    features = _features(decode_json(unpack(payload, feed.max_bytes)))
    positions: dict[str, VehiclePosition] = {}
    refused: list[Rejected] = []
    for feature in features:
        try:
            fix = _position(feature, feed, received_at)
            other = positions.get(fix.vehicle_id)
            if other is not None:
                older, newer = (fix, other) if fix.observed_at < other.observed_at else (other, fix)
                positions[fix.vehicle_id] = newer
                refused.append(_duplicate(older))
            else:
                positions[fix.vehicle_id] = fix
        except Unusable as error:
            refused.append(rejected(error, _vehicle_id(feature) or "", feature, len(refused)))
    return Batch(positions=tuple(positions.values()), rejected=tuple(refused))


def _features(document: Any) -> list[Any]:
    features = document
    if isinstance(document, dict):
        kind = document.get("type")
        features = {"Feature": [document], "FeatureCollection": document.get("features")}.get(
            kind if isinstance(kind, str) else ""
        )
    if not isinstance(features, list):
        raise FeedContentError(
            codes.NOT_GEOJSON.code, "the message is neither Feature, FeatureCollection nor a list of features"
        )
    if len(features) > ENTITIES_MAX:
        raise FeedContentError(
            codes.TOO_MANY_ENTITIES.code, f"{len(features)} features, limit {ENTITIES_MAX}"
        )
    return features


def _position(feature: Any, feed: FeedSpec, received_at: datetime) -> VehiclePosition:
    if not isinstance(feature, dict) or feature.get("type", "Feature") != "Feature":
        raise Unusable(codes.NOT_FEATURE, "not a GeoJSON feature")
    lat, lon = _lat_lon(feature.get("geometry"))
    vehicle_id = _vehicle_id(feature)
    if vehicle_id is None:
        raise Unusable(codes.VEHICLE_UNIDENTIFIED, "the feature has no id")
    properties = _properties(feature)
    flags: list[str] = []
    observed_at = _observed_at(_first(properties, TIME_NAMES), flags)
    values = _Values(properties, flags)
    battery_pct = values.number(BATTERY_NAMES, 0, 100)
    passengers = values.number(("passengers",), 0, PASSENGERS_MAX)
    return VehiclePosition(
        vehicle_id=vehicle_id,
        feed_id=feed.feed_id,
        lat=lat,
        lon=lon,
        observed_at=observed_at or received_at,
        received_at=received_at,
        label=text(properties.get("label")),
        # their ranges are judged by the rules that hold for every kind of feed
        bearing_deg=values.number(BEARING_NAMES),
        speed_kmh=values.number(SPEED_NAMES),
        route_id=text(properties.get("route"), ID_MAX),
        passengers=None if passengers is None else int(passengers),
        battery_pct=battery_pct,
        status=text(properties.get("status")),
        flags=tuple(dict.fromkeys(flags)),
        synthetic=feed.synthetic,
    )


def _lat_lon(geometry: Any) -> tuple[float, float]:
    if not isinstance(geometry, dict):
        raise Unusable(codes.POSITION_MISSING, "the feature has no geometry")
    if geometry.get("type") != "Point":
        raise Unusable(codes.GEOMETRY_NOT_POINT, "the geometry is not a Point")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2 or None in coordinates[:2]:
        raise Unusable(codes.POSITION_MISSING, "the point has no longitude and latitude")
    lon, lat = number(coordinates[0]), number(coordinates[1])
    if lon is None or lat is None:
        raise Unusable(codes.POSITION_NOT_NUMBER, "longitude or latitude is not a number")
    return lat, lon


def _vehicle_id(feature: Any) -> str | None:
    if not isinstance(feature, dict):
        return None
    return text(_properties(feature).get("id"), ID_MAX) or text(feature.get("id"), ID_MAX)


def _properties(feature: dict[str, Any]) -> Mapping[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _observed_at(stamp: Any, flags: list[str]) -> datetime | None:
    """The fix's own time; None, with the reason flagged, when there is none that can be trusted."""
    if stamp is None or stamp == "":
        flags.append(codes.TIME_FROM_RECEIPT.code)
        return None
    at = instant(stamp)
    utc = to_utc(at) if at is not None else None
    if at is None or (utc is None and at.tzinfo is not None):
        flags.append(codes.TIME_UNREADABLE.code)
    elif utc is None:
        # local or UTC? a guess would be seven hours wrong half of the time
        flags.append(codes.TIME_WITHOUT_ZONE.code)
    return utc


class _Values:
    """Reads optional numbers; one of the wrong kind or range is not used, and flagged."""

    def __init__(self, properties: Mapping[str, Any], flags: list[str]) -> None:
        self._properties = properties
        self._flags = flags

    def number(
        self, names: Iterable[str], low: float = float("-inf"), high: float = float("inf")
    ) -> float | None:
        raw = _first(self._properties, names)
        if raw is None or raw == "":
            return None
        value = number(raw)
        if value is None or not low <= value <= high:
            self._flags.append(codes.VALUE_INVALID.code)
            return None
        return value


def _first(properties: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((properties[name] for name in names if properties.get(name) is not None), None)


def _duplicate(older: VehiclePosition) -> Rejected:
    return Rejected(
        code=codes.DUPLICATE_VEHICLE.code,
        entity_id=older.vehicle_id,
        detail=f"{older.vehicle_id}: the message has a newer one",
        record=msgspec.json.decode(msgspec.json.encode(older), type=dict[str, Any]),
    )
