"""What would be observed of any property of any feature at any times: nature's, people's and agencies'.

Pure and vectorised, so that the wire and the back history ask the same. Values are in the units of the
vocabulary (data_sources/properties.toml).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data_sources.simulator.chance import Floats, counts, one, stream_of, uniform
from data_sources.simulator.nature import DAY_S, HOTSPOTS, HOUR_S, RESERVOIR_PCT, YEAR_DAYS, Sky
from data_sources.simulator.typical import LEVEL_YEAR, TYPICAL, Typical

LAKE_BANK_M = 150.0
"""Level of a lake's bank of which the pack tells none."""
RIVER_BANK_M = 147.5
RESERVOIR_MM3 = 2000.0
SOLAR_KW = 8000.0
DEMAND_BY_HOUR = (
    0.78, 0.74, 0.71, 0.70, 0.70, 0.73, 0.78, 0.84, 0.92, 0.98, 1.01, 1.02,
    1.00, 1.03, 1.05, 1.04, 1.02, 0.98, 1.02, 1.06, 1.05, 1.00, 0.92, 0.85,
)  # fmt: skip
LAMP_FAULTS = 0.045
ROAD_SEALED_MM = 9.0
"""Rain that a road's drains take before water stands on it."""

FROM_OCTOBER_S = 92 * DAY_S
"""From 1 October to the new year, in which the fiscal year that began is the calendar's."""


@dataclass(frozen=True, slots=True)
class Place:
    """A feature as far as it makes a difference. `bank_m`: level of a lake's bank."""

    feature_id: str
    bank_m: float | None = None

    @property
    def number(self) -> int:
        """A number of its own, the same in every process."""
        return stream_of(self.feature_id)

    def factor(self, seed: int, name: str, spread: float) -> float:
        """How it differs from others: a factor within 1 - spread and 1 + spread."""
        return 1 + spread * (2 * one(seed, name, self.number) - 1)


Figure = Callable[[Sky, Place], Floats]


def known(property_id: str) -> bool:
    """Whether there is a figure of that property; of others the simulated city tells nothing."""
    return property_id in FIGURES or property_id in TYPICAL


def figure(property_id: str, sky: Sky, place: Place) -> Floats:
    """The property of the place at the sky's times. KeyError for one that is not known."""
    made = FIGURES.get(property_id)
    return made(sky, place) if made is not None else typical(property_id, TYPICAL[property_id], sky)


def typical(property_id: str, spec: Typical, sky: Sky) -> Floats:
    """The figure of the period that ends at each of the times."""
    inside = sky.nature.at(sky.at_s - 1.0)
    months = inside.by_month(spec.months) if spec.every != "year" else np.ones_like(sky.at_s)
    week = np.where(inside.weekday >= 5, spec.weekend, 1.0) if spec.every == "day" else 1.0
    years = inside.local_s / DAY_S / YEAR_DAYS + 1970 - LEVEL_YEAR
    value = spec.base * months * week * (1 + spec.growth) ** years
    if spec.rain:
        value = value * (1 + spec.rain * inside.rain_mm(DAY_S) / 100)
    value = value * (1 + spec.spread * _bell(sky.seed, property_id, inside))
    return _rounded(np.clip(value, spec.low, spec.high), spec.decimals)


def _rounded(values: Floats, decimals: int = 0) -> Floats:
    return np.asarray(np.round(values, decimals), dtype=np.float64)


def _bell(seed: int, name: str, sky: Sky) -> Floats:
    """Chance of a day, about as a normal of mean 0 and standard deviation 1, within -2.4 and 2.4."""
    parts = [uniform(seed, f"{name}/{part}", sky.day) for part in range(4)]
    return np.asarray((np.sum(parts, axis=0) - 2) * np.sqrt(3), dtype=np.float64)


# --- Air ----------------------------------------------------------------------------------------------


def _pm25(sky: Sky, place: Place) -> Floats:
    return sky.pm25 * place.factor(sky.seed, "pm25", 0.08)


def _pm25_24h(sky: Sky, place: Place) -> Floats:
    return sky.pm25_24h * place.factor(sky.seed, "pm25", 0.08)


def _pm10(sky: Sky, place: Place) -> Floats:
    return _pm25(sky, place) * 1.55 + 8


def _pm10_24h(sky: Sky, place: Place) -> Floats:
    return _pm25_24h(sky, place) * 1.55 + 8


def _o3(sky: Sky, place: Place) -> Floats:
    return np.maximum(22 + 0.25 * sky.pm25 + 16 * sky.hump(15) * (1 - sky.clouds), 1)


def _o3_8h(sky: Sky, place: Place) -> Floats:
    hours = [_o3(sky.nature.at(sky.at_s - HOUR_S * back), place) for back in range(8)]
    return np.asarray(np.mean(hours, axis=0), dtype=np.float64)


