"""TomTom Traffic flow, flow segment data, service version 4: one answer for one point.

https://developer.tomtom.com/traffic-api/documentation/traffic-flow/flow-segment-data
The answer does not say which point was asked, so `tomtom_source` wraps it as
`{"link_id": "...", "answer": {"flowSegmentData": {...}}}`, or `{"link_id": "...", "error": "http_400"}`
where the service has nothing for the point. A bare answer is read too; its own coordinates then tell
the place. Speeds are km/h (we ask for `unit=KMPH`), travel times seconds. The answer carries no time;
the service says it is renewed every minute, so the time of receipt stands for it, and is flagged.
"""

from datetime import datetime
from typing import Any

from data_sources.errors import FeedContentError
from data_sources.feeds import clean, codes
from data_sources.feeds.payload import unpack
from data_sources.feeds.reading import Unusable, decode_json, number, rejected, text
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch
from data_sources.model.traffic import LinkSpeed, Point

POINTS_MAX = 2_000
"""More than a road fragment has."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one answer. Raise FeedContentError when it is no answer of the flow service."""
    document = decode_json(unpack(payload, feed.max_bytes))
    if not isinstance(document, dict):
        raise FeedContentError(codes.NOT_FLOW.code, "the message is not an answer of the flow service")
    wrapped = "link_id" in document
    link_id = text(document.get("link_id"), clean.ID_MAX)
    answer = document.get("answer") if wrapped else document
    segment = answer.get("flowSegmentData") if isinstance(answer, dict) else None
    if not wrapped and not isinstance(segment, dict):
        raise FeedContentError(codes.NOT_FLOW.code, "the answer has no flowSegmentData")
    try:
        if not isinstance(segment, dict):
            why = text(document.get("error")) or "no flowSegmentData"
            raise Unusable(codes.POINT_UNANSWERED, f"the service has nothing for this point ({why})")
        return Batch(link_speeds=(_link_speed(segment, link_id, feed, received_at),))
    except Unusable as error:
        return Batch(rejected=(rejected(error, link_id or "", document, 0),))


def _link_speed(
    segment: dict[str, Any], link_id: str | None, feed: FeedSpec, received_at: datetime
) -> LinkSpeed:
    flags = [codes.TIME_FROM_RECEIPT.code]
    confidence = number(segment.get("confidence"))
    if confidence is not None and not 0 <= confidence <= 1:
        flags.append(codes.VALUE_INVALID.code)
        confidence = None
    return LinkSpeed(
        feed_id=feed.feed_id,
        link_id=link_id,
        # the place of a point that we asked for is its link's; the answer may be drawn beside it
        points=() if link_id is not None else _points(segment),
        speed_kmh=number(segment.get("currentSpeed")),
        free_flow_kmh=number(segment.get("freeFlowSpeed")),
        confidence=confidence,
        # the JSON form has a boolean, the XML form a word
        closed=str(segment.get("roadClosure")).lower() in {"true", "y", "yes"},
        observed_at=received_at,
        received_at=received_at,
        flags=tuple(flags),
        synthetic=feed.synthetic,
    )


def _points(segment: dict[str, Any]) -> tuple[Point, ...]:
    """The fragment's own line, in its direction of travel."""
    coordinates = segment.get("coordinates")
    pairs = coordinates.get("coordinate") if isinstance(coordinates, dict) else None
    if not isinstance(pairs, list) or not pairs:
        raise Unusable(codes.POSITION_MISSING, "the answer has no coordinates")
    if len(pairs) > POINTS_MAX:
        raise Unusable(codes.GEOMETRY_UNUSABLE, f"{len(pairs)} points, limit {POINTS_MAX}")
    points = []
    for pair in pairs:
        lat, lon = (
            (number(pair.get("latitude")), number(pair.get("longitude")))
            if isinstance(pair, dict)
            else (None, None)
        )
        if lat is None or lon is None:
            raise Unusable(codes.POSITION_NOT_NUMBER, "latitude or longitude is not a number")
        points.append((lat, lon))
    return tuple(points)
