"""Small real objects for tests: feeds, GTFS-Realtime messages, times."""

from datetime import UTC, datetime, timedelta
from typing import Any

from google.transit import gtfs_realtime_pb2

from data_sources.model.city import FeedSpec
from data_sources.model.feed import Payload
from data_sources.model.spec import Names

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""A Monday noon in Bangkok."""


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def feed_spec(feed_id: str = "buses", kind: str = "gtfs_realtime", **fields: Any) -> FeedSpec:
    names = Names(th=feed_id, en=feed_id)
    return FeedSpec.model_validate(
        {"feed_id": feed_id, "kind": kind, "names": names, "agency": names, "interval_s": 5, **fields}
    )


def message(
    header_at: datetime | None = NOON,
    vehicles: list[dict[str, Any]] | None = None,
    alerts: list[str] | None = None,
) -> bytes:
    """A GTFS-Realtime message; a vehicle is id, lat, lon, at and what else a test needs."""
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    if header_at is not None:
        feed.header.timestamp = round(header_at.timestamp())
    for number, fields in enumerate(vehicles or []):
        entity = feed.entity.add(id=fields.get("entity_id", f"e{number}"))
        vehicle = entity.vehicle
        if "id" in fields:
            vehicle.vehicle.id = fields["id"]
        if "lat" in fields:
            vehicle.position.latitude = fields["lat"]
            vehicle.position.longitude = fields["lon"]
        if "at" in fields:
            vehicle.timestamp = round(fields["at"].timestamp())
        if "route" in fields:
            vehicle.trip.route_id = fields["route"]
    for number, text in enumerate(alerts or []):
        translation = feed.entity.add(id=f"a{number}").alert.header_text.translation.add()
        translation.text, translation.language = text, "en"
    return feed.SerializeToString()


def payload(*messages: bytes, at: datetime = NOON) -> Payload:
    return Payload(messages=messages, received_at=at)