def _no2(sky: Sky, place: Place) -> Floats:
    peaks = np.maximum(sky.hump(8), 0) ** 3 + np.maximum(sky.hump(19), 0) ** 3
    work = np.where(sky.weekday < 5, 1.0, 0.7) * place.factor(sky.seed, "no2", 0.2)
    return np.asarray(6 + 14 * peaks * work, dtype=np.float64)


def _so2(sky: Sky, place: Place) -> Floats:
    return 1.6 + 0.8 * sky.course("so2", 6 * HOUR_S)


def _co(sky: Sky, place: Place) -> Floats:
    return 0.25 + 0.035 * _no2(sky, place) + 0.004 * sky.pm25


def _index(sky: Sky, place: Place) -> Floats:
    """The Thai index of 2023 by PM2.5, which leads it here (Royal Gazette 140, special part 157)."""
    return _rounded(np.interp(_pm25_24h(sky, place), (0, 15, 25, 37.5, 75, 150), (0, 25, 50, 100, 200, 300)))


def _hotspots(sky: Sky, place: Place) -> Floats:
    """Of the day before: fewer where it rained."""
    before = sky.nature.at(sky.at_s - DAY_S / 2)
    wet = np.exp(-before.rain_mm(DAY_S) / 5)
    mean = before.by_month(HOTSPOTS) * wet * (0.35 + 1.3 * uniform(sky.seed, "fires", before.day))
    return counts(sky.seed, f"hotspots/{place.feature_id}", before.day, mean).astype(np.float64)


# --- Weather ------------------------------------------------------------------------------------------


def _temperature(sky: Sky, place: Place) -> Floats:
    return sky.temperature_c + 8 * (place.factor(sky.seed, "height", 0.05) - 1)


def _feels(sky: Sky, place: Place) -> Floats:
    """Apparent temperature (Steadman 1994, as the Australian Bureau of Meteorology prints it)."""
    air = _temperature(sky, place)
    vapour_hpa = sky.humidity_pct / 100 * 6.105 * np.exp(17.27 * air / (237.7 + air))
    return air + 0.33 * vapour_hpa - 0.70 * sky.wind_kmh / 3.6 - 4.0


def _rain(period_s: float) -> Figure:
    def fallen(sky: Sky, place: Place) -> Floats:
        return _rounded(sky.rain_mm(period_s) * place.factor(sky.seed, "rain", 0.25), 1)

    return fallen


# --- Water --------------------------------------------------------------------------------------------


def _freeboard(sky: Sky, place: Place) -> Floats:
    """Of a lake: less in the rains, and for days after a storm."""
    dry = 2.3 * place.factor(sky.seed, "lake", 0.12)
    wet = sky.by_month(RESERVOIR_PCT) / 100 * 0.35
    return np.maximum(dry - wet - 0.011 * sky.stored_mm(5 * DAY_S), -0.3)


def _lake_level(sky: Sky, place: Place) -> Floats:
    bank_m = LAKE_BANK_M if place.bank_m is None else place.bank_m
    return _rounded(bank_m - _freeboard(sky, place), 2)


def _lake_fill(sky: Sky, place: Place) -> Floats:
    return np.clip(100 * (1 - _freeboard(sky, place) / 6), 0, 120)


def _road_water(sky: Sky, place: Place) -> Floats:
    """Water stands where more rain has come than the drains take; low places have more of it."""
    low = place.factor(sky.seed, "low", 0.45)
    over = sky.stored_mm(1.2 * HOUR_S) * low - ROAD_SEALED_MM
    return _rounded(np.clip(over * 0.02, 0, 1.5), 2)


def _pipe_water(sky: Sky, place: Place) -> Floats:
    deep = place.factor(sky.seed, "low", 0.3)
    return _rounded(np.clip(0.12 * deep + sky.stored_mm(2 * HOUR_S) * 0.034 * deep, 0.02, 3.2), 2)


def _river_gap(sky: Sky, place: Place) -> Floats:
    usual = 5.6 - 0.03 * sky.by_month(RESERVOIR_PCT)
    return usual * place.factor(sky.seed, "river", 0.1) - 0.016 * sky.stored_mm(6 * DAY_S)


def _river_level(sky: Sky, place: Place) -> Floats:
    return RIVER_BANK_M - np.round(_river_gap(sky, place), 2)


def _discharge(sky: Sky, place: Place) -> Floats:
    return np.maximum(260 - 42 * _river_gap(sky, place), 8)


def _reservoir_fill(sky: Sky, place: Place) -> Floats:
    usual = sky.by_month(RESERVOIR_PCT) + 7 * sky.course("reservoir", 400 * DAY_S)
    return np.clip(usual + 0.03 * sky.stored_mm(10 * DAY_S), 5, 105)


def _reservoir_volume(sky: Sky, place: Place) -> Floats:
    return _rounded(_reservoir_fill(sky, place), 2) / 100 * RESERVOIR_MM3


# --- Energy -------------------------------------------------------------------------------------------


