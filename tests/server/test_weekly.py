"""The week by the API, and the weekly page as a document of its own."""

import asyncio
import csv
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
import pytest

from dashboard.dash_app import create_app
from dashboard.server import Site, create_asgi
from dashboard.settings import Settings
from data_sources.catalogue import load_city
from data_sources.errors import StoreError
from data_sources.model.observation import Grain
from data_sources.services import Services
from data_sources.stores.base import SeriesRollups
from data_sources.stores.memory import MemoryChanges, MemoryHistory, MemoryLive
from data_sources.text import load_texts
from tests.builders import NOON
from tests.layouts.samples import PACK
from tests.weekly import fill

DEFAULTS: dict[str, Any] = {}


class Asked:
    """A site that is asked without a server."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def get(self, url: str, **more: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._site)
            async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
                return await client.get(url, headers={"Accept": "text/html"}, **more)

        return asyncio.run(once())


class HistoryThatMayBeAway(MemoryHistory):
    is_away = False

    def rollups(
        self, series_ids: Sequence[int], grain: Grain, start: datetime, end: datetime
    ) -> list[SeriesRollups]:
        if self.is_away:
            raise StoreError("no history")
        return super().rollups(series_ids, grain, start, end)


@pytest.fixture(scope="module")
def history() -> HistoryThatMayBeAway:
    return HistoryThatMayBeAway()


@pytest.fixture(scope="module")
def site(history: HistoryThatMayBeAway) -> Asked:
    city = load_city(PACK, {})
    fill(history, city)
    live = MemoryLive()
    services = Services(city=city, live=live, history=history, clock=lambda: NOON, texts=load_texts())
    settings = Settings(**DEFAULTS)
    return Asked(create_asgi(settings, services, MemoryChanges(live), create_app(settings, services)))


def test_figures_of_the_week_are_those_of_the_series_by_week(site: Asked) -> None:
    week = site.get("/api/v1/weekly/2026-W47").json()
    rows = [row for domain in week["domains"] for row in domain["rows"]]
    assert len(rows) > 5
    for row in rows:
        asked = {"grain": "week", "from": "2026-08-01T00:00:00Z", "to": "2026-11-23T00:00:00Z"}
        series = site.get(f"/api/v1/indicators/{row['key']}/series", params=asked).json()
        points = series["items"]
        assert points, row["key"]
        last = points[-1]
        assert (row["value"], row["status"], row["unit"]) == (
            last["value"],
            last.get("status"),
            series["unit"],
        )
        assert row["completeness"] == last["completeness"]
        if row["period"] is None:
            told = [value for value in row["line"] if value is not None]
            assert told == [point["value"] for point in points[-len(told) :]]


def test_evidence_of_a_week_tells_the_figure_of_the_week_and_that_of_now_apart(site: Asked) -> None:
    week = site.get("/api/v1/weekly/2026-W40").json()
    rows = [row for domain in week["domains"] for row in domain["rows"]]
    assert any(row["period"] for row in rows)
    for row in rows:
        told = site.get(f"/api/v1/weekly/2026-W40/indicators/{row['key']}").json()
        figure = told["week"]
        same = ("value", "says", "status", "change", "completeness", "min_completeness", "period", "class")
        assert {name: figure[name] for name in same} == {name: row[name] for name in same}
        assert (figure["start"], figure["end"]) == ("2026-09-28T00:00:00Z", "2026-10-05T00:00:00Z")
        assert figure["is_over"]
        assert told["item"]["value"] is None  # nothing is live here
        assert told["definition"] == site.get(f"/api/v1/indicators/{row['key']}").json()["definition"]
        assert all(one["observed_at"] <= figure["end"] for one in told["recent"])


def test_rows_behind_a_week_are_those_of_the_week(site: Asked) -> None:
    week = site.get("/api/v1/weekly/2026-W40").json()
    often = next(row for domain in week["domains"] for row in domain["rows"] if row["period"] is None)
    told = site.get(f"/api/v1/weekly/2026-W40/indicators/{often['key']}").json()
    rows = list(csv.DictReader(site.get(told["csv"]).content.decode("utf-8-sig").splitlines()))
    assert 7 <= len(rows) <= 168
    mean = sum(float(row["value"]) for row in rows) / len(rows)
    assert mean == pytest.approx(often["value"], rel=0.01)
    assert min(row["start"] for row in rows) >= "2026-09-28"
    assert max(row["start"] for row in rows) < "2026-10-05"


def test_evidence_of_no_such_week_or_indicator_is_not_found(site: Asked) -> None:
    key = site.get("/api/v1/indicators").json()["items"][0]["key"]
    assert site.get(f"/api/v1/weekly/2027-W01/indicators/{key}").status_code == 404
    assert site.get("/api/v1/weekly/2026-W40/indicators/XXX-99").status_code == 404


@pytest.mark.parametrize("week", ["2026-W54", "2027-W01", "2026-W48x", "1999-W01", "now"])
def test_week_that_is_not_there_is_not_found(site: Asked, week: str) -> None:
    assert site.get(f"/api/v1/weekly/{week}").status_code in {404, 422}
    assert site.get(f"/weekly/{week}").status_code == 404


def test_week_before_any_data_is_a_page_of_no_data(site: Asked) -> None:
    page = site.get("/weekly/2019-W02?lang=en")
    assert page.status_code == 200
    assert "no data" in page.text
    told = site.get("/api/v1/weekly/2019-W02").json()
    assert {row["value"] for domain in told["domains"] for row in domain["rows"]} == {None}


def test_weekly_page_is_whole_in_its_document_and_goes_without_dash(site: Asked) -> None:
    page = site.get("/weekly?lang=en").text
    assert "Week 47" in page
    assert page.count('class="week__row"') > 5
    for part in ("_dash-component-suites", "_dash-renderer", "react-entry-point", "<noscript>", "address.js"):
        assert part not in page
    assert "/assets/stream.js" in page


def test_weekly_page_stands_while_history_is_away(site: Asked, history: HistoryThatMayBeAway) -> None:
    history.is_away = True
    try:
        page = site.get("/weekly?lang=en")
        assert (page.status_code, "no data" in page.text) == (200, True)
        assert site.get("/api/v1/weekly/2026-W47").status_code == 503
    finally:
        history.is_away = False
