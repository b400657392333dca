"""Next arrivals of a route: which vehicles come to a call, and how far off they are in time.

Scheduled seconds are turned into expected ones by a `Course`: the observed pace of every hop
(`measures/prediction.py`) strung together along a pattern, or along a round with the waits at its ends.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from data_sources.measures.patterns import Pattern, Round, RoutePlan
from data_sources.model.operations import Progress

ROUND = ""
"""Key of the round's course among those of the patterns."""
CANDIDATES = 3
"""Vehicles looked at behind a call; the nearest may have passed unseen."""
PASSED_S = 30.0
"""An arrival overdue by more than this has been, or is not coming: it is not announced."""
FAR_S = 3600.0
"""Arrivals farther ahead are the timetable's business."""


class Course:
    """Expected against scheduled seconds along a pattern or a round; `knots` are (scheduled, expected)
    and increase. `observed`: some of it was observed, else both are the same."""

    def __init__(self, knots: Sequence[tuple[float, float]], *, observed: bool) -> None:
        kept = [knots[0]]
        for knot in knots[1:]:
            if knot[0] > kept[-1][0]:
                kept.append(knot)
        self.observed = observed
        self._scheduled = [scheduled for scheduled, _ in kept]
        self._expected = [expected for _, expected in kept]
        self._slopes = [(d - b) / (c - a) for (a, b), (c, d) in pairwise(kept)]

    def at(self, scheduled_s: float) -> float:
        """Expected seconds from the start, at a second of the schedule."""
        index = bisect_right(self._scheduled, scheduled_s) - 1
        if index >= len(self._slopes):
            return self._expected[-1] + scheduled_s - self._scheduled[-1]
        index = max(index, 0)
        return self._expected[index] + (scheduled_s - self._scheduled[index]) * self._slopes[index]

    def ahead_s(self, from_s: float, to_s: float) -> float:
        """Expected seconds from one second of the schedule on to another; over the wrap of a round when
        the other is not later."""
        way_s = self.at(to_s) - self.at(from_s)
        return way_s if to_s > from_s else way_s + self._expected[-1] - self._expected[0]


def pattern_course(pattern: Pattern, paces: Sequence[float], *, observed: bool) -> Course:
    """Course along one pattern, from the pace of every hop."""
    return Course(_knots(pattern, paces, 0.0, 0.0), observed=observed)


def round_course(round_: Round, paces: Mapping[str, Sequence[float]], *, observed: bool) -> Course:
    """Course along a whole round.

    The wait at the end of each pattern is recovery time: who comes in late leaves it the sooner, who
    comes in early waits the longer, so that the next run starts as scheduled where that is possible.
    """
    knots: list[tuple[float, float]] = [(0.0, 0.0)]
    for pattern, start_s in zip(round_.patterns, round_.starts_s, strict=True):
        knots += _knots(pattern, paces[pattern.pattern_id], start_s, knots[-1][1])
        end_s = start_s + pattern.run_s + round_.layover_s
        knots.append((end_s, max(end_s, knots[-1][1])))
    return Course(knots, observed=observed)


def _knots(
    pattern: Pattern, paces: Sequence[float], from_s: float, expected_s: float
) -> list[tuple[float, float]]:
    times = [call.arrival_s for call in pattern.calls]
    if pattern.loop:
        times.append(pattern.run_s)
    knots = [(from_s + times[0], expected_s)]
    for index, (one, other) in enumerate(pairwise(times)):
        expected_s += (other - one) * paces[index]
        knots.append((from_s + other, expected_s))
    return knots


@dataclass(frozen=True, slots=True)
class Coming:
    """A vehicle on its way to a call of a pattern, so many seconds after its last fix."""

    progress: Progress
    pattern: Pattern
    call: int
    scheduled_s: float
    expected_s: float
    observed: bool

    @property
    def expected_at(self) -> datetime:
        """When it arrives at the pace that was observed."""
        return self.progress.observed_at + timedelta(seconds=self.expected_s)

    @property
    def baseline_at(self) -> datetime:
        """When it arrives by the schedule's running times alone."""
        return self.progress.observed_at + timedelta(seconds=self.scheduled_s)


