"""Ladders: where the stops of a line stand on its round, for the screens. Fixed while the schedule is."""

import msgspec

from data_sources.measures.patterns import Round, route_plans
from data_sources.model.service import ServiceSpec
from data_sources.schedule import Schedule

LOOP_FOLDS_AT = 0.5


class Rung(msgspec.Struct, frozen=True):
    """A stop of the round. `share`: part of the round's time gone when a vehicle is due there, 0 to 1."""

    stop_id: str
    share: float


class Ladder(msgspec.Struct, frozen=True):
    """A line laid straight and folded at `fold`, the share of the round's time at its far end: where
    the way back begins, or half a loop."""

    fold: float
    rungs: tuple[Rung, ...]


def ladders(schedule: Schedule, service: ServiceSpec | None) -> dict[str, Ladder]:
    """Ladder of every route whose runs make a round, by route id."""
    rounds = {line.route_id: float(service.cycle_s(line)) for line in service.lines} if service else {}
    plans = route_plans(schedule, rounds)
    return {route_id: _ladder(plan.round) for route_id, plan in plans.items() if plan.round}


def _ladder(way: Round) -> Ladder:
    rungs = [
        Rung(call.stop_id, round((start_s + call.arrival_s) / way.round_s, 4))
        for pattern, start_s in zip(way.patterns, way.starts_s, strict=True)
        for call in pattern.calls
    ]
    fold = way.starts_s[1] / way.round_s if len(way.starts_s) > 1 else LOOP_FOLDS_AT
    return Ladder(fold=round(fold, 4), rungs=tuple(rungs))
