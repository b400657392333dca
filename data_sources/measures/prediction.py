"""Next arrivals, and how wrong they were.

The predictor is simple on purpose: the schedule's running time of every hop to the stop, times the
pace of the last `HOP_RUNS` vehicles on that very hop (observed over scheduled time, dwell included),
else the pace of the whole route over the last half hour, else 1: then the schedule holds. That the
vehicles just ahead foretell best is long known for short horizons (Cathey and Dailey, "A prescription
for transit arrival/departure prediction using automatic vehicle location data", Transportation
Research C 11, 2003, review such predictors). Waits at the end of a round are the schedule's.

Every prediction is checked. When a vehicle has passed a stop, what is predicted for the next half hour
is remembered once for each horizon (up to 5, 10, 20 and 30 min ahead); when the passage comes, the
error (passed less predicted, late is positive) is added up. The same is done with the schedule alone,
the baseline: a predictor that does not beat it is not worth showing.
"""

from bisect import bisect_left
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from data_sources.measures.adherence import HOP_MAX_S
from data_sources.measures.headways import departed_at
from data_sources.measures.patterns import Pattern
from data_sources.model.operations import PredictionAccuracy, PredictionScore, StopPassage

HORIZONS_MIN = (5, 10, 20, 30)
WINDOW_S = 1800.0
"""How long an observed hop counts for the pace: traffic of half an hour ago is another traffic."""
HOP_RUNS = 3
HOP_WINDOW_S = 5400.0
"""Of a hop the last three runs count, none older than 90 min: at 20 min headways there are not more."""
OWN_MIN_S = 600.0
ROUTE_MIN_S = 300.0
"""Scheduled running time that must have been observed before a pace is believed."""
PACE_MIN, PACE_MAX = 0.5, 2.0
"""A pace beyond these is a wrong match or a breakdown, not traffic."""
FORGET_S = 1800.0
"""A prediction overdue by this much did not come true; it says nothing about the predictor."""

OBSERVED_PACE, SCHEDULE = "observed_pace", "schedule"


class _Window:
    """Hops of the last half hour with their sums: (epoch s, observed_s, scheduled_s)."""

    __slots__ = ("_hops", "_observed_s", "_scheduled_s")

    def __init__(self) -> None:
        self._hops: deque[tuple[float, float, float]] = deque()
        self._observed_s = 0.0
        self._scheduled_s = 0.0

    def add(self, at_s: float, observed_s: float, scheduled_s: float) -> None:
        self._hops.append((at_s, observed_s, scheduled_s))
        self._observed_s += observed_s
        self._scheduled_s += scheduled_s

    def pace(self, since_s: float, at_least_s: float) -> float | None:
        """Observed over scheduled time of hops since then; None below so much scheduled time."""
        while self._hops and self._hops[0][0] < since_s:
            _, observed_s, scheduled_s = self._hops.popleft()
            self._observed_s -= observed_s
            self._scheduled_s -= scheduled_s
        if not self._hops or self._scheduled_s < at_least_s:
            return None
        return _held(self._observed_s / self._scheduled_s)


