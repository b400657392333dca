"""Records for tests of the stores."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from data_sources.model.feed import Batch, FeedState, FeedStatus, Payload, Rejected
from data_sources.model.transit import ServiceAlert, StopTimeUpdate, TripUpdate, VehiclePosition

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


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
