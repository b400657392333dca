"""Transit operations: what positions and the schedule together say of the service."""

from datetime import date, datetime

import msgspec


class StopPassage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vehicle passing one call of its pattern. `call` is the index of the call in the pattern: a
    loop passes a stop more than once. `uncertainty_s` is half the gap between the fixes around it."""

    route_id: str
    pattern_id: str
    call: int
    stop_id: str
    vehicle_id: str
    passed_at: datetime
    uncertainty_s: float
    dwell_s: float | None = None
    trip_id: str | None = None
    delay_s: float | None = None
    synthetic: bool = False


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a vehicle is on its pattern: metres along, and the share of the round's time (0 to 1)
    so that equal length on a ladder means equal time. `delay_s`: null where no timetable holds."""

    vehicle_id: str
    route_id: str
    pattern_id: str
    along_m: float
    time_share: float
    observed_at: datetime
    next_call: int
    pace: float | None = None
    off_route_m: float = 0.0
    stopped_s: float = 0.0
    delay_s: float | None = None


class Spacing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The headway between two successive vehicles of a route, as it stands now: how long until the
    follower is where the leader is. `kind`: `bunched`, `gap` or null (even)."""

    route_id: str
    leader_id: str
    follower_id: str
    headway_s: float
    kind: str | None = None


class RouteState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line as it stands. `owed` is what the schedule or contract asks to be in service now.

    `in_service` and `ghosts` (owed and not seen) are null when no position feed of the route is up:
    unknown, not zero. `ghost_trips` names the runs where the timetable does. `cv` is the coefficient
    of variation of the spacings, `excess_wait_s` what riders wait beyond an even service; null below
    two vehicles. `charging` is null when no vehicle of the route tells its status.
    """

    route_id: str
    owed: int | None
    in_service: int | None
    target_headway_s: float | None
    round_s: float | None = None
    cv: float | None = None
    excess_wait_s: float | None = None
    spacings: tuple[Spacing, ...] = ()
    progress: tuple[Progress, ...] = ()
    ghosts: int | None = None
    ghost_trips: tuple[str, ...] = ()
    charging: int | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A predicted passage. `basis` says by what: `observed_pace` or `schedule`; `error_s` is the mean
    absolute error of such predictions at this horizon so far, null before any was checked."""

    route_id: str
    stop_id: str
    call: int
    vehicle_id: str
    expected_at: datetime
    basis: str
    error_s: float | None = None
    pattern_id: str = ""


class PredictionAccuracy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How wrong arrivals of a route were at a horizon (upper edge in minutes), since seven days before
    ingest started: mean absolute error, bias (late is positive), and the mean absolute error of the
    schedule alone at the same moments, so that it is seen whether the observed pace helps."""

    route_id: str
    horizon_min: int
    count: int
    error_s: float
    bias_s: float
    schedule_error_s: float


class OperationsPicture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it at one instant, as ingest computed it from the pictures at `at`."""

    at: datetime
    routes: tuple[RouteState, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    accuracy: tuple[PredictionAccuracy, ...] = ()
    synthetic: bool = False


class ServiceMinute(msgspec.Struct, frozen=True, kw_only=True):
    """One route in one minute: what the contract owed and what positions showed. `observed` is null
    when no position feed of the route was up: unknown, not zero."""

    route_id: str
    minute: datetime
    owed: int | None
    observed: int | None
    passengers: int | None = None
    seats: int | None = None
    synthetic: bool = False


class PredictionScore(msgspec.Struct, frozen=True, kw_only=True):
    """Errors of predictions that came true, by route, day and horizon (upper edge in minutes).

    `sum_baseline_error_s` adds up the absolute errors of the schedule alone at the same moments; null
    where some of them were not kept.
    """

    route_id: str
    day: date
    horizon_min: int
    count: int
    sum_error_s: float
    sum_absolute_error_s: float
    sum_baseline_error_s: float | None = None
