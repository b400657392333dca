"""A municipality's flood telemetry: rain gauges, water on roads and in pipes, lakes.

Rain, roads and pipes come as rounds of readings, lakes as a list:
    {"status", "data": [{"datetime", "stations": {CODE: "12.4"}, "roads": {...}, "pipes": {...}}]}
    {"fetched_at", "lakes": [{"lake_id", "status", "water_level", "capacity_pct", "date_time"}]}
Numbers are texts, codes may end with a carriage return, times have no offset. Rain is that of the hour
before, water stands in metres, a lake's level in metres above mean sea level: there 0.00 is how a gauge
without reading comes out, while a road or a pipe can be dry. Keys and shape of roads and pipes are assumed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.observing import (
    HOUR_S,
    Collector,
    Quantity,
    document_of,
    mapping,
    observed_at,
    rows_of,
    zone_of,
)
from data_sources.feeds.reading import Unusable, number, text
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch


class Section(NamedTuple):
    """Readings of one sort: the kind of feature that they are of, and their quantity."""

    feature_kind: str
    quantity: Quantity


SECTIONS: Mapping[str, Section] = {
    "stations": Section("rain_gauge", Quantity("rain_1h", "mm", HOUR_S)),
    "roads": Section("road_point", Quantity("road_water", "m")),
    "pipes": Section("pipe_point", Quantity("pipe_water", "m")),
}
"""By the key of a round of readings."""

LAKE_LEVEL = Quantity("lake_level", "m MSL", signed=True)
LAKE_FILL = Quantity("lake_fill", "%")
LAKE_OK = "ok"
"""`status` of a lake that has a reading; `error` and `no_data` have none."""

FAILED = frozenset({"error", "fail", "failed"})
"""`status` of an answer that holds nothing."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one answer. Raise FeedContentError when it is none of the telemetry, or says that it failed."""
    document = document_of(payload, feed)
    if not isinstance(document, dict):
        raise FeedContentError(codes.NOT_TELEMETRY.code, "the message is no object")
    status = document.get("status")
    if status is False or (text(status) or "").lower() in FAILED:
        raise FeedContentError(
            codes.SERVICE_REFUSED.code, f"the service says {text(document.get('message')) or 'error'!r}"
        )
    into = Collector(feed, received_at)
    if "lakes" in document:
        for lake in rows_of(document["lakes"], "lakes"):
            _lake(lake, document.get("fetched_at"), feed, into)
    elif "data" in document:
        for readings in rows_of(document["data"], "readings"):
            _round(readings, feed, into)
    else:
        raise FeedContentError(codes.NOT_TELEMETRY.code, "the message has neither data nor lakes")
    return into.batch()


def _round(readings: Any, feed: FeedSpec, into: Collector) -> None:
    found = {name: readings.get(name) for name in SECTIONS} if isinstance(readings, dict) else {}
    if not any(isinstance(stations, dict) for stations in found.values()):
        told = f"readings without {', '.join(SECTIONS)}"
        into.reject(Unusable(codes.VALUE_MISSING, told), "", readings)
        return
    try:
        at = observed_at(readings.get("datetime"), zone_of(feed))
    except Unusable as error:
        into.reject(error, "", readings)
        return
    for name, section in SECTIONS.items():
        stations = found[name]
        for code, value in stations.items() if isinstance(stations, dict) else ():
            feature_id = into.identified(code, f"a reading of {name} without a code", {code: value})
            if feature_id is not None:
                into.feature(feature_id, section.feature_kind)
                into.observe(feature_id, section.quantity, value, at)


def _lake(lake: Any, fetched_at: Any, feed: FeedSpec, into: Collector) -> None:
    feature_id = into.identified(mapping(lake).get("lake_id"), "a lake without lake_id", lake)
    if feature_id is None:
        return
    names = {"th": lake.get("name_th", lake.get("lake_name")), "en": lake.get("name_en")}
    into.feature(feature_id, "lake", name=names, lat=lake.get("lat"), lon=lake.get("lon"))
    status = text(lake.get("status"))
    if status is not None and status.lower() != LAKE_OK:
        into.reject_row(feature_id, codes.VALUE_MISSING, f"the lake's status is {status!r}", lake)
        return
    try:
        at = observed_at(lake.get("date_time") or fetched_at, zone_of(feed))
    except Unusable as error:
        into.reject_row(feature_id, error.rule, str(error), lake)
        return
    if number(lake.get("water_level")) == 0:
        told = "0.00 m above mean sea level is how a gauge without reading comes out"
        into.reject_row(feature_id, codes.VALUE_MISSING, told, lake)
        return
    into.observe(feature_id, LAKE_LEVEL, lake.get("water_level"), at)
    if "capacity_pct" in lake:
        into.observe(feature_id, LAKE_FILL, lake["capacity_pct"], at)
