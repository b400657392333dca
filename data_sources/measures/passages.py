"""Stop passages: when a vehicle reached a stop, how long it stood there, and how sure that is.

Terms follow TIDES (Transit Integrated Data Exchange Specification, table `stop_visits`): arrival, departure,
dwell. `passed_at` is the arrival; at the first call of a run that is not a loop, where only leaving
says something, it is the departure.

- A vehicle *stands* at a call when it moves slower than `STANDING_MPS` inside the call's zone:
  `ZONE_M` to both sides, or half the way to the neighbouring call where that is nearer.
- Its arrival is the start of that standing, moved back to the middle of the interval in which it came
  to rest; its departure is the end of it, moved on
  likewise. Without standing it passes when its way crosses the call.
- Between two fixes time is spread as the schedule spreads it, dwell included: over a gap of a minute
  with three stops in it a constant speed would be wrong at each of them.
- `uncertainty_s` is half of the interval in which it happened: the event lies within that.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from data_sources.measures import matching
from data_sources.measures.matching import Hypothesis, MatchLimits, patterns_for
from data_sources.measures.patterns import Pattern, RoutePlan
from data_sources.model.operations import Progress, StopPassage
from data_sources.model.transit import VehiclePosition

ZONE_M = 25.0
"""Reach of a stop: a bus, its bay and the receiver's noise. Half of TransitClock's default (50 m before
and after a stop), as stops on two sides of one road lie 15 to 40 m apart."""
STANDING_MPS = 1.0
"""Slower than walking pace is standing, with noise."""
DWELL_KNOWN_S = 15.0
"""With longer intervals a short stop hides between two fixes: dwell is then unknown, not zero."""
ENDED_M = 15.0
"""This near to its end a run has arrived."""
STILL_M = 15.0
"""Moves shorter than this are noise of a vehicle at rest."""

DEFAULT_LIMITS = MatchLimits()


@dataclass(slots=True)
class _Walk:
    """What is taken as true of a vehicle's way along one pattern, and the call it comes to next."""

    pattern: Pattern
    at_s: float
    along_m: float
    call: int
    stands_since_s: float | None = None
    stood_until_s: float = 0.0
    moves_off: bool = False
    crossed: tuple[float, float] | None = None
    """(epoch s, uncertainty_s) at which it drove over the call that it comes to next."""
    uncertainty_s: float = 0.0
    speed_mps: float | None = None
    passed_s: float = 0.0
    still_m: float = 0.0
    still_since_s: float = 0.0


