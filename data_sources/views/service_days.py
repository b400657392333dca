"""Service-contract performance by line and day, from the minutes and passages on record.

While ingest was down nothing was observed, which is not the same as nothing having run: minutes that
are not on record count as unknown, with what was owed in them by the schedule.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from data_sources.measures import ghosts
from data_sources.measures.patterns import RoutePlan
from data_sources.measures.service_contract import DayPerformance, day_performance, fill_gaps
from data_sources.model.city import OperationsSpec
from data_sources.model.operations import ServiceMinute, StopPassage
from data_sources.model.service import ServiceSpec
from data_sources.schedule import Schedule, service_day_start

ASK_EVERY = timedelta(minutes=5)
"""What is owed in minutes that are not on record is asked of the schedule so often: headways change
at full quarters of an hour at most."""
MINUTE = timedelta(minutes=1)
OWED_DAYS_MAX = 1000
"""Days of lines that are remembered; a few hundred bytes each."""


class PastService(Protocol):
    """What is read of the history store."""

    def passages_between(
        self, start: datetime, end: datetime, route_id: str | None = None, stop_id: str | None = None
    ) -> list[StopPassage]: ...
    def service_minutes(
        self, start: datetime, end: datetime, route_id: str | None = None
    ) -> list[ServiceMinute]: ...


class ServiceDays:
    """Answers for the lines of one city; what a past day owes is worked out once. Threads may share it."""

    def __init__(
        self,
        schedule: Schedule,
        plans: Mapping[str, RoutePlan],
        spec: OperationsSpec,
        service: ServiceSpec | None,
    ) -> None:
        self._schedule = schedule
        self._plans = plans
        self._spec = spec
        self._seats = service.vehicle.seats if service and service.vehicle else None
        self._owed: dict[tuple[str, date], list[tuple[datetime, int | None]]] = {}

    def performance(
        self, history: PastService, first: date, last: date, now: datetime
    ) -> list[DayPerformance]:
        """Every line on every local day from `first` to `last`, up to the minute before `now`; days in
        order, lines in the schedule's. A day to come is left out."""
        found = []
        running = now.replace(second=0, microsecond=0)
        for back in range((last - first).days + 1):
            day = first + timedelta(days=back)
            start, end = self._midnight(day), min(self._midnight(day + timedelta(days=1)), running)
            if end <= start:
                break
            minutes = history.service_minutes(start, end)
            passages = history.passages_between(start, end)
            found += [self._of(plan, day, end, minutes, passages) for plan in self._plans.values()]
        return found

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._schedule.zone).astimezone(UTC)

    def _of(
        self,
        plan: RoutePlan,
        day: date,
        until: datetime,
        minutes: Sequence[ServiceMinute],
        passages: Sequence[StopPassage],
    ) -> DayPerformance:
        route_id = plan.route_id
        own = [one for one in minutes if one.route_id == route_id]
        targets = {}
        for hour in range(24):
            middle = datetime.combine(day, time(hour, 30), self._schedule.zone)
            headway_s = self._schedule.headway_s_at(route_id, middle)
            if headway_s is not None:
                targets[hour] = float(headway_s)
        return day_performance(
            route_id,
            day,
            fill_gaps(own, self._expected(plan, day, until, own), route_id),
            [one for one in passages if one.route_id == route_id],
            zone=self._schedule.zone,
            spec=self._spec,
            plan=plan,
            target_s=targets,
            seats=self._seats,
        )

    def _expected(
        self, plan: RoutePlan, day: date, until: datetime, recorded: Sequence[ServiceMinute]
    ) -> dict[datetime, int | None]:
        """What was owed in the minutes of the day that are not on record."""
        there = {one.minute for one in recorded}
        expected = {}
        for begins, owed in self._owed_on(plan, day):
            for offset in range(ASK_EVERY // MINUTE):
                minute = begins + offset * MINUTE
                if minute < until and minute not in there:
                    expected[minute] = owed
        return expected

    def _owed_on(self, plan: RoutePlan, day: date) -> list[tuple[datetime, int | None]]:
        known = self._owed.get((plan.route_id, day))
        if known is None:
            start = self._midnight(day)
            steps = (self._midnight(day + timedelta(days=1)) - start) // ASK_EVERY
            times = [start + step * ASK_EVERY for step in range(steps)]
            known = [(at, self._owed_at(plan, at)) for at in times]
            if len(self._owed) >= OWED_DAYS_MAX:
                self._owed.clear()
            self._owed[plan.route_id, day] = known
        return known

    def _owed_at(self, plan: RoutePlan, at: datetime) -> int | None:
        zone = self._schedule.zone
        today = at.astimezone(zone).date()
        days = [today - timedelta(days=back) for back in range(3)]
        return ghosts.owed_now(
            self._schedule.trips_of_route(plan.route_id),
            self._schedule.services,
            [(one, (at - service_day_start(one, zone)).total_seconds()) for one in days],
            headway_s=self._schedule.headway_s_at(plan.route_id, at),
            round_s=plan.round.round_s if plan.round else None,
        ).vehicles