def round_calls(round_: Round) -> list[tuple[float, Pattern, int]]:
    """(second of the round at which a vehicle arrives, pattern, call) in order of time. The first call
    of a loop is arrived at when the run ends, before the wait."""
    found = []
    for pattern, start_s in zip(round_.patterns, round_.starts_s, strict=True):
        for index, call in enumerate(pattern.calls):
            arrival_s = pattern.run_s if pattern.loop and index == 0 else call.arrival_s
            found.append((start_s + arrival_s, pattern, index))
    return sorted(found, key=lambda one: (one[0], one[2]))


def coming(
    plan: RoutePlan,
    progress: Sequence[Progress],
    courses: Mapping[str, Course],
    calls: Sequence[tuple[float, Pattern, int]],
    *,
    goes_on: bool,
) -> Iterator[list[Coming]]:
    """For each call of the route the nearest vehicles on their way to it, nearest first.

    `courses` are by pattern id, the round's under `ROUND`; `calls` are the round's (`round_calls`).
    `goes_on`: vehicles start another round after this one; else none is announced beyond its own.
    """
    off_round: dict[str, list[Progress]] = {}
    placed: list[tuple[float, Progress]] = []
    for one in progress:
        at_s = _in_round(plan, one)
        if at_s is None:
            off_round.setdefault(one.pattern_id, []).append(one)
        else:
            placed.append((at_s, one))
    if plan.round is not None and placed:
        placed.sort(key=lambda pair: (pair[0], pair[1].vehicle_id))
        times = [at_s for at_s, _ in placed]
        for call_s, pattern, index in calls:
            after = bisect_left(times, call_s)
            near = (placed[after - 1 - back] for back in range(min(CANDIDATES, len(placed))))
            yield [
                _coming(courses[ROUND], plan.round.round_s, one, at_s, (call_s, pattern, index))
                for at_s, one in near
                if goes_on or at_s < call_s
            ]
    for pattern_id, own in off_round.items():
        found = plan.pattern(pattern_id)
        if found is not None:
            yield from _on_pattern(found, own, courses[pattern_id])


def upcoming(
    plan: RoutePlan,
    one: Progress,
    courses: Mapping[str, Course],
    calls: Sequence[tuple[float, Pattern, int]],
    *,
    goes_on: bool,
) -> Iterator[Coming]:
    """The calls that one vehicle comes to, once around at most."""
    pattern = plan.pattern(one.pattern_id)
    if pattern is None:
        return
    at_s = _in_round(plan, one)
    if plan.round is None or at_s is None:
        for waiting in _on_pattern(pattern, [one], courses[one.pattern_id]):
            yield from waiting
        return
    for call in calls:
        if call[0] > at_s or goes_on:
            yield _coming(courses[ROUND], plan.round.round_s, one, at_s, call)


def _in_round(plan: RoutePlan, one: Progress) -> float | None:
    return plan.round.time_of(one.pattern_id, one.along_m, one.stopped_s) if plan.round else None


def _coming(
    course: Course, round_s: float, one: Progress, at_s: float, call: tuple[float, Pattern, int]
) -> Coming:
    call_s, pattern, index = call
    way_s = call_s - at_s if call_s > at_s else call_s - at_s + round_s
    return Coming(one, pattern, index, way_s, course.ahead_s(at_s, call_s), course.observed)


def _on_pattern(pattern: Pattern, progress: Sequence[Progress], course: Course) -> Iterator[list[Coming]]:
    placed = sorted(
        ((pattern.time_at(one.along_m, one.stopped_s), one) for one in progress),
        key=lambda pair: (pair[0], pair[1].vehicle_id),
    )
    times = [at_s for at_s, _ in placed]
    for index, call in enumerate(pattern.calls):
        call_s, after = call.arrival_s, bisect_left(times, call.arrival_s)
        yield [
            Coming(one, pattern, index, call_s - at_s, course.ahead_s(at_s, call_s), course.observed)
            for at_s, one in placed[max(after - CANDIDATES, 0) : after][::-1]
            if call.along_m > one.along_m
        ]


def announced(vehicles: Sequence[Coming], now: datetime, at_most: int) -> list[tuple[Coming, datetime]]:
    """The next arrivals at a call with their times, soonest first."""
    found = []
    for one in vehicles:
        at = one.expected_at
        late_s = (now - at).total_seconds()
        if late_s <= PASSED_S and -late_s <= FAR_S:
            found.append((one, max(at, now)))
    found.sort(key=lambda pair: pair[1])
    return found[:at_most]