@dataclass(slots=True)
class Tracker:
    """Follows one vehicle. `update` takes its fixes in order of time; older ones are ignored."""

    vehicle_id: str
    limits: MatchLimits = DEFAULT_LIMITS
    progress: Progress | None = field(default=None, init=False)
    """Where it is, None while that is not known: off its route, or not yet told apart."""
    on_route: bool = field(default=False, init=False)
    """Whether its last fixes lie on a pattern of its route, told apart or not; a single one beside it
    does not take a vehicle out of service."""
    last: VehiclePosition | None = field(default=None, init=False)
    _beam: list[Hypothesis] = field(default_factory=list, init=False)
    _steps: int = field(default=0, init=False)
    _misses: int = field(default=0, init=False)
    _matched: VehiclePosition | None = field(default=None, init=False)
    _walk: _Walk | None = field(default=None, init=False)
    _run: tuple[str | None, Pattern | None] = field(default=(None, None), init=False)

    def update(self, fix: VehiclePosition, plan: RoutePlan | None) -> list[StopPassage]:
        """Take a fix of a vehicle that serves `plan` (None: no known route) and return the passages
        that it completes."""
        if self.last is not None and fix.observed_at <= self.last.observed_at:
            return []
        self.last = fix
        if plan is None:
            return self._let_go()
        done = self._end_of_run(fix, plan)
        beam: list[Hypothesis] = []
        if self._beam and self._matched is not None:
            beam = matching.extend(self._beam, fix, self._matched, self.limits)
            if not beam and self._misses + 1 < self.limits.misses:
                self._misses += 1
                self.progress = None
                return done
        if not beam:
            done += self._let_go()
            beam = matching.acquire(patterns_for(plan, fix.trip_id), fix, self.limits)
            if not beam and fix.trip_id in plan.pattern_of_trip:
                # The trip it names is not the one it drives: look on all of the route.
                beam = matching.acquire(plan.patterns, fix, self.limits)
        self._beam, self._misses, self._matched = beam, 0, fix
        self._steps += 1
        self.on_route = bool(beam)
        truth = matching.settled(beam, self._steps)
        if truth is not None:
            self._beam = [truth]
            done += self._take(truth, plan)
        elif self._walk is not None and matching.close_together(beam):
            # Before or after the turn of a dead end: told with the care of the one that is less far.
            least = min(beam, key=lambda one: one.along_m)
            self._tell(least.pattern, _on_loop(least.pattern, least.along_m), 0.0, plan)
        else:
            self.progress = None
        return done

    def _end_of_run(self, fix: VehiclePosition, plan: RoutePlan) -> list[StopPassage]:
        """Let go of what cannot continue: silence, another route, another run of an open pattern."""
        if self._matched is None or not self._beam:
            return []
        pattern = self._beam[0].pattern
        own = plan.pattern_of_trip.get(fix.trip_id or "")
        run = (fix.trip_id, own)
        changed = run != self._run and fix.trip_id is not None and not (own and own is pattern and own.loop)
        known_before, self._run = self._run[0], run
        silent_s = (fix.observed_at - self._matched.observed_at).total_seconds()
        if pattern.route_id != plan.route_id or silent_s > self.limits.gap_s:
            return self._let_go()
        return self._let_go() if changed and known_before is not None else []

    def _let_go(self) -> list[StopPassage]:
        """Forget the way so far. A run that stands at its last call has arrived there."""
        walk, self._walk = self._walk, None
        self._beam, self._steps, self._misses, self._matched = [], 0, 0, None
        self.progress, self.on_route = None, False
        if walk is None or walk.stands_since_s is None or self.last is None or walk.pattern.loop:
            return []
        if walk.call != len(walk.pattern.calls) - 1:
            return []
        return [self._passage(walk, walk.stands_since_s, None, walk.uncertainty_s)]

    def _take(self, truth: Hypothesis, plan: RoutePlan) -> list[StopPassage]:
        done: list[StopPassage] = []
        for at_s, along_m in truth.steps():
            if self._walk is None:
                self._walk = _begin(truth.pattern, at_s, along_m)
            else:
                done += self._go(self._walk, at_s, along_m)
        truth.trail = None
        walk = self._walk
        if walk is None:
            return done
        self._tell(walk.pattern, _told_m(walk), walk.at_s - walk.still_since_s, plan)
        return done

    def _tell(self, pattern: Pattern, along_m: float, stopped_s: float, plan: RoutePlan) -> None:
        if self.last is None:
            return
        self.progress = Progress(
            vehicle_id=self.vehicle_id,
            route_id=plan.route_id,
            pattern_id=pattern.pattern_id,
            along_m=along_m,
            time_share=time_share(plan, pattern, along_m, stopped_s),
            observed_at=self.last.observed_at,
            next_call=pattern.next_call(along_m),
            off_route_m=self._beam[0].off_m,
            stopped_s=stopped_s,
        )

    def _go(self, walk: _Walk, at_s: float, along_m: float) -> list[StopPassage]:
        """Move on to a place and return the calls left behind."""
        gone_s = at_s - walk.at_s
        from_s, from_m, came_mps = walk.at_s, walk.along_m, walk.speed_mps
        speed_mps = (along_m - from_m) / gone_s
        walk.at_s, walk.along_m, walk.speed_mps = at_s, along_m, speed_mps
        if along_m - walk.still_m > STILL_M:
            walk.still_m, walk.still_since_s = along_m, at_s
        done = []
        while walk.pattern.loop or walk.call < len(walk.pattern.calls):
            call_m, _ = walk.pattern.place_of(walk.call)
            zone_m = _zone_m(walk.pattern, walk.call)
            last = not walk.pattern.loop and walk.call == len(walk.pattern.calls) - 1
            if along_m < call_m - zone_m:
                break
            if walk.crossed is None and along_m >= call_m:
                crossed_s = _crossing_s(walk, call_m, (from_s, from_m), (at_s, along_m))
                walk.crossed = crossed_s, gone_s / 2
            if speed_mps < STANDING_MPS and from_m >= call_m - zone_m and along_m <= call_m + zone_m:
                self._stand(walk, from_s, at_s, came_mps)
            elif walk.stands_since_s is None:
                walk.uncertainty_s = gone_s / 2
            elif not walk.moves_off:
                # It set off somewhere inside this interval: in the middle, on average.
                walk.stood_until_s, walk.moves_off = from_s + gone_s / 2, True
            if last and along_m >= call_m - ENDED_M:
                done.append(self._ended(walk, at_s, gone_s))
            elif along_m > call_m + zone_m:
                done.append(self._left(walk, gone_s))
            else:
                break
            walk.call += 1
            walk.stands_since_s, walk.moves_off, walk.crossed = None, False, None
        return done

    def _stand(self, walk: _Walk, from_s: float, at_s: float, came_mps: float | None) -> None:
        if walk.stands_since_s is None:
            walk.stands_since_s = from_s
            if came_mps is not None and came_mps > STANDING_MPS:
                # It came to rest somewhere inside the interval before.
                walk.stands_since_s = from_s - walk.uncertainty_s
        walk.stood_until_s, walk.moves_off = at_s, False

    def _ended(self, walk: _Walk, at_s: float, gone_s: float) -> StopPassage:
        """The end of a run that is not a loop: it has arrived as soon as it is near."""
        if walk.stands_since_s is not None:
            return self._passage(walk, walk.stands_since_s, None, walk.uncertainty_s)
        crossed_s, uncertainty_s = walk.crossed or (at_s, gone_s / 2)
        return self._passage(walk, crossed_s, None, uncertainty_s)

    def _left(self, walk: _Walk, gone_s: float) -> StopPassage:
        """A call left behind, by an interval of `gone_s`."""
        first = walk.call == 0 and not walk.pattern.loop
        if walk.stands_since_s is not None:
            if first:
                return self._passage(walk, walk.stood_until_s, None, gone_s / 2)
            stood_s = walk.stood_until_s - walk.stands_since_s
            return self._passage(walk, walk.stands_since_s, stood_s, walk.uncertainty_s)
        # A first call that it was already beyond when it came into sight was left before that.
        crossed_s, uncertainty_s = walk.crossed or (walk.at_s - gone_s, gone_s / 2)
        dwell_s = 0.0 if 2 * uncertainty_s <= DWELL_KNOWN_S and not first else None
        return self._passage(walk, crossed_s, dwell_s, uncertainty_s)

    def _passage(
        self, walk: _Walk, passed_s: float, dwell_s: float | None, uncertainty_s: float
    ) -> StopPassage:
        pattern = walk.pattern
        index = walk.call % len(pattern.calls)
        # Calls closer together than noise can be told apart in order only, not in time.
        walk.passed_s = max(round(passed_s, 1), walk.passed_s + 0.1)
        last = self.last
        trip_id = self._run[0] if self._run[1] is pattern else None
        return StopPassage(
            route_id=pattern.route_id,
            pattern_id=pattern.pattern_id,
            call=index,
            stop_id=pattern.calls[index].stop_id,
            vehicle_id=self.vehicle_id,
            passed_at=datetime.fromtimestamp(round(walk.passed_s, 1), UTC),
            uncertainty_s=uncertainty_s,
            dwell_s=dwell_s,
            trip_id=trip_id,
            synthetic=last is not None and last.synthetic,
        )


