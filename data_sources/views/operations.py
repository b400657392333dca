"""Transit operations for the screen: the frame of topic `operations`, and the board of one stop.

The frame (formats: docs/operations-measures.md). Vehicles are numbered by their place in `vehicles`,
calls by their place in a route's `calls`. Shares of a round are in 1/10,000, times in seconds, ages and
arrivals counted from `t`; -1 is unknown. Compact, as it goes to every client at every tick:

- `stops`: ids; `routes[]`: one line each
- `calls`: columns `stop` (index in `stops`), `share` (place on the ladder) and `last` (seconds since
  the newest passage)
- `ladder`: columns `vehicle`, `share`, `side` (0 out, 1 back: halves of a loop, directions of a line),
  `delay` (seconds or null), `stopped` (seconds)
- `spacings`: columns `leader`, `follower`, `headway`, `kind` (0 even, 1 bunched, 2 gap)
- `arrivals`: by call, pairs of vehicle and seconds from `t`, soonest first, in one flat list
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from data_sources.measures.headways import BUNCHED, GAP, Headway, observed_headways
from data_sources.measures.passages import time_share
from data_sources.measures.patterns import Pattern, RoutePlan
from data_sources.model.operations import Arrival, OperationsPicture, Progress, RouteState, StopPassage
from data_sources.views.frames import UNKNOWN, epoch_ms

SHARES = 10_000
CHART_FOR = timedelta(hours=2)
"""What the headway chart of a stop shows."""
PATIENCE_S = 2.0
"""Ladder and board need not follow each second; a change of who is there is sent at once."""

_KINDS = {None: 0, BUNCHED: 1, GAP: 2}
_json = msgspec.json.Encoder()

CallKey = tuple[str, str, int]
"""(route_id, pattern_id, call)."""


class RouteFrame(msgspec.Struct, frozen=True, kw_only=True):
    """One route of the frame; fields as in the module's text."""

    route_id: str
    owed: int | None
    in_service: int | None
    ghosts: int | None
    ghost_trips: tuple[str, ...]
    charging: int
    target_s: float | None
    round_s: float | None
    cv: float | None
    excess_wait_s: float | None
    calls: dict[str, list[int]]
    ladder: dict[str, list[int | None]]
    spacings: dict[str, list[int]]
    arrivals: list[list[int]]
    errors: list[dict[str, float | int]]


