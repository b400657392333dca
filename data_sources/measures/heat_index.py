"""The heat index: how hot it feels in the shade by temperature and humidity. Pure, on arrays.

Source: Rothfusz, "The heat index equation", NWS Technical Attachment SR 90-23 (1990), with the two
adjustments and the plain formula for mild weather of the US National Weather Service, Weather Prediction
Center (wpc.ncep.noaa.gov/html/heatindex_equation.shtml). The fit is good to 1.3 °F within Steadman's
tables. In cool weather (below 40 °F) it feels as the air is. Where the plain formula gives way to the fit,
at 80 °F, the method leaps by up to 1.9 °C in damp air; it is told as published.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

COOL_F = 40.0
REGRESSION_FROM_F = 80.0
HOTTEST_C = 50.0
"""No table goes beyond; air so hot has not been measured in Thailand. No index is told there."""


def heat_index_c(air_temperature_c: ArrayLike, relative_humidity_pct: ArrayLike) -> NDArray[np.float64]:
    """Heat index in °C; NaN where a value is missing, humidity is not within 0 to 100 % or the air is hotter
    than `HOTTEST_C`."""
    air_c, humidity = np.broadcast_arrays(
        np.asarray(air_temperature_c, np.float64), np.asarray(relative_humidity_pct, np.float64)
    )
    air = air_c * 9 / 5 + 32
    plain = 0.5 * (air + (0.5 * (air + 61 + (air - 68) * 1.2 + humidity * 0.094)))
    index = np.where(plain >= REGRESSION_FROM_F, _rothfusz_f(air, humidity), plain)
    index = np.where(air <= COOL_F, air, index)
    with np.errstate(invalid="ignore"):
        known = (humidity >= 0) & (humidity <= 100) & (air_c <= HOTTEST_C)
    return np.where(known, (index - 32) * 5 / 9, np.nan)


def _rothfusz_f(air: NDArray[np.float64], humidity: NDArray[np.float64]) -> NDArray[np.float64]:
    """The regression with its adjustments for dry and for damp air, in °F."""
    index = (
        -42.379
        + 2.04901523 * air
        + 10.14333127 * humidity
        - 0.22475541 * air * humidity
        - 6.83783e-3 * air**2
        - 5.481717e-2 * humidity**2
        + 1.22874e-3 * air**2 * humidity
        + 8.5282e-4 * air * humidity**2
        - 1.99e-6 * air**2 * humidity**2
    )
    with np.errstate(invalid="ignore"):
        dry = (humidity < 13) & (air >= 80) & (air <= 112)
        damp = (humidity > 85) & (air >= 80) & (air <= 87)
    less = (13 - humidity) / 4 * np.sqrt(np.maximum(17 - np.abs(air - 95), 0) / 17)
    more = (humidity - 85) / 10 * (87 - air) / 5
    adjusted: NDArray[np.float64] = index - np.where(dry, less, 0) + np.where(damp, more, 0)
    return adjusted
