"""GTFS-Realtime messages: trip updates and alerts."""

from datetime import UTC, datetime, timedelta

import pytest
from google.transit import gtfs_realtime_pb2 as pb

from data_sources.feeds import gtfs_realtime
from data_sources.model.feed import Batch
from data_sources.model.transit import InformedEntity, StopTimeUpdate
from tests.feeds.builders import FEED, HEADER_AT, HEADER_POSIX, RECEIVED_AT, encoded, message


def parse(body: bytes) -> Batch:
    return gtfs_realtime.parse(body, feed=FEED, received_at=RECEIVED_AT)


def test_trip_update_is_read_with_its_stop_times() -> None:
    built = message()
    update = built.entity.add(id="u1").trip_update
    update.trip.trip_id = "T1"
    update.trip.route_id = "R1"
    update.trip.schedule_relationship = pb.TripDescriptor.ADDED
    update.vehicle.id = "V1"
    update.timestamp = HEADER_POSIX - 5
    update.delay = -30
    stop = update.stop_time_update.add(stop_id="S1", stop_sequence=3)
    stop.arrival.time = HEADER_POSIX + 60
    stop.arrival.delay = 0
    stop.departure.delay = 90
    update.stop_time_update.add(stop_id="S2").schedule_relationship = pb.TripUpdate.StopTimeUpdate.SKIPPED
    (record,) = parse(encoded(built)).trip_updates
    assert (record.entity_id, record.trip_id, record.route_id, record.vehicle_id) == ("u1", "T1", "R1", "V1")
    assert (record.trip_relationship, record.delay_s) == ("ADDED", -30)
    assert record.observed_at == HEADER_AT - timedelta(seconds=5)
    assert record.stop_times == (
        StopTimeUpdate(
            stop_id="S1",
            stop_sequence=3,
            arrival_at=HEADER_AT + timedelta(seconds=60),
            arrival_delay_s=0,
            departure_delay_s=90,
        ),
        StopTimeUpdate(stop_id="S2", relationship="SKIPPED"),
    )


def test_trip_update_without_time_takes_the_headers_and_says_so() -> None:
    built = message()
    built.entity.add(id="u1").trip_update.trip.trip_id = "T1"
    (record,) = parse(encoded(built)).trip_updates
    assert (record.observed_at, record.flags) == (HEADER_AT, ("timestamp_from_header",))


def test_trip_update_of_route_and_start_needs_no_trip_id() -> None:
    built = message()
    trip = built.entity.add(id="u1").trip_update.trip
    trip.route_id, trip.start_time = "R1", "08:00:00"
    assert parse(encoded(built)).accepted == 1


def test_trip_update_that_names_no_trip_is_rejected() -> None:
    built = message()
    built.entity.add(id="u1").trip_update.trip.route_id = "R1"
    assert [reject.code for reject in parse(encoded(built)).rejected] == ["trip_missing"]


def test_of_two_trip_updates_of_one_id_the_newest_is_kept() -> None:
    built = message()
    for age in (10, 40):
        update = built.entity.add(id="u1").trip_update
        update.trip.trip_id = "T1"
        update.timestamp = HEADER_POSIX - age
    batch = parse(encoded(built))
    assert [record.observed_at for record in batch.trip_updates] == [HEADER_AT - timedelta(seconds=10)]
    assert [reject.code for reject in batch.rejected] == ["duplicate_entity"]


@pytest.mark.parametrize("posix", [HEADER_POSIX * 1000, -1, -(2**63)])
def test_predicted_time_that_is_no_time_is_dropped_and_flagged(posix: int) -> None:
    built = message()
    update = built.entity.add(id="u1").trip_update
    update.trip.trip_id = "T1"
    update.timestamp = HEADER_POSIX
    update.stop_time_update.add(stop_id="S1").arrival.time = posix
    (record,) = parse(encoded(built)).trip_updates
    assert record.stop_times[0].arrival_at is None
    assert record.flags == ("value_invalid",)


def test_alert_is_read_in_every_language() -> None:
    built = message()
    alert = built.entity.add(id="a1").alert
    alert.cause = pb.Alert.CONSTRUCTION
    alert.effect = pb.Alert.DETOUR
    alert.severity_level = pb.Alert.WARNING
    alert.active_period.add(start=HEADER_POSIX)
    alert.active_period.add(start=HEADER_POSIX, end=2**64 - 1)
    alert.informed_entity.add(agency_id="A1", route_id="R1")
    alert.informed_entity.add(stop_id="S1").trip.trip_id = "T1"
    alert.header_text.translation.add(text="ปิดถนน", language="th")
    alert.header_text.translation.add(text="Road closed", language="en")
    alert.description_text.translation.add(text="First line\r\nsecond\x07 line")
    alert.url.translation.add(text="https://example.org/1", language="en")
    alert.url.translation.add(text="javascript:alert(1)", language="th")
    (record,) = parse(encoded(built)).alerts
    assert (record.alert_id, record.cause, record.effect, record.severity) == (
        "a1",
        "CONSTRUCTION",
        "DETOUR",
        "WARNING",
    )
    assert record.active_periods == ((HEADER_AT, None), (HEADER_AT, None))
    assert record.informed == (
        InformedEntity(agency_id="A1", route_id="R1"),
        InformedEntity(trip_id="T1", stop_id="S1"),
    )
    assert record.header == {"th": "ปิดถนน", "en": "Road closed"}
    assert record.description == {"": "First line\nsecond  line"}
    assert record.url == {"en": "https://example.org/1"}


def test_alert_without_id_and_second_alert_of_an_id_are_rejected() -> None:
    built = message()
    for entity_id in ("", "a1", "a1"):
        built.entity.add(id=entity_id).alert.cause = pb.Alert.STRIKE
    batch = parse(encoded(built))
    assert [record.alert_id for record in batch.alerts] == ["a1"]
    assert [reject.code for reject in batch.rejected] == ["entity_id_missing", "duplicate_entity"]


def test_header_far_in_the_future_is_still_a_time() -> None:
    built = message(timestamp=int(datetime(2090, 1, 1, tzinfo=UTC).timestamp()))
    assert parse(encoded(built)).header_at == datetime(2090, 1, 1, tzinfo=UTC)
