"""The reservoirs of the irrigation department: a region's, of which the city listens to its own."""

import msgspec

from data_sources.feeds.rid_reservoirs import PREFIX
from data_sources.simulator.figures import RESERVOIR_MM3
from data_sources.simulator.told import Told


def document(told: Told) -> bytes:
    """The figures of a day. Another reservoir tells 0 % of its volume, as some do."""
    rows = [
        {
            "id": feature_id.removeprefix(PREFIX),
            "name": channel.feature.names.th,
            "storage": RESERVOIR_MM3,
            "volume": round(told.values[feature_id, "reservoir_volume"], 2),
            "percent_storage": round(told.values[feature_id, "reservoir_fill"], 2),
        }
        for feature_id, channel in told.features.items()
    ]
    other = {
        "id": "sim-other",
        "name": "อ่างเก็บน้ำจำลอง",
        "storage": 40.0,
        "volume": 12.5,
        "percent_storage": 0,
    }
    region = {"region": "ภาคจำลอง", "reservoir": [*rows, other]}
    return msgspec.json.encode({"date": f"{told.local:%Y-%m-%d}", "data": [region]})
