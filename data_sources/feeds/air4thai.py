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

from data_sources.feeds import codes
from data_sources.feeds.observing import (
    DAY_S,
    HOUR_S,
    Collector,
    Quantity,
    document_of,
    mapping,
    observed_at,
    rows_of,
    zone_of,
)
from data_sources.feeds.reading import Unusable, number
from data_sources.measures.air_quality import CLASS_TOPS, PM25_2023, PM25_BEFORE_2023, Limits
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

SCALES: Mapping[str, Limits] = {
    codes.AQI_SCALE_2023.code: PM25_2023,
    codes.AQI_SCALE_OLD.code: PM25_BEFORE_2023,
}
"""PM2.5 (24 h). Above the last class neither scale is used to tell them apart."""

SCALE_TOLERANCE = 2.0
"""How far a sub-index may lie from a scale: both are rounded, and bands begin 0.1 or 1 above the last."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read the stations. Raise FeedContentError when the message has no list of them."""
    stations = rows_of(mapping(document_of(payload, feed)).get("stations"), "stations")
    zone = zone_of(feed)
    found = Collector(feed, received_at)
    for station in stations:
        _station(mapping(station), zone, found)
    return found.batch()


def _station(station: Mapping[str, Any], zone: tzinfo, found: Collector) -> None:
    feature_id = found.identified(station.get("stationID"), "a station without stationID", station)
    if feature_id is None:
        return
    name = {"th": station.get("nameTH"), "en": station.get("nameEN")}
    if not found.station(feature_id, "air_station", name, station.get("lat"), station.get("long")):
        return
    last = mapping(station.get("AQILast")) or mapping(station.get("LastUpdate"))
    try:
        at = observed_at(f"{last.get('date') or ''} {last.get('time') or ''}", zone)
    except Unusable as error:
        found.reject_row(feature_id, error.rule, str(error), last)
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
        for code, limits in SCALES.items()
        if (expected := _index(value, limits)) is not None and abs(expected - index) <= SCALE_TOLERANCE
    ]
    return fits[0] if len(fits) == 1 else None


def _index(value: float, limits: Limits) -> float | None:
    edges = ((0.0, 0), *zip(limits.tops, CLASS_TOPS, strict=True))
    for (low, low_index), (high, high_index) in pairwise(edges):
        if low <= value <= high:
            return low_index + (value - low) / (high - low) * (high_index - low_index)
    return None
