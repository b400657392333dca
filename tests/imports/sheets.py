"""A city to hand sheets in to, and sheets as agencies make them."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

from dashboard.settings import BUNDLED_CITIES
from data_sources.catalogue import load_city
from data_sources.imports.handing_in import Outcome, hand_in
from data_sources.imports.planning import ImportPlan, plan_import
from data_sources.imports.spec import ImportSpec, read_imports
from data_sources.model.city import City
from data_sources.stores.base import HistoryStore

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@cache
def city() -> City:
    return load_city(BUNDLED_CITIES / "khon_kaen", {})


def pack_sheet() -> Path:
    return city().root / "data" / "shuttle_monthly.csv"


def plan(
    content: bytes | str, name: str = "sheet.csv", specs: Sequence[ImportSpec] | None = None
) -> ImportPlan:
    data = content.encode() if isinstance(content, str) else content
    return plan_import(data, name, city(), read_imports(city()) if specs is None else specs, NOW)


def handed_in(
    content: bytes | str, history: HistoryStore, now: datetime = NOW, name: str = "sheet.csv"
) -> Outcome:
    data = content.encode() if isinstance(content, str) else content
    return hand_in(plan(data, name), data, history, now)


def told(found: ImportPlan) -> dict[tuple[str, str], float]:
    """Values by property and the last local day of their period."""
    zone = city().zone
    return {
        (one.property_id, f"{one.observed_at.astimezone(zone):%Y-%m-%d}"): one.value
        for one in found.observations
    }


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def horrible_book() -> bytes:
    """Title rows, merged groups, Buddhist years, Thai digits, thousands, text in numbers, a row told twice,
    two values for one month, an empty column, a hidden row, totals, notes, and a sheet of something else."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "รายงาน"
    sheet["A1"] = "รายงานสถิติประจำปี"
    sheet.merge_cells("A1:F1")
    sheet["A2"] = "สำนักงานสถิติ (ตัวอย่าง)"
    sheet["A4"], sheet["B4"], sheet["D4"] = "เดือน", "ท่องเที่ยว", "การบิน"
    sheet.merge_cells("A4:A5")
    sheet.merge_cells("B4:C4")
    sheet["B5"], sheet["C5"] = "visitors", "hotel_occupancy (ร้อยละ)"
    sheet["F5"] = "airport_passengers (คน)"
    rows: list[tuple[Any, ...]] = [
        ("ม.ค. ๒๕๖๘", "๔๑๒,๓๔๕", "๖๑.๕", None, None, 141_200),
        ("กุมภาพันธ์ 2568", 398_777, 0.58, None, None, "ไม่มีข้อมูล"),
        ("มี.ค. 68", "ประมาณ 400,000", "-", None, None, "138,001"),
        ("เม.ย. 2568", 455_310, "66.2%", None, None, 150_102),
        ("เม.ย. 2568", 455_310, "66.2%", None, None, 150_102),
        ("พ.ค. 2568", 377_900, 59, None, None, 133_410),
        ("พ.ค. 2568", 377_901, 59, None, None, 133_410),
        (datetime(2025, 6, 1), 371_245, 140, None, None, None),
        ("เดือนหน้า", 1, 2, None, None, 3),
        ("ธ.ค. 2569", 5, 50, None, None, 3),
        ("รวม", 2_000_000, 60, None, None, 700_000),
        ("หมายเหตุ: ข้อมูลเบื้องต้น", None, None, None, None, None),
    ]
    for number, row in enumerate(rows, 6):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)
    sheet["C7"].number_format = "0%"
    sheet.row_dimensions[9].hidden = True
    other: Any = book.create_sheet("ติดต่อ")
    other["A1"] = "โทร"
    return saved(book)
