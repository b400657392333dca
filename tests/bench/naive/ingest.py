"""Ingest as it is often written: a row per fix, a hash per vehicle, one command after the other.

It does less than the product: no rules, no evidence, no status, no change notice, and what is
unusable raises.
"""

from datetime import UTC, datetime

import redis
import sqlalchemy as sa
from google.transit import gtfs_realtime_pb2

metadata = sa.MetaData()
position = sa.Table(
    "position",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("vehicle_id", sa.Text, nullable=False),
    sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("lat", sa.Float, nullable=False),
    sa.Column("lon", sa.Float, nullable=False),
    sa.Column("bearing_deg", sa.Float),
    sa.Column("speed_kmh", sa.Float),
    sa.Column("label", sa.Text),
    sa.Column("route_id", sa.Text),
    sa.Column("trip_id", sa.Text),
    sa.Index("ix_vehicle_time", "vehicle_id", "observed_at"),
)


class NaiveIngest:
    """Writes messages into a table and into one hash per vehicle."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self._engine = sa.create_engine(database_url)
        metadata.create_all(self._engine)
        self._redis = redis.Redis.from_url(redis_url)

    def accept(self, message: bytes, now: datetime) -> None:
        feed = gtfs_realtime_pb2.FeedMessage()
        feed.ParseFromString(message)
        rows = [_row(entity.vehicle, now) for entity in feed.entity if entity.HasField("vehicle")]
        with self._engine.begin() as connection:
            connection.execute(position.insert(), rows)
        for row in rows:
            self._redis.hset(f"vehicle:{row['vehicle_id']}", mapping={key: str(row[key]) for key in row})

    def close(self) -> None:
        self._redis.close()
        self._engine.dispose()


def _row(vehicle: gtfs_realtime_pb2.VehiclePosition, now: datetime) -> dict[str, object]:
    return {
        "vehicle_id": vehicle.vehicle.id,
        "observed_at": datetime.fromtimestamp(vehicle.timestamp, UTC),
        "received_at": now,
        "lat": vehicle.position.latitude,
        "lon": vehicle.position.longitude,
        "bearing_deg": vehicle.position.bearing,
        "speed_kmh": vehicle.position.speed * 3.6,
        "label": vehicle.vehicle.label,
        "route_id": vehicle.trip.route_id,
        "trip_id": vehicle.trip.trip_id,
    }
