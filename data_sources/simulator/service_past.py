"""What the platform would have observed of the simulated service, roads, car parks and reports, by the hour.

By the models that the running world has: the hours of a week are worked out once and laid over two years, the
rain of each hour on them. Buses are not driven through two years; their headways are those of the fleet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np

from data_sources.measures.level_of_service import speed_index
from data_sources.model.city import City
from data_sources.model.traffic import Link
from data_sources.schedule import Schedule
from data_sources.simulator.chance import Floats, Indices, counts, uniform
from data_sources.simulator.circuits import build_circuit
from data_sources.simulator.facilities import make_parks, taken_spaces
from data_sources.simulator.fleet import round_s, vehicles_needed
from data_sources.simulator.incidents import Incidents
from data_sources.simulator.nature import DAY_S, HOUR_S, Nature, Sky
from data_sources.simulator.observatory import KINDS
from data_sources.simulator.profile import RAIN_MM_H, RAIN_SPEED
from data_sources.simulator.readings import detected
from data_sources.simulator.reports import lives
from data_sources.simulator.roads import Roads
from data_sources.simulator.scenario import ScenarioSpec
from data_sources.simulator.traffic import Traffic

MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001 - a local time of a week without a zone
WEEK_HOURS = 168
CLOSED_DAYS, OPEN_DAYS = 30, 45
"""Reports count as long as the platform counts them, and are told as long as the portal lists them."""
LOOK_BACK_DAYS = CLOSED_DAYS + 84
"""Of what was opened earlier nothing closes any more in the days that count: the longest of `reports.lives`
is 62 h times the exponential of twice the root of three, 82.5 days."""
MISSING_SHARE = 0.08
LATE_BY_RAIN, LATE_AT_PEAKS = 0.25, 7.0
"""Share of the punctual buses that rain of 50 mm/h makes late, and percentage points that peaks do."""


@dataclass(frozen=True, slots=True)
class Town:
    """What is known of the city for good. `ticket_days`: in which a report should be closed."""

    city: City
    schedule: Schedule | None = None
    fleet: Mapping[str, int] | None = None
    links: Sequence[Link] = ()
    ticket_days: float = 7.0


class ServicePast:
    """What the platform would have observed, for any hours. The week is worked out once, when asked for."""

    def __init__(self, town: Town, nature: Nature, scenario: ScenarioSpec) -> None:
        self.town, self.nature = town, nature
        self._scenario = scenario

    def figures(self, starts_s: Floats) -> dict[str, Floats]:
        """Figures of the city by property, for the hours that begin at these times (seconds since 1970)."""
        sky = self.nature.at(starts_s + HOUR_S / 2)
        hour = np.floor(starts_s / HOUR_S).astype(np.int64)
        found: dict[str, Floats] = {}
        if self._roads is not None:
            ratio, corridor = (week[_week_hour(sky)] for week in self._roads)
            slowed = np.interp(sky.rain_mm(HOUR_S), RAIN_MM_H, RAIN_SPEED)
            found |= {"speed_ratio": ratio * slowed, "corridor_speed": corridor * slowed}
        mean = 0.7 + 0.05 * sky.rain_mm(HOUR_S)
        found["incidents_open"] = counts(self.nature.seed, "incidents", hour, mean).astype(np.float64)
        if self._lines is not None:
            found |= _buses(self._lines, sky, hour)
        if any(feed.simulated_entities == "tickets" for feed in self.town.city.feeds):
            found |= _tickets(self.nature, hour, self.town.ticket_days)
        return found

    @cached_property
    def _roads(self) -> tuple[Floats, Floats] | None:
        links = self.town.links
        return _roads(links, self._scenario, self.nature.seed) if links else None

    @cached_property
    def _lines(self) -> "_Lines | None":
        town = self.town
        routes = [
            route
            for feed in town.city.feeds
            if feed.simulated_entities not in KINDS
            for route in feed.simulated or ()
        ]
        if town.schedule is None or not routes:
            return None
        return _lines(town, town.schedule, list(dict.fromkeys(routes)), self.nature.seed)


def _week_hour(sky: Sky) -> Indices:
    """Hours since Monday of the local week."""
    hours: Indices = (sky.weekday * 24 + np.floor(sky.hour).astype(np.int64)) % WEEK_HOURS
    return hours


def _roads(links: Sequence[Link], scenario: ScenarioSpec, seed: int) -> tuple[Floats, Floats]:
    """Percent of the free-flow speed, and speed on corridors in km/h, for the hours of a dry week."""
    roads = Roads(links)
    quiet = scenario.model_copy(update={"weather": (), "incidents": (), "random_incidents": None})
    traffic = Traffic(roads, Incidents(roads, quiet, seed), quiet, seed=seed, local_start=MONDAY)
    watched = detected(roads)
    on_corridor = [index for index in watched if roads.links[index].corridor_id]
    lengths = np.array([link.length_m for link in roads.links])
    ratio, corridor = np.zeros(WEEK_HOURS), np.full(WEEK_HOURS, np.nan)
    for hour in range(WEEK_HOURS):
        traffic.move_to((hour + 0.5) * HOUR_S)
        speed = traffic.ratio * roads.free_kmh
        told = [(lengths[i], float(speed[i]), float(roads.free_kmh[i])) for i in watched]
        ratio[hour] = 100 * (speed_index(told, cap=1.0).share or np.nan)
        if on_corridor:
            corridor[hour] = lengths[on_corridor].sum() / (lengths[on_corridor] / speed[on_corridor]).sum()
    return ratio, corridor


@dataclass(frozen=True, slots=True)
class _Lines:
    """Mean headway in minutes and percent of car parks' spaces that are free, for the hours of a week; the
    latter None without car parks."""

    headway_min: Floats
    parking_free: Floats | None


def _lines(town: Town, schedule: Schedule, routes: list[str], seed: int) -> _Lines:
    circuits = [made for route in routes if (made := build_circuit(schedule, route))]
    sizes = [(town.fleet or {}).get(one.route_id) or vehicles_needed(one) for one in circuits]
    week = [MONDAY + timedelta(hours=h + 0.5) for h in range(WEEK_HOURS)]
    headway = [
        np.mean(
            [
                round_s(schedule, one, size, at.replace(tzinfo=schedule.zone)) / size / 60
                for one, size in zip(circuits, sizes, strict=True)
            ]
        )
        for at in week
    ]
    parks = make_parks(schedule, [one.route_id for one in circuits], seed)
    spaces = sum(park.spaces for park in parks)
    taken = [sum(taken_spaces(park, at) for park in parks) for at in week]
    return _Lines(
        np.array(headway), 100 * (1 - np.array(taken, dtype=np.float64) / spaces) if spaces else None
    )


def _buses(lines: _Lines, sky: Sky, hour: Indices) -> dict[str, Floats]:
    seed, week_hour = sky.seed, _week_hour(sky)
    chance = uniform(seed, "buses", hour)
    rain = 1 - np.interp(sky.rain_mm(HOUR_S), RAIN_MM_H, RAIN_SPEED)
    peaks = np.maximum(sky.hump(8), 0) ** 4 + np.maximum(sky.hump(17), 0) ** 4
    late = LATE_AT_PEAKS * peaks * (sky.weekday < 5) + 100 * LATE_BY_RAIN * rain / 0.25
    uneven = 0.98 + 0.04 * uniform(seed, "gaps", hour)
    found = {
        "headway_mean": lines.headway_min[week_hour] * (1 + 0.5 * rain) * uneven,
        "buses_reporting": 100 * (1 - MISSING_SHARE * chance**4),
        "on_time_share": np.clip(96 - late - 6 * chance, 20, 100),
    }
    if lines.parking_free is not None:
        found["parking_free"] = lines.parking_free[week_hour]
    return found


def _tickets(nature: Nature, hour: Indices, in_days: float) -> dict[str, Floats]:
    """Of reports at the end of each hour, as the platform counts them."""
    first = int(hour[0]) - LOOK_BACK_DAYS * 24
    told = lives(nature, first, int(hour[-1]) - first + 1)
    ends = (hour + 1) * HOUR_S
    opened = np.searchsorted(np.sort(told.opened_s), ends, side="right")
    over = np.searchsorted(np.sort(told.closed_s), ends, side="right")
    gone = np.searchsorted(np.sort(told.opened_s), ends - OPEN_DAYS * DAY_S, side="right")
    gone_over = np.searchsorted(
        np.sort(np.maximum(told.closed_s, told.opened_s + OPEN_DAYS * DAY_S)), ends, side="right"
    )
    yesterday = np.searchsorted(np.sort(told.opened_s), ends - DAY_S, side="right")
    closed = np.flatnonzero(~told.rejected)
    closed = closed[np.argsort(told.closed_s[closed])]
    closed_s, took_h = told.closed_s[closed], (told.closed_s - told.opened_s)[closed] / HOUR_S
    low = np.searchsorted(closed_s, ends - CLOSED_DAYS * DAY_S)
    high = np.searchsorted(closed_s, ends, side="right")
    median, in_time = np.full(hour.size, np.nan), np.full(hour.size, np.nan)
    for place, (a, b) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        if b > a:
            median[place] = np.median(took_h[a:b])
            in_time[place] = 100 * np.mean(took_h[a:b] <= 24 * in_days)
    still = (opened - over) - (gone - gone_over)
    return {
        "tickets_open": still.astype(np.float64),
        "tickets_opened_day": (opened - yesterday).astype(np.float64),
        "tickets_median_close": median,
        "tickets_in_sla": in_time,
    }
