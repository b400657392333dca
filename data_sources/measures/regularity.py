"""Regularity: how even a service is. On frequent routes riders feel unevenness, not lateness.

- Coefficient of variation of headways, cv = s / mean. TCQSM 3rd ed. (TCRP Report 165), chapter 5,
  uses the standard deviation of headway deviations over the mean scheduled headway; here spacings of
  the same instant share one target, so both have the same numerator, and the mean *observed* spacing
  is the denominator: a route that lacks a vehicle but runs evenly is even. The deviation is that of
  the population: all spacings there are.
- Average wait of riders who come without a timetable: E[h^2] / (2 E[h]) (Osuna and Newell, "Control
  strategies for an idealized public transportation system", Transportation Science 6, 1972). Excess
  waiting time is what it exceeds half the scheduled headway by (Transport for London, QSI: average
  actual wait less average scheduled wait).
"""

from collections.abc import Sequence
from math import fsum, sqrt


def coefficient_of_variation(headways_s: Sequence[float]) -> float | None:
    """Standard deviation over mean; None below two headways, or when all are zero."""
    if len(headways_s) < 2:
        return None
    mean = fsum(headways_s) / len(headways_s)
    if mean <= 0:
        return None
    return sqrt(fsum((one - mean) ** 2 for one in headways_s) / len(headways_s)) / mean


def average_wait_s(headways_s: Sequence[float]) -> float | None:
    """Average wait of riders who arrive evenly over time; None without a headway."""
    total = fsum(headways_s)
    return fsum(one * one for one in headways_s) / (2 * total) if total > 0 else None


def excess_wait_s(headways_s: Sequence[float], scheduled_s: float | None) -> float | None:
    """Average wait beyond that of an even service at the scheduled headway; negative when more runs
    than promised. None below two headways or where no headway is scheduled."""
    wait_s = average_wait_s(headways_s)
    if wait_s is None or scheduled_s is None or len(headways_s) < 2:
        return None
    return wait_s - scheduled_s / 2
