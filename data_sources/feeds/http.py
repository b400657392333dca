"""A feed behind a URL: its document, and only when it changed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx

from data_sources.feeds.service_source import ServiceSource
from data_sources.feeds.source import Fetched, Unchanged
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Payload


@dataclass(frozen=True, slots=True)
class _Known:
    """What was fetched last: its validators (RFC 9110, section 8.8) and its digest."""

    etag: str | None
    last_modified: str | None
    digest: bytes


class HttpSource(ServiceSource):
    """One feed behind a URL. Remembers the last document to ask for news only.

    Use as an async context manager, or close it.
    """

    def __init__(self, feed: FeedSpec, now: Callable[[], datetime]) -> None:
        super().__init__(feed, now)
        self._known: _Known | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def forget(self) -> None:
        """Ask for the whole document next time."""
        self._known = None

    async def fetch(self) -> Fetched | Unchanged:
        """Fetch the document once; the errors are those of `HttpClient.get`."""
        known = self._known
        answer = await self._client.get(
            self.address(), self._validators(), may_be_unchanged=known is not None
        )
        if not answer.is_news:
            return Unchanged(checked_at=self._now())
        digest = hashlib.sha256(answer.body).digest()
        self._known = _Known(answer.headers.get("etag"), answer.headers.get("last-modified"), digest)
        if known is not None and known.digest == digest:
            # servers without validators repeat a frozen document for ever: it is no news
            return Unchanged(checked_at=self._now())
        return Fetched(
            Payload(
                messages=(answer.body,),
                received_at=self._now(),
                content_type=answer.headers.get("content-type"),
                url=answer.url,
            )
        )

    def address(self) -> httpx.URL:
        """What is asked: the feed's address. Raise FeedConfigError."""
        return self._client.url()

    def _validators(self) -> dict[str, str]:
        known = self._known
        headers = {}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return headers
