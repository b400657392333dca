"""What the tests of the national services share: parse a document, and look at its values."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from data_sources.feeds import PARSERS
from data_sources.model.city import FeedKind, FeedSpec
from data_sources.model.feed import Batch
from data_sources.model.observation import Observation
from tests.feeds.builders import feed_spec

RECEIVED_AT = datetime(2026, 3, 1, 5, 0, 2, tzinfo=UTC)
"""12:00:02 in Bangkok."""


def parsed(kind: FeedKind, document: Any, *, received_at: datetime = RECEIVED_AT, **changes: Any) -> Batch:
    """The batch of a document (bytes, text or JSON values)."""
    feed: FeedSpec = feed_spec(feed_id="service", kind=kind, **changes)
    if isinstance(document, str):
        document = document.encode()
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return PARSERS[kind](body, feed=feed, received_at=received_at)


def values(batch: Batch) -> dict[tuple[str, str], float]:
    """Values by feature and property."""
    return {(one.feature_id, one.property_id): one.value for one in batch.observations}


def one(batch: Batch, property_id: str) -> Observation:
    """The only observation of a property."""
    (found,) = (each for each in batch.observations if each.property_id == property_id)
    return found


def refusals(batch: Batch) -> dict[str, int]:
    """Rejections by code."""
    return dict(Counter(reject.code for reject in batch.rejected))


def utc(text: str) -> datetime:
    """A UTC time from ISO 8601."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
