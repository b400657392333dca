"""What stands for an interval of a series. Pages, API, reports and indicators ask here, so that a week has
one value. Pure."""

from data_sources.model.indicator import Statistic
from data_sources.model.observation import Rollup


def statistic_of(rollup: Rollup, statistic: Statistic) -> float:
    """The statistic of an interval. A sum is the mean of what came, as many times as it came."""
    match statistic:
        case "min":
            return rollup.minimum
        case "max":
            return rollup.maximum
        case "last":
            return rollup.last
        case "sum":
            return rollup.mean * rollup.count
        case _:
            return rollup.mean
