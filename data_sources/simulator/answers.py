"""What the simulated city answers to a request for a polled feed: one document, one page of entities, or
the flow at one point, as the real service of the feed's kind would."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

from data_sources.model.city import FeedSpec
from data_sources.simulator import wire_mapping, wire_ngsi, wire_roads, wire_traffy
from data_sources.simulator.city import SimulatedCity

JSON = "application/json"
MEDIA_TYPES = {
    "geojson_positions": "application/geo+json",
    "gtfs_realtime": "application/x-protobuf",
    "longdo_events": JSON,
    "tmd_weather": "application/xml",
}
"""What is not JSON, or a dialect of it."""
PAGE_DEFAULT, PAGE_MAX = 20, 1000
"""Entities of a page, as context brokers have them unless asked, and at most."""
DATASTORE_PAGE = 100
"""Records of a page of CKAN's datastore, unless asked."""
SIMPLIFIED = frozenset(("keyValues", "simplified"))


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body and headers of a response."""

    body: bytes
    media_type: str = JSON
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def answer(simulated: SimulatedCity, feed: FeedSpec, path: str, query: Mapping[str, str]) -> Answer:
    """The answer to GET `/feeds/<feed_id><path>?<query>`, before faults."""
    if feed.kind == "ngsi_ld":
        return _entities(simulated, feed, path, query)
    if feed.kind == "tomtom_flow":
        return _flow(simulated, feed, query)
    if feed.kind == "traffy":
        limit, offset = _page(query, wire_traffy.PAGE_DEFAULT)
        return Answer(simulated.tickets(feed.feed_id, limit, offset))
    body = simulated.body(feed.feed_id)
    if feed.kind == "ckan_datastore":
        limit, offset = _page(query, DATASTORE_PAGE)
        return Answer(wire_mapping.datastore_page(body, query.get("resource_id", ""), limit, offset))
    return Answer(body, MEDIA_TYPES.get(feed.kind, JSON))


def _page(query: Mapping[str, str], usual: int) -> tuple[int, int]:
    """`limit` and `offset` of a page; what is no number is as if it were not given."""
    limit, offset = (query.get(name, "") for name in ("limit", "offset"))
    return int(limit) if limit.isdecimal() else usual, int(offset) if offset.isdecimal() else 0


def _entities(simulated: SimulatedCity, feed: FeedSpec, path: str, query: Mapping[str, str]) -> Answer:
    """A page of the broker's entities: `type`, `limit`, `offset`, `count`, and the simplified form."""
    types = [name for name in query.get("type", "").split(",") if name]
    if not types:
        return _problem("BadRequestData", "give the entity type: type=...")
    try:
        limit, offset = int(query.get("limit", PAGE_DEFAULT)), int(query.get("offset", 0))
    except ValueError:
        return _problem("BadRequestData", "limit and offset must be whole numbers")
    if not 0 <= limit <= PAGE_MAX or offset < 0:
        return _problem("BadRequestData", f"limit must be 0 to {PAGE_MAX}, offset not negative")
    found = [entity for name in types for entity in simulated.entities(feed.feed_id, name)]
    page = found[offset : offset + limit]
    asked = {*query.get("options", "").split(","), query.get("format", "")}
    if asked & SIMPLIFIED:
        page = [wire_ngsi.key_values(entity) for entity in page]
    headers = {}
    if query.get("count") == "true" or "count" in asked:
        headers["NGSILD-Results-Count"] = str(len(found))
    if offset + limit < len(found) and limit:
        following = urlencode({**query, "offset": offset + limit})
        headers["Link"] = f'</feeds/{feed.feed_id}{path}?{following}>;rel="next"'
    return Answer(encoded(page), headers=headers)


def _flow(simulated: SimulatedCity, feed: FeedSpec, query: Mapping[str, str]) -> Answer:
    try:
        lat, lon = (float(number) for number in query.get("point", "").split(","))
    except ValueError:
        return Answer(encoded(wire_roads.too_far()), status=400)
    found = simulated.flow_segment(feed.feed_id, lat, lon)
    return Answer(encoded(found or wire_roads.too_far()), status=200 if found else 400)


def _problem(kind: str, detail: str) -> Answer:
    """An error as NGSI-LD tells it (RFC 7807)."""
    body = {"type": f"https://uri.etsi.org/ngsi-ld/errors/{kind}", "title": kind, "detail": detail}
    return Answer(encoded(body), "application/problem+json", 400)


def encoded(document: Any) -> bytes:
    """JSON, compact."""
    return msgspec.json.encode(document)
