"""Events of Longdo Traffic and iTIC: accidents, floods, closures, road works of all Thailand.

https://event.longdo.com/feed/json: a flat list, every value a string, times of Bangkok without an
offset, texts that may hold HTML and trailing spaces, some events more than once. The publisher
documents neither `type` nor `severity`. TYPES holds the numbers whose meaning public uses of the feed
agree on, the icon's name tells where the number does not; the rest is `other`. A severity from 1 to 5
is taken as it is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from data_sources.errors import FeedContentError
from data_sources.feeds import clean, codes
from data_sources.feeds.html_text import html_text
from data_sources.feeds.observing import zone_of
from data_sources.feeds.payload import ENTITIES_MAX, unpack
from data_sources.feeds.reading import Unusable, decode_json, instant, number, rejected, text, to_utc
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Rejected
from data_sources.model.traffic import Incident, IncidentKind, Point

TYPES: Mapping[str, IncidentKind] = {
    "1": IncidentKind.BREAKDOWN,
    "2": IncidentKind.ROAD_WORKS,
    "3": IncidentKind.ACCIDENT,
    "6": IncidentKind.FLOOD,
    "15": IncidentKind.FIRE,
    "19": IncidentKind.CLOSURE,
}
"""By `type`. Known and folded to `other`: 5 rain, 10 traffic news, 12 caution."""

ICONS: Mapping[str, IncidentKind] = {
    "accident": IncidentKind.ACCIDENT,
    "construction": IncidentKind.ROAD_WORKS,
    "fire": IncidentKind.FIRE,
    "flood": IncidentKind.FLOOD,
    "roadclosed": IncidentKind.CLOSURE,
}
"""By `icon`, for numbers that are not in TYPES."""

NO_TIME = ("", "0000-00-00 00:00:00", "0000-00-00")
"""How a database says that there is no time."""

SEVERITY_MAX = 5
TEXT_MAX = 32_000
"""Characters read of a text with its markup."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read the list; events that cannot be used are rejected by code, the others become incidents.

    Of events with one `eid` the last that began is used. An event whose `stop` has passed is closed.
    Raise FeedContentError when the message is no list.
    """
    events = decode_json(unpack(payload, feed.max_bytes))
    if not isinstance(events, list):
        raise FeedContentError(codes.NOT_EVENTS.code, "the message is not a list of events")
    if len(events) > ENTITIES_MAX:
        raise FeedContentError(codes.TOO_MANY_ENTITIES.code, f"{len(events)} events, limit {ENTITIES_MAX}")
    zone = zone_of(feed)
    incidents: dict[str, Incident] = {}
    refused: list[Rejected] = []
    for event in events:
        try:
            incident = _incident(event, zone, feed, received_at)
        except Unusable as error:
            refused.append(rejected(error, _event_id(event) or "", event, len(refused)))
            continue
        other = incidents.get(incident.incident_id)
        if other is not None:
            older, incident = (incident, other) if _begins_before(incident, other) else (other, incident)
            refused.append(_duplicate(older))
        incidents[incident.incident_id] = incident
    return Batch(incidents=tuple(incidents.values()), rejected=tuple(refused))


def _incident(event: Any, zone: ZoneInfo, feed: FeedSpec, received_at: datetime) -> Incident:
    event_id = _event_id(event)
    if event_id is None:
        raise Unusable(codes.ENTITY_ID_MISSING, "the event has no eid")
    point = _point(event)
    flags: list[str] = []
    ended_at = _instant(event.get("stop"), zone, flags)
    return Incident(
        incident_id=event_id,
        feed_id=feed.feed_id,
        kind=_kind(event),
        started_at=_instant(event.get("start"), zone, flags),
        ended_at=ended_at,
        received_at=received_at,
        severity=_severity(event.get("severity"), flags),
        title=_texts(event, {"th": "title", "en": "title_en"}, clean.LINE_MAX),
        description=_texts(event, {"th": "description", "en": "description_en"}, clean.PARAGRAPH_MAX),
        points=(point,),
        contributor=text(event.get("contributor")),
        closed=ended_at is not None and ended_at <= received_at,
        flags=tuple(dict.fromkeys(flags)),
        synthetic=feed.synthetic,
    )


def _event_id(event: Any) -> str | None:
    return text(event.get("eid"), clean.ID_MAX) if isinstance(event, dict) else None


def _kind(event: Mapping[str, Any]) -> IncidentKind:
    by_type = TYPES.get(text(event.get("type")) or "")
    return by_type or ICONS.get((text(event.get("icon")) or "").lower(), IncidentKind.OTHER)


def _point(event: Mapping[str, Any]) -> Point:
    pair = (event.get("latitude"), event.get("longitude"))
    if any(value is None or value == "" for value in pair):
        raise Unusable(codes.POSITION_MISSING, "the event has no latitude and longitude")
    lat, lon = map(number, pair)
    if lat is None or lon is None:
        raise Unusable(codes.POSITION_NOT_NUMBER, "latitude or longitude is not a number")
    return lat, lon


def _instant(stamp: Any, zone: ZoneInfo, flags: list[str]) -> datetime | None:
    if stamp is None or (isinstance(stamp, str) and stamp.strip() in NO_TIME):
        return None
    at = instant(stamp)
    utc = None if at is None else to_utc(at, zone)
    if utc is None:
        flags.append(codes.VALUE_INVALID.code)
    return utc


def _severity(value: Any, flags: list[str]) -> int | None:
    if value is None or value == "":
        return None
    read = number(value)
    if read is not None and read.is_integer() and 1 <= read <= SEVERITY_MAX:
        return int(read)
    if read != 0:  # 0 is how an empty column comes out
        flags.append(codes.VALUE_INVALID.code)
    return None


def _texts(event: Mapping[str, Any], fields: Mapping[str, str], limit: int) -> dict[str, str]:
    return {
        language: words
        for language, name in fields.items()
        if isinstance(value := event.get(name), str)
        and (words := clean.paragraph(html_text(value[:TEXT_MAX]), limit))
    }


def _begins_before(one: Incident, other: Incident) -> bool:
    return one.started_at is not None and other.started_at is not None and one.started_at < other.started_at


def _duplicate(older: Incident) -> Rejected:
    return Rejected(
        code=codes.DUPLICATE_ENTITY.code,
        entity_id=older.incident_id,
        detail=f"event {older.incident_id}: the message has another of this eid",
        record=msgspec.json.decode(msgspec.json.encode(older), type=dict[str, Any]),
    )
