"""The FastAPI application: everything of the web process that is neither a page nor the stream."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response

from dashboard.api import (
    feed_health,
    indicators,
    ledger,
    lists,
    notifications,
    observations,
    operations,
    roads,
    trails,
    vehicles,
    weekly,
)
from dashboard.api.health import health_router
from dashboard.api.problems import NotFound, add_problem_answers
from dashboard.api.reference import reference_page
from dashboard.api.schemas import describe_answers
from dashboard.basemap import BaseMap
from dashboard.metrics import Metrics
from dashboard.network_http import NetworkFiles, network_router
from dashboard.plotly_http import plotly_router
from data_sources.services import Services

DESCRIPTION = """What this operations centre knows, for other systems.

Times are ISO 8601 with offset. Lists answer `items` and `next`. Simulated data says `synthetic`, \
a recording says `replay`. A bad parameter is answered with 422 and the reason."""

VERSION = "1.0"
"""Of the interface, not of the software: its first figure is that of the path /api/v1."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_api(services: Services, metrics: Metrics, lifespan: Lifespan) -> FastAPI:
    """The API, health, figures, base map and their description."""
    app = FastAPI(
        title=f"SCOPC, {services.city.spec.names.en}",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(vehicles.vehicles_router(services, metrics))
    app.include_router(trails.trails_router(services, metrics))
    app.include_router(roads.roads_router(services, metrics))
    app.include_router(operations.operations_router(services, metrics))
    app.include_router(indicators.indicators_router(services, metrics))
    app.include_router(observations.observations_router(services, metrics))
    app.include_router(ledger.ledger_router(services, metrics))
    app.include_router(feed_health.feed_health_router(services, metrics))
    app.include_router(weekly.weekly_router(services, metrics))
    app.include_router(lists.lists_router(services, metrics))
    app.include_router(notifications.notifications_router(services, metrics))
    app.include_router(health_router(services, metrics))
    app.include_router(_basemap_router(BaseMap(services.city)))
    app.include_router(network_router(NetworkFiles(services)))
    app.include_router(plotly_router())
    add_problem_answers(app)

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        """The API's description as a page."""
        return HTMLResponse(reference_page(request.app.openapi()))

    figures = (
        *indicators.ANSWERS,
        *observations.ANSWERS,
        *ledger.ANSWERS,
        *weekly.ANSWERS,
        *feed_health.ANSWERS,
    )
    answers = (*figures, *lists.ANSWERS, *trails.ANSWERS, *roads.ANSWERS, *operations.ANSWERS)
    describe_answers(app, [vehicles.VehicleCollection, *answers])
    app.add_middleware(GZipMiddleware, compresslevel=5, thread_minimum_size=32_768)
    return app


def _basemap_router(basemap: BaseMap) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/basemap/{name}")
    async def layer(name: str, request: Request) -> Response:
        """One layer of the base map."""
        answer = basemap.answer(name, request)
        if answer is None:
            raise NotFound(f"the base map has no layer {name!r}")
        return answer

    return router
