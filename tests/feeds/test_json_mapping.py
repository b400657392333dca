"""Feeds by mapping: documents as agencies send them, read without code."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from data_sources.errors import FeedContentError
from data_sources.feeds import json_mapping
from data_sources.model.city import DocumentMapping
from data_sources.model.feed import Batch
from data_sources.model.observation import Feature, Observation, ValueClass
from tests.feeds.builders import RECEIVED_AT, feed_spec

UNITS = {"pm25": "µg/m³", "air_temperature": "°C", "no2": "ppb", "rain_1h": "mm", "camera_up": "1/0"}
UNITS |= {"visitors": "persons/month", "lake_level": "m MSL"}
STATIONS: dict[str, Any] = {
    "items": "data.stations",
    "feature_id": "code",
    "feature_kind": "air_station",
    "name_th": "name",
    "lat": "at.0",
    "lon": "at.1",
    "time": "/data.time",
    "values": [
        {"property": "pm25", "path": "pm", "missing": ["-", -1]},
        {"property": "air_temperature", "path": "t_f", "unit": "FAH"},
    ],
}


def parse(document: Any, mapping: dict[str, Any], **changes: Any) -> Batch:
    feed = feed_spec(
        feed_id="sensors", kind="json_mapping", mapping=DocumentMapping(**mapping), units=UNITS, **changes
    )
    return json_mapping.parse(json.dumps(document).encode(), feed=feed, received_at=RECEIVED_AT)


def told(batch: Batch) -> list[tuple[str, str, float]]:
    return [(one.feature_id, one.property_id, one.value) for one in batch.observations]


def refused(batch: Batch) -> list[tuple[str, str]]:
    return [(one.code, one.entity_id) for one in batch.rejected]


def test_wide_item_is_a_feature_with_its_values() -> None:
    station = {"code": "A1", "name": "ตลาด ", "at": ["16.43", "102.83"], "pm": "1,037.5", "t_f": 86}
    batch = parse({"data": {"time": "2569-03-01T11:00:00+07:00", "stations": [station]}}, STATIONS)
    at = datetime(2026, 3, 1, 4, tzinfo=UTC)
    assert batch.observations == (
        Observation(
            feed_id="sensors",
            feature_id="A1",
            property_id="pm25",
            value=1037.5,
            unit="µg/m³",
            observed_at=at,
            received_at=RECEIVED_AT,
        ),
        Observation(
            feed_id="sensors",
            feature_id="A1",
            property_id="air_temperature",
            value=pytest.approx(30),
            unit="°C",
            observed_at=at,
            received_at=RECEIVED_AT,
        ),
    )
    assert batch.features == (
        Feature(
            feature_id="A1", feed_id="sensors", kind="air_station", name={"th": "ตลาด"}, lat=16.43, lon=102.83
        ),
    )


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("-", "value_missing"),
        ("-1", "value_missing"),
        (-1, "value_missing"),
        (-1.0, "value_missing"),
        (None, "value_missing"),
        ("", "value_missing"),
        ("n/a", "value_unreadable"),
        ("1,5", "value_unreadable"),
        ("1_000", "value_unreadable"),
        ("12 µg", "value_unreadable"),
        (True, "value_unreadable"),
        ([3], "value_unreadable"),
        ("1e999", "value_unreadable"),
    ],
)
def test_value_that_is_none_is_rejected_and_the_others_are_used(sent: Any, code: str) -> None:
    station = {"code": "A1", "pm": sent, "t_f": 32}
    batch = parse({"data": {"time": "2026-03-01T04:00Z", "stations": [station]}}, STATIONS)
    assert told(batch) == [("A1", "air_temperature", pytest.approx(0))]
    assert refused(batch) == [(code, "A1")]
    assert batch.rejected[0].record == {"feature_id": "A1", "property_id": "pm25", "value": sent or None}


def test_value_that_an_item_does_not_name_is_neither_observed_nor_rejected() -> None:
    batch = parse({"data": {"time": "2026-03-01T04:00Z", "stations": [{"code": "A1", "pm": 0}]}}, STATIONS)
    assert (told(batch), batch.rejected) == ([("A1", "pm25", 0.0)], ())


def test_item_with_none_of_the_mapped_keys_is_rejected() -> None:
    batch = parse({"data": {"time": "2026-03-01T04:00Z", "stations": [{"code": "A1"}, 7]}}, STATIONS)
    assert refused(batch) == [("value_missing", "A1"), ("feature_unidentified", "")]
    assert "nothing at 'pm', 't_f'" in batch.rejected[0].detail


@pytest.mark.parametrize(
    ("time", "code"), [(None, "observed_at_missing"), ("soon", "observed_at_unreadable")]
)
def test_item_without_a_readable_time_is_rejected(time: Any, code: str) -> None:
    batch = parse({"data": {"time": time, "stations": [{"code": "A1", "pm": 3}]}}, STATIONS)
    assert refused(batch) == [(code, "A1")]


def test_time_without_offset_is_bangkoks_and_flagged_unless_the_feed_sets_a_zone() -> None:
    document = {"data": {"time": "2026-03-01 04:00", "stations": [{"code": "A1", "pm": 3}]}}
    (guessed,) = parse(document, STATIONS).observations
    (known,) = parse(document, STATIONS, timezone="Asia/Tokyo").observations
    assert (guessed.observed_at.hour, guessed.flags) == (21, ("timestamp_zone_assumed",))
    assert (known.observed_at.hour, known.flags) == (19, ())


def test_keys_of_an_object_are_features_and_lose_their_carriage_return() -> None:
    document = {"data": [{"datetime": "2026-03-01T04:00Z", "stations\r": {"KKC_BL\r": "12.4", "B": "0"}}]}
    mapping = {
        "items": "data.*.stations",
        "feature_id": "@key",
        "time": "@parent.datetime",
        "period_s": 3600,
        "values": [{"property": "rain_1h", "path": "@value"}],
    }
    batch = parse(document, mapping)
    assert told(batch) == [("KKC_BL", "rain_1h", 12.4), ("B", "rain_1h", 0.0)]
    assert {one.period_s for one in batch.observations} == {3600}


def test_long_rows_name_their_property_and_unit() -> None:
    rows = [
        {"id": 7, "what": "NO2", "v": "46.01", "u": "GQ", "t": 1772337600},
        {"id": 7, "what": "NOX", "v": 1, "u": "GQ", "t": 1772337600},
        {"id": 7, "what": "RADON", "v": 1, "u": "GQ", "t": 1772337600},
        {"id": 7, "what": "pm25", "v": 1, "u": "furlong", "t": 1772337600},
        {"id": 7, "v": 1, "t": 1772337600},
    ]
    mapping = {
        "feature_id": "{id}/roof",
        "time": "t",
        "time_format": "epoch_s",
        "property": "what",
        "properties": {"NO2": "no2", "NOX": ""},
        "value": "v",
        "unit": "u",
    }
    batch = parse(rows, mapping)
    assert told(batch) == [("7/roof", "no2", pytest.approx(24.45))]
    assert batch.observations[0].flags == ("gas_converted",)
    assert [one.code for one in batch.rejected] == ["property_unknown", "unit_unknown", "property_unknown"]
    assert batch.ignored == {"property_unwanted": 1}


def test_figure_of_the_city_is_of_a_buddhist_month() -> None:
    rows = [{"ปี": "2569", "เดือน": 2, "คน": "120,500"}]
    mapping = {
        "time": "{ปี}-{เดือน}",
        "time_format": "period",
        "values": [{"property": "visitors", "path": "คน"}],
    }
    (found,) = (batch := parse(rows, mapping)).observations
    assert (found.feature_id, found.value, found.period_s) == ("city", 120_500, 28 * 86_400)
    assert found.observed_at == datetime(2026, 2, 28, 17, tzinfo=UTC)
    assert batch.features == ()


def test_words_become_the_numbers_that_the_pack_gives_them() -> None:
    mapping = {
        "feature_id": "id",
        "time": "@received",
        "values": [
            {"property": "camera_up", "path": "state", "codes": {"online": 1, "offline": 0, "true": 1}}
        ],
    }
    rows = [{"id": "C1", "state": "online "}, {"id": "C2", "state": "offline"}, {"id": "C3", "state": "?"}]
    batch = parse([*rows, {"id": "C4", "state": True}], mapping)
    assert told(batch) == [("C1", "camera_up", 1), ("C2", "camera_up", 0), ("C4", "camera_up", 1)]
    assert refused(batch) == [("value_unreadable", "C3")]
    assert {one.observed_at for one in batch.observations} == {RECEIVED_AT}


def test_dot_in_a_key_is_escaped() -> None:
    mapping = {"time": "@received", "values": [{"property": "pm25", "path": r"pm2\.5"}]}
    assert told(parse({"pm2.5": 12}, mapping)) == [("city", "pm25", 12.0)]


def test_second_value_of_the_same_time_is_rejected() -> None:
    mapping = {"time": "@received", "values": [{"property": "pm25", "path": "v"}]}
    batch = parse([{"v": 1}, {"v": 2}], mapping)
    assert (told(batch), refused(batch)) == ([("city", "pm25", 1.0)], [("duplicate_entity", "city")])


def test_feature_that_the_feed_does_not_list_is_left_aside() -> None:
    mapping = {"feature_id": "id", "time": "@received", "values": [{"property": "pm25", "path": "v"}]}
    batch = parse([{"id": "A", "v": 1}, {"id": "B", "v": 2}], mapping, features=("B",))
    assert (told(batch), batch.ignored) == ([("B", "pm25", 2.0)], {"feature_unlisted": 1})


def test_values_are_of_the_class_that_the_pack_says_and_synthetic_in_demo_mode() -> None:
    mapping = {"time": "@received", "values": [{"property": "pm25", "path": "v"}]}
    (modelled,) = parse({"v": 1}, mapping, value_class="modelled").observations
    (simulated,) = parse({"v": 1}, mapping, value_class="modelled", synthetic=True).observations
    assert (modelled.value_class, modelled.synthetic) == (ValueClass.MODELLED, False)
    assert (simulated.value_class, simulated.synthetic) == (ValueClass.SYNTHETIC, True)


def test_list_of_nothing_is_no_error() -> None:
    assert parse({"data": {"time": "2026-03-01T04:00Z", "stations": []}}, STATIONS).accepted == 0


@pytest.mark.parametrize("document", [{}, {"data": []}, {"data": {"stations": 3}}, 5, None])
def test_document_without_its_items_is_refused(document: Any) -> None:
    with pytest.raises(FeedContentError) as caught:
        parse(document, STATIONS)
    assert caught.value.code == "not_document"


def test_feed_without_mapping_is_refused() -> None:
    with pytest.raises(FeedContentError) as caught:
        json_mapping.parse(b"{}", feed=feed_spec(kind="json_mapping"), received_at=RECEIVED_AT)
    assert caught.value.code == "mapping_missing"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"property": "k"},
        {"value": "v"},
        {"property": "k", "value": "v", "values": [{"property": "pm25", "path": "v"}]},
        {"values": [{"property": "pm25", "path": "v"}], "lat": "y"},
    ],
)
def test_mapping_that_is_neither_wide_nor_long_is_refused_when_the_pack_is_read(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        DocumentMapping(**wrong)
