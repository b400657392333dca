"""Ladders: where the stops of a line stand on its round, for the screens. Fixed while the schedule is."""

from collections.abc import Mapping

import msgspec

from data_sources.measures.passages import time_share
from data_sources.measures.patterns import RoutePlan
from data_sources.views.operations import HALF, ladder_patterns, ladder_share


class Rung(msgspec.Struct, frozen=True):
    """A stop of the line. `share`: its place on the ladder, 0 to 1, where equal length is equal time."""

    stop_id: str
    share: float


class Ladder(msgspec.Struct, frozen=True):
    """A line laid straight and folded at `fold`, its far end: where the way back begins, or half a loop.

    Shares are those of the round's time. A line without a round has a rail for each way, and shares of
    each way's time fill half of the ladder.
    """

    fold: float
    rungs: tuple[Rung, ...]


def ladders(plans: Mapping[str, RoutePlan]) -> dict[str, Ladder]:
    """Ladder of every route, by route id. `plans` are those of `measures.patterns.route_plans`."""
    return {route_id: _ladder(plan) for route_id, plan in plans.items()}


def _ladder(plan: RoutePlan) -> Ladder:
    way = plan.round
    rungs = []
    for pattern in ladder_patterns(plan):
        for call in pattern.calls:
            share = ladder_share(plan, pattern, time_share(plan, pattern, call.along_m))
            rungs.append(Rung(call.stop_id, round(share, 4)))
    fold = way.starts_s[1] / way.round_s if way is not None and len(way.starts_s) > 1 else HALF
    return Ladder(fold=round(fold, 4), rungs=tuple(rungs))
