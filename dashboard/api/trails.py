"""`/api/v1/vehicles/{id}/trail`: where a vehicle has been."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboard.api.answers import answer
from dashboard.api.parameters import TEXT_MAX
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from data_sources.model.transit import VehiclePosition
from data_sources.services import Services
from data_sources.views.vehicles import newest_fixes, operators

TRAIL_MAX_MIN = 120
TRAILS_AT_ONCE = 2
"""A trail reads all fixes of its feed; more at a time would starve the live picture."""
SLICE = timedelta(minutes=1)
"""History is read in slices, so that memory holds the fleet's fixes of a minute only."""


class TrailPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the vehicle was; null where unknown."""

    lat: float
    lon: float
    observed_at: datetime
    speed_kmh: float | None
    bearing_deg: float | None
    route_id: str | None


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle's fixes, oldest first. `id` is that of the vehicles' list and of the stream."""

    id: str
    minutes: int
    synthetic: bool
    replay: bool
    items: list[TrailPoint]
    next: str | None = None


ANSWERS = (Trail,)


def trails_router(services: Services, metrics: Metrics) -> APIRouter:
    """The route of trails."""
    router = APIRouter(prefix=PREFIX, tags=["vehicles"])
    operator_of = operators(services.city.feeds)
    reading = asyncio.Semaphore(TRAILS_AT_ONCE)

    def feeds_of(vehicle: str) -> tuple[str, tuple[str, ...], bool]:
        """The source's own id, the feeds to ask, and whether the vehicle is in the live picture.

        Feeds of one operator share its vehicles: those that show this one now, else all of them.
        """
        feed_id, _, own_id = vehicle.partition(":")
        operator = operator_of.get(feed_id)
        if operator is None or not own_id:
            raise NotFound(f"no vehicle {vehicle!r} is known")
        with metrics.query("live.vehicles"):
            by_feed = services.live.positions()
        feed_ids = tuple(one for one, of in operator_of.items() if of == operator)
        showing = tuple(
            one for one in feed_ids if any(fix.vehicle_id == own_id for fix in by_feed.get(one, ()))
        )
        return own_id, showing or feed_ids, vehicle in newest_fixes(by_feed, operator_of)

    def fixes(vehicle: str, start: datetime, end: datetime) -> list[VehiclePosition]:
        own_id, feed_ids, is_known = feeds_of(vehicle)
        found = []
        with metrics.query("history.trail"):
            while start < end:
                until = min(start + SLICE, end)
                for feed_id in feed_ids:
                    passed = services.history.positions_between(start, until, feed_id)
                    found += [fix for fix in passed if fix.vehicle_id == own_id]
                start = until
        if not found and not is_known:
            raise NotFound(f"no vehicle {vehicle!r} is known")
        return found

    # A vehicle's id may hold a slash; an address gives it as %2F, which arrives as one.
    @router.get(
        "/vehicles/{vehicle:path}/trail",
        response_class=Response,
        responses=described(Trail, not_found="No vehicle of that id is known"),
    )
    async def trail(
        vehicle: Annotated[str, Path(max_length=TEXT_MAX, description="`id` of the list of vehicles")],
        minutes: Annotated[int, Query(ge=1, le=TRAIL_MAX_MIN, description="So many, up to now")] = 15,
    ) -> Response:
        """Where a vehicle has been in the last minutes, by the time of its fixes."""
        now = services.clock()
        async with reading:
            found = await run_in_threadpool(
                fixes, vehicle, now - timedelta(minutes=minutes), now + timedelta(microseconds=1)
            )
        newest = {fix.observed_at: fix for fix in found}
        return answer(
            Trail(
                id=vehicle,
                minutes=minutes,
                synthetic=services.synthetic or any(fix.synthetic for fix in found),
                replay=services.replay,
                items=[_point(newest[at]) for at in sorted(newest)],
            )
        )

    return router


def _point(fix: VehiclePosition) -> TrailPoint:
    return TrailPoint(
        lat=fix.lat,
        lon=fix.lon,
        observed_at=fix.observed_at,
        speed_kmh=fix.speed_kmh,
        bearing_deg=fix.bearing_deg,
        route_id=fix.route_id,
    )
