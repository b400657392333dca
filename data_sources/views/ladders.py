"""Ladders: where the stops of a line stand on its round, for the screens. Fixed while the schedule is."""

import msgspec

from data_sources.measures.passages import time_share
from data_sources.measures.patterns import RoutePlan, route_plans
from data_sources.model.service import ServiceSpec
from data_sources.schedule import Schedule
from data_sources.views.operations import ladder_patterns

HALF = 0.5


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


def ladders(schedule: Schedule, service: ServiceSpec | None) -> dict[str, Ladder]:
    """Ladder of every route that has a timed trip, by route id."""
    rounds = {line.route_id: float(service.cycle_s(line)) for line in service.lines} if service else {}
    return {route_id: _ladder(plan) for route_id, plan in route_plans(schedule, rounds).items()}


def _ladder(plan: RoutePlan) -> Ladder:
    way = plan.round
    rungs = []
    for pattern in ladder_patterns(plan):
        for call in pattern.calls:
            share = time_share(plan, pattern, call.along_m)
            if way is None:
                share = HALF * (share + (pattern.direction_id == 1))
            rungs.append(Rung(call.stop_id, round(share, 4)))
    fold = way.starts_s[1] / way.round_s if way is not None and len(way.starts_s) > 1 else HALF
    return Ladder(fold=round(fold, 4), rungs=tuple(rungs))
