"""Flood telemetry. The rain's shape and its trailing "\\r" are reported of the real service; answers here are
authored, those of roads and pipes by analogy."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data_sources.errors import FeedContentError
from data_sources.feeds import flood_telemetry
from data_sources.model.feed import Batch
from data_sources.model.observation import Feature
from tests.feeds.builders import RECEIVED_AT, feed_spec

AT = "2026-03-01 11:45:00"
AT_UTC = datetime(2026, 3, 1, 4, 45, tzinfo=UTC)
LAKE = {"lake_id": "L1", "status": "ok", "water_level": "155.20", "capacity_pct": "81.5", "date_time": AT}


def parse(document: Any, **changes: Any) -> Batch:
    feed = feed_spec(feed_id="flood", kind="flood_telemetry", **changes)
    return flood_telemetry.parse(json.dumps(document).encode(), feed=feed, received_at=RECEIVED_AT)


def rounds(**sections: Any) -> dict[str, Any]:
    return {"status": "success", "data": [{"datetime": AT, **sections}]}


def lakes(*listed: Any) -> dict[str, Any]:
    return {"fetched_at": "2026-03-01T11:50:00", "count": len(listed), "lakes": list(listed)}


def told(batch: Batch) -> list[tuple[str, str, float, str]]:
    return [(one.feature_id, one.property_id, one.value, one.unit) for one in batch.observations]


def refused(batch: Batch) -> list[tuple[str, str]]:
    return [(one.code, one.entity_id) for one in batch.rejected]


def test_rain_is_that_of_the_hour_before_at_a_gauge_whose_code_is_trimmed() -> None:
    batch = parse(rounds(stations={"KKC_BL\r": "12.4", "KKC_NM": "0.00"}))
    assert told(batch) == [("KKC_BL", "rain_1h", 12.4, "mm"), ("KKC_NM", "rain_1h", 0.0, "mm")]
    assert {(one.observed_at, one.period_s) for one in batch.observations} == {(AT_UTC, 3600)}
    assert batch.features[0] == Feature(feature_id="KKC_BL", feed_id="flood", kind="rain_gauge")


def test_dry_road_and_dry_pipe_are_readings() -> None:
    batch = parse(rounds(roads={"R1": "0.00", "R2\r": "0.23"}, pipes={"P1": 0}))
    assert told(batch) == [
        ("R1", "road_water", 0.0, "m"),
        ("R2", "road_water", 0.23, "m"),
        ("P1", "pipe_water", 0.0, "m"),
    ]
    assert {one.kind for one in batch.features} == {"road_point", "pipe_point"}


def test_lake_has_a_level_above_mean_sea_level_and_a_fill() -> None:
    batch = parse(lakes(LAKE))
    assert told(batch) == [("L1", "lake_level", 155.2, "m MSL"), ("L1", "lake_fill", 81.5, "%")]
    assert batch.observations[0].observed_at == AT_UTC


@pytest.mark.parametrize("changes", [{"water_level": "0.00"}, {"water_level": 0}, {"status": "no_data"}])
def test_lake_without_reading_is_rejected_with_what_was_computed_from_it(changes: dict[str, Any]) -> None:
    batch = parse(lakes({**LAKE, **changes}))
    assert (told(batch), refused(batch)) == ([], [("value_missing", "L1")])


def test_lake_without_a_time_of_its_own_is_as_old_as_the_list() -> None:
    (level, _) = parse(lakes({**LAKE, "date_time": None})).observations
    assert level.observed_at == datetime(2026, 3, 1, 4, 50, tzinfo=UTC)


def test_gauge_without_value_does_no_harm_to_the_others() -> None:
    batch = parse(rounds(stations={"A": "-", "B": "wet", "C": "3", "\r": "4"}))
    assert told(batch) == [("C", "rain_1h", 3.0, "mm")]
    assert refused(batch) == [("value_missing", "A"), ("value_unreadable", "B"), ("feature_unidentified", "")]


@pytest.mark.parametrize(
    ("readings", "code"),
    [
        ({"stations": {"A": "1"}}, "observed_at_missing"),
        ({"stations": {"A": "1"}, "datetime": "noon"}, "observed_at_unreadable"),
        ({"datetime": AT}, "value_missing"),
        ("?", "value_missing"),
    ],
)
def test_round_that_cannot_be_used_is_rejected(readings: Any, code: str) -> None:
    assert refused(parse({"data": [readings]})) == [(code, "")]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "not_telemetry"),
        ({"status": "success"}, "not_telemetry"),
        ({"status": "error", "message": "database away"}, "service_refused"),
        ({"status": False}, "service_refused"),
        ({"data": 5}, "not_observations"),
    ],
)
def test_answer_without_readings_is_refused(document: Any, code: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        parse(document)
    assert caught.value.code == code
