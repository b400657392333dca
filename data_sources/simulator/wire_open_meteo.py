"""Open-Meteo's answer: `current` of one place or of several, times local without an offset, gases by mass."""

from typing import Any

import msgspec

from data_sources.feeds.open_meteo import HOURLY_MEAN, INSTANT
from data_sources.feeds.units import MOLAR_MASS_G, MOLAR_VOLUME_L
from data_sources.simulator.channels import open_meteo_properties, open_meteo_step_s
from data_sources.simulator.told import Told

CELL_DEGREES = 0.02
"""Answers stand at the middle of the model's cell, not at the place."""


def document(told: Told) -> bytes:
    """An object for one place, a list for several, in the feed's order."""
    offset = told.local.utcoffset()
    answers = [_answer(told, place.feature_id, place.lat, place.lon) for place in told.feed.places]
    for answer in answers:
        answer["utc_offset_seconds"] = int(offset.total_seconds()) if offset else 0
    return msgspec.json.encode(answers[0] if len(answers) == 1 else answers)


def _answer(told: Told, feature_id: str, lat: float, lon: float) -> dict[str, Any]:
    units = {"time": "iso8601", "interval": "seconds"}
    step_s = int(open_meteo_step_s(told.feed))
    current: dict[str, Any] = {"time": f"{told.local:%Y-%m-%dT%H:%M}", "interval": step_s}
    for name, property_id, _ in open_meteo_properties(told.feed):
        value = told.values[feature_id, property_id]
        current[name], units[name] = _written(name, property_id, value)
    return {
        "latitude": round(lat / CELL_DEGREES) * CELL_DEGREES,
        "longitude": round(lon / CELL_DEGREES) * CELL_DEGREES,
        "generationtime_ms": 0.05,
        "timezone": told.zone.key,
        "timezone_abbreviation": f"{told.local:%Z}",
        "elevation": 160.0,
        "current_units": units,
        "current": current,
    }


def _written(name: str, property_id: str, value: float) -> tuple[float, str]:
    """The number and its unit as the service gives them."""
    if property_id in MOLAR_MASS_G:
        ppb = value * 1000 if property_id == "co" else value
        return round(ppb * MOLAR_MASS_G[property_id] / MOLAR_VOLUME_L, 1), "μg/m³"
    if name in HOURLY_MEAN:
        return round(value, 1), "μg/m³"
    if name in INSTANT:
        whole = name in {"relative_humidity_2m", "wind_direction_10m"}
        return round(value, 0 if whole else 1), INSTANT[name][1]
    return round(value, 2), "mm"
