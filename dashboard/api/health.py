"""`/healthz`, `/readyz`, `/metrics`: for whoever runs the installation."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from dashboard.metrics import Metrics
from data_sources.errors import StoreError
from data_sources.model.feed import FeedStatus
from data_sources.services import Services
from data_sources.views.feeds import is_known


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the installation can be used, and if not, all the reasons."""

    ready: bool
    reasons: list[str]


def health_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of health and figures."""
    router = APIRouter(tags=["operation"], include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        """200 while the process lives: asks nobody else."""
        return _json({"alive": True})

    @router.get("/readyz")
    def readyz() -> Response:
        """200 when both stores answer and the state of every feed is known, else 503 with reasons."""
        reasons = not_ready(services)
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        return _json(Readiness(ready=not reasons, reasons=reasons), status)

    @router.get("/metrics")
    def figures() -> Response:
        """Figures in Prometheus' text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

    return router


def not_ready(services: Services) -> list[str]:
    """Why the installation cannot be used yet; empty when it can. A dead agency is no reason: its
    feed has a state, and the state says so."""
    reasons: list[str] = []
    statuses: dict[str, FeedStatus] = {}
    stores: tuple[tuple[str, Callable[[], None], Callable[[], dict[str, FeedStatus]]], ...] = (
        ("history", services.history.ping, services.history.feed_statuses),
        ("live", services.live.ping, services.live.feed_statuses),
    )
    for name, ping, feed_statuses in stores:
        try:
            ping()
            statuses |= feed_statuses()
        except StoreError:
            reasons.append(f"{name} store does not answer")
    unknown = [feed.feed_id for feed in services.city.feeds if not is_known(feed, statuses)]
    reasons.extend(f"feed {feed_id}: state not known yet" for feed_id in unknown)
    return reasons


def _json(answer: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(
        msgspec.json.encode(answer),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
