"""`/api/v1/changes`, `/feeds/ledger`, `/payloads`: what changed, how feeds did, and what they sent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from dashboard.api.answers import answer
from dashboard.api.indicators import BACK_MAX
from dashboard.api.parameters import TEXT_MAX, BadParameter, read_instant
from dashboard.api.payloads import as_it_came
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from data_sources.measures.limits import edges
from data_sources.model.city import FeedSpec
from data_sources.model.indicator import Domain, IndicatorSpec, Status
from data_sources.model.observation import (
    FEED_UP,
    INDICATOR_FEED,
    PLATFORM_EVERY_S,
    PLATFORM_FEED,
    Grain,
    Series,
    feed_feature,
)
from data_sources.services import Services
from data_sources.stores.intervals import expected_values
from data_sources.views.series import one_each, status_at

CHANGES_BACK = timedelta(days=7)
BEFORE = timedelta(days=2)
"""How far before the span the status is looked for that the first change is one from."""
CHANGES_MAX = 200


class StatusChange(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator went from one status to another; `value` is that which did it. `at` is the time that the
    value is of; of a statistic of weeks or longer, or one that comes later than two days, when it came."""

    at: datetime
    key: str
    domain: str
    before: str
    after: str
    value: float
    unit: str


class ChangeList(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of status, the last first."""

    since: datetime
    synthetic: bool
    replay: bool
    items: list[StatusChange]
    next: str | None = None


class LedgerDay(msgspec.Struct, frozen=True, kw_only=True):
    """A local day of a feed: share of the minutes in which it was up of those in which anybody looked
    (`up`, null when nobody did), and share of the day in which somebody did (`known`)."""

    day: date
    up: float | None
    known: float


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A feed over the month; `up` and `known` over all of it so far."""

    feed_id: str
    up: float | None
    known: float
    days: list[LedgerDay]


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """The month's service of every feed of the pack."""

    month: str
    synthetic: bool
    replay: bool
    items: list[LedgerRow]
    next: str | None = None


ANSWERS = (ChangeList, Ledger)


def ledger_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of what changed and of how feeds did."""
    router = APIRouter(prefix=PREFIX)
    city = services.city

    def since(
        since: Annotated[
            str | None,
            Query(description="From this instant on, at most 7 days back", max_length=TEXT_MAX),
        ] = None,
    ) -> datetime:
        now = services.clock()
        local = now.astimezone(city.zone)
        try:
            start = read_instant(since) if since else local.replace(hour=0, minute=0, second=0, microsecond=0)
        except ValueError as error:
            raise BadParameter("since", error) from None
        if not now - CHANGES_BACK <= start <= now:
            raise BadParameter("since", f"must lie within the last {CHANGES_BACK.days} days")
        return start.astimezone(UTC)

    @router.get("/changes", tags=["indicators"], response_class=Response, responses=described(ChangeList))
    def changes(
        start: Annotated[datetime, Depends(since)],
        domain: Annotated[Domain | None, Query(description="Only this domain")] = None,
    ) -> Response:
        """Changes of status of indicators since then (default: since local midnight), the last first."""
        specs = [spec for spec in city.indicators if domain is None or spec.domain == domain]
        with metrics.query("history.changes"):
            found = sorted(_changes(services, specs, start), key=lambda one: (one.at, one.key), reverse=True)
        return answer(
            ChangeList(
                since=start,
                synthetic=services.synthetic,
                replay=services.replay,
                items=found[:CHANGES_MAX],
            )
        )

    @router.get("/feeds/ledger", tags=["feeds"], response_class=Response, responses=described(Ledger))
    def ledger(
        month: Annotated[
            str | None,
            Query(pattern=r"^2[01][0-9]{2}-(0[1-9]|1[0-2])$", description="YYYY-MM; default this month"),
        ] = None,
    ) -> Response:
        """How much of each day of a month every feed was up, and how much of it anybody looked."""
        chosen = month or services.clock().astimezone(city.zone).strftime("%Y-%m")
        with metrics.query("history.ledger"):
            rows = ledger_rows(services, chosen, city.feeds)
        return answer(Ledger(month=chosen, synthetic=services.synthetic, replay=services.replay, items=rows))

    @router.get(
        "/payloads/{payload_id}",
        tags=["feeds"],
        response_class=Response,
        responses=described(bytes, "text/plain", not_found="No such payload, or it is past its keeping"),
    )
    def payload(payload_id: Annotated[int, Path(ge=1, lt=2**62)]) -> Response:
        """A message as it came, or a file as it was handed in, as plain text; binary ones to be saved. In
        what people wrote, telephone numbers and addresses of e-mail are masked."""
        with metrics.query("history.payload"):
            stored = services.history.payload(payload_id)
        if stored is None:
            raise NotFound(f"payload {payload_id} is not kept (any more)")
        return as_it_came(stored, city.feed(stored.feed_id))

    return router


def _is_slow(spec: IndicatorSpec) -> bool:
    """Whether the figure before, or the time that a figure is of, lies further back than is looked."""
    return timedelta(seconds=spec.cadence_s + spec.delay_s) > BEFORE


def _changes(services: Services, specs: list[IndicatorSpec], start: datetime) -> Iterator[StatusChange]:
    judged = {spec.key: spec for spec in specs if spec.bands is not None or spec.target is not None}
    kept = one_each(services.history.series(feed_id=INDICATOR_FEED), lambda one: one.property_id)
    slow = {key: one for key, one in kept.items() if key in judged and _is_slow(judged[key])}
    if slow:
        yield from _slow_changes(services, judged, slow, start)
    edges_of = {
        one.series_id: edges(judged[key], services.city.scales)
        for key, one in kept.items()
        if key in judged and key not in slow
    }
    end = services.clock() + timedelta(minutes=1)
    for one in services.history.crossings(edges_of, start - BEFORE, end):
        spec = judged[one.series.property_id]
        before = None
        for at, value in zip(one.times, one.values, strict=True):
            status = status_at(spec, services.city, value)
            if at >= start:
                yield from _change(spec, at, before, status, value)
            before = status if status is not None else before


def _slow_changes(
    services: Services, judged: Mapping[str, IndicatorSpec], slow: Mapping[str, Series], start: datetime
) -> Iterator[StatusChange]:
    """Of each of these statistics its newest figure, if it came since then and its status is another than
    that of the figure before. A figure that is corrected comes once more."""
    now = services.clock()
    told = services.history.latest_observations(now - BACK_MAX, INDICATOR_FEED, until=now)
    for one in told.get(INDICATOR_FEED, ()):
        series = slow.get(one.property_id)
        if series is None or one.synthetic is not series.synthetic or one.received_at < start:
            continue
        spec = judged[one.property_id]
        earlier = services.history.observation_values(
            [series.series_id], one.observed_at - BACK_MAX, one.observed_at
        )
        for values in (some.values for some in earlier if some.values):
            before, after = (status_at(spec, services.city, value) for value in (values[-1], one.value))
            yield from _change(spec, one.received_at, before, after, one.value)


def _change(
    spec: IndicatorSpec, at: datetime, before: Status | None, after: Status | None, value: float
) -> Iterator[StatusChange]:
    """The change, if it is one."""
    if before is None or after is None or after is before:
        return
    yield StatusChange(
        at=at,
        key=spec.key,
        domain=spec.domain,
        before=before.value,
        after=after.value,
        value=value,
        unit=spec.unit,
    )


def ledger_rows(services: Services, month: str, feeds: Sequence[FeedSpec]) -> list[LedgerRow]:
    """The month `YYYY-MM` of these feeds, by local days."""
    zone = services.city.zone
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=zone)
    after = (first + timedelta(days=32)).replace(day=1)
    kept = services.history.series(FEED_UP, feed_id=PLATFORM_FEED)
    series = one_each(kept, lambda one: one.feature_id)
    wanted = [one for feed in feeds if (one := series.get(feed_feature(feed.feed_id)))]
    told = services.history.rollups([one.series_id for one in wanted], Grain.DAY, first, after)
    by_feature = {
        some.series.feature_id: {one.start.astimezone(zone).date(): one for one in some.rollups}
        for some in told
    }
    days = [first.date() + timedelta(days=index) for index in range((after.date() - first.date()).days)]
    promised = expected_values(PLATFORM_EVERY_S, (first, min(after, services.clock())))
    rows = []
    for feed in feeds:
        rolled = by_feature.get(feed_feature(feed.feed_id), {})
        row = [
            LedgerDay(
                day=day,
                up=round(rolled[day].mean, 4) if day in rolled else None,
                known=round(rolled[day].completeness, 4) if day in rolled else 0.0,
            )
            for day in days
        ]
        looked = sum(one.count for one in rolled.values())
        up = sum(one.mean * one.count for one in rolled.values()) / looked if looked else None
        rows.append(
            LedgerRow(
                feed_id=feed.feed_id,
                up=None if up is None else round(up, 4),
                known=round(min(looked / promised, 1.0), 4),
                days=row,
            )
        )
    return rows
