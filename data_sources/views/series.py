"""Series of figures: which one is meant where there are several, and how a value of it is judged."""

from collections.abc import Callable, Iterable

from data_sources.measures.limits import judge
from data_sources.model.city import City
from data_sources.model.indicator import IndicatorSpec, Status
from data_sources.model.observation import Series


def one_each(told: Iterable[Series], name_of: Callable[[Series], str]) -> dict[str, Series]:
    """Series by name; where a name is told for real, what is simulated of it is left out."""
    return {name_of(one): one for one in sorted(told, key=lambda one: not one.synthetic)}


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
