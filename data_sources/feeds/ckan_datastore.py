"""CKAN's datastore: records of open-data catalogues, read by the pack's mapping.

`GET .../datastore_search?resource_id=&limit=&offset=` answers `{"success", "result": {"records", "total"}}`,
every value as text where the table came from a spreadsheet. An error may come with status 200 and
`"success": false`. The mapping's paths start at a record; `/result.resource_id` tells the resource.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from data_sources.errors import FeedConfigError, FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.mapping import Reader
from data_sources.feeds.observing import Collector, document_of
from data_sources.feeds.paged_source import PagedSource, Paging
from data_sources.feeds.reading import text
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch

RECORDS = "result.records"
PAGE_SIZE = 1_000
"""Records of a page; CKAN gives at most 32,000, and 100 unless asked."""
PAGES_MAX = 100


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one page. Raise FeedContentError when it is no answer of a datastore, or says that it failed."""
    if feed.mapping is None:
        raise FeedContentError(codes.MAPPING_MISSING.code, f"{feed.feed_id}: no mapping; set `mapping`")
    document = document_of(payload, feed)
    if isinstance(document, dict) and document.get("success") is False:
        raise FeedContentError(codes.SERVICE_REFUSED.code, f"the catalogue says: {_failure(document)}")
    mapping = feed.mapping
    if not mapping.items:
        mapping = mapping.model_copy(update={"items": RECORDS})
    into = Collector(feed, received_at)
    Reader(mapping, feed, received_at, into).read(document)
    return into.batch()


def open_source(feed: FeedSpec, now: Callable[[], datetime]) -> PagedSource:
    """What asks for the feed's resources. Raise FeedConfigError when it has none."""
    if not feed.resources:
        raise FeedConfigError(codes.RESOURCES_MISSING.code, f"{feed.feed_id}: no resources; set `resources`")
    requests = [{"resource_id": resource} for resource in feed.resources]
    return PagedSource(feed, now, Paging(_count, PAGE_SIZE, PAGES_MAX), requests)


class _Result(msgspec.Struct):
    records: list[msgspec.Raw] = []
    total: int | None = None


class _Answer(msgspec.Struct):
    result: _Result | None = None


def _count(page: bytes) -> tuple[int, int | None]:
    """Records of a page and of the resource; none for what is no answer, which the parser will refuse."""
    try:
        result = msgspec.json.decode(page, type=_Answer).result
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0, None
    return (0, None) if result is None else (len(result.records), result.total)


def _failure(document: dict[str, Any]) -> str:
    error = document.get("error")
    told = text(error.get("message")) or text(error.get("__type")) if isinstance(error, dict) else text(error)
    return told or "success is false"
