"""GTFS-Realtime messages: vehicles."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from data_sources.errors import FeedContentError
from data_sources.feeds import gtfs_realtime
from data_sources.feeds.payload import ENTITIES_MAX
from data_sources.model.feed import Batch
from data_sources.rules.rule import RECORDS_MAX
from tests.feeds.builders import (
    FEED,
    HEADER_AT,
    HEADER_POSIX,
    LAT,
    LON,
    RECEIVED_AT,
    add_vehicle,
    encoded,
    feed_spec,
    message,
)


def parse(body: bytes) -> Batch:
    return gtfs_realtime.parse(body, feed=FEED, received_at=RECEIVED_AT)


def codes_of(batch: Batch) -> list[str]:
    return [reject.code for reject in batch.rejected]


def test_every_field_we_know_is_read() -> None:
    built = message()
    vehicle = add_vehicle(built, "V1", trip_id="T1")
    vehicle.vehicle.label = "Bus 7"
    vehicle.vehicle.license_plate = "AB 123"
    vehicle.position.bearing = 90
    vehicle.position.speed = 10
    vehicle.position.odometer = 1234.5
    vehicle.trip.route_id = "R1"
    vehicle.trip.direction_id = 0
    vehicle.trip.start_date = "20260301"
    vehicle.trip.start_time = "08:00:00"
    vehicle.trip.schedule_relationship = pb.TripDescriptor.SCHEDULED
    vehicle.stop_id = "S1"
    vehicle.current_stop_sequence = 0
    vehicle.current_status = pb.VehiclePosition.STOPPED_AT
    vehicle.congestion_level = pb.VehiclePosition.CONGESTION
    vehicle.occupancy_status = pb.VehiclePosition.FEW_SEATS_AVAILABLE
    vehicle.occupancy_percentage = 80
    batch = gtfs_realtime.parse(encoded(built), feed=feed_spec(synthetic=True), received_at=RECEIVED_AT)
    (fix,) = batch.positions
    assert (fix.vehicle_id, fix.feed_id, fix.label, fix.license_plate) == ("V1", "buses", "Bus 7", "AB 123")
    assert (fix.lat, fix.lon, fix.bearing_deg, fix.speed_kmh, fix.odometer_m) == (LAT, LON, 90, 36, 1234.5)
    assert (fix.trip_id, fix.route_id, fix.direction_id) == ("T1", "R1", 0)
    assert (fix.start_date, fix.start_time, fix.trip_relationship) == ("20260301", "08:00:00", "SCHEDULED")
    assert (fix.stop_id, fix.stop_sequence, fix.stop_status) == ("S1", 0, "STOPPED_AT")
    assert (fix.congestion_level, fix.occupancy, fix.occupancy_pct) == (
        "CONGESTION",
        "FEW_SEATS_AVAILABLE",
        80,
    )
    assert (fix.observed_at, fix.received_at) == (HEADER_AT - timedelta(seconds=10), RECEIVED_AT)
    assert fix.flags == ()
    assert fix.synthetic
    assert batch.header_at == HEADER_AT


def test_what_the_feed_leaves_out_is_none_and_not_zero() -> None:
    built = message()
    add_vehicle(built)
    (fix,) = parse(encoded(built)).positions
    assert (fix.bearing_deg, fix.speed_kmh, fix.odometer_m, fix.direction_id) == (None, None, None, None)
    assert (fix.stop_sequence, fix.stop_status, fix.occupancy, fix.occupancy_pct) == (None, None, None, None)
    assert (fix.label, fix.trip_id, fix.route_id, fix.stop_id) == (None, None, None, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b" \r\n", "empty_body"),
        (b"<html><body>502 Bad Gateway</body></html>", "html_page"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html></html>", "html_page"),
        (b"not a protobuf message", "not_protobuf"),
        (b'{"error": "no such feed"}', "not_protobuf"),
        (b"\x1f\x8b\x08\x00garbage, not deflate", "bad_gzip"),
    ],
)
def test_message_that_is_no_feed_is_refused_by_name(body: bytes, code: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        parse(body)
    assert caught.value.code == code


def test_message_without_header_is_refused() -> None:
    built = pb.FeedMessage()
    add_vehicle(built)
    with pytest.raises(FeedContentError) as caught:
        parse(encoded(built))
    assert caught.value.code == "header_missing"


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9])
def test_message_cut_within_an_entity_is_truncated(kept: float) -> None:
    built = message()
    for number in range(10):
        add_vehicle(built, f"V{number}", entity_id=f"entity-{number}")
    body = encoded(built)
    with pytest.raises(FeedContentError) as caught:
        parse(body[: int(len(body) * kept)])
    assert caught.value.code == "truncated"


def test_gzip_body_is_unpacked() -> None:
    built = message()
    add_vehicle(built)
    assert parse(gzip.compress(encoded(built))).accepted == 1


def test_gzip_bomb_is_refused_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 100_000
    with pytest.raises(FeedContentError) as caught:
        gtfs_realtime.parse(bomb, feed=feed_spec(max_bytes=1_000_000), received_at=RECEIVED_AT)
    assert caught.value.code == "too_large"


def test_half_a_gzip_body_is_truncated() -> None:
    built = message()
    add_vehicle(built)
    packed = gzip.compress(encoded(built))
    with pytest.raises(FeedContentError) as caught:
        parse(packed[:-10])
    assert caught.value.code == "truncated"


def test_header_without_time_is_flagged_and_used() -> None:
    built = message(timestamp=None)
    add_vehicle(built)
    batch = parse(encoded(built))
    assert batch.header_at is None
    assert batch.flags == ("header_timestamp_missing",)
    assert batch.accepted == 1


def test_differential_message_is_flagged() -> None:
    built = message()
    built.header.incrementality = pb.FeedHeader.DIFFERENTIAL
    assert parse(encoded(built)).flags == ("differential",)


@pytest.mark.parametrize(("lat", "lon"), [(None, None), (LAT, None), (None, LON)])
def test_vehicle_without_position_is_rejected(lat: float | None, lon: float | None) -> None:
    built = message()
    add_vehicle(built, entity_id="e7", lat=lat, lon=lon)
    add_vehicle(built, "V2", entity_id="e8")
    batch = parse(encoded(built))
    (reject,) = batch.rejected
    assert (reject.code, reject.entity_id) == ("position_missing", "e7")
    assert reject.record["vehicle"]["vehicle"] == {"id": "V1"}
    assert [fix.vehicle_id for fix in batch.positions] == ["V2"]


@pytest.mark.parametrize("lat", [float("nan"), float("inf"), float("-inf")])
def test_position_that_is_not_a_number_is_rejected(lat: float) -> None:
    built = message()
    add_vehicle(built, lat=lat)
    assert codes_of(parse(encoded(built))) == ["position_not_number"]


def test_odometer_that_is_not_a_number_is_dropped_and_flagged() -> None:
    built = message()
    add_vehicle(built).position.odometer = float("nan")
    (fix,) = parse(encoded(built)).positions
    assert (fix.odometer_m, fix.flags) == (None, ("value_invalid",))


def test_160_vehicles_without_vehicle_id_stay_160() -> None:
    built = message()
    for number in range(160):
        add_vehicle(built, "", entity_id=f"bus-{number}", trip_id="same trip")
    batch = parse(encoded(built))
    assert {fix.vehicle_id for fix in batch.positions} == {f"bus-{number}" for number in range(160)}
    assert all(fix.flags == ("vehicle_id_missing",) for fix in batch.positions)
    assert batch.rejected == ()


def test_entity_ids_that_carry_the_header_time_give_the_same_key_in_the_next_message() -> None:
    keys = []
    for header in (HEADER_POSIX, HEADER_POSIX + 30):
        built = message(timestamp=header)
        add_vehicle(built, "", entity_id=f"{header}_4382")
        keys.append(parse(encoded(built)).positions[0].vehicle_id)
    assert keys == ["4382", "4382"]


@pytest.mark.parametrize("entity_id", ["", "vehicle", str(HEADER_POSIX)])
def test_entity_ids_that_tell_nothing_apart_give_way_to_the_trip(entity_id: str) -> None:
    built = message()
    for number in range(2):
        vehicle = add_vehicle(built, "", entity_id=entity_id, trip_id=f"T{number}")
        vehicle.trip.start_date = "20260301"
        vehicle.trip.start_time = "08:00:00"
    batch = parse(encoded(built))
    assert [fix.vehicle_id for fix in batch.positions] == [
        "20260301_08:00:00_T0",
        "20260301_08:00:00_T1",
    ]


def test_vehicle_that_nothing_identifies_is_rejected() -> None:
    built = message()
    add_vehicle(built, "", entity_id="")
    assert codes_of(parse(encoded(built))) == ["vehicle_unidentified"]


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_fixes_of_one_vehicle_the_newest_is_kept(newest_first: bool) -> None:
    ages = [10, 40] if newest_first else [40, 10]
    built = message()
    for age in ages:
        add_vehicle(built, "V1", entity_id=f"age-{age}", timestamp=HEADER_POSIX - age)
    batch = parse(encoded(built))
    assert [fix.observed_at for fix in batch.positions] == [HEADER_AT - timedelta(seconds=10)]
    assert codes_of(batch) == ["duplicate_vehicle"]


def test_fix_without_time_takes_the_headers_and_says_so() -> None:
    built = message()
    add_vehicle(built, timestamp=None)
    (fix,) = parse(encoded(built)).positions
    assert (fix.observed_at, fix.flags) == (HEADER_AT, ("timestamp_from_header",))


def test_fix_without_any_time_takes_that_of_receipt_and_says_so() -> None:
    built = message(timestamp=None)
    add_vehicle(built, timestamp=None)
    (fix,) = parse(encoded(built)).positions
    assert (fix.observed_at, fix.flags) == (RECEIVED_AT, ("timestamp_from_receipt",))


@pytest.mark.parametrize("posix", [HEADER_POSIX * 1000, 2**64 - 1])
def test_time_that_is_not_in_seconds_is_rejected(posix: int) -> None:
    built = message()
    add_vehicle(built, timestamp=posix)
    assert codes_of(parse(encoded(built))) == ["timestamp_not_posix"]


def test_deleted_and_empty_entities_are_rejected_by_name() -> None:
    built = message()
    add_vehicle(built, "V1", entity_id="gone")
    built.entity[0].is_deleted = True
    built.entity.add(id="hollow")
    batch = parse(encoded(built))
    assert [(reject.code, reject.entity_id) for reject in batch.rejected] == [
        ("entity_deleted", "gone"),
        ("entity_empty", "hollow"),
    ]


def test_shapes_and_stops_are_not_used_and_not_wrong() -> None:
    built = message()
    built.entity.add(id="shape-1").shape.shape_id = "shape-1"
    batch = parse(encoded(built))
    assert (batch.flags, batch.rejected, batch.accepted) == (("entity_not_used",), (), 0)


def test_vehicles_trip_updates_and_alerts_of_one_message_are_all_read() -> None:
    built = message()
    add_vehicle(built, trip_id="T1")
    built.entity[0].trip_update.trip.trip_id = "T1"
    built.entity.add(id="a1").alert.header_text.translation.add(text="Closed", language="en")
    batch = parse(encoded(built))
    assert (len(batch.positions), len(batch.trip_updates), len(batch.alerts)) == (1, 1, 1)


def test_control_characters_are_taken_out_of_texts_and_long_ones_cut() -> None:
    built = message()
    vehicle = add_vehicle(built, "V\x001\u202e")
    vehicle.vehicle.label = "รถ\u200bเมล์\nสาย 1" + "x" * 1000
    vehicle.trip.route_id = "<img src=x onerror=alert(1)>"
    (fix,) = parse(encoded(built)).positions
    assert fix.vehicle_id == "V 1"
    assert fix.label is not None
    assert fix.label.startswith("รถเมล์ สาย 1")
    assert len(fix.label) == 256
    assert fix.route_id == "<img src=x onerror=alert(1)>"


def test_text_that_is_not_utf8_is_read_with_replacement() -> None:
    built = message()
    add_vehicle(built, "AAAA")
    body = encoded(built).replace(b"AAAA", b"A\xff\xfeA")
    assert [fix.vehicle_id for fix in parse(body).positions] == ["A\ufffd\ufffdA"]


def test_rejected_entity_that_is_not_utf8_keeps_a_record() -> None:
    built = message()
    add_vehicle(built, "AAAA", lat=None, lon=None)
    (reject,) = parse(encoded(built).replace(b"AAAA", b"A\xff\xfeA")).rejected
    assert reject.code == "position_missing"
    assert reject.record


def test_message_of_more_entities_than_any_fleet_is_refused() -> None:
    body = encoded(message()) + b"\x12\x00" * (ENTITIES_MAX + 1)
    with pytest.raises(FeedContentError) as caught:
        parse(body)
    assert caught.value.code == "too_many_entities"


def test_records_of_mass_rejections_are_bounded() -> None:
    body = encoded(message()) + b"\x12\x04\x0a\x02id" * 2_000
    batch = parse(body)
    assert len(batch.rejected) == 2_000
    assert sum(1 for reject in batch.rejected if reject.record) == RECORDS_MAX


def test_times_are_aware_utc() -> None:
    built = message()
    add_vehicle(built)
    batch = parse(encoded(built))
    assert batch.positions[0].observed_at.tzinfo is UTC
    assert batch.header_at == datetime.fromtimestamp(HEADER_POSIX, UTC)
