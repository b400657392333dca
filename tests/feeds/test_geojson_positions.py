"""GeoJSON vehicle positions."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data_sources.errors import FeedContentError
from data_sources.feeds import geojson_positions
from data_sources.model.feed import Batch
from tests.feeds.builders import HEADER_AT, HEADER_POSIX, LAT, LON, RECEIVED_AT, feature, feed_spec, geojson

FEED = feed_spec(kind="geojson_positions")


def parse(document: Any) -> Batch:
    return geojson_positions.parse(geojson(document), feed=FEED, received_at=RECEIVED_AT)


def codes_of(batch: Batch) -> list[str]:
    return [reject.code for reject in batch.rejected]


def test_message_of_the_fleet_tool_is_read() -> None:
    document = feature(id="R1", route="red", status="in_service", batteryPct=81, passengers=12)
    (fix,) = parse(document).positions
    assert (fix.vehicle_id, fix.lat, fix.lon) == ("R1", LAT, LON)
    assert (fix.route_id, fix.status, fix.battery_pct, fix.passengers) == ("red", "in_service", 81, 12)
    assert (fix.observed_at, fix.flags) == (RECEIVED_AT, ("timestamp_from_receipt",))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one, two: {"type": "FeatureCollection", "features": [one, two]},
        lambda one, two: [one, two],
    ],
)
def test_collections_and_lists_of_features_are_read(wrap: Any) -> None:
    batch = parse(wrap(feature(id="R1"), feature(id="R2")))
    assert [fix.vehicle_id for fix in batch.positions] == ["R1", "R2"]


def test_empty_collection_says_that_no_vehicle_runs() -> None:
    assert parse({"type": "FeatureCollection", "features": []}) == Batch()


@pytest.mark.parametrize("name", ["timestamp", "time", "observedAt"])
@pytest.mark.parametrize(
    "stamp",
    [
        HEADER_POSIX,
        HEADER_POSIX * 1000,
        str(HEADER_POSIX),
        "2026-03-01T05:00:00Z",
        "2026-03-01T12:00:00+07:00",
    ],
)
def test_time_is_read_under_its_names_and_in_its_forms(name: str, stamp: Any) -> None:
    (fix,) = parse(feature(**{name: stamp})).positions
    assert (fix.observed_at, fix.flags) == (HEADER_AT, ())
    assert fix.observed_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("stamp", "flag"),
    [
        (None, "timestamp_from_receipt"),
        ("", "timestamp_from_receipt"),
        ("2026-03-01T12:00:00", "timestamp_without_zone"),
        ("yesterday", "timestamp_unreadable"),
        (True, "timestamp_unreadable"),
        (-1, "timestamp_unreadable"),
        (1e300, "timestamp_unreadable"),
        ("0001-01-01T00:00:00+14:00", "timestamp_unreadable"),
        ([2026], "timestamp_unreadable"),
    ],
)
def test_time_that_cannot_be_trusted_gives_way_to_receipt_and_says_why(stamp: Any, flag: str) -> None:
    (fix,) = parse(feature(timestamp=stamp)).positions
    assert (fix.observed_at, fix.flags) == (RECEIVED_AT, (flag,))


def test_numbers_written_as_strings_are_read() -> None:
    document = feature(
        lon="10.25",
        lat=" 50.5 ",
        batteryPct="81.5",
        passengers="12",
        speed="36",
        heading="270",
        time=HEADER_POSIX,
    )
    (fix,) = parse(document).positions
    assert (fix.lat, fix.lon, fix.battery_pct, fix.passengers) == (50.5, 10.25, 81.5, 12)
    assert (fix.speed_kmh, fix.bearing_deg, fix.flags) == (36, 270, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batteryPct", 101),
        ("batteryPct", -1),
        ("batteryPct", "full"),
        ("passengers", -3),
        ("passengers", True),
        ("speed", "NaN"),
        ("heading", {}),
    ],
)
def test_value_of_wrong_kind_or_range_is_dropped_and_flagged(name: str, value: Any) -> None:
    (fix,) = parse(feature(time=HEADER_POSIX, **{name: value})).positions
    assert (fix.battery_pct, fix.passengers, fix.speed_kmh, fix.bearing_deg) == (None, None, None, None)
    assert fix.flags == ("value_invalid",)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (feature(lon=None), "position_missing"),
        (feature() | {"geometry": None}, "position_missing"),
        (feature() | {"geometry": {"type": "Point", "coordinates": []}}, "position_missing"),
        (feature() | {"geometry": {"type": "Point"}}, "position_missing"),
        (feature(lat="north"), "position_not_number"),
        (feature(lat=True), "position_not_number"),
        (feature(lat=[50.5]), "position_not_number"),
        (
            feature() | {"geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}},
            "geometry_not_point",
        ),
        (feature(id=None), "vehicle_unidentified"),
        (feature(id=""), "vehicle_unidentified"),
        (feature(id=[1]), "vehicle_unidentified"),
        (feature() | {"properties": None}, "vehicle_unidentified"),
        ({"type": "Point", "coordinates": [1, 2]}, "not_feature"),
        ("R1", "not_feature"),
        (None, "not_feature"),
    ],
)
def test_bad_feature_is_rejected_by_name_and_the_others_are_used(bad: Any, code: str) -> None:
    batch = parse([feature(id="before"), bad, feature(id="after")])
    assert codes_of(batch) == [code]
    assert [fix.vehicle_id for fix in batch.positions] == ["before", "after"]


def test_rejected_feature_keeps_its_id_and_record() -> None:
    (reject,) = parse(feature(id="R7", lat=None)).rejected
    assert (reject.entity_id, reject.record["properties"]) == ("R7", {"id": "R7"})


@pytest.mark.parametrize(("sent", "vehicle_id"), [(7, "7"), (7.0, "7"), (" R 7\n", "R 7")])
def test_id_may_be_a_number_or_untidy(sent: Any, vehicle_id: str) -> None:
    assert parse(feature(id=sent)).positions[0].vehicle_id == vehicle_id


def test_id_of_the_feature_stands_in_for_that_of_its_properties() -> None:
    assert parse(feature(id=None) | {"id": 12}).positions[0].vehicle_id == "12"


def test_unknown_fields_are_ignored() -> None:
    batch = parse(feature(time=HEADER_POSIX, driver="secret", nested={"a": [1]}) | {"bbox": [1, 2, 3, 4]})
    assert (batch.accepted, batch.positions[0].flags) == (1, ())


def test_of_two_features_of_one_vehicle_the_newest_is_kept() -> None:
    newer, older = HEADER_POSIX, HEADER_POSIX - 5
    for stamps in ((newer, older), (older, newer)):
        batch = parse([feature(time=stamp) for stamp in stamps])
        assert [fix.observed_at for fix in batch.positions] == [HEADER_AT]
        assert codes_of(batch) == ["duplicate_vehicle"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"<html>502</html>", "html_page"),
        (b"{", "not_json"),
        (b"R1,50.5,10.25", "not_json"),
        (b'{"type": "Feature", "geometry": NaN}', "not_json"),
        (b'"\xe0\xb8"', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"17", "not_geojson"),
        (b"null", "not_geojson"),
        (b'{"type": "FeatureCollection", "features": {}}', "not_geojson"),
        (b'{"type": ["Feature"]}', "not_geojson"),
        (b'{"error": "no data"}', "not_geojson"),
    ],
)
def test_message_that_is_no_geojson_is_refused_by_name(body: bytes, code: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        geojson_positions.parse(body, feed=FEED, received_at=RECEIVED_AT)
    assert caught.value.code == code


def test_byte_order_mark_is_no_obstacle() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(feature()).encode()
    assert geojson_positions.parse(body, feed=FEED, received_at=RECEIVED_AT).accepted == 1


def test_synthetic_feed_marks_its_positions() -> None:
    spec = feed_spec(kind="geojson_positions", synthetic=True)
    batch = geojson_positions.parse(geojson(feature()), feed=spec, received_at=RECEIVED_AT)
    assert batch.positions[0].synthetic


def test_integer_of_any_length_is_harmless() -> None:
    long_number = "9" * 4000
    body = json.dumps(feature(id="R1")).replace('"R1"', long_number).encode()
    batch = geojson_positions.parse(body, feed=FEED, received_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert len(batch.positions) + len(batch.rejected) == 1
