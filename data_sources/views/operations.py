"""Transit operations for the screen and the API: the frame of topic `operations`, and one stop's board.

Frame of the topic; what is not known is left out (formats: docs/architecture.md):
```json
{"t": 0, "seq": 1, "synthetic": true, "replay": false, "at": "when ingest worked it out",
 "routes": [{"route_id": "", "owed": 5, "in_service": 4, "ghosts": 1, "target_headway_s": 840.0,
   "round_s": 4200.0, "cv": 0.21, "excess_wait_s": 31.0, "charging": 0,
   "spacings": [{"leader_id": "", "follower_id": "", "headway_s": 812, "kind": "gap, bunched"}],
   "progress": [{"vehicle_id": "", "time_share": 0.4312, "next_stop_id": "", "next_at": "", "delay_s": 40}],
   "ghost_runs": [{"run_id": "", "time_share": 0.12}]}]}
```
`time_share` is a place on the ladder (`views/ladders.py`): the part of the round's time gone, 0 to 1;
of a line without a round, of its way's time, each way on a half of it. Ghosts of a line run by headways
are a number: nobody can say where a bus is that was never seen, so only timetabled runs are named.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from data_sources.measures.adherence import nearest_day_start
from data_sources.measures.freshness import Freshness, value_freshness
from data_sources.measures.headways import departed_at, observed_headways
from data_sources.measures.patterns import Pattern, RoutePlan
from data_sources.model.gtfs import span
from data_sources.model.operations import Arrival, OperationsPicture, Progress, RouteState, StopPassage
from data_sources.schedule import Schedule, service_day_start
from data_sources.views.feeds import BothNames

CADENCE_S = 5.0
"""Ingest works the picture out at least so often."""
PASSAGES_FOR = timedelta(hours=2)
"""What the headway chart of a stop shows."""
PATIENCE_S = 2.0
"""Ladder and board need not follow each second; a change of who is there is sent at once."""
HALF = 0.5
BEFORE_END = 0.9999
"""The greatest share: a whole round is the next one's beginning."""

_Item = TypeVar("_Item", bound=msgspec.Struct)
_json = msgspec.json.Encoder()


def picture_state(picture: OperationsPicture | None, now: datetime) -> Freshness:
    """How far the picture can be acted on: ingest may be dead."""
    return value_freshness(picture.at if picture else None, now, CADENCE_S)


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vehicle of a ladder, and the stop that it comes to next."""

    vehicle_id: str
    time_share: float
    next_stop_id: str | None = None
    next_at: datetime | None = None
    delay_s: int | None = None


class Gap(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A spacing; `kind` is `bunched`, `gap` or left out."""

    leader_id: str
    follower_id: str
    headway_s: int
    kind: str | None = None


class GhostRun(msgspec.Struct, frozen=True, kw_only=True):
    """A timetabled run that no vehicle drives, where it ought to be."""

    run_id: str
    time_share: float


class RouteFrame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the frame."""

    route_id: str
    owed: int | None = None
    in_service: int | None = None
    ghosts: int | None = None
    target_headway_s: float | None = None
    round_s: float | None = None
    cv: float | None = None
    excess_wait_s: float | None = None
    charging: int | None = None
    spacings: list[Gap] = []
    progress: list[Place] = []
    ghost_runs: list[GhostRun] = []

    @property
    def gist(self) -> tuple[object, ...]:
        """What a dispatcher must not wait for: who is there, who is missing, what has bunched."""
        kinds = [(one.leader_id, one.kind) for one in self.spacings]
        return self.owed, self.in_service, self.ghosts, kinds, [one.vehicle_id for one in self.progress]


class OperationsFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `operations` (module docstring)."""

    synthetic: bool
    replay: bool
    at: datetime
    routes: list[RouteFrame]

    def patience_s(self, previous: object) -> float:
        """None when vehicles come or go, or a count or the kind of a spacing changes."""
        alike = isinstance(previous, OperationsFrame) and [route.gist for route in self.routes] == [
            route.gist for route in previous.routes
        ]
        return PATIENCE_S if alike else 0.0

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return _json.encode({"t": t_ms, "seq": seq, **fields})