def _demand(sky: Sky, place: Place) -> Floats:
    """Electricity: by the hour, more by the degree above 24 °C, less at weekends."""
    hours = np.interp(sky.hour, np.arange(24), DEMAND_BY_HOUR, period=24)
    work = np.where(sky.weekday < 5, 1.0, 0.93)
    cooling = 7.5 * np.maximum(sky.temperature_c - 24, 0)
    return 345 * hours * work + cooling + 6 * sky.course("demand", HOUR_S)


def _solar_power(sky: Sky, place: Place) -> Floats:
    return _rounded(SOLAR_KW * sky.sunshine, 1)


def _solar_energy(sky: Sky, place: Place) -> Floats:
    return SOLAR_KW / 1000 * sky.sunshine_24h * 0.72


def _lamp_on(sky: Sky, place: Place) -> Floats:
    return ((sky.hour < 6) | (sky.hour >= 18)).astype(np.float64)


def _lamp_fault(sky: Sky, place: Place) -> Floats:
    """A lamp is broken for weeks at a time."""
    weeks = np.floor_divide(sky.day + place.number % 17, 17)
    return (uniform(sky.seed, f"lamp/{place.feature_id}", weeks) < LAMP_FAULTS).astype(np.float64)


# --- The city's services ------------------------------------------------------------------------------


def _cameras(sky: Sky, place: Place) -> Floats:
    """Cameras that work, in percent: fewer after a storm."""
    return np.clip(94 + 2.5 * sky.course("cameras", 5 * DAY_S) - 0.08 * sky.stored_mm(DAY_S), 60, 99.5)


def _camera_up(sky: Sky, place: Place) -> Floats:
    days = np.floor_divide(sky.day + place.number % 5, 5)
    return (uniform(sky.seed, f"camera/{place.feature_id}", days) > 0.06).astype(np.float64)


def _days_of_year(local_s: Floats) -> Floats:
    """Days since 1 January 00:00 by the calendar: a mean year would begin hours beside it."""
    days = np.floor(local_s / DAY_S).astype("datetime64[D]")
    began = days.astype("datetime64[Y]").astype("datetime64[D]").astype(np.float64)
    return np.asarray(local_s / DAY_S - began, dtype=np.float64)


def _road_deaths(sky: Sky, place: Place) -> Floats:
    """Since New Year, which has the most of them with the week of 13 April."""
    inside = sky.nature.at(sky.at_s - 1.0)
    gone = _days_of_year(inside.local_s)
    feasts = 22 * (np.clip(gone / 7, 0, 1) + np.clip((gone - 100) / 7, 0, 1))
    chance = 6 * inside.course("deaths", 40 * DAY_S) * np.minimum(gone / 60, 1)
    return np.floor(np.maximum(gone * 0.83 + feasts + chance, 0))


def _budget(sky: Sky, place: Place) -> Floats:
    """Disbursed of the fiscal year's budget, in percent; it begins on 1 October and is spent late."""
    inside = sky.nature.at(sky.at_s - 1.0)
    gone = _days_of_year(inside.local_s + FROM_OCTOBER_S) / YEAR_DAYS
    return _rounded(np.clip(92 * gone**1.25 + 1.5 * inside.course("budget", 90 * DAY_S), 0.5, 100), 1)


FIGURES: dict[str, Figure] = {
    "pm25": _pm25,
    "pm25_24h": _pm25_24h,
    "pm10": _pm10,
    "pm10_24h": _pm10_24h,
    "o3": _o3,
    "o3_8h": _o3_8h,
    "no2": _no2,
    "so2": _so2,
    "co": _co,
    "aqi_source": _index,
    "hotspots": _hotspots,
    "air_temperature": _temperature,
    "apparent_temperature": _feels,
    "relative_humidity": lambda sky, place: sky.humidity_pct,
    "wind_speed": lambda sky, place: sky.wind_kmh,
    "wind_direction": lambda sky, place: sky.wind_deg,
    "pressure": lambda sky, place: sky.pressure_hpa,
    "rain_15min": _rain(900),
    "rain_1h": _rain(HOUR_S),
    "rain_3h": _rain(3 * HOUR_S),
    "rain_24h": _rain(DAY_S),
    "lake_level": _lake_level,
    "lake_fill": _lake_fill,
    "road_water": _road_water,
    "pipe_water": _pipe_water,
    "river_level": _river_level,
    "river_bank_gap": _river_gap,
    "river_discharge": _discharge,
    "reservoir_fill": _reservoir_fill,
    "reservoir_volume": _reservoir_volume,
    "electricity_demand": _demand,
    "solar_power": _solar_power,
    "solar_energy": _solar_energy,
    "streetlight_on": _lamp_on,
    "streetlight_fault": _lamp_fault,
    "cctv_working": _cameras,
    "camera_up": _camera_up,
    "road_deaths_ytd": _road_deaths,
    "budget_disbursed": _budget,
}
"""Figures by property, those of `TYPICAL` apart."""
