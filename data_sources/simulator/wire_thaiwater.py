"""ThaiWater's lists of gauges: the whole country's, with some that fell silent years ago."""

from datetime import timedelta
from typing import Any

import msgspec

from data_sources.feeds.thaiwater import OVER_BANK, PREFIX
from data_sources.simulator.channels import tells_levels
from data_sources.simulator.figures import RIVER_BANK_M
from data_sources.simulator.told import Told

FAR_DEGREES = 4.0
SILENT_FOR = timedelta(days=900)
UNDER_BANK = "ต่ำกว่าตลิ่ง (ม.)"


def document(told: Told) -> bytes:
    """Rain or water levels, by what the feed tells."""
    levels = tells_levels(told.feed)
    rows = [_level(told, one) if levels else _rain(told, one) for one in told.features]
    if rows:
        rows += [_far(rows[0]), _silent(rows[0], told)]
    return msgspec.json.encode({"waterlevel_data": {"data": rows}} if levels else {"data": rows})


def _rain(told: Told, feature_id: str) -> dict[str, Any]:
    return {
        "rainfall_datetime": f"{told.local:%Y-%m-%d %H:%M}",
        # most gauges of the service tell no rain of the last hour now and then
        "rain_1h": None if told.spoilt(feature_id, "rain_1h") else told.values[feature_id, "rain_1h"],
        "rain_24h": told.values[feature_id, "rain_24h"],
        "station": _station(told, feature_id),
    }


def _level(told: Told, feature_id: str) -> dict[str, Any]:
    gap_m = round(told.values[feature_id, "river_bank_gap"], 2)
    return {
        "waterlevel_datetime": f"{told.local:%Y-%m-%d %H:%M}",
        "waterlevel_msl": f"{told.values[feature_id, 'river_level']:.2f}",
        "discharge": round(told.values[feature_id, "river_discharge"], 1),
        "situation_level": 5 if gap_m < 0 else 4 if gap_m < 1 else 3,
        "diff_wl_bank": f"{abs(gap_m):.2f}",
        "diff_wl_bank_text": f"{OVER_BANK} (ม.)" if gap_m < 0 else UNDER_BANK,
        "station": {**_station(told, feature_id), "min_bank": RIVER_BANK_M},
    }


def _station(told: Told, feature_id: str) -> dict[str, Any]:
    feature = told.features[feature_id].feature
    return {
        "id": int(feature_id.removeprefix(PREFIX)),
        "tele_station_name": {"th": feature.names.th, "en": feature.names.en},
        "tele_station_lat": feature.lat,
        "tele_station_long": feature.lon,
    }


def _far(row: dict[str, Any]) -> dict[str, Any]:
    """A gauge of another part of the country."""
    station = row["station"]
    lat = station["tele_station_lat"] - FAR_DEGREES
    return {**row, "station": {**station, "id": station["id"] + 5000, "tele_station_lat": lat}}


def _silent(row: dict[str, Any], told: Told) -> dict[str, Any]:
    """A gauge whose last reading of years ago is still in the list."""
    name = next(key for key in row if key.endswith("_datetime"))
    station = {**row["station"], "id": row["station"]["id"] + 9000}
    return {**row, name: f"{told.local - SILENT_FOR:%Y-%m-%d %H:%M}", "station": station}
