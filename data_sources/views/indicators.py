"""Indicators as they stand at an instant: topics `indicators.<domain>`, and the items of the API.

Every indicator of the catalogue is there, with or without a value. What was computed is judged again at
the time of reading: a value older than its stale limit has status `unknown`, whatever it was.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from data_sources.measures.freshness import Freshness, fresh_limit_s, stale_limit_s, value_freshness
from data_sources.model.indicator import IndicatorSpec, IndicatorValue, Status, Trend
from data_sources.model.observation import Grain, ValueClass
from data_sources.views.feeds import BothNames

NO_INPUT = "no_input"
"""Reason of an indicator that was never computed."""
_json = msgspec.json.Encoder()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The feature where a value was taken."""

    feature_id: str
    name: BothNames


class IndicatorNow(msgspec.Struct, frozen=True, kw_only=True, rename={"value_class": "class"}):
    """What changes of an indicator. `fresh_s` and `stale_s` are the limits of the age of `observed_at`;
    `line` is the recent course at `line_grain` from `line_start` on, null = hole."""

    key: str
    domain: str
    value: float | None
    unit: str
    status: Status | None
    band: int | None
    state: Freshness
    value_class: ValueClass
    observed_at: datetime | None
    received_at: datetime | None
    fresh_s: float
    stale_s: float
    completeness: float | None
    samples: int | None
    expected: int | None
    feed_ids: tuple[str, ...]
    at: Place | None
    reason: str | None
    trend: Trend | None
    week_ago: float | None
    year_ago: float | None
    line: tuple[float | None, ...]
    line_start: datetime | None
    line_grain: Grain
    synthetic: bool


class TargetView(msgspec.Struct, frozen=True, kw_only=True):
    """What is aimed at, and who says so (`source_th`: in Thai words, if the pack has them); `proposed`: a
    suggestion without a source."""

    value: float | None
    low: float | None
    high: float | None
    source: str
    source_th: str | None
    proposed: bool


class IndicatorItem(IndicatorNow, frozen=True, kw_only=True):
    """An indicator with what the pack says of it."""

    name: BothNames
    definition: BothNames
    formula: BothNames
    decimals: int
    better: str
    target: TargetView | None
    source: BothNames
    sources: tuple[str, ...]
    cadence_s: float
    tags: tuple[str, ...]
    references: tuple[str, ...]


class IndicatorsPicture(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `indicators.<domain>`: every indicator of the domain in the catalogue's order."""

    synthetic: bool
    replay: bool
    items: list[IndicatorNow]

    def patience_s(self, previous: object) -> float:
        """Seconds that this picture may wait after `previous` was published: none."""
        return 0.0

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return _json.encode({"t": t_ms, "seq": seq, **fields})


def fresh_limits_s(spec: IndicatorSpec) -> tuple[float, float]:
    """Ages in seconds up to which a value is fresh, and beyond which it is stale. A statistic that usually
    comes late is not old for that."""
    return fresh_limit_s(spec.cadence_s) + spec.delay_s, stale_limit_s(spec.cadence_s) + spec.delay_s


def nothing_told(spec: IndicatorSpec, now: datetime, reason: str) -> IndicatorValue:
    """The indicator without a value, and why: status `unknown` where there would be one to tell."""
    return IndicatorValue(
        key=spec.key,
        domain=spec.domain,
        unit=spec.unit,
        computed_at=now,
        cadence_s=spec.cadence_s,
        delay_s=spec.delay_s,
        line_grain=spec.line_grain,
        value_class=ValueClass(spec.value_class),
        reason=reason,
        status=Status.UNKNOWN if spec.bands is not None or spec.target is not None else None,
    )


def state_of(spec: IndicatorSpec, value: IndicatorValue | None, now: datetime) -> Freshness:
    """Freshness of the indicator's value at `now`."""
    if value is None or value.value is None or value.observed_at is None:
        return Freshness.MISSING
    return value_freshness(value.observed_at + timedelta(seconds=spec.delay_s), now, spec.cadence_s)


def status_of(spec: IndicatorSpec, value: IndicatorValue | None, state: Freshness) -> Status | None:
    """Status to show: null where the pack sets no limit, `unknown` where there is nothing to judge."""
    if value is not None and value.status is Status.INSUFFICIENT and state is not Freshness.STALE:
        return Status.INSUFFICIENT
    if spec.bands is None and spec.target is None:
        return None
    if value is None or state in {Freshness.STALE, Freshness.MISSING}:
        return Status.UNKNOWN
    return value.status


def indicator_now(
    spec: IndicatorSpec, value: IndicatorValue | None, places: Mapping[str, BothNames], now: datetime
) -> IndicatorNow:
    """The indicator at `now`; `value` is None when nothing was ever computed. `places` names features."""
    return IndicatorNow(**_now_fields(spec, value, places, now))


def indicator_item(
    spec: IndicatorSpec, value: IndicatorValue | None, places: Mapping[str, BothNames], now: datetime
) -> IndicatorItem:
    """The indicator at `now` with what the pack says of it."""
    target = spec.target
    return IndicatorItem(
        **_now_fields(spec, value, places, now),
        name=both(spec.names.th, spec.names.en),
        definition=both(spec.definition.th, spec.definition.en),
        formula=both(spec.formula.th, spec.formula.en),
        decimals=spec.decimals,
        better=spec.better,
        target=None
        if target is None
        else TargetView(
            value=target.value,
            low=target.low,
            high=target.high,
            source=target.source,
            source_th=target.source_th,
            proposed=target.proposed,
        ),
        source=both(spec.agency.th, spec.agency.en),
        sources=spec.sources,
        cadence_s=spec.cadence_s,
        tags=spec.tags,
        references=spec.references,
    )


def both(th: str, en: str) -> BothNames:
    """A name in both languages."""
    return BothNames(th=th, en=en)


def indicators_picture(
    specs: Iterable[IndicatorSpec],
    values: Mapping[str, IndicatorValue],
    places: Mapping[str, BothNames],
    now: datetime,
    *,
    synthetic: bool,
    replay: bool,
) -> IndicatorsPicture:
    """The picture of one domain's indicators at `now`; `values` by key."""
    items = [indicator_now(spec, values.get(spec.key), places, now) for spec in specs]
    return IndicatorsPicture(
        synthetic=synthetic or any(item.synthetic for item in items), replay=replay, items=items
    )


def _now_fields(
    spec: IndicatorSpec, value: IndicatorValue | None, places: Mapping[str, BothNames], now: datetime
) -> dict[str, Any]:
    state = state_of(spec, value, now)
    fresh_s, stale_s = fresh_limits_s(spec)
    told = value if value is not None else nothing_told(spec, now, NO_INPUT)
    place = None
    if told.at_feature is not None:
        name = places.get(told.at_feature, both(told.at_feature, told.at_feature))
        place = Place(feature_id=told.at_feature, name=name)
    return {
        "key": spec.key,
        "domain": spec.domain,
        "value": told.value,
        "unit": spec.unit,
        "status": status_of(spec, value, state),
        "band": told.band,
        "state": state,
        "value_class": told.value_class,
        "observed_at": told.observed_at,
        "received_at": told.received_at,
        "fresh_s": fresh_s,
        "stale_s": stale_s,
        "completeness": told.completeness,
        "samples": told.samples,
        "expected": told.expected,
        "feed_ids": told.feed_ids,
        "at": place,
        "reason": told.reason,
        "trend": told.trend,
        "week_ago": told.week_ago,
        "year_ago": told.year_ago,
        "line": told.line,
        "line_start": told.line_start,
        "line_grain": told.line_grain,
        "synthetic": told.synthetic,
    }
