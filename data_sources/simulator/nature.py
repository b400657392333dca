"""Weather, air and water of the simulated city at any times: pure functions of the seed and the time.

The same function serves the value of now and two years of hours, so that history and live join without a
step. One rain drives all: it fills drains, roads, lakes and the river, washes the air, darkens the sky and
slows the traffic. The climate is that of the savanna tropics: a hazy dry season from February to April, rain
from May to October, a cool season. Nothing of it is measured; the ranges are those of docs/demo.md.

Local time is the zone's standard time: nature knows no summer time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from data_sources.simulator.chance import Floats, Indices, uniform, wave

DAY_S, HOUR_S = 86_400.0, 3_600.0
YEAR_DAYS = 365.2425
FOREVER_S = 1e12

# By month, January first; the middle of a month has its value, between two it runs evenly.
SHOWER_CHANCE = (0.02, 0.04, 0.09, 0.17, 0.36, 0.38, 0.42, 0.50, 0.52, 0.24, 0.07, 0.02)
"""Chance that each of a day's two showers falls."""
TEMPERATURE_C = (24.0, 26.5, 29.0, 30.2, 29.3, 28.8, 28.3, 27.9, 27.7, 27.1, 25.6, 23.9)
SWING_C = (6.5, 6.5, 6.2, 5.6, 4.6, 4.0, 3.8, 3.6, 3.7, 4.4, 5.5, 6.2)
"""Half of the difference between the afternoon and the night."""
HUMIDITY_PCT = (60, 57, 56, 60, 72, 75, 77, 80, 81, 75, 68, 62)
PM25 = (33, 43, 55, 40, 18, 14, 12, 12, 14, 20, 26, 31)
HOTSPOTS = (12, 26, 46, 30, 5, 1, 1, 1, 1, 3, 6, 9)
RESERVOIR_PCT = (78, 72, 65, 57, 50, 47, 48, 54, 67, 82, 86, 83)

SHOWER_MEAN_MM, SHOWER_MAX_MM = 9.0, 70.0
SHOWER_HOURS = (0.5, 3.0)
CORE_TIME, CORE_RAIN = 0.4, 0.75
"""A shower has a core, and a tail in which the rest of it drizzles."""
SCREENED_M = 3000.0
HAZE_PM25 = 110.0
"""PM2.5 that a scenario's haze adds as its visibility falls from `SCREENED_M` to nothing (assumed)."""
HAZE_HUNG_S = DAY_S
"""A scenario's haze that is on from its start has hung for so long: means of 24 h know it."""


@dataclass(frozen=True, slots=True)
class Shower:
    """Rain over the whole city that a scenario brings, in seconds since 1970."""

    begins_s: float
    ends_s: float
    rain_mm_h: float


@dataclass(frozen=True, slots=True)
class Haze:
    """Haze that a scenario brings, in seconds since 1970; `pm25` is what it adds in µg/m³."""

    begins_s: float
    ends_s: float
    pm25: float


class Nature:
    """The city's weather. `at` looks at it."""

    def __init__(
        self, seed: int, zone: ZoneInfo, showers: Sequence[Shower] = (), hazes: Sequence[Haze] = ()
    ) -> None:
        offset = datetime(2026, 1, 1, tzinfo=zone).utcoffset()
        self.seed = seed
        self.offset_s = offset.total_seconds() if offset is not None else 0.0
        self.showers = tuple(showers)
        self.hazes = tuple(hazes)

    def at(self, at_s: Floats) -> "Sky":
        """The weather at these times, in seconds since 1970."""
        return Sky(self, np.asarray(at_s, dtype=np.float64))

    def rain_mm_h(self, at: datetime) -> float:
        """How hard it rains at one time."""
        return float(self.at_time(at).rain_mm_h[0])

    def at_time(self, at: datetime) -> "Sky":
        """The weather at one time."""
        return self.at(np.array([at.timestamp()]))


