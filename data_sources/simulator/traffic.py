"""Traffic on the links: volume by hour and day, speed by volume, slowed by weather and incidents.

Deterministic: the same links, scenario, seed and times give the same traffic, whatever the steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from data_sources.segment_index import Floats, Ints
from data_sources.simulator.hours import by_hour
from data_sources.simulator.incidents import Happening, Incidents
from data_sources.simulator.profile import (
    BUS_PACE_MAX,
    BUS_PACE_MIN,
    LINK_SPREAD,
    MINUTE_MEMORY,
    MINUTE_SPREAD,
    OTHER_ROAD,
    RAIN_MM_H,
    RAIN_SPEED,
    TIDE,
    TIDE_BY_HOUR,
    USUAL_VOLUME,
    VEHICLE_LENGTH_M,
    VISIBILITY_M,
    VISIBILITY_SPEED,
    VOLUME_BY_HOUR,
    WEEKEND_VOLUME_BY_HOUR,
)
from data_sources.simulator.roads import Roads
from data_sources.simulator.scenario import ScenarioSpec

UPDATE_S = 10.0
"""Traffic is worked out anew each so many seconds of the world's clock."""
VOLUME_MAX = 1.4
"""Fullest that a link gets, over capacity: beyond it the queue grows elsewhere."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Traffic on all links at one time, by link: speed, vehicles an hour, and the share of time that a
    detector is covered."""

    speed_kmh: Floats
    intensity_vph: Floats
    occupancy: Floats


class Traffic:
    """Traffic of a world. `move_to` brings it to a time; `flow` and `pace` tell of it."""

    def __init__(
        self,
        roads: Roads,
        incidents: Incidents,
        scenario: ScenarioSpec,
        *,
        seed: int,
        local_start: datetime,
        rain_mm_h: Callable[[float], float] | None = None,
    ) -> None:
        """`local_start` is the local time whose traffic the world begins with. `rain_mm_h` tells how hard it
        rains so many seconds after the start; by default it is the scenario's rain alone."""
        self.roads = roads
        self.incidents = incidents
        self._scenario = scenario
        self._local_start = local_start
        self._rain_mm_h = rain_mm_h or self._scenario_rain_mm_h
        self._minutes = np.random.default_rng((seed, 2))
        count = len(roads.links)
        fixed = np.random.default_rng((seed, 1))
        self._own = np.exp(fixed.normal(0.0, LINK_SPREAD, count))
        self._drift = self._minutes.normal(0.0, MINUTE_SPREAD, count)
        self._minute = 0
        self._step = -1
        self._ratio: Floats = np.ones(count)
        self._volume: Floats = np.zeros(count)
        self._usual = _share_left(USUAL_VOLUME * roads.volume, roads.delay, roads.power)
        usual_other = _share_left(USUAL_VOLUME * OTHER_ROAD.volume, OTHER_ROAD.delay, OTHER_ROAD.power)
        self._usual_other = float(usual_other)
        self._pace: Floats = np.ones(count + 1)
        self.move_to(0.0)

    def move_to(self, elapsed_s: float) -> None:
        """Bring traffic to so many seconds after the world's start."""
        step = int(elapsed_s // UPDATE_S)
        if step == self._step:
            return
        self._step = step
        while self._minute < int(elapsed_s // 60):
            self._minute += 1
            news = self._minutes.normal(0.0, MINUTE_SPREAD, len(self._drift))
            self._drift = MINUTE_MEMORY * self._drift + np.sqrt(1 - MINUTE_MEMORY**2) * news
        local = self._local_start + timedelta(seconds=elapsed_s)
        level = self._level(local)
        tide = TIDE * by_hour(TIDE_BY_HOUR, local) * (local.weekday() < 5)
        weather = self.weather(elapsed_s)
        roads = self.roads
        volume = level * roads.volume * self._own * (1 + tide * roads.inbound) * (1 + self._drift)
        self._volume = np.clip(volume, 0.0, VOLUME_MAX)
        left = _share_left(self._volume, roads.delay, roads.power) * weather
        hindered = self.incidents.share_left(elapsed_s)
        self._ratio = left * hindered
        other = _share_left(level * OTHER_ROAD.volume, OTHER_ROAD.delay, OTHER_ROAD.power) * weather
        pace = np.append(self._ratio / self._usual, other / self._usual_other)
        self._pace = np.clip(pace, BUS_PACE_MIN, BUS_PACE_MAX)

    def pace(self, link: Ints) -> Floats:
        """What traffic makes of a bus's scheduled speed on these links (`Roads.nowhere`: off them): the
        links' speeds as shares of those at midday, which the timetable allows for."""
        return self._pace[link]

    @property
    def ratio(self) -> Floats:
        """Speed as a share of the free-flow speed, by link."""
        return self._ratio

    def flow(self) -> Flow:
        """Speed, intensity and occupancy, consistent with each other: density is flow over speed. An
        incident lets through as much less as it slows."""
        speed = self._ratio * self.roads.free_kmh
        hindered = self.incidents.share_left(self._step * UPDATE_S)
        through = np.minimum(self._volume, 1.0) * np.sqrt(hindered)
        intensity = through * self.roads.capacity_vph
        density = intensity / self.roads.lanes / np.maximum(speed, 1.0)
        return Flow(speed, intensity, np.clip(density * VEHICLE_LENGTH_M / 1000, 0.0, 1.0))

    def active(self) -> list[Happening]:
        """Incidents that are on now, oldest first."""
        return self.incidents.active(self._step * UPDATE_S)

    def weather(self, elapsed_s: float) -> float:
        """Share of the speed that the weather leaves."""
        share = float(np.interp(self._rain_mm_h(elapsed_s), RAIN_MM_H, RAIN_SPEED))
        for weather in self._scenario.weather:
            if weather.begun_at(elapsed_s) is not None and weather.visibility_m is not None:
                share *= float(np.interp(weather.visibility_m, VISIBILITY_M, VISIBILITY_SPEED))
        return share

    def _scenario_rain_mm_h(self, elapsed_s: float) -> float:
        return sum(one.rain_mm_h for one in self._scenario.weather if one.begun_at(elapsed_s) is not None)

    def _level(self, local: datetime) -> float:
        hours = VOLUME_BY_HOUR if local.weekday() < 5 else WEEKEND_VOLUME_BY_HOUR
        return self._scenario.traffic_factor * by_hour(hours, local)


def _share_left(volume: Floats | float, delay: Floats | float, power: Floats | float) -> Floats:
    """Speed over free-flow speed by volume over capacity: the volume-delay function turned round."""
    return np.asarray(1 / (1 + np.asarray(delay) * np.power(volume, power)))
