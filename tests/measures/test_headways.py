"""Headways in space and at stops; bunching and gaps; the wrap of a loop."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.headways import kept_share, kind_of, loop_headways, observed_headways, spacings
from data_sources.model.city import OperationsSpec
from tests.transit import passage

SPEC = OperationsSpec()
ROUND_S = 4200.0
PLACES = st.lists(st.floats(0, 4199, allow_nan=False), min_size=2, max_size=12)


def named(places: list[float]) -> dict[str, float]:
    return {f"v{number:02d}": place for number, place in enumerate(places)}


def test_headways_of_a_loop_by_hand() -> None:
    """Vehicles at 100, 700 and 4000 s of a round of 4200 s: the first follows the last over the wrap."""
    assert loop_headways({"a": 100, "b": 700, "c": 4000}, ROUND_S) == [
        ("a", "c", 300),
        ("b", "a", 600),
        ("c", "b", 3300),
    ]


def test_bunched_pair_across_the_wrap_is_seen() -> None:
    found = spacings("R", {"a": 30, "b": 2100, "c": 4150}, ROUND_S, 600, SPEC)
    kinds = {(one.leader_id, one.follower_id): one.kind for one in found}
    assert kinds == {("a", "c"): "bunched", ("b", "a"): "gap", ("c", "b"): "gap"}


@pytest.mark.parametrize(
    ("headway_s", "kind"), [(150, "bunched"), (150.1, None), (600, None), (899.9, None), (900, "gap")]
)
def test_a_quarter_is_bunched_and_one_and_a_half_is_a_gap(headway_s: float, kind: str | None) -> None:
    assert kind_of(headway_s, 600, SPEC) == kind


def test_without_a_promise_nothing_is_bunched() -> None:
    assert kind_of(1, None, SPEC) is None


def test_one_vehicle_has_no_spacing() -> None:
    assert spacings("R", {"a": 5}, ROUND_S, 600, SPEC) == ()


def test_vehicles_at_one_place_are_a_round_apart_and_not_at_all() -> None:
    assert [headway for _, _, headway in loop_headways({"a": 5, "b": 5}, ROUND_S)] == [ROUND_S, 0]


@given(PLACES)
def test_headways_around_a_loop_add_up_to_its_round(places: list[float]) -> None:
    found = loop_headways(named(places), ROUND_S)
    assert math.fsum(headway for _, _, headway in found) == pytest.approx(ROUND_S)
    assert all(headway >= 0 for _, _, headway in found)


@given(st.lists(st.integers(0, 4199), min_size=2, max_size=12, unique=True), st.integers(0, 9000))
def test_moving_all_vehicles_along_changes_no_headway(places: list[int], shift: int) -> None:
    before = loop_headways(named([float(one) for one in places]), ROUND_S)
    after = loop_headways(named([float(one + shift) for one in places]), ROUND_S)
    assert sorted(before) == sorted(after)


def test_headway_at_a_stop_is_between_departures() -> None:
    (headway,) = observed_headways([passage(2, 0, "a", dwell_s=20), passage(2, 610, "b", dwell_s=50)])
    assert headway.headway_s == 640
    assert (headway.leader_id, headway.follower_id) == ("a", "b")
    assert headway.uncertainty_s == 2


def test_a_loop_that_passes_a_stop_twice_has_headways_by_call() -> None:
    assert observed_headways([passage(2, 0), passage(5, 100)]) == []


def test_share_of_headways_kept() -> None:
    assert kept_share([(100, 600), (600, 600), (700, 600), (1000, 600)], SPEC) == 0.5
    assert kept_share([], SPEC) is None
