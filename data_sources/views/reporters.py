"""Who reports through a feed, and who is expected to and silent. Pure.

Expected are the features that the pack names for the feed, and whatever has reported through it before: a
station that nobody hears any more is a ghost, not a smaller total.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

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


def reporters(
    feed: FeedSpec,
    observations: Iterable[Observation],
    known: Iterable[Series],
    names: Mapping[str, BothNames],
    now: datetime,
) -> Reporters:
    """The reporters of `feed` at `now`: `observations` are its last values, `known` its registered series."""
    last_at = _last_by_feature(observations, known)
    expected = _expected(feed, last_at)
    cadences = {one.feature_id: one.cadence_s for one in known}
    promised_s = feed.promised_every.total_seconds()
    silent = [
        Silent(
            feature_id=feature_id,
            name=names.get(feature_id, BothNames(th=feature_id, en=feature_id)),
            last_at=last_at.get(feature_id),
        )
        for feature_id in sorted(expected)
        if value_freshness(last_at.get(feature_id), now, cadences.get(feature_id, promised_s))
        in {Freshness.STALE, Freshness.MISSING}
    ]
    return Reporters(
        feed_id=feed.feed_id,
        expected=len(expected),
        heard=len(expected) - len(silent),
        silent=silent,
    )


def _expected(feed: FeedSpec, reported: Collection[str]) -> frozenset[str]:
    return frozenset(feed.features).union(reported) - {CITY_FEATURE}


def _last_by_feature(
    observations: Iterable[Observation], known: Iterable[Series]
) -> dict[str, datetime | None]:
    found: dict[str, datetime | None] = {one.feature_id: one.last_at for one in known}
    for one in observations:
        before = found.get(one.feature_id)
        found[one.feature_id] = one.observed_at if before is None else max(before, one.observed_at)
    return found
