"""A figure that came as a sheet leads to the sheet: two calls, and nothing of it is taken for a page."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from data_sources.imports.keeping import kept_file
from data_sources.model.feed import ImportRecord
from data_sources.model.observation import CITY_FEATURE, FILE_FEED, Observation
from data_sources.services import Services
from data_sources.stores.memory import MemoryHistory
from data_sources.text import load_texts
from tests.imports.sheets import horrible_book
from tests.indicators.builders import RIDERS
from tests.server.samples import NOW, BreakableLive, make_city

Ask = Callable[..., httpx.Response]
SHEET = "งวด,riders\nม.ค. 2568,12\n<script>alert(1)</script>,โทร 081-234-5678\n"


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, history: MemoryHistory) -> Services:
    city = make_city(tmp_path).model_copy(update={"indicators": (RIDERS,)})
    return Services(city=city, live=live, history=history, clock=lambda: NOW, texts=load_texts())


def hand_in(history: MemoryHistory, content: bytes, name: str, *properties: str, hours: float = 0) -> int:
    at = NOW - timedelta(hours=hours)
    record = ImportRecord(
        digest=name,
        file_name=name,
        feed_id=FILE_FEED,
        imported_at=at,
        accepted=1,
        corrected=0,
        unchanged=0,
        properties=properties,
    )
    number = history.record_import(record, kept_file(content, name, at))
    assert number is not None
    return number


@pytest.fixture
def told(history: MemoryHistory, live: BreakableLive) -> int:
    """Two sheets with one of them of the property; where this one is."""
    one = Observation(
        feed_id=FILE_FEED,
        feature_id=CITY_FEATURE,
        property_id="riders",
        value=12.0,
        unit="persons/day",
        observed_at=NOW - timedelta(days=1),
        received_at=NOW,
        period_s=RIDERS.cadence_s,
        cadence_s=RIDERS.cadence_s,
    )
    history.record_observations([one])
    live.put_observations(FILE_FEED, [one], [])
    hand_in(history, b"a,b\n", "other.csv", "visitors")
    return hand_in(history, SHEET.encode("cp874"), "จำนวน ผู้โดยสาร.csv", "riders", hours=2)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/indicators/MOB-01",
        "/api/v1/weekly/2026-W47/indicators/MOB-01",
        "/api/v1/observations/evidence?feature_id=city&property=riders&feed_id=files",
    ],
)
def test_evidence_of_a_figure_leads_to_the_sheet_that_told_it(ask: Ask, told: int, path: str) -> None:
    answer = ask("GET", path).json()
    assert [(one["payload_id"], one["file_name"]) for one in answer["payloads"]] == [
        (told, "จำนวน ผู้โดยสาร.csv")
    ]
    assert [one["payload_id"] for one in answer["changes"]] == [told]


def test_sheet_is_shown_as_text_whatever_its_encoding_and_without_personal_data(ask: Ask, told: int) -> None:
    shown = ask("GET", f"/api/v1/payloads/{told}")
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["content-disposition"].startswith("inline; filename*=UTF-8''%E0%B8%88")
    assert shown.text == SHEET.replace("081-234-5678", "***")


def test_workbook_is_saved_byte_for_byte_under_its_name(ask: Ask, history: MemoryHistory) -> None:
    content = horrible_book()
    number = hand_in(history, content, 'a "b".xlsx')
    saved = ask("GET", f"/api/v1/payloads/{number}")
    assert saved.content == content
    assert saved.headers["content-type"].endswith("spreadsheetml.sheet")
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''a%20%22b%22.xlsx"


def test_list_of_imports_leads_to_every_file_that_is_kept(ask: Ask, told: int) -> None:
    items: list[dict[str, Any]] = ask("GET", "/api/v1/imports").json()["items"]
    assert {one["file_name"]: (one["payload_id"], one["properties"]) for one in items} == {
        "other.csv": (told - 1, ["visitors"]),
        "จำนวน ผู้โดยสาร.csv": (told, ["riders"]),
    }
