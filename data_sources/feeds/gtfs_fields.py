"""Fields that several GTFS-Realtime messages share: stamps, enum names, trips."""

from datetime import UTC, datetime
from typing import Any

from google.transit import gtfs_realtime_pb2 as pb

from data_sources.feeds.clean import ID_MAX, line

POSIX_MAX = 253_402_300_799
"""The last second of the year 9999."""


def _names(enum: Any) -> dict[int, str]:
    """Names by number; a lookup costs a tenth of protobuf's own `Name`."""
    return {number: name for name, number in enum.items()}


TRIP_RELATIONSHIPS = _names(pb.TripDescriptor.ScheduleRelationship)
STOP_RELATIONSHIPS = _names(pb.TripUpdate.StopTimeUpdate.ScheduleRelationship)
STOP_STATUSES = _names(pb.VehiclePosition.VehicleStopStatus)
CONGESTION_LEVELS = _names(pb.VehiclePosition.CongestionLevel)
OCCUPANCIES = _names(pb.VehiclePosition.OccupancyStatus)
CAUSES = _names(pb.Alert.Cause)
EFFECTS = _names(pb.Alert.Effect)
SEVERITIES = _names(pb.Alert.SeverityLevel)


def instant(posix: int) -> datetime | None:
    """The time of a POSIX stamp in seconds, or None when it is 0 or no time at all."""
    return datetime.fromtimestamp(posix, UTC) if 0 < posix <= POSIX_MAX else None


def trip_relationship(trip: Any) -> str | None:
    """How the trip relates to the schedule, or None where the feed does not say."""
    return TRIP_RELATIONSHIPS[trip.schedule_relationship] if trip.HasField("schedule_relationship") else None


def trip_key(trip: Any) -> str | None:
    """A trip on its day: trip ids repeat daily, and in frequency-based service by start time.

    None when nothing identifies the trip: neither trip id nor, in its place (reference, "Alternative
    trip matching"), route, direction and start.
    """
    trip_id = line(trip.trip_id, ID_MAX)
    route = None if trip_id or not trip.start_time else line(trip.route_id, ID_MAX)
    if trip_id is None and route is None:
        return None
    direction = str(trip.direction_id) if route and trip.HasField("direction_id") else None
    parts = (line(trip.start_date, ID_MAX), line(trip.start_time, ID_MAX), trip_id or route, direction)
    return "_".join(part for part in parts if part)
