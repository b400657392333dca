"""The past of indicators: the same figures as were told then, by the hour, and only where there are any."""

from datetime import timedelta
from typing import Any

import pytest

from data_sources.model.observation import INDICATOR_FEED, Grain
from data_sources.rollup.back_history import fill_back_history
from data_sources.stores.memory import MemoryHistory
from tests.builders import NOON
from tests.indicators.builders import HOUR, ZONE, city, indicator, observation

SPEC = indicator("max_over_features")


def filled(history: MemoryHistory, spec: Any = SPEC) -> dict[int, float]:
    """Hours before noon at whose end the indicator had a value, and that value."""
    history.roll(NOON, ZONE)
    fill_back_history(city((spec,)), history, NOON)
    ids = [one.series_id for one in history.series(spec.key, INDICATOR_FEED)]
    found = history.rollups(ids, Grain.HOUR, NOON - 900 * HOUR, NOON)
    rollups = found[0].rollups if found else []
    return {round((NOON - one.start) / HOUR) - 1: one.last for one in rollups}


def test_every_hour_with_news_has_its_figure() -> None:
    history = MemoryHistory()
    for back, value in ((1, 5.0), (2, 7.0), (5, 9.0)):
        history.record_observations([observation(value, NOON - back * HOUR, period_s=3600)])
    assert filled(history) == {1: 5, 2: 7, 5: 9}


def test_hours_too_incomplete_for_a_figure_now_have_none_then() -> None:
    history = MemoryHistory()
    for station in ("a", "b", "c", "d"):
        history.record_observations([observation(1.0, NOON - 9 * HOUR, feature_id=station, period_s=3600)])
    for station in ("a", "b"):
        history.record_observations([observation(2.0, NOON - HOUR, feature_id=station, period_s=3600)])
    assert filled(history) == {9: 1}


def test_second_time_changes_nothing() -> None:
    history = MemoryHistory()
    history.record_observations([observation(5.0, NOON - 3 * HOUR, period_s=3600)])
    first = filled(history)
    assert fill_back_history(city((SPEC,)), history, NOON) == 0
    assert filled(history) == first == {3: 5}


def test_what_is_simulated_stays_marked() -> None:
    history = MemoryHistory()
    history.record_observations([observation(5.0, NOON - 3 * HOUR, period_s=3600, synthetic=True)])
    filled(history)
    assert [one.synthetic for one in history.series(SPEC.key)] == [True]


@pytest.mark.parametrize("inputs", [0, 1])
def test_without_a_past_nothing_is_made_up(inputs: int) -> None:
    history = MemoryHistory()
    history.record_observations([observation(5.0, NOON + timedelta(minutes=n)) for n in range(inputs)])
    assert filled(history) == {}


def test_indicator_with_an_unknown_formula_takes_no_other_with_it() -> None:
    history = MemoryHistory()
    history.record_observations([observation(5.0, NOON - 3 * HOUR, period_s=3600)])
    history.roll(NOON, ZONE)
    wrong = indicator("no_such_formula", key="AAA-01")
    assert fill_back_history(city((wrong, SPEC)), history, NOON) > 0
