"""NGSI-LD entities that observe: air quality, weather, street lights, floods, key performance indicators.

Data models: https://github.com/smart-data-models (dataModel.Environment, dataModel.Weather,
dataModel.Streetlighting, dataModel.KeyPerformanceIndicator). The pack reads any other type, or one of these
in its own way, by a mapping (`entity_mappings`): paths are short attribute names, a value's unit is its
`unitCode` where it has one. A value counts as observed at its own `observedAt`, else at the entity's time.

What is observed is the point of interest, device or station that the entity names, for ids of observations
are often new with each; else the entity itself, without a time at the end of its id.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from data_sources.feeds import clean, codes
from data_sources.feeds.clock_texts import read_period
from data_sources.feeds.document_paths import Item
from data_sources.feeds.mapping import Reader, in_property_unit
from data_sources.feeds.ngsi_values import Entity, lasting_id
from data_sources.feeds.observing import DAY_S, HOUR_S, Collector, Quantity
from data_sources.feeds.reading import Unusable, text
from data_sources.feeds.value_numbers import value_number
from data_sources.model.observation import CITY_FEATURE


class Attribute(NamedTuple):
    """What an attribute of a data model becomes. `source_unit` is the model's own unit, for values without
    `unitCode`; empty: the model leaves it open."""

    property_id: str
    unit: str
    source_unit: str
    signed: bool = False


TEMPERATURE = Attribute("air_temperature", "°C", "°C", signed=True)
HUMIDITY = Attribute("relative_humidity", "%", "fraction")
WIND_SPEED = Attribute("wind_speed", "km/h", "m/s")
WIND_DIRECTION = Attribute("wind_direction", "°", "°")

AIR: Mapping[str, Attribute] = {
    "pm25": Attribute("pm25", "µg/m³", "µg/m³"),
    "pm10": Attribute("pm10", "µg/m³", "µg/m³"),
    "o3": Attribute("o3", "ppb", "µg/m³"),
    "no2": Attribute("no2", "ppb", "µg/m³"),
    "so2": Attribute("so2", "ppb", "µg/m³"),
    "co": Attribute("co", "ppm", ""),
    "airQualityIndex": Attribute("aqi_source", "index", "index"),
    "temperature": TEMPERATURE,
    "relativeHumidity": HUMIDITY,
    "windSpeed": WIND_SPEED,
    "windDirection": WIND_DIRECTION,
    "pressure": Attribute("pressure", "hPa", "hPa"),
}
WEATHER: Mapping[str, Attribute] = {
    "temperature": TEMPERATURE,
    "feelsLikeTemperature": Attribute("apparent_temperature", "°C", "°C", signed=True),
    "relativeHumidity": HUMIDITY,
    "windSpeed": WIND_SPEED,
    "windDirection": WIND_DIRECTION,
    "atmosphericPressure": Attribute("pressure", "hPa", "hPa"),
}
OF_PERIOD: Mapping[tuple[str, float], str] = {
    ("pm25", DAY_S): "pm25_24h",
    ("pm10", DAY_S): "pm10_24h",
    ("o3", 8 * HOUR_S): "o3_8h",
}
"""The property of a mean, by that of the hour and the seconds that it is over."""
RAIN: Mapping[float, str] = {900.0: "rain_15min", HOUR_S: "rain_1h", 3 * HOUR_S: "rain_3h", DAY_S: "rain_24h"}
"""The property of an amount of rain by the seconds that it gathers."""

POWER_STATES: Mapping[str, float] = {"on": 1, "low": 1, "bootingup": 1, "off": 0}
LAMP_STATES: Mapping[str, float] = {"ok": 0, "defectivelamp": 1, "columnissue": 1, "brokenlantern": 1}
"""Words of Streetlight's `powerState` and `status`, in small letters."""

NAMED_BY = ("refPointOfInterest", "refDevice", "stationID")
TIMES = ("observationDateTime", "TimeInstant", "modifiedAt", "dateModified")


