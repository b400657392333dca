"""Which series go into a figure, and in what order of preference."""

from collections.abc import Iterable

from data_sources.model.indicator import InputSpec
from data_sources.model.observation import INDICATOR_FEED, Series


def preferred(told: Iterable[Series], one: InputSpec) -> list[Series]:
    """The series that go into an input, in order of preference: its feeds as listed, then by name.

    Where a feature is told for real, what is simulated of it is left out: the two never make one figure.
    """
    rank = {feed_id: place for place, feed_id in enumerate(one.feeds)}
    found = [
        series
        for series in told
        if series.property_id == one.property
        and (series.feed_id in rank if rank else series.feed_id != INDICATOR_FEED)
        and (not one.features or series.feature_id in one.features)
    ]
    real = {series.feature_id for series in found if not series.synthetic}
    return sorted(
        (series for series in found if not series.synthetic or series.feature_id not in real),
        key=lambda s: (rank.get(s.feed_id, 0), s.feed_id, s.feature_id),
    )
