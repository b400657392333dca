"""Wire formats of traffic services that are not NGSI-LD: TomTom's flow segment and Longdo's events. Pure."""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from data_sources.model.traffic import IncidentKind, Link
from data_sources.simulator.incidents import Happening

FLOW_VERSION = "traffic-service 4.0.0"
FUNCTIONAL_CLASS = {"motorway": "FRC0", "trunk": "FRC1", "primary": "FRC2", "secondary": "FRC3"}
OTHER_CLASS = "FRC4"
CONFIDENCE = 0.95

EVENT_TYPES = {
    IncidentKind.ACCIDENT: ("3", "accident"),
    IncidentKind.BREAKDOWN: ("1", "breakdown"),
    IncidentKind.ROAD_WORKS: ("2", "construction"),
    IncidentKind.FLOOD: ("6", "flood"),
    IncidentKind.FIRE: ("15", "fire"),
    IncidentKind.CLOSURE: ("19", "roadclosed"),
}
"""Longdo's `type` and `icon` as far as uses of its public feed tell; the others go as traffic news."""
OTHER_EVENT = ("10", "news")
ZONE = ZoneInfo("Asia/Bangkok")
"""Zone of the national feed's times, unless the feed of the pack sets another."""
CONTRIBUTOR = "scopc.simulator"


def flow_segment(link: Link, speed_kmh: float, free_kmh: float, closed: bool) -> dict[str, Any]:
    """The answer to one point of TomTom's flowSegmentData: whole km/h and whole seconds, no time."""
    speed = 0 if closed else max(round(speed_kmh), 1)
    free = round(free_kmh)
    return {
        "flowSegmentData": {
            "frc": FUNCTIONAL_CLASS.get(link.road_class, OTHER_CLASS),
            "currentSpeed": speed,
            "freeFlowSpeed": free,
            "currentTravelTime": math.ceil(link.length_m / (max(speed, 1) / 3.6)),
            "freeFlowTravelTime": math.ceil(link.length_m / (free / 3.6)),
            "confidence": CONFIDENCE,
            "roadClosure": closed,
            "coordinates": {"coordinate": [{"latitude": lat, "longitude": lon} for lat, lon in link.points]},
            "@version": FLOW_VERSION,
        }
    }


def too_far() -> dict[str, Any]:
    """What the flow service answers, with status 400, to a point that is near no road."""
    text = "Point too far from nearest existing segment."
    return {
        "error": text,
        "httpStatusCode": 400,
        "detailedError": {"code": "INVALID_REQUEST", "message": text},
    }


def events(
    happenings: Iterable[tuple[Happening, datetime, datetime | None]], zone: ZoneInfo = ZONE
) -> list[dict[str, str]]:
    """Longdo's flat array: every value is text, and times are local without saying so. Each incident
    comes with its begin and announced end."""
    return [_event(*one, zone) for one in happenings]


def _event(one: Happening, begun_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> dict[str, str]:
    kind, icon = EVENT_TYPES.get(one.kind, OTHER_EVENT)
    lat, lon = one.place
    return {
        "eid": f"{begun_at.astimezone(zone):%y%m%d}{one.number}",
        "title": f"{one.title.th} {one.road.th}",
        "title_en": f"{one.title.en}, {one.road.en}",
        "description": f"{one.title.th} {one.road.th} (จำลอง)",
        "description_en": f"{one.title.en}, {one.road.en} (simulated)",
        "latitude": f"{lat:.6f}",
        "longitude": f"{lon:.6f}",
        "type": kind,
        "start": _local(begun_at, zone),
        "stop": "" if ends_at is None else _local(ends_at, zone),
        "severity": str(one.severity),
        "contributor": CONTRIBUTOR,
        "icon": icon,
    }


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
