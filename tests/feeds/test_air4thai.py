"""Air4Thai. Stations are written from the documented fields; the recording is in test_thai_recordings."""

from typing import Any

import pytest

from data_sources.errors import FeedContentError
from tests.feeds.national import one, parsed, refusals, utc, values


def reading(aqi: str = "50", value: str = "20") -> dict[str, str]:
    return {"color_id": "2", "aqi": aqi, "value": value}


def station(last: dict[str, Any] | None = None, *, form: str = "AQILast", **changes: Any) -> dict[str, Any]:
    told = {"date": "2026-03-01", "time": "12:00", **(last if last is not None else {"PM25": reading()})}
    return {
        "stationID": "46t",
        "nameTH": "สถานี ",
        "nameEN": "Station ",
        "lat": "16.44",
        "long": "102.83",
        form: told,
        **changes,
    }


def test_values_are_means_of_the_hours_that_the_index_is_made_of() -> None:
    names = ("PM25", "PM10", "O3", "CO", "NO2", "SO2")
    batch = parsed("air4thai", {"stations": [station({name: reading(value="7.5") for name in names})]})
    told = {each.property_id: (each.value, each.unit, each.period_s) for each in batch.observations}
    assert told == {
        "pm25_24h": (7.5, "µg/m³", 86_400),
        "pm10_24h": (7.5, "µg/m³", 86_400),
        "o3_8h": (7.5, "ppb", 28_800),
        "co": (7.5, "ppm", 28_800),
        "no2": (7.5, "ppb", 3_600),
        "so2": (7.5, "ppb", 3_600),
    }


@pytest.mark.parametrize("mark", ["-1", "-999", "-", "", "-1.0", None])
def test_mark_for_no_value_is_never_a_value(mark: Any) -> None:
    batch = parsed("air4thai", {"stations": [station({"PM25": {"aqi": mark, "value": mark}})]})
    assert (batch.observations, refusals(batch)) == ((), {"value_missing": 1})


def test_text_that_is_no_number_is_unreadable() -> None:
    batch = parsed("air4thai", {"stations": [station({"PM25": reading(value="n.d.")})]})
    assert refusals(batch) == {"value_unreadable": 1}


def test_time_is_that_of_bangkok() -> None:
    batch = parsed("air4thai", {"stations": [station()]})
    assert batch.observations[0].observed_at == utc("2026-03-01T05:00")


def test_stations_an_hour_behind_keep_their_own_time() -> None:
    late = station({"time": "11:00", "PM25": reading()}, stationID="47t")
    batch = parsed("air4thai", {"stations": [station(), late]})
    assert [each.observed_at.hour for each in batch.observations] == [5, 4]


def test_older_form_is_read_alike() -> None:
    new, old = (parsed("air4thai", {"stations": [station(form=form)]}) for form in ("AQILast", "LastUpdate"))
    assert new.observations == old.observations


def test_names_lose_their_trailing_spaces_and_the_place_is_a_number() -> None:
    (feature,) = parsed("air4thai", {"stations": [station()]}).features
    assert (feature.feature_id, feature.kind, feature.name) == (
        "46t",
        "air_station",
        {"th": "สถานี", "en": "Station"},
    )
    assert (feature.lat, feature.lon) == (16.44, 102.83)


@pytest.mark.parametrize(
    ("value", "index", "scale"),
    [
        # 2023: 37.6 to 75 is 101 to 200, so 50 is 133; before: 38 to 50 is 51 to 100, so 50 is 100
        ("50", "133", ("aqi_scale_2023",)),
        ("50", "100", ("aqi_scale_old",)),
        ("34.1", "87", ("aqi_scale_2023",)),
        ("34.1", "44", ("aqi_scale_old",)),
        ("50", "60", ()),
        ("0", "0", ()),
        ("-1", "87", ()),
    ],
)
def test_scale_of_the_sources_index_is_told_where_pm25_shows_it(
    value: str, index: str, scale: tuple[str, ...]
) -> None:
    last = {"PM25": reading(index, value), "AQI": {"color_id": "3", "aqi": index, "param": "PM25"}}
    found = one(parsed("air4thai", {"stations": [station(last)]}), "aqi_source")
    assert (found.value, found.unit, found.flags) == (float(index), "index", scale)


def test_feed_takes_only_the_stations_that_it_lists() -> None:
    stations = {"stations": [station(), station(stationID="47t")]}
    batch = parsed("air4thai", stations, features=("47t",))
    assert {each.feature_id for each in batch.observations} == {"47t"}
    assert batch.ignored == {"feature_unlisted": 1}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"AQILast": {"date": "", "time": ""}}, "observed_at_missing"),
        ({"AQILast": {"date": "yesterday", "time": "12:00"}}, "observed_at_unreadable"),
        ({"stationID": None}, "feature_unidentified"),
    ],
)
def test_station_without_name_or_time_is_rejected(broken: dict[str, Any], code: str) -> None:
    batch = parsed("air4thai", {"stations": [{**station(), **broken}]})
    assert (batch.observations, refusals(batch)) == ((), {code: 1})


def test_station_without_a_place_may_be_anywhere_unless_the_feed_lists_it() -> None:
    lost = {"stations": [station(lat="", long="-")]}
    assert refusals(parsed("air4thai", lost)) == {"position_missing": 1}
    assert len(parsed("air4thai", lost, features=("46t",)).observations) == 1


def test_other_document_is_refused() -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("air4thai", {"error": "no"})
    assert caught.value.code == "not_observations"


def test_simulated_feed_is_marked_synthetic() -> None:
    batch = parsed("air4thai", {"stations": [station()]}, synthetic=True)
    assert {(each.synthetic, each.value_class) for each in batch.observations} == {(True, "synthetic")}
    assert values(batch) == {("46t", "pm25_24h"): 20.0}
