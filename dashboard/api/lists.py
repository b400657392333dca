"""`/api/v1/feeds`, `/alerts`, `/trip-updates`: what is known, as plain lists."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Protocol

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from dashboard.api.answers import answer
from dashboard.api.parameters import TEXT_MAX
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from data_sources.measures.freshness import age_s
from data_sources.model.transit import ServiceAlert, TripUpdate
from data_sources.services import Services
from data_sources.stores.base import Quarantined
from data_sources.views.feeds import FeedView, feed_views

QUARANTINE_MAX = 1000


class FeedItem(FeedView, frozen=True, kw_only=True):
    """A feed with its age: seconds since a usable message last arrived, null when none ever did."""

    age_s: float | None


class FeedList(msgspec.Struct, frozen=True, kw_only=True):
    """Every feed of the city pack, in the pack's order."""

    synthetic: bool
    replay: bool
    items: list[FeedItem]
    next: str | None = None


class QuarantineList(msgspec.Struct, frozen=True, kw_only=True):
    """Refused entities, the last refused first; equal refusals of one entity are folded and counted."""

    synthetic: bool
    replay: bool
    items: list[Quarantined]
    next: str | None = None


class AlertList(msgspec.Struct, frozen=True, kw_only=True):
    """Service alerts of every feed; fields that a feed leaves out are left out."""

    synthetic: bool
    replay: bool
    items: list[ServiceAlert]
    next: str | None = None


class TripUpdateList(msgspec.Struct, frozen=True, kw_only=True):
    """Trip updates of every feed; fields that a feed leaves out are left out."""

    synthetic: bool
    replay: bool
    items: list[TripUpdate]
    next: str | None = None


ANSWERS = (FeedList, QuarantineList, AlertList, TripUpdateList)


class _Marked(Protocol):
    @property
    def synthetic(self) -> bool: ...


def lists_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of everything that is answered as a list."""
    router = APIRouter(prefix=PREFIX)

    def synthetic(records: Iterable[_Marked]) -> bool:
        return services.synthetic or any(record.synthetic for record in records)

    @router.get("/feeds", tags=["feeds"], response_class=Response, responses=described(FeedList))
    def feeds() -> Response:
        """Feeds with state, age and counts of accepted and, by code, rejected records.

        The state is judged now: `up`, `late` (messages or their content are ageing), `down` (stale)
        or `never`. A feed without address has `error_code` `not_configured`.
        """
        now = services.clock()
        with metrics.query("live.feeds"):
            statuses = services.live.feed_statuses()
        items = [_with_age(view, now) for view in feed_views(services.city.feeds, statuses, now)]
        return answer(FeedList(synthetic=synthetic(items), replay=services.replay, items=items))

    @router.get(
        "/feeds/{feed_id}/quarantine",
        tags=["feeds"],
        response_class=Response,
        responses=described(QuarantineList, not_found="The city has no feed of that id"),
    )
    def quarantine(
        feed_id: Annotated[str, Path(max_length=TEXT_MAX)],
        limit: Annotated[int, Query(ge=1, le=QUARANTINE_MAX, description="At most so many")] = 100,
    ) -> Response:
        """Entities of a feed that were refused, with the code of the rule and what it refused."""
        feed = services.city.feed(feed_id)
        if feed is None:
            raise NotFound(f"the city has no feed {feed_id!r}")
        with metrics.query("history.quarantined"):
            items = services.history.quarantined(feed_id, limit)
        marked = synthetic([feed])
        return answer(QuarantineList(synthetic=marked, replay=services.replay, items=items))

    @router.get("/alerts", tags=["transit"], response_class=Response, responses=described(AlertList))
    def alerts() -> Response:
        """Service alerts as last received."""
        with metrics.query("live.service_alerts"):
            by_feed = services.live.alerts()
        items = [alert for feed_id in sorted(by_feed) for alert in by_feed[feed_id]]
        return answer(AlertList(synthetic=synthetic(items), replay=services.replay, items=items))

    @router.get(
        "/trip-updates", tags=["transit"], response_class=Response, responses=described(TripUpdateList)
    )
    def trip_updates() -> Response:
        """Predictions by trip as last received."""
        with metrics.query("live.trip_updates"):
            by_feed = services.live.trip_updates()
        items = [update for feed_id in sorted(by_feed) for update in by_feed[feed_id]]
        return answer(TripUpdateList(synthetic=synthetic(items), replay=services.replay, items=items))

    return router


def _with_age(view: FeedView, now: datetime) -> FeedItem:
    age = None if view.last_good_at is None else round(age_s(view.last_good_at, now), 1)
    return FeedItem(**{name: getattr(view, name) for name in view.__struct_fields__}, age_s=age)
