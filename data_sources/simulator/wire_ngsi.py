"""NGSI-LD entities of the simulated city, as a context broker holds them (ETSI GS CIM 009, Smart Data
Models): normalised, and as key-values on request. Pure."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from data_sources.model.spec import Names
from data_sources.model.traffic import Link, Point
from data_sources.simulator.facilities import Park, Station
from data_sources.simulator.incidents import Happening
from data_sources.simulator.readings import PERIOD_S, Reading

Entity = dict[str, Any]
CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
URN = "urn:ngsi-ld"
CONGESTED_BELOW = 0.5
"""A detector reports congestion below this share of the free-flow speed."""
PROVIDER = "scopc simulator (synthetic)"


def traffic_flow(links: Iterable[tuple[int, Link]], reading: Reading) -> list[Entity]:
    """One TrafficFlowObserved a link: vehicles are those of the interval, speed is left out where none
    passed, the line runs in the direction of travel."""
    end = reading.until
    start = end - timedelta(seconds=PERIOD_S)
    interval = f"{stamp(start)}/{stamp(end)}"
    speeds, vehicles = reading.speed_kmh.tolist(), reading.vehicles.tolist()
    occupancies = reading.occupancy.tolist()
    found = []
    for index, link in links:
        entity: Entity = {
            "id": f"{URN}:TrafficFlowObserved:{link.link_id}",
            "type": "TrafficFlowObserved",
            "dateObserved": _property(interval),
            "location": _geo("LineString", [[lon, lat] for lat, lon in link.points]),
            "refRoadSegment": {"type": "Relationship", "object": f"{URN}:RoadSegment:{link.link_id}"},
            "laneDirection": _property("forward"),
            "intensity": _property(vehicles[index]),
            "occupancy": _property(round(occupancies[index], 3)),
            "dataProvider": _property(PROVIDER),
        }
        speed = speeds[index]
        if not math.isnan(speed):
            entity["averageVehicleSpeed"] = {**_property(round(speed, 1)), "unitCode": "KMH"}
            if speed < CONGESTED_BELOW * link.free_flow_kmh:
                entity["congested"] = _property(True)
        found.append(entity)
    return found


def road_accident(one: Happening, begun_at: datetime, now: datetime, solved: bool) -> Entity:
    """An accident; `solved` once it is over."""
    lat, lon = one.place
    return {
        "id": f"{URN}:RoadAccident:{incident_name(one, begun_at)}",
        "type": "RoadAccident",
        "accidentDate": _date(begun_at),
        "dateModified": _date(now),
        "name": _language(one.title, one.road),
        "description": _language(one.title, one.road, " (จำลอง)", " (simulated)"),
        "location": _geo("Point", [round(lon, 6), round(lat, 6)]),
        "status": _property("solved" if solved else "onGoing"),
        "dataProvider": _property(PROVIDER),
    }


def off_street_parking(park: Park, free: int, now: datetime) -> Entity:
    """A car park."""
    word = "full" if free == 0 else "almostFull" if free < 0.1 * park.spaces else "spacesAvailable"
    return {
        "id": f"{URN}:OffStreetParking:{park.facility_id}",
        "type": "OffStreetParking",
        "name": _language(park.names),
        "location": _place(park.place),
        "totalSpotNumber": _property(park.spaces),
        "availableSpotNumber": {**_property(free), "observedAt": stamp(now)},
        "occupiedSpotNumber": _property(park.spaces - free),
        "status": _property(["open", word]),
        "observationDateTime": _date(now),
        "dataProvider": _property(PROVIDER),
    }


def ev_charging_station(station: Station, free: int, now: datetime) -> Entity:
    """A charging station of the fleet."""
    return {
        "id": f"{URN}:EVChargingStation:{station.facility_id}",
        "type": "EVChargingStation",
        "name": _language(station.names),
        "location": _place(station.place),
        "capacity": _property(station.chargers),
        "availableCapacity": {**_property(free), "observedAt": stamp(now)},
        "socketNumber": _property(station.chargers),
        "allowedVehicleType": _property(["bus"]),
        "status": _property("full" if free == 0 else "working"),
        "observationDateTime": _date(now),
        "dataProvider": _property(PROVIDER),
    }


def key_values(entity: Entity) -> Entity:
    """The entity in its simplified form."""
    inside = ("value", "object", "languageMap")
    plain: Entity = {}
    for name, attribute in entity.items():
        value = attribute
        if isinstance(attribute, dict):
            value = next(attribute[key] for key in inside if key in attribute)
        plain[name] = value["@value"] if isinstance(value, dict) and "@value" in value else value
    return plain


def notification(subscription_id: str, entities: list[Entity], now: datetime, number: int) -> Entity:
    """What a broker posts to a subscriber."""
    return {
        "id": f"{URN}:Notification:sim-{number}",
        "type": "Notification",
        "subscriptionId": subscription_id,
        "notifiedAt": stamp(now),
        "data": entities,
        "@context": CONTEXT,
    }


def incident_name(one: Happening, begun_at: datetime) -> str:
    """A name of an incident that no other one of any day has."""
    return f"sim-{begun_at.astimezone(UTC):%Y%m%d%H%M}-{one.number}"


def stamp(at: datetime) -> str:
    """A time as NGSI-LD writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _property(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


def _date(at: datetime) -> dict[str, Any]:
    return _property({"@type": "DateTime", "@value": stamp(at)})


def _geo(kind: str, coordinates: list[Any]) -> dict[str, Any]:
    return {"type": "GeoProperty", "value": {"type": kind, "coordinates": coordinates}}


def _place(place: Point) -> dict[str, Any]:
    return _geo("Point", [place[1], place[0]])


def _language(names: Names, road: Names | None = None, th: str = "", en: str = "") -> dict[str, Any]:
    in_th = names.th if road is None else f"{names.th} {road.th}"
    in_en = names.en if road is None else f"{names.en}, {road.en}"
    return {"type": "LanguageProperty", "languageMap": {"th": in_th + th, "en": in_en + en}}
