"""A municipality's telemetry: rounds of readings as texts, codes with a carriage return, 0.00 for a lake
whose gauge is silent."""

from datetime import timedelta
from typing import Any

import msgspec

from data_sources.feeds.flood_telemetry import LAKE_OK, SECTIONS
from data_sources.simulator.figures import figure
from data_sources.simulator.told import Told

SILENT, LATE = -1, -2
"""Places in the list of rain gauges: one never has a reading, one is an hour behind."""
LATE_BY = timedelta(hours=1)
FEW = 4
"""With fewer gauges than this all of them work."""


def document(told: Told) -> bytes:
    """Lakes as a list, all else as rounds."""
    kinds = {channel.feature.kind for channel in told.features.values()}
    return msgspec.json.encode(_lakes(told) if "lake" in kinds else _rounds(told))


def silent_gauge(features: list[str]) -> str | None:
    """The rain gauge that never has a reading."""
    return features[SILENT] if len(features) >= FEW else None


def _rounds(told: Told) -> dict[str, Any]:
    now: dict[str, Any] = {"datetime": f"{told.local:%Y-%m-%d %H:%M:%S}"}
    rounds = [now]
    for name, section in SECTIONS.items():
        ids = [key for key, one in told.features.items() if one.feature.kind == section.feature_kind]
        if not ids:
            continue
        property_id = section.quantity.property_id
        readings = {key: f"{told.values[key, property_id]:.2f}" for key in ids}
        if name == "stations" and len(ids) >= FEW:
            readings[ids[SILENT]] = "-"
            rounds.append(_late(told, name, ids[LATE]))
            del readings[ids[LATE]]
        # the last field of each line of a file with Windows line ends
        now[name] = {f"{key}\r" if key == ids[0] else key: value for key, value in readings.items()}
    return {"status": "success", "data": rounds}


def _late(told: Told, section: str, feature_id: str) -> dict[str, Any]:
    channel = next(one for one in told.channels if one.feature.feature_id == feature_id)
    at = told.at - LATE_BY
    value = float(figure(channel.property_id, told.nature.at_time(at), channel.place)[0])
    return {
        "datetime": f"{at.astimezone(told.zone):%Y-%m-%d %H:%M:%S}",
        section: {feature_id: f"{value:.2f}"},
    }


def _lakes(told: Told) -> dict[str, Any]:
    stamp = f"{told.local:%Y-%m-%d %H:%M:%S}"
    lakes = []
    for feature_id, channel in told.features.items():
        silent = told.spoilt(feature_id, "lake_level")
        level, fill = told.values[feature_id, "lake_level"], told.values[feature_id, "lake_fill"]
        lakes.append(
            {
                "lake_id": feature_id,
                "name_th": channel.feature.names.th,
                "name_en": channel.feature.names.en,
                "status": LAKE_OK,
                "water_level": "0.00" if silent else f"{level:.2f}",
                "capacity_pct": f"{fill:.1f}",
                "date_time": stamp,
            }
        )
    return {"fetched_at": stamp, "lakes": lakes}
