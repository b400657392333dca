"""Headways: in space, as vehicles stand now, and in time, as they passed a stop.

A headway is the time between two successive vehicles of a route at one place (TCQSM 3rd ed.).
*Now* there is no such time yet, so the place of every vehicle is turned into seconds of its round
(`measures/patterns.py`) and the headway is how long the follower takes, by the schedule, to where the
leader is. Around a loop these add up to the time of a round, whatever the vehicles do.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from data_sources.model.city import OperationsSpec
from data_sources.model.operations import Spacing, StopPassage

BUNCHED, GAP = "bunched", "gap"


def kind_of(headway_s: float, target_s: float | None, spec: OperationsSpec) -> str | None:
    """`bunched`, `gap` or None (even, or nothing was promised).

    Limits: control-room practice, at most 0.25 x and at least 1.5 x the scheduled headway, unless the
    pack says otherwise (`OperationsSpec`).
    """
    if target_s is None or target_s <= 0:
        return None
    if headway_s <= spec.bunched_share * target_s:
        return BUNCHED
    return GAP if headway_s >= spec.gap_share * target_s else None


def loop_headways(times_s: Mapping[str, float], round_s: float) -> list[tuple[str, str, float]]:
    """(leader, follower, headway_s) of vehicles at seconds of their round, across the wrap too.

    In the order of the leaders' places. One vehicle follows itself a whole round behind.
    """
    places_s = {key: time_s % round_s for key, time_s in times_s.items()}
    order = sorted(places_s, key=lambda key: (places_s[key], key))
    found = []
    for index, leader in enumerate(order):
        headway_s = places_s[leader] - places_s[order[index - 1]]
        if index == 0:
            # Across the wrap; vehicles that all stand at one place are a whole round ahead of themselves.
            headway_s += round_s
        found.append((leader, order[index - 1], headway_s))
    return found


def spacings(
    route_id: str,
    times_s: Mapping[str, float],
    round_s: float,
    target_s: float | None,
    spec: OperationsSpec,
) -> tuple[Spacing, ...]:
    """Spacings of a route's vehicles as they stand; none below two vehicles."""
    if len(times_s) < 2:
        return ()
    return tuple(
        Spacing(
            route_id=route_id,
            leader_id=leader,
            follower_id=follower,
            headway_s=headway_s,
            kind=kind_of(headway_s, target_s, spec),
        )
        for leader, follower, headway_s in loop_headways(times_s, round_s)
    )


class Headway(msgspec.Struct, frozen=True, kw_only=True):
    """Time between two successive departures from a call; `uncertainty_s` is that of both together."""

    route_id: str
    call: int
    stop_id: str
    leader_id: str
    follower_id: str
    at: datetime
    headway_s: float
    uncertainty_s: float


def departed_at(passage: StopPassage) -> datetime:
    """When the vehicle left: riders who come later wait for the next one."""
    return passage.passed_at + timedelta(seconds=passage.dwell_s or 0.0)


def observed_headways(passages: Iterable[StopPassage]) -> list[Headway]:
    """Headways by call of a pattern, oldest first. A vehicle that passes twice running follows itself."""
    by_call: dict[tuple[str, str, int], list[StopPassage]] = defaultdict(list)
    for passage in passages:
        by_call[passage.route_id, passage.pattern_id, passage.call].append(passage)
    found = []
    for at_call in by_call.values():
        at_call.sort(key=departed_at)
        for leader, follower in itertools.pairwise(at_call):
            found.append(
                Headway(
                    route_id=follower.route_id,
                    call=follower.call,
                    stop_id=follower.stop_id,
                    leader_id=leader.vehicle_id,
                    follower_id=follower.vehicle_id,
                    at=departed_at(follower),
                    headway_s=(departed_at(follower) - departed_at(leader)).total_seconds(),
                    uncertainty_s=leader.uncertainty_s + follower.uncertainty_s,
                )
            )
    found.sort(key=lambda headway: (headway.at, headway.route_id, headway.call))
    return found


def kept_share(headways: Sequence[tuple[float, float]], spec: OperationsSpec) -> float | None:
    """Share of (headway_s, target_s) that are neither bunched nor a gap; None without any."""
    if not headways:
        return None
    return sum(kind_of(headway, target, spec) is None for headway, target in headways) / len(headways)
