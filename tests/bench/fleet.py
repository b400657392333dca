"""A synthetic fleet: every vehicle moves at each step, the same way in every run."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from google.transit import gtfs_realtime_pb2

from data_sources.model.city import Bounds
from data_sources.model.transit import VehiclePosition

RADIUS_M = 300.0
SPEED_MPS = 8.0
METRES_PER_DEGREE = 111_195.0
SPREAD = (math.sqrt(5) - 1) / 2  # multiples of the golden ratio fill a box evenly


class Place(NamedTuple):
    """Where a vehicle is, where it heads for and how fast."""

    lat: float
    lon: float
    bearing_deg: float
    speed_mps: float


def place(number: int, count: int, step: float, bounds: Bounds) -> Place:
    """Vehicle `number` of `count` after `step` seconds: on a circle of its own in the middle of `bounds`."""
    share_x, share_y = number * SPREAD % 1.0, (number + 0.5) / count
    lat = bounds.south + (bounds.north - bounds.south) * (0.15 + 0.7 * share_y)
    lon = bounds.west + (bounds.east - bounds.west) * (0.15 + 0.7 * share_x)
    cruise_mps = SPEED_MPS * (0.5 + number * SPREAD % 1.0)
    angle = number + step * cruise_mps / RADIUS_M
    radius_deg = RADIUS_M / METRES_PER_DEGREE
    return Place(
        lat + radius_deg * math.sin(angle),
        lon + radius_deg * math.cos(angle) / math.cos(math.radians(lat)),
        math.degrees(-angle) % 360,
        cruise_mps * (1 + 0.2 * math.sin(step + number)),
    )


def vehicle_id(number: int) -> str:
    """A fleet number of four digits, as irregular as those of a real fleet; unique up to 10,000."""
    return f"{number * 7919 % 10_000:04d}"


def fixes(
    count: int, step: float, at: datetime, bounds: Bounds, feed_id: str, route_ids: tuple[str, ...]
) -> tuple[VehiclePosition, ...]:
    """The fleet's fixes, as ingest would put them into the live store.

    Vehicle 0 is measured at `at`, the others up to a second before, each at its own time.
    """
    places = [place(number, count, step, bounds) for number in range(count)]
    return tuple(
        VehiclePosition(
            vehicle_id=vehicle_id(number),
            feed_id=feed_id,
            lat=where.lat,
            lon=where.lon,
            observed_at=at - timedelta(milliseconds=number * 617 % 1000),
            received_at=at,
            label=vehicle_id(number),
            bearing_deg=where.bearing_deg,
            speed_kmh=where.speed_mps * 3.6,
            route_id=route_ids[number % len(route_ids)] if route_ids else None,
            synthetic=True,
        )
        for number, where in enumerate(places)
    )


def messages(count: int, steps: int, start: datetime, bounds: Bounds) -> Iterator[tuple[datetime, bytes]]:
    """GTFS-Realtime messages of the whole fleet, one a second from `start`, each moved and re-stamped."""
    for step in range(steps):
        at = start + timedelta(seconds=step)
        yield at, _message(count, step, at, bounds)


def _message(count: int, step: int, at: datetime, bounds: Bounds) -> bytes:
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = int(at.timestamp())
    for number in range(count):
        where = place(number, count, step, bounds)
        vehicle = feed.entity.add(id=f"vehicle-{number}").vehicle
        vehicle.vehicle.id, vehicle.vehicle.label = vehicle_id(number), f"Bus {number}"
        vehicle.trip.route_id, vehicle.trip.trip_id = f"route-{number % 40}", f"trip-{number}"
        vehicle.position.latitude, vehicle.position.longitude = where.lat, where.lon
        vehicle.position.bearing, vehicle.position.speed = where.bearing_deg, where.speed_mps
        vehicle.current_stop_sequence = 1 + step // 30
        vehicle.current_status = gtfs_realtime_pb2.VehiclePosition.IN_TRANSIT_TO
        vehicle.timestamp = int(at.timestamp())
    return bytes(feed.SerializeToString())
