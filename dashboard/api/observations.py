"""`/api/v1/observations`, `/features`, `/tickets`: what is observed, and what citizens report."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from dashboard.api.answers import answer
from dashboard.api.evidence import observation_evidence
from dashboard.api.evidence_answers import ObservationEvidence
from dashboard.api.figures import Format, Point, SeriesAnswer, interval_point, series_csv, span
from dashboard.api.parameters import TEXT_MAX, Period, period
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from data_sources.model.indicator import Domain, Statistic
from data_sources.model.observation import Grain, Series, Ticket, TicketState
from data_sources.services import Services
from data_sources.views.incidents import is_known
from data_sources.views.observations import (
    FeatureView,
    ObservationView,
    feature_views,
    observation_views,
    tells_tickets,
)


class ObservationList(msgspec.Struct, frozen=True, kw_only=True):
    """The last value of every series, by feature and property."""

    at: datetime
    synthetic: bool
    replay: bool
    items: list[ObservationView]
    next: str | None = None


class FeatureList(msgspec.Struct, frozen=True, kw_only=True):
    """What is observed, and what the pack expects to be."""

    synthetic: bool
    replay: bool
    items: list[FeatureView]
    next: str | None = None


class TicketList(msgspec.Struct, frozen=True, kw_only=True):
    """Citizens' reports that are open, and those closed in the last seven days; `known` is false when no
    feed that tells of them is up, so that none says nothing."""

    at: datetime
    synthetic: bool
    replay: bool
    known: bool
    items: list[Ticket]
    next: str | None = None


ANSWERS = (ObservationList, FeatureList, TicketList, ObservationEvidence)
Id = Annotated[str, Query(max_length=TEXT_MAX, min_length=1)]


def observations_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of observations."""
    router = APIRouter(prefix=PREFIX, tags=["observations"])
    city = services.city

    def series_named(feature_id: str, property_id: str, feed_id: str) -> Series:
        with metrics.query("history.series"):
            found = services.history.series(property_id, feed_id, feature_id)
        if not found:
            raise NotFound(f"no series of {property_id!r} of {feature_id!r} by {feed_id!r}")
        return min(found, key=lambda one: one.synthetic)  # the real one, if there are two

    @router.get("/observations", response_class=Response, responses=described(ObservationList))
    def observations(
        domain: Annotated[Domain | None, Query(description="Only this domain")] = None,
        property: Annotated[
            list[str] | None, Query(description="Only these properties", max_length=50)
        ] = None,
        feature_id: Annotated[list[str] | None, Query(description="Only these features")] = None,
    ) -> Response:
        """Last values, each with unit, times, quality flags, station and source; `status` by the bands of the
        pack where there are any. A stale value has status `unknown`."""
        now = services.clock()
        with metrics.query("live.observations"):
            by_feed = services.live.observations()
        items = [
            item
            for item in observation_views(by_feed, city, now, domain=domain)
            if (property is None or item.property in property)
            and (feature_id is None or item.feature_id in feature_id)
        ]
        synthetic = services.synthetic or any(item.synthetic for item in items)
        return answer(ObservationList(at=now, synthetic=synthetic, replay=services.replay, items=items))

    @router.get(
        "/observations/series",
        response_class=Response,
        responses=described(SeriesAnswer, not_found="No such series"),
    )
    def series(  # noqa: PLR0917 - parameters of the query
        asked: Annotated[Period, Depends(period)],
        feature_id: Id,
        property: Id,
        feed_id: Id,
        grain: Annotated[Grain, Query(description="Length of the intervals")] = Grain.RAW,
        statistic: Annotated[Statistic, Query(description="What stands for an interval")] = "mean",
        format: Annotated[Format, Query(description="json or csv")] = "json",
    ) -> Response:
        """The course of one series, oldest first; an interval without values is left out."""
        known = series_named(feature_id, property, feed_id)
        start, end = span(asked, grain, services.clock(), known.cadence_s)
        with metrics.query("history.observation_series"):
            items = _points(services, known, grain, (start, end), statistic)
        told = SeriesAnswer(
            synthetic=known.synthetic,
            replay=services.replay,
            key=f"{feature_id}/{property}/{feed_id}",
            unit=known.unit,
            grain=grain,
            statistic=None if grain is Grain.RAW else statistic,
            items=items,
        )
        return series_csv(told) if format == "csv" else answer(told)

    @router.get(
        "/observations/evidence",
        response_class=Response,
        responses=described(ObservationEvidence, not_found="No such series, or no value of it"),
    )
    def evidence(feature_id: Id, property: Id, feed_id: Id) -> Response:
        """What stands behind the last value of a series."""
        known = series_named(feature_id, property, feed_id)
        with metrics.query("history.evidence"):
            told = observation_evidence(services, known, services.clock())
        if told is None:
            raise NotFound(f"no value of {property!r} of {feature_id!r} by {feed_id!r} is held")
        return answer(told)

    @router.get("/features", response_class=Response, responses=described(FeatureList))
    def features(
        kind: Annotated[list[str] | None, Query(description="Only these kinds")] = None,
    ) -> Response:
        """Stations, gauges, lakes and other things that are observed or expected."""
        with metrics.query("live.features"):
            told = services.live.features()
        items = [one for one in feature_views(city, told) if kind is None or one.kind in kind]
        return answer(FeatureList(synthetic=services.synthetic, replay=services.replay, items=items))

    telling = tuple(feed for feed in city.feeds if tells_tickets(feed))

    @router.get("/tickets", response_class=Response, responses=described(TicketList))
    def tickets(
        state: Annotated[list[TicketState] | None, Query(description="Only these states")] = None,
    ) -> Response:
        """Citizens' reports as last told; telephone numbers and addresses of e-mail are masked."""
        now = services.clock()
        with metrics.query("live.tickets"):
            by_feed = services.live.tickets()
            statuses = services.live.feed_statuses()
        items = [
            one
            for feed_id in sorted(by_feed)
            for one in by_feed[feed_id]
            if state is None or one.state in state
        ]
        return answer(
            TicketList(
                at=now,
                synthetic=services.synthetic or any(one.synthetic for one in items),
                replay=services.replay,
                known=is_known(telling, statuses, now),
                items=items,
            )
        )

    return router


def _points(
    services: Services,
    series: Series,
    grain: Grain,
    between: tuple[datetime, datetime],
    statistic: Statistic,
) -> list[Point]:
    history = services.history
    if grain is Grain.RAW:
        found = history.observation_values([series.series_id], *between)
        return [
            Point(start=at, value=value, quality=one.flags.get(at, ()))
            for one in found
            for at, value in zip(one.times, one.values, strict=True)
        ]
    return [
        interval_point(one, statistic)
        for some in history.rollups([series.series_id], grain, *between)
        for one in some.rollups
    ]
