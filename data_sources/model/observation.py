"""Observations: what was measured where and when; features that they are of; citizens' tickets.

The terms are those of OGC Observations and Measurements: a *feature* (station, gauge, lake, district,
the city itself) has a *property* (`pm25`, `rain_1h`, ...), and an observation is one value of it in the
unit of the property's spec. What one feed tells of one property of one feature is a *series*.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

CITY_FEATURE = "city"
"""Feature of figures that hold for the city or province as a whole."""

PLATFORM_FEED = "platform"
"""Feed id of what this system observes of itself and of the service: buses reporting, feeds in date."""

PLATFORM_EVERY_S = 60.0
"""How often it does so."""

FEED_UP = "feed_up"
"""Property of a feed: 1 while it is up, 0 while it is not."""

INDICATOR_FEED = "indicator"
"""Feed id under which computed indicators are kept; the indicator's key is the property."""


FILE_FEED = "files"
"""Feed id of what agencies hand in as sheets, where the pack's `imports.toml` names no other."""


def feed_feature(feed_id: str) -> str:
    """The feature that a feed is, when the platform observes it."""
    return f"feed:{feed_id}"


class ValueClass(StrEnum):
    """How a value came about. `proposed` is a figure that somebody suggests, `synthetic` a simulated one."""

    OBSERVED = "observed"
    MODELLED = "modelled"
    PROPOSED = "proposed"
    SYNTHETIC = "synthetic"


class Grain(StrEnum):
    """Length of the intervals of a series. Days, weeks (from Monday, ISO 8601) and months are local."""

    RAW = "raw"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value. `unit` is the unit of the property's spec: parsers convert.

    `observed_at` is the end of the period for which it holds, `period_s` the length of that period (an
    accumulation or a mean), null for an instant. A source that tells no value makes no observation.
    `cadence_s`: how often a value is promised; null: as often as its feed promises news.
    """

    feed_id: str
    feature_id: str
    property_id: str
    value: float
    unit: str
    observed_at: datetime
    received_at: datetime
    period_s: float | None = None
    cadence_s: float | None = None
    value_class: ValueClass = ValueClass.OBSERVED
    flags: tuple[str, ...] = ()
    synthetic: bool = False


class Feature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thing that is observed. Kinds: `air_station`, `weather_station`, `rain_gauge`, `lake`, `road_point`,
    `pipe_point`, `river_gauge`, `reservoir`, `streetlight`, `camera`, `hotspot_area`, `district`, `site`,
    `feed`, `city`. Place null: none is known."""

    feature_id: str
    feed_id: str
    kind: str
    name: dict[str, str] = msgspec.field(default_factory=dict)
    lat: float | None = None
    lon: float | None = None
    synthetic: bool = False


class TicketState(StrEnum):
    """Where a citizen's report stands, folded to what every portal tells apart."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"
    REJECTED = "rejected"


class Ticket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A citizen's report. `closed_at` is set when it was closed or rejected, if the source tells it."""

    ticket_id: str
    feed_id: str
    state: TicketState
    opened_at: datetime
    received_at: datetime
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    categories: tuple[str, ...] = ()
    description: str = ""
    address: str = ""
    organisation: str = ""
    lat: float | None = None
    lon: float | None = None
    stars: float | None = None
    flags: tuple[str, ...] = ()
    synthetic: bool = False


class Series(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A registered series: what one feed tells of one property of one feature, and how often."""

    series_id: int
    feed_id: str
    feature_id: str
    property_id: str
    unit: str
    cadence_s: float
    period_s: float | None = None
    value_class: ValueClass = ValueClass.OBSERVED
    synthetic: bool = False
    first_at: datetime | None = None
    last_at: datetime | None = None


class Rollup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A series over one interval that begins at `start` (UTC). `expected`: how many values the cadence
    promises in the interval; completeness is count / expected, at most 1."""

    start: datetime
    count: int
    expected: int
    minimum: float
    mean: float
    maximum: float
    last: float

    @property
    def completeness(self) -> float:
        """Share of the promised values that are there, 0 to 1."""
        return min(self.count / self.expected, 1.0) if self.expected else 1.0
