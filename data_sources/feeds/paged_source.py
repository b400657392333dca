"""A service asked page by page with `limit` and `offset`, within its quota of calls a day."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from data_sources.errors import FeedContentError, FeedError, TemporaryFeedError
from data_sources.feeds import codes
from data_sources.feeds.call_quota import CallQuota
from data_sources.feeds.http_client import HttpClient
from data_sources.feeds.payload import too_large
from data_sources.feeds.source import Fetched, Unchanged
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Payload


@dataclass(frozen=True, slots=True)
class Paging:
    """How a service gives out its records.

    `count` tells of an answer how many records it holds and how many there are in all, if it says so.
    `newest_first`: what lies beyond `pages_max` pages is old and not missed; else it is an error.
    """

    count: Callable[[bytes], tuple[int, int | None]]
    page_size: int
    pages_max: int
    newest_first: bool = False


class PagedSource:
    """The records of one feed; each page is one message of the payload.

    `requests` are the parameters of what is asked for one after the other (one resource each). When one
    fails, the pages of the others are handed over, and with them a message that says so, which the parser
    refuses: it is counted and kept like any other that cannot be used. What needs waiting ends the fetch.
    """

    def __init__(
        self,
        feed: FeedSpec,
        now: Callable[[], datetime],
        paging: Paging,
        requests: Sequence[Mapping[str, str]] = ({},),
    ) -> None:
        self._feed = feed
        self._now = now
        self._paging = paging
        self._requests = requests
        self._quota = CallQuota(feed, now)
        self._client = HttpClient(feed, now)
        self._digest: bytes | None = None
        limit = feed.params.get("limit", "")
        self._page_size = int(limit[:6]) if limit.isdecimal() and int(limit[:6]) else paging.page_size

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @property
    def pause_s(self) -> float:
        """The feed's interval."""
        return self._feed.interval_s

    @property
    def calls_today(self) -> int:
        """Calls since midnight UTC by this source."""
        return self._quota.calls_today

    def forget(self) -> None:
        """Take the next answer as news, whatever it is."""
        self._digest = None

    async def done(self) -> None:
        """Nothing to do: the service keeps its records."""

    async def fetch(self) -> Fetched | Unchanged:
        """Fetch every page of every request; the errors are those of `HttpClient.get` and `quota_spent`,
        and FeedContentError when the pages together are too large or too many: raised when no page came."""
        pages: list[bytes] = []
        arrivals: list[datetime] = []
        failures: list[FeedError] = []
        url = ""
        for request in self._requests:
            try:
                url = await self._read(request, pages, arrivals)
            except FeedError as error:
                failures.append(error)
                if isinstance(error, TemporaryFeedError):
                    break
        if not pages:
            raise failures[0]
        pages += [_told(error) for error in failures]
        arrivals += [self._now()] * len(failures)
        is_whole = not failures
        digest = hashlib.sha256(b"\n".join(pages)).digest()
        known, self._digest = self._digest, digest if is_whole else None
        if digest == known and is_whole:
            return Unchanged(checked_at=arrivals[-1])
        return Fetched(
            Payload(
                messages=tuple(pages),
                message_at=tuple(arrivals),
                received_at=arrivals[-1],
                content_type="application/json",
                url=url or None,
            )
        )

    async def _read(self, request: Mapping[str, str], pages: list[bytes], arrivals: list[datetime]) -> str:
        """Add the pages of one request; where they came from, without secrets."""
        offset = 0
        for _ in range(self._paging.pages_max):
            self._quota.spend()
            answer = await self._client.get(self._page(request, offset))
            if sum(map(len, pages)) + len(answer.body) > self._feed.max_bytes:
                raise too_large(self._feed.max_bytes)
            pages.append(answer.body)
            arrivals.append(self._now())
            found, total = self._paging.count(answer.body)
            offset += found
            is_last = found < self._page_size if total is None else offset >= total
            if not found or is_last:
                return answer.url
        if self._paging.newest_first:
            return answer.url
        raise FeedContentError(
            codes.TOO_MANY_PAGES.code, self._client.says(f"more than {self._paging.pages_max} pages")
        )

    def _page(self, request: Mapping[str, str], offset: int) -> httpx.URL:
        place = {"limit": str(self._page_size), "offset": str(offset)}
        return self._client.url().copy_merge_params({**request, **place})


def _told(error: FeedError) -> bytes:
    """A failure in the words in which both services tell their own."""
    return msgspec.json.encode(
        {"success": False, "error": {"message": str(error)}, "status": False, "message": str(error)}
    )