def time_share(plan: RoutePlan, pattern: Pattern, along_m: float, stood_s: float = 0.0) -> float:
    """Share of the round's time, 0 <= share < 1, at a place; outside a round, of the run's time."""
    if plan.round is not None:
        time_s = plan.round.time_of(pattern.pattern_id, along_m, stood_s)
        if time_s is not None:
            return time_s / plan.round.round_s
    return pattern.time_at(along_m, stood_s) / pattern.run_s if pattern.run_s else 0.0


def _begin(pattern: Pattern, at_s: float, along_m: float) -> _Walk:
    """A way that begins inside a call's zone has not been seen to arrive there: it comes to the next
    one, but for the first call of an open pattern, whose departure can be seen."""
    open_start = not pattern.loop and along_m <= pattern.calls[0].along_m + _zone_m(pattern, 0)
    call = 0
    if not open_start:
        turn = int(along_m // pattern.length_m) if pattern.loop else 0
        call = turn * len(pattern.calls)
        while (pattern.loop or call < len(pattern.calls)) and (
            pattern.place_of(call)[0] - _zone_m(pattern, call) <= along_m
        ):
            call += 1
    return _Walk(pattern, at_s, along_m, call, still_m=along_m, still_since_s=at_s)


def _told_m(walk: _Walk) -> float:
    """Metres along, 0 to the length. A vehicle that has come round and has not left the first stop of
    its loop yet is at the end of its run, not at the start of the next."""
    if not walk.pattern.loop:
        return walk.along_m
    ends = walk.call % len(walk.pattern.calls) == 0 and walk.along_m >= walk.pattern.place_of(walk.call)[0]
    return walk.pattern.length_m if ends else _on_loop(walk.pattern, walk.along_m)


def _on_loop(pattern: Pattern, along_m: float) -> float:
    return along_m % pattern.length_m if pattern.loop else along_m


def _zone_m(pattern: Pattern, call: int) -> float:
    """Reach of a call to both sides, so that zones do not overlap."""
    here, _ = pattern.place_of(call)
    ends = pattern.loop or call > 0
    before = here - pattern.place_of(call - 1)[0] if ends else 2 * ZONE_M
    further = pattern.loop or call + 1 < len(pattern.calls)
    after = pattern.place_of(call + 1)[0] - here if further else 2 * ZONE_M
    return min(ZONE_M, before / 2, after / 2)


def _crossing_s(walk: _Walk, call_m: float, begin: tuple[float, float], end: tuple[float, float]) -> float:
    """Epoch seconds at which the way between two fixes, (epoch s, metres along) each, crosses a call,
    spread as the schedule is."""
    (from_s, from_m), (at_s, along_m) = begin, end
    pattern = walk.pattern
    arrival_s = pattern.place_of(walk.call)[1]
    start_s, end_s = _schedule_s(pattern, from_m), _schedule_s(pattern, along_m)
    if end_s - start_s > 0:
        share = (arrival_s - start_s) / (end_s - start_s)
    elif along_m > from_m:
        share = (call_m - from_m) / (along_m - from_m)
    else:
        share = 1.0
    return from_s + min(max(share, 0.0), 1.0) * (at_s - from_s)


def _schedule_s(pattern: Pattern, along_m: float) -> float:
    """Scheduled seconds of a place counted on over the wraps of a loop."""
    turn, rest = divmod(along_m, pattern.length_m) if pattern.loop else (0.0, along_m)
    return turn * pattern.run_s + pattern.time_at(rest)
