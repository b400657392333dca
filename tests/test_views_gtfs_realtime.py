"""What we know, re-published as GTFS-Realtime and read back."""

from datetime import UTC, datetime

import msgspec
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from data_sources.feeds import gtfs_realtime
from data_sources.model.transit import VehiclePosition
from data_sources.views.gtfs_realtime import encode_vehicle_positions
from tests.feeds.builders import HEADER_AT, HEADER_POSIX, RECEIVED_AT, feed_spec, recording

FULL = VehiclePosition(
    vehicle_id="V1",
    feed_id="buses",
    lat=50.5000114,
    lon=10.2500458,
    observed_at=HEADER_AT,
    received_at=RECEIVED_AT,
    label="รถ 7",
    license_plate="กข 123",
    bearing_deg=123.45,
    speed_kmh=36.7,
    odometer_m=123456.7,
    route_id="R1",
    trip_id="T1",
    direction_id=1,
    start_date="20260301",
    start_time="08:00:00",
    trip_relationship="SCHEDULED",
    stop_id="S1",
    stop_sequence=0,
    stop_status="STOPPED_AT",
    congestion_level="CONGESTION",
    occupancy="FEW_SEATS_AVAILABLE",
    occupancy_pct=80,
)
BARE = VehiclePosition(
    vehicle_id="V2", feed_id="buses", lat=50.5, lon=10.25, observed_at=HEADER_AT, received_at=RECEIVED_AT
)


def read(body: bytes) -> pb.FeedMessage:
    message = pb.FeedMessage()
    message.ParseFromString(body)
    return message


def test_every_field_survives_the_way_out_and_back() -> None:
    body = encode_vehicle_positions([FULL, BARE], HEADER_AT)
    batch = gtfs_realtime.parse(body, feed=feed_spec(), received_at=RECEIVED_AT)
    assert batch.positions == (FULL, BARE)
    assert batch.header_at == HEADER_AT


def test_message_is_complete_and_says_what_it_is() -> None:
    message = read(encode_vehicle_positions([BARE], HEADER_AT))
    assert message.IsInitialized()
    assert (message.header.gtfs_realtime_version, message.header.timestamp) == ("2.0", HEADER_POSIX)
    assert message.header.incrementality == pb.FeedHeader.FULL_DATASET
    assert not message.header.HasField("feed_version")
    assert message.entity[0].id == "buses:V2"
    assert not message.entity[0].vehicle.HasField("trip")


def test_no_vehicle_is_a_complete_message_too() -> None:
    assert read(encode_vehicle_positions([], HEADER_AT)).IsInitialized()


def test_synthetic_positions_are_marked_in_the_message() -> None:
    simulated = msgspec.structs.replace(BARE, synthetic=True)
    assert read(encode_vehicle_positions([FULL, simulated], HEADER_AT)).header.feed_version == "SYNTHETIC"


def test_vehicle_ids_of_two_feeds_stay_unique() -> None:
    other = msgspec.structs.replace(BARE, feed_id="trams")
    entities = read(encode_vehicle_positions([BARE, other, FULL], HEADER_AT)).entity
    assert [entity.vehicle.vehicle.id for entity in entities] == ["buses:V2", "trams:V2", "V1"]


@pytest.mark.real_feeds
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("otp_king-county-metro-1.pbf", 627),
        ("otp_king-county-metro-2.pbf", 570),
        ("miway_VehiclePositions.pb", 139),
        ("mbta_VehiclePositions_2022-11-16.pb", 449),
        ("tl_ct-vehicle-positions.pb", 14),
    ],
)
def test_recorded_feed_survives_the_way_out_and_back(name: str, count: int) -> None:
    received_at = datetime(2026, 3, 1, tzinfo=UTC)
    body = recording(f"gtfs_rt/{name}")
    first = gtfs_realtime.parse(body, feed=feed_spec(), received_at=received_at)
    again = encode_vehicle_positions(first.positions, received_at)
    back = gtfs_realtime.parse(again, feed=feed_spec(), received_at=received_at)
    assert len(first.positions) == count
    assert back.positions == first.positions
