"""Feeds: one file per kind. A new kind is a file with `parse` and an entry in PARSERS."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol
from urllib.parse import urlsplit

from data_sources.errors import FeedConfigError
from data_sources.feeds import (
    air4thai,
    bus_positions,
    ckan_datastore,
    codes,
    flood_telemetry,
    geojson_positions,
    gistda,
    gtfs_realtime,
    json_mapping,
    longdo_events,
    ngsi_ld,
    open_meteo,
    openaq,
    rid_reservoirs,
    thaiwater,
    tmd_weather,
    tomtom_flow,
    traffy,
)
from data_sources.model.city import FeedKind, FeedSpec
from data_sources.model.feed import Batch

Transport = Literal["http", "mqtt"]

TRANSPORTS: Mapping[str, Transport] = {"http": "http", "https": "http", "mqtt": "mqtt", "mqtts": "mqtt"}
"""Transport by URL scheme."""


class Parse(Protocol):
    """Bytes of one message -> records. Pure; raises FeedContentError when the message is unusable."""

    def __call__(self, payload: bytes, /, *, feed: FeedSpec, received_at: datetime) -> Batch: ...


PARSERS: Mapping[FeedKind, Parse] = {
    "gtfs_realtime": gtfs_realtime.parse,
    "geojson_positions": geojson_positions.parse,
    "ngsi_ld": ngsi_ld.parse,
    "tomtom_flow": tomtom_flow.parse,
    "longdo_events": longdo_events.parse,
    "air4thai": air4thai.parse,
    "open_meteo": open_meteo.parse,
    "tmd_weather": tmd_weather.parse,
    "thaiwater": thaiwater.parse,
    "rid_reservoirs": rid_reservoirs.parse,
    "gistda": gistda.parse,
    "openaq": openaq.parse,
    "bus_positions": bus_positions.parse,
    "flood_telemetry": flood_telemetry.parse,
    "traffy": traffy.parse,
    "ckan_datastore": ckan_datastore.parse,
    "json_mapping": json_mapping.parse,
}


def parser_of(feed: FeedSpec) -> Parse:
    """The parser of the feed's kind."""
    return PARSERS[feed.kind]


def transport(feed: FeedSpec) -> Transport:
    """Whether the feed is polled or subscribed: the URL's scheme tells; without a URL, the topic. What
    is sent to us is taken from the inbox like something polled.

    Raise FeedConfigError when the URL's scheme is another or a broker's topic is missing.
    """
    if not feed.url:
        return "mqtt" if feed.topic else "http"
    scheme = urlsplit(feed.url).scheme.lower()
    kind = TRANSPORTS.get(scheme)
    if kind is None:
        allowed = ", ".join(TRANSPORTS)
        raise FeedConfigError(
            codes.URL_INVALID.code, f"{feed.feed_id}: URL scheme {scheme!r} is none of {allowed}"
        )
    if kind == "mqtt" and not feed.topic:
        raise FeedConfigError(
            codes.TOPIC_MISSING.code, f"{feed.feed_id}: a broker needs a topic; set `topic`"
        )
    return kind
