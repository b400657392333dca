"""A context broker asked for its entities, page by page (ETSI GS CIM 009, 6.3.10)."""

import re

import httpx
import msgspec

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.http_client import Answer
from data_sources.feeds.service_source import Answers, ServiceSource
from data_sources.feeds.source import Fetched, Unchanged

ENTITIES_PATH = "/ngsi-ld/v1/entities"
PAGE_SIZE = 500
"""Entities of a page; brokers allow at most 1,000 as a rule."""
PAGES_MAX = 100

_NEXT = re.compile(r"""rel\s*=\s*"?next"?""", re.IGNORECASE)


class NgsiSource(ServiceSource):
    """Entities of the feed's types at one broker. Each page is one message of the payload.

    The feed's `url` is the broker's; `/ngsi-ld/v1/entities` is added unless it ends with `/entities`.
    """

    async def fetch(self) -> Fetched | Unchanged:
        """Fetch every page; the errors are those of `HttpClient.get`, and FeedContentError when the
        pages together are too large or too many."""
        pages = Answers(self._now)
        offset = 0
        while True:
            answer = await self._client.get(self._page(offset), self._headers())
            pages.add(answer.body, self._feed.max_bytes)
            found = _count(answer.body)
            offset += found
            if not found or not _has_more(answer, offset, found):
                break
            if len(pages) == PAGES_MAX:
                raise FeedContentError(
                    codes.TOO_MANY_PAGES.code, self._client.says(f"more than {PAGES_MAX} pages")
                )
        return self._news(pages, answer.url, answer.headers.get("content-type"))

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
