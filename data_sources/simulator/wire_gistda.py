"""GISTDA's PM2.5 by area, and its hotspots as GeoJSON."""

from typing import Any

import msgspec

from data_sources.feeds.gistda import PREFIX, SUCCESS
from data_sources.simulator.chance import one
from data_sources.simulator.channels import centre_of, is_hotspots
from data_sources.simulator.told import Told

DISTRICT_DIGITS = 4
SPREAD_DEGREES = 0.5


def document(told: Told) -> bytes:
    """PM2.5 or hotspots, by what the feed tells."""
    return msgspec.json.encode(_hotspots(told) if is_hotspots(told.feed, told.city) else _pm25(told))


def _pm25(told: Told) -> dict[str, Any]:
    rows = []
    for feature_id, channel in told.features.items():
        code = feature_id.removeprefix(PREFIX)
        area = "ap" if len(code) == DISTRICT_DIGITS else "pv"
        rows.append(
            {
                f"{area}_idn": code,
                f"{area}_tn": channel.feature.names.th,
                f"{area}_en": channel.feature.names.en,
                "pm25": round(told.values[feature_id, "pm25"], 2),
                "pm25Avg24hr": round(told.values[feature_id, "pm25_24h"], 2),
                "dt": told.local.isoformat(),
            }
        )
    return {"status": SUCCESS, "errMsg": "", "data": rows}


def _hotspots(told: Told) -> dict[str, Any]:
    lat, lon = centre_of(told.city)
    spots = []
    for feature_id, channel in told.features.items():
        for number in range(int(told.values[feature_id, "hotspots"])):
            north, east = (
                SPREAD_DEGREES * (one(told.nature.seed, f"spot/{part}/{told.at:%Y%m%d}", number) - 0.5)
                for part in ("north", "east")
            )
            spots.append(
                {
                    "type": "Feature",
                    "geometry": {
                        "type": "Point",
                        "coordinates": [round(lon + east, 5), round(lat + north, 5)],
                    },
                    "properties": {
                        "pv_idn": feature_id.removeprefix(PREFIX),
                        "pv_tn": channel.feature.names.th,
                        "pv_en": channel.feature.names.en,
                    },
                }
            )
    return {
        "type": "FeatureCollection",
        "features": spots,
        "numberMatched": len(spots),
        "numberReturned": len(spots),
        "timeStamp": told.at.isoformat(),
    }
