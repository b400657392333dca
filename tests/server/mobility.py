"""A small city that knows its roads and its one line: samples for the tests of traffic and operations."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from data_sources.measures.patterns import route_plans
from data_sources.model.operations import (
    Arrival,
    OperationsPicture,
    PredictionAccuracy,
    RouteState,
    ServiceMinute,
    Spacing,
    StopPassage,
)
from data_sources.model.traffic import Facility, Incident, IncidentKind, LinkState
from data_sources.network import Network
from data_sources.services import Services
from data_sources.stores.memory import MemoryHistory
from data_sources.text import load_texts
from tests.builders import feed_spec
from tests.roads import street
from tests.server.samples import HOSTILE, NOW, BreakableLive, make_city
from tests.transit import loop_schedule, progress

NETWORK = Network(street(route_ids=("R",)))
ROUND_S = 1000.0
DETECTORS, EVENTS, PARKING = "detectors", "events", "parking"


def mobile_services(root: Path, live: BreakableLive, history: MemoryHistory) -> Services:
    """Services with links, a loop of four stops every 10 min, and feeds of traffic."""
    city = make_city(root)
    feeds = (
        *city.feeds,
        feed_spec(DETECTORS, "ngsi_ld", entity_types=("TrafficFlowObserved",), url="http://127.0.0.1:9/f"),
        feed_spec(EVENTS, "longdo_events", url="http://127.0.0.1:9/f"),
        feed_spec(PARKING, "ngsi_ld", entity_types=("OffStreetParking",), url="http://127.0.0.1:9/f"),
    )
    schedule = loop_schedule()
    spec = city.spec.model_copy(update={"timezone": "Asia/Bangkok"})
    return Services(
        city=city.model_copy(update={"feeds": feeds, "spec": spec}),
        live=live,
        history=history,
        clock=lambda: NOW,
        texts=load_texts(),
        schedule=schedule,
        network=NETWORK,
        plans=route_plans(schedule, {"R": ROUND_S}),
    )


def ago(seconds: float) -> Any:
    return NOW - timedelta(seconds=seconds)


def told(link_id: str, kmh: float | None = 45.0, age_s: float = 10, **more: Any) -> LinkState:
    values = {"free_flow_kmh": 50.0, "observed_at": ago(age_s), "feed_id": DETECTORS, **more}
    return LinkState(link_id=link_id, speed_kmh=kmh, **values)


def incident(incident_id: str = "1", **more: Any) -> Incident:
    values = {"kind": IncidentKind.ACCIDENT, "received_at": ago(60), "title": {"en": HOSTILE}, **more}
    return Incident(incident_id=incident_id, feed_id=EVENTS, **values)


def car_park(age_s: float = 10, **more: Any) -> Facility:
    values = {"kind": "parking", "capacity": 10, "available": 3, **more}
    return Facility(
        facility_id="p1",
        feed_id=PARKING,
        lat=16.45,
        lon=102.8,
        observed_at=ago(age_s),
        received_at=ago(age_s),
        **values,
    )


def arrival(vehicle: str, call: int, after_s: float) -> Arrival:
    return Arrival(
        route_id="R",
        stop_id=f"loop{call}",
        call=call,
        vehicle_id=vehicle,
        expected_at=NOW + timedelta(seconds=after_s),
        basis="observed_pace",
        pattern_id="loop",
        error_s=20.0,
    )


def operations(age_s: float = 2, **more: Any) -> OperationsPicture:
    state = {
        "owed": 3,
        "in_service": 2,
        "ghosts": 1,
        "target_headway_s": 600.0,
        "round_s": ROUND_S,
        "cv": 0.2,
        "progress": (progress("bus_a:1", 0.1, NOW), progress("bus_a:2", 0.6, NOW, next_call=3)),
        "spacings": (Spacing(route_id="R", leader_id="bus_a:2", follower_id="bus_a:1", headway_s=500),),
        **more,
    }
    return OperationsPicture(
        at=ago(age_s),
        routes=(RouteState(route_id="R", **state),),
        arrivals=(arrival("bus_a:1", 1, 90), arrival("bus_a:2", 3, 30), arrival("bus_a:2", 1, 590)),
        accuracy=(
            PredictionAccuracy(
                route_id="R", horizon_min=5, count=4, error_s=20, bias_s=1, schedule_error_s=31
            ),
        ),
    )


def passage(call: int, age_s: float, vehicle: str = "bus_a:1") -> StopPassage:
    return StopPassage(
        route_id="R",
        pattern_id="loop",
        call=call,
        stop_id=f"loop{call}",
        vehicle_id=vehicle,
        passed_at=ago(age_s),
        uncertainty_s=1.0,
    )


def minutes(first_back: int, last_back: int, owed: int = 2, observed: int | None = 2) -> list[ServiceMinute]:
    """Service minutes from so many minutes before now to so many."""
    return [
        ServiceMinute(
            route_id="R",
            minute=NOW - timedelta(minutes=back),
            owed=owed,
            observed=observed,
            passengers=31,
            seats=30,
        )
        for back in range(first_back, last_back, -1)
    ]
