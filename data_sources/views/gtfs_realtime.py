"""Re-publish what we know as GTFS-Realtime (reference version 2.0)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from google.transit import gtfs_realtime_pb2 as pb

from data_sources.model.transit import VehiclePosition

MS_TO_KMH = 3.6
SYNTHETIC = "SYNTHETIC"
"""Stands in `header.feed_version` when any position is simulated: the one free text of the format."""


def encode_vehicle_positions(positions: Iterable[VehiclePosition], now: datetime) -> bytes:
    """Return a FULL_DATASET message of the positions, one entity each.

    Entity ids are "<feed>:<vehicle>". `vehicle.id` is the feed's own id; where two feeds use the
    same one it is the entity id, as ids must be unique in a message. What GTFS-Realtime has no field
    for (battery, passengers, status, flags) is left out.
    """
    fixes = list(positions)
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = pb.FeedHeader.FULL_DATASET
    message.header.timestamp = int(now.timestamp())
    if any(fix.synthetic for fix in fixes):
        message.header.feed_version = SYNTHETIC
    uses = Counter(fix.vehicle_id for fix in fixes)
    for fix in fixes:
        entity = message.entity.add()
        entity.id = f"{fix.feed_id}:{fix.vehicle_id}"
        vehicle_id = fix.vehicle_id if uses[fix.vehicle_id] == 1 else entity.id
        _fill(entity.vehicle, fix, vehicle_id)
    body: bytes = message.SerializeToString()
    return body


def _fill(vehicle: pb.VehiclePosition, fix: VehiclePosition, vehicle_id: str) -> None:
    vehicle.timestamp = int(fix.observed_at.timestamp())
    vehicle.vehicle.id = vehicle_id
    if fix.label is not None:
        vehicle.vehicle.label = fix.label
    if fix.license_plate is not None:
        vehicle.vehicle.license_plate = fix.license_plate
    position = vehicle.position
    position.latitude = fix.lat
    position.longitude = fix.lon
    if fix.bearing_deg is not None:
        position.bearing = fix.bearing_deg
    if fix.speed_kmh is not None:
        position.speed = fix.speed_kmh / MS_TO_KMH
    if fix.odometer_m is not None:
        position.odometer = fix.odometer_m
    _fill_trip(vehicle.trip, fix)
    if fix.stop_id is not None:
        vehicle.stop_id = fix.stop_id
    if fix.stop_sequence is not None:
        vehicle.current_stop_sequence = fix.stop_sequence
    if fix.stop_status is not None:
        vehicle.current_status = pb.VehiclePosition.VehicleStopStatus.Value(fix.stop_status)
    if fix.congestion_level is not None:
        vehicle.congestion_level = pb.VehiclePosition.CongestionLevel.Value(fix.congestion_level)
    if fix.occupancy is not None:
        vehicle.occupancy_status = pb.VehiclePosition.OccupancyStatus.Value(fix.occupancy)
    if fix.occupancy_pct is not None:
        vehicle.occupancy_percentage = round(fix.occupancy_pct)


def _fill_trip(trip: pb.TripDescriptor, fix: VehiclePosition) -> None:
    # touching a field of the sub-message would make an empty one appear in the message
    if fix.trip_id is not None:
        trip.trip_id = fix.trip_id
    if fix.route_id is not None:
        trip.route_id = fix.route_id
    if fix.direction_id is not None:
        trip.direction_id = fix.direction_id
    if fix.start_date is not None:
        trip.start_date = fix.start_date
    if fix.start_time is not None:
        trip.start_time = fix.start_time
    if fix.trip_relationship is not None:
        trip.schedule_relationship = pb.TripDescriptor.ScheduleRelationship.Value(fix.trip_relationship)
