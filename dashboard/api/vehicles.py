"""`/api/v1/vehicles`: vehicles as GeoJSON, now or at any past minute; the same as GTFS-Realtime."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboard.api.answers import GEOJSON, answer
from dashboard.api.parameters import BadParameter, box, instant
from dashboard.api.schemas import PREFIX, described
from dashboard.compression import etag_matches, weak_etag
from dashboard.metrics import Metrics
from data_sources.measures.ghosts import REASON_NO_VEHICLE
from data_sources.model.city import Bounds
from data_sources.model.operations import OperationsPicture
from data_sources.model.transit import VehiclePosition, VehicleState
from data_sources.services import Services
from data_sources.views.gtfs_realtime import encode_vehicle_positions
from data_sources.views.missing import MissingVehicle, missing_now, missing_then
from data_sources.views.operations import is_usable, picture_state
from data_sources.views.vehicles import VehicleView, current_vehicles, operators

PROTOBUF = "application/x-protobuf"
PAST_PICTURES_AT_ONCE = 2
"""A past picture reads up to an hour of fixes; more at a time would starve the live ones."""

SLICE = timedelta(minutes=1)
"""History is read in slices, so that memory holds the fixes of a minute and not of an hour."""


class Point(msgspec.Struct, frozen=True, tag_field="type"):
    """A GeoJSON point: longitude, latitude in degrees, WGS 84."""

    coordinates: tuple[float, float]


class VehicleProperties(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a vehicle; null where unknown. `reason` says why a ghost is one: `silent`, seen
    and gone quiet; `no_vehicle`, owed by timetable or contract and never seen."""

    vehicle_id: str | None
    label: str | None
    route_id: str | None
    trip_id: str | None
    bearing_deg: float | None
    speed_kmh: float | None
    occupancy: str | None
    observed_at: datetime | None
    received_at: datetime | None
    feed_id: str | None
    state: VehicleState
    reason: str | None


