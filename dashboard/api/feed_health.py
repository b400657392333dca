"""`/api/v1/feeds/reporters`, `/feeds/{id}`, `/imports`: who is heard, what stands behind a feed, what came
as a file."""

from collections import defaultdict
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.responses import RedirectResponse, Response

from dashboard.api.answers import answer
from dashboard.api.feed_evidence import FeedEvidence, feed_evidence
from dashboard.api.parameters import TEXT_MAX
from dashboard.api.problems import NotFound
from dashboard.api.schemas import PREFIX, described
from dashboard.metrics import Metrics
from data_sources.model.feed import Rejected
from data_sources.model.observation import Series
from data_sources.services import Services
from data_sources.views.observations import place_names
from data_sources.views.reporters import Reporters, reporters

IMPORTS_MAX = 500
EXAMPLES_MAX = 5


class ReportersList(msgspec.Struct, frozen=True, kw_only=True):
    """Every feed of the pack with its reporters, in the pack's order."""

    synthetic: bool
    replay: bool
    items: list[Reporters]
    next: str | None = None


class ImportItem(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was handed in, and what became of its rows; `examples` are the first that were refused.
    `properties` are what it tells of, null where that is not known; `payload_id` leads to the file while it
    is kept."""

    digest: str
    file_name: str
    feed_id: str
    imported_at: datetime
    accepted: int
    corrected: int
    unchanged: int
    rejected: int
    examples: list[Rejected]
    properties: tuple[str, ...] | None
    payload_id: int | None


class ImportList(msgspec.Struct, frozen=True, kw_only=True):
    """Files handed in, the last first."""

    synthetic: bool
    replay: bool
    items: list[ImportItem]
    next: str | None = None


ANSWERS = (ReportersList, FeedEvidence, ImportList)


def feed_health_router(services: Services, metrics: Metrics) -> APIRouter:
    """The routes of how feeds do, beside their list and their ledger."""
    router = APIRouter(prefix=PREFIX, tags=["feeds"])
    city = services.city

    @router.get("/feeds/reporters", response_class=Response, responses=described(ReportersList))
    def all_reporters() -> Response:
        """Of each feed: how many stations, lamps, cameras are expected to report, how many are heard, and
        which are silent since when."""
        now = services.clock()
        with metrics.query("live.observations"):
            observations = services.live.observations()
            names = place_names(city, services.live.features())
        known: dict[str, list[Series]] = defaultdict(list)
        with metrics.query("history.series"):
            for one in services.history.series():
                known[one.feed_id].append(one)
        items = [
            reporters(feed, observations.get(feed.feed_id, ()), known[feed.feed_id], names, now)
            for feed in city.feeds
        ]
        return answer(ReportersList(synthetic=services.synthetic, replay=services.replay, items=items))

    @router.get(
        "/feeds/{feed_id}",
        response_class=Response,
        responses=described(FeedEvidence, not_found="The city has no feed of that id"),
    )
    def evidence(feed_id: Annotated[str, Path(max_length=TEXT_MAX)]) -> Response:
        """A feed and what stands behind its state: its month, its reporters, what was refused with examples,
        files handed in for it, and its last message."""
        feed = city.feed(feed_id)
        if feed is None:
            raise NotFound(f"the city has no feed {feed_id!r}")
        with metrics.query("history.feed_evidence"):
            return answer(feed_evidence(services, feed, services.clock()))

    @router.get("/feeds/{feed_id}/payload", status_code=HTTPStatus.TEMPORARY_REDIRECT)
    def payload(feed_id: Annotated[str, Path(max_length=TEXT_MAX)]) -> RedirectResponse:
        """The feed's last message as it came: leads to `/payloads/{id}`."""
        with metrics.query("history.latest_message"):
            last = services.history.latest_message(feed_id) if city.feed(feed_id) else None
        if last is None:
            raise NotFound(f"no message of feed {feed_id!r} is kept")
        return RedirectResponse(f"{PREFIX}/payloads/{last.payload_id}")

    @router.get("/imports", response_class=Response, responses=described(ImportList))
    def imports(
        limit: Annotated[int, Query(ge=1, le=IMPORTS_MAX, description="At most so many")] = 100,
    ) -> Response:
        """Sheets that agencies handed in: rows taken, corrected, unchanged and refused."""
        with metrics.query("history.imports"):
            records = services.history.imports(limit)
        items = [
            ImportItem(
                digest=one.digest,
                file_name=one.file_name,
                feed_id=one.feed_id,
                imported_at=one.imported_at,
                accepted=one.accepted,
                corrected=one.corrected,
                unchanged=one.unchanged,
                rejected=len(one.rejected),
                examples=list(one.rejected[:EXAMPLES_MAX]),
                properties=one.properties,
                payload_id=one.payload_id,
            )
            for one in records
        ]
        return answer(ImportList(synthetic=services.synthetic, replay=services.replay, items=items))

    return router
