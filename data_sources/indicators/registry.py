"""The registry of formulas: what may stand in `compute` of a pack's indicator, with its inputs and params."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data_sources.indicators.expressions import ExpressionError, names, parse
from data_sources.indicators.frames import HOW, NEVER, Input, Times, Values
from data_sources.model.indicator import IndicatorSpec

Param = float | str | bool
DAY_S = 86_400.0
YEAR_S = 366 * DAY_S


@dataclass(frozen=True, slots=True)
class Job:
    """What a formula is given: inputs by name, times asked about (microseconds, rising), params with their
    defaults filled in, the city's zone, and the bank levels of lakes by feature."""

    inputs: Mapping[str, Input]
    at: Times
    params: Mapping[str, Any]
    zone: ZoneInfo
    max_level_m: Mapping[str, float] = field(default_factory=dict)

    @property
    def only(self) -> Input:
        """The input of a formula of one input."""
        return next(iter(self.inputs.values()))

    @property
    def upto(self) -> int:
        """The last time asked about."""
        return int(self.at[-1])


@dataclass(frozen=True, slots=True)
class Result:
    """What a formula gives, by time: the value (NaN: none), when what it rests on was observed (`NEVER`:
    nothing was), how many inputs were there of how many, and at which feature it was taken ("" none)."""

    value: Values
    observed: Times
    samples: NDArray[np.int64]
    expected: NDArray[np.int64]
    at_feature: NDArray[np.object_] | None = None

    @property
    def completeness(self) -> Values:
        """Share of the inputs that were there, 0 to 1; 1 where nothing was expected."""
        whole = np.maximum(self.expected, 1)
        return np.where(self.expected > 0, np.minimum(self.samples / whole, 1.0), 1.0)


@dataclass(frozen=True, slots=True)
class Formula:
    """A registered formula. `params` are its params with defaults, None: must be given. `window_s`: how far
    back its inputs are read, None: as far as one value may be old."""

    name: str
    compute: Callable[[Job], Result]
    inputs: tuple[str, ...]
    any_inputs: bool
    params: Mapping[str, Param | None]
    optional: frozenset[str]
    window_s: Callable[[Mapping[str, Any]], float] | None

    def settings(self, spec: IndicatorSpec) -> dict[str, Any]:
        """The spec's params with the formula's defaults."""
        return {name: spec.params.get(name, default) for name, default in self.params.items()}


_FORMULAS: dict[str, Formula] = {}
_ONE = "(one)"


def formula(
    name: str,
    *,
    inputs: tuple[str, ...] = (_ONE,),
    any_inputs: bool = False,
    optional: tuple[str, ...] = (),
    window_s: Callable[[Mapping[str, Any]], float] | None = None,
    **params: Param | None,
) -> Callable[[Callable[[Job], Result]], Callable[[Job], Result]]:
    """Register a formula under a name. `inputs` are the names that it needs (default: one, of any name; with
    `any_inputs` any number), `optional` params that may be missing."""

    def register(compute: Callable[[Job], Result]) -> Callable[[Job], Result]:
        _FORMULAS[name] = Formula(name, compute, inputs, any_inputs, params, frozenset(optional), window_s)
        return compute

    return register


def formula_named(name: str) -> Formula:
    """The formula of that name; KeyError when there is none."""
    return _FORMULAS[name]


def formula_names() -> tuple[str, ...]:
    """Every registered formula."""
    return tuple(sorted(_FORMULAS))


def problems(spec: IndicatorSpec) -> list[str]:
    """What is wrong with the spec's `compute`, `inputs` and `params`, a line each; [] when nothing is."""
    known = _FORMULAS.get(spec.compute)
    if known is None:
        return [f"unknown formula {spec.compute!r}; known: {', '.join(formula_names())}"]
    return [*_input_problems(known, spec), *_param_problems(known, spec), *_expression_problems(known, spec)]


def _input_problems(known: Formula, spec: IndicatorSpec) -> list[str]:
    given = set(spec.inputs)
    if known.any_inputs:
        return [] if given else [f"{known.name} needs at least one input"]
    if known.inputs == (_ONE,):
        return [] if len(given) == 1 else [f"{known.name} takes one input, not {len(given)}"]
    wanted = set(known.inputs)
    return [] if given == wanted else [f"{known.name} takes the inputs {', '.join(known.inputs)}"]


def _param_problems(known: Formula, spec: IndicatorSpec) -> list[str]:
    found = [f"{known.name} has no param {name!r}" for name in spec.params if name not in known.params]
    found += [
        f"{known.name} needs the param {name!r}"
        for name, default in known.params.items()
        if default is None and name not in known.optional and name not in spec.params
    ]
    for name, allowed in _CHOICES.items():
        if name in known.params and name in spec.params and spec.params[name] not in allowed:
            found.append(f"param {name!r} is one of {', '.join(allowed)}")
    for name in _NUMBERS:
        given = spec.params.get(name)
        if name in known.params and given is not None and (isinstance(given, (str, bool))):
            found.append(f"param {name!r} is a number")
    return found


def _expression_problems(known: Formula, spec: IndicatorSpec) -> list[str]:
    text = spec.params.get("expression")
    if "expression" not in known.params or text is None:
        return []
    try:
        used = names(parse(str(text)))
    except ExpressionError as error:
        return [f"param 'expression': {error}"]
    return [
        f"param 'expression' uses {name!r}, which is no input" for name in sorted(used - set(spec.inputs))
    ]


_CHOICES = {"across": HOW, "period": ("day", "week", "month", "year")}
_NUMBERS = (
    "threshold",
    "equals",
    "at_least",
    "above",
    "max_age_s",
    "expected",
    "period_s",
    "min_share",
    "scale",
)


def nothing(length: int) -> Result:
    """No value at any time."""
    none = np.zeros(length, dtype=np.int64)
    return Result(np.full(length, np.nan), np.full(length, NEVER, dtype=np.int64), none, none.copy())
