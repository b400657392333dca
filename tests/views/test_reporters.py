"""Who reports through a feed: what is expected and silent is named, not left out."""

from datetime import timedelta

from data_sources.model.observation import CITY_FEATURE, Observation, Series
from data_sources.views.feeds import BothNames
from data_sources.views.reporters import Reporters, reporters
from tests.builders import NOON, feed_spec

NAMES = {"a": BothNames(th="ก", en="Station A")}


def value(feature_id: str, age_s: float = 60) -> Observation:
    at = NOON - timedelta(seconds=age_s)
    return Observation(
        feed_id="gauges",
        feature_id=feature_id,
        property_id="p",
        value=1,
        unit="m",
        observed_at=at,
        received_at=at,
    )


def series(feature_id: str, age_s: float | None, property_id: str = "p", cadence_s: float = 60) -> Series:
    last = None if age_s is None else NOON - timedelta(seconds=age_s)
    return Series(
        series_id=1,
        feed_id="gauges",
        feature_id=feature_id,
        property_id=property_id,
        unit="m",
        cadence_s=cadence_s,
        last_at=last,
    )


def told(observations: list[Observation], known: list[Series], *features: str) -> Reporters:
    feed = feed_spec("gauges", kind="flood_telemetry", features=features)
    return reporters(feed, observations, known, NAMES, NOON)


def test_feature_that_the_pack_names_and_nobody_heard_is_a_ghost() -> None:
    found = told([value("b")], [], "a", "b")
    assert (found.expected, found.heard) == (2, 1)
    assert [(one.feature_id, one.name.en, one.last_at) for one in found.silent] == [("a", "Station A", None)]


def test_feature_that_once_reported_is_expected_again() -> None:
    found = told([], [series("c", age_s=7200)])
    assert (found.expected, found.heard) == (1, 0)
    assert found.silent[0].last_at == NOON - timedelta(hours=2)


def test_value_that_is_only_ageing_is_heard() -> None:
    assert told([value("a", age_s=200)], [series("a", age_s=200)]).silent == []


def test_figures_of_the_city_as_a_whole_have_no_reporters() -> None:
    assert told([value(CITY_FEATURE)], []).expected == 0


def test_feature_is_heard_by_the_newest_of_its_properties() -> None:
    """One that it told of last year, and one that comes once a day, make it neither silent nor heard."""
    old = series("a", 300 * 86_400, "so2")
    assert told([], [series("a", 60, "pm25"), old]).silent == []
    assert told([], [series("a", 7200, "pm25"), series("a", 9000, "rain_24h", 86_400)]).heard == 0
