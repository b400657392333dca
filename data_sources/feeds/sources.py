"""The source of a feed that is polled: which one reads it."""

from collections.abc import Callable
from datetime import datetime

from data_sources.errors import FeedConfigError
from data_sources.feeds import ckan_datastore, codes, traffy
from data_sources.feeds.http import HttpSource
from data_sources.feeds.inbox import Inbox, InboxSource
from data_sources.feeds.ngsi_source import NgsiSource
from data_sources.feeds.observation_source import OpenAqSource, OpenMeteoSource
from data_sources.feeds.source import Source
from data_sources.feeds.tomtom_source import TomTomSource
from data_sources.model.city import FeedSpec


def open_source(feed: FeedSpec, now: Callable[[], datetime], inbox: Inbox | None) -> Source:
    """What reads the feed, to be closed with `aclose`. Nothing is asked before `fetch`.

    Raise FeedConfigError for a feed that is sent to us when there is no inbox to read.
    """
    if feed.push:
        if inbox is None:
            raise FeedConfigError(
                codes.NOT_CONFIGURED.code, f"{feed.feed_id}: is sent to us, there is nothing to ask"
            )
        return InboxSource(feed, inbox)
    if feed.kind == "ngsi_ld":
        return NgsiSource(feed, now)
    if feed.kind == "tomtom_flow":
        return TomTomSource(feed, now)
    if feed.kind == "open_meteo":
        return OpenMeteoSource(feed, now)
    if feed.kind == "openaq":
        return OpenAqSource(feed, now)
    if feed.kind == "ckan_datastore":
        return ckan_datastore.open_source(feed, now)
    if feed.kind == "traffy":
        return traffy.open_source(feed, now)
    return HttpSource(feed, now)
