"""Ladders: equal length is equal time, folded at the far end."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data_sources.measures.patterns import RoutePlan, route_plans
from data_sources.pack_service import read_service
from data_sources.schedule import Schedule, read_schedule
from data_sources.views.ladders import Ladder, ladders

PACK = Path(__file__).parents[2] / "dashboard" / "cities" / "khon_kaen"
BAY = Path(__file__).parents[1] / "fixtures" / "cities" / "brumal_bay"
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture(scope="module")
def shuttle() -> Schedule:
    return read_schedule(PACK / "gtfs", None, ZoneInfo("Asia/Bangkok"))


@pytest.fixture(scope="module")
def plans(shuttle: Schedule) -> dict[str, RoutePlan]:
    service = read_service(PACK)
    assert service is not None
    return route_plans(shuttle, service.rounds_s)


def test_loop_is_folded_at_half_its_time(plans: dict[str, RoutePlan]) -> None:
    assert {ladder.fold for ladder in ladders(plans).values()} == {0.5}


def test_rungs_stand_in_the_order_of_the_round_and_show_its_times(plans: dict[str, RoutePlan]) -> None:
    for route_id, ladder in ladders(plans).items():
        shares = [rung.share for rung in ladder.rungs]
        assert shares == sorted(shares)
        way = plans[route_id].round
        assert way is not None
        last = way.patterns[-1].calls[-1]
        assert shares[-1] == pytest.approx((way.starts_s[-1] + last.arrival_s) / way.round_s, abs=1e-4)


@pytest.fixture(scope="module")
def shore() -> RoutePlan:
    """A line of two ways."""
    return route_plans(read_schedule(BAY / "gtfs", None, UTC_ZONE))["shore"]


def ladder_of(plan: RoutePlan) -> Ladder:
    return ladders({plan.route_id: plan})[plan.route_id]


def test_line_of_two_ways_is_folded_where_the_way_back_begins(shore: RoutePlan) -> None:
    way = shore.round
    assert way is not None
    ladder = ladder_of(shore)
    assert ladder.fold == pytest.approx(way.starts_s[1] / way.round_s, abs=1e-4)
    outward = len(way.patterns[0].calls)
    assert all(rung.share < ladder.fold for rung in ladder.rungs[:outward])
    assert all(rung.share >= ladder.fold for rung in ladder.rungs[outward:])


def test_line_without_a_round_has_half_of_the_ladder_for_each_way(shore: RoutePlan) -> None:
    ladder = ladder_of(replace(shore, round=None))
    assert ladder.fold == 0.5
    outward = [rung.share for rung in ladder.rungs if rung.stop_id in {"s1", "s3", "s5", "s7"}]
    back = [rung.share for rung in ladder.rungs if rung.stop_id in {"s2", "s4", "s6", "s8"}]
    assert (min(outward), max(outward)) == (0, 0.5)
    assert (min(back), max(back)) == (0.5, 1)
