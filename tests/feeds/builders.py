"""Small real messages for the feed tests, built by the bindings."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from data_sources import rules
from data_sources.model.city import Bounds, FeedSpec
from data_sources.model.feed import Batch
from data_sources.model.indicator import PropertySpec
from data_sources.model.spec import Names

NAMES = Names(th="ทดสอบ", en="Test")
HEADER_AT = datetime(2026, 3, 1, 5, 0, 0, tzinfo=UTC)
RECEIVED_AT = datetime(2026, 3, 1, 5, 0, 2, tzinfo=UTC)
HEADER_POSIX = int(HEADER_AT.timestamp())
CITY_BOUNDS = Bounds(west=10.0, south=50.0, east=11.0, north=51.0)
LAT, LON = 50.5, 10.25

REAL_FEEDS = Path(
    os.environ.get("SCOPC_REAL_FEEDS", Path(__file__).resolve().parents[2] / "../shared/data/feeds")
)


def feed_spec(**changes: Any) -> FeedSpec:
    """A feed spec of the test city."""
    defaults: dict[str, Any] = {"feed_id": "buses", "kind": "gtfs_realtime", "names": NAMES, "agency": NAMES}
    return FeedSpec(**{**defaults, **changes})


FEED = feed_spec()


def message(*, timestamp: int | None = HEADER_POSIX, version: str = "2.0") -> Any:
    """An empty message with a header."""
    built = pb.FeedMessage()
    built.header.gtfs_realtime_version = version
    if timestamp is not None:
        built.header.timestamp = timestamp
    return built


def add_vehicle(
    built: Any,
    vehicle_id: str = "V1",
    *,
    entity_id: str = "e1",
    lat: float | None = LAT,
    lon: float | None = LON,
    timestamp: int | None = HEADER_POSIX - 10,
    trip_id: str = "",
) -> Any:
    """Add one vehicle; return its VehiclePosition for more fields."""
    entity = built.entity.add(id=entity_id)
    vehicle = entity.vehicle
    vehicle.SetInParent()
    if vehicle_id:
        vehicle.vehicle.id = vehicle_id
    if lat is not None:
        vehicle.position.latitude = lat
    if lon is not None:
        vehicle.position.longitude = lon
    if timestamp is not None:
        vehicle.timestamp = timestamp
    if trip_id:
        vehicle.trip.trip_id = trip_id
    return vehicle


def encoded(built: Any) -> bytes:
    """The message's bytes, also when required fields are missing."""
    return built.SerializePartialToString()


def feature(lon: Any = LON, lat: Any = LAT, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature as the fleet tool sends it."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"id": "R1", **properties},
    }


def geojson(document: Any) -> bytes:
    """The document's bytes."""
    return json.dumps(document).encode()


def recording(name: str) -> bytes:
    """A recorded file below SCOPC_REAL_FEEDS; skips the test where the recordings are absent."""
    path = REAL_FEEDS / name
    if not path.is_file():
        pytest.skip(f"no recording {name} (SCOPC_REAL_FEEDS)")
    return path.read_bytes()


def judged_alone(batch: Batch, properties: Mapping[str, PropertySpec]) -> Batch:
    """The batch after the rules, as if nothing had come before it."""
    return rules.judge(
        batch,
        now=RECEIVED_AT,
        bounds=CITY_BOUNDS,
        schedule=None,
        last_fix_at={},
        last_header_at=None,
        properties=properties,
    )