def observe(entity: Entity, kinds: Sequence[str], into: Collector) -> bool:
    """Read an entity of a type that observes, or that the pack maps; false for another type. Raise Unusable
    when nothing of it can be used."""
    mappings = entity.feed.entity_mappings
    mapped = next((mappings[kind] for kind in kinds if kind in mappings), None)
    if mapped is not None:
        values = {**entity.plain(), "id": lasting_id(entity.id)}
        units = {name: code for name in values if (code := entity.unit_code(name)) is not None}
        zone = ZoneInfo(entity.feed.timezone) if entity.feed.timezone else UTC
        item = Item(values, values)
        Reader(mapped, entity.feed, entity.received_at, into, zone).read_item(item, units)
        return True
    read = next((READERS[kind] for kind in kinds if kind in READERS), None)
    if read is None:
        return False
    read(entity, into)
    return True


def _air(entity: Entity, into: Collector) -> None:
    _measured(entity, into, AIR, "air_station")


def _weather(entity: Entity, into: Collector) -> None:
    _measured(entity, into, WEATHER, "weather_station")


def _measured(entity: Entity, into: Collector, attributes: Mapping[str, Attribute], kind: str) -> None:
    feature_id = _feature(entity, into, kind)
    if feature_id is None:
        return
    start, end = entity.interval("dateObserved")
    period_s = None if start is None or end is None else (end - start).total_seconds()
    at = end or _observed_at(entity, *attributes, "precipitation")
    if all(entity.value(name) is None for name in (*attributes, "precipitation")):
        into.reject_row(feature_id, codes.VALUE_MISSING, "none of the values of its type", {"id": entity.id})
    for name, attribute in attributes.items():
        if (raw := entity.value(name)) is None:
            continue
        property_id = OF_PERIOD.get((attribute.property_id, period_s or 0.0), attribute.property_id)
        unit = entity.unit_code(name) or attribute.source_unit
        quantity = Quantity(property_id, attribute.unit, period_s, unit, attribute.signed)
        if unit:
            observed_at = entity.measured_at(name) or at
            into.observe(feature_id, quantity, raw, observed_at, flags=entity.flags)
        else:
            told = "no unitCode, and the data model leaves the unit open"
            into.reject_value(feature_id, property_id, codes.UNIT_UNKNOWN, told, raw)
    if attributes is WEATHER and (raw := entity.value("precipitation")) is not None:
        rain = RAIN.get(period_s or 0.0)
        if rain is None:
            told = "rain of a time that is not told by dateObserved, or is none of 15 min, 1, 3 and 24 h"
            into.reject_value(feature_id, "rain", codes.PERIOD_MISSING, told, raw)
        else:
            quantity = Quantity(rain, "mm", period_s, entity.unit_code("precipitation"))
            into.observe(feature_id, quantity, raw, at, flags=entity.flags)


def _streetlight(entity: Entity, into: Collector) -> None:
    feature_id = _feature(entity, into, "streetlight")
    if feature_id is None:
        return
    at = _observed_at(entity, "powerState", "status")
    told = [("streetlight_on", "powerState", POWER_STATES), ("streetlight_fault", "status", LAMP_STATES)]
    if all(entity.value(name) is None for _, name, _ in told):
        into.reject_row(feature_id, codes.VALUE_MISSING, "neither powerState nor status", {"id": entity.id})
    for property_id, name, words in told:
        raw = entity.value(name)
        if raw is None:
            continue
        # a light with several faults lists them
        parts = [words.get(part.strip().lower()) for part in (entity.text(name) or "").split(",")]
        known = [part for part in parts if part is not None]
        if len(known) != len(parts):
            detail = f"{name} is none of {', '.join(words)}"
            into.reject_value(feature_id, property_id, codes.VALUE_UNREADABLE, detail, raw)
            continue
        observed_at = entity.measured_at(name) or at
        into.add(feature_id, property_id, float(max(known)), "1/0", observed_at, flags=entity.flags)


