"""What is kept of a file as evidence, and what of it is not."""

import csv
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from data_sources.imports.keeping import CSV_TYPE, XLSX_TYPE, kept_file, masked_cells
from data_sources.model.feed import Payload
from tests.imports.sheets import NOW, horrible_book, pack_sheet, saved

PHONE = "081-234-5678"


def kept(content: bytes) -> Payload:
    found = kept_file(content, "sheet", NOW)
    assert found is not None
    return found


def body(content: bytes) -> bytes:
    (only,) = kept(content).messages
    return only


def book(*cells: object) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    sheet: Any = made.active
    sheet.append(["เดือน", "visitors"])
    sheet.append(["ม.ค. 2568", 412_345.5])
    sheet.append(list(cells))
    return made


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (pack_sheet().read_bytes(), CSV_TYPE),
        ("งวด,visitors\nม.ค. 2568,๑๒๓\n".encode("cp874"), CSV_TYPE),
        ("งวด;visitors\nม.ค. 2568;123\n".encode("utf-16"), CSV_TYPE),
        (horrible_book(), XLSX_TYPE),
    ],
    ids=["utf-8", "tis-620", "utf-16", "xlsx"],
)
def test_file_is_kept_byte_for_byte_with_its_type(content: bytes, content_type: str) -> None:
    found = kept(content)
    assert found.messages == (content,)
    assert (found.content_type, found.file_name, found.received_at) == (content_type, "sheet", NOW)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\xd0\xcf\x11\xe0" + bytes(600),
        b"PK\x03\x04 cut off",
        b"x" * 20_000_001,
    ],
    ids=["nothing", "photo", "old Excel", "damaged", "too large"],
)
def test_what_cannot_be_looked_through_is_not_kept(content: bytes) -> None:
    assert kept_file(content, "any", NOW) is None


def test_zip_of_another_kind_is_not_kept() -> None:
    assert kept_file(with_part(b"", "photo.jpg", b"\xff\xd8"), "photos.zip", NOW) is None


def test_personal_data_in_text_are_masked_and_figures_are_not() -> None:
    text = f"งวด,บาท,ผู้รายงาน\nม.ค. 2568,66345678901,สมศรี โทร {PHONE} somsri@example.com\n"
    assert body(text.encode("cp874")).decode() == "งวด,บาท,ผู้รายงาน\nม.ค. 2568,66345678901,สมศรี โทร *** ***\n"


@pytest.mark.parametrize("figure", ["412345", "66345678901", "0.812345678", "2025-03-31", "123456789012"])
def test_figure_is_no_telephone_number(figure: str) -> None:
    assert masked_cells(f"{PHONE},{figure}") == f"***,{figure}"


@pytest.mark.parametrize(
    "cell", [f"โทร {PHONE}", "somsri@example.com", "1-1037-00123-45-6", 1_103_700_123_456]
)
def test_workbook_with_personal_data_is_kept_as_its_masked_cells(cell: object) -> None:
    found = kept(saved(book("ติดต่อ", cell)))
    assert found.content_type == CSV_TYPE
    rows = list(csv.reader(found.messages[0].decode().splitlines()))
    assert rows[1:3] == [["เดือน", "visitors"], ["ม.ค. 2568", "412345.5"]]
    assert "***" in rows[3][1]
    assert rows[3][1].replace("โทร ", "") == "***"


def test_comment_and_link_of_a_workbook_are_looked_through_too() -> None:
    commented, linked = book(), book()
    sheet: Any = commented.active
    sheet["B2"].comment = openpyxl.comments.Comment(f"ask {PHONE}", "officer")
    other: Any = linked.active
    other["A2"].hyperlink = "mailto:somsri@example.com"
    assert [kept(saved(one)).content_type for one in (commented, linked)] == [CSV_TYPE, CSV_TYPE]


def test_number_in_letters_of_two_looks_is_found() -> None:
    letters = CellRichText("081-234", TextBlock(InlineFont(b=True), "-5678"))
    found = kept(saved(book("x", letters)))
    assert found.content_type == CSV_TYPE
    assert b"x,***" in found.messages[0]


def test_workbook_with_a_macro_is_kept_as_its_cells() -> None:
    found = kept(with_part(saved(book("x")), "xl/vbaProject.bin", b"\x00"))
    assert found.content_type == CSV_TYPE
    assert b"412345.5" in found.messages[0]
