"""Stops for the map: GeoJSON, drawn once."""

from collections.abc import Mapping

import msgspec

from data_sources.measures.patterns import RoutePlan
from data_sources.schedule import Schedule
from data_sources.views.feeds import BothNames


def stop_names(schedule: Schedule, stop_id: str) -> BothNames:
    """A stop's name in both languages; its id when it is unknown."""
    return BothNames(
        th=schedule.stop_name(stop_id, "th") or stop_id, en=schedule.stop_name(stop_id, "en") or stop_id
    )


def stops_geojson(schedule: Schedule, plans: Mapping[str, RoutePlan]) -> bytes:
    """Points of the stops with `stop_id`, names and `route_ids` of the lines that call there; stops at
    which no line calls are left out."""
    routes_of: dict[str, list[str]] = {}
    for plan in plans.values():
        for stop_id in dict.fromkeys(call.stop_id for pattern in plan.patterns for call in pattern.calls):
            routes_of.setdefault(stop_id, []).append(plan.route_id)
    features = []
    for stop_id, route_ids in routes_of.items():
        stop, names = schedule.stops[stop_id], stop_names(schedule, stop_id)
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": (stop.lon, stop.lat)},
                "properties": {
                    "stop_id": stop_id,
                    "name_th": names.th,
                    "name_en": names.en,
                    "route_ids": route_ids,
                },
            }
        )
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})
