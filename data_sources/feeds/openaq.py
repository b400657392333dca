"""OpenAQ v3: air quality of many providers' stations.

Three answers are read: `/v3/locations` (places and their sensors, no values), `/v3/sensors/{id}/measurements`
(values with their parameter, but not of which place) and, as our own source puts them together, a location
with its `/v3/locations/{id}/latest`, where values name their sensor and the location says what it measures:
`{"location": {...}, "latest": {...}}`. Times are UTC beside local ones. Units are told with each parameter
and converted; ozone in ppm becomes ppb.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.observing import (
    HOUR_S,
    Collector,
    Quantity,
    document_of,
    mapping,
    rows_of,
    text_id,
)
from data_sources.feeds.reading import instant, to_utc
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch

PREFIX = "openaq:"
UNNAMED = "openaq:unnamed"
"""The place of measurements that do not say where they are from, where the feed lists no single one."""

PARAMETERS: Mapping[str, tuple[str, str]] = {
    "pm25": ("pm25", "µg/m³"),
    "pm10": ("pm10", "µg/m³"),
    "o3": ("o3", "ppb"),
    "no2": ("no2", "ppb"),
    "so2": ("so2", "ppb"),
    "co": ("co", "ppm"),
    "temperature": ("air_temperature", "°C"),
    "relativehumidity": ("relative_humidity", "%"),
}
"""OpenAQ's parameter, the property and its unit. NO, NOx and others are not in the vocabulary."""

SIGNED = frozenset({"air_temperature"})


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one answer. Raise FeedContentError when the message is none of the three."""
    document = mapping(document_of(payload, feed))
    found = Collector(feed, received_at)
    if "location" in document:
        _latest(document, found)
        return found.batch()
    for row in map(mapping, rows_of(document.get("results"), "results")):
        if "sensors" in row or ("coordinates" in row and "name" in row):
            _location(row, found)
        else:
            _measurement(row, found)
    return found.batch()


def _location(row: Mapping[str, Any], found: Collector) -> str | None:
    """Tell the place; its id, or None where it cannot or shall not be used."""
    feature_id = found.identified(row.get("id"), "a location without an id", row, PREFIX)
    if feature_id is None:
        return None
    place = mapping(row.get("coordinates"))
    found.feature(
        feature_id,
        "air_station",
        name={"en": row.get("name")},
        lat=place.get("latitude"),
        lon=place.get("longitude"),
    )
    return feature_id


def _latest(document: Mapping[str, Any], found: Collector) -> None:
    locations = rows_of(mapping(document["location"]).get("results"), "locations")
    values = rows_of(mapping(document.get("latest")).get("results"), "values")
    if len(locations) != 1:
        raise FeedContentError(codes.NOT_OBSERVATIONS.code, f"{len(locations)} locations in place of one")
    location = mapping(locations[0])
    feature_id = _location(location, found)
    if feature_id is None:
        return
    sensors = {
        text_id(sensor.get("id")): mapping(sensor.get("parameter"))
        for sensor in map(mapping, rows_of(location.get("sensors"), "sensors"))
    }
    for row in map(mapping, values):
        parameter = sensors.get(text_id(row.get("sensorsId")), {})
        reading = _Reading(feature_id, parameter, row, _utc(row.get("datetime")), HOUR_S)
        _observe(reading, found)


def _measurement(row: Mapping[str, Any], found: Collector) -> None:
    feature_id = UNNAMED
    flags: tuple[str, ...] = (codes.FEATURE_UNNAMED.code,)
    if len(found.listed) == 1:
        (feature_id,) = found.listed
        flags = ()
    period = mapping(row.get("period"))
    start, end = _utc(period.get("datetimeFrom")), _utc(period.get("datetimeTo"))
    period_s = (end - start).total_seconds() if start is not None and end is not None else 0.0
    found.feature(feature_id, "air_station")
    reading = _Reading(
        feature_id, mapping(row.get("parameter")), row, end, period_s if period_s > 0 else None, flags
    )
    _observe(reading, found)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One value with what was found out about it."""

    feature_id: str
    parameter: Mapping[str, Any]
    row: Mapping[str, Any]
    at: datetime | None
    period_s: float | None
    flags: tuple[str, ...] = ()


def _observe(reading: _Reading, found: Collector) -> None:
    name, unit = reading.parameter.get("name"), reading.parameter.get("units")
    known = PARAMETERS.get(name) if isinstance(name, str) else None
    if known is None:
        told = f"parameter {text_id(name) or 'without a name'} is not read"
        found.reject_row(reading.feature_id, codes.PROPERTY_UNKNOWN, told, reading.row)
        return
    if reading.at is None:
        found.reject_row(reading.feature_id, codes.OBSERVED_AT_MISSING, "no time in UTC", reading.row)
        return
    property_id, own_unit = known
    quantity = Quantity(
        property_id,
        own_unit,
        reading.period_s,
        source_unit=unit if isinstance(unit, str) else "",
        signed=property_id in SIGNED,
    )
    found.observe(reading.feature_id, quantity, reading.row.get("value"), reading.at, flags=reading.flags)


def _utc(told: Any) -> datetime | None:
    stamp = mapping(told).get("utc")
    at = instant(stamp) if isinstance(stamp, str) else None
    return None if at is None else to_utc(at)
