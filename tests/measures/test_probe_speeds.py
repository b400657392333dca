"""Probe speeds from passes of vehicles: space-mean speed, samples, dwells."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.probe_speeds import (
    LinkPass,
    ProbeSpeed,
    is_dwell,
    is_probe,
    joined,
    leg_passes,
    link_speed,
)
from data_sources.model.transit import VehiclePosition

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def passed(
    vehicle_id: str = "R1", distance_m: float = 300, time_s: float = 36, ago_s: float = 60
) -> LinkPass:
    end = NOW - timedelta(seconds=ago_s)
    return LinkPass("e-0", vehicle_id, end - timedelta(seconds=time_s), end, distance_m, time_s)


def speed(passes: Sequence[LinkPass], min_samples: int = 1, window_s: float = 600) -> ProbeSpeed | None:
    return link_speed(passes, 300, now=NOW, window_s=window_s, min_samples=min_samples)


# --- The speed of a link --------------------------------------------------------------------------


def test_speed_is_all_metres_over_all_seconds() -> None:
    # 300 m in 36 s is 30 km/h, 300 m in 108 s is 10; together 600 m in 144 s: 15, not 20
    told = speed([passed("R1", 300, 36), passed("R2", 300, 108, ago_s=5)])
    assert told is not None
    assert told.speed_kmh == pytest.approx(15.0)
    assert (told.samples, told.observed_at) == (2, NOW - timedelta(seconds=5))


def test_too_few_passes_say_nothing() -> None:
    assert speed([passed("R1"), passed("R2")], min_samples=3) is None
    assert speed([passed("R1"), passed("R2"), passed("R3")], min_samples=3) is not None
    assert speed([], min_samples=0) is None


def test_pass_before_the_window_does_not_count() -> None:
    assert speed([passed(ago_s=600)]) is None
    assert speed([passed(ago_s=599)]) is not None


def test_pass_that_only_touches_a_link_does_not_count_but_one_in_a_jam_does() -> None:
    assert speed([passed(distance_m=74, time_s=10)]) is None
    assert speed([passed(distance_m=76, time_s=10)]) is not None
    standing = speed([passed(distance_m=0, time_s=45)])
    assert standing is not None
    assert standing.speed_kmh == 0


PASSES = st.lists(
    st.builds(
        passed, st.sampled_from(["R1", "R2", "R3"]), st.floats(80, 300), st.floats(10, 300), st.floats(0, 590)
    ),
    min_size=1,
    max_size=8,
)


@given(PASSES, st.randoms())
def test_order_of_arrival_does_not_matter(passes: list[LinkPass], random: Any) -> None:
    shuffled = list(passes)
    random.shuffle(shuffled)
    assert speed(passes) == speed(shuffled)


@given(PASSES)
def test_speed_lies_between_those_of_the_slowest_and_the_fastest(passes: list[LinkPass]) -> None:
    each = [one.distance_m / one.time_s * 3.6 for one in passes]
    told = speed(passes)
    assert told is not None
    assert min(each) - 1e-6 <= told.speed_kmh <= max(each) + 1e-6


# --- Legs and passes ------------------------------------------------------------------------------


def leg(seconds: float, *way: tuple[str, float]) -> tuple[LinkPass, ...]:
    return leg_passes("R1", NOW, NOW + timedelta(seconds=seconds), way)


def test_time_of_a_leg_is_shared_by_distance() -> None:
    first, second = leg(20, ("e-0", 50), ("e-1", 150))
    assert (first.time_s, second.time_s) == (5, 15)
    assert first.ended_at == second.started_at == NOW + timedelta(seconds=5)


@given(st.floats(5, 90), st.lists(st.floats(0, 400), min_size=1, max_size=4))
def test_legs_lose_neither_metres_nor_seconds(seconds: float, metres: list[float]) -> None:
    passes = leg(seconds, *((f"e-{n}", m) for n, m in enumerate(metres)))
    if passes:
        assert sum(one.distance_m for one in passes) == pytest.approx(sum(metres))
        assert sum(one.time_s for one in passes) == pytest.approx(seconds, abs=1e-5)


def test_leg_that_means_nothing_is_left_out() -> None:
    assert leg(4, ("e-0", 30)) == ()
    assert leg(91, ("e-0", 300)) == ()
    assert leg(5, ("e-0", 181)) == ()  # 130.3 km/h
    assert len(leg(5, ("e-0", 180))) == 1


def test_vehicle_counts_once_however_often_it_reports() -> None:
    often = leg(10, ("e-0", 100))
    whole = often[0]
    for number in range(1, 3):
        begin = NOW + timedelta(seconds=10 * number)
        (part,) = leg_passes("R1", begin, begin + timedelta(seconds=10), [("e-0", 100)])
        following = joined(whole, part)
        assert following is not None
        whole = following
    (seldom,) = leg(30, ("e-0", 300))
    assert whole == seldom


def test_other_vehicle_other_link_or_a_later_round_is_a_pass_of_its_own() -> None:
    before = passed("R1", ago_s=300)
    assert joined(before, passed("R2", time_s=10, ago_s=280)) is None
    assert joined(before, passed("R1", time_s=10, ago_s=169)) is None
    assert joined(before, passed("R1", time_s=10, ago_s=171)) is not None


# --- Dwells ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distance_m", "time_s", "near_stop", "dwell"),
    [
        (6, 5, True, True),
        (8, 5, True, False),
        (0, 60, False, False),
        (100, 30, True, True),
        (100, 30, False, False),
    ],
    ids=["standing at a stop", "rolling by", "standing in a jam", "too coarse to tell", "coarse, no stop"],
)
def test_dwell_is_told_from_a_jam_by_the_stop(
    distance_m: float, time_s: float, near_stop: bool, dwell: bool
) -> None:
    assert is_dwell(distance_m, time_s, near_stop=near_stop, at_stop=False) is dwell


def test_vehicle_that_says_it_stands_at_a_stop_dwells() -> None:
    assert is_dwell(50, 5, near_stop=False, at_stop=True)


def test_vehicle_that_stands_on_purpose_is_no_probe() -> None:
    def fix(status: str | None) -> VehiclePosition:
        return VehiclePosition(
            vehicle_id="R1", feed_id="b", lat=0, lon=0, observed_at=NOW, received_at=NOW, status=status
        )

    told = {
        status: is_probe(fix(status)) for status in (None, "in_service", "deadhead", "Charging ", "layover")
    }
    assert told == {None: True, "in_service": True, "deadhead": True, "Charging ": False, "layover": False}
