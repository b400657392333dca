"""What the answers of evidence hold: the drawer of evidence is drawn from them."""

from datetime import datetime

import msgspec

from data_sources.measures.freshness import Freshness
from data_sources.views.feeds import BothNames
from data_sources.views.indicators import IndicatorItem
from data_sources.views.observations import ObservationView


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """A series that goes in, with its last value and what looks odd in that; `csv` is where its rows are."""

    name: BothNames
    property: str
    property_name: BothNames
    feature_id: str
    feed_id: str
    value: float
    unit: str
    observed_at: datetime
    state: Freshness
    quality: tuple[str, ...]
    csv: str


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """An hour, or a day for what comes less often: how many values came of how many promised."""

    start: datetime
    count: int
    expected: int


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it was recorded; `outcome` is a code where it was not used."""

    observed_at: datetime
    value: float | None
    outcome: str | None = None


class Flagged(msgspec.Struct, frozen=True, kw_only=True):
    """How many values of the series that go in look odd in one way. They count all the same."""

    code: str
    count: int


class RejectedInput(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a feed told and that was refused."""

    feed_id: str
    code: str
    entity_id: str
    detail: str
    last_at: datetime
    count: int
    payload_id: int | None


class PayloadLink(msgspec.Struct, frozen=True, kw_only=True):
    """The last message of a feed, kept as it came."""

    feed_id: str
    feed_name: BothNames
    payload_id: int
    received_at: datetime


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that changed the figures: a file that was handed in."""

    at: datetime
    text: BothNames


class BandView(msgspec.Struct, frozen=True, kw_only=True):
    """One band, up to `upto`; the last has no end."""

    upto: float | None
    status: str
    name: BothNames


class ScaleView(msgspec.Struct, frozen=True, kw_only=True):
    """The bands that the figure is judged by."""

    name: BothNames
    source: str
    proposed: bool
    bands: list[BandView]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a figure."""

    synthetic: bool
    replay: bool
    key: str | None
    name: BothNames
    unit: str
    decimals: int
    cadence_s: float
    agency: BothNames | None
    definition: BothNames | None
    formula: BothNames | None
    references: tuple[str, ...]
    place: BothNames | None
    scale: ScaleView | None
    inputs: list[Input]
    inputs_total: int
    intervals: list[Interval]
    recent: list[Recent]
    flagged: list[Flagged]
    rejected: list[RejectedInput]
    changes: list[Change]
    payloads: list[PayloadLink]
    csv: str


class IndicatorEvidence(Evidence, frozen=True, kw_only=True):
    """An indicator and what stands behind it."""

    item: IndicatorItem


class ObservationEvidence(Evidence, frozen=True, kw_only=True):
    """The last value of a series and what stands behind it."""

    item: ObservationView
