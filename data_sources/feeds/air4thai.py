"""Air4Thai: the hourly air quality of the Pollution Control Department's stations, nationwide.

`{"stations": [...]}`, every value text. A value or index of "-1", "-999" or "-" is none. Times are those of
Bangkok without an offset; some stations are an hour behind others, each tells its own. The newer form keeps
readings below `AQILast`, the older one below `LastUpdate`. The service tells what the index is computed from:
means over 24 hours of PM2.5 and PM10, over 8 hours of ozone and carbon monoxide, of one hour of the others
(Thai Air Quality Index, Pollution Control Department 2023).
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from data_sources.feeds import codes
from data_sources.feeds.clock_texts import TimeUnreadable, read_time
from data_sources.feeds.observing import (
    BANGKOK,
    DAY_S,
    HOUR_S,
    Collector,
    Quantity,
    document_of,
    mapping,
    rows_of,
    text_id,
)
from data_sources.feeds.reading import Unusable, number
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch

POLLUTANTS: Mapping[str, Quantity] = {
    "PM25": Quantity("pm25_24h", "µg/m³", DAY_S),
    "PM10": Quantity("pm10_24h", "µg/m³", DAY_S),
    "O3": Quantity("o3_8h", "ppb", 8 * HOUR_S),
    "CO": Quantity("co", "ppm", 8 * HOUR_S),
    "NO2": Quantity("no2", "ppb", HOUR_S),
    "SO2": Quantity("so2", "ppb", HOUR_S),
}
INDEX = Quantity("aqi_source", "index")

SCALES: Mapping[str, tuple[tuple[float, float], ...]] = {
    codes.AQI_SCALE_2023.code: ((0, 0), (15, 25), (25, 50), (37.5, 100), (75, 200)),
    codes.AQI_SCALE_OLD.code: ((0, 0), (25, 25), (37, 50), (50, 100), (90, 200)),
}
"""PM2.5 (24 h, µg/m³) and index at the edges of the bands: Royal Gazette 140, special part 157 ง (2566), and
the scale before it. Above the last edge neither scale is used to tell them apart."""

SCALE_TOLERANCE = 2.0
"""How far a sub-index may lie from a scale: both are rounded, and bands begin 0.1 or 1 above the last."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read the stations. Raise FeedContentError when the message has no list of them."""
    stations = rows_of(mapping(document_of(payload, feed)).get("stations"), "stations")
    zone = ZoneInfo(feed.timezone or BANGKOK)
    found = Collector(feed, received_at)
    for station in stations:
        _station(mapping(station), zone, found)
    return found.batch()


def _station(station: Mapping[str, Any], zone: tzinfo, found: Collector) -> None:
    feature_id = text_id(station.get("stationID"))
    if feature_id is None:
        error = Unusable(codes.FEATURE_UNIDENTIFIED, "a station without stationID")
        found.reject(error, "", station)
        return
    if not found.wants(feature_id):
        return
    name = {"th": station.get("nameTH"), "en": station.get("nameEN")}
    if not found.station(feature_id, "air_station", name, station.get("lat"), station.get("long")):
        return
    last = mapping(station.get("AQILast")) or mapping(station.get("LastUpdate"))
    try:
        stamp = f"{last.get('date') or ''} {last.get('time') or ''}".strip()
        at, _, _ = read_time(stamp, "iso", zone)
    except TimeUnreadable as error:
        rule = codes.OBSERVED_AT_UNREADABLE if stamp else codes.OBSERVED_AT_MISSING
        found.reject_row(feature_id, rule, str(error), last)
        return
    for pollutant, quantity in POLLUTANTS.items():
        if pollutant in last:
            found.observe(feature_id, quantity, mapping(last[pollutant]).get("value"), at)
    if "AQI" in last:
        scale = _scale(mapping(last.get("PM25")))
        index = mapping(last["AQI"]).get("aqi")
        found.observe(feature_id, INDEX, index, at, flags=(scale,) if scale else ())


def _scale(pm25: Mapping[str, Any]) -> str | None:
    """The code of the scale that PM2.5's value and sub-index lie on; None when that cannot be told."""
    value, index = number(pm25.get("value")), number(pm25.get("aqi"))
    if value is None or index is None or value < 0 or index < 0:
        return None
    fits = [
        code
        for code, edges in SCALES.items()
        if (expected := _index(value, edges)) is not None and abs(expected - index) <= SCALE_TOLERANCE
    ]
    return fits[0] if len(fits) == 1 else None


def _index(value: float, edges: tuple[tuple[float, float], ...]) -> float | None:
    for (low, low_index), (high, high_index) in pairwise(edges):
        if low <= value <= high:
            return low_index + (value - low) / (high - low) * (high_index - low_index)
    return None
