"""`/api/v1/operations`, `/stops/{stop_id}/arrivals`, `/service`: how the transit service stands."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from dashboard.api.answers import answer
from dashboard.api.parameters import TEXT_MAX, DayRange, day_range
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from data_sources.measures.freshness import Freshness, vehicle_state
from data_sources.measures.patterns import RoutePlan
from data_sources.measures.service_contract import Charging, DayPerformance, charging_now
from data_sources.model.operations import PredictionAccuracy, RouteState
from data_sources.model.transit import VehiclePosition, VehicleState
from data_sources.services import Services
from data_sources.views.operations import PASSAGES_FOR, StopBoard, picture_state, stop_board
from data_sources.views.service_days import ServiceDays
from data_sources.views.stops import stop_names
from data_sources.views.vehicles import newest_fixes, operators


class RouteItem(RouteState, frozen=True, kw_only=True, omit_defaults=False):
    """A line as it stands, and the batteries of its vehicles that are not ghosts. In `spacings` and
    `progress` what is not known is left out."""

    batteries: Charging


class OperationsList(msgspec.Struct, frozen=True, kw_only=True):
    """Lines as ingest worked them out at `at`; `state` says how far that can be relied on: `missing`
    before the first time. `accuracy`: how wrong arrivals were, by line and horizon."""

    at: datetime | None
    state: Freshness
    synthetic: bool
    replay: bool
    items: list[RouteItem]
    accuracy: list[PredictionAccuracy]
    next: str | None = None


class ServiceList(msgspec.Struct, frozen=True, kw_only=True):
    """Performance by line and local day, days in order. `source` is the contract's, null without one."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")
    synthetic: bool
    replay: bool
    source: str | None
    items: list[DayPerformance]
    next: str | None = None


ANSWERS = (OperationsList, StopBoard, ServiceList)


def operations_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of transit operations."""
    router = APIRouter(prefix=PREFIX, tags=["operations"])
    city, schedule, plans = services.city, services.schedule, services.plans
    operator_of = operators(city.feeds)
    vehicle = services.service.vehicle if services.service else None
    days = None
    if schedule is not None:
        days = ServiceDays(schedule, plans, city.spec.operations, services.service)

    def batteries(fixes: list[VehiclePosition], plan: RoutePlan | None) -> Charging:
        way = plan.round if plan else None
        round_km = sum(pattern.length_m for pattern in way.patterns) / 1000 if way else None
        return charging_now(fixes, vehicle, round_km)

    @router.get("/operations", response_class=Response, responses=described(OperationsList))
    def operations() -> Response:
        """Every line now: vehicles owed and in service, spacing, evenness, ghosts, batteries.

        `in_service` and `ghosts` are null when no position feed of the line is up: unknown, not zero.
        """
        now = services.clock()
        with metrics.query("live.operations"):
            picture = services.live.operations()
            by_feed = services.live.positions()
        by_route: dict[str | None, list[VehiclePosition]] = {}
        for fix in newest_fixes(by_feed, operator_of).values():
            if vehicle_state(fix.observed_at, now, city.spec.vehicles) is not VehicleState.GHOST:
                by_route.setdefault(fix.route_id, []).append(fix)
        items = [
            RouteItem(
                **{name: getattr(state, name) for name in state.__struct_fields__},
                batteries=batteries(by_route.get(state.route_id, []), plans.get(state.route_id)),
            )
            for state in (picture.routes if picture else ())
        ]
        return answer(
            OperationsList(
                at=picture.at if picture else None,
                state=picture_state(picture, now),
                synthetic=services.synthetic or (picture is not None and picture.synthetic),
                replay=services.replay,
                items=items,
                accuracy=list(picture.accuracy) if picture else [],
            )
        )

    # A stop's id may hold a slash; an address gives it as %2F, which arrives as one.
    @router.get(
        "/stops/{stop_id:path}/arrivals",
        response_class=Response,
        responses=described(StopBoard, not_found="The schedule has no stop of that id"),
    )
    def arrivals(stop_id: Annotated[str, Path(max_length=TEXT_MAX)]) -> Response:
        """Next arrivals at a stop with what they rest on and how far such ones were off, and the
        passages of the last two hours with the headways between them."""
        if schedule is None or stop_id not in schedule.stops:
            raise NotFound(f"the schedule has no stop {stop_id!r}")
        now = services.clock()
        with metrics.query("live.operations"):
            picture = services.live.operations()
        with metrics.query("history.passages_between"):
            passages = services.history.passages_between(now - PASSAGES_FOR, now, stop_id=stop_id)
        board = stop_board(
            stop_id,
            stop_names(schedule, stop_id),
            picture,
            passages,
            now,
            synthetic=services.synthetic,
            replay=services.replay,
        )
        return answer(board)

    @router.get("/service", response_class=Response, responses=described(ServiceList))
    def service(asked: Annotated[DayRange, Depends(day_range)]) -> Response:
        """What the operator owed and what positions showed, by line and local day, with how complete
        the observation was; by hour, riders against seats in whole vehicles. Default: today.

        31 days at most. Below 75 % of the minutes observed the verdict is `insufficient`.
        """
        now = services.clock()
        first, last = asked.ends(now.astimezone(city.zone).date())
        items = []
        if days is not None:
            with metrics.query("history.service_days"):
                items = days.performance(services.history, first, last, now)
        return answer(
            ServiceList(
                first=first,
                last=last,
                synthetic=services.synthetic or any(one.synthetic for one in items),
                replay=services.replay,
                source=services.service.source if services.service else None,
                items=items,
            )
        )

    return router
