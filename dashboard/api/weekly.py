"""`/api/v1/weekly/{week}`: the city's week, as the weekly page shows it."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from dashboard.api.answers import answer
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from dashboard.weekly import picture_of
from data_sources.services import Services
from data_sources.views.weekly import WeeklyPicture, week_of

ANSWERS = (WeeklyPicture,)


def weekly_router(services: Services, metrics: Metrics) -> APIRouter:
    """The route of the week."""
    router = APIRouter(prefix=PREFIX, tags=["indicators"])

    @router.get(
        "/weekly/{week}",
        response_class=Response,
        responses=described(WeeklyPicture, not_found="No such week, or it has not begun"),
    )
    def weekly(
        week: Annotated[str, Path(max_length=8, description="ISO 8601 week", examples=["2026-W47"])],
    ) -> Response:
        """What stands for a local week of each headline indicator: the figures of
        `/indicators/{key}/series?grain=week`, how they changed on the week before, twelve weeks of them, and
        how complete they are. A week that is not over yet says so."""
        monday = week_of(week, services.clock(), services.city)
        if monday is None:
            raise NotFound(f"there is no week {week!r} to tell of")
        with metrics.query("history.weekly"):
            return answer(picture_of(services, monday))

    return router
