"""Air4Thai's document: every value text, stations of the whole country, "-1" where there is none."""

from typing import Any

import msgspec

from data_sources.model.city import FeatureSpec
from data_sources.model.traffic import Point
from data_sources.simulator.channels import centre_of
from data_sources.simulator.told import Told

FIELDS = {
    "PM25": ("pm25_24h", 1),
    "PM10": ("pm10_24h", 0),
    "O3": ("o3_8h", 0),
    "CO": ("co", 2),
    "NO2": ("no2", 0),
    "SO2": ("so2", 0),
}
NOTHING = "-1"
FAR_DEGREES = 4.0
"""Another station stands so far off: the service is national, and the city's rules leave it aside."""


def document(told: Told) -> bytes:
    """The stations."""
    lat, lon = centre_of(told.city)
    stations = [
        _station(told, one.feature, (one.feature.lat or lat, one.feature.lon or lon))
        for one in told.features.values()
    ]
    if stations:
        far = {
            **stations[0],
            "stationID": "sim-far",
            "nameTH": "สถานีจำลองไกลเมือง",
            "nameEN": "Simulated, far off",
        }
        stations.append({**far, "lat": f"{lat - FAR_DEGREES:.6f}"})
    return msgspec.json.encode({"stations": stations})


def _station(told: Told, feature: FeatureSpec, place: Point) -> dict[str, Any]:
    feature_id = feature.feature_id
    last: dict[str, Any] = {"date": f"{told.local:%Y-%m-%d}", "time": f"{told.local:%H:%M}"}
    for name, (property_id, decimals) in FIELDS.items():
        value = told.values[feature_id, property_id]
        # never of PM2.5: an hour without the figure that all look at would be more than dirt
        missing = name != "PM25" and told.spoilt(feature_id, property_id)
        written = NOTHING if missing else f"{value:.{decimals}f}"
        index = f"{told.values[feature_id, 'aqi_source']:.0f}" if name == "PM25" else NOTHING
        last[name] = {"color_id": "0", "aqi": index, "value": written}
    last["AQI"] = {"color_id": "0", "aqi": f"{told.values[feature_id, 'aqi_source']:.0f}", "param": "PM25"}
    return {
        "stationID": feature_id,
        "nameTH": f"{feature.names.th} ",
        "nameEN": f"{feature.names.en} ",
        "areaTH": "(จำลอง)",
        "areaEN": "(simulated)",
        "stationType": "GROUND",
        "lat": f"{place[0]:.6f}",
        "long": f"{place[1]:.6f}",
        "forecast": [],
        "AQILast": last,
    }