class Sky:
    """Weather, air and water at given times, each worked out once. `day` is the local day since 1970, `hour`
    the local hour of it."""

    def __init__(self, nature: Nature, at_s: Floats) -> None:
        self.nature = nature
        self.seed = nature.seed
        self.at_s = at_s
        self.local_s: Floats = at_s + nature.offset_s
        self.day: Indices = np.floor(self.local_s / DAY_S).astype(np.int64)
        self.hour: Floats = self.local_s / HOUR_S - self.day * 24.0
        self.weekday: Indices = (self.day + 3) % 7
        """0 Monday; 1 January 1970 was a Thursday."""
        self._stored: dict[float, Floats] = {}
        self._fallen: dict[float, Floats] = {}

    def by_month(self, values: Sequence[float]) -> Floats:
        """A figure that is given by month."""
        place = (self.local_s / DAY_S % YEAR_DAYS) / YEAR_DAYS * 12 - 0.5
        return np.interp(place, np.arange(12), values, period=12)

    def hump(self, peak_hour: float) -> Floats:
        """1 at the peak hour, -1 twelve hours off."""
        return np.cos(2 * np.pi * (self.hour - peak_hour) / 24)

    def course(self, name: str, every_s: float) -> Floats:
        """A smooth course within -1 and 1, of that name."""
        return wave(self.seed, name, self.at_s, every_s)

    # --- Rain -------------------------------------------------------------------------------------

    def _pieces(self, days_back: int) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Rain of so many days before the times up to now: beginnings, ends, mm/h, each by time."""
        days, place = np.unique(self.day, return_inverse=True)
        for back in range(days_back + 1):
            day = days - back
            month = ((day + 0.5) % YEAR_DAYS) / YEAR_DAYS * 12 - 0.5
            chance = np.interp(month, np.arange(12), SHOWER_CHANCE, period=12)
            for slot, around_h in ((0, 16.5), (1, 3.0)):
                name = f"shower{slot}"
                falls = uniform(self.seed, name, day) < chance
                if not falls.any():
                    continue
                hour = around_h + 5 * (uniform(self.seed, f"{name}/hour", day) - 0.5)
                least, most = SHOWER_HOURS
                lasts_s = HOUR_S * (least + (most - least) * uniform(self.seed, f"{name}/length", day))
                drawn = -np.log(1 - uniform(self.seed, f"{name}/mm", day)) * SHOWER_MEAN_MM
                mm = np.where(falls, np.minimum(0.4 + drawn, SHOWER_MAX_MM), 0.0)
                begins = day * DAY_S + hour * HOUR_S - self.nature.offset_s
                turns = begins + CORE_TIME * lasts_s
                core = CORE_RAIN * mm / (CORE_TIME * lasts_s / HOUR_S)
                tail = (1 - CORE_RAIN) * mm / ((1 - CORE_TIME) * lasts_s / HOUR_S)
                for first, last, rate in ((begins, turns, core), (turns, begins + lasts_s, tail)):
                    yield first[place], last[place], rate[place]
        for one in self.nature.showers:
            same = np.ones_like(self.at_s)
            yield same * one.begins_s, same * one.ends_s, same * one.rain_mm_h

    @cached_property
    def rain_mm_h(self) -> Floats:
        """How hard it rains."""
        total = np.zeros_like(self.at_s)
        for begins, ends, rate in self._pieces(1):
            total += rate * ((begins <= self.at_s) & (self.at_s < ends))
        return total

    def rain_mm(self, period_s: float) -> Floats:
        """Rain of the period before."""
        known = self._fallen.get(period_s)
        if known is None:
            known = np.zeros_like(self.at_s)
            for begins, ends, rate in self._pieces(1 + int(np.ceil(period_s / DAY_S))):
                wet_s = np.minimum(ends, self.at_s) - np.maximum(begins, self.at_s - period_s)
                known += rate * np.maximum(wet_s, 0) / HOUR_S
            self._fallen[period_s] = known
        return known

    def stored_mm(self, drains_s: float) -> Floats:
        """Rain that is still there where water drains by itself, a part of it in each moment (a linear
        reservoir: what is left of it after `drains_s` is 1/e)."""
        known = self._stored.get(drains_s)
        if known is None:
            known = np.zeros_like(self.at_s)
            for begins, ends, rate in self._pieces(1 + int(np.ceil(4 * drains_s / DAY_S))):
                since_end = np.exp(-np.maximum(self.at_s - ends, 0) / drains_s)
                since_begin = np.exp(-np.maximum(self.at_s - begins, 0) / drains_s)
                fell = rate * drains_s / HOUR_S * (since_end - since_begin)
                known += np.where(self.at_s > begins, fell, 0.0)
            self._stored[drains_s] = known
        return known

    # --- Air ----------------------------------------------------------------------------------------

    @cached_property
    def clouds(self) -> Floats:
        """Share of the sky that is covered."""
        wet = 1 - np.exp(-self.stored_mm(4 * HOUR_S) / 3)
        usual = 0.25 + 0.25 * self.by_month(SHOWER_CHANCE) / max(SHOWER_CHANCE)
        return np.clip(usual + 0.25 * self.course("clouds", 5 * HOUR_S) + 0.6 * wet, 0, 1)

    @cached_property
    def temperature_c(self) -> Floats:
        """Air temperature: warmest at three, cooler in the rain and where its water evaporates."""
        swing = self.by_month(SWING_C) * (1.15 - 0.5 * self.clouds)
        front = 1.4 * self.course("front", 4 * DAY_S)
        return (
            self.by_month(TEMPERATURE_C)
            + swing * self.hump(15)
            + front
            - 2.5 * (1 - np.exp(-self.stored_mm(2 * HOUR_S) / 5))
        )

    @cached_property
    def humidity_pct(self) -> Floats:
        """Relative humidity: least when it is warmest."""
        wet = 1 - np.exp(-self.stored_mm(3 * HOUR_S) / 4)
        dry = self.by_month(HUMIDITY_PCT) - 17 * self.hump(15) + 5 * self.course("damp", 2 * DAY_S)
        damp: Floats = np.clip(dry + (96 - dry) * 0.8 * wet, 15, 100)
        return damp

    @cached_property
    def wind_kmh(self) -> Floats:
        """Wind speed."""
        return np.maximum(7 + 4 * self.hump(14) + 4 * self.course("wind", 3 * HOUR_S), 0.4)

    @cached_property
    def wind_deg(self) -> Floats:
        """Where the wind comes from: south-west in the rains, north-east else."""
        wet = self.by_month(SHOWER_CHANCE) / max(SHOWER_CHANCE)
        return (50 + 175 * wet + 50 * self.course("vane", 6 * HOUR_S)) % 360

    @cached_property
    def pressure_hpa(self) -> Floats:
        """Pressure at the height of the town, with its half-daily tide."""
        return 992 + 4 * self.hump_of_year(0) + 1.4 * np.cos(4 * np.pi * (self.hour - 10) / 24)

    def hump_of_year(self, peak_day: float) -> Floats:
        """1 on that day of the year, -1 half a year off."""
        return np.cos(2 * np.pi * (self.local_s / DAY_S - peak_day) / YEAR_DAYS)

    @cached_property
    def pm25(self) -> Floats:
        """PM2.5 of the hour in µg/m³: by season, worst in the morning, washed out by rain."""
        calm = 1 + 0.30 * self.course("haze", 3 * DAY_S) + 0.15 * self.course("smoke", 9 * HOUR_S)
        usual = self.by_month(PM25) * calm * (1 + 0.18 * self.hump(7))
        washed = 1 - 0.45 * (1 - np.exp(-self.stored_mm(12 * HOUR_S) / 6))
        added = np.zeros_like(self.at_s)
        for one in self.nature.hazes:
            added += one.pm25 * ((one.begins_s <= self.at_s) & (self.at_s < one.ends_s))
        return np.maximum(usual * washed, 2.0) + added

    @cached_property
    def pm25_24h(self) -> Floats:
        """Mean of PM2.5 over the 24 hours before."""
        return np.asarray(np.mean(self._day_before(lambda sky: sky.pm25), axis=0), dtype=np.float64)

    @cached_property
    def daylight(self) -> Floats:
        """Strength of the sun on a clear day, 0 to 1; twelve hours of it all the year."""
        return np.maximum(np.sin(np.pi * (self.hour - 6) / 12), 0.0)

    @cached_property
    def sunshine(self) -> Floats:
        """Strength of the sun through the clouds, 0 to 1."""
        return self.daylight * (1 - 0.75 * self.clouds)

    @cached_property
    def sunshine_24h(self) -> Floats:
        """Hours of full sun in the 24 hours before."""
        hours = self._day_before(lambda sky: sky.sunshine, from_h=0.5)
        return np.asarray(np.sum(hours, axis=0), dtype=np.float64)

    def _day_before(self, figure: "Callable[[Sky], Floats]", from_h: float = 0) -> Floats:
        """A figure at the 24 times an hour apart before each time, a row each. Times that several ask for are
        looked at once."""
        at_s = self.at_s - HOUR_S * (np.arange(24)[:, np.newaxis] + from_h)
        times, place = np.unique(at_s, return_inverse=True)
        return figure(self.nature.at(times))[place].reshape(at_s.shape)