def operations_frame(
    picture: OperationsPicture,
    plans: Mapping[str, RoutePlan],
    schedule: Schedule | None,
    *,
    synthetic: bool = False,
    replay: bool = False,
) -> OperationsFrame:
    """The frame of a picture. `plans` are those of `measures.patterns.route_plans`."""
    due = {(one.vehicle_id, one.pattern_id, one.call): one.expected_at for one in picture.arrivals}
    return OperationsFrame(
        synthetic=synthetic or picture.synthetic,
        replay=replay,
        at=picture.at,
        routes=[
            _route(state, plans[state.route_id], due, ghost_runs(state, plans, schedule, picture.at))
            for state in picture.routes
            if state.route_id in plans
        ],
    )


def ghost_runs(
    state: RouteState, plans: Mapping[str, RoutePlan], schedule: Schedule | None, now: datetime
) -> list[GhostRun]:
    """The named runs that nobody drives, where the timetable has them at `now`."""
    plan = plans.get(state.route_id)
    if plan is None or schedule is None:
        return []
    today = now.astimezone(schedule.zone).date()
    days = [service_day_start(today - timedelta(days=back), schedule.zone) for back in (-1, 0, 1)]
    found = []
    for trip_id in state.ghost_trips:
        trip, pattern = schedule.trips.get(trip_id), plan.pattern_of_trip.get(trip_id)
        times = span(trip.stop_times) if trip else None
        start = nearest_day_start(trip, days, now) if trip else None
        if pattern is None or times is None or start is None:
            continue
        gone_s = (now - start).total_seconds() - times[0]
        begins_s, whole_s = 0.0, pattern.run_s
        if plan.round is not None and pattern in plan.round.patterns:
            begins_s = plan.round.starts_s[plan.round.patterns.index(pattern)]
            whole_s = plan.round.round_s
        share = (begins_s + min(max(gone_s, 0.0), pattern.run_s)) / whole_s if whole_s else 0.0
        place = min(ladder_share(plan, pattern, share), BEFORE_END)
        found.append(GhostRun(run_id=trip_id, time_share=round(place, 4)))
    return found


def ladder_patterns(plan: RoutePlan) -> tuple[Pattern, ...]:
    """Patterns that the ladder of a route shows: its round's, else the longest of each direction."""
    if plan.round is not None:
        return plan.round.patterns
    by_length = sorted(plan.patterns, key=lambda pattern: -len(pattern.calls))
    ways = [next((p for p in by_length if p.direction_id == way), None) for way in (0, 1)]
    return tuple(way for way in ways if way is not None) or tuple(by_length[:1])


def ladder_share(plan: RoutePlan, pattern: Pattern, share: float) -> float:
    """Place on the ladder of a share of the round's time; of a line without a round, of its run's."""
    return share if plan.round is not None else HALF * (share + (pattern.direction_id == 1))


class ArrivalItem(Arrival, frozen=True, kw_only=True, omit_defaults=False):
    """A predicted arrival; `basis` says by what, `error_s` how far such ones were off so far."""


class PassageItem(StopPassage, frozen=True, kw_only=True, omit_defaults=False):
    """A passage, and the time since the one before it on the same call; null for the first."""

    headway_s: float | None = None


class StopBoard(msgspec.Struct, frozen=True, kw_only=True):
    """One stop: what comes next, soonest first, and what has passed in the last two hours, oldest first.

    `at` is when the arrivals were worked out, `state` how far they can be relied on; stale ones are
    left out.
    """

    stop_id: str
    name: BothNames
    at: datetime | None
    state: Freshness
    arrivals: list[ArrivalItem]
    passages: list[PassageItem]
    synthetic: bool
    replay: bool