class PaceBook:
    """Observed against scheduled running times of the last half hour, by vehicle and by route."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[StopPassage, Pattern]] = {}
        self._vehicles: dict[str, _Window] = defaultdict(_Window)
        self._routes: dict[str, _Window] = defaultdict(_Window)
        self._hops: dict[tuple[str, int], deque[tuple[float, float, float]]] = {}

    def learn(self, passage: StopPassage, pattern: Pattern) -> None:
        """Take a passage; with the one before it of the same vehicle it makes a hop."""
        before = self._last.get(passage.vehicle_id)
        self._last[passage.vehicle_id] = (passage, pattern)
        if before is None or before[1] is not pattern:
            return
        one, count = before[0], len(pattern.calls)
        wraps = pattern.loop and one.call == count - 1 and passage.call == 0
        if passage.call != one.call + 1 and not wraps:
            return
        # From arrival to arrival, as stops take longer when it is busy; but the stand at the first call
        # is a wait for the departure. Of an open pattern its passage is the departure.
        starts = one.call == 0
        if starts and pattern.loop and one.dwell_s is None:
            return
        from_at = departed_at(one) if starts else one.passed_at
        from_s = pattern.calls[0].departure_s if starts else pattern.calls[one.call].arrival_s
        observed_s = (passage.passed_at - from_at).total_seconds()
        to_s = pattern.run_s if wraps else pattern.calls[passage.call].arrival_s
        scheduled_s = to_s - from_s
        if scheduled_s <= 0 or not 0 <= observed_s <= HOP_MAX_S:
            return
        entry = passage.passed_at.timestamp(), observed_s, scheduled_s
        for window in (self._vehicles[passage.vehicle_id], self._routes[passage.route_id]):
            window.add(*entry)
        self._hops.setdefault((pattern.pattern_id, one.call), deque(maxlen=HOP_RUNS)).append(entry)

    def pace(self, vehicle_id: str, route_id: str, now: datetime) -> float | None:
        """Observed over scheduled running time, or None when too little was observed."""
        since = now.timestamp() - WINDOW_S
        for windows, key, at_least_s in (
            (self._vehicles, vehicle_id, OWN_MIN_S),
            (self._routes, route_id, ROUTE_MIN_S),
        ):
            window = windows.get(key)
            pace = window.pace(since, at_least_s) if window else None
            if pace is not None:
                return pace
        return None

    def profile(self, pattern: Pattern, now: datetime) -> tuple[list[float], bool]:
        """Observed pace of every hop of a pattern, hop i from call i on, and whether any was observed."""
        since = now.timestamp() - HOP_WINDOW_S
        window = self._routes.get(pattern.route_id)
        route = window.pace(now.timestamp() - WINDOW_S, ROUTE_MIN_S) if window else None
        paces, observed = [], route is not None
        for index in range(len(pattern.calls)):
            runs = [run for run in self._hops.get((pattern.pattern_id, index), ()) if run[0] >= since]
            if runs:
                observed = True
                paces.append(_held(sum(run[1] for run in runs) / sum(run[2] for run in runs)))
            else:
                paces.append(route or 1.0)
        return paces, observed

    def forget(self, now: datetime) -> None:
        """Drop vehicles that passed nothing within the window."""
        stale = now - timedelta(seconds=WINDOW_S)
        self._last = {key: kept for key, kept in self._last.items() if kept[0].passed_at >= stale}
        for key in [key for key in self._vehicles if key not in self._last]:
            del self._vehicles[key]


@dataclass(slots=True)
class _Sum:
    count: int = 0
    error_s: float = 0.0
    absolute_s: float = 0.0
    baseline_s: float = 0.0

    def add(self, error_s: float, baseline_s: float) -> None:
        self.count += 1
        self.error_s += error_s
        self.absolute_s += abs(error_s)
        self.baseline_s += abs(baseline_s)


class ScoreBook:
    """Predictions that wait for their passage, and the errors of those that came true."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str, int], dict[int, tuple[datetime, datetime, datetime]]] = {}
        self._new: dict[tuple[str, date, int], _Sum] = defaultdict(_Sum)
        self._known: dict[tuple[str, int], _Sum] = defaultdict(_Sum)
        self._without_baseline: dict[tuple[str, int], _Sum] = defaultdict(_Sum)
        """Errors of earlier days whose baseline was not kept: they are compared with nothing."""

    def remember(
        self, key: tuple[str, str, int], made_at: datetime, expected_at: datetime, baseline_at: datetime
    ) -> None:
        """Keep a prediction for (vehicle, pattern, call), the first one of each horizon."""
        horizon = horizon_min(made_at, expected_at)
        if horizon is not None:
            self._waiting.setdefault(key, {}).setdefault(horizon, (made_at, expected_at, baseline_at))

    def check(self, passage: StopPassage, day: date) -> None:
        """A passage has come: score what was predicted for it. `day` is its local day."""
        predictions = self._waiting.pop((passage.vehicle_id, passage.pattern_id, passage.call), {})
        for horizon, (made_at, expected_at, baseline_at) in predictions.items():
            error_s = (passage.passed_at - expected_at).total_seconds()
            if passage.passed_at <= made_at or abs(error_s) > FORGET_S:
                continue
            baseline_s = (passage.passed_at - baseline_at).total_seconds()
            self._new[passage.route_id, day, horizon].add(error_s, baseline_s)
            self._known[passage.route_id, horizon].add(error_s, baseline_s)

    def restore(self, scores: list[PredictionScore]) -> None:
        """Take up scores of earlier days, so that an error is known at once."""
        for score in scores:
            baseline_s = score.sum_baseline_error_s
            book = self._without_baseline if baseline_s is None else self._known
            kept = book[score.route_id, score.horizon_min]
            kept.count += score.count
            kept.error_s += score.sum_error_s
            kept.absolute_s += score.sum_absolute_error_s
            kept.baseline_s += baseline_s or 0.0

    def error_s(self, route_id: str, made_at: datetime, expected_at: datetime) -> float | None:
        """Mean absolute error of such predictions so far; None before any was checked."""
        horizon = horizon_min(made_at, expected_at)
        if horizon is None:
            return None
        books = (self._known, self._without_baseline)
        sums = [book[route_id, horizon] for book in books if (route_id, horizon) in book]
        count = sum(one.count for one in sums)
        return sum(one.absolute_s for one in sums) / count if count else None

    def take(self) -> list[PredictionScore]:
        """Errors added up since the last call, for the history."""
        taken, self._new = self._new, defaultdict(_Sum)
        return [
            PredictionScore(
                route_id=route_id,
                day=day,
                horizon_min=horizon,
                count=one.count,
                sum_error_s=one.error_s,
                sum_absolute_error_s=one.absolute_s,
                sum_baseline_error_s=one.baseline_s,
            )
            for (route_id, day, horizon), one in sorted(taken.items())
        ]

    def accuracy(self) -> tuple[PredictionAccuracy, ...]:
        """Errors so far beside those of the schedule alone, by route and horizon."""
        return tuple(
            PredictionAccuracy(
                route_id=route_id,
                horizon_min=horizon,
                count=one.count,
                error_s=one.absolute_s / one.count,
                bias_s=one.error_s / one.count,
                schedule_error_s=one.baseline_s / one.count,
            )
            for (route_id, horizon), one in sorted(self._known.items())
        )

    def forget(self, now: datetime) -> None:
        """Drop predictions that did not come true."""
        since = now - timedelta(seconds=FORGET_S)
        self._waiting = {
            key: kept
            for key, kept in self._waiting.items()
            if max(expected for _, expected, _ in kept.values()) >= since
        }


def horizon_min(made_at: datetime, expected_at: datetime) -> int | None:
    """Upper edge in minutes of the horizon that a prediction falls in; None beyond the last, or past."""
    ahead = (expected_at - made_at).total_seconds() / 60
    index = bisect_left(HORIZONS_MIN, ahead)
    return HORIZONS_MIN[index] if ahead > 0 and index < len(HORIZONS_MIN) else None


def _held(pace: float) -> float:
    return min(max(pace, PACE_MIN), PACE_MAX)
