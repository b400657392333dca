"""The rollup loop by a given clock: what is computed, kept and published, and what survives what."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from data_sources.errors import StoreError
from data_sources.indicators import registry
from data_sources.indicators.registry import Job, Result
from data_sources.model.feed import FeedState, FeedStatus
from data_sources.model.indicator import IndicatorSpec, IndicatorValue, Status
from data_sources.model.observation import INDICATOR_FEED, PLATFORM_FEED, Grain, Observation, Series
from data_sources.rollup.loop import RollupLoop
from data_sources.rollup.platform import Knowledge
from data_sources.stores.memory import MemoryHistory, MemoryLive
from tests.builders import NOON, feed_spec
from tests.indicators.builders import DAY, HOUR, city, indicator, observation, scale

SECOND = timedelta(seconds=1)
PM25 = indicator(bands="pm")
FRESH = indicator(
    key="GOV-07",
    inputs={"value": {"property": "feeds_fresh", "feeds": ["platform"]}},
    cadence_s=60,
    unit="%",
    better="higher",
)
BAND = scale({"normal": 15.0}, "critical")


class PluggedHistory(MemoryHistory):
    """The real memory store behind a plug that a test can pull."""

    away = False

    def series(self, *question: Any, **named: Any) -> list[Series]:
        if self.away:
            raise StoreError("history store: connection refused")
        return super().series(*question, **named)

    def record_observations(self, observations: Sequence[Observation], *rest: Any) -> Any:
        if self.away:
            raise StoreError("history store: connection refused")
        return super().record_observations(observations, *rest)


class PluggedLive(MemoryLive):
    """The same for the live store."""

    away = False

    def put_indicators(self, values: Sequence[IndicatorValue]) -> None:
        if self.away:
            raise StoreError("live store: connection refused")
        super().put_indicators(values)


class Town:
    """A town with the loop and its stores."""

    def __init__(self, *indicators: IndicatorSpec, live: PluggedLive | None = None) -> None:
        self.history = PluggedHistory()
        self.live = live or PluggedLive()
        feeds = (feed_spec("air", url="http://x"), feed_spec("buses", url="http://x"))
        self.city = city(indicators, feeds=feeds, scales=(BAND,))
        self.loop = RollupLoop(Knowledge(self.city), self.history, self.live, "one")

    def tell(self, value: float, when: datetime, **fields: Any) -> None:
        self.history.record_observations([observation(value, when, **fields)])

    def run(self, start: datetime, seconds: int) -> None:
        for second in range(seconds):
            self.loop.tick(start + second * SECOND)

    def value(self, key: str = "ENV-01") -> IndicatorValue:
        return next(one for one in self.live.indicators() if one.key == key)

    def kept(self, key: str = "ENV-01") -> dict[datetime, float]:
        ids = [one.series_id for one in self.history.series(key, INDICATOR_FEED)]
        found = self.history.observation_values(ids, NOON - 900 * DAY, NOON + 900 * DAY)
        return dict(zip(found[0].times, found[0].values, strict=True)) if found else {}


def test_value_is_computed_published_and_kept_as_of_its_observation() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON - HOUR)
    town.loop.tick(NOON)
    told = town.value()
    assert (told.value, told.status, told.observed_at) == (12, Status.NORMAL, NOON - HOUR)
    assert (told.computed_at, told.feed_ids) == (NOON, ("air",))
    assert town.kept() == {NOON - HOUR: 12}


def test_news_of_an_input_reach_the_screens_within_ten_seconds() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON - HOUR)
    town.loop.tick(NOON)
    town.tell(80.0, NOON)
    town.run(NOON + SECOND, 9)
    assert town.value().value == 12
    town.loop.tick(NOON + 10 * SECOND)
    assert (town.value().value, town.value().status) == (80, Status.CRITICAL)


def test_every_indicator_is_there_and_one_without_input_says_why() -> None:
    town = Town(PM25, FRESH)
    town.loop.tick(NOON)
    assert [one.key for one in town.live.indicators()] == ["ENV-01", "GOV-07"]
    assert (town.value().value, town.value().reason, town.value().status) == (None, "no_input", "unknown")


def test_value_ages_though_nothing_is_told() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON)
    town.loop.tick(NOON)
    town.loop.tick(NOON + 6 * HOUR)
    assert (town.value().value, town.value().status) == (12, Status.UNKNOWN)
    town.loop.tick(NOON + 11 * HOUR)
    assert (town.value().value, town.value().reason) == (None, "no_input")


def test_same_value_is_kept_once() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON)
    town.run(NOON, 200)
    assert town.kept() == {NOON: 12}


def test_correction_of_the_input_corrects_what_was_kept() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON)
    town.loop.tick(NOON)
    town.tell(14.0, NOON)
    town.loop.tick(NOON + timedelta(minutes=6))
    assert town.kept() == {NOON: 14}


def test_restarted_live_store_gets_its_indicators_again() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON)
    town.loop.tick(NOON)
    town.live.put_indicators(())
    town.loop.tick(NOON + 10 * SECOND)
    assert town.value().value == 12


def test_live_store_that_is_away_is_told_once_and_gets_all_when_it_is_back() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON)
    town.live.away = True
    with capture_logs() as logs:
        town.run(NOON, 40)
        town.live.away = False
        town.run(NOON + 40 * SECOND, 11)
    assert [line["event"] for line in logs] == ["live store away", "live store back"]
    assert town.value().value == 12


def test_history_that_is_away_is_told_once_and_values_follow_when_it_is_back() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON)
    town.history.away = True
    with capture_logs() as logs:
        town.run(NOON, 40)
        assert town.live.indicators() == ()
        town.history.away = False
        town.run(NOON + 40 * SECOND, 11)
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["history store away"]
    assert town.value().value == 12


def test_second_process_stands_by_and_takes_over() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON)
    other = RollupLoop(Knowledge(town.city), town.history, town.live, "two")
    town.loop.tick(NOON)
    other.tick(NOON)
    assert not other.values
    town.loop.give_back()
    other.tick(NOON + 5 * SECOND)
    assert [one.value for one in other.values] == [12]


def test_formula_that_fails_takes_no_other_with_it_and_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(job: Job) -> Result:
        raise ZeroDivisionError

    formula = registry.Formula("broken", broken, (), True, {}, frozenset(), None)
    monkeypatch.setitem(registry._FORMULAS, "broken", formula)
    town = Town(indicator("broken", key="ENV-02", bands="pm"), PM25)
    town.tell(12.0, NOON)
    with capture_logs() as logs:
        town.run(NOON, 130)
    assert [line["indicator"] for line in logs if line["event"] == "formula failed"] == ["ENV-02"]
    assert (town.value("ENV-02").reason, town.value("ENV-02").status) == ("formula_failed", Status.UNKNOWN)
    assert town.value().value == 12


def test_indicator_that_is_set_up_wrongly_is_told_at_the_start() -> None:
    with capture_logs() as logs:
        town = Town(indicator("nonsense"))
    town.loop.tick(NOON)
    assert logs[0]["indicator"] == "ENV-01"
    assert town.value().reason == "formula_failed"


def status(feed_id: str, at: datetime) -> FeedStatus:
    return FeedStatus(
        feed_id=feed_id, kind="x", state=FeedState.UP, interval_s=5, last_good_at=at, last_content_at=at
    )


def test_platform_is_observed_once_a_minute_and_feeds_an_indicator() -> None:
    town = Town(FRESH)
    for feed_id in ("air", "buses"):
        town.live.put_feed_status(status(feed_id, NOON))
    town.run(NOON, 25)
    assert town.value("GOV-07").value == 100
    told = {(one.feature_id, one.property_id): one.value for one in town.live.observations()[PLATFORM_FEED]}
    assert told["feed:air", "feed_up"] == told["feed:buses", "feed_up"] == 1
    assert told["city", "feeds_fresh"] == 100
    kept = town.history.series("feeds_fresh", PLATFORM_FEED)
    assert [(one.cadence_s, one.last_at) for one in kept] == [(60, NOON + 15 * SECOND)]


def test_platform_is_not_judged_while_feeds_are_only_just_being_read() -> None:
    town = Town(FRESH)
    town.live.put_feed_status(status("air", NOON))
    town.run(NOON, 15)
    assert town.live.observations() == {}


def test_hours_are_rolled() -> None:
    town = Town(PM25)
    town.tell(12.0, NOON)
    town.loop.tick(NOON + SECOND)
    ids = [one.series_id for one in town.history.series("pm25")]
    assert len(town.history.rollups(ids, Grain.HOUR, NOON - HOUR, NOON + HOUR)[0].rollups) == 1


def test_pack_without_indicators_rolls_and_does_nothing_else() -> None:
    town = Town()
    town.tell(12.0, NOON)
    town.live.put_feed_status(status("air", NOON))
    town.run(NOON, 70)
    assert (town.live.indicators(), town.live.observations()) == ((), {})
    assert [one.property_id for one in town.history.series()] == ["pm25"]


def test_past_of_a_long_series_is_worked_out_once_it_stands_still() -> None:
    town = Town(PM25)
    for days in range(100):
        town.tell(float(days), NOON - days * DAY)
    with capture_logs() as logs:
        town.run(NOON, 130)
    kept = town.history.series("ENV-01", INDICATOR_FEED)
    assert kept[0].first_at is not None
    assert kept[0].first_at <= NOON - 98 * DAY
    assert sum(line["event"] == "past worked out" for line in logs) == 1
    assert town.value().week_ago == 7
    assert town.value().trend is not None
