"""Feeds as they stand at an instant: what the pack says of each, and how it is doing.

Ingest writes the status; but ingest itself may be dead, so the state is judged again at the time
of reading and the worse of the two is shown. Nothing is up because a clock says so.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from data_sources.measures import freshness
from data_sources.model.city import FeedSpec
from data_sources.model.feed import FeedState, FeedStatus

NOT_CONFIGURED = "not_configured"
"""Error code of a feed of the pack that has no URL: nothing is asked, nothing is expected."""


class BothNames(msgspec.Struct, frozen=True):
    """A name in the languages of the screens."""

    th: str
    en: str


class FeedView(msgspec.Struct, frozen=True, kw_only=True):
    """One feed. `observed_at` is the newest header or observation time it delivered, `last_good_at`
    when a usable message last arrived, `fresh_s` and `stale_s` the limits of its age.

    `accepted`, `rejected` and `flagged` describe the last message, the `total_*` all since the
    history began. `error_code` and `error` tell why the last attempt failed.
    """

    feed_id: str
    kind: str
    name: BothNames
    agency: BothNames
    state: FeedState
    state_since: datetime | None = None
    observed_at: datetime | None = None
    last_good_at: datetime | None = None
    last_try_at: datetime | None = None
    interval_s: float
    fresh_s: float
    stale_s: float
    accepted: int = 0
    rejected: dict[str, int] = msgspec.field(default_factory=dict)
    flagged: dict[str, int] = msgspec.field(default_factory=dict)
    total_messages: int = 0
    total_failures: int = 0
    total_unchanged: int = 0
    total_accepted: int = 0
    total_rejected: dict[str, int] = msgspec.field(default_factory=dict)
    error_code: str | None = None
    error: str | None = None
    synthetic: bool = False


def feed_view(feed: FeedSpec, status: FeedStatus | None, now: datetime) -> FeedView:
    """One feed at `now`; `status` is None when ingest has never written one."""
    cadence_s = feed.promised_every.total_seconds()
    if status is None:
        status = FeedStatus(
            feed_id=feed.feed_id,
            kind=feed.kind,
            state=FeedState.NEVER,
            interval_s=feed.interval_s,
            error_code=None if feed.configured else NOT_CONFIGURED,
        )
    by_clock = freshness.feed_state(
        last_good_at=status.last_good_at,
        last_content_at=status.last_content_at,
        interval_s=feed.interval_s,
        cadence_s=cadence_s,
        now=now,
    )
    state = freshness.worse(status.state, by_clock)
    return FeedView(
        feed_id=feed.feed_id,
        kind=feed.kind,
        name=BothNames(th=feed.names.th, en=feed.names.en),
        agency=BothNames(th=feed.agency.th, en=feed.agency.en),
        state=state,
        state_since=status.state_since if state is status.state else None,
        observed_at=status.last_content_at,
        last_good_at=status.last_good_at,
        last_try_at=status.last_try_at,
        interval_s=feed.interval_s,
        fresh_s=freshness.fresh_limit_s(cadence_s),
        stale_s=freshness.stale_limit_s(cadence_s),
        accepted=status.accepted,
        rejected=status.rejected,
        flagged=status.flagged,
        total_messages=status.total_messages,
        total_failures=status.total_failures,
        total_unchanged=status.total_unchanged,
        total_accepted=status.total_accepted,
        total_rejected=status.total_rejected,
        error_code=status.error_code,
        error=status.error,
        synthetic=feed.synthetic or status.synthetic,
    )


def feed_views(
    feeds: Iterable[FeedSpec], statuses: Mapping[str, FeedStatus], now: datetime
) -> list[FeedView]:
    """Every feed of the pack at `now`, in the pack's order."""
    return [feed_view(feed, statuses.get(feed.feed_id), now) for feed in feeds]


def is_known(feed: FeedSpec, statuses: Mapping[str, FeedStatus]) -> bool:
    """Whether anything can be said of the feed: it has a status, or is known to be not configured."""
    return feed.feed_id in statuses or not feed.configured
