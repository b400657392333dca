"""The Thai air quality index of PM2.5 and PM10, as of 2023 and as it was before. Pure.

Source: Pollution Control Department (PCD), notice on the air quality index of B.E. 2566 (2023), Royal
Gazette 140/157ง: the index is read from the 24-hour mean by straight lines between the limits of five
classes, 0-25, 26-50, 51-100, 101-200 and above. Concentrations are published with one decimal (PM2.5) or
none (PM10), so a class begins one such step above the one before.

Not here: the gases. Their limits stand in the same notice; we had no copy to check them against.
"""

import math
from dataclasses import dataclass

CLASS_TOPS = (25, 50, 100, 200)
"""Greatest index of the four classes that have one."""
ABOVE = CLASS_TOPS[-1] + 1
"""Index of everything above the fourth class: the notice draws no line there, "201 and above"."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Greatest 24-hour means in µg/m³ of the four classes that have one, and the step they are told in."""

    tops: tuple[float, float, float, float]
    step: float


PM25_2023 = Limits((15.0, 25.0, 37.5, 75.0), 0.1)
PM25_BEFORE_2023 = Limits((25.0, 37.0, 50.0, 90.0), 1.0)
"""PCD's index of 2018 to 2023; some sources still tell it."""
PM10 = Limits((50.0, 80.0, 120.0, 180.0), 1.0)
"""The same in both."""


def thai_aqi_2023(pm25_24h: float | None = None, pm10_24h: float | None = None) -> int | None:
    """The index of today, that of the worse of the two; None when neither mean (µg/m³) is known."""
    return _worst((pm25_24h, PM25_2023), (pm10_24h, PM10))


def thai_aqi_before_2023(pm25_24h: float | None = None, pm10_24h: float | None = None) -> int | None:
    """The index as it was until 2023, on its own scale: not to be compared with today's."""
    return _worst((pm25_24h, PM25_BEFORE_2023), (pm10_24h, PM10))


def sub_index(concentration: float, limits: Limits) -> int:
    """Index of one substance: I = Ii + (Ij - Ii) (X - Xi) / (Xj - Xi) within its class, rounded to whole
    numbers. ValueError for a concentration that cannot be."""
    if not math.isfinite(concentration) or concentration < 0:
        raise ValueError(f"no concentration: {concentration}")
    told = math.floor(concentration / limits.step + 0.5 + 1e-9) * limits.step
    low, low_index = 0.0, 0
    for top, top_index in zip(limits.tops, CLASS_TOPS, strict=True):
        if told <= top + 1e-9:
            return math.floor(low_index + (top_index - low_index) * (told - low) / (top - low) + 0.5)
        low, low_index = top + limits.step, top_index + 1
    return ABOVE


def _worst(*parts: tuple[float | None, Limits]) -> int | None:
    known = [sub_index(mean, limits) for mean, limits in parts if mean is not None]
    return max(known, default=None)
