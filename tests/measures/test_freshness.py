"""The one registry of freshness: where each limit lies, and that nothing is up by a clock alone."""

from datetime import UTC, datetime, timedelta

import pytest

from data_sources.measures.freshness import (
    Freshness,
    VehicleHorizon,
    age_s,
    feed_state,
    value_freshness,
    vehicle_state,
    worse,
)
from data_sources.model.city import VehicleLimits
from data_sources.model.feed import FeedState
from data_sources.model.transit import VehicleState

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
LIMITS = VehicleLimits()


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (0, VehicleState.LIVE),
        (90, VehicleState.LIVE),
        (90.001, VehicleState.LATE),
        (300, VehicleState.LATE),
        (300.001, VehicleState.GHOST),
    ],
)
def test_vehicle_is_late_after_90_s_and_a_ghost_after_300_s(age: float, state: VehicleState) -> None:
    assert vehicle_state(ago(age), NOW, LIMITS) is state


def test_limits_of_the_pack_decide() -> None:
    strict = VehicleLimits(late_after_s=10, ghost_after_s=20, forget_after_s=30)
    assert vehicle_state(ago(11), NOW, strict) is VehicleState.LATE
    assert vehicle_state(ago(21), NOW, strict) is VehicleState.GHOST
    assert VehicleHorizon.at(NOW, strict).is_forgotten(ago(31))
    assert not VehicleHorizon.at(NOW, strict).is_forgotten(ago(30))


def test_fix_ahead_of_our_clock_has_age_zero() -> None:
    assert age_s(NOW + timedelta(seconds=3), NOW) == 0
    assert vehicle_state(NOW + timedelta(seconds=3), NOW, LIMITS) is VehicleState.LIVE


@pytest.mark.parametrize(
    ("cadence_s", "age", "expected"),
    [
        (1, 30, Freshness.FRESH),
        (1, 31, Freshness.AGEING),
        (1, 150, Freshness.AGEING),
        (1, 151, Freshness.STALE),
        (60, 120, Freshness.FRESH),
        (60, 121, Freshness.AGEING),
        (60, 300, Freshness.AGEING),
        (60, 301, Freshness.STALE),
    ],
)
def test_value_ages_by_its_cadence_but_never_before_30_and_150_s(
    cadence_s: float, age: float, expected: Freshness
) -> None:
    assert value_freshness(ago(age), NOW, cadence_s) is expected


def test_absent_value_is_missing() -> None:
    assert value_freshness(None, NOW, 15) is Freshness.MISSING


def state_of(good_age: float | None, content_age: float | None) -> FeedState:
    return feed_state(
        last_good_at=None if good_age is None else ago(good_age),
        last_content_at=None if content_age is None else ago(content_age),
        interval_s=15,
        cadence_s=15,
        now=NOW,
    )


def test_feed_that_never_delivered_is_never_up() -> None:
    assert state_of(None, None) is FeedState.NEVER


def test_feed_is_late_then_down_when_messages_stop() -> None:
    assert [state_of(age, age) for age in (5, 31, 151)] == [FeedState.UP, FeedState.LATE, FeedState.DOWN]


def test_feed_that_repeats_old_content_is_late() -> None:
    assert state_of(5, 151) is FeedState.LATE


def test_feed_without_times_in_its_messages_is_judged_by_their_arrival() -> None:
    assert state_of(5, None) is FeedState.UP


def test_worse_of_two_states_wins() -> None:
    assert worse(FeedState.UP, FeedState.DOWN) is FeedState.DOWN
    assert worse(FeedState.NEVER, FeedState.LATE) is FeedState.NEVER
