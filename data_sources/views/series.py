"""Series of figures: what stands for an interval, and how it is judged. Pages, API and reports ask here, so
that a week has one value."""

from data_sources.measures.limits import judge
from data_sources.model.city import City
from data_sources.model.indicator import IndicatorSpec, Statistic, Status
from data_sources.model.observation import Rollup


def value_of(rollup: Rollup, statistic: Statistic) -> float:
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


def status_at(
    spec: IndicatorSpec, city: City, value: float, completeness: float | None = None
) -> Status | None:
    """Status of a value of the indicator: by its bands, else by its target; null where neither is set.
    `insufficient` below the floor of completeness."""
    if spec.bands is None and spec.target is None:
        return None
    if completeness is not None and completeness < spec.min_completeness:
        return Status.INSUFFICIENT
    return judge(spec, city.scales, value)[0]
