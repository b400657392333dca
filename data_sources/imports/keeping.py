"""What is kept of a file as evidence: its bytes; or, where they hold personal data, what the sheets say
without these. Pure.

Thailand's Personal Data Protection Act, B.E. 2562, section 22: no more is collected than the purpose needs.
Names cannot be told from other words and stay.
"""

import csv
import io
import re
import zipfile
from datetime import datetime

from data_sources.feeds.personal import masked
from data_sources.imports.workbook import (
    FILE_MAX_BYTES,
    ZIP_MARK,
    Cell,
    Sheet,
    check_archive,
    decoded,
    read_sheets,
)
from data_sources.model.feed import Payload

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKBOOK = "xl/workbook.xml"
_ACTIVE = ("vbaproject", "activex", "/embeddings/", "/externallinks/", "/ctrlprops/")
"""Parts that do something when a workbook is opened, or lead out of it: nobody is given these."""
_RUN = re.compile(
    rb"</?(?:\w+:)?(?:r|t|rPr|b|i|u|strike|sz|color|rFont|family|charset|scheme|vertAlign)(?:\s[^>]*)?/?>"
)
"""Markup within the text of one cell, whose letters may look different in parts."""
_MARKUP = re.compile(rb"<[^>]*>")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CELL = re.compile(r'[^,;\t\r\n"]+')
_FIGURE = re.compile(r"\s*[1-9]\d{0,11}(\.\d+)?\s*")
"""A number as programs write it, which may look like one of a telephone; those begin with 0 or +, and a
citizen's id has thirteen digits."""


def kept_file(content: bytes, file_name: str, now: datetime) -> Payload | None:
    """The file as it is kept: its bytes, unless they hold e-mail addresses, telephone, citizen's or Line ids
    (masked in text; of a workbook the masked cells as CSV) or parts that run (of a workbook the cells as
    CSV). None for what cannot be looked through: neither text nor a workbook that opens, or too large."""
    if not content or len(content) > FILE_MAX_BYTES:
        return None
    try:
        shown = _workbook(content) if content.startswith(ZIP_MARK) else _text(content)
    except Exception:
        # zipfile raises whatever its parts raise: BadZipFile, zlib.error, RuntimeError (encrypted), ...
        return None
    if shown is None:
        return None
    body, content_type = shown
    return Payload(messages=(body,), received_at=now, content_type=content_type, file_name=file_name)


def _text(content: bytes) -> tuple[bytes, str] | None:
    text = decoded(content)
    if _CONTROL.search(text):
        return None
    hidden = masked_cells(text)
    return (content if hidden == text else hidden.encode()), CSV_TYPE


def _workbook(content: bytes) -> tuple[bytes, str] | None:
    check_archive(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if _WORKBOOK not in names:
            return None
        runs = any(active in name.casefold() for name in names for active in _ACTIVE)
        if not runs and not any(_tells_of_people(archive, name) for name in names):
            return content, XLSX_TYPE
    return masked_cells(_as_csv(read_sheets(content))).encode(), CSV_TYPE


def _tells_of_people(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a text of the part holds personal data: a cell, a comment, a drawing, the address of a link."""
    if name.endswith(".rels"):
        return b"mailto:" in archive.read(name).lower()
    if not name.endswith((".xml", ".vml")):
        return False
    told = _MARKUP.sub(b"\n", _RUN.sub(b"", archive.read(name))).decode("utf-8", "replace")
    return masked_cells(told) != told


def masked_cells(text: str) -> str:
    """The text with what tells of people masked, cell by cell; plain figures stay."""
    if not masked(text)[1]:
        return text
    return _CELL.sub(lambda cell: cell[0] if _FIGURE.fullmatch(cell[0]) else masked(cell[0])[0], text)


def _as_csv(sheets: list[Sheet]) -> str:
    """All sheets as one text, each under its name."""
    out = io.StringIO()
    writer = csv.writer(out)
    for sheet in sheets:
        writer.writerow([f"[{sheet.name}]"])
        writer.writerows([_told(cell) for cell in row] for row in sheet.rows)
    return out.getvalue()


def _told(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == datetime.min.time() else cell.isoformat(" ")
    return f"{cell:.15g}" if isinstance(cell, float) else cell
