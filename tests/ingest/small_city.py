"""A city of three stops and two links for tests of ingest, with real desks and real parsers."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from data_sources.desks.traffic_desk import TrafficDesk
from data_sources.desks.transit_desk import TransitDesk
from data_sources.ingest.operations import Desks
from data_sources.measures.patterns import route_plans
from data_sources.model.city import OperationsSpec, TrafficSpec, VehicleLimits
from data_sources.model.feed import Payload
from data_sources.model.traffic import Link
from data_sources.network import Network
from data_sources.schedule import Schedule, read_schedule
from tests.builders import NOON, feed_spec, payload

ZONE = ZoneInfo("Asia/Bangkok")
BUSES = feed_spec("buses")
FLOW = feed_spec("flow", "tomtom_flow", interval_s=60)
EVENTS = feed_spec("events", "longdo_events", interval_s=60)
PUSHED = feed_spec("pushed", "ngsi_ld", interval_s=1, push=True, key="a-long-enough-key-for-tests")
FEEDS = (BUSES, FLOW, EVENTS, PUSHED)

STOPS = {"A": 10.500, "B": 10.510, "C": 10.520}
"""Longitude by stop; all of them lie on latitude 50.5, 708 m apart."""

GTFS = {
    "agency.txt": "agency_name,agency_url,agency_timezone\nA,https://a.invalid,Asia/Bangkok\n",
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\nr1,1,One,3\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    + "".join(f"{stop_id},{stop_id},50.5,{lon}\n" for stop_id, lon in STOPS.items()),
    "trips.txt": "route_id,service_id,trip_id,shape_id\nr1,all,t1,s1\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,00:00:00,00:00:00,A,1\nt1,00:02:00,00:02:00,B,2\nt1,00:04:00,00:04:00,C,3\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nt1,00:00:00,24:00:00,600,0\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    "s1,50.5,10.5,1\ns1,50.5,10.51,2\ns1,50.5,10.52,3\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\n"
    "all,1,1,1,1,1,1,1,20260101,20271231\n",
}


def link(link_id: str, south: float, north: float) -> Link:
    """A link due north on longitude 10.6."""
    fields = {"name_th": link_id, "name_en": link_id, "road_class": "primary", "free_flow_kmh": 50.0}
    return Link(link_id=link_id, length_m=1112.0, points=((south, 10.6), (north, 10.6)), **fields)


def network() -> Network:
    return Network([link("south", 50.50, 50.51), link("north", 50.51, 50.52)])


def timetable(folder: Path) -> Schedule:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in GTFS.items():
        (folder / name).write_text(text, "utf-8")
    return read_schedule(folder, None, ZONE)


def desks(schedule: Schedule | None = None) -> Desks:
    """New desks; a transit desk when there is a schedule."""
    traffic = TrafficDesk(network(), TrafficSpec(), feeds=FEEDS)
    if schedule is None:
        return Desks(traffic, None)
    plans = route_plans(schedule)
    return Desks(traffic, TransitDesk(schedule, plans, VehicleLimits(), OperationsSpec(), FEEDS))


def flow(speeds: dict[str, float], at: datetime = NOON) -> Payload:
    """What the flow service answered, one message a link."""
    answers = [
        {
            "link_id": link_id,
            "answer": {"flowSegmentData": {"currentSpeed": speed, "freeFlowSpeed": 50, "confidence": 1}},
        }
        for link_id, speed in speeds.items()
    ]
    return payload(*(json.dumps(answer).encode() for answer in answers), at=at)


def events(ids: Iterable[str], at: datetime = NOON) -> Payload:
    """The list of events that are under way, as Longdo writes it."""
    begun = NOON.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
    told = [
        {"eid": one, "type": "3", "title": "รถชน ", "latitude": "50.505", "longitude": "10.6", "start": begun}
        for one in ids
    ]
    return payload(json.dumps(told).encode(), at=at)


def accident(accident_id: str, at: datetime = NOON, status: str = "onGoing") -> Payload:
    """A context broker's notification of one accident."""
    entity = {
        "id": f"urn:ngsi-ld:RoadAccident:{accident_id}",
        "type": "RoadAccident",
        "accidentDate": {"type": "Property", "value": NOON.isoformat()},
        "status": {"type": "Property", "value": status},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [10.6, 50.505]}},
    }
    told = {"id": "urn:ngsi-ld:Notification:1", "type": "Notification", "data": [entity]}
    return payload(json.dumps(told).encode(), at=at)
