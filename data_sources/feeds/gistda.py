"""GISTDA: PM2.5 by province and district, and satellite hotspots, of the Thai space agency.

PM2.5 (`getPm25byProvince`, `getPm25byAmphoe`): `{"status": 200, "data": [{"pv_idn", "pv_tn", "pv_en", "pm25",
"pm25Avg24hr", "dt"}]}`, hourly, from satellites and ground stations together, hence modelled. Hotspots
(`features/viirs/1day`): a GeoJSON FeatureCollection of fires seen in the last day, counted here by province.
A province that the feed lists and no hotspot lies in has 0: the service was asked and told of none.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.observing import (
    DAY_S,
    HOUR_S,
    Collector,
    Quantity,
    document_of,
    mapping,
    rows_of,
)
from data_sources.feeds.reading import instant, number, to_utc
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch
from data_sources.model.observation import ValueClass

PREFIX = "gistda:"
"""Before the official code of a province (two digits) or district (four)."""

AREAS = (("ap_idn", "ap"), ("pv_idn", "pv"))
"""Field with the area's code and the beginning of its names' fields, the smallest area first."""

PM25: Mapping[str, Quantity] = {
    "pm25": Quantity("pm25", "µg/m³", HOUR_S),
    "pm25Avg24hr": Quantity("pm25_24h", "µg/m³", DAY_S),
}
HOTSPOTS = Quantity("hotspots", "count/day", DAY_S)

SUCCESS = 200


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read PM2.5 or hotspots. Raise FeedContentError when the message is neither, or says that it failed."""
    document = mapping(document_of(payload, feed))
    if document.get("type") == "FeatureCollection":
        return _hotspots(document, feed, received_at)
    status = number(document.get("status"))
    if status is not None and status != SUCCESS:
        raise FeedContentError(codes.SERVICE_REFUSED.code, f"the answer has status {status:g}")
    found = Collector(feed, received_at, ValueClass.MODELLED)
    for row in rows_of(document.get("data"), "areas"):
        _area(mapping(row), found)
    return found.batch()


def _area(row: Mapping[str, Any], found: Collector) -> None:
    area, names = next((area for area in AREAS if area[0] in row), ("", ""))
    feature_id = found.identified(row.get(area), "an area without its code", row, PREFIX)
    if feature_id is None:
        return
    found.feature(feature_id, "district", name={"th": row.get(f"{names}_tn"), "en": row.get(f"{names}_en")})
    stamp = row.get("dt")
    at = instant(stamp)
    at = None if at is None else to_utc(at)
    if at is None:
        is_missing = stamp is None or stamp == ""
        rule = codes.OBSERVED_AT_MISSING if is_missing else codes.OBSERVED_AT_UNREADABLE
        found.reject_row(feature_id, rule, "no time with an offset", row)
        return
    for name, quantity in PM25.items():
        if name in row:
            found.observe(feature_id, quantity, row[name], at)


def _hotspots(document: Mapping[str, Any], feed: FeedSpec, received_at: datetime) -> Batch:
    spots = rows_of(document.get("features"), "hotspots")
    found = Collector(feed, received_at)
    stamp = instant(document.get("timeStamp"))
    told_at = None if stamp is None else to_utc(stamp, UTC)
    flags = () if told_at is not None else (codes.TIME_FROM_RECEIPT.code,)
    matched, limit = number(document.get("numberMatched")), number(feed.params.get("limit"))
    if (matched is not None and matched > len(spots)) or (limit is not None and limit <= len(spots)):
        flags = (*flags, codes.COUNT_INCOMPLETE.code)
    counts: Counter[str] = Counter()
    for spot in spots:
        properties = mapping(mapping(spot).get("properties"))
        feature_id = found.identified(properties.get("pv_idn"), "a hotspot without a province", spot, PREFIX)
        if feature_id is not None:
            counts[feature_id] += 1
            found.feature(
                feature_id,
                "hotspot_area",
                name={"th": properties.get("pv_tn"), "en": properties.get("pv_en")},
            )
    for feature_id in sorted(found.listed):
        counts.setdefault(feature_id, 0)
        found.feature(feature_id, "hotspot_area")
    for feature_id, count in counts.items():
        found.observe(feature_id, HOTSPOTS, count, told_at or received_at, flags=flags)
    return found.batch()
