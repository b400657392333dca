"""Departures from a terminal: at the schedule's times, or evenly round the clock."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from data_sources.schedule import Schedule, Trip, service_day_start
from data_sources.simulator.circuits import Leg

NEAREST_RUN_S = 900.0
"""A vehicle between two timetabled departures runs the nearer one if it is at most this far off."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a trip, named as a GTFS-Realtime TripDescriptor names it."""

    trip_id: str
    start_date: str
    start_time: str


@dataclass(frozen=True, slots=True)
class Departure:
    """A vehicle leaves the terminal `at_s` seconds after the world's start; `run` is None when the
    schedule has no trip at that time."""

    at_s: float
    run: Run | None


class Departures(Protocol):
    """When vehicles are due to leave the first terminal of a circuit."""

    def between(self, from_s: float, until_s: float) -> list[Departure]:
        """Departures with from_s <= at_s < until_s, in order."""


class Timetable:
    """The scheduled runs of one leg. Times are seconds since the world's start."""

    def __init__(self, schedule: Schedule, leg: Leg, start: datetime) -> None:
        self._schedule = schedule
        self._trips = leg.trips
        self._start = start
        self._days: dict[date, list[Departure]] = {}

    def between(self, from_s: float, until_s: float) -> list[Departure]:
        """Scheduled departures with from_s <= at_s < until_s, in order."""
        found = []
        for day in self._days_around(from_s, until_s):
            runs = self._of_day(day)
            first = bisect_left(runs, from_s, key=_at_s)
            found.extend(runs[first : bisect_left(runs, until_s, key=_at_s)])
        return sorted(found, key=_at_s)

    @property
    def midnight_s(self) -> float:
        """Start of the service day in which the world starts."""
        return self._day_start_s(self._start.astimezone(self._schedule.zone).date())

    def run_at(self, at_s: float) -> Run | None:
        """The run that a vehicle leaving then carries out: within a frequency's window a run of its
        own, else the nearest timetabled one; None when the schedule has neither."""
        for day in self._days_around(at_s, at_s):
            seconds = round(at_s - self._day_start_s(day))
            for trip in self._active(day):
                if any(start_s <= seconds < end_s for start_s, end_s, _ in trip.frequencies):
                    return _run(trip, day, seconds)
        near = [
            departure
            for departure in self.between(at_s - NEAREST_RUN_S, at_s + NEAREST_RUN_S)
            if departure.run and not self._schedule.trips[departure.run.trip_id].frequencies
        ]
        return min(near, key=lambda departure: abs(departure.at_s - at_s)).run if near else None

    def _days_around(self, from_s: float, until_s: float) -> Iterator[date]:
        zone = self._schedule.zone
        day = (self._start + timedelta(seconds=from_s)).astimezone(zone).date() - 2 * DAY
        last = (self._start + timedelta(seconds=until_s)).astimezone(zone).date() + DAY
        while day <= last:
            yield day
            day += DAY

    def _day_start_s(self, day: date) -> float:
        return (service_day_start(day, self._schedule.zone) - self._start).total_seconds()

    def _active(self, day: date) -> list[Trip]:
        return [trip for trip in self._trips if self._schedule.services[trip.service_id].runs_on(day)]

    def _of_day(self, day: date) -> list[Departure]:
        if day not in self._days:
            day_start_s = self._day_start_s(day)
            runs = [
                Departure(day_start_s + seconds, _run(trip, day, seconds))
                for trip in self._active(day)
                for seconds in starts_of(trip)
            ]
            self._days[day] = sorted(runs, key=_at_s)
        return self._days[day]


class RoundTheClock:
    """Departures at one headway, day and night, counted from midnight; the timetable names their runs
    where it has any."""

    def __init__(self, timetable: Timetable, headway_s: float) -> None:
        self._timetable = timetable
        self._headway_s = headway_s
        self._phase_s = timetable.midnight_s % headway_s

    def between(self, from_s: float, until_s: float) -> list[Departure]:
        """Departures with from_s <= at_s < until_s, in order."""
        first, last = (math.ceil((at_s - self._phase_s) / self._headway_s) for at_s in (from_s, until_s))
        times = (count * self._headway_s + self._phase_s for count in range(first, last))
        return [Departure(at_s, self._timetable.run_at(at_s)) for at_s in times]


def _at_s(departure: Departure) -> float:
    return departure.at_s


def starts_of(trip: Trip) -> list[int]:
    """Departures of a trip in seconds of its service day; all of them for a template."""
    if trip.exact_starts_s:
        return list(trip.exact_starts_s)
    if trip.frequencies:
        return [time_s for window in trip.frequencies for time_s in range(*window)]
    first = trip.stop_times[0].departure_s
    return [] if first is None else [first]


def _run(trip: Trip, day: date, start_s: int) -> Run:
    hours, rest = divmod(start_s, 3600)
    return Run(trip.trip_id, f"{day:%Y%m%d}", f"{hours:02}:{rest // 60:02}:{rest % 60:02}")
