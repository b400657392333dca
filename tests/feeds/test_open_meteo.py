"""Open-Meteo. Answers of several places, air quality and discharge are written from the documented fields;
the recorded answer of one place is in test_thai_recordings."""

from typing import Any

import pytest

from data_sources.errors import FeedContentError
from tests.feeds.national import one, parsed, refusals, utc, values

PLACES = (
    {"feature_id": "north", "lat": 16.5, "lon": 102.8},
    {"feature_id": "south", "lat": 16.4, "lon": 102.9},
)
UNITS = {"temperature_2m": "°C", "rain": "mm", "precipitation": "mm", "wind_speed_10m": "km/h"}


def answer(current: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    told = {"time": "2026-03-01T12:00", "interval": 900, "temperature_2m": 33.5, **(current or {})}
    return {
        "latitude": 16.52,
        "longitude": 102.79,
        "utc_offset_seconds": 25_200,
        "timezone": "Asia/Bangkok",
        "current_units": UNITS,
        "current": told,
        **changes,
    }


def test_local_time_is_read_by_the_answers_own_offset() -> None:
    for offset_s, expected in (
        (25_200, "2026-03-01T05:00"),
        (0, "2026-03-01T12:00"),
        (-3600, "2026-03-01T13:00"),
    ):
        batch = parsed("open_meteo", answer(utc_offset_seconds=offset_s))
        assert one(batch, "air_temperature").observed_at == utc(expected)


def test_answers_are_of_the_feeds_places_in_their_order() -> None:
    batch = parsed("open_meteo", [answer(), answer({"temperature_2m": -1.0})], places=PLACES)
    assert values(batch) == {("north", "air_temperature"): 33.5, ("south", "air_temperature"): -1.0}
    assert [(each.lat, each.lon) for each in batch.features] == [(16.5, 102.8), (16.4, 102.9)]


def test_another_number_of_answers_than_places_is_refused() -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("open_meteo", [answer()], places=PLACES)
    assert caught.value.code == "places_differ"


def test_values_are_modelled() -> None:
    assert {each.value_class for each in parsed("open_meteo", answer()).observations} == {"modelled"}


@pytest.mark.parametrize(("interval_s", "property_id"), [(900, "rain_15min"), (3600, "rain_1h")])
def test_rain_is_of_the_interval_that_is_told(interval_s: int, property_id: str) -> None:
    found = one(parsed("open_meteo", answer({"interval": interval_s, "rain": 2.4})), property_id)
    assert (found.value, found.unit, found.period_s) == (2.4, "mm", interval_s)


def test_precipitation_goes_before_rain_which_lacks_the_showers() -> None:
    batch = parsed("open_meteo", answer({"rain": 0.0, "precipitation": 5.1}))
    assert one(batch, "rain_15min").value == 5.1


def test_units_told_beside_the_values_are_converted() -> None:
    units = {"temperature_2m": "°F", "wind_speed_10m": "m/s"}
    batch = parsed("open_meteo", answer({"temperature_2m": 86.0, "wind_speed_10m": 10}, current_units=units))
    assert one(batch, "air_temperature").value == pytest.approx(30.0)
    assert one(batch, "wind_speed").value == pytest.approx(36.0)


def test_gases_become_shares_of_volume() -> None:
    # 100 µg/m³ of ozone x 24.45 l/mol / 48.00 g/mol = 50.94 ppb at 25 °C and 1 atm
    current = {"time": "2026-03-01T12:00", "interval": 3600, "pm2_5": 41.2, "ozone": 100.0}
    units = {"pm2_5": "μg/m³", "ozone": "μg/m³"}
    batch = parsed("open_meteo", answer(current, current_units=units))
    ozone, dust = one(batch, "o3"), one(batch, "pm25")
    assert (ozone.value, ozone.unit, ozone.flags) == (
        pytest.approx(50.94, abs=0.005),
        "ppb",
        ("gas_converted",),
    )
    assert (dust.value, dust.period_s) == (41.2, 3600)


def test_without_current_the_newest_hour_that_has_begun_counts() -> None:
    hourly = {
        "time": ["2026-03-01T11:00", "2026-03-01T12:00", "2026-03-01T13:00"],
        "temperature_2m": [31.0, 32.0, 33.0],
        "rain": [0.0, 1.5, 9.0],
    }
    document = {
        name: part for name, part in answer(hourly=hourly, hourly_units=UNITS).items() if name != "current"
    }
    batch = parsed("open_meteo", document)
    assert {key[1]: value for key, value in values(batch).items()} == {
        "air_temperature": 32.0,
        "rain_1h": 1.5,
    }


def test_discharge_is_that_of_the_newest_whole_day() -> None:
    daily = {"time": ["2026-02-27", "2026-02-28", "2026-03-01"], "river_discharge": [80.5, 92.25, 110.0]}
    found = one(parsed("open_meteo", answer(daily=daily)), "river_discharge")
    assert (found.value, found.unit, found.period_s) == (92.25, "m³/s", 86_400)
    assert found.observed_at == utc("2026-02-28T17:00")


def test_value_that_the_model_does_not_have_is_missing() -> None:
    assert refusals(parsed("open_meteo", answer({"temperature_2m": None}))) == {"value_missing": 1}


def test_error_of_the_service_is_refused() -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("open_meteo", {"error": True, "reason": "Latitude must be in range"})
    assert caught.value.code == "not_observations"
