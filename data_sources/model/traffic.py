"""Traffic records: links, their speeds, incidents, and facilities. Times are aware UTC."""

from datetime import datetime
from enum import StrEnum

import msgspec

Point = tuple[float, float]
"""(latitude, longitude) in degrees, WGS 84."""


class LevelOfService(StrEnum):
    """Highway Capacity Manual letters; no data has no letter."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A directed road segment of the city's network; `points` run in its direction of travel.

    `route_ids` are the transit routes that run along it. `schematic`: laid by hand, not surveyed.
    `free_flow_source` says where the free-flow speed is from ("" as the geometry). Links of one road
    share a `corridor_id` and its names; "" for a link of no corridor.
    """

    link_id: str
    name_th: str
    name_en: str
    road_class: str
    length_m: float
    free_flow_kmh: float
    points: tuple[Point, ...]
    lanes: int | None = None
    route_ids: tuple[str, ...] = ()
    schematic: bool = False
    source: str = ""
    free_flow_source: str = ""
    corridor_id: str = ""
    corridor_th: str = ""
    corridor_en: str = ""


class LinkSpeed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one source says of the traffic at one place.

    Either `link_id` is the network's own (or the source's reference, resolved by intake), or
    `points` tell the place and intake finds the link. `observed_at` is the end of the averaging
    interval of `period_s`. `closed`: no traffic may pass; then `speed_kmh` may be null.
    """

    feed_id: str
    observed_at: datetime
    received_at: datetime
    link_id: str | None = None
    points: tuple[Point, ...] = ()
    bearing_deg: float | None = None
    speed_kmh: float | None = None
    free_flow_kmh: float | None = None
    period_s: float | None = None
    samples: int | None = None
    confidence: float | None = None
    intensity_vph: float | None = None
    occupancy_pct: float | None = None
    closed: bool = False
    flags: tuple[str, ...] = ()
    synthetic: bool = False


class SourceSpeed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One source's word on a link, kept beside the fused value as its provenance."""

    feed_id: str
    speed_kmh: float | None
    observed_at: datetime
    samples: int | None = None
    closed: bool = False


class LinkState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The fused state of one link; null values mean no data, which is never level A.

    `feed_id` is the winning source ("probe": our own buses). `disagreement`: trusted fresh sources
    differ by more than the rule of `measures/fusion.py` allows.
    """

    link_id: str
    speed_kmh: float | None = None
    free_flow_kmh: float | None = None
    observed_at: datetime | None = None
    feed_id: str | None = None
    sources: tuple[SourceSpeed, ...] = ()
    disagreement: bool = False
    closed: bool = False
    synthetic: bool = False


class IncidentKind(StrEnum):
    """What happened, in DATEX II / Longdo terms folded to what a dispatcher tells apart."""

    ACCIDENT = "accident"
    BREAKDOWN = "breakdown"
    CONGESTION = "congestion"
    ROAD_WORKS = "road_works"
    CLOSURE = "closure"
    FLOOD = "flood"
    FIRE = "fire"
    EVENT = "event"
    DETOUR = "detour"
    SERVICE = "service"
    OTHER = "other"


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that disturbs traffic or service. Texts by language; "" where the source names none.

    `incident_id` is stable across polls within `feed_id`. `severity`: 1 low to 5 very high, null
    where the source tells none. `ended_at`: when it is (or is announced to be) over. Affected links
    and routes are filled by intake from the place and the network, or by the source.
    """

    incident_id: str
    feed_id: str
    kind: IncidentKind
    received_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    severity: int | None = None
    title: dict[str, str] = msgspec.field(default_factory=dict)
    description: dict[str, str] = msgspec.field(default_factory=dict)
    points: tuple[Point, ...] = ()
    link_ids: tuple[str, ...] = ()
    route_ids: tuple[str, ...] = ()
    contributor: str | None = None
    closed: bool = False
    flags: tuple[str, ...] = ()
    synthetic: bool = False


class Facility(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A car park or a charging station and how full it is; null where the source tells nothing.

    `kind`: `parking` or `charging`. `available` is what is free of `capacity`, as of `observed_at`.
    """

    facility_id: str
    feed_id: str
    kind: str
    lat: float
    lon: float
    observed_at: datetime
    received_at: datetime
    name: dict[str, str] = msgspec.field(default_factory=dict)
    capacity: int | None = None
    available: int | None = None
    status: str | None = None
    flags: tuple[str, ...] = ()
    synthetic: bool = False
