"""Any JSON over HTTP or MQTT, read by the mapping that the pack gives (docs/feeds.md)."""

from datetime import datetime

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.mapping import Reader
from data_sources.feeds.observing import Collector, document_of
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one message. Raise FeedContentError when it is no JSON or not the document of the mapping."""
    if feed.mapping is None:
        raise FeedContentError(codes.MAPPING_MISSING.code, f"{feed.feed_id}: no mapping; set `mapping`")
    into = Collector(feed, received_at)
    Reader(feed.mapping, feed, received_at, into).read(document_of(payload, feed))
    return into.batch()
