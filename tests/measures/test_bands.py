"""Bands of a scale: edges, order, and what is not known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.bands import band_and_status, band_of
from data_sources.model.indicator import BandScale, Status
from tests.indicators.builders import scale

PM25 = scale({"normal": 15.0, "watch": 37.5, "warning": 75.0}, "critical")
FREEBOARD = scale({"critical": 0.5, "warning": 1.0, "watch": 1.5}, "normal", upto_included=False)


@pytest.mark.parametrize(
    ("value", "status"),
    [(0, "normal"), (15.0, "normal"), (15.1, "watch"), (37.5, "watch"), (37.6, "warning"), (75, "warning"),
     (75.1, "critical"), (999, "critical")],
)  # fmt: skip
def test_value_at_an_edge_that_is_included_lies_below_it(value: float, status: str) -> None:
    assert band_and_status(PM25, value)[1] == Status(status)


@pytest.mark.parametrize(
    ("value", "status"), [(0.49, "critical"), (0.5, "warning"), (1.0, "watch"), (1.5, "normal")]
)
def test_value_at_an_edge_that_is_not_included_lies_above_it(value: float, status: str) -> None:
    assert band_and_status(FREEBOARD, value)[1] == Status(status)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from([PM25, FREEBOARD]))
def test_greater_value_is_never_in_a_lower_band(one: float, other: float, by: BandScale) -> None:
    low, high = sorted((one, other))
    assert band_of(by, low) <= band_of(by, high)


def test_what_is_not_known_lies_in_no_band() -> None:
    with pytest.raises(ValueError, match="no value"):
        band_of(PM25, math.nan)
