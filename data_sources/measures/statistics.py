"""What stands for an interval of a series. Pages, API, reports and indicators ask here, so that a week has
one value. Pure."""

from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from data_sources.model.indicator import Statistic

FigureT_co = TypeVar("FigureT_co", float, NDArray[np.float64], covariant=True)


class Summary(Protocol[FigureT_co]):
    """A rollup, or many as columns."""

    @property
    def count(self) -> Any: ...

    @property
    def minimum(self) -> FigureT_co: ...

    @property
    def mean(self) -> FigureT_co: ...

    @property
    def maximum(self) -> FigureT_co: ...

    @property
    def last(self) -> FigureT_co: ...


def statistic_of(rollup: Summary[FigureT_co], statistic: Statistic) -> FigureT_co:
    """The statistic of an interval, or of many. A sum is the mean of what came, as many times as it came."""
    match statistic:
        case "min":
            return rollup.minimum
        case "max":
            return rollup.maximum
        case "last":
            return rollup.last
        case "sum":
            total: FigureT_co = rollup.mean * rollup.count
            return total
        case _:
            return rollup.mean