class VehicleFeature(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """One vehicle. `id` is unique in the city and the one that the stream uses. No geometry: nobody knows
    where it is."""

    id: str
    geometry: Point | None
    properties: VehicleProperties


class VehicleCollection(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="FeatureCollection"):
    """Vehicles as they stood at `at`. `synthetic`: simulated data; `replay`: a recording."""

    at: datetime
    synthetic: bool
    replay: bool
    features: list[VehicleFeature]


def vehicles_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of vehicle positions."""
    router = APIRouter(prefix=PREFIX, tags=["vehicles"])
    operator_of = operators(services.city.feeds)
    limits = services.city.spec.vehicles
    past_pictures = asyncio.Semaphore(PAST_PICTURES_AT_ONCE)

    def missing(
        picture: OperationsPicture | None, seen: list[VehicleView], now: datetime
    ) -> list[MissingVehicle]:
        usable = picture is not None and is_usable(picture_state(picture, now))
        return missing_now(picture, seen) if picture is not None and usable else []

    def missed(seen: list[VehicleView], at: datetime) -> list[MissingVehicle]:
        minute = at.replace(second=0, microsecond=0)
        with metrics.query("history.service_minutes"):
            return missing_then(services.history.service_minutes(minute, minute + SLICE), seen)

    def judged(by_feed: dict[str, tuple[VehiclePosition, ...]], now: datetime) -> list[VehicleView]:
        return current_vehicles(
            by_feed, now=now, limits=limits, schedule=services.schedule, operator_of=operator_of
        )

    def live_picture() -> dict[str, tuple[VehiclePosition, ...]]:
        with metrics.query("live.vehicles"):
            return services.live.positions()

    def operations() -> OperationsPicture | None:
        with metrics.query("live.operations"):
            return services.live.operations()

    def past_picture(at: datetime) -> dict[str, tuple[VehiclePosition, ...]]:
        newest: dict[str, dict[str, VehiclePosition]] = {}
        end = at + timedelta(microseconds=1)  # a fix received at that very instant belongs to it
        oldest = at - timedelta(seconds=limits.forget_after_s)
        with metrics.query("history.positions_between"):
            while end > oldest:
                start = max(end - SLICE, oldest)
                for fix in services.history.positions_between(start, end):
                    known = newest.setdefault(fix.feed_id, {}).get(fix.vehicle_id)
                    if known is None or fix.observed_at > known.observed_at:
                        newest[fix.feed_id][fix.vehicle_id] = fix
                end = start
        return {feed_id: tuple(fixes.values()) for feed_id, fixes in newest.items()}

    @router.get("/vehicles", response_class=Response, responses=described(VehicleCollection, GEOJSON))
    async def vehicles(
        at: Annotated[datetime | None, Depends(instant)],
        bbox: Annotated[Bounds | None, Depends(box)],
        route_id: Annotated[list[str] | None, Query(description="Only these routes")] = None,
        state: Annotated[
            list[Literal["live", "late", "ghost"]] | None, Query(description="Only these states")
        ] = None,
    ) -> Response:
        """Every vehicle as GeoJSON: now from the live store, with `at` as it was known then.

        `live`: fix younger than the city's limit (90 s unless the pack says otherwise); `late`:
        older; `ghost`: expected and not seen, with `reason`. Ghosts that were never seen
        (`no_vehicle`) have no place, so no `bbox` holds them. A parameter may be repeated.
        """
        now = services.clock()
        if at is None:
            by_feed, picture = await run_in_threadpool(live_picture), await run_in_threadpool(operations)
            seen = judged(by_feed, now)
            ghosts = missing(picture, seen, now)
        elif at > now:
            raise BadParameter("at", "lies in the future")
        else:
            async with past_pictures:
                seen = judged(await run_in_threadpool(past_picture, at), at)
                ghosts = await run_in_threadpool(missed, seen, at)
        wanted = [
            vehicle
            for vehicle in seen
            if (route_id is None or vehicle.position.route_id in route_id)
            and (state is None or vehicle.state.value in state)
            and (bbox is None or bbox.contains(vehicle.position.lat, vehicle.position.lon))
        ]
        ghosts = [
            ghost
            for ghost in ghosts
            if bbox is None
            and (route_id is None or ghost.route_id in route_id)
            and (state is None or VehicleState.GHOST in state)
        ]
        return answer(collection(wanted, ghosts, at or now, services), GEOJSON)

    @router.get("/gtfs-rt/vehicle-positions", response_class=Response, responses=described(bytes, PROTOBUF))
    def vehicle_positions(request: Request) -> Response:
        """Live and late vehicles re-published as a GTFS-Realtime FeedMessage (full dataset).

        Ghosts are left out: a consumer would draw them where they are not. With `If-None-Match` the
        answer is 304 while no vehicle has news.
        """
        now = services.clock()
        by_feed = live_picture()
        seen = [view.position for view in judged(by_feed, now) if view.state is not VehicleState.GHOST]
        etag = weak_etag(msgspec.json.encode(seen))
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if etag_matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        return Response(encode_vehicle_positions(seen, now), media_type=PROTOBUF, headers=headers)

    return router


def collection(
    vehicles: Iterable[VehicleView], ghosts: Iterable[MissingVehicle], at: datetime, services: Services
) -> VehicleCollection:
    """GeoJSON of vehicles and of runs without one; `synthetic` also when any one of them is."""
    views, missing = list(vehicles), list(ghosts)
    marked = any(view.position.synthetic for view in views) or any(ghost.synthetic for ghost in missing)
    return VehicleCollection(
        at=at,
        synthetic=services.synthetic or marked,
        replay=services.replay,
        features=[*map(_feature, views), *map(_ghost, missing)],
    )


def _ghost(ghost: MissingVehicle) -> VehicleFeature:
    return VehicleFeature(
        id=ghost.id,
        geometry=None,
        properties=VehicleProperties(
            vehicle_id=None,
            label=None,
            route_id=ghost.route_id,
            trip_id=ghost.trip_id,
            bearing_deg=None,
            speed_kmh=None,
            occupancy=None,
            observed_at=None,
            received_at=None,
            feed_id=None,
            state=VehicleState.GHOST,
            reason=REASON_NO_VEHICLE,
        ),
    )


def _feature(view: VehicleView) -> VehicleFeature:
    fix = view.position
    return VehicleFeature(
        id=view.id,
        geometry=Point((fix.lon, fix.lat)),
        properties=VehicleProperties(
            vehicle_id=fix.vehicle_id,
            label=fix.label,
            route_id=fix.route_id,
            trip_id=fix.trip_id,
            bearing_deg=fix.bearing_deg,
            speed_kmh=fix.speed_kmh,
            occupancy=fix.occupancy,
            observed_at=fix.observed_at,
            received_at=fix.received_at,
            feed_id=fix.feed_id,
            state=view.state,
            reason=view.reason,
        ),
    )
