"""`/api/v1/indicators`: what they say, how they went, and the evidence behind them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from dashboard.api.answers import answer
from dashboard.api.evidence import indicator_evidence
from dashboard.api.evidence_answers import IndicatorEvidence
from dashboard.api.figures import Format, Point, SeriesAnswer, interval_point, series_csv, span
from dashboard.api.parameters import TEXT_MAX, BadParameter, Period, instant, period
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from data_sources.measures.statistics import statistic_of
from data_sources.model.indicator import Domain, IndicatorSpec, IndicatorValue
from data_sources.model.observation import CITY_FEATURE, INDICATOR_FEED, Grain, Series, ValueClass
from data_sources.services import Services
from data_sources.stores.base import HistoryStore
from data_sources.views.indicators import IndicatorItem, fresh_limits_s, indicator_item
from data_sources.views.observations import place_names
from data_sources.views.series import one_each, status_at

HOUR = timedelta(hours=1)
BACK_MAX = timedelta(days=3 * 366)
"""How far before an instant the value that held then is looked for: some statistics come yearly, late."""


class IndicatorList(msgspec.Struct, frozen=True, kw_only=True):
    """Every indicator of the catalogue, in its order, with or without a value."""

    at: datetime
    synthetic: bool
    replay: bool
    items: list[IndicatorItem]
    next: str | None = None


ANSWERS = (IndicatorList, SeriesAnswer, IndicatorEvidence)


def indicators_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of indicators."""
    router = APIRouter(prefix=PREFIX, tags=["indicators"])
    city = services.city

    def known(key: str) -> IndicatorSpec:
        spec = city.indicator(key)
        if spec is None:
            raise NotFound(f"the city has no indicator {key!r}")
        return spec

    def current() -> dict[str, IndicatorValue]:
        with metrics.query("live.indicators"):
            return {value.key: value for value in services.live.indicators()}

    def as_of(specs: Sequence[IndicatorSpec], at: datetime) -> dict[str, IndicatorValue]:
        with metrics.query("history.indicators_at"):
            return values_at(services, specs, at)

    @router.get("/indicators", response_class=Response, responses=described(IndicatorList))
    def indicators(
        at: Annotated[datetime | None, Depends(instant)],
        domain: Annotated[list[Domain] | None, Query(description="Only these domains")] = None,
    ) -> Response:
        """Every indicator: now, or with `at` as it was known at that instant.

        `status` is null where the pack sets no limit, `unknown` where there is nothing to judge or what there
        is is too old, `insufficient` where too little came in. `value` is null, never 0, where nothing can
        be told; `reason` says why.
        """
        now = services.clock()
        if at is not None and at > now:
            raise BadParameter("at", "lies in the future")
        now = at or now
        specs = [spec for spec in city.indicators if domain is None or spec.domain in domain]
        values = current() if at is None else as_of(specs, at)
        with metrics.query("live.features"):
            places = place_names(city, services.live.features())
        items = [indicator_item(spec, values.get(spec.key), places, now) for spec in specs]
        synthetic = services.synthetic or any(item.synthetic for item in items)
        return answer(IndicatorList(at=now, synthetic=synthetic, replay=services.replay, items=items))

    @router.get(
        "/indicators/{key}",
        response_class=Response,
        responses=described(IndicatorEvidence, not_found="The city has no indicator of that key"),
    )
    def evidence(key: Annotated[str, Path(max_length=TEXT_MAX)]) -> Response:
        """An indicator and the evidence behind it: definition, inputs with links to their series, what was
        received hour by hour, what was refused, and the last payload of each feed."""
        spec = known(key)
        with metrics.query("history.evidence"):
            return answer(indicator_evidence(services, spec, current().get(spec.key), services.clock()))

    @router.get(
        "/indicators/{key}/series",
        response_class=Response,
        responses=described(SeriesAnswer, not_found="The city has no indicator of that key"),
    )
    def series(
        key: Annotated[str, Path(max_length=TEXT_MAX)],
        asked: Annotated[Period, Depends(period)],
        grain: Annotated[Grain, Query(description="Length of the intervals")] = Grain.DAY,
        format: Annotated[Format, Query(description="json or csv")] = "json",
    ) -> Response:
        """The indicator's course, oldest first. `value` is the statistic that stands for a week on the weekly
        page (`statistic`), so that a week has one value everywhere; of a raw series it is the value itself.
        Days, weeks (from Monday) and months are local."""
        spec = known(key)
        start, end = span(asked, grain, services.clock(), spec.cadence_s)
        with metrics.query("history.indicator_series"):
            told = indicator_series(services, spec, grain, start, end)
        return series_csv(told) if format == "csv" else answer(told)

    return router