def stop_board(
    stop_id: str,
    name: BothNames,
    picture: OperationsPicture | None,
    passages: Iterable[StopPassage],
    now: datetime,
    *,
    synthetic: bool = False,
    replay: bool = False,
) -> StopBoard:
    """The board of a stop. `passages` may be of others too."""
    since = now - PASSAGES_FOR
    own = [one for one in passages if one.stop_id == stop_id and since <= one.passed_at <= now]
    state = picture_state(picture, now)
    told = picture.arrivals if picture is not None and is_usable(state) else ()
    arrivals = [_widened(ArrivalItem, one) for one in told if one.stop_id == stop_id]
    marked = picture is not None and picture.synthetic
    return StopBoard(
        stop_id=stop_id,
        name=name,
        at=picture.at if picture else None,
        state=state,
        arrivals=sorted(arrivals, key=lambda one: (one.expected_at, one.vehicle_id)),
        passages=_with_headways(own),
        synthetic=synthetic or marked or any(one.synthetic for one in own),
        replay=replay,
    )


def is_usable(state: Freshness) -> bool:
    """Whether a value of that freshness may still be shown as how things stand."""
    return state in {Freshness.FRESH, Freshness.AGEING}


def _with_headways(passages: Iterable[StopPassage]) -> list[PassageItem]:
    by_call: dict[tuple[str, str, int], list[StopPassage]] = defaultdict(list)
    for one in passages:
        by_call[one.route_id, one.pattern_id, one.call].append(one)
    items = []
    for at_call in by_call.values():
        at_call.sort(key=departed_at)
        headways = [None, *(one.headway_s for one in observed_headways(at_call))]
        items += [
            _widened(PassageItem, one, headway_s=headway_s)
            for one, headway_s in zip(at_call, headways, strict=True)
        ]
    return sorted(items, key=lambda one: (one.passed_at, one.route_id, one.call, one.vehicle_id))


def _route(
    state: RouteState,
    plan: RoutePlan,
    due: Mapping[tuple[str, str, int], datetime],
    ghosts: Sequence[GhostRun],
) -> RouteFrame:
    return RouteFrame(
        route_id=state.route_id,
        owed=state.owed,
        in_service=state.in_service,
        ghosts=state.ghosts,
        target_headway_s=state.target_headway_s,
        round_s=state.round_s,
        cv=None if state.cv is None else round(state.cv, 3),
        excess_wait_s=None if state.excess_wait_s is None else round(state.excess_wait_s),
        charging=state.charging,
        spacings=[
            Gap(
                leader_id=one.leader_id,
                follower_id=one.follower_id,
                headway_s=round(one.headway_s),
                kind=one.kind,
            )
            for one in state.spacings
        ],
        progress=[_place(one, plan, due) for one in state.progress],
        ghost_runs=list(ghosts),
    )


def _place(one: Progress, plan: RoutePlan, due: Mapping[tuple[str, str, int], datetime]) -> Place:
    pattern = plan.pattern(one.pattern_id)
    beyond_last = pattern is None or one.next_call >= len(pattern.calls)
    next_at = due.get((one.vehicle_id, one.pattern_id, one.next_call))
    share = one.time_share if pattern is None else ladder_share(plan, pattern, one.time_share)
    return Place(
        vehicle_id=one.vehicle_id,
        time_share=round(min(share, BEFORE_END), 4),
        next_stop_id=None if pattern is None or beyond_last else pattern.calls[one.next_call].stop_id,
        next_at=None if next_at is None else next_at.replace(microsecond=0),
        delay_s=None if one.delay_s is None else round(one.delay_s),
    )


def _widened(kind: type[_Item], record: msgspec.Struct, **more: object) -> _Item:
    """A record as a kind that has all of its fields and more."""
    return kind(**{name: getattr(record, name) for name in record.__struct_fields__}, **more)
