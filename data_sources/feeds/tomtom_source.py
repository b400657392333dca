"""TomTom's flow service asked point by point, within the calls that the key is good for.

Calls are spread evenly over the day: a point is asked again as soon as the quota allows, one after the
other in the pack's order. With P points and a quota of Q calls a day a round takes 86,400 * P / Q
seconds, or the feed's interval where that is longer. A source that starts anew goes on where the clock
says that the round is, so that restarts neither cost calls nor leave the last points out.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from math import floor

import msgspec

from data_sources.errors import FeedConfigError, FeedContentError, FeedError
from data_sources.feeds import codes
from data_sources.feeds.call_quota import CallQuota
from data_sources.feeds.secrets import redact
from data_sources.feeds.service_source import Answers, ServiceSource
from data_sources.feeds.source import Fetched, Quiet
from data_sources.model.city import FeedSpec, FlowPoint

DAY_S = 86_400.0
ROUNDING = 1e-6
"""A pause that allows exactly one call must not fall short of it by the last bit."""
CALL_GAP_S = 0.2
"""Between calls: the service allows five in a second unless agreed otherwise."""


class TomTomSource(ServiceSource):
    """The flow at the feed's points. Each answer is one message that says which link it is for.

    A point that the service has nothing for (status 400) is told as such and does not hold up the
    others. Any other failure ends the fetch: answers that came before it are handed over, and the
    next fetch meets the failure again if it lasts. No answer is ever called unchanged.
    """

    def __init__(
        self, feed: FeedSpec, now: Callable[[], datetime], *, call_gap_s: float = CALL_GAP_S
    ) -> None:
        super().__init__(feed, now)
        self._call_gap_s = call_gap_s
        self._credit = 1.0
        self._credited_at = now()
        self._next = self._place_in_round(self._credited_at)
        self._quota = CallQuota(feed, now)

    @property
    def pause_s(self) -> float:
        """The feed's interval, or the time in which the quota allows one call."""
        quota = self._feed.quota_per_day
        return self._feed.interval_s if quota is None else max(self._feed.interval_s, DAY_S / quota)

    @property
    def calls_today(self) -> int:
        """Calls since midnight UTC, when the service counts anew, by this source."""
        return self._quota.calls_today

    async def fetch(self) -> Fetched | Quiet:
        """Ask for the points that are due.

        Raise FeedConfigError (also without points), TemporaryFeedError (also `quota_spent`, until
        midnight UTC) or FeedContentError as `HttpClient.get` does.
        """
        if not self._feed.points:
            raise FeedConfigError(codes.POINTS_MISSING.code, f"{self._feed.feed_id}: no points; set `points`")
        answers = Answers(self._now)
        for number in range(self._due()):
            if number:
                await asyncio.sleep(self._call_gap_s)
            point = self._feed.points[self._next]
            try:
                answers.add(await self._ask(point))
            except FeedError:
                if answers:
                    break
                raise
            self._next = (self._next + 1) % len(self._feed.points)
        if not answers:
            return Quiet()
        return Fetched(answers.payload(redact(self._feed.url).partition("?")[0]))

    async def _ask(self, point: FlowPoint) -> bytes:
        """The answer for a point, wrapped with its link."""
        self._count_call()
        url = self._client.url().copy_merge_params({"point": f"{point.lat},{point.lon}", "unit": "KMPH"})
        try:
            answer = await self._client.get(url)
        except FeedContentError as error:
            if error.code != "http_400":
                raise
            return _wrapped(point, error=error.code)
        try:
            msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _wrapped(point, error=codes.NOT_JSON.code)
        return _wrapped(point, answer=msgspec.Raw(answer.body))

    def _due(self) -> int:
        """How many calls may be made now; what is not used is saved up to one round."""
        now = self._now()
        points, quota = len(self._feed.points), self._feed.quota_per_day
        if quota is None:
            return points
        gone_s = max((now - self._credited_at).total_seconds(), 0.0)
        self._credited_at = now
        self._credit = min(self._credit + gone_s * quota / DAY_S, float(points))
        return floor(self._credit + ROUNDING)

    def _count_call(self) -> None:
        """Count a call against the quota; raise TemporaryFeedError when the day's are spent."""
        self._quota.spend()
        self._credit -= 1

    def _place_in_round(self, now: datetime) -> int:
        """The point whose turn it is at `now`, in a round that began at the start of the day."""
        points = len(self._feed.points)
        if not points or self._feed.quota_per_day is None:
            return 0
        of_day_s = now.astimezone(UTC).timestamp() % DAY_S
        return int(of_day_s * self._feed.quota_per_day / DAY_S) % points


def _wrapped(point: FlowPoint, **said: str | msgspec.Raw) -> bytes:
    return msgspec.json.encode({"link_id": point.link_id, **said})
