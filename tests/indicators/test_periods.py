"""Formulas over time, by hand-computed cases. Noon of the tests is a Monday noon in Bangkok."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.builders import NOON
from tests.indicators.builders import DAY, HOUR, at, column, given, indicator, row

MIDNIGHT = NOON - 12 * HOUR
"""The beginning of the local day."""


def hours(first: int, last: int, value: float) -> dict[datetime, float]:
    """The same value at every hour from `first` to `last`, counted from noon."""
    return {NOON + n * HOUR: value for n in range(first, last + 1)}


def test_rolling_mean_is_of_the_last_24_hours() -> None:
    """12 hours at 10 and 12 at 40; what is older than a day does not count: 25."""
    values = hours(-40, -24, 1000) | hours(-23, -12, 10) | hours(-11, 0, 40)
    one = row(indicator("rolling_mean"), given(column("s", values)))
    assert (one["value"], one["samples"], one["expected"], one["at_feature"]) == (25, 24, 24, "s")


@pytest.mark.parametrize(("there", "value"), [(18, 7), (17, np.nan)])
def test_rolling_mean_needs_three_quarters_of_its_hours(there: int, value: float) -> None:
    one = row(indicator("rolling_mean"), given(column("s", hours(1 - there, 0, 7))))
    assert np.array_equal([one["value"]], [value], equal_nan=True)


def test_rolling_mean_counts_an_hour_of_many_values_once() -> None:
    """Four values of one hour mean 40, every other hour has one of 10: (23 * 10 + 40) / 24 = 11.25."""
    values = hours(-23, -1, 10)
    values |= {NOON - timedelta(minutes=minutes): 40 for minutes in (0, 15, 30, 45)}
    one = row(indicator("rolling_mean"), given(column("s", values, cadence_s=900)))
    assert one["value"] == 11.25


def test_day_so_far_begins_at_local_midnight() -> None:
    """The value of 00:00 is of the day that is over; 1 to 12 o'clock are today's."""
    values = {MIDNIGHT + n * HOUR: float(n) for n in range(-30, 13)}
    stations = given(column("s", values))
    told = {
        how: row(indicator(f"{how}_over_period"), stations)["value"] for how in ("sum", "mean", "max", "min")
    }
    assert told == {"sum": 78, "mean": 6.5, "max": 12, "min": 1}
    one = row(indicator("max_over_period"), stations)
    assert (one["samples"], one["expected"], one["at_feature"]) == (12, 12, "s")


@pytest.mark.parametrize(("period", "days"), [("week", 1), ("month", 23), ("year", 327)])
def test_week_begins_on_monday_and_month_and_year_on_their_first(period: str, days: int) -> None:
    """Monday, 23 November 2026: day 1 of the week, 23 of the month, 327 of the year; one value a day."""
    ends = {MIDNIGHT + DAY - n * DAY: 1.0 for n in range(400)}
    spec = indicator("sum_over_period", params={"period": period}, cadence_s=86_400)
    one = row(spec, given(column("s", ends, cadence_s=86_400)), MIDNIGHT + DAY)
    assert (one["value"], one["samples"], one["expected"]) == (days, days, days)


def test_greatest_of_the_day_is_of_the_feature_where_it_was_set() -> None:
    values = {"a": {NOON - 2 * HOUR: 30, NOON: 20}, "b": {NOON - 2 * HOUR: 10, NOON: 25}}
    one = row(
        indicator("max_over_period", params={"across": "max"}),
        given(*(column(f, v) for f, v in values.items())),
    )
    assert (one["value"], one["at_feature"]) == (30, "a")


def test_days_above_are_whole_days_of_this_year() -> None:
    """Daily means of 38 to 5 January, of 37.5 after it: 5 days above 37.5, and none of December."""
    year = datetime(2025, 12, 31, 17, tzinfo=UTC)  # the beginning of 2026 in Bangkok
    values = {year + n * DAY: 38.0 if n <= 5 else 37.5 for n in range(-9, 40)}
    days = given(column("s", values, cadence_s=86_400))
    spec = indicator("days_above_this_year", params={"threshold": 37.5}, cadence_s=86_400)
    frame = at(spec, days, year + HOUR, year + DAY, year + 5 * DAY, year + 39 * DAY + HOUR)
    assert np.array_equal(frame["value"], [np.nan, 1, 5, 5], equal_nan=True)
    assert frame["completeness"].tolist()[1:] == [1, 1, 1]
    assert frame["samples"].tolist()[-1] == 39


def test_days_that_were_not_measured_lower_the_completeness() -> None:
    year = datetime(2025, 12, 31, 17, tzinfo=UTC)
    values = {year + n * DAY: 50.0 for n in range(31, 41)}
    spec = indicator("days_above_this_year", params={"threshold": 37.5}, cadence_s=86_400)
    one = row(spec, given(column("s", values, cadence_s=86_400)), year + 40 * DAY)
    assert (one["value"], one["completeness"]) == (10, 0.25)


BOTH = {
    "air_temperature": {"property": "air_temperature"},
    "relative_humidity": {"property": "relative_humidity"},
}


def test_heat_index_of_the_day_is_that_of_its_worst_hour() -> None:
    """NWS chart: 96 °F (35.56 °C) at 65 % feels like 121 °F (49.4 °C); 80 °F at 40 % like 80 °F (26.6 °C)."""
    air = column("t", {NOON - 3 * HOUR: 35.556, NOON: 26.667}, cadence_s=10_800)
    damp = column("t", {NOON - 3 * HOUR: 65.0, NOON: 40.0}, cadence_s=10_800)
    spec = indicator("daily_max_heat_index", BOTH, cadence_s=10_800)
    frame = at(spec, {"air_temperature": given(air), "relative_humidity": given(damp)}, NOON, MIDNIGHT + DAY)
    assert frame["value"].iloc[0] == pytest.approx(49.46, abs=0.05)
    assert frame["at_feature"].iloc[0] == "t"
    assert (frame["samples"].iloc[0], frame["expected"].iloc[0]) == (2, 4)


def test_yesterdays_heat_is_not_todays() -> None:
    air = column("t", {MIDNIGHT: 40.0, NOON: 30.0}, cadence_s=10_800)
    damp = column("t", {MIDNIGHT: 60.0, NOON: 50.0}, cadence_s=10_800)
    spec = indicator("daily_max_heat_index", BOTH, cadence_s=10_800)
    one = row(spec, {"air_temperature": given(air), "relative_humidity": given(damp)})
    assert one["value"] < 33


def test_temperature_without_humidity_has_no_heat_index() -> None:
    air, damp = column("a", {NOON: 40.0}), column("b", {NOON: 60.0})
    spec = indicator("daily_max_heat_index", BOTH)
    one = row(spec, {"air_temperature": given(air), "relative_humidity": given(damp)})
    assert np.isnan(one["value"])


def test_running_hour_is_as_old_as_its_last_value() -> None:
    values = {NOON - timedelta(minutes=n): 1.0 for n in range(5, 200)}
    one = row(indicator("mean_over_period", cadence_s=60), given(column("s", values, cadence_s=60)))
    assert (one["value"], one["observed_at"]) == (1, NOON - timedelta(minutes=5))
