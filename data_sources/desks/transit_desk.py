"""The transit desk: keeps vehicles on their patterns and works out how the service stands.

Ingest hands it the positions of each feed and asks for the picture at every tick; what is to be kept
is taken from it afterwards. It holds windows in memory only, and takes them up again from the history.
A vehicle's id is that of `views.vehicles`: `feed:vehicle` with the first feed that carries it.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec

from data_sources.desks.minute_book import MinuteBook
from data_sources.measures import adherence, ghosts, headways, regularity
from data_sources.measures.arrivals import (
    ROUND,
    Course,
    announced,
    coming,
    pattern_course,
    round_calls,
    round_course,
    upcoming,
)
from data_sources.measures.due import is_due
from data_sources.measures.passages import Tracker
from data_sources.measures.patterns import RoutePlan
from data_sources.measures.prediction import OBSERVED_PACE, SCHEDULE, PaceBook, ScoreBook
from data_sources.measures.service_contract import charging_count
from data_sources.model.city import FeedSpec, OperationsSpec, VehicleLimits
from data_sources.model.feed import FeedState
from data_sources.model.operations import (
    Arrival,
    OperationsPicture,
    PredictionScore,
    Progress,
    RouteState,
    ServiceMinute,
    Spacing,
    StopPassage,
)
from data_sources.model.transit import VehiclePosition
from data_sources.schedule import Schedule, service_day_start
from data_sources.views.vehicles import operators, sends_positions

PASSAGES_FOR = timedelta(hours=2)
"""How long passages are kept in memory: what a headway chart shows."""
SCORES_FOR = timedelta(days=7)
"""Errors of how many days tell how good predictions are."""
REVIEW_EVERY = timedelta(seconds=20)
"""What is owed and the pace of hops change by the minute; they need not be asked at every tick."""
SWEEP_EVERY = timedelta(minutes=5)
"""Predictions that never came true may wait this long to be dropped: there are many."""
ARRIVALS_EACH = 2
"""Next arrivals announced at each call."""
NOT_IN_SERVICE = frozenset({"deadhead", "depot", "maintenance", "out_of_service"})
"""Words of `VehiclePosition.status` for a vehicle that is on its line and carries nobody."""


class PastOperations(Protocol):
    """What the desk reads of the history when it starts."""

    def passages_between(
        self, start: datetime, end: datetime, route_id: str | None = None, stop_id: str | None = None
    ) -> list[StopPassage]: ...
    def prediction_scores(self, since: date) -> list[PredictionScore]: ...


class TransitDesk:
    """See the module's text. Only one thread may use an instance at a time.

    `plans` are those of `measures.patterns.route_plans`, `seats` those of one vehicle by the contract.
    """

    def __init__(
        self,
        schedule: Schedule,
        plans: Mapping[str, RoutePlan],
        limits: VehicleLimits,
        spec: OperationsSpec,
        feeds: Sequence[FeedSpec],
        *,
        seats: int | None = None,
    ) -> None:
        self.plans = plans
        self._schedule, self._limits, self._spec = schedule, limits, spec
        self._operator_of = operators(feeds)
        self._calls = {key: round_calls(plan.round) for key, plan in self.plans.items() if plan.round}
        self._trackers: dict[tuple[str, str], Tracker] = {}
        self._route_of: dict[tuple[str, str], str] = {}
        self._newest: dict[str, datetime | None] = {}
        """Newest fix of each feed that was heard of since the start."""
        self._carries: dict[str, set[str]] = {
            route_id: {feed.feed_id for feed in feeds if sends_positions(feed, route_id)}
            for route_id in self.plans
        }
        self._passages: dict[str, deque[StopPassage]] = {route_id: deque() for route_id in self.plans}
        self._owed: dict[str, tuple[datetime, ghosts.Owed, float | None]] = {}
        self._courses: dict[str, tuple[datetime, dict[str, Course]]] = {}
        self._paces, self._scores = PaceBook(), ScoreBook()
        self._moved: set[tuple[str, str]] = set()
        """Vehicles with a passage since the last tick: time to predict their next ones."""
        self._waits: dict[str, datetime] = {}
        """When vehicles begin that wait for the first departure of a timetabled trip."""
        self._minutes = MinuteBook(seats, synthetic=any(feed.synthetic for feed in feeds))
        self._swept_at: datetime | None = None
        self._new_passages: list[StopPassage] = []

    def restore(self, history: PastOperations, now: datetime) -> None:
        """Take up the passages of the last two hours and the errors of the last days."""
        for passage in history.passages_between(now - PASSAGES_FOR, now):
            plan = self.plans.get(passage.route_id)
            pattern = plan.pattern(passage.pattern_id) if plan else None
            if pattern is not None and passage.call < len(pattern.calls):
                self._passages[passage.route_id].append(passage)
                self._paces.learn(passage, pattern)
        since = (now - SCORES_FOR).astimezone(self._schedule.zone)
        self._scores.restore(history.prediction_scores(since.date()))

    def put_positions(self, feed_id: str, positions: Iterable[VehiclePosition], now: datetime) -> None:
        """Take a feed's picture; fixes that are known or older than known ones change nothing."""
        newest = self._newest.get(feed_id)
        operator = self._operator_of.get(feed_id, feed_id)
        for fix in positions:
            if newest is None or fix.observed_at > newest:
                newest = fix.observed_at
            key = (operator, fix.vehicle_id)
            tracker = self._trackers.get(key)
            vehicle_id = f"{feed_id}:{fix.vehicle_id}"
            if tracker is None:
                tracker = self._trackers[key] = Tracker(vehicle_id)
            elif vehicle_id < tracker.vehicle_id:
                tracker.vehicle_id = vehicle_id
            if tracker.last is not None and fix.observed_at <= tracker.last.observed_at:
                continue
            route_id = self._route(fix)
            if route_id is not None:
                self._route_of[key] = route_id
                self._carries[route_id].add(feed_id)
            else:
                self._route_of.pop(key, None)
            for passage in tracker.update(fix, self.plans.get(route_id or "")):
                self._take(key, passage, fix)
        self._newest[feed_id] = newest

    def tick(self, now: datetime, feed_states: Mapping[str, FeedState]) -> OperationsPicture:
        """The picture at `now`, given how each feed does."""
        self._forget(now)
        by_route: dict[str, list[Tracker]] = {route_id: [] for route_id in self.plans}
        for key, route_id in self._route_of.items():
            tracker = self._trackers[key]
            if tracker.on_route and self._seen(tracker, now):
                by_route[route_id].append(tracker)
        states, arrivals = [], []
        for route_id, plan in self.plans.items():
            state = self._state(plan, by_route[route_id], now, feed_states)
            states.append(state)
            arrivals += self._arrivals(plan, state.progress, now)
        self._remember(now)
        for state in states:
            fixes = [t.last for t in by_route[state.route_id] if t.last is not None]
            self._minutes.count(now, state, fixes)
        return OperationsPicture(
            at=now,
            routes=tuple(states),
            arrivals=tuple(arrivals),
            accuracy=self._scores.accuracy(),
            synthetic=any(t.last.synthetic for own in by_route.values() for t in own if t.last),
        )

    def take_records(self) -> tuple[list[StopPassage], list[ServiceMinute], list[PredictionScore]]:
        """What happened since the last call and is to be kept: passages, whole minutes, scores."""
        passages, self._new_passages = self._new_passages, []
        return passages, self._minutes.take(), self._scores.take()

    def passages(self, route_id: str) -> tuple[StopPassage, ...]:
        """Passages of a route of the last two hours, by the time they were told."""
        return tuple(self._passages.get(route_id, ()))

    def _route(self, fix: VehiclePosition) -> str | None:
        trip = self._schedule.trips.get(fix.trip_id or "")
        route_id = trip.route_id if trip is not None else fix.route_id
        return route_id if route_id in self.plans else None

    def _take(self, key: tuple[str, str], passage: StopPassage, fix: VehiclePosition) -> None:
        plan = self.plans[passage.route_id]
        pattern = plan.pattern(passage.pattern_id)
        if pattern is None:
            return
        trip = self._schedule.trips.get(passage.trip_id or "")
        if trip is not None and not trip.frequencies:
            start = self._times_from(passage.trip_id, fix, passage.passed_at)
            if start is not None:
                delay_s = adherence.delay_at_call_s(trip, passage.call, passage.passed_at, start)
                passage = msgspec.structs.replace(passage, delay_s=delay_s)
        self._paces.learn(passage, pattern)
        self._scores.check(passage, passage.passed_at.astimezone(self._schedule.zone).date())
        self._passages[passage.route_id].append(passage)
        self._new_passages.append(passage)
        self._moved.add(key)

    def _times_from(self, trip_id: str | None, fix: VehiclePosition, when: datetime) -> datetime | None:
        """Instant from which the times of the vehicle's run count: the start of its service day, later
        for a run that begins later than its template. None when it is not known which run it is."""
        trip, zone = self._schedule.trips.get(trip_id or ""), self._schedule.zone
        offset = adherence.run_offset(trip, fix.start_time) if trip else None
        if trip is None or offset is None:
            return None
        named = adherence.named_day(fix.start_date)
        if named is not None:
            return service_day_start(named, zone) + offset
        today = when.astimezone(zone).date()
        days = [service_day_start(today - timedelta(days=back), zone) for back in (-1, 0, 1)]
        start = adherence.nearest_day_start(trip, days, when - offset)
        return None if start is None else start + offset

    def _seen(self, tracker: Tracker, now: datetime) -> bool:
        """Whether a vehicle counts as in service: seen of late, and carrying riders."""
        last = tracker.last
        if last is None or (last.status or "") in NOT_IN_SERVICE:
            return False
        return (now - last.observed_at).total_seconds() <= self._limits.ghost_after_s

    def _state(
        self,
        plan: RoutePlan,
        trackers: Sequence[Tracker],
        now: datetime,
        feed_states: Mapping[str, FeedState],
    ) -> RouteState:
        owed, target_s = self._owes(plan, now)
        observed = len(trackers) if self._is_known(plan.route_id, now, feed_states) else None
        progress = tuple(
            self._progress(plan, tracker, tracker.progress, now)
            for tracker in trackers
            if tracker.progress is not None
        )
        spacings: tuple[Spacing, ...] = ()
        round_ = plan.round if plan.by_frequency else None
        if round_ is not None:
            times = {
                one.vehicle_id: at_s
                for one in progress
                if (at_s := round_.time_of(one.pattern_id, one.along_m, one.stopped_s)) is not None
            }
            spacings = headways.spacings(plan.route_id, times, round_.round_s, target_s, self._spec)
        if len(progress) < len(trackers):
            # A vehicle whose place is not told apart yet may stand in what looks like a gap.
            spacings = tuple(one for one in spacings if one.kind != headways.GAP)
            gaps_s = []
        else:
            gaps_s = [one.headway_s for one in spacings]
        named = [tracker.last.trip_id for tracker in trackers if tracker.last and tracker.last.trip_id]
        lacking = ghosts.missing(
            owed, observed, named, sum(not (t.last and t.last.trip_id) for t in trackers)
        )
        return RouteState(
            route_id=plan.route_id,
            owed=owed.vehicles,
            in_service=observed,
            target_headway_s=target_s,
            round_s=plan.round.round_s if plan.round else None,
            cv=regularity.coefficient_of_variation(gaps_s),
            excess_wait_s=regularity.excess_wait_s(gaps_s, target_s),
            spacings=spacings,
            progress=progress,
            ghosts=lacking.vehicles,
            # Runs of one template share its id: they are counted, and not named.
            ghost_trips=tuple(
                one for one in lacking.trip_ids if not self._schedule.trips[one].exact_starts_s
            ),
            charging=charging_count(t.last.status for t in trackers if t.last),
        )

    def _progress(self, plan: RoutePlan, tracker: Tracker, progress: Progress, now: datetime) -> Progress:
        delay_s = None
        fix = tracker.last
        self._waits.pop(tracker.vehicle_id, None)
        if not plan.by_frequency and fix is not None:
            trip, pattern = self._schedule.trips.get(fix.trip_id or ""), plan.pattern(progress.pattern_id)
            start = self._times_from(fix.trip_id, fix, fix.observed_at)
            if trip is not None and pattern is not None and start is not None:
                delay_s = adherence.delay_now_s(trip, pattern, progress.along_m, fix.observed_at, start)
                begins = adherence.begins_at(trip, start)
                if begins is not None and begins > fix.observed_at:
                    self._waits[tracker.vehicle_id] = begins
        pace = self._paces.pace(tracker.vehicle_id, plan.route_id, now)
        return msgspec.structs.replace(progress, vehicle_id=tracker.vehicle_id, pace=pace, delay_s=delay_s)

    def _owes(self, plan: RoutePlan, now: datetime) -> tuple[ghosts.Owed, float | None]:
        known = self._owed.get(plan.route_id)
        if known is None or is_due(known[0], now, REVIEW_EVERY):
            promised = self._schedule.headway_s_at(plan.route_id, now)
            owed = ghosts.owed_now(
                self._schedule.trips_of_route(plan.route_id),
                self._schedule.services,
                self._moments(now),
                headway_s=promised,
                round_s=plan.round.round_s if plan.round else None,
            )
            known = self._owed[plan.route_id] = (now, owed, promised)
        return known[1], known[2]

    def _moments(self, now: datetime) -> list[ghosts.Moment]:
        """Service days that may be running: today's, and those that reach past midnight."""
        zone = self._schedule.zone
        days = [now.astimezone(zone).date() - timedelta(days=back) for back in range(3)]
        return [(day, (now - service_day_start(day, zone)).total_seconds()) for day in days]

    def _is_known(self, route_id: str, now: datetime, feed_states: Mapping[str, FeedState]) -> bool:
        """Whether some feed that carries the route tells of it: up, or late with fixes young enough to
        count. A feed that has not spoken since the start tells nothing yet."""
        for feed_id in self._carries[route_id]:
            state = feed_states.get(feed_id)
            if feed_id not in self._newest or state not in {FeedState.UP, FeedState.LATE}:
                continue
            newest = self._newest[feed_id]
            if state is FeedState.UP:
                return True
            if newest is not None and (now - newest).total_seconds() <= self._limits.ghost_after_s:
                return True
        return False

    def _courses_of(self, plan: RoutePlan, now: datetime) -> dict[str, Course]:
        known = self._courses.get(plan.route_id)
        if known is None or is_due(known[0], now, REVIEW_EVERY):
            profiles = {one.pattern_id: self._paces.profile(one, now) for one in plan.patterns}
            courses = {
                one.pattern_id: pattern_course(
                    one, profiles[one.pattern_id][0], observed=profiles[one.pattern_id][1]
                )
                for one in plan.patterns
            }
            if plan.round is not None:
                paces = {key: profile[0] for key, profile in profiles.items()}
                seen = any(profiles[one.pattern_id][1] for one in plan.round.patterns)
                courses[ROUND] = round_course(plan.round, paces, observed=seen)
            known = self._courses[plan.route_id] = (now, courses)
        return known[1]

    def _arrivals(self, plan: RoutePlan, progress: Sequence[Progress], now: datetime) -> list[Arrival]:
        if not progress:
            return []
        found = []
        goes_on, calls = self._owed[plan.route_id][2] is not None, self._calls.get(plan.route_id, ())
        progress = [self._departing(plan, one) for one in progress]
        for vehicles in coming(plan, progress, self._courses_of(plan, now), calls, goes_on=goes_on):
            for one, expected_at in announced(vehicles, now, ARRIVALS_EACH):
                found.append(
                    Arrival(
                        route_id=plan.route_id,
                        stop_id=one.pattern.calls[one.call].stop_id,
                        call=one.call,
                        vehicle_id=one.progress.vehicle_id,
                        expected_at=expected_at,
                        basis=OBSERVED_PACE if one.observed else SCHEDULE,
                        error_s=self._scores.error_s(plan.route_id, now, expected_at),
                        pattern_id=one.pattern.pattern_id,
                    )
                )
        return found

    def _departing(self, plan: RoutePlan, one: Progress) -> Progress:
        """A vehicle that waits for its first departure, as it will be when it departs."""
        begins, pattern = self._waits.get(one.vehicle_id), plan.pattern(one.pattern_id)
        if begins is None or pattern is None:
            return one
        return msgspec.structs.replace(one, observed_at=begins, along_m=pattern.calls[0].along_m)

    def _remember(self, now: datetime) -> None:
        """Keep predictions of the vehicles that have just passed a stop, to be scored."""
        for key in self._moved:
            tracker, route_id = self._trackers.get(key), self._route_of.get(key)
            if tracker is None or tracker.progress is None or route_id not in self._owed:
                continue
            plan, goes_on = self.plans[route_id], self._owed[route_id][2] is not None
            courses, calls = self._courses_of(plan, now), self._calls.get(route_id, ())
            progress = self._departing(plan, tracker.progress)
            for one in upcoming(plan, progress, courses, calls, goes_on=goes_on):
                name = tracker.vehicle_id, one.pattern.pattern_id, one.call
                self._scores.remember(name, now, one.expected_at, one.baseline_at)
        self._moved.clear()

    def _forget(self, now: datetime) -> None:
        """Drop vehicles and passages that are too old to say anything."""
        gone_s = self._limits.forget_after_s
        for key, tracker in list(self._trackers.items()):
            if tracker.last is not None and (now - tracker.last.observed_at).total_seconds() > gone_s:
                del self._trackers[key]
                self._route_of.pop(key, None)
        since = now - PASSAGES_FOR
        for passages in self._passages.values():
            while passages and passages[0].passed_at < since:
                passages.popleft()
        if is_due(self._swept_at, now, SWEEP_EVERY):
            self._swept_at = now
            self._paces.forget(now)
            self._scores.forget(now)
