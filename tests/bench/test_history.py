"""How much `make bench-history` fills in: as much as was asked for, and recent days whole."""

from datetime import timedelta

import pytest

from tests.bench.history_fill import LONGEST_STEP_S, least_step_s, past_before
from tests.builders import NOON

PAST = past_before(NOON)
CADENCES_S = [60.0] * 3 + [900.0] * 20 + [86_400.0] * 4


def count(step_s: float) -> float:
    recent_s, earlier_s = (PAST.end - PAST.recent).total_seconds(), (PAST.recent - PAST.start).total_seconds()
    return sum(recent_s / one + earlier_s / max(one, step_s) for one in CADENCES_S)


@pytest.mark.parametrize("rows", [200_000, 1_000_000, 5_000_000])
def test_step_is_the_shortest_that_makes_no_more_values_than_asked_for(rows: int) -> None:
    step_s = least_step_s(CADENCES_S, rows, PAST)
    assert count(step_s) <= rows < count(step_s - 1)


def test_step_is_never_longer_than_a_day() -> None:
    assert least_step_s(CADENCES_S, 1, PAST) == LONGEST_STEP_S


def test_past_is_five_years_up_to_the_full_hour() -> None:
    past = past_before(NOON + timedelta(minutes=17))
    assert past.end == NOON
    assert timedelta(days=1826) <= past.end - past.start <= timedelta(days=1827)
