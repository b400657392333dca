"""GISTDA. No recording is at hand: answers are written from the documented fields."""

from typing import Any

import pytest

from data_sources.errors import FeedContentError
from tests.feeds.national import RECEIVED_AT, one, parsed, refusals, utc, values


def province(**changes: Any) -> dict[str, Any]:
    return {
        "pv_idn": 40,
        "pv_tn": "จังหวัด",
        "pv_en": "Province",
        "pm25": 26.82,
        "pm25Avg24hr": 20.93,
        "dt": "2026-03-01T04:00:00.000Z",
        **changes,
    }


def pm25(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"status": 200, "errMsg": "", "data": list(rows)}


def spot(code: Any = 40) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [102.8, 16.4]}
    told = {"pv_idn": code, "pv_tn": "จังหวัด", "pv_en": "Province", "confidence": "nominal"}
    return {"type": "Feature", "geometry": place, "properties": told}


def spots(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def test_pm25_of_a_province_is_modelled_hourly_and_over_a_day() -> None:
    batch = parsed("gistda", pm25(province()))
    hour, day = one(batch, "pm25"), one(batch, "pm25_24h")
    assert (hour.feature_id, hour.value, hour.unit, hour.period_s) == ("gistda:40", 26.82, "µg/m³", 3_600)
    assert (day.value, day.period_s, day.value_class) == (20.93, 86_400, "modelled")
    assert hour.observed_at == utc("2026-03-01T04:00")


def test_district_goes_by_its_own_code() -> None:
    row = province(ap_idn=4001, ap_tn="อำเภอ", ap_en="District")
    (feature,) = parsed("gistda", pm25(row)).features
    assert (feature.feature_id, feature.name["en"]) == ("gistda:4001", "District")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dt": None}, "observed_at_missing"),
        ({"dt": "2026-03-01T04:00:00"}, "observed_at_unreadable"),
        ({"pv_idn": None}, "feature_unidentified"),
    ],
)
def test_area_without_code_or_time_is_rejected(changes: dict[str, Any], code: str) -> None:
    assert refusals(parsed("gistda", pm25(province(**changes)))) == {code: 1}


@pytest.mark.parametrize(
    ("document", "code"),
    [({"status": 500, "errMsg": "down"}, "service_refused"), ({"status": 200}, "not_observations")],
)
def test_answer_without_areas_is_refused(document: dict[str, Any], code: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("gistda", document)
    assert caught.value.code == code


def test_hotspots_are_counted_by_province() -> None:
    batch = parsed("gistda", spots(spot(), spot(), spot(41), timeStamp="2026-03-01T04:30:00Z"))
    assert values(batch) == {("gistda:40", "hotspots"): 2.0, ("gistda:41", "hotspots"): 1.0}
    assert {(each.unit, each.period_s, each.observed_at) for each in batch.observations} == {
        ("count/day", 86_400, utc("2026-03-01T04:30"))
    }


def test_listed_province_without_a_hotspot_has_none_and_unlisted_ones_are_left_aside() -> None:
    batch = parsed("gistda", spots(spot(41)), features=("gistda:40",))
    assert (values(batch), batch.ignored) == ({("gistda:40", "hotspots"): 0.0}, {"feature_unlisted": 1})


def test_count_without_a_time_holds_at_its_receipt() -> None:
    found = parsed("gistda", spots(spot())).observations[0]
    assert (found.observed_at, found.flags) == (RECEIVED_AT, ("timestamp_from_receipt",))


def test_count_of_part_of_the_hotspots_says_so() -> None:
    found = parsed("gistda", spots(spot(), numberMatched=2_000)).observations[0]
    assert "count_incomplete" in found.flags
    batch = parsed("gistda", spots(spot(), spot()), params={"limit": "2"})
    assert "count_incomplete" in batch.observations[0].flags


def test_hotspot_without_a_province_is_rejected() -> None:
    assert refusals(parsed("gistda", spots(spot(None), "spot"))) == {"feature_unidentified": 2}
