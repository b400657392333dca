"""Messages parsed: the slow part of taking a payload in.

It needs nothing of what is known of the feed, so that other feeds may be written meanwhile.
"""

import structlog

from data_sources.errors import FeedContentError
from data_sources.feeds import Parse, codes
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Payload

log = structlog.get_logger("ingest")

Said = Batch | FeedContentError
"""What a message says, or why it is unusable as a whole."""


def said_in(payload: Payload, parse: Parse, feed: FeedSpec) -> tuple[Said, ...]:
    """What each message of the payload says."""
    arrivals = payload.message_at or (payload.received_at,) * len(payload.messages)
    said: list[Said] = []
    for message, received_at in zip(payload.messages, arrivals, strict=True):
        try:
            said.append(parse(message, feed=feed, received_at=received_at))
        except FeedContentError as error:
            said.append(error)
        except Exception as error:
            said.append(own_error(feed, error))
    return tuple(said)


def own_error(feed: FeedSpec, error: Exception) -> FeedContentError:
    """How an error of ours is told: without this the message would be lost, and one of the inbox come for
    ever."""
    log.error("parser failed", feed=feed.feed_id, exc_info=error)
    told = f"{feed.feed_id}: {type(error).__name__} in our own parser"
    return FeedContentError(codes.UNREADABLE.code, told)
