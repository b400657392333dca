"""A service asked page by page with `limit` and `offset`, within its quota of calls a day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from data_sources.errors import FeedContentError, FeedError, TemporaryFeedError
from data_sources.feeds import codes
from data_sources.feeds.call_quota import CallQuota
from data_sources.feeds.service_source import Answers, ServiceSource
from data_sources.feeds.source import Fetched, Unchanged
from data_sources.model.city import FeedSpec


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


class PagedSource(ServiceSource):
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
        super().__init__(feed, now)
        self._paging = paging
        self._requests = requests
        self._quota = CallQuota(feed, now)
        limit = feed.params.get("limit", "")
        self._page_size = int(limit[:6]) if limit.isdecimal() and int(limit[:6]) else paging.page_size

    @property
    def calls_today(self) -> int:
        """Calls since midnight UTC by this source."""
        return self._quota.calls_today

    async def fetch(self) -> Fetched | Unchanged:
        """Fetch every page of every request; the errors are those of `HttpClient.get` and `quota_spent`,
        and FeedContentError when the pages together are too large or too many: raised when no page came."""
        pages = Answers(self._now)
        failures: list[FeedError] = []
        url = ""
        for request in self._requests:
            try:
                url = await self._read(request, pages)
            except FeedError as error:
                failures.append(error)
                if isinstance(error, TemporaryFeedError):
                    break
        if not pages:
            raise failures[0]
        if not failures:
            return self._news(pages, url)
        for failure in failures:
            pages.add(_told(failure))
        self.forget()
        return Fetched(pages.payload(url or None))

    async def _read(self, request: Mapping[str, str], pages: Answers) -> str:
        """Add the pages of one request; where they came from, without secrets."""
        offset = 0
        for _ in range(self._paging.pages_max):
            self._quota.spend()
            answer = await self._client.get(self._page(request, offset))
            pages.add(answer.body, self._feed.max_bytes)
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
