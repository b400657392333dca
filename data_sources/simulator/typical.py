"""What agencies count, as data: figures by day, week, month, quarter or year, with season, week and growth.

Of the size of a province of 1.8 million people with a city of 110,000. The ranges are assumptions, most of
them without a source (docs/demo.md): no figure of the demo is one of a real place.
"""

from dataclasses import dataclass
from typing import Literal

Every = Literal["day", "week", "month", "quarter", "year"]
LEVEL_YEAR = 2025.0
"""Growth counts from the beginning of this year."""

_EVEN = (1.0,) * 12


@dataclass(frozen=True, slots=True)
class Typical:
    """A figure of each period. `months` and `weekend` are factors, `growth` the share by which it rises in a
    year, `spread` the standard deviation of its chance as a share of it, `rain` what 100 mm of rain in the
    period before add to it as a share. Values stay within `low` and `high`. `late_days`: how long after the
    end of its period it is published."""

    every: Every
    base: float
    months: tuple[float, ...] = _EVEN
    weekend: float = 1.0
    growth: float = 0.0
    spread: float = 0.03
    rain: float = 0.0
    low: float = 0.0
    high: float = 1e9
    decimals: int = 0
    late_days: int = 0


_TRAVEL = (1.15, 1.05, 1.0, 1.2, 0.9, 0.85, 0.95, 0.9, 0.85, 1.0, 1.05, 1.25)
_TERM = (1.0, 1.05, 0.8, 0.45, 0.5, 0.75, 1.1, 1.15, 1.1, 0.9, 1.1, 1.0)
_DENGUE = (0.3, 0.3, 0.3, 0.4, 0.8, 1.6, 2.2, 2.1, 1.6, 1.0, 0.6, 0.4)
_HEAT = (0.85, 0.9, 1.05, 1.15, 1.15, 1.08, 1.05, 1.03, 1.0, 0.97, 0.9, 0.84)

TYPICAL: dict[str, Typical] = {
    # by day
    "waste_collected": Typical("day", 215, weekend=0.94, growth=0.01, rain=0.15, low=150, decimals=1),
    "ems_response_median": Typical("day", 8.6, weekend=0.97, spread=0.07, rain=0.5, decimals=1),
    "bed_occupancy": Typical(
        "day", 84, (1.0, 1.02, 1.03, 0.97, 0.98, 1.01, 1.05, 1.06, 1.04, 1.0, 0.98, 0.97), 0.96,
        spread=0.025, low=55, high=112, decimals=1,
    ),
    "wifi_users": Typical("day", 2400, _TERM, 0.55, growth=0.06, spread=0.08),
    "shuttle_passengers": Typical("day", 14_500, _TERM, 0.35, spread=0.05, rain=-0.4, low=1500),
    "ev_energy_intensity": Typical("day", 0.65, _HEAT, spread=0.015, low=0.5, high=0.9, decimals=3),
    # by week
    "dengue_cases": Typical("week", 17, _DENGUE, spread=0.25, rain=0.3, late_days=6),
    "open_datasets_in_date": Typical("week", 66, growth=0.05, spread=0.02, low=30, high=98, decimals=1),
    # by month
    "company_registrations": Typical(
        "month", 128, (1.15, 1.1, 1.1, 0.85, 1.05, 1.0, 1.0, 1.0, 1.05, 1.0, 0.95, 0.75), growth=0.03,
        spread=0.07, late_days=14,
    ),
    "visitors": Typical("month", 440_000, _TRAVEL, growth=0.04, spread=0.04, late_days=30),
    "hotel_occupancy": Typical(
        "month", 64, _TRAVEL, growth=0.01, spread=0.03, low=35, high=92, decimals=1, late_days=30
    ),
    "airport_passengers": Typical("month", 128_000, _TRAVEL, growth=0.04, spread=0.03, late_days=14),
    "cpi_yoy": Typical("month", 1.1, spread=0.5, low=-1.5, high=4.5, decimals=2, late_days=6),
    "electricity_sold": Typical("month", 262, _HEAT, growth=0.02, spread=0.015, decimals=1, late_days=25),
    "saifi": Typical("month", 2.4, _DENGUE, spread=0.15, low=0.2, high=8, decimals=2, late_days=25),
    "saidi": Typical("month", 62, _DENGUE, spread=0.2, low=5, high=240, decimals=1, late_days=25),
    "crimes": Typical("month", 265, growth=-0.02, spread=0.06, late_days=14),
    "population": Typical("month", 1_776_000, growth=-0.002, spread=0.0001, late_days=6),
    "population_60_plus": Typical("month", 21.6, growth=0.025, spread=0.0005, decimals=2, late_days=6),
    "satisfaction": Typical("month", 3.9, spread=0.03, low=2.5, high=4.9, decimals=2, late_days=4),
    "shuttle_accidents": Typical("month", 0.8, spread=0.9, high=4, late_days=4),
    # by quarter
    "unemployment_rate": Typical("quarter", 1.1, spread=0.12, low=0.3, high=3, decimals=2, late_days=45),
    "digital_trainees": Typical("quarter", 620, spread=0.25, low=60, late_days=20),
    # by year
    "gpp_per_capita": Typical("year", 138_000, growth=0.035, spread=0.01, late_days=500),
    "ita_score": Typical("year", 90.5, growth=0.005, spread=0.01, high=99, decimals=2, late_days=40),
    "tpmap_poor": Typical("year", 11_200, growth=-0.06, spread=0.05, late_days=60),
    "out_of_school": Typical("year", 9_600, growth=-0.05, spread=0.05, late_days=60),
    "onet_m3": Typical("year", 36.4, growth=0.005, spread=0.03, low=25, high=55, decimals=2, late_days=60),
    "green_space_per_person": Typical("year", 8.4, growth=0.015, spread=0.005, decimals=2, late_days=60),
}  # fmt: skip
"""Figures by property; two of the fiscal and the calendar year stand in `figures.py`."""
