"""ThaiWater v3 of the Hydro-Informatics Institute: rain gauges and river gauges of all agencies, nationwide.

`rain_24h` answers `{"data": [...]}`, `waterlevel_load` answers `{"waterlevel_data": {"data": [...]}}`; each
row has its `station`. Times are those of Bangkok. Rows of gauges that fell silent years ago stay in the
lists: a reading of more than a day before the list's newest is rejected as old. `diff_wl_bank` is a distance
without a sign, its text says whether the river is over the bank; the gap is computed from bank and level
where both are told, positive below the bank. `situation_level` runs from 1, critically low, to 5, over the
bank: it is kept as told, as a flag, since it does not rise with danger.
"""

from collections.abc import Mapping
from datetime import datetime
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
    observed_at,
    rows_of,
    zone_of,
)
from data_sources.feeds.reading import Unusable, number
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch
from data_sources.rules.rule import MAX_AGE
from data_sources.rules.times import TIME_OLD

PREFIX = "thaiwater:"
"""Station ids are bare numbers; the service's name before them keeps them apart from others'."""

OVER_BANK = "ล้นตลิ่ง"
"""How `diff_wl_bank_text` begins where the river is over its bank."""

RAIN: Mapping[str, Quantity] = {
    "rain_1h": Quantity("rain_1h", "mm", HOUR_S),
    "rain_24h": Quantity("rain_24h", "mm", DAY_S),
}
LEVEL = Quantity("river_level", "m MSL", signed=True)
GAP = Quantity("river_bank_gap", "m", signed=True)
DISCHARGE = Quantity("river_discharge", "m³/s", signed=True)


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read rain or water levels. Raise FeedContentError when the message is neither."""
    document = mapping(document_of(payload, feed))
    if "waterlevel_data" in document:
        rows = rows_of(mapping(document["waterlevel_data"]).get("data"), "water levels")
        kind, time_name, read = "river_gauge", "waterlevel_datetime", _level
    elif "data" in document:
        rows = rows_of(document["data"], "gauges")
        kind, time_name, read = "rain_gauge", "rainfall_datetime", _rain
    else:
        raise FeedContentError(codes.NOT_OBSERVATIONS.code, "the message is no answer of ThaiWater")
    found = Collector(feed, received_at)
    zone = zone_of(feed)
    kept: list[tuple[str, datetime, Mapping[str, Any]]] = []
    for row in map(mapping, rows):
        feature_id = _station(row, kind, found)
        if feature_id is None:
            continue
        try:
            kept.append((feature_id, observed_at(row.get(time_name), zone), row))
        except Unusable as error:
            found.reject_row(feature_id, error.rule, str(error), row)
    newest = max((at for _, at, _ in kept if at <= received_at), default=received_at)
    for feature_id, at, row in kept:
        age = newest - at
        if age > MAX_AGE:
            found.reject_row(feature_id, TIME_OLD, f"a reading of {age.days} days before the newest", row)
        else:
            read(feature_id, at, row, found)
    return found.batch()


def _rain(feature_id: str, at: datetime, row: Mapping[str, Any], found: Collector) -> None:
    for name, quantity in RAIN.items():
        # most gauges tell no rain of the last hour; 24 hours are what the list is of
        if name in row and (name == "rain_24h" or row[name] is not None):
            found.observe(feature_id, quantity, row[name], at)


def _level(feature_id: str, at: datetime, row: Mapping[str, Any], found: Collector) -> None:
    found.observe(feature_id, LEVEL, row.get("waterlevel_msl"), at, flags=_situation(row))
    gap = _gap(row)
    if gap is not None:
        found.observe(feature_id, GAP, gap, at)
    if row.get("discharge") is not None:
        found.observe(feature_id, DISCHARGE, row["discharge"], at)


def _station(row: Mapping[str, Any], kind: str, found: Collector) -> str | None:
    station = mapping(row.get("station"))
    feature_id = found.identified(station.get("id"), "a row without a station's id", row, PREFIX)
    if feature_id is None:
        return None
    name = mapping(station.get("tele_station_name"))
    lat, lon = station.get("tele_station_lat"), station.get("tele_station_long")
    return feature_id if found.station(feature_id, kind, name, lat, lon) else None


def _situation(row: Mapping[str, Any]) -> tuple[str, ...]:
    level = number(row.get("situation_level"))
    return tuple(rule.code for at, rule in enumerate(codes.SITUATION_LEVELS, 1) if at == level)


def _gap(row: Mapping[str, Any]) -> float | None:
    """How far the river is below its lower bank in metres; negative above it."""
    level, bank = number(row.get("waterlevel_msl")), number(mapping(row.get("station")).get("min_bank"))
    if level is not None and bank:
        return round(bank - level, 3)
    distance, text = number(row.get("diff_wl_bank")), row.get("diff_wl_bank_text")
    if distance is None or not isinstance(text, str) or not text.strip():
        return None  # without its text the distance may lie on either side
    return -abs(distance) if text.strip().startswith(OVER_BANK) else abs(distance)