def _flood(entity: Entity, into: Collector) -> None:
    """Depth of water above the ground: `currentLevel`, which is `referenceLevel`, the sensor's height above
    the ground, less `measuredDistance` to the water."""
    feature_id = _feature(entity, into, "road_point")
    if feature_id is None:
        return
    raw = entity.value("currentLevel")
    if raw is None:
        into.reject_row(feature_id, codes.VALUE_MISSING, "no currentLevel", {"id": entity.id})
        return
    at = _observed_at(entity, "currentLevel")
    quantity = Quantity("road_water", "m", source_unit=entity.unit_code("currentLevel"))
    into.observe(feature_id, quantity, raw, at, flags=entity.flags)


def _indicator(entity: Entity, into: Collector) -> None:
    """A figure of the city as a whole, when its id or name is a property of the vocabulary; the pack maps
    the others."""
    names = [lasting_id(entity.id), *((name,) if (name := entity.text("name")) else ())]
    property_id = next((name for name in names if name in entity.feed.units), names[-1])
    raw = entity.value("kpiValue")
    try:
        at, period_s = _calculated(entity)
        code = entity.unit_code("kpiValue")
        value, unit, flags = in_property_unit(value_number(raw), code, property_id, entity.feed)
    except Unusable as error:
        into.reject_value(CITY_FEATURE, property_id, error.rule, str(error), raw)
        return
    into.add(CITY_FEATURE, property_id, value, unit, at, period_s=period_s, flags=(*entity.flags, *flags))


def _calculated(entity: Entity) -> tuple[datetime, float | None]:
    """End and length of the period that a figure is of, both of its days included; else when it was told."""
    period = entity.value("calculationPeriod")
    if isinstance(period, dict):
        zone = ZoneInfo(entity.feed.timezone) if entity.feed.timezone else UTC
        first, last = text(period.get("from")), text(period.get("to"))
        try:
            if first and last:
                start, end = read_period(first, zone)[0], read_period(last, zone)[1]
                if timedelta(0) < end - start:
                    return end, (end - start).total_seconds()
        except (ValueError, OverflowError) as error:
            told = f"calculationPeriod {first!r} to {last!r} cannot be read"
            raise Unusable(codes.OBSERVED_AT_UNREADABLE, told) from error
    return _observed_at(entity, "kpiValue"), None


def _feature(entity: Entity, into: Collector, kind: str) -> str | None:
    """Tell what the entity is of; its id, or None when the feed does not take it. Raise Unusable when its
    place cannot be read."""
    named = (entity.reference(name) for name in NAMED_BY)
    feature_id = next((name for name in named if name), lasting_id(entity.id))[: clean.ID_MAX]
    points = entity.points()
    if not into.wants(feature_id):
        return None
    lat, lon = points[0] if points else (None, None)
    into.feature(feature_id, kind, name=_names(entity), lat=lat, lon=lon)
    return feature_id


def _names(entity: Entity) -> dict[str, Any]:
    return entity.texts("stationName", "name")


def _observed_at(entity: Entity, *names: str) -> datetime:
    """When the entity was observed: as it says, else when these attributes were, else its other stamps, else
    on receipt, flagged."""
    at = entity.instant("dateObserved") or entity.measured_at(*names) or entity.instant(*TIMES)
    if at is None:
        entity.flag(codes.TIME_FROM_RECEIPT.code)
    return at or entity.received_at


READERS: Mapping[str, Callable[[Entity, Collector], None]] = {
    "AirQualityObserved": _air,
    "WeatherObserved": _weather,
    "Streetlight": _streetlight,
    "FloodMonitoring": _flood,
    "KeyPerformanceIndicator": _indicator,
}
OBSERVED_TYPES = tuple(READERS)
"""Types that are read without a mapping."""
