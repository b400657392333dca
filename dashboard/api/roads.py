"""`/api/v1/links`, `/incidents`, `/facilities`: traffic, and what disturbs it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
import numpy as np
import shapely
from fastapi import APIRouter, Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboard.api.answers import GEOJSON, answer
from dashboard.api.parameters import BadParameter, Period, box, instant, period
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from data_sources.measures.freshness import Freshness
from data_sources.model.city import Bounds
from data_sources.model.traffic import LevelOfService, LinkState
from data_sources.network import Network
from data_sources.services import Services
from data_sources.views.incidents import (
    CLOSED,
    FacilityItem,
    IncidentItem,
    facility_items,
    incident_items,
    is_known,
    tells_facilities,
    tells_incidents,
)
from data_sources.views.links import LinkCollection, link_collection, link_views, source_cadences

FRAMES_BACK = 10
"""Minutes before an instant in which its picture of the network is looked for; older words are stale."""
INCIDENTS_FOR = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class IncidentList(msgspec.Struct, frozen=True, kw_only=True):
    """Incidents; `known` is false when no feed that tells of them is up, so that none says nothing."""

    at: datetime
    synthetic: bool
    replay: bool
    known: bool
    items: list[IncidentItem]
    next: str | None = None


class FacilityList(msgspec.Struct, frozen=True, kw_only=True):
    """Car parks and charging stations as last told; `known` as with incidents."""

    at: datetime
    synthetic: bool
    replay: bool
    known: bool
    items: list[FacilityItem]
    next: str | None = None


ANSWERS = (LinkCollection, IncidentList, FacilityList)


class _Lines:
    """Geometries of a network's links, for boxes."""

    def __init__(self, network: Network | None) -> None:
        links = network.links if network else {}
        lines = [shapely.LineString([(lon, lat) for lat, lon in link.points]) for link in links.values()]
        self._ids = np.array(list(links), dtype=object)
        self._lines = np.array(lines, dtype=object)

    def within(self, bounds: Bounds) -> set[str]:
        """Links that lie in the box or cross it."""
        if not len(self._lines):
            return set()
        area = shapely.box(bounds.west, bounds.south, bounds.east, bounds.north)
        return set(self._ids[shapely.intersects(self._lines, area)].tolist())


def roads_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of traffic."""
    router = APIRouter(prefix=PREFIX, tags=["traffic"])
    feeds = services.city.feeds
    spec = services.city.spec.traffic
    cadences = source_cadences(feeds, spec) if spec else {}
    lines = _Lines(services.network)

    def states_now() -> Sequence[LinkState]:
        with metrics.query("live.links"):
            return services.live.links()

    def states_at(at: datetime) -> Sequence[LinkState]:
        minute = at.replace(second=0, microsecond=0)
        with metrics.query("history.link_frames"):
            for back in range(FRAMES_BACK):
                start = minute - back * MINUTE
                if frames := services.history.link_frames(start, start + MINUTE):
                    return frames[-1][1]
        return ()

    def known(telling: tuple[str, ...], now: datetime) -> bool:
        with metrics.query("live.feeds"):
            statuses = services.live.feed_statuses()
        return is_known((feed for feed in feeds if feed.feed_id in telling), statuses, now)

    tell_incidents = tuple(feed.feed_id for feed in feeds if tells_incidents(feed))
    tell_facilities = tuple(feed.feed_id for feed in feeds if tells_facilities(feed))

    @router.get("/links", response_class=Response, responses=described(LinkCollection, GEOJSON))
    async def links(
        at: Annotated[datetime | None, Depends(instant)],
        bbox: Annotated[Bounds | None, Depends(box)],
        level_of_service: Annotated[
            list[LevelOfService] | None, Query(description="Only these levels")
        ] = None,
        state: Annotated[list[Freshness] | None, Query(description="Only these states")] = None,
        route_id: Annotated[list[str] | None, Query(description="Only links that these lines drive")] = None,
    ) -> Response:
        """Every link of the network as GeoJSON: now, with `at` as it was known at that minute.

        `level_of_service` is null where nothing is known, where what is known is stale, and where the
        road is closed. A city without links has an empty collection. A parameter may be repeated.
        """
        now = services.clock()
        if at is not None and at > now:
            raise BadParameter("at", "lies in the future")

        def drawn() -> LinkCollection:
            network, judged_at = services.network, at or now
            if network is None or spec is None:
                views = []
            else:
                states = states_now() if at is None else states_at(at)
                views = link_views(
                    network, states, now=judged_at, los=spec.level_of_service, cadence_of=cadences
                )
            inside = None if bbox is None else lines.within(bbox)
            wanted = (
                view
                for view in views
                if (level_of_service is None or view.level_of_service in level_of_service)
                and (state is None or view.state in state)
                and (route_id is None or not set(route_id).isdisjoint(view.link.route_ids))
                and (inside is None or view.link.link_id in inside)
            )
            return link_collection(wanted, judged_at, synthetic=services.synthetic, replay=services.replay)

        return answer(await run_in_threadpool(drawn), GEOJSON)

    @router.get("/incidents", response_class=Response, responses=described(IncidentList))
    def incidents(
        within: Annotated[Period, Depends(period)],
        state: Annotated[Literal["open", "closed"] | None, Query(description="Only these")] = None,
    ) -> Response:
        """Incidents: those open now, or with `from` and `to` all that were open at any time between.

        `state=closed` without a time means the last 24 hours. Times of one call span 31 days at most.
        """
        now = services.clock()
        if within.is_open and state != CLOSED:
            with metrics.query("live.incidents"):
                found = list(services.live.incidents())
        else:
            start, end = within.ends(now, INCIDENTS_FOR)
            with metrics.query("history.incidents_between"):
                found = services.history.incidents_between(start, end)
        items = [one for one in incident_items(found) if state is None or one.state == state]
        return answer(
            IncidentList(
                at=now,
                synthetic=services.synthetic or any(one.synthetic for one in items),
                replay=services.replay,
                known=known(tell_incidents, now),
                items=items,
            )
        )

    @router.get("/facilities", response_class=Response, responses=described(FacilityList))
    def facilities(
        kind: Annotated[Literal["parking", "charging"] | None, Query(description="Only these")] = None,
    ) -> Response:
        """Car parks and charging stations with what is free, as last told; judge by `state`."""
        now = services.clock()
        with metrics.query("live.facilities"):
            by_feed = services.live.facilities()
        items = [one for one in facility_items(by_feed, feeds, now) if kind in {None, one.kind}]
        return answer(
            FacilityList(
                at=now,
                synthetic=services.synthetic or any(one.synthetic for one in items),
                replay=services.replay,
                known=known(tell_facilities, now),
                items=items,
            )
        )

    return router
