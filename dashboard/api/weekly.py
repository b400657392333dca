"""`/api/v1/weekly/{week}`: the city's week, as the weekly page shows it, and what stands behind it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from dashboard.api.answers import answer
from dashboard.api.evidence_answers import WeekEvidence
from dashboard.api.evidence_week import week_evidence
from dashboard.api.parameters import TEXT_MAX
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from dashboard.weekly import picture_of
from data_sources.services import Services
from data_sources.views.weekly import WeeklyPicture, week_of

ANSWERS = (WeeklyPicture, WeekEvidence)
Week = Annotated[str, Path(max_length=8, description="ISO 8601 week", examples=["2026-W47"])]


def weekly_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of the week."""
    router = APIRouter(prefix=PREFIX, tags=["indicators"])

    def monday_of(week: str) -> date:
        monday = week_of(week, services.clock(), services.city)
        if monday is None:
            raise NotFound(f"there is no week {week!r} to tell of")
        return monday

    @router.get(
        "/weekly/{week}",
        response_class=Response,
        responses=described(WeeklyPicture, not_found="No such week, or it has not begun"),
    )
    def weekly(week: Week) -> Response:
        """What stands for a local week of each headline indicator: the figures of
        `/indicators/{key}/series?grain=week`, how they changed on the week before, twelve weeks of them, and
        how complete they are. A week that is not over yet says so."""
        monday = monday_of(week)
        with metrics.query("history.weekly"):
            return answer(picture_of(services, monday))

    @router.get(
        "/weekly/{week}/indicators/{key}",
        response_class=Response,
        responses=described(WeekEvidence, not_found="No such week or indicator"),
    )
    def evidence(week: Week, key: Annotated[str, Path(max_length=TEXT_MAX)]) -> Response:
        """An indicator in a local week and the evidence behind that: as `/indicators/{key}`, but with the
        figure, inputs, values, refusals and rows of the week. `item` is the indicator as it stands now; of
        messages those that came last are kept, not those of the week."""
        monday = monday_of(week)
        spec = services.city.indicator(key)
        if spec is None:
            raise NotFound(f"the city has no indicator {key!r}")
        with metrics.query("live.indicators"):
            value = next((one for one in services.live.indicators() if one.key == key), None)
        with metrics.query("history.evidence"):
            return answer(week_evidence(services, spec, value, monday, services.clock()))

    return router
