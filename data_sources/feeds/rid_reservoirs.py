"""RID: the Royal Irrigation Department's daily figures of reservoirs and dams, nationwide.

`{"date": "2026-10-02", "data": [{"region": ..., "reservoir": [...]}]}`, or `dam` in place of `reservoir`. Of
each: `id`, `name`, `storage` (capacity at normal level), `volume` (water in it now), both in million m³, and
`percent_storage`, which is 0 for some whose other figures are told: it is then computed, and flagged. A day
without a time is read as its beginning in Bangkok, so that figures look no newer than they can be. The
service tells no positions.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.observing import (
    Collector,
    Quantity,
    document_of,
    mapping,
    observed_at,
    rows_of,
    zone_of,
)
from data_sources.feeds.reading import Unusable, number
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch

PREFIX = "rid:"
GROUPS = ("reservoir", "dam")
VOLUME = Quantity("reservoir_volume", "Mm³")
FILL = Quantity("reservoir_fill", "%")


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read the reservoirs. Raise FeedContentError when the message is no answer of the service or tells no
    day: no figure could be placed in time."""
    document = mapping(document_of(payload, feed))
    regions = rows_of(document.get("data"), "regions")
    try:
        at = observed_at(document.get("date"), zone_of(feed))
    except Unusable as error:
        raise FeedContentError(codes.NOT_OBSERVATIONS.code, "the message tells no day") from error
    found = Collector(feed, received_at)
    for region in regions:
        groups = [region[group] for group in GROUPS if group in mapping(region)]
        if not groups:
            told = f"a region without {' or '.join(GROUPS)}"
            found.reject(Unusable(codes.VALUE_MISSING, told), "", region)
        for group in groups:
            for row in rows_of(group, "reservoirs"):
                _reservoir(mapping(row), at, found)
    return found.batch()


def _reservoir(row: Mapping[str, Any], at: datetime, found: Collector) -> None:
    feature_id = found.identified(row.get("id"), "a reservoir without an id", row, PREFIX)
    if feature_id is None:
        return
    found.feature(feature_id, "reservoir", name={"th": row.get("name")})
    found.observe(feature_id, VOLUME, row.get("volume"), at)
    percent, flags = _percent(row)
    found.observe(feature_id, FILL, percent, at, flags=flags)


def _percent(row: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """The percentage as told, or computed where 0 or nothing is told of a volume above 0."""
    told = row.get("percent_storage")
    volume, capacity = number(row.get("volume")), number(row.get("storage"))
    is_told = told not in (None, "") and number(told) != 0
    if is_told or volume is None or volume <= 0 or capacity is None or capacity <= 0:
        return told, ()
    return round(100 * volume / capacity, 2), (codes.PERCENT_RECOMPUTED.code,)
