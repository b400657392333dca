"""ThaiWater. No recording is at hand: answers are written from the documented fields."""

from typing import Any

import pytest

from data_sources import rules
from data_sources.errors import FeedContentError
from data_sources.model.city import Bounds
from tests.feeds.national import RECEIVED_AT, one, parsed, refusals, utc, values

CITY = Bounds(west=102.0, south=16.0, east=103.0, north=17.0)


def station(number: int = 7, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "tele_station_name": {"th": "สะพาน ", "en": "Bridge"},
        "tele_station_lat": 16.4,
        "tele_station_long": 102.8,
        **changes,
    }


def rain(value: Any = 12.5, stamp: str = "2026-03-01 11:50", **changes: Any) -> dict[str, Any]:
    return {"rain_24h": value, "rainfall_datetime": stamp, "station": station(), **changes}


def level(**changes: Any) -> dict[str, Any]:
    return {
        "waterlevel_datetime": "2026-03-01 11:50",
        "waterlevel_msl": "148.20",
        "diff_wl_bank": "1.80",
        "diff_wl_bank_text": "ต่ำกว่าตลิ่ง (ม.)",
        "situation_level": 3,
        "discharge": None,
        "station": station(min_bank=150.0),
        **changes,
    }


def rains(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"result": "OK", "data": list(rows)}


def levels(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"waterlevel_data": {"result": "OK", "data": list(rows)}}


def test_rain_is_that_of_the_day_before_its_time_in_bangkok() -> None:
    batch = parsed("thaiwater", rains(rain(rain_1h="0.4")))
    day, hour = one(batch, "rain_24h"), one(batch, "rain_1h")
    assert (day.feature_id, day.value, day.unit, day.period_s) == ("thaiwater:7", 12.5, "mm", 86_400)
    assert (hour.value, hour.period_s, hour.observed_at) == (0.4, 3_600, utc("2026-03-01T04:50"))
    assert batch.features[0].name == {"th": "สะพาน", "en": "Bridge"}


def test_gauge_without_rain_of_the_last_hour_is_not_missing_any() -> None:
    assert refusals(parsed("thaiwater", rains(rain(rain_1h=None)))) == {}


def test_no_rain_and_no_reading_differ() -> None:
    assert values(parsed("thaiwater", rains(rain(0)))) == {("thaiwater:7", "rain_24h"): 0.0}
    assert refusals(parsed("thaiwater", rains(rain(None)))) == {"value_missing": 1}


def test_row_of_a_gauge_that_fell_silent_long_ago_is_old() -> None:
    rows = rains(rain(), rain(99, "2019-03-01 07:00", station=station(8)))
    batch = parsed("thaiwater", rows)
    assert (list(values(batch)), refusals(batch)) == ([("thaiwater:7", "rain_24h")], {"timestamp_old": 1})


def test_whole_list_that_is_old_is_read_since_the_feeds_state_tells_its_age() -> None:
    batch = parsed(
        "thaiwater", rains(rain(stamp="2024-01-01 07:00"), rain(stamp="2024-01-01 06:00", station=station(8)))
    )
    assert len(batch.observations) == 2


def test_clock_that_runs_ahead_does_not_make_the_others_old() -> None:
    batch = parsed("thaiwater", rains(rain(), rain(stamp="2027-01-01 00:00", station=station(8))))
    assert len(batch.observations) == 2


@pytest.mark.parametrize(
    ("changes", "gap_m"),
    [
        ({}, 1.8),
        ({"waterlevel_msl": "150.50"}, -0.5),
        ({"waterlevel_msl": None}, 1.8),
        ({"waterlevel_msl": None, "diff_wl_bank_text": "ล้นตลิ่ง (ม.)"}, -1.8),
        ({"station": station(min_bank=None), "diff_wl_bank_text": "ล้นตลิ่ง (ม.)"}, -1.8),
    ],
)
def test_gap_to_the_bank_is_negative_above_it(changes: dict[str, Any], gap_m: float) -> None:
    assert one(parsed("thaiwater", levels(level(**changes))), "river_bank_gap").value == gap_m


def test_distance_without_a_side_is_no_gap() -> None:
    batch = parsed("thaiwater", levels(level(waterlevel_msl=None, diff_wl_bank_text="")))
    assert values(batch) == {}


def test_situation_level_is_kept_as_told() -> None:
    for told in (1, "5"):
        found = one(parsed("thaiwater", levels(level(situation_level=told))), "river_level")
        assert (found.value, found.unit, found.flags) == (148.2, "m MSL", (f"situation_level_{told}",))
    assert one(parsed("thaiwater", levels(level(situation_level=None))), "river_level").flags == ()


def test_discharge_is_read_where_it_is_told() -> None:
    assert one(parsed("thaiwater", levels(level(discharge="35.2"))), "river_discharge").value == 35.2


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (rain(stamp=""), "observed_at_missing"),
        (rain(stamp="noon"), "observed_at_unreadable"),
        (rain(station={}), "feature_unidentified"),
    ],
)
def test_row_without_name_or_time_is_rejected(row: dict[str, Any], code: str) -> None:
    assert refusals(parsed("thaiwater", rains(row))) == {code: 1}


def test_other_document_is_refused() -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("thaiwater", {"result": "NO"})
    assert caught.value.code == "not_observations"


def test_what_is_wrong_elsewhere_in_the_country_is_left_aside() -> None:
    far = station(9, tele_station_lat=7.0, tele_station_long=100.4)
    rows = rains(rain(), rain(-1, station=far), rain(stamp="2019-01-01 07:00", station={**far, "id": 10}))
    batch = rules.judge(
        parsed("thaiwater", rows),
        now=RECEIVED_AT,
        bounds=CITY,
        schedule=None,
        last_fix_at={},
        last_header_at=None,
    )
    assert (len(batch.observations), len(batch.features)) == (1, 1)
    assert (refusals(batch), batch.ignored) == ({}, {"outside_city": 2})
