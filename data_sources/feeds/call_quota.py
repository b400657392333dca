"""A quota of calls a day, as services with a key have one."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from data_sources.errors import TemporaryFeedError
from data_sources.feeds import codes
from data_sources.model.city import FeedSpec


class CallQuota:
    """Counts the calls of one feed since midnight UTC."""

    def __init__(self, feed: FeedSpec, now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._now = now
        self._day: date | None = None
        self._calls = 0

    @property
    def calls_today(self) -> int:
        """Calls so far on the day of the last one."""
        return self._calls

    def spend(self) -> None:
        """Count a call. Raise TemporaryFeedError when those of the day are spent."""
        today = self._now().astimezone(UTC).date()
        if today != self._day:
            self._day, self._calls = today, 0
        quota = self._feed.quota_per_day
        if quota is not None and self._calls >= quota:
            raise TemporaryFeedError(
                codes.QUOTA_SPENT.code,
                f"{self._feed.feed_id}: the quota of {quota} calls is spent; it goes on at 00:00 UTC",
            )
        self._calls += 1
