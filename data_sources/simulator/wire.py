"""The wire formats of the simulated city: GTFS-Realtime protobuf and GeoJSON, as real feeds have them.

Pure: states in, bytes out; the same states give the same bytes.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from google.transit import gtfs_realtime_pb2 as pb

from data_sources.model.traffic import IncidentKind
from data_sources.simulator.departures import Run
from data_sources.simulator.incidents import Happening
from data_sources.simulator.states import Prediction, VehicleState
from data_sources.simulator.wire_ngsi import incident_name

GTFS_REALTIME_VERSION = "2.0"
LATE_ALERT_S = 300.0
"""A line whose vehicles are typically later than this gets an alert."""
MQTT_FEATURES_MAX = 200
"""Up to this many vehicles are published one message each, as the fleet tool does; above it, one
FeatureCollection per route: a thousand single messages a second take the broker a tenth of a core."""
CAUSES = {
    IncidentKind.ACCIDENT: pb.Alert.ACCIDENT,
    IncidentKind.ROAD_WORKS: pb.Alert.CONSTRUCTION,
    IncidentKind.FLOOD: pb.Alert.WEATHER,
}

Name = Callable[[str, str], str]
"""(route_id, language) -> name of the route."""


def vehicle_positions(states: Iterable[VehicleState], now: datetime) -> bytes:
    """A FeedMessage with one VehiclePosition per vehicle."""
    message = _message(now)
    for state in states:
        entity = message.entity.add(id=state.vehicle_id)
        vehicle = entity.vehicle
        vehicle.vehicle.id = vehicle.vehicle.label = state.vehicle_id
        _describe(vehicle.trip, state.run, state.route_id, state.direction_id)
        position = vehicle.position
        position.latitude, position.longitude = state.lat, state.lon
        if state.bearing_deg is not None:
            position.bearing = state.bearing_deg
        position.speed = state.speed_mps
        position.odometer = round(state.odometer_m)
        vehicle.timestamp = int(state.observed_at.timestamp())
        vehicle.occupancy_status = _occupancy(state)
        vehicle.occupancy_percentage = round(100 * state.passengers / state.capacity)
        if state.stop_id is not None and state.stop_sequence is not None:
            vehicle.stop_id = state.stop_id
            vehicle.current_stop_sequence = state.stop_sequence
            vehicle.current_status = (
                pb.VehiclePosition.STOPPED_AT if state.stopped else pb.VehiclePosition.IN_TRANSIT_TO
            )
    return _bytes(message)


def trip_updates(predictions: Iterable[Prediction], now: datetime, speed: float) -> bytes:
    """A FeedMessage with one TripUpdate per vehicle on a run. `speed` is the pace of the world's clock:
    what is a minute away there is `1 / speed` minutes away by real stamps."""
    message = _message(now)
    for prediction in predictions:
        run = prediction.run
        entity = message.entity.add(
            id=f"{run.start_date}_{run.start_time}_{run.trip_id}_{prediction.vehicle_id}"
        )
        update = entity.trip_update
        update.vehicle.id = update.vehicle.label = prediction.vehicle_id
        _describe(update.trip, run, prediction.route_id, prediction.direction_id)
        update.timestamp = int(now.timestamp())
        update.delay = round(prediction.delay_s)
        for stop_id, stop_sequence, in_s in prediction.calls:
            stop = update.stop_time_update.add(stop_id=stop_id, stop_sequence=stop_sequence)
            stop.arrival.time = round(now.timestamp() + in_s / speed)
            stop.arrival.delay = round(prediction.delay_s)
    return _bytes(message)


def alerts(
    unserved: Iterable[str],
    predictions: Iterable[Prediction],
    disturbed: Iterable[tuple[Happening, datetime, Sequence[str]]],
    now: datetime,
    name: Name,
) -> bytes:
    """A FeedMessage with an alert per line that is due and has no vehicle (`unserved`), or typically
    runs late; and one per incident on lines (`disturbed`: since when, and which)."""
    message = _message(now)
    for route_id in unserved:
        alert = _alert(message, f"no_service_{route_id}", [route_id], pb.Alert.NO_SERVICE)
        _say(alert, "th", f"{name(route_id, 'th')}: ไม่มีรถให้บริการขณะนี้ (จำลอง)")
        _say(alert, "en", f"{name(route_id, 'en')}: no vehicle in service now (simulated)")
    for one, begun_at, routes in disturbed:
        alert = _alert(message, incident_name(one, begun_at), routes, pb.Alert.SIGNIFICANT_DELAYS)
        alert.cause = CAUSES.get(one.kind, pb.Alert.OTHER_CAUSE)
        alert.active_period.add(start=int(begun_at.timestamp()))
        _say(alert, "th", f"{one.title.th} {one.road.th}: รถอาจล่าช้า (จำลอง)")
        _say(alert, "en", f"{one.title.en}, {one.road.en}: expect delays (simulated)")
    delays: dict[str, list[float]] = defaultdict(list)
    for prediction in predictions:
        delays[prediction.route_id].append(prediction.delay_s)
    for route_id, found in delays.items():
        if median(found) > LATE_ALERT_S:
            minutes = round(median(found) / 60)
            alert = _alert(message, f"delays_{route_id}", [route_id], pb.Alert.SIGNIFICANT_DELAYS)
            _say(alert, "th", f"{name(route_id, 'th')}: รถล่าช้าประมาณ {minutes} นาที (จำลอง)")
            _say(alert, "en", f"{name(route_id, 'en')}: about {minutes} min late (simulated)")
    return _bytes(message)


def feature(state: VehicleState) -> dict[str, Any]:
    """A vehicle as the fleet tool publishes it, with heading, speed and the fix's own time."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(state.lon, 6), round(state.lat, 6)]},
        "properties": {
            "id": state.vehicle_id,
            "route": state.route_id,
            "status": state.status,
            "batteryPct": round(state.battery_pct, 1),
            "passengers": state.passengers,
            "speedKmh": round(state.speed_mps * 3.6, 1),
            **({} if state.bearing_deg is None else {"heading": round(state.bearing_deg, 1)}),
            "timestamp": state.observed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    }


