"""Reading inputs from history: what is asked, in which order of preference, and how it is remembered."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from data_sources.indicators.frames import Input, from_us
from data_sources.indicators.inputs import InputReader, held_for
from data_sources.model.indicator import IndicatorSpec
from data_sources.model.observation import Rollup, Series
from data_sources.stores.memory import MemoryHistory
from data_sources.stores.rollup_columns import columns_of
from tests.builders import NOON
from tests.indicators.builders import DAY, HOUR, ZONE, indicator, observation


class Counted(MemoryHistory):
    """The real memory store, counting questions for values."""

    asked = 0

    def observation_values(self, *question: Any) -> Any:
        self.asked += 1
        return super().observation_values(*question)


def reader(history: MemoryHistory, now: datetime = NOON) -> InputReader:
    one = InputReader(history, ZONE)
    one.begin(now)
    return one


def read(history: MemoryHistory, spec: IndicatorSpec, now: datetime = NOON) -> Input:
    return reader(history, now).read(spec, now)["value"]


def told(one: Input) -> Mapping[str, dict[datetime, float]]:
    return {
        column.feature_id: dict(zip(map(from_us, column.times.tolist()), column.values.tolist(), strict=True))
        for column in one.columns
    }


def test_raw_values_as_far_back_as_they_count() -> None:
    history = MemoryHistory()
    history.record_observations([observation(n, NOON - n * HOUR) for n in (0, 1, 30)])
    assert told(read(history, indicator())) == {"s1": {NOON: 0, NOON - HOUR: 1}}


def test_only_the_feeds_and_features_that_are_named() -> None:
    history = MemoryHistory()
    history.record_observations(
        [
            observation(1, NOON, feed_id="b"),
            observation(2, NOON, feed_id="a", feature_id="s2"),
            observation(3, NOON, feed_id="c"),
            observation(4, NOON, feed_id="a"),
            observation(5, NOON, feed_id="a", feature_id="s3"),
        ]
    )
    spec = indicator(
        inputs={"value": {"property": "pm25", "feeds": ["b", "a"], "features": ["s1", "s2", "s7"]}}
    )
    one = read(history, spec)
    assert [(c.feed_id, c.feature_id) for c in one.columns] == [("b", "s1"), ("a", "s1"), ("a", "s2")]
    assert one.expected == ("s1", "s2", "s7")


def test_real_series_goes_in_place_of_a_simulated_one_of_the_same_feature() -> None:
    history = MemoryHistory()
    history.record_observations(
        [
            observation(1, NOON, feed_id="first", synthetic=True),
            observation(2, NOON - HOUR, feed_id="second"),
            observation(3, NOON, feed_id="first", feature_id="s2", synthetic=True),
        ]
    )
    spec = indicator(inputs={"value": {"property": "pm25", "feeds": ["first", "second"]}})
    one = read(history, spec)
    assert [(c.feed_id, c.feature_id, c.synthetic) for c in one.columns] == [
        ("first", "s2", True),
        ("second", "s1", False),
    ]


@pytest.mark.parametrize(("cadence_s", "held"), [(3600, 10 * HOUR), (31 * 86_400, 3 * 366 * DAY)])
def test_last_figure_of_a_statistic_stays_in_view_for_years(cadence_s: float, held: timedelta) -> None:
    assert held_for(indicator(cadence_s=cadence_s)) == held


def test_feature_that_fell_silent_long_ago_is_no_longer_expected() -> None:
    history = MemoryHistory()
    history.record_observations([observation(1, NOON), observation(1, NOON - 8 * DAY, feature_id="gone")])
    assert read(history, indicator()).expected == ("s1",)


def hour(start: datetime, value: float) -> Rollup:
    return Rollup(start=start, count=1, expected=1, minimum=value, mean=value, maximum=value, last=value)


def series(**fields: Any) -> Series:
    return Series(
        series_id=0,
        feed_id="air",
        feature_id="s1",
        property_id="pm25",
        unit="µg/m³",
        cadence_s=3600,
        period_s=3600,
        **fields,
    )


def test_loaded_hours_stand_in_where_there_are_no_raw_values() -> None:
    """An hour stands at its end; one that has a raw value does not stand twice, one that runs not at all."""
    history = MemoryHistory()
    history.load_hours([(series(), columns_of([hour(NOON - n * HOUR, 50 + n) for n in (0, 1, 2, 3)]))], ZONE)
    history.record_observations([observation(7, NOON, period_s=3600)])
    values = told(read(history, indicator()))["s1"]
    assert values == {NOON: 7, NOON - HOUR: 52, NOON - 2 * HOUR: 53}


def test_raw_value_on_the_hour_goes_before_the_hour_that_ends_there() -> None:
    """An instant at 12:00 counts for the hour that begins then; a loaded hour ends at the same time."""
    history = MemoryHistory()
    history.load_hours([(series(), columns_of([hour(NOON - HOUR, 50)]))], ZONE)
    history.record_observations([observation(7, NOON)])
    assert told(read(history, indicator()))["s1"] == {NOON: 7}


def test_days_are_whole_local_days_that_are_complete_enough() -> None:
    """Yesterday has all of its hours, the day before 6 of 24; today runs."""
    history = MemoryHistory()
    midnight = NOON - 12 * HOUR
    hours = [hour(midnight + n * HOUR, 10.0) for n in (*range(-30, 0), *range(12))]
    history.load_hours([(series(), columns_of(hours))], ZONE)
    spec = indicator(
        "days_above_this_year",
        {"value": {"property": "pm25", "grain": "day"}},
        params={"threshold": 1},
        cadence_s=86_400,
    )
    assert told(read(history, spec)) == {"s1": {midnight: 10}}


def test_statistic_is_the_one_asked_for() -> None:
    history = MemoryHistory()
    midnight = NOON - 12 * HOUR
    hours = [hour(midnight - n * HOUR, float(n)) for n in range(1, 25)]
    history.load_hours([(series(), columns_of(hours))], ZONE)
    found = {}
    for statistic in ("mean", "min", "max", "last", "sum"):
        inputs = {"value": {"property": "pm25", "grain": "day", "statistic": statistic}}
        found[statistic] = told(read(history, indicator(inputs=inputs, cadence_s=86_400)))["s1"][midnight]
    assert found == {"mean": 12.5, "min": 1, "max": 24, "last": 1, "sum": 300}


def test_what_was_read_is_kept_until_its_series_tell_something_new() -> None:
    history, spec = Counted(), indicator()
    history.record_observations([observation(1, NOON)])
    one = reader(history)
    for seconds in (0, 10, 20):
        one.begin(NOON + timedelta(seconds=seconds))
        one.read(spec, NOON + timedelta(seconds=seconds))
    assert history.asked == 1
    later = NOON + timedelta(seconds=30)
    history.record_observations([observation(2, later)])
    one.begin(later)
    assert told(one.read(spec, later)["value"])["s1"][later] == 2
    assert history.asked == 2


def test_correction_of_an_old_value_is_seen_within_minutes() -> None:
    history, spec = Counted(), indicator()
    history.record_observations([observation(1, NOON - HOUR), observation(1, NOON)])
    one = reader(history)
    one.read(spec, NOON)
    history.record_observations([observation(9, NOON - HOUR)])
    later = NOON + timedelta(minutes=6)
    one.begin(later)
    assert told(one.read(spec, later)["value"])["s1"][NOON - HOUR] == 9
