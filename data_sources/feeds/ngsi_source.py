"""A context broker asked for its entities, page by page (ETSI GS CIM 009, 6.3.10)."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

import httpx
import msgspec

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.http_client import Answer, HttpClient
from data_sources.feeds.payload import too_large
from data_sources.feeds.source import Fetched, Unchanged
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Payload

ENTITIES_PATH = "/ngsi-ld/v1/entities"
PAGE_SIZE = 500
"""Entities of a page; brokers allow at most 1,000 as a rule."""
PAGES_MAX = 100

_NEXT = re.compile(r"""rel\s*=\s*"?next"?""", re.IGNORECASE)


class NgsiSource:
    """Entities of the feed's types at one broker. Each page is one message of the payload.

    The feed's `url` is the broker's; `/ngsi-ld/v1/entities` is added unless it ends with `/entities`.
    """

    def __init__(self, feed: FeedSpec, now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._now = now
        self._digest: bytes | None = None
        self._client = HttpClient(feed, now)

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
        """Nothing to do: the broker keeps its entities."""

    async def fetch(self) -> Fetched | Unchanged:
        """Fetch every page; the errors are those of `HttpClient.get`, and FeedContentError when the
        pages together are too large or too many."""
        pages: list[bytes] = []
        arrivals: list[datetime] = []
        offset, size = 0, 0
        while True:
            answer = await self._client.get(self._page(offset), self._headers())
            size += len(answer.body)
            if size > self._feed.max_bytes:
                raise too_large(self._feed.max_bytes)
            pages.append(answer.body)
            arrivals.append(self._now())
            found = _count(answer.body)
            offset += found
            if not found or not _has_more(answer, offset, found):
                break
            if len(pages) == PAGES_MAX:
                raise FeedContentError(
                    codes.TOO_MANY_PAGES.code, self._client.says(f"more than {PAGES_MAX} pages")
                )
        digest = hashlib.sha256(b"\n".join(pages)).digest()
        known, self._digest = self._digest, digest
        if digest == known:
            return Unchanged(checked_at=arrivals[-1])
        return Fetched(
            Payload(
                messages=tuple(pages),
                message_at=tuple(arrivals),
                received_at=arrivals[-1],
                content_type=answer.headers.get("content-type"),
                url=answer.url,
            )
        )

    def _page(self, offset: int) -> httpx.URL:
        url = self._client.url()
        if not url.path.endswith("/entities"):
            url = url.copy_with(path=url.path.rstrip("/") + ENTITIES_PATH)
        if self._feed.entity_types:
            url = url.copy_set_param("type", ",".join(self._feed.entity_types))
        return url.copy_merge_params({"limit": str(PAGE_SIZE), "offset": str(offset), "count": "true"})

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self._feed.tenant:
            headers["NGSILD-Tenant"] = self._feed.tenant
        return headers


def _count(page: bytes) -> int:
    """Number of entities of a page; 0 for what is none, which the parser will refuse."""
    try:
        return len(msgspec.json.decode(page, type=list[msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0


def _has_more(answer: Answer, offset: int, found: int) -> bool:
    """Whether there are entities from `offset` on: as a link or the count tells, else as a full page
    suggests. The link's own address is not used: it may name the broker as only itself knows it."""
    total = answer.headers.get("ngsild-results-count", "")
    if total.isdecimal():
        return offset < int(total[:9])
    link = answer.headers.get("link")
    return bool(_NEXT.search(link)) if link else found >= PAGE_SIZE
