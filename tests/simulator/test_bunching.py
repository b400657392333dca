"""Bunches form by themselves where nobody regulates the service, and stay rare where somebody does."""

from collections import defaultdict
from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from data_sources.simulator.scenario import ScenarioSpec

from .conftest import WEEKDAY_8AM, make_links, make_world, scenario

BUNCHING = scenario(
    demand_factor=1.5,
    driving={"regulated": False, "boarding_s": 4, "dwell_max_s": 150, "driver_spread": 0.06},
)


def headway_cv(spec: ScenarioSpec, hours: float, seed: int) -> float:
    """Coefficient of variation of the headways at the loop's stops in the last hour."""
    world = make_world(spec, fleet=(6, 3), links=make_links(), seed=seed)
    passages: dict[int, list[float]] = defaultdict(list)
    inside: set[tuple[int, str]] = set()
    for step in range(int(hours * 720)):
        world.advance(5.0)
        stopped = {
            (state.stop_sequence, state.vehicle_id)
            for state in world.snapshot(WEEKDAY_8AM)
            if state.stopped and state.stop_sequence is not None and state.route_id == "LOOP"
        }
        for call, _ in stopped - inside:
            passages[call].append(step * 5.0)
        inside = stopped
    since = (hours - 1) * 3600
    headways = [b - a for times in passages.values() for a, b in pairwise(times) if b >= since]
    return pstdev(headways) / fmean(headways)


@pytest.mark.parametrize("seed", [1, 2])
def test_headways_grow_uneven_without_regulation_and_stay_even_with_it(seed: int) -> None:
    normal, bunched = (headway_cv(spec, 2, seed) for spec in (scenario(), BUNCHING))
    assert normal < 0.25
    assert bunched > 2 * normal
    assert bunched > 0.4


def test_unevenness_grows_with_time() -> None:
    assert headway_cv(BUNCHING, 3, 1) > headway_cv(BUNCHING, 1, 1)


def test_every_vehicle_stays_in_service_without_regulation() -> None:
    world = make_world(BUNCHING, links=make_links())
    world.advance(7200)
    assert world.in_service() == {"LOOP": 6, "LINE": 3}
