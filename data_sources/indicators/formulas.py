"""Formulas on newest values: of one feature, across features, of several inputs. Pure.

A feature counts while its newest value is at most `max_age_s` older than the newest of its input: when a
whole feed falls silent its last figure stands, as old as it is, rather than crumble feature by feature.
"""

import numpy as np
from numpy.typing import NDArray

from data_sources.indicators import expressions
from data_sources.indicators.frames import NEVER, Input, Times, Values, across
from data_sources.indicators.registry import Job, Result, formula, nothing


@formula("latest", max_age_s=None, optional=("max_age_s",))
def latest(job: Job) -> Result:
    """The newest value that counts, of the first of the input's features that has one."""
    rows, newest = _rows(job, job.only)
    value = expressions.first_known(rows)
    one = np.ones(value.size, dtype=np.int64)
    return Result(value, newest, (~np.isnan(value)).astype(np.int64), one)


@formula("max_over_features", max_age_s=None, expected=None, optional=("max_age_s", "expected"))
def max_over_features(job: Job) -> Result:
    """The greatest of the newest values, and whose it is."""
    return _extreme(job, job.only, *_rows(job, job.only), greatest=True)


@formula("min_over_features", max_age_s=None, expected=None, optional=("max_age_s", "expected"))
def min_over_features(job: Job) -> Result:
    """The least of the newest values, and whose it is."""
    return _extreme(job, job.only, *_rows(job, job.only), greatest=False)


@formula("mean_over_features", max_age_s=None, expected=None, optional=("max_age_s", "expected"))
def mean_over_features(job: Job) -> Result:
    """Mean of the newest values."""
    return _across(job, "mean")


@formula("sum_over_features", max_age_s=None, expected=None, optional=("max_age_s", "expected"))
def sum_over_features(job: Job) -> Result:
    """Sum of the newest values."""
    return _across(job, "sum")


@formula(
    "count_over_features_above",
    threshold=None,
    max_age_s=None,
    expected=None,
    optional=("max_age_s", "expected"),
)
def count_over_features_above(job: Job) -> Result:
    """How many features' newest values are greater than `threshold`."""
    rows, newest = _rows(job, job.only)
    return _counted(job, rows, newest, rows > job.params["threshold"], share=False)


@formula(
    "share_over_features",
    equals=None,
    at_least=None,
    above=None,
    max_age_s=None,
    expected=None,
    optional=("equals", "at_least", "above", "max_age_s", "expected"),
)
def share_over_features(job: Job) -> Result:
    """Percent of the features heard of whose newest value equals, is at least, or is above a number. Without
    one of these params: is not 0."""
    rows, newest = _rows(job, job.only)
    params = job.params
    if params["equals"] is not None:
        so = rows == params["equals"]
    elif params["at_least"] is not None:
        so = rows >= params["at_least"]
    else:
        so = rows > params["above"] if params["above"] is not None else rows != 0
    return _counted(job, rows, newest, so, share=True)


@formula("lake_freeboard_min", inputs=("lake_level",), max_age_s=None, expected=None,
         optional=("max_age_s", "expected"))  # fmt: skip
def lake_freeboard_min(job: Job) -> Result:
    """The least freeboard in metres: level of the bank less that of the water, in the same datum. Lakes whose
    bank is not known are left out."""
    lakes = job.inputs["lake_level"]
    rows, newest = _rows(job, lakes)
    banks = np.array([job.max_level_m.get(one, np.nan) for one in lakes.features])
    return _extreme(job, lakes, banks - rows, newest, greatest=False)


@formula("ratio", inputs=("numerator", "denominator"), scale=100.0, max_age_s=None, optional=("max_age_s",))
def ratio(job: Job) -> Result:
    """Numerator over denominator, each summed over its features, times `scale`."""
    (above, above_at), (below, below_at) = (
        _rows(job, job.inputs[one]) for one in ("numerator", "denominator")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        value = job.params["scale"] * across(above, "sum") / across(below, "sum")
    parts = np.stack([~np.isnan(across(rows, "sum")) for rows in (above, below)])
    return _of_several(np.where(np.isfinite(value), value, np.nan), np.minimum(above_at, below_at), parts)


@formula("expression", any_inputs=True, expression=None, max_age_s=None, optional=("max_age_s",))
def expression(job: Job) -> Result:
    """Arithmetic on inputs (`expressions.py`). As old as the oldest input that it uses."""
    tree = expressions.parse(job.params["expression"])
    used = sorted(expressions.names(tree))
    if not used:
        return nothing(job.at.size)
    told = {name: _rows(job, job.inputs[name]) for name in used}
    value = expressions.evaluate(tree, {name: rows for name, (rows, _) in told.items()}, job.at.size)
    parts = np.stack([(~np.isnan(rows)).any(axis=1) for rows, _ in told.values()])
    return _of_several(value, np.min([newest for _, newest in told.values()], axis=0), parts)


def _rows(job: Job, one: Input) -> tuple[Values, Times]:
    """Values by time and feature as of the newest value of the input, and when that was."""
    newest = one.newest(job.at)
    rows = one.as_of(newest, job.params.get("max_age_s"))
    rows[newest == NEVER] = np.nan
    return rows, newest


def _expected(job: Job, one: Input) -> NDArray[np.int64]:
    told = job.params.get("expected")
    count = int(told) if told is not None else max(len(one.expected), len(one.features))
    return np.full(job.at.size, count, dtype=np.int64)


def _heard(rows: Values) -> NDArray[np.int64]:
    heard: NDArray[np.int64] = np.sum(~np.isnan(rows), axis=1, dtype=np.int64)
    return heard


def _across(job: Job, how: str) -> Result:
    rows, newest = _rows(job, job.only)
    return Result(across(rows, how), newest, _heard(rows), _expected(job, job.only))


def _counted(job: Job, rows: Values, newest: Times, so: NDArray[np.bool_], *, share: bool) -> Result:
    heard = _heard(rows)
    count = (so & ~np.isnan(rows)).sum(axis=1).astype(np.float64)
    made = 100.0 * count / np.maximum(heard, 1) if share else count
    return Result(np.where(heard > 0, made, np.nan), newest, heard, _expected(job, job.only))


def _extreme(job: Job, one: Input, rows: Values, newest: Times, *, greatest: bool) -> Result:
    heard = _heard(rows)
    names = np.array([*one.features, ""], dtype=object)
    if not rows.shape[1]:
        return nothing(job.at.size)
    bottom = -np.inf if greatest else np.inf
    filled = np.where(np.isnan(rows), bottom, rows)
    place = filled.argmax(axis=1) if greatest else filled.argmin(axis=1)
    value = np.where(heard > 0, filled[np.arange(place.size), place], np.nan)
    at_feature = names[np.where(heard > 0, place, len(names) - 1)]
    return Result(value, newest, heard, _expected(job, one), at_feature)


def _of_several(value: Values, observed: Times, parts: NDArray[np.bool_]) -> Result:
    known = parts.sum(axis=0).astype(np.int64)
    return Result(value, observed, known, np.full(value.size, parts.shape[0], dtype=np.int64))
