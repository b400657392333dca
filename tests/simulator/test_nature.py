"""The simulated nature is the same whenever and however it is asked, and its parts agree with each other."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from data_sources.simulator.figures import FIGURES, Place, figure, known
from data_sources.simulator.nature import HOUR_S, Nature, Shower
from data_sources.simulator.observatory import nature_of
from data_sources.simulator.reports import lives
from data_sources.simulator.typical import TYPICAL

from .conftest import scenario
from .test_wire import town

ZONE = ZoneInfo("Asia/Bangkok")
YEAR = np.arange(
    datetime(2026, 1, 1, tzinfo=UTC).timestamp(), datetime(2027, 1, 1, tzinfo=UTC).timestamp(), HOUR_S
)
GAUGE = Place("gauge", 150.0)


def months(sky_times: np.ndarray, *wanted: int) -> np.ndarray:
    of = np.array([datetime.fromtimestamp(at, ZONE).month for at in sky_times])
    return np.isin(of, wanted)


def test_one_hour_asked_alone_equals_the_same_hour_of_a_year() -> None:
    whole = Nature(1, ZONE).at(YEAR)
    place = 3000
    alone = Nature(1, ZONE).at(YEAR[place : place + 1])
    for property_id in (*FIGURES, *TYPICAL):
        one, of_many = figure(property_id, alone, GAUGE)[0], figure(property_id, whole, GAUGE)[place]
        assert np.isclose(one, of_many, rtol=1e-12, atol=0), property_id


def test_other_seed_is_another_year() -> None:
    assert not np.array_equal(
        Nature(1, ZONE).at(YEAR).rain_mm(HOUR_S), Nature(2, ZONE).at(YEAR).rain_mm(HOUR_S)
    )


def test_haze_hangs_from_february_to_april_and_the_rains_wash_it_out() -> None:
    pm25 = Nature(1, ZONE).at(YEAR).pm25_24h
    hazy, wet = pm25[months(YEAR, 2, 3, 4)], pm25[months(YEAR, 6, 7, 8, 9)]
    assert 25 <= hazy.mean() <= 60
    assert hazy.max() <= 90
    assert 6 <= wet.mean() <= 18


def test_it_rains_from_may_to_october() -> None:
    rain = Nature(1, ZONE).at(YEAR).rain_mm(HOUR_S)
    wet = rain[months(YEAR, 5, 6, 7, 8, 9, 10)].sum()
    assert 700 <= rain.sum() <= 2200
    assert wet > 0.75 * rain.sum()


def test_rain_of_a_day_is_the_sum_of_its_hours() -> None:
    nature = Nature(1, ZONE)
    end = datetime(2026, 9, 10, tzinfo=UTC).timestamp()
    hours = nature.at(np.array([end - HOUR_S * back for back in range(24)])).rain_mm(HOUR_S)
    assert np.isclose(nature.at(np.array([end])).rain_mm(24 * HOUR_S)[0], hours.sum())


def test_rain_raises_lake_road_pipe_and_river() -> None:
    at = datetime(2026, 1, 20, 5, tzinfo=UTC)
    begins = at.timestamp() - HOUR_S
    dry = Nature(1, ZONE).at_time(at)
    wet = Nature(1, ZONE, [Shower(begins, at.timestamp(), 60.0)]).at_time(at)
    for property_id in (
        "lake_level",
        "road_water",
        "pipe_water",
        "river_level",
        "rain_1h",
        "relative_humidity",
    ):
        assert figure(property_id, wet, GAUGE)[0] > figure(property_id, dry, GAUGE)[0], property_id
    for property_id in ("air_temperature", "pm25", "river_bank_gap"):
        assert figure(property_id, wet, GAUGE)[0] < figure(property_id, dry, GAUGE)[0], property_id


def test_water_drains_after_the_rain() -> None:
    at = datetime(2026, 1, 20, 5, tzinfo=UTC)
    nature = Nature(1, ZONE, [Shower(at.timestamp() - HOUR_S, at.timestamp(), 60.0)])
    later = nature.at_time(at + timedelta(hours=12))
    assert figure("road_water", nature.at_time(at), GAUGE)[0] > 0
    assert figure("road_water", later, GAUGE)[0] == 0


def test_citizens_report_water_when_it_stands() -> None:
    hour = int(datetime(2026, 1, 20, 5, tzinfo=UTC).timestamp() // HOUR_S)
    shower = Shower((hour - 1) * HOUR_S, (hour + 2) * HOUR_S, 60.0)
    assert not lives(Nature(1, ZONE), hour, 3).wet.any()
    assert lives(Nature(1, ZONE, [shower]), hour, 3).wet.sum() > 5


def test_heat_raises_demand_and_clouds_take_the_sun() -> None:
    noon = np.array([datetime(2026, month, 15, 5, tzinfo=UTC).timestamp() for month in (1, 4)])
    january, april = Nature(1, ZONE).at(noon).temperature_c
    demand = figure("electricity_demand", Nature(1, ZONE).at(noon), GAUGE)
    assert april > january
    assert demand[1] > demand[0]
    wet = Nature(1, ZONE, [Shower(noon[0] - HOUR_S, noon[0], 30.0)])
    assert (
        figure("solar_power", wet.at(noon), GAUGE)[0]
        < figure("solar_power", Nature(1, ZONE).at(noon), GAUGE)[0]
    )


def test_haze_scenario_raises_fine_dust_and_flood_scenario_rains() -> None:
    start = datetime(2026, 11, 18, 1, tzinfo=UTC)
    usual = nature_of(town(), 1)
    hazy = nature_of(town(), 1, scenario(weather=[{"visibility_m": 800}]), start)
    flooded = nature_of(town(), 1, scenario(weather=[{"at_min": 5, "rain_mm_h": 35}]), start)
    soon = start + timedelta(minutes=30)
    assert hazy.at_time(soon).pm25_24h[0] > usual.at_time(soon).pm25_24h[0] + 50
    assert flooded.rain_mm_h(start) == usual.rain_mm_h(start)
    assert flooded.rain_mm_h(soon) == usual.rain_mm_h(soon) + 35


def test_fast_world_brings_its_weather_sooner() -> None:
    start = datetime(2026, 11, 18, 1, tzinfo=UTC)
    fast = nature_of(town(), 1, scenario(weather=[{"at_min": 60, "rain_mm_h": 35}]), start, speed=60)
    assert fast.rain_mm_h(start + timedelta(seconds=61)) >= 35


def test_only_what_is_known_has_a_figure() -> None:
    assert known("pm25")
    assert known("visitors")
    assert not known("fog_hours")