class OperationsFrame(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `operations`. Seconds in `arrivals` and `last` count from `at_ms`, which `encode` moves to
    the time of publishing."""

    synthetic: bool
    replay: bool
    at_ms: int
    vehicles: list[str]
    stops: list[str]
    routes: list[RouteFrame]

    def patience_s(self, previous: object) -> float:
        """None when vehicles come or go, or a count changes."""
        alike = (
            isinstance(previous, OperationsFrame)
            and self.vehicles == previous.vehicles
            and [(r.owed, r.in_service, r.ghosts) for r in self.routes]
            == [(r.owed, r.in_service, r.ghosts) for r in previous.routes]
        )
        return PATIENCE_S if alike else 0.0

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`; `age` is how many ms ago it was worked out."""
        return _json.encode(
            {
                "t": t_ms,
                "seq": seq,
                "synthetic": self.synthetic,
                "replay": self.replay,
                "age": t_ms - self.at_ms,
                "vehicles": self.vehicles,
                "stops": self.stops,
                "routes": self.routes,
            }
        )


def last_passages(passages: Iterable[StopPassage]) -> dict[CallKey, datetime]:
    """When each call was last passed."""
    newest: dict[CallKey, datetime] = {}
    for passage in passages:
        key = passage.route_id, passage.pattern_id, passage.call
        if key not in newest or passage.passed_at > newest[key]:
            newest[key] = passage.passed_at
    return newest


def operations_frame(
    picture: OperationsPicture,
    plans: Mapping[str, RoutePlan],
    last: Mapping[CallKey, datetime] | None = None,
    *,
    synthetic: bool = False,
    replay: bool = False,
) -> OperationsFrame:
    """The frame of a picture. `plans` as of `measures.patterns.route_plans`, `last` of `last_passages`."""
    ids = {one.vehicle_id for state in picture.routes for one in state.progress}
    ids |= {arrival.vehicle_id for arrival in picture.arrivals}
    vehicles = sorted(ids)
    number = {vehicle_id: index for index, vehicle_id in enumerate(vehicles)}
    shown = [(state, plans[state.route_id]) for state in picture.routes if state.route_id in plans]
    stops = sorted({call.stop_id for _, plan in shown for one in ladder_patterns(plan) for call in one.calls})
    stop_number = {stop_id: index for index, stop_id in enumerate(stops)}
    return OperationsFrame(
        synthetic=synthetic or picture.synthetic,
        replay=replay,
        at_ms=epoch_ms(picture.at),
        vehicles=vehicles,
        stops=stops,
        routes=[
            _route(state, plan, picture, number=number, stop_number=stop_number, last=last or {})
            for state, plan in shown
        ],
    )


def ladder_patterns(plan: RoutePlan) -> tuple[Pattern, ...]:
    """Patterns that the ladder of a route shows: its round's, else the longest of each direction."""
    if plan.round is not None:
        return plan.round.patterns
    by_length = sorted(plan.patterns, key=lambda pattern: -len(pattern.calls))
    ways = [next((p for p in by_length if p.direction_id == way), None) for way in (0, 1)]
    return tuple(way for way in ways if way is not None) or tuple(by_length[:1])


class StopBoard(msgspec.Struct, frozen=True, kw_only=True):
    """One stop: next arrivals, and the headways of the last two hours for its chart."""

    stop_id: str
    at: datetime
    arrivals: tuple[Arrival, ...]
    headways: tuple[Headway, ...]
    synthetic: bool = False


def stop_board(
    picture: OperationsPicture, passages: Iterable[StopPassage], stop_id: str, now: datetime
) -> StopBoard:
    """The board of a stop: soonest arrivals first, headways oldest first. `passages` may be of more."""
    since = now - CHART_FOR
    own = [
        passage for passage in passages if passage.stop_id == stop_id and since <= passage.passed_at <= now
    ]
    arrivals = [arrival for arrival in picture.arrivals if arrival.stop_id == stop_id]
    return StopBoard(
        stop_id=stop_id,
        at=picture.at,
        arrivals=tuple(sorted(arrivals, key=lambda arrival: (arrival.expected_at, arrival.vehicle_id))),
        headways=tuple(observed_headways(own)),
        synthetic=picture.synthetic or any(passage.synthetic for passage in own),
    )


def _route(
    state: RouteState,
    plan: RoutePlan,
    picture: OperationsPicture,
    *,
    number: Mapping[str, int],
    stop_number: Mapping[str, int],
    last: Mapping[CallKey, datetime],
) -> RouteFrame:
    patterns = ladder_patterns(plan)
    keys = [(plan.route_id, one.pattern_id, index) for one in patterns for index in range(len(one.calls))]
    calls = [(one, call) for one in patterns for call in one.calls]
    return RouteFrame(
        route_id=state.route_id,
        owed=state.owed,
        in_service=state.in_service,
        ghosts=state.ghosts,
        ghost_trips=state.ghost_trips,
        charging=state.charging,
        target_s=state.target_headway_s,
        round_s=state.round_s,
        cv=_rounded(state.cv, 3),
        excess_wait_s=_rounded(state.excess_wait_s, 0),
        calls={
            "stop": [stop_number[call.stop_id] for _, call in calls],
            "share": [round(time_share(plan, one, call.along_m) * SHARES) for one, call in calls],
            "last": [_age_s(last.get(key), picture.at) for key in keys],
        },
        ladder=_ladder(state.progress, plan, number),
        spacings={
            "leader": [number[one.leader_id] for one in state.spacings],
            "follower": [number[one.follower_id] for one in state.spacings],
            "headway": [round(one.headway_s) for one in state.spacings],
            "kind": [_KINDS[one.kind] for one in state.spacings],
        },
        arrivals=_arrivals(keys, picture, number),
        errors=[
            {
                "min": one.horizon_min,
                "n": one.count,
                "error_s": round(one.error_s),
                "bias_s": round(one.bias_s),
                "schedule_error_s": round(one.schedule_error_s),
            }
            for one in picture.accuracy
            if one.route_id == state.route_id
        ],
    )


def _ladder(
    progress: Sequence[Progress], plan: RoutePlan, number: Mapping[str, int]
) -> dict[str, list[int | None]]:
    return {
        "vehicle": [number[one.vehicle_id] for one in progress],
        "share": [round(one.time_share * SHARES) for one in progress],
        "side": [_side(one, plan) for one in progress],
        "delay": [None if one.delay_s is None else round(one.delay_s) for one in progress],
        "stopped": [round(one.stopped_s) for one in progress],
    }


def _side(one: Progress, plan: RoutePlan) -> int:
    """0 on the way out, 1 on the way back: halves of a loop, directions of a line."""
    pattern = plan.pattern(one.pattern_id)
    if pattern is None or pattern.loop:
        return int(one.time_share >= 0.5)
    return int(pattern.direction_id == 1)


def _arrivals(
    keys: Sequence[CallKey], picture: OperationsPicture, number: Mapping[str, int]
) -> list[list[int]]:
    found: dict[CallKey, list[int]] = {key: [] for key in keys}
    for arrival in picture.arrivals:
        flat = found.get((arrival.route_id, arrival.pattern_id, arrival.call))
        if flat is not None:
            flat += [number[arrival.vehicle_id], round((arrival.expected_at - picture.at).total_seconds())]
    return [found[key] for key in keys]


def _age_s(at: datetime | None, now: datetime) -> int:
    return UNKNOWN if at is None else max(round((now - at).total_seconds()), 0)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
