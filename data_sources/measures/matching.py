"""Map matching of one vehicle to the patterns of its route, by place *and* continuity.

A fix alone cannot tell where a vehicle is on a line that passes the same street twice, so a few
hypotheses are carried along and the least likely dropped, as in Newson and Krumm, "Hidden Markov map
matching through noise and sparseness" (ACM GIS 2009): a fix costs its distance from the path
(Gaussian), a step costs the difference between the way along the path and the way in the air. A
bearing that points elsewhere costs too. What stands is told only once one hypothesis is left.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data_sources.measures.patterns import Pattern, RoutePlan
from data_sources.model.gtfs import distance_m
from data_sources.model.transit import VehiclePosition


@dataclass(frozen=True, slots=True)
class MatchLimits:
    """What a match may cost.

    `tolerance_m`: farther off is off the route (60 m is TransitClock's default,
    `core.maxDistanceFromSegment`).
    `noise_m`: standard deviation of a fix across the path; a receiver between buildings has 5 to
    10 m, hand-laid shapes as much again. `back_m`: a vehicle seems to roll back by noise up to this
    far. `speed_max_mps`: no vehicle is faster (50 m/s, 180 km/h, is beyond any bus or commuter train).
    `gap_s`: after longer silence nothing is said of the stops between. `misses`: fixes off the path
    after which the vehicle is looked for anew.
    """

    tolerance_m: float = 60.0
    noise_m: float = 10.0
    back_m: float = 60.0
    speed_max_mps: float = 50.0
    gap_s: float = 300.0
    misses: int = 3


PRUNE = 6.0
"""Cost (negative log likelihood) beyond the best at which a hypothesis is dropped: 1 in 400."""
MEMORY = 0.9
"""Share of its cost that a hypothesis carries on to the next fix. Errors of a shape and of a receiver
last: two ways 5 m apart must not be told apart by a hundred fixes that all err to the same side."""
BEAM = 6
"""Hypotheses carried at most."""
SAME_PLACE_M = 30.0
"""Hypotheses of one pattern closer together than this are one."""
SETTLE_STEPS = 40
"""Fixes after which the likeliest of several *patterns* is taken as true although others fit as well:
those that share a long stretch cannot be told apart on it, and need not be. Places of one pattern are
never settled so: a loop may take one street twice, half a round apart."""
CLOSE_M = 500.0
"""Hypotheses so close together differ by a minute or two: enough to show a vehicle, not to say when it
passed a stop."""
REACH_SPARE_M = 100.0
"""How much farther than its top speed allows a vehicle is looked for: noise of two fixes."""
BEARING_COST = 4.0
"""Cost of driving against the path; a bearing off by 90 degrees costs half of it."""
MOVING_M = 10.0
"""Shorter moves say nothing about the direction of travel, nor does the bearing of a receiver at rest."""
SEQUENCE_COST = 4.0
"""Cost of a place that lies not before the stop which the vehicle says it heads for."""
STEP_SPREAD_M, STEP_SPREAD_MPS = 15.0, 2.0
"""How far way along the path and way in the air may differ: noise, and corners cut between fixes."""


Trail = tuple["Trail | None", float, float]
"""(steps before, epoch s, along_m)."""


@dataclass(slots=True)
class Hypothesis:
    """A place on a pattern with what it has cost so far. `along_m` runs on over the wraps of a loop;
    `trail` holds its steps since the last time it was taken as true, newest first, each with those
    before it, so that hypotheses share them."""

    pattern: Pattern
    along_m: float
    cost: float
    off_m: float
    trail: "Trail | None"

    def steps(self) -> list[tuple[float, float]]:
        """(epoch s, along_m) since it was last taken as true, oldest first."""
        found, trail = [], self.trail
        while trail is not None:
            found.append((trail[1], trail[2]))
            trail = trail[0]
        return found[::-1]


def acquire(patterns: Iterable[Pattern], fix: VehiclePosition, limits: MatchLimits) -> list[Hypothesis]:
    """Every place where a vehicle without history may be; empty when it is on none of the patterns."""
    at_s = fix.observed_at.timestamp()
    found = []
    for pattern in patterns:
        for place_m, off_m, bearing in pattern.path.nearest(fix.lat, fix.lon, limits.tolerance_m):
            along_m = place_m % pattern.length_m if pattern.loop else place_m
            cost = _fix_cost(off_m, bearing, fix, fix.speed_kmh, limits)
            cost += _sequence_cost(pattern, along_m, fix)
            found.append(Hypothesis(pattern, along_m, cost, off_m, (None, at_s, along_m)))
    return _kept(found)


def extend(
    beam: Sequence[Hypothesis],
    fix: VehiclePosition,
    last: VehiclePosition,
    limits: MatchLimits,
) -> list[Hypothesis]:
    """Where each hypothesis can be now, given the fix before; empty when none can be near the fix."""
    at_s = fix.observed_at.timestamp()
    gone_s = at_s - last.observed_at.timestamp()
    moved_m = distance_m(last.lat, last.lon, fix.lat, fix.lon)
    reach_m = limits.speed_max_mps * gone_s + REACH_SPARE_M
    # A vehicle cannot be farther along than its move in the air lets it, but for corners: look near first.
    reach_m = min(reach_m, 3 * moved_m + 10 * gone_s + REACH_SPARE_M)
    spread_m = STEP_SPREAD_M + STEP_SPREAD_MPS * gone_s
    speed_kmh = fix.speed_kmh if moved_m < MOVING_M or fix.speed_kmh else moved_m / gone_s * 3.6
    found = []
    for one in beam:
        places = one.pattern.path.nearest(
            fix.lat, fix.lon, limits.tolerance_m, one.along_m - limits.back_m, one.along_m + reach_m
        )
        for place_m, off_m, bearing in places:
            step_m = place_m - one.along_m
            cost = MEMORY * one.cost + _fix_cost(off_m, bearing, fix, speed_kmh, limits)
            cost += abs(max(step_m, 0.0) - moved_m) / spread_m
            if step_m < 0:
                cost += (step_m / (2 * limits.noise_m)) ** 2 / 2
            along_m = max(place_m, one.along_m)
            found.append(Hypothesis(one.pattern, along_m, cost, off_m, (one.trail, at_s, along_m)))
    return _kept(found)


def close_together(beam: Sequence[Hypothesis]) -> bool:
    """Whether all hypotheses are places of one pattern that lie within `CLOSE_M` of each other."""
    places = [one.along_m for one in beam]
    same = len({id(one.pattern) for one in beam}) == 1
    return same and max(places) - min(places) <= CLOSE_M


def settled(beam: Sequence[Hypothesis], steps: int) -> Hypothesis | None:
    """The hypothesis to take as true after so many fixes, or None while there is no telling."""
    if len(beam) == 1:
        return beam[0]
    if beam and steps >= SETTLE_STEPS and len({id(one.pattern) for one in beam}) == len(beam):
        return beam[0]
    return None


def _fix_cost(
    off_m: float, bearing: float, fix: VehiclePosition, speed_kmh: float | None, limits: MatchLimits
) -> float:
    cost = (off_m / limits.noise_m) ** 2 / 2
    # A fix beyond the noise is as likely a bad shape as a wrong street: held, or one shift decides all.
    cost = min(cost, PRUNE)
    if fix.bearing_deg is not None and (speed_kmh is None or speed_kmh > 5.0):
        cost += BEARING_COST * (1 - math.cos(math.radians(fix.bearing_deg - bearing))) / 2
    return cost


def _sequence_cost(pattern: Pattern, along_m: float, fix: VehiclePosition) -> float:
    """Cost of a place before the call ahead of the one that the vehicle names, or beyond it."""
    if fix.stop_sequence is None:
        return 0.0
    for index, call in enumerate(pattern.calls):
        if call.stop_sequence == fix.stop_sequence:
            after_m = pattern.calls[index - 1].along_m if index else call.along_m - SAME_PLACE_M
            inside = after_m - SAME_PLACE_M <= along_m <= call.along_m + SAME_PLACE_M
            return 0.0 if inside else SEQUENCE_COST
    return 0.0


def _kept(found: list[Hypothesis]) -> list[Hypothesis]:
    """The likeliest, one for each place, with the best one's cost counted as nothing."""
    if len(found) == 1:
        found[0].cost = 0.0
        return found
    found.sort(key=lambda one: one.cost)
    kept: list[Hypothesis] = []
    for one in found:
        if one.cost > found[0].cost + PRUNE or len(kept) == BEAM:
            break
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    least = found[0].cost if found else 0.0
    for one in kept:
        one.cost -= least
    return kept


def _same(one: Hypothesis, other: Hypothesis) -> bool:
    if one.pattern is not other.pattern:
        return False
    gap_m = abs(one.along_m - other.along_m)
    if one.pattern.loop:
        gap_m %= one.pattern.length_m
        gap_m = min(gap_m, one.pattern.length_m - gap_m)
    return gap_m < SAME_PLACE_M


def patterns_for(plan: RoutePlan, trip_id: str | None) -> tuple[Pattern, ...]:
    """Patterns to look on first: the trip's own where it is known, else all of the route."""
    own = plan.pattern_of_trip.get(trip_id or "")
    return plan.patterns if own is None else (own,)
