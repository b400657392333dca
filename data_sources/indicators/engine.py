"""The engine: runs an indicator's formula, and judges what it gives.

`compute` serves one time and two years of hours alike; `evaluate` makes of the last of them the value that
screens show, with status, trend and what it rests on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pandas as pd

from data_sources.indicators import formulas, periods  # noqa: F401  (they register themselves)
from data_sources.indicators.frames import (
    NEVER,
    Input,
    feed_ids,
    from_us,
    times_us,
    worst_class,
)
from data_sources.indicators.inputs import held_for
from data_sources.indicators.past import Past, tolerance_of
from data_sources.indicators.registry import Job, formula_named
from data_sources.indicators.trend import earlier, trend
from data_sources.measures.limits import judge
from data_sources.model.city import City
from data_sources.model.indicator import IndicatorSpec, IndicatorValue, Status, Trend
from data_sources.model.observation import ValueClass
from data_sources.views.indicators import NO_INPUT, fresh_limits_s, nothing_told

INSUFFICIENT = "insufficient"
FORMULA_FAILED = "formula_failed"


def compute(
    spec: IndicatorSpec, city: City, inputs: Mapping[str, Input], times: pd.DatetimeIndex
) -> pd.DataFrame:
    """The formula at each of `times` (aware, rising): columns `value`, `observed_at` (of what it rests on),
    `completeness`, `samples`, `expected` and `at_feature`. No value: NaN, NaT and "".

    Raises whatever a formula raises on what it was not made for; KeyError for an unknown one.
    """
    known = formula_named(spec.compute)
    at = times_us(times)
    banks = {one.feature_id: one.max_level_m for one in city.features if one.max_level_m is not None}
    result = known.compute(Job(inputs, at, known.settings(spec), city.zone, banks))
    held_us = held_for(spec) // timedelta(microseconds=1)
    gone = (result.observed == NEVER) | (at - np.maximum(result.observed, at - 2 * held_us) > held_us)
    observed = pd.to_datetime(np.where(gone, 0, result.observed), unit="us", utc=True)
    nowhere = np.full(at.size, "", dtype=object)
    return pd.DataFrame(
        {
            "value": np.where(gone, np.nan, result.value),
            "observed_at": observed.where(~gone),
            "completeness": result.completeness,
            "samples": np.where(gone, 0, result.samples),
            "expected": result.expected,
            "at_feature": np.where(
                gone, nowhere, nowhere if result.at_feature is None else result.at_feature
            ),
        },
        index=times,
    )


def evaluate(
    spec: IndicatorSpec,
    city: City,
    frame: pd.DataFrame,
    now: datetime,
    *,
    inputs: Mapping[str, Input],
    past: Mapping[tuple[str, bool], Past],
    received_at: datetime | None = None,
) -> IndicatorValue:
    """The indicator at `now`: `frame` is what `compute` gave, of which the last row counts, `past` is that of
    `read_past`, `received_at` when the newest of what it rests on came."""
    row = frame.iloc[-1]
    value_class = worst_class(inputs.values(), ValueClass(spec.value_class))
    synthetic = value_class is ValueClass.SYNTHETIC
    mine = past.get((spec.key, synthetic), Past())
    told = msgspec.structs.replace(
        nothing_told(spec, now, NO_INPUT),
        value_class=value_class,
        feed_ids=feed_ids(inputs.values()),
        synthetic=synthetic,
        line=mine.line.values,
        line_start=mine.line.start,
        samples=int(row["samples"]),
        expected=int(row["expected"]),
        completeness=float(row["completeness"]) if row["samples"] else 0.0,
    )
    if pd.isna(row["observed_at"]) or row["samples"] == 0:
        return told
    observed_at = from_us(times_us(pd.DatetimeIndex([row["observed_at"]]))[0])
    told = msgspec.structs.replace(told, observed_at=observed_at)
    if row["completeness"] < spec.min_completeness:
        return msgspec.structs.replace(told, status=Status.INSUFFICIENT, reason=INSUFFICIENT)
    if pd.isna(row["value"]):
        return told
    value = float(row["value"])
    status, band = judge(spec, city.scales, value)
    if is_stale(spec, observed_at, now) and status is not None:
        status = Status.UNKNOWN
    return msgspec.structs.replace(
        told,
        value=value,
        reason=None,
        received_at=received_at,
        status=status,
        band=band,
        at_feature=row["at_feature"] or None,
        trend=_trend(spec, city, mine, value, observed_at),
        week_ago=_ago(spec, city, mine, observed_at, "week"),
        year_ago=_ago(spec, city, mine, observed_at, "year"),
    )


def is_stale(spec: IndicatorSpec, observed_at: datetime, now: datetime) -> bool:
    """Whether a value is too old to be judged."""
    return now - observed_at > timedelta(seconds=fresh_limits_s(spec)[1])


def _trend(spec: IndicatorSpec, city: City, past: Past, value: float, observed_at: datetime) -> Trend | None:
    then = past.value_at(earlier(observed_at, spec.trend_over, city.zone), tolerance_of(spec))
    return None if then is None else trend(spec, value, *then)


def _ago(spec: IndicatorSpec, city: City, past: Past, observed_at: datetime, over: str) -> float | None:
    then = past.value_at(earlier(observed_at, over, city.zone), tolerance_of(spec))
    return None if then is None else then[0]
