"""What a pack may say of a formula, and what is told of the rest."""

from typing import Any

import pytest

from data_sources.indicators import formulas, periods  # noqa: F401
from data_sources.indicators.registry import formula_names, problems
from tests.indicators.builders import indicator

TWO = {"a": {"property": "a"}, "b": {"property": "b"}}


def test_formulas_of_the_docs_are_there() -> None:
    assert set(formula_names()) >= {
        "latest", "max_over_features", "min_over_features", "mean_over_features", "sum_over_features",
        "count_over_features_above", "share_over_features", "days_above_this_year", "daily_max_heat_index",
        "lake_freeboard_min", "expression", "ratio", "rolling_mean", "sum_over_period",
    }  # fmt: skip


def test_indicator_that_is_set_up_well_has_no_problems() -> None:
    assert problems(indicator("latest", params={"max_age_s": 60})) == []
    assert problems(indicator("expression", TWO, params={"expression": "a / sum(b)"})) == []


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (("nonsense", None, {}), "unknown formula 'nonsense'; known: count_over_features_above"),
        (("latest", TWO, {}), "latest takes one input, not 2"),
        (("ratio", TWO, {}), "ratio takes the inputs numerator, denominator"),
        (("latest", None, {"treshold": 1}), "latest has no param 'treshold'"),
        (("count_over_features_above", None, {}), "needs the param 'threshold'"),
        (("count_over_features_above", None, {"threshold": "much"}), "param 'threshold' is a number"),
        (("sum_over_period", None, {"period": "decade"}), "param 'period' is one of day, week, month, year"),
        (("expression", TWO, {}), "expression needs the param 'expression'"),
        (("expression", TWO, {"expression": "a.b"}), "not allowed in an expression: 'a.b'"),
        (("expression", TWO, {"expression": "a + c"}), "uses 'c', which is no input"),
    ],
)
def test_problem_is_told_in_a_line(spec: tuple[str, Any, dict[str, Any]], told: str) -> None:
    compute, inputs, params = spec
    found = problems(indicator(compute, inputs, params=params))
    assert len(found) == 1
    assert told in found[0]
