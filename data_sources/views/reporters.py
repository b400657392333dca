"""Who reports through a feed, and who is expected to and silent. Pure.

Expected are the features that the pack names for the feed, and whatever has reported through it before: a
station that nobody hears any more is a ghost, not a smaller total.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from data_sources.measures.freshness import Freshness, value_freshness
from data_sources.model.city import FeedSpec
from data_sources.model.observation import CITY_FEATURE, Observation, Series
from data_sources.views.feeds import BothNames


class Silent(msgspec.Struct, frozen=True, kw_only=True):
    """A feature that is expected and not heard: its last value is stale, or there never was one (null)."""

    feature_id: str
    name: BothNames
    last_at: datetime | None


class Reporters(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's reporters. `expected` 0: nobody in particular reports through it, as with buses or alerts."""

    feed_id: str
    expected: int
    heard: int
    silent: list[Silent]


class _Told(NamedTuple):
    """When a feature was last heard, and how often what it told then is promised."""

    at: datetime | None
    cadence_s: float


def reporters(
    feed: FeedSpec,
    observations: Iterable[Observation],
    known: Collection[Series],
    names: Mapping[str, BothNames],
    now: datetime,
) -> Reporters:
    """The reporters of `feed` at `now`: `observations` are its last values, `known` its registered series."""
    promised_s = feed.promised_every.total_seconds()
    newest = _newest(observations, known, promised_s)
    expected = frozenset(feed.features).union(newest) - {CITY_FEATURE}
    never = _Told(None, promised_s)
    silent = [
        Silent(
            feature_id=feature_id,
            name=names.get(feature_id, BothNames(th=feature_id, en=feature_id)),
            last_at=told.at,
        )
        for feature_id, told in ((one, newest.get(one, never)) for one in sorted(expected))
        if value_freshness(told.at, now, told.cadence_s) in {Freshness.STALE, Freshness.MISSING}
    ]
    return Reporters(
        feed_id=feed.feed_id,
        expected=len(expected),
        heard=len(expected) - len(silent),
        silent=silent,
    )


def _newest(
    observations: Iterable[Observation], known: Collection[Series], promised_s: float
) -> dict[str, _Told]:
    """The newest word of each feature, whichever of its properties it is of."""
    cadences = {(one.feature_id, one.property_id): one.cadence_s for one in known}
    told = [(one.feature_id, _Told(one.last_at, one.cadence_s)) for one in known]
    for value in observations:
        cadence_s = cadences.get((value.feature_id, value.property_id), promised_s)
        told.append((value.feature_id, _Told(value.observed_at, cadence_s)))
    found: dict[str, _Told] = {}
    for feature_id, one in told:
        before = found.get(feature_id, one).at
        if before is None or (one.at is not None and one.at >= before):
            found[feature_id] = one
    return found
