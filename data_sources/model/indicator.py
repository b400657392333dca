"""Indicators: what a pack says of each (specs), and what was computed (values)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from pydantic import Field, model_validator

from data_sources.model.observation import Grain, ValueClass
from data_sources.model.spec import Names, Spec

Domain = Literal["environment", "economy", "energy", "governance", "living", "mobility", "people"]
DOMAINS: tuple[Domain, ...] = (
    "environment",
    "economy",
    "energy",
    "governance",
    "living",
    "mobility",
    "people",
)
Better = Literal["lower", "higher", "target", "neutral"]
Statistic = Literal["mean", "min", "max", "last", "sum"]
FigureClass = Literal["observed", "modelled", "proposed"]


class Status(StrEnum):
    """The city's own four words, and two for what cannot be judged. Null (no status): no limit is set."""

    NORMAL = "normal"
    WATCH = "watch"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"
    INSUFFICIENT = "insufficient"


class PropertySpec(Spec):
    """A property that can be observed. Values outside `plausible` (in `unit`) are refused."""

    property_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    names: Names
    unit: str
    domain: Domain
    decimals: Annotated[int, Field(ge=0, le=6)] = 1
    plausible: tuple[float | None, float | None] = (None, None)
    zero_is_missing: bool = False
    """The source's 0 means that there is no reading, as for a lake in metres above sea level."""


SourceTh = Annotated[str | None, Field(pattern=r"\S")]
"""A source in Thai words, proper names as their owners write them; None: `source` stands in its place."""


class Band(Spec):
    """One band of a scale: values up to `upto` (the last band has none), what it means, who acts, and within
    how many seconds of its beginning."""

    status: Literal["normal", "watch", "warning", "critical"]
    names: Names
    upto: float | None = None
    meaning: Names | None = None
    action: Names | None = None
    issued_by: Names | None = None
    act_within_s: Annotated[float, Field(gt=0)] | None = None


class BandScale(Spec):
    """Bands of a quantity in rising order of value. `period_s` is the accumulation or averaging period
    that the bands are made for; a value of another period is not judged by them."""

    scale_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")]
    names: Names
    unit: str
    period_s: Annotated[float, Field(gt=0)] | None = None
    upto_included: bool = True
    """Whether a value equal to `upto` lies in the band (PM2.5 to 37.5) or above it (freeboard < 0.5)."""
    bands: Annotated[tuple[Band, ...], Field(min_length=2)]
    properties: tuple[str, ...] = ()
    """Properties that are judged by these bands, unless a feature names another scale for them."""
    source: str
    source_th: SourceTh = None
    proposed: bool = False
    """The limits are our suggestion and have no published source."""

    @model_validator(mode="after")
    def _rising(self) -> "BandScale":
        edges = [band.upto for band in self.bands]
        if edges[-1] is not None or any(edge is None for edge in edges[:-1]):
            raise ValueError("every band but the last needs upto, the last has none")
        known = [edge for edge in edges[:-1] if edge is not None]
        if known != sorted(set(known)):
            raise ValueError("upto must rise from band to band")
        return self


class Target(Spec):
    """What is aimed at: `value`, or from `low` to `high` where better is "target"."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    source: str
    source_th: SourceTh = None
    proposed: bool = False


class InputSpec(Spec):
    """Series that go into an indicator: of `property`, from any of `feeds` (none: any feed), of `features`
    (none: every feature with that property). `statistic` is taken of each interval of `grain`.
    Where several feeds tell the same, the first listed that has a value goes first; where a feature is told
    for real, what is simulated of it is left out."""

    property: str
    feeds: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    grain: Grain = Grain.RAW
    statistic: Statistic = "mean"


class IndicatorSpec(Spec):
    """One entry of `indicators/<domain>.toml`.

    `compute` names a registered formula of `data_sources/indicators/formulas.py`, `inputs` its series by
    the formula's own names and `params` its numbers. `cadence_s`: how often a new value is promised;
    `delay_s`: how long after the end of its period it usually comes (statistics come months late and are
    not stale for that). `week`: what stands for a week on the weekly page. `bands`: a scale of `bands.toml`.
    """

    key: Annotated[str, Field(pattern=r"^[A-Z]{2,5}-[0-9]{2,3}$")]
    domain: Domain
    names: Names
    definition: Names
    formula: Names
    unit: str
    decimals: Annotated[int, Field(ge=0, le=6)] = 1
    better: Better
    cadence_s: Annotated[float, Field(gt=0)]
    delay_s: Annotated[float, Field(ge=0)] = 0
    agency: Names
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    compute: str
    inputs: dict[str, InputSpec]
    params: dict[str, float | str | bool] = Field(default_factory=dict)
    bands: str | None = None
    target: Target | None = None
    min_completeness: Annotated[float, Field(ge=0, le=1)] = 0.75
    trend_over: Literal["day", "week", "month", "year"] = "week"
    trend_deadband: Annotated[float, Field(ge=0)] = 0.05
    """Share of the earlier value below which a change counts as none."""
    week: Statistic = "mean"
    line_grain: Grain = Grain.DAY
    line_points: Annotated[int, Field(ge=2, le=120)] = 30
    value_class: FigureClass = "observed"
    headline: bool = True
    note: Names | None = None


class Trend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a value moved: `direction` up, down or flat against `before`, the value one `over` (day, week,
    month, year) earlier, taken at `before_at`. `good`: whether that is better, null where neither is."""

    direction: Literal["up", "down", "flat"]
    change: float
    before: float
    before_at: datetime
    over: str
    good: bool | None = None


class IndicatorValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An indicator as last computed. Value null: none can be told; why is in `reason` (a stable code:
    `no_input`, `insufficient`, `formula_failed`).

    `status` is as of `computed_at`; whoever shows it ages it: beyond the stale limit it is unknown.
    `completeness` 0 to 1 of `expected` inputs, of which `samples` were there. `at_feature`: where the
    value was taken when it is that of one place (the highest station). `line`: the recent course at
    `line_grain` from `line_start` on, oldest first, null = hole. `week_ago`, `year_ago`: the value then.
    """

    key: str
    domain: str
    unit: str
    computed_at: datetime
    cadence_s: float
    delay_s: float = 0.0
    value: float | None = None
    observed_at: datetime | None = None
    received_at: datetime | None = None
    status: Status | None = None
    band: int | None = None
    completeness: float | None = None
    samples: int | None = None
    expected: int | None = None
    value_class: ValueClass = ValueClass.OBSERVED
    feed_ids: tuple[str, ...] = ()
    at_feature: str | None = None
    reason: str | None = None
    trend: Trend | None = None
    week_ago: float | None = None
    year_ago: float | None = None
    line: tuple[float | None, ...] = ()
    line_start: datetime | None = None
    line_grain: Grain = Grain.DAY
    synthetic: bool = False
