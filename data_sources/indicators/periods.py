"""Formulas over time: running means, and figures of the local day, week, month or year so far. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_sources.indicators.frames import HOUR_US, NEVER, US, Times, Values, across
from data_sources.indicators.registry import DAY_S, YEAR_S, Job, Result, formula, nothing
from data_sources.measures.heat_index import heat_index_c

PERIOD_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}
DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class _Course:
    """Values across features at `times`, and the position of the feature each is of (-1: of none)."""

    times: Times
    values: Values
    place: NDArray[np.intp]
    features: Sequence[str]
    step_us: int
    newest: Times
    """Of the inputs, at the times asked about: an hour that runs is not observed to its end."""


def _period_window_s(params: Mapping[str, Any]) -> float:
    return (PERIOD_DAYS[params["period"]] + 1) * DAY_S


@formula(
    "rolling_mean",
    period_s=DAY_S,
    min_share=0.75,
    across="max",
    window_s=lambda params: 2 * float(params["period_s"]),
)
def rolling_mean(job: Job) -> Result:
    """Mean by feature of the hours of the last `period_s`, where at least `min_share` of them are there; then
    across features. PCD tells a 24-hour mean of at least 18 hours in the same way."""
    one = job.only
    table = one.table("mean", job.upto)
    if table.empty:
        return nothing(job.at.size)
    newest = one.newest(job.at)
    hours = max(round(job.params["period_s"] / max(3600.0, one.cadence_s or 0.0)), 1)
    times = table.index.to_numpy(dtype=np.int64)
    # A value of an hour stands at its end: those that ended after the beginning of the period are in it.
    first = np.searchsorted(times, newest - round(job.params["period_s"] * US), side="right")
    last = np.searchsorted(times, job.at, side="right")
    values = table.to_numpy(dtype=np.float64)
    known = ~np.isnan(values)
    sums = _running(np.where(known, values, 0.0))
    counts = _running(known.astype(np.float64))
    there = counts[last] - counts[np.minimum(first, last)]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sums[last] - sums[np.minimum(first, last)]) / there
    enough = there >= job.params["min_share"] * hours
    rows = np.where(enough, means, np.nan)
    samples = there.max(axis=1, initial=0).astype(np.int64)
    expected = np.full(job.at.size, hours, dtype=np.int64)
    names = np.array([*table.columns, ""], dtype=object)
    place = _place(rows, job.params["across"])
    return Result(
        across(rows, job.params["across"]), newest, np.minimum(samples, hours), expected, names[place]
    )


def _running(values: Values) -> Values:
    """Sums of the rows before each row, one row more than there are."""
    return np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])


def _place(rows: Values, how: str) -> NDArray[np.intp]:
    """Column of the greatest or least of each row; -1 where none is known or `how` speaks of no place."""
    none = np.full(rows.shape[0], -1, dtype=np.intp)
    if how not in {"max", "min"} or not rows.shape[1]:
        return none
    filled = np.where(np.isnan(rows), -np.inf if how == "max" else np.inf, rows)
    place = filled.argmax(axis=1) if how == "max" else filled.argmin(axis=1)
    return np.where(np.isnan(rows).all(axis=1), none, place)


def _register_period(how: str, default_across: str) -> None:
    @formula(f"{how}_over_period", period="day", across=default_across, window_s=_period_window_s)
    def over_period(job: Job) -> Result:
        """Across features at each time, then the mean, sum, greatest or least of the local period so far."""
        one = job.only
        table = one.table(how, job.upto)
        if table.empty:
            return nothing(job.at.size)
        rows = table.to_numpy(dtype=np.float64)
        course = _Course(
            times=table.index.to_numpy(dtype=np.int64),
            values=across(rows, job.params["across"]),
            place=_place(rows, job.params["across"]),
            features=list(table.columns),
            step_us=_step_us(one.cadence_s),
            newest=one.newest(job.at),
        )
        return _so_far(job, course, job.params["period"], how)


for _how, _across in (("mean", "mean"), ("sum", "sum"), ("max", "max"), ("min", "min")):
    _register_period(_how, _across)


@formula(
    "daily_max_heat_index", inputs=("air_temperature", "relative_humidity"), window_s=lambda _: 2 * DAY_S
)
def daily_max_heat_index(job: Job) -> Result:
    """The greatest heat index (°C) of the local day so far of any feature that tells both."""
    air_c, humidity = job.inputs["air_temperature"], job.inputs["relative_humidity"]
    air, damp = air_c.table("mean", job.upto), humidity.table("mean", job.upto)
    both = [one for one in air.columns if one in damp.columns]
    times = air.index.intersection(damp.index).sort_values()
    if not both or times.empty:
        return nothing(job.at.size)
    rows = heat_index_c(air.loc[times, both].to_numpy(), damp.loc[times, both].to_numpy())
    course = _Course(
        times=times.to_numpy(dtype=np.int64),
        values=across(rows, "max"),
        place=_place(rows, "max"),
        features=both,
        step_us=_step_us(max(air_c.cadence_s or 0.0, humidity.cadence_s or 0.0)),
        newest=np.minimum(air_c.newest(job.at), humidity.newest(job.at)),
    )
    return _so_far(job, course, "day", "max")


@formula("days_above_this_year", threshold=None, across="max", window_s=lambda _: YEAR_S + DAY_S)
def days_above_this_year(job: Job) -> Result:
    """Whole local days since 1 January whose value across features is greater than `threshold`. Before the
    first day of the year is over there is none to count."""
    table = job.only.table("mean", job.upto)
    if table.empty:
        return nothing(job.at.size)
    times = table.index.to_numpy(dtype=np.int64)
    made = across(table.to_numpy(dtype=np.float64), job.params["across"])
    years = _local_start(times, job.zone, "year")
    above = pd.Series(np.where(made > job.params["threshold"], 1.0, 0.0)).groupby(years).cumsum().to_numpy()
    known = pd.Series((~np.isnan(made)).astype(np.int64)).groupby(years).cumsum().to_numpy()
    last = np.searchsorted(times, job.at, side="right") - 1
    there = (last >= 0) & (_local_start(job.at, job.zone, "year") == years[last])
    begins = _local_start(job.at, job.zone, "year")
    whole_days = np.maximum((job.at - begins) // DAY_US, 0)
    return Result(
        np.where(there, above[last], np.nan),
        np.where(there, times[last], NEVER),
        np.where(there, known[last], 0),
        np.maximum(whole_days, 1),
    )


def _step_us(cadence_s: float | None) -> int:
    """Time between two values of a table."""
    return round(max(3600.0, cadence_s or 0.0) * US)


def _so_far(job: Job, course: _Course, period: str, how: str) -> Result:
    """Values made one from the beginning of their local period on, asked at the job's times."""
    times, made = course.times, course.values
    begins = _local_start(times, job.zone, period)
    by_period = pd.Series(made).groupby(begins)
    known = pd.Series((~np.isnan(made)).astype(np.int64)).groupby(begins).cumsum().to_numpy()
    running = {"max": by_period.cummax, "min": by_period.cummin}.get(how, by_period.cumsum)()
    value = running.groupby(begins).ffill().to_numpy()
    if how == "mean":
        value = value / np.maximum(known, 1)
    value = np.where(known > 0, value, np.nan)
    expected = np.maximum(-(-(times - begins) // course.step_us), 1)
    last = np.searchsorted(times, job.at, side="right") - 1
    there = last >= 0
    at_feature = None
    if how in {"max", "min"} and (course.place >= 0).any():
        # A running extreme is of the feature where it was set.
        sets = pd.Series(course.place).where(made == value).groupby(begins).ffill().fillna(-1)
        names = np.array([*course.features, ""], dtype=object)
        at_feature = np.where(there, names[sets.to_numpy(dtype=np.intp)][last], "")
    return Result(
        np.where(there, value[last], np.nan),
        np.where(there, np.minimum(times[last], course.newest), NEVER),
        np.where(there, np.minimum(known, expected)[last], 0),
        np.where(there, expected[last], 1),
        at_feature,
    )


def _local_start(times: Times, zone: ZoneInfo, period: str) -> Times:
    """Beginning (microseconds, UTC) of the local period that each time is in; an instant at its very end is
    still in it, as the value of the period's last hour stands there."""
    inside = pd.DatetimeIndex(pd.to_datetime(times - 1, unit="us", utc=True)).tz_convert(zone)
    day = inside.tz_localize(None).normalize()
    if period == "week":
        day -= pd.to_timedelta(day.day_of_week, unit="D")
    elif period == "month":
        day -= pd.to_timedelta(day.day - 1, unit="D")
    elif period == "year":
        day -= pd.to_timedelta(day.day_of_year - 1, unit="D")
    local = day.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return np.asarray(local.as_unit("us").asi8, dtype=np.int64)
