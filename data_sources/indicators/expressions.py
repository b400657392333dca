"""Safe aggregate expressions: a whitelist of arithmetic, read as a tree and never run as code.

Numbers, `+ - * /`, parentheses, names of inputs, `abs(a)`, and `sum mean max min count` of the features of
one input. A bare name is the newest value of the input's first feature that has one.
"""

import ast
from collections.abc import Callable, Mapping

import numpy as np

from data_sources.indicators.frames import Values, across

MAX_LENGTH = 500
LARGEST = 1e15
"""Greatest number of an expression; beyond it floating point no longer counts by ones."""
AGGREGATES = ("sum", "mean", "max", "min", "count")
_OPERATORS: dict[type[ast.operator], Callable[[Values, Values], Values]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}


class ExpressionError(ValueError):
    """The text is no expression of the whitelist; the message says what is wrong."""


def parse(text: str) -> ast.expr:
    """The tree of an expression; ExpressionError when it holds anything that is not allowed."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression is at most {MAX_LENGTH} characters long")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"not an expression: {text!r}") from None
    _check(tree)
    return tree


def names(tree: ast.expr) -> set[str]:
    """Names of the inputs that the expression uses."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


def evaluate(tree: ast.expr, rows: Mapping[str, Values], length: int) -> Values:
    """Value of the expression for each of `length` times; NaN where an input has none or a division is by
    zero. `rows` are values by time and feature of each input."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        made = _value(tree, rows, length)
    return np.where(np.isfinite(made), made, np.nan)


def _check(node: ast.expr) -> None:
    match node:
        case ast.Constant(value=bool()):
            raise ExpressionError("only numbers, not True and False")
        case ast.Constant(value=int() | float() as number):
            if abs(number) > LARGEST:
                raise ExpressionError("a number is too large")
        case ast.Name():
            return
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            _check(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            _check(left)
            _check(right)
        case ast.Call(func=ast.Name(id="abs"), args=[one], keywords=[]):
            _check(one)
        case ast.Call(func=ast.Name(id=name), args=[ast.Name()], keywords=[]) if name in AGGREGATES:
            return
        case _:
            raise ExpressionError(f"not allowed in an expression: {ast.unparse(node)!r}")


def _value(node: ast.expr, rows: Mapping[str, Values], length: int) -> Values:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.full(length, float(number))
        case ast.Name(id=name):
            return first_known(rows[name])
        case ast.UnaryOp(operand=operand):
            return -_value(operand, rows, length)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, rows, length), _value(right, rows, length))
        case ast.Call(func=ast.Name(id="count"), args=[ast.Name(id=name)]):
            known = (~np.isnan(rows[name])).sum(axis=1).astype(np.float64)
            return np.where(known > 0, known, np.nan)
        case ast.Call(func=ast.Name(id="abs"), args=[one]):
            return np.abs(_value(one, rows, length))
        case ast.Call(func=ast.Name(id=how), args=[ast.Name(id=name)]):
            return across(rows[name], how)
        case _:  # `parse` lets nothing else through
            raise ExpressionError(f"not allowed in an expression: {ast.unparse(node)!r}")


def first_known(rows: Values) -> Values:
    """The value of the first feature that has one, by time; NaN where none has."""
    if not rows.shape[1]:
        return np.full(rows.shape[0], np.nan)
    first = np.argmax(~np.isnan(rows), axis=1)
    taken: Values = rows[np.arange(rows.shape[0]), first]
    return taken
