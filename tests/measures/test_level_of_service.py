"""Level of service by share of free flow, and the speed index."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.level_of_service import level_of_service, speed_index
from data_sources.model.city import LosSpec

SPEC = LosSpec()


@pytest.mark.parametrize(
    ("speed_kmh", "level"),
    [(60, "A"), (42.5, "A"), (42.4, "B"), (33.5, "B"), (33, "C"), (25, "C"), (24, "D"), (20, "D"),
     (19, "E"), (15, "E"), (14.9, "F"), (0, "F")],
)  # fmt: skip
def test_levels_of_a_street_with_a_free_flow_of_50(speed_kmh: float, level: str) -> None:
    assert level_of_service(speed_kmh, 50, SPEC) == level


@pytest.mark.parametrize(
    ("speed_kmh", "free_flow_kmh"),
    [(None, 50), (50, None), (None, None), (50, 0), (-1, 50), (math.nan, 50), (50, math.inf)],
)
def test_no_link_without_data_has_a_level(speed_kmh: float | None, free_flow_kmh: float | None) -> None:
    assert level_of_service(speed_kmh, free_flow_kmh, SPEC) is None


def test_closed_link_has_no_level() -> None:
    assert level_of_service(50, 50, SPEC, closed=True) is None


@given(st.floats(0, 200), st.floats(0, 200), st.floats(1, 130))
def test_faster_is_never_a_worse_level(one: float, other: float, free_flow_kmh: float) -> None:
    slow, fast = (level_of_service(speed, free_flow_kmh, SPEC) for speed in sorted((one, other)))
    assert slow is not None
    assert fast is not None
    assert fast <= slow


def test_thresholds_are_the_packs() -> None:
    assert level_of_service(45, 50, LosSpec(a=0.95)) == "B"


def test_index_weighs_by_length() -> None:
    index = speed_index([(300, 50, 50), (100, 10, 50)])
    assert index.share == pytest.approx((300 * 1.0 + 100 * 0.2) / 400)  # 0.8
    assert (index.coverage, index.links) == (1.0, 2)


def test_index_leaves_out_what_nobody_saw_and_says_so() -> None:
    index = speed_index([(300, 25, 50), (700, None, 50)])
    assert (index.share, index.coverage, index.links) == (0.5, 0.3, 1)


def test_index_of_a_network_that_is_hardly_seen_is_none_and_not_zero() -> None:
    index = speed_index([(90, 25, 50), (910, None, 50)])
    assert (index.share, index.coverage) == (None, 0.09)
    assert speed_index([]).share is None
    assert speed_index([(1000, None, 50)]).share is None


def test_fast_link_does_not_make_up_for_a_jam_when_capped() -> None:
    assert speed_index([(100, 100, 50), (100, 5, 50)], cap=1.0).share == pytest.approx(0.55)
    assert speed_index([(100, 100, 50), (100, 5, 50)]).share == pytest.approx(1.05)
