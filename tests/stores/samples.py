"""Records for tests of the stores."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from data_sources.model.feed import Batch, FeedState, FeedStatus, Payload, Rejected
from data_sources.model.observation import Observation, Ticket, TicketState
from data_sources.model.operations import PredictionScore, ServiceMinute, StopPassage
from data_sources.model.traffic import Incident, IncidentKind, LinkState, SourceSpeed
from data_sources.model.transit import ServiceAlert, StopTimeUpdate, TripUpdate, VehiclePosition

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
DAY = NOON.date()


def at(seconds: float) -> datetime:
    """So many seconds after NOON."""
    return NOON + timedelta(seconds=seconds)


def fix(
    vehicle_id: str = "bus-1", observed: float = 0, received: float | None = None, **fields: Any
) -> VehiclePosition:
    """A fix observed and received so many seconds after NOON."""
    known = {"feed_id": "buses", "lat": 16.4, "lon": 102.8, **fields}
    received_at = at(observed if received is None else received)
    return VehiclePosition(vehicle_id=vehicle_id, observed_at=at(observed), received_at=received_at, **known)


def status(feed_id: str = "buses", **fields: Any) -> FeedStatus:
    known = {"kind": "gtfs_realtime", "state": FeedState.UP, "interval_s": 5.0, **fields}
    return FeedStatus(feed_id=feed_id, **known)


def trip_update(trip_id: str, received: float, delay_s: int = 60) -> TripUpdate:
    stop = StopTimeUpdate(stop_id="S1", stop_sequence=3, arrival_at=at(600), arrival_delay_s=delay_s)
    return TripUpdate(
        entity_id=trip_id, feed_id="buses", received_at=at(received), trip_id=trip_id, stop_times=(stop,)
    )


def alert(alert_id: str, received: float, **fields: Any) -> ServiceAlert:
    known = {"header": {"th": "หยุดเดินรถ", "en": "No service"}, "active_periods": ((at(0), None),), **fields}
    return ServiceAlert(alert_id=alert_id, feed_id="buses", received_at=at(received), **known)


def rejected(code: str = "position_zero", entity_id: str = "e1", **fields: Any) -> Rejected:
    return Rejected(code=code, entity_id=entity_id, **{"detail": "at 0, 0", "record": {"lat": 0.0}, **fields})


def payload(*messages: bytes, received: float = 0) -> Payload:
    return Payload(messages=messages, received_at=at(received), content_type="application/x-protobuf")


def batch(*positions: VehiclePosition, **fields: Any) -> Batch:
    return Batch(positions=positions, **fields)


def record(
    history: Any, received: float, batch: Batch, payload: Payload | None = None, **fields: Any
) -> None:
    """Record a message of the feed `buses`."""
    history.record("buses", at(received), batch, status(**fields), payload)


def same_but(record: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(record, **changes)


def link(link_id: str = "a", speed_kmh: float | None = 30.0, observed: float = 0, **fields: Any) -> LinkState:
    """State of a link, observed so many seconds after NOON by one source."""
    if speed_kmh is None:
        return LinkState(link_id=link_id, **fields)
    source = SourceSpeed(feed_id="flow", speed_kmh=speed_kmh, observed_at=at(observed))
    known = {"feed_id": "flow", "free_flow_kmh": 50.0, "sources": (source,), **fields}
    return LinkState(link_id=link_id, speed_kmh=speed_kmh, **{"observed_at": at(observed), **known})


def incident(incident_id: str = "i1", received: float = 0, **fields: Any) -> Incident:
    known = {"feed_id": "events", "kind": IncidentKind.ACCIDENT, **fields}
    return Incident(incident_id=incident_id, received_at=at(received), **known)


def passage(passed: float = 0, **fields: Any) -> StopPassage:
    known = {"route_id": "red", "pattern_id": "red:0", "call": 3, "stop_id": "S3", "vehicle_id": "bus-1"}
    return StopPassage(passed_at=at(passed), **{**known, "uncertainty_s": 2.5, **fields})


def minute(seconds: float = 0, route_id: str = "red", **fields: Any) -> ServiceMinute:
    return ServiceMinute(route_id=route_id, minute=at(seconds), **{"owed": 5, "observed": 4, **fields})


def score(count: int = 1, route_id: str = "red", day: date = DAY, **fields: Any) -> PredictionScore:
    known = {"horizon_min": 5, "sum_error_s": -10.0 * count, "sum_absolute_error_s": 20.0 * count}
    known["sum_baseline_error_s"] = 30.0 * count
    return PredictionScore(route_id=route_id, day=day, count=count, **{**known, **fields})


def observed(value: float = 10.0, seconds: float = 0, **fields: Any) -> Observation:
    """A value observed so many seconds after NOON and received with it."""
    known = {"feed_id": "air", "feature_id": "s1", "property_id": "pm25", "unit": "µg/m³", **fields}
    return Observation(value=value, observed_at=at(seconds), **{"received_at": at(seconds), **known})


def ticket(ticket_id: str = "t1", opened: float = 0, **fields: Any) -> Ticket:
    """A report opened and received so many seconds after NOON."""
    known = {"feed_id": "reports", "state": TicketState.OPEN, "received_at": at(opened), **fields}
    return Ticket(ticket_id=ticket_id, opened_at=at(opened), **known)
