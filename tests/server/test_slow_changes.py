"""Statistics that come weeks after their time: when they changed their status, and when not."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dashboard.api.ledger import _changes
from data_sources.model.observation import CITY_FEATURE, INDICATOR_FEED, Observation
from data_sources.services import Services
from data_sources.stores.memory import MemoryHistory
from data_sources.text import load_texts
from tests.indicators.builders import indicator, scale
from tests.server.samples import NOW, BreakableLive, make_city

DAY = timedelta(days=1)
MONTH_S = 31 * DAY.total_seconds()
SLOW = indicator(bands="pm", cadence_s=MONTH_S, delay_s=MONTH_S)
SCALE = scale({"normal": 25.0, "watch": 37.5, "warning": 75.0}, "critical")


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, history: MemoryHistory) -> Services:
    city = make_city(tmp_path).model_copy(update={"indicators": (SLOW,), "scales": {"pm": SCALE}})
    return Services(city=city, live=live, history=history, clock=lambda: NOW, texts=load_texts())


def figure(value: float, days: float, came_days: float, *, synthetic: bool = False) -> Observation:
    """A figure of a month that ended so many days ago, and came so many days ago."""
    return Observation(
        feed_id=INDICATOR_FEED,
        feature_id=CITY_FEATURE,
        property_id=SLOW.key,
        value=value,
        unit=SLOW.unit,
        observed_at=NOW - days * DAY,
        received_at=NOW - came_days * DAY,
        cadence_s=MONTH_S,
        synthetic=synthetic,
    )


def told(services: Services, since: datetime = NOW - 7 * DAY) -> list[tuple[datetime, str, str, float]]:
    found = _changes(services, list(services.city.indicators), since)
    return [(one.at, one.before, one.after, one.value) for one in found]


def test_statistic_is_a_change_when_it_came_not_when_its_month_ended(
    services: Services, history: MemoryHistory
) -> None:
    history.record_observations([figure(20.0, 80, 50), figure(41.0, 50, 1)])
    assert told(services) == [(NOW - DAY, "normal", "warning", 41.0)]
    assert told(services, NOW - DAY / 2) == []


@pytest.mark.parametrize(
    "figures",
    [
        (figure(41.0, 50, 1),),
        (figure(40.0, 80, 50), figure(41.0, 50, 1)),
        (figure(20.0, 80, 50), figure(41.0, 50, 10)),
        (figure(41.0, 80, 2), figure(41.0, 50, 10)),
        (figure(20.0, 80, 50, synthetic=True), figure(41.0, 50, 1)),
    ],
    ids=["first ever", "same status", "known for long", "an older one came late", "other was simulated"],
)
def test_statistic_is_no_change(
    services: Services, history: MemoryHistory, figures: tuple[Observation, ...]
) -> None:
    history.record_observations(figures)
    assert told(services) == []


def test_same_figures_of_a_fast_indicator_are_looked_for_at_their_own_time(
    services: Services, history: MemoryHistory
) -> None:
    fast = replace(
        services,
        city=services.city.model_copy(
            update={"indicators": (SLOW.model_copy(update={"cadence_s": 3600.0, "delay_s": 0.0}),)}
        ),
    )
    history.record_observations([figure(20.0, 80, 50), figure(41.0, 50, 1)])
    assert told(fast) == []
