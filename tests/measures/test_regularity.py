"""Regularity by hand: coefficient of variation and excess waiting time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.regularity import average_wait_s, coefficient_of_variation, excess_wait_s


def test_even_service_has_no_variation_and_no_excess_wait() -> None:
    assert coefficient_of_variation([600] * 7) == 0
    assert excess_wait_s([600] * 7, 600) == 0


def test_bunched_pair_by_hand() -> None:
    """Headways of 2 and 18 min: mean 10, deviation 8; wait (4 + 324) / 40 = 8.2 min, 3.2 more than 5."""
    assert coefficient_of_variation([120, 1080]) == pytest.approx(0.8)
    assert average_wait_s([120, 1080]) == pytest.approx(8.2 * 60)
    assert excess_wait_s([120, 1080], 600) == pytest.approx(3.2 * 60)


def test_even_service_that_lacks_a_vehicle_is_even_but_waits_longer() -> None:
    assert coefficient_of_variation([700] * 6) == 0
    assert excess_wait_s([700] * 6, 600) == pytest.approx(50)


def test_below_two_headways_there_is_nothing_to_tell() -> None:
    assert coefficient_of_variation([600]) is None
    assert excess_wait_s([600], 600) is None
    assert excess_wait_s([600, 600], None) is None
    assert average_wait_s([]) is None
    assert coefficient_of_variation([0, 0]) is None


@given(st.floats(1, 5000), st.integers(2, 20))
def test_even_spacing_has_cv_zero(headway: float, count: int) -> None:
    assert coefficient_of_variation([headway] * count) == pytest.approx(0, abs=1e-9)


@given(st.lists(st.floats(1, 5000), min_size=2, max_size=20))
def test_wait_is_half_the_mean_times_one_plus_cv_squared(headways: list[float]) -> None:
    cv, mean = coefficient_of_variation(headways), sum(headways) / len(headways)
    assert cv is not None
    assert average_wait_s(headways) == pytest.approx(mean / 2 * (1 + cv**2))
