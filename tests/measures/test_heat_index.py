"""The heat index against the chart of the US National Weather Service and by its properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.heat_index import heat_index_c


def fahrenheit(celsius: float) -> float:
    return celsius * 9 / 5 + 32


def celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32) * 5 / 9


@pytest.mark.parametrize(
    ("air_f", "humidity", "index_f"),
    [(80, 40, 80), (86, 90, 105), (90, 50, 95), (96, 65, 121), (100, 55, 124), (110, 40, 136)],
)
def test_cells_of_the_chart(air_f: float, humidity: float, index_f: int) -> None:
    """weather.gov/safety/heat-index: the chart, in whole °F."""
    assert round(fahrenheit(float(heat_index_c(celsius(air_f), humidity)))) == index_f


def test_dry_air_takes_off_and_damp_air_adds() -> None:
    """By hand from the equation: at 95 °F and 9 % the adjustment is (13 - 9) / 4 * sqrt(17 / 17) = 1 °F off
    91.89; at 82 °F and 95 % it is (95 - 85) / 10 * (87 - 82) / 5 = 1 °F on 92.45."""
    assert fahrenheit(float(heat_index_c(celsius(95), 9))) == pytest.approx(rothfusz(95, 9) - 1)
    assert fahrenheit(float(heat_index_c(celsius(82), 95))) == pytest.approx(rothfusz(82, 95) + 1)


def rothfusz(t: float, r: float) -> float:
    """The regression as SR 90-23 prints it."""
    return (
        -42.379 + 2.04901523 * t + 10.14333127 * r - 0.22475541 * t * r - 0.00683783 * t * t
        - 0.05481717 * r * r + 0.00122874 * t * t * r + 0.00085282 * t * r * r - 0.00000199 * t * t * r * r
    )  # fmt: skip


def test_cold_air_feels_as_it_is() -> None:
    assert float(heat_index_c(3.0, 90)) == pytest.approx(3.0)


def test_mild_air_follows_the_plain_formula() -> None:
    """70 °F, 50 %: mean of 70 and 0.5 * (70 + 61 + 2 * 1.2 + 50 * 0.094) is 69.525 °F."""
    assert fahrenheit(float(heat_index_c(celsius(70), 50))) == pytest.approx(69.525)


@pytest.mark.parametrize(
    ("air_c", "humidity"), [(np.nan, 50), (35, np.nan), (35, -1), (35, 100.5), (50.1, 20)]
)
def test_outside_of_what_it_was_made_for_there_is_no_index(air_c: float, humidity: float) -> None:
    assert np.isnan(heat_index_c(air_c, humidity))


@given(st.floats(27, 43), st.floats(40, 85), st.floats(0, 10))
def test_damper_air_never_feels_cooler(air_c: float, humidity: float, more: float) -> None:
    drier, damper = heat_index_c(air_c, np.array([humidity, humidity + more]))
    assert damper >= drier - 0.1


@pytest.mark.parametrize("humidity", range(40, 86, 5))
def test_index_leaps_only_where_the_published_method_changes_its_formula(humidity: float) -> None:
    """There, at an index of 80 °F, the method itself leaps: the more, the damper the air."""
    air_c = np.arange(5, 42, 0.01)
    index_c = heat_index_c(air_c, humidity)
    leaps = np.abs(np.diff(index_c)) > 0.1
    assert leaps.sum() <= 1
    assert np.all(np.abs(index_c[:-1][leaps] - (80 - 32) * 5 / 9) < 0.1)
    assert np.abs(np.diff(index_c)).max() < 1.7


def test_arrays_go_through_at_once() -> None:
    assert heat_index_c([30, 35], [50, 50]).shape == (2,)
