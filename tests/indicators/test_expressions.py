"""Expressions: what is computed, and all that is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.indicators.expressions import ExpressionError, evaluate, names, parse

ROWS = {"x": np.array([[1.0, 2.0, 3.0]]), "y": np.array([[np.nan, 4.0]]), "none": np.array([[np.nan]])}


def value(text: str) -> float:
    return float(evaluate(parse(text), ROWS, 1)[0])


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x", 1), ("y", 4), ("sum(x)", 6), ("mean(x)", 2), ("max(x)", 3), ("min(x)", 1), ("count(y)", 1),
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("-x + 2.5", 1.5), ("abs(x - y)", 3), ("10 / y", 2.5),
        ("100 * sum(x) / (sum(x) + count(x))", pytest.approx(66.6667, abs=1e-3)),
    ],
)  # fmt: skip
def test_arithmetic(text: str, result: float) -> None:
    assert value(text) == result


@pytest.mark.parametrize(
    "text", ["x / 0", "x / (x - x)", "none", "sum(none)", "count(none)", "x + none", "0 / 0"]
)
def test_what_cannot_be_computed_has_no_value(text: str) -> None:
    assert np.isnan(value(text))


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "x.real", "x[0]", "x ** 2", "x // 2", "x % 2", "lambda: 1", "x if y else 1",
        "sum(x, y)", "sum(x + 1)", "sum(1)", "abs(x, y)", "abs()", "open(x)", "(x)(y)", "[x]", "{x}", "'a'",
        "True", "1j", "x < y", "x and y", "not x", "x := 1", "f'{x}'", "*x", "sum(x=1)", "", "   ", "1 +",
        "x; y", "1e300", "9" * 400, "x" * 600, "~x", "await x", "(yield)", "...", "None", "\0",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_deep_nesting_is_refused_or_computed_but_breaks_nothing() -> None:
    assert value("(" * 90 + "1" + ")" * 90) == 1


def test_names_are_those_of_inputs_not_of_functions() -> None:
    assert names(parse("sum(x) + abs(y) * max")) == {"x", "y", "max"}


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except ExpressionError:
        return
    rows = dict.fromkeys(names(tree), np.array([[1.0]]))
    assert evaluate(tree, rows, 1).shape == (1,)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6).filter(lambda n: abs(n) > 1e-6))
def test_division_and_multiplication_undo_each_other(one: float, other: float) -> None:
    rows = {"a": np.array([[one]]), "b": np.array([[other]])}
    assert evaluate(parse("a / b * b"), rows, 1)[0] == pytest.approx(one)