def feature_collection(states: Iterable[VehicleState]) -> bytes:
    """All vehicles in one GeoJSON document."""
    return _json({"type": "FeatureCollection", "features": [feature(state) for state in states]})


def mqtt_messages(states: Sequence[VehicleState]) -> list[bytes]:
    """What goes over the broker in one second: a Feature per vehicle, or for a large fleet a
    FeatureCollection per route."""
    if len(states) <= MQTT_FEATURES_MAX:
        return [_json(feature(state)) for state in states]
    by_route: dict[str, list[VehicleState]] = defaultdict(list)
    for state in states:
        by_route[state.route_id].append(state)
    return [feature_collection(group) for group in by_route.values()]


def _message(now: datetime) -> Any:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = GTFS_REALTIME_VERSION
    message.header.incrementality = pb.FeedHeader.FULL_DATASET
    message.header.timestamp = int(now.timestamp())
    return message


def _bytes(message: Any) -> bytes:
    body: bytes = message.SerializeToString(deterministic=True)
    return body


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _describe(trip: Any, run: Run | None, route_id: str, direction_id: int | None) -> None:
    trip.route_id = route_id
    if direction_id is not None:
        trip.direction_id = direction_id
    if run is not None:
        trip.trip_id, trip.start_date, trip.start_time = run.trip_id, run.start_date, run.start_time


def _occupancy(state: VehicleState) -> int:
    """GTFS-Realtime's word for the load of a minibus whose capacity counts standing riders."""
    share = state.passengers / state.capacity
    words = pb.VehiclePosition.OccupancyStatus
    for below, word in ((0.01, "EMPTY"), (0.5, "MANY_SEATS_AVAILABLE"), (0.8, "FEW_SEATS_AVAILABLE")):
        if share < below:
            return int(words.Value(word))
    return int(words.Value("STANDING_ROOM_ONLY" if share < 1 else "FULL"))


def _alert(message: Any, alert_id: str, routes: Iterable[str], effect: int) -> Any:
    alert = message.entity.add(id=alert_id).alert
    alert.cause, alert.effect = pb.Alert.UNKNOWN_CAUSE, effect
    for route_id in routes:
        alert.informed_entity.add(route_id=route_id)
    return alert


def _say(alert: Any, language: str, text: str) -> None:
    alert.header_text.translation.add(text=text, language=language)
