"""What sources share that ask a service over HTTP: their connections, and several answers as one payload."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from data_sources.feeds.http_client import HttpClient
from data_sources.feeds.payload import too_large
from data_sources.feeds.source import Fetched, Unchanged
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Payload


class Answers:
    """Answers of one fetch, each as of when it came."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._messages: list[bytes] = []
        self._message_at: list[datetime] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: bytes, max_bytes: int | None = None) -> None:
        """Add an answer. Raise FeedContentError when all would be larger than `max_bytes` together."""
        size = self._size + len(message)
        if max_bytes is not None and size > max_bytes:
            raise too_large(max_bytes)
        self._size = size
        self._messages.append(message)
        self._message_at.append(self._now())

    @property
    def last_at(self) -> datetime:
        """When the last one came."""
        return self._message_at[-1]

    @property
    def digest(self) -> bytes:
        """By which the same answers are known again."""
        return hashlib.sha256(b"\n".join(self._messages)).digest()

    def payload(self, url: str | None, content_type: str | None = "application/json") -> Payload:
        """All of them; each is one message."""
        return Payload(
            messages=tuple(self._messages),
            message_at=tuple(self._message_at),
            received_at=self.last_at,
            content_type=content_type,
            url=url,
        )


class ServiceSource:
    """A feed behind a service that keeps what it tells. `fetch` is each source's own."""

    def __init__(self, feed: FeedSpec, now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._now = now
        self._client = HttpClient(feed, now)
        self._digest: bytes | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @property
    def pause_s(self) -> float:
        """The feed's interval."""
        return self._feed.interval_s

    def forget(self) -> None:
        """Take the next answer as news, whatever it is."""
        self._digest = None

    async def done(self) -> None:
        """Nothing to do: the service keeps what it tells."""

    def _news(
        self, answers: Answers, url: str | None, content_type: str | None = "application/json"
    ) -> Fetched | Unchanged:
        """The answers, unless they are those of the last time."""
        known, self._digest = self._digest, answers.digest
        if known == self._digest:
            return Unchanged(checked_at=answers.last_at)
        return Fetched(answers.payload(url, content_type))
