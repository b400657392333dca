"""What the answers of evidence hold: the drawer of evidence is drawn from them."""

from datetime import date, datetime

import msgspec

from data_sources.measures.freshness import Freshness
from data_sources.model.indicator import Statistic, Status
from data_sources.model.observation import ValueClass
from data_sources.views.feeds import BothNames
from data_sources.views.indicators import IndicatorItem
from data_sources.views.observations import ObservationView


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """A series that goes in, with its last value and what looks odd in that; `csv` is where its rows are.
    Of a week: its mean in it, up to `observed_at`, with state null."""

    name: BothNames
    property: str
    property_name: BothNames
    feature_id: str
    feed_id: str
    value: float
    unit: str
    observed_at: datetime
    state: Freshness | None
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
    """The last message of a feed, kept as it came, or with `file_name` a file that was handed in."""

    feed_id: str
    feed_name: BothNames
    payload_id: int
    received_at: datetime
    file_name: str | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that changed the figures: a file that was handed in. `payload_id` leads to it while it is
    kept."""

    at: datetime
    text: BothNames
    payload_id: int | None = None


class BandView(msgspec.Struct, frozen=True, kw_only=True):
    """One band, up to `upto`; the last has no end."""

    upto: float | None
    status: str
    name: BothNames


class ScaleView(msgspec.Struct, frozen=True, kw_only=True):
    """The bands that the figure is judged by; `source_th` is who says so in Thai words, if the pack has
    them."""

    name: BothNames
    source: str
    source_th: str | None
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


class WeekFigure(msgspec.Struct, frozen=True, kw_only=True, rename={"value_class": "class"}):
    """What stands for a week of an indicator. `start` to `end` (outside) is the window; a week that is not
    over has figures up to now. `says` is that of the weekly page: the status, `no_limit`, or why there is
    none; `period` and `period_start` tell what a rare statistic is of that holds in the week."""

    week: str
    start: datetime
    end: datetime
    is_over: bool
    statistic: Statistic
    value: float | None
    says: str
    status: Status | None
    band: int | None
    change: float | None
    completeness: float | None
    min_completeness: float
    value_class: ValueClass
    period: str | None
    period_start: date | None


class WeekEvidence(Evidence, frozen=True, kw_only=True):
    """An indicator in a week and what stands behind that: inputs, intervals, values and refusals are of the
    week. `item` is the indicator as it stands now."""

    week: WeekFigure
    item: IndicatorItem


class IndicatorEvidence(Evidence, frozen=True, kw_only=True):
    """An indicator and what stands behind it."""

    item: IndicatorItem


class ObservationEvidence(Evidence, frozen=True, kw_only=True):
    """The last value of a series and what stands behind it."""

    item: ObservationView
