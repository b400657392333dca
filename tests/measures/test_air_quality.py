"""The Thai air quality index, against cases worked out by hand from PCD's tables and one told by Air4Thai."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.air_quality import (
    ABOVE,
    PM10,
    PM25_2023,
    PM25_BEFORE_2023,
    Limits,
    sub_index,
    thai_aqi_2023,
    thai_aqi_before_2023,
)


@pytest.mark.parametrize(
    ("pm25_24h", "index"),
    [
        (0, 0),
        (9.0, 15),  # 25 * 9 / 15
        (15.0, 25),
        (15.1, 26),
        (20.0, 38),  # 26 + 24 * 4.9 / 9.9 = 37.9
        (25.0, 50),
        (25.1, 51),
        (37.5, 100),
        (37.6, 101),
        (60.0, 160),  # 101 + 99 * 22.4 / 37.4 = 160.3
        (75.0, 200),
        (75.1, 201),
        (300.0, 201),
    ],
)
def test_index_of_2023_by_pm25(pm25_24h: float, index: int) -> None:
    """PCD notice B.E. 2566 (2023), Royal Gazette 140/157ง."""
    assert thai_aqi_2023(pm25_24h) == index


def test_index_that_air4thai_told_in_2024() -> None:
    """Its PM2.5 of 34.1 µg/m³ had index 87: 51 + 49 * 9.0 / 12.4 = 86.6; its PM10 of 73 had 44."""
    assert thai_aqi_2023(34.1) == 87
    assert thai_aqi_2023(pm10_24h=73) == 44
    assert thai_aqi_2023(34.1, 73) == 87


@pytest.mark.parametrize(
    ("pm25_24h", "index"),
    [(25, 25), (26, 26), (37, 50), (38, 51), (50, 100), (51, 101), (90, 200), (91, 201)],
)
def test_index_before_2023_by_pm25(pm25_24h: float, index: int) -> None:
    """PCD's index of 2018, still on Kasetsart University's page: 0-25, 26-37, 38-50, 51-90, 91+."""
    assert thai_aqi_before_2023(pm25_24h) == index


def test_same_air_is_worse_on_the_scale_of_2023() -> None:
    assert (thai_aqi_before_2023(50), thai_aqi_2023(50)) == (100, 134)  # 101 + 99 * 12.4 / 37.4 = 133.8


def test_nothing_known_has_no_index() -> None:
    assert thai_aqi_2023() is None


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_what_is_no_concentration_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="no concentration"):
        thai_aqi_2023(wrong)


SCALES = st.sampled_from([PM25_2023, PM25_BEFORE_2023, PM10])


@given(st.floats(0, 500), st.floats(0, 500), SCALES)
def test_more_dust_is_never_a_lower_index(one: float, other: float, limits: Limits) -> None:
    low, high = sorted((one, other))
    assert sub_index(low, limits) <= sub_index(high, limits) <= ABOVE


@given(st.integers(0, 2000), SCALES)
def test_no_step_of_a_concentration_leaps_over_a_class(steps: int, limits: Limits) -> None:
    here, there = (sub_index(number * limits.step, limits) for number in (steps, steps + 1))
    assert there - here <= 5  # the steepest line: 49 indices in 12 steps of the old scale
