"""NGSI-LD entities of stations, lamps and flood sensors (Smart Data Models). Pure."""

from typing import Any

from data_sources.model.city import FeatureSpec
from data_sources.simulator.channels import NGSI
from data_sources.simulator.told import Told
from data_sources.simulator.wire_ngsi import PROVIDER, URN, Entity, stamp

Attribute = tuple[str, str, float, int]
"""Name, unit code (UN/CEFACT Recommendation 20), factor from the property's unit, decimals."""
ATTRIBUTES: dict[str, Attribute] = {
    "pm25": ("pm25", "GQ", 1, 1),
    "pm10": ("pm10", "GQ", 1, 1),
    "no2": ("no2", "61", 1, 1),
    "air_temperature": ("temperature", "CEL", 1, 1),
    "relative_humidity": ("relativeHumidity", "C62", 0.01, 2),
    "wind_speed": ("windSpeed", "MTS", 1 / 3.6, 1),
    "wind_direction": ("windDirection", "DD", 1, 0),
    "pressure": ("atmosphericPressure", "A97", 1, 1),
    "road_water": ("currentLevel", "MTR", 1, 2),
}


def entities(told: Told, entity_type: str) -> list[Entity]:
    """The entities of a type, of those that are made here."""
    kind = NGSI[entity_type][0]
    found = []
    for feature_id, channel in told.features.items():
        if channel.feature.kind not in {kind, ""}:
            continue
        entity = _begun(told, entity_type, channel.feature)
        if entity_type == "Streetlight":
            entity["powerState"] = _property("on" if told.values[feature_id, "streetlight_on"] else "off")
            broken = told.values[feature_id, "streetlight_fault"]
            entity["status"] = _property("defectiveLamp" if broken else "ok")
        else:
            for (name, property_id), value in told.values.items():
                if name == feature_id and not (property_id == "no2" and told.spoilt(feature_id, "no2")):
                    attribute, code, factor, decimals = ATTRIBUTES[property_id]
                    entity[attribute] = {**_property(round(value * factor, decimals)), "unitCode": code}
        found.append(entity)
    return found


def _begun(told: Told, entity_type: str, feature: FeatureSpec) -> Entity:
    entity: Entity = {
        "id": f"{URN}:{entity_type}:{feature.feature_id}",
        "type": entity_type,
        "dateObserved": _property({"@type": "DateTime", "@value": stamp(told.at)}),
        "name": {
            "type": "LanguageProperty",
            "languageMap": {"th": feature.names.th, "en": feature.names.en},
        },
        "dataProvider": _property(PROVIDER),
    }
    if feature.lat is not None and feature.lon is not None:
        point = {"type": "Point", "coordinates": [feature.lon, feature.lat]}
        entity["location"] = {"type": "GeoProperty", "value": point}
    return entity


def _property(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}
