"""Formulas on newest values, by cases small enough to work out in one's head."""

from datetime import timedelta

import numpy as np
import pytest

from data_sources.indicators.engine import compute
from data_sources.model.city import FeatureSpec
from tests.builders import NOON
from tests.indicators.builders import HOUR, NAME, at, city, column, given, indicator, row

MINUTE = timedelta(minutes=1)


def test_latest_is_the_newest_value_of_the_first_feature_that_has_one() -> None:
    one = row(indicator("latest"), given(column("b", [1, 2]), column("a", [3, 4]), expected=("a", "b")))
    assert (one["value"], one["samples"], one["expected"]) == (4, 1, 1)


def test_values_of_the_future_are_not_known_yet() -> None:
    one = row(indicator("latest"), given(column("a", {NOON - HOUR: 1, NOON + MINUTE: 9})))
    assert (one["value"], one["observed_at"]) == (1, NOON - HOUR)


def test_nothing_observed_has_no_value_and_no_time() -> None:
    for name in ("latest", "max_over_features", "mean_over_features", "rolling_mean", "sum_over_period"):
        one = row(indicator(name), given())
        assert np.isnan(one["value"]), name
        assert one["samples"] == 0


@pytest.mark.parametrize(
    ("name", "value", "feature"),
    [("max_over_features", 7, "b"), ("min_over_features", 2, "a"), ("mean_over_features", 4, ""),
     ("sum_over_features", 12, "")],
)  # fmt: skip
def test_across_features(name: str, value: float, feature: str) -> None:
    stations = given(column("a", [9, 2]), column("b", [1, 7]), column("c", [5, 3]))
    one = row(indicator(name), stations)
    assert (one["value"], one["at_feature"], one["completeness"]) == (value, feature, 1)


def test_station_that_lags_two_cadences_counts_and_later_does_not() -> None:
    lags = [column("a", {NOON: 1}), column("b", {NOON - 2 * HOUR: 5})]
    assert row(indicator("max_over_features"), given(*lags))["value"] == 5
    silent = [column("a", {NOON: 1}), column("b", {NOON - 2 * HOUR - MINUTE: 5})]
    one = row(indicator("max_over_features"), given(*silent))
    assert (one["value"], one["samples"], one["expected"], one["completeness"]) == (1, 1, 2, 0.5)


def test_when_all_fall_silent_the_last_figure_stands_as_old_as_it_is() -> None:
    stations = given(column("a", {NOON: 1, NOON - HOUR: 1}), column("b", {NOON - HOUR: 5}))
    spec = indicator("max_over_features")
    later = row(spec, stations, NOON + 4 * HOUR)
    assert (later["value"], later["observed_at"], later["samples"]) == (5, NOON, 2)
    assert np.isnan(row(spec, stations, NOON + 11 * HOUR)["value"])


def test_feed_that_is_preferred_goes_first_while_it_tells() -> None:
    stations = given(
        column("a", {NOON - 3 * HOUR: 1}, "first"), column("a", {NOON - 3 * HOUR: 2, NOON: 3}, "second")
    )
    frame = at(indicator("latest"), stations, NOON - 3 * HOUR, NOON)
    assert frame["value"].tolist() == [1, 3]


def test_count_above_is_of_values_truly_above() -> None:
    """A road sensor at 0.23 m has not passed 0.23 m."""
    roads = given(column("r1", [0.23]), column("r2", [0.24]), column("r3", [0.0]))
    spec = indicator("count_over_features_above", params={"threshold": 0.23, "expected": 9})
    one = row(spec, roads)
    assert (one["value"], one["samples"], one["expected"]) == (1, 3, 9)
    assert one["completeness"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(("params", "share"), [({"equals": 0}, 75), ({"at_least": 1}, 25), ({"above": 1}, 0)])
def test_share_is_of_the_features_heard_of(params: dict[str, float], share: float) -> None:
    lamps = given(*(column(f"l{n}", [value]) for n, value in enumerate((0, 0, 1, 0))))
    assert row(indicator("share_over_features", params=params), lamps)["value"] == share


def test_freeboard_is_bank_less_level_of_the_fullest_lake() -> None:
    """Lakes at 149.2 m of 150.0 m and 154.9 m of 155.6 m: 0.8 m and 0.7 m are left. A lake whose bank is
    not known says nothing."""
    features = [
        FeatureSpec(feature_id=one, kind="lake", names=NAME, max_level_m=bank)  # type: ignore[arg-type]
        for one, bank in (("l2", 150.0), ("l5", 155.6), ("l9", None))
    ]
    lakes = given(column("l2", [149.2]), column("l5", [154.9]), column("l9", [12.0]))
    spec = indicator("lake_freeboard_min", {"lake_level": {"property": "lake_level"}})
    one = row(spec, {"lake_level": lakes}, features=features)
    assert one["value"] == pytest.approx(0.7)
    assert (one["at_feature"], one["samples"], one["expected"]) == ("l5", 2, 3)


def test_ratio_of_sums() -> None:
    both = {"numerator": {"property": "closed"}, "denominator": {"property": "all"}}
    inputs = {
        "numerator": given(column("a", [3]), column("b", [5])),
        "denominator": given(column("a", [10]), column("b", [10])),
    }
    assert row(indicator("ratio", both), inputs)["value"] == 40
    none = inputs | {"denominator": given(column("a", [0]))}
    assert np.isnan(row(indicator("ratio", both), none)["value"])


def test_expression_is_as_old_as_its_oldest_input() -> None:
    spec = indicator(
        "expression",
        {"x": {"property": "x"}, "y": {"property": "y"}},
        params={"expression": "x / max(y)", "max_age_s": 86_400},
    )
    inputs = {"x": given(column("a", {NOON - HOUR: 6})), "y": given(column("a", [2]), column("b", [3]))}
    one = row(spec, inputs)
    assert (one["value"], one["observed_at"], one["samples"]) == (2, NOON - HOUR, 2)
    missing = row(spec, inputs | {"y": given()})
    assert np.isnan(missing["value"])


def test_many_times_at_once_give_what_one_by_one_gives() -> None:
    spec = indicator("max_over_features")
    stations = given(column("a", [3, 1, 4, 1, 5, 9, 2, 6]), column("b", {NOON - 6 * HOUR: 8, NOON - HOUR: 7}))
    times = [NOON - 8 * HOUR + n * 17 * MINUTE for n in range(40)]
    together = compute(spec, city((spec,)), {"value": stations}, at(spec, stations, *times).index)
    for when, (_, expected) in zip(times, together.iterrows(), strict=True):
        alone = row(spec, stations, when)
        assert np.array_equal([alone["value"]], [expected["value"]], equal_nan=True)
        assert alone["at_feature"] == expected["at_feature"]
        assert alone["samples"] == expected["samples"]
