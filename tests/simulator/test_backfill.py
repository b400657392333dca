"""Back history fills, joins what the feeds tell, and is made once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data_sources import catalogue
from data_sources.feeds import PARSERS
from data_sources.model.city import City
from data_sources.model.observation import Grain, Rollup, Series
from data_sources.rollup.back_history import fill_back_history
from data_sources.simulator.backfill import backfill
from data_sources.simulator.observatory import Observatory, nature_of
from data_sources.simulator.scenario import BUILT_IN
from data_sources.simulator.service_past import Town
from data_sources.stores.base import HistoryStore
from data_sources.stores.memory import MemoryHistory

PACK = Path(__file__).parents[1] / "fixtures/cities/brumal_bay"
NOW = datetime(2026, 9, 22, 19, 40, tzinfo=UTC)
SPAN = timedelta(days=60)


@pytest.fixture(scope="module")
def city() -> City:
    return catalogue.simulated(catalogue.load_city(PACK, {}), "http://127.0.0.1:1", "mqtt://127.0.0.1:2")


def fill(city: City, history: HistoryStore, progress: list[tuple[int, int]] | None = None) -> int:
    town = Town(city, catalogue.load_schedule(city, demo=True))
    return backfill(
        town,
        history,
        nature_of(city, 1),
        BUILT_IN["normal"],
        NOW,
        fill=lambda spec: fill_back_history(city, history, NOW, (spec,)),
        span=SPAN,
        progress=None if progress is None else lambda done, total: progress.append((done, total)),
    )


@pytest.fixture(scope="module")
def filled(city: City) -> HistoryStore:
    history = MemoryHistory()
    fill(city, history)
    return history


def the(history: HistoryStore, property_id: str, feed_id: str) -> Series:
    return history.series(property_id=property_id, feed_id=feed_id)[0]


def test_every_series_is_synthetic_and_reaches_back(filled: HistoryStore) -> None:
    series = filled.series()
    assert len(series) > 15
    assert all(one.synthetic for one in series)
    lagoon = the(filled, "lake_level", "brumal_lagoon")
    assert lagoon.first_at is not None
    assert lagoon.first_at <= NOW - SPAN + timedelta(hours=12)


def test_indicators_have_a_past(city: City, filled: HistoryStore) -> None:
    told = {one.property_id for one in filled.series(feed_id="indicator")}
    assert {spec.key for spec in city.indicators if spec.compute == "lake_freeboard_min"} <= told
    assert len(told) >= len(city.indicators) - 2


def test_platform_has_a_past(filled: HistoryStore) -> None:
    series = the(filled, "feeds_fresh", "platform")
    end = NOW.replace(minute=0)
    hours = filled.rollups([series.series_id], Grain.HOUR, end - SPAN, end)[0].rollups
    assert len(hours) == SPAN // timedelta(hours=1)
    assert all(0 <= one.last <= 100 for one in hours)
    assert 90 < sum(one.last for one in hours) / len(hours) <= 100


def test_history_joins_what_the_feed_tells(city: City, filled: HistoryStore) -> None:
    feed = city.feed("brumal_lagoon")
    assert feed is not None
    at = NOW.replace(minute=0)
    observatory = Observatory(city, nature_of(city, 1))
    live = PARSERS[feed.kind](observatory.body(feed, at), feed=feed, received_at=at).observations[0]
    series = the(filled, "lake_level", feed.feed_id)
    before = filled.rollups([series.series_id], Grain.HOUR, at - timedelta(hours=1), at)[0].rollups[-1]
    assert before.last == pytest.approx(live.value, abs=0.05)
    assert (series.unit, series.period_s) == (live.unit, live.period_s)


def test_years_loaded_one_by_one_are_what_the_whole_is(
    city: City, filled: HistoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_sources.simulator.backfill.PORTION", timedelta(days=25, hours=7))
    history = MemoryHistory()
    told: list[tuple[int, int]] = []
    fill(city, history, told)
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def every_hour(store: HistoryStore) -> dict[tuple[str, str, str], list[Rollup]]:
        return {
            (one.feed_id, one.feature_id, one.property_id): store.rollups(
                [one.series_id], Grain.HOUR, NOW - 40 * SPAN, NOW
            )[0].rollups
            for one in store.series()
        }

    assert every_hour(history) == every_hour(filled)


def test_second_run_changes_nothing(city: City) -> None:
    history = MemoryHistory()
    first: list[tuple[int, int]] = []
    assert fill(city, history, first) > 0
    assert first[0][0] == 0
    assert first[-1][0] == first[-1][1]
    before = history.series()
    again: list[tuple[int, int]] = []
    assert fill(city, history, again) <= len(city.indicators)
    assert again == []
    assert history.series() == before


def test_run_that_was_stopped_goes_on(city: City) -> None:
    history = MemoryHistory()
    loaded = 0

    class StoppedError(Exception):
        """Somebody pulled the plug."""

    def stop_soon(done: int, total: int) -> None:
        nonlocal loaded
        loaded = done
        if done == 5:
            raise StoppedError

    town = Town(city)
    with pytest.raises(StoppedError):
        backfill(
            town, history, nature_of(city, 1), BUILT_IN["normal"], NOW,
            fill=lambda spec: 0, span=SPAN, progress=stop_soon,
        )  # fmt: skip
    assert loaded == 5
    told: list[tuple[int, int]] = []
    fill(city, history, told)
    assert told[0][0] == 5