def indicator_series(
    services: Services, spec: IndicatorSpec, grain: Grain, start: datetime, end: datetime
) -> SeriesAnswer:
    """The indicator's intervals with start <= beginning < end."""
    history, city = services.history, services.city
    known = registered(history, spec.key)
    items: list[Point] = []
    if known is not None and grain is Grain.RAW:
        raw = history.observation_values([known.series_id], start, end)
        items = [
            Point(start=at, value=value, status=status_at(spec, city, value))
            for one in raw
            for at, value in zip(one.times, one.values, strict=True)
        ]
    elif known is not None:
        rolled = history.rollups([known.series_id], grain, start, end)
        items = [
            interval_point(
                one, spec.week, status_at(spec, city, statistic_of(one, spec.week), one.completeness)
            )
            for some in rolled
            for one in some.rollups
        ]
    return SeriesAnswer(
        synthetic=services.synthetic if known is None else known.synthetic,
        replay=services.replay,
        key=spec.key,
        unit=spec.unit,
        grain=grain,
        statistic=None if grain is Grain.RAW else spec.week,
        items=items,
    )


def registered(history: HistoryStore, key: str) -> Series | None:
    """The series under which the indicator is kept, the real one if there are two; None before it was ever
    worked out."""
    return by_key(history.series(key, INDICATOR_FEED, CITY_FEATURE)).get(key)


def by_key(kept: Iterable[Series]) -> dict[str, Series]:
    """The series under which indicators are kept, by key; the real one of each, if there are two."""
    return one_each(kept, lambda one: one.property_id)


def values_at(services: Services, specs: Sequence[IndicatorSpec], at: datetime) -> dict[str, IndicatorValue]:
    """The value of each indicator that held at an instant, from history: the newest one not after it and not
    beyond its stale limit. One whose raw values are gone is told by its hour."""
    series = by_key(services.history.series(feed_id=INDICATOR_FEED))
    since = {
        spec.key: at - min(timedelta(seconds=fresh_limits_s(spec)[1]), BACK_MAX)
        for spec in specs
        if spec.key in series
    }
    newest = _newest(services.history, {key: (series[key], begin) for key, begin in since.items()}, at)
    found: dict[str, IndicatorValue] = {}
    for spec in specs:
        key = spec.key
        if key not in newest:
            continue
        known, (observed_at, value) = series[key], newest[key]
        found[key] = IndicatorValue(
            key=key,
            domain=spec.domain,
            unit=spec.unit,
            computed_at=at,
            cadence_s=spec.cadence_s,
            delay_s=spec.delay_s,
            value=value,
            observed_at=observed_at,
            status=status_at(spec, services.city, value),
            value_class=ValueClass.SYNTHETIC if known.synthetic else ValueClass(spec.value_class),
            synthetic=known.synthetic,
        )
    return found


def _newest(
    history: HistoryStore, series: Mapping[str, tuple[Series, datetime]], at: datetime
) -> dict[str, tuple[datetime, float]]:
    """By key the newest value of each series since its time and not after `at`, of those that have one; a few
    queries for all of them."""
    raw = history.latest_observations(at - BACK_MAX, INDICATOR_FEED, until=at)
    told = {(one.property_id, one.feature_id, one.synthetic): one for some in raw.values() for one in some}
    found = {}
    without: dict[datetime, list[Series]] = {}
    for key, (one, since) in series.items():
        last = told.get((one.property_id, one.feature_id, one.synthetic))
        if last is not None and last.observed_at >= since:
            found[key] = (last.observed_at, last.value)
        else:
            without.setdefault(since, []).append(one)
    for since, some in without.items():
        for rolled in history.rollups([one.series_id for one in some], Grain.HOUR, since, at):
            ended = [one for one in rolled.rollups if one.start + HOUR <= at]
            if ended:
                found[rolled.series.property_id] = (ended[-1].start + HOUR, ended[-1].last)
    return found
