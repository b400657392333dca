"""What is owed now, and what of it nobody sees."""

from dataclasses import replace
from datetime import date

import pytest

from data_sources.measures.ghosts import Missing, Owed, missing, owed_now, runs_started, vehicles_for
from tests.transit import DAILY, SQUARE, shape, trip

DAY = date(2026, 11, 23)
PATH = shape(SQUARE)
SERVICES = {"daily": DAILY}
WINDOWS = ((21_600, 25_200, 1200), (25_200, 32_400, 600), (32_400, 79_200, 1200))
"""The shuttle's working day: 06-07 and 09-22 every 20 min, 07-09 every 10."""
TEMPLATE = trip(PATH, [0, 4000], [(0, 0), (3900, 3900)], loop=True, frequencies=WINDOWS)


def owed_at(clock_s: float, headway_s: float | None) -> int | None:
    return owed_now([TEMPLATE], SERVICES, [(DAY, clock_s)], headway_s=headway_s, round_s=4200).vehicles


def test_vehicles_for_a_headway_are_rounded_up() -> None:
    assert vehicles_for(4200, 600) == 7
    assert vehicles_for(4200, 1200) == 4
    assert vehicles_for(4200, 1400) == 3


@pytest.mark.parametrize(
    ("clock_s", "headway_s", "owed"),
    [
        (21_600, 1200, 1),  # the first bus leaves at 06:00
        (24_100, 1200, 3),  # 06:00, 06:20, 06:40
        (25_200, 600, 4),  # 07:00: the ten-minute buses have yet to leave
        (28_800, 600, 7),
        (34_000, 1200, 4),
        (79_200, None, 3),  # after the last start at 21:40 the runs still out
        (83_000, None, 0),
    ],
)
def test_no_run_is_owed_before_it_may_have_left(clock_s: float, headway_s: float | None, owed: int) -> None:
    assert owed_at(clock_s, headway_s) == owed


def test_runs_of_yesterday_that_reach_past_midnight_are_counted() -> None:
    late = trip(PATH, [0, 4000], [(0, 0), (900, 900)], loop=True, frequencies=((0, 86_400, 600),))
    moments = [(DAY, 300.0), (date(2026, 11, 22), 86_700.0)]
    assert runs_started([late], SERVICES, moments, 1600) == 3  # 23:40, 23:50, 00:00


def test_day_without_the_service_owes_nothing() -> None:
    assert runs_started([TEMPLATE], {}, [(DAY, 30_000)], 4200) == 0


def test_missing_vehicles_of_a_headway_route() -> None:
    assert missing(Owed(7), 5) == Missing(2)
    assert missing(Owed(7), 8) == Missing(0)


def test_with_every_feed_down_nothing_is_a_ghost() -> None:
    assert missing(Owed(7), None) == Missing(None)
    assert missing(Owed(None), 3) == Missing(None)


RUNS = [
    trip(PATH, [0, 4000], [(start, start), (start + 1800, start + 1800)], trip_id=name)
    for name, start in (("a", 36_000), ("b", 36_600), ("c", 37_500))
]


def test_timetabled_runs_are_named_after_their_grace() -> None:
    owed = owed_now(RUNS, SERVICES, [(DAY, 37_700)], headway_s=None, round_s=None)
    assert owed == Owed(3, ("a", "b"))  # c left 200 s ago
    assert missing(owed, 1, {"a"}) == Missing(1, ("b",))


def test_runs_of_an_exact_template_are_owed_and_missed_one_by_one() -> None:
    once = trip(PATH, [0, 4000], [(0, 0), (1800, 1800)], trip_id="t")
    template = replace(once, exact_starts_s=(36_000, 36_600, 37_200))
    owed = owed_now([template], SERVICES, [(DAY, 37_300)], headway_s=None, round_s=None)
    assert owed == Owed(3, ("t", "t"))  # the last one left 100 s ago
    assert missing(owed, 1, ["t"]).vehicles == 1
    assert missing(owed, 2, ["t", "t"]).vehicles == 0


def test_vehicle_that_names_no_run_may_be_any_of_them() -> None:
    assert missing(Owed(3, ("a", "b")), 2, {"a"}, unnamed=1) == Missing(0)
    assert missing(Owed(3, ("a", "b", "c")), 1, set(), unnamed=1) == Missing(2)
