"""Bytes of a CSV or XLSX file as sheets of cells. What a file is, its content tells and not its name."""

import csv
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from data_sources.errors import FeedContentError
from data_sources.imports import codes
from data_sources.rules import Rule

Cell = str | float | datetime | None
"""What a cell holds: whole numbers are floats too, an empty cell is None, a date without time a datetime
at midnight."""

FILE_MAX_BYTES = 20_000_000
UNPACKED_MAX_BYTES = 200_000_000
CELLS_MAX = 1_000_000
"""Beyond these it is no sheet of figures: 60 indicators by the day for forty years are 900,000 cells."""
COLUMNS_MAX = 1_000
"""Two years of days across, and some."""
ZIP_MARK = b"PK\x03\x04"
"""How an Excel file of today begins: it is a zip file."""
SNIFFED_LINES = 60
DELIMITERS = (",", ";", "\t")
_OLE = b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|table)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows` begin with row 1; `hidden` are the numbers of rows that a reader does not see."""

    name: str
    rows: list[list[Cell]]
    hidden: frozenset[int] = frozenset()


def read_sheets(content: bytes) -> list[Sheet]:
    """The sheets of a file, a CSV's single one without a name. FeedContentError when it is unusable."""
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise _refused(codes.EMPTY_BODY, "the file is empty")
    if len(content) > FILE_MAX_BYTES:
        raise _refused(codes.TOO_LARGE, f"{len(content)} bytes, limit {FILE_MAX_BYTES}")
    if content.startswith(ZIP_MARK):
        return _read_xlsx(content)
    if content.startswith(_OLE):
        raise _refused(codes.OLD_EXCEL, "an old or locked Excel file; save it as .xlsx without password")
    if _HTML.match(content):
        raise _refused(codes.HTML_PAGE, "a web page, not a sheet; save it as .xlsx or .csv")
    return [Sheet("", _read_csv(decoded(content)))]


def _refused(rule: Rule, detail: str) -> FeedContentError:
    return FeedContentError(rule.code, detail)


def decoded(content: bytes) -> str:
    """Text of a CSV file, FeedContentError where there is none. UTF-16 by its mark or its zeros; else each
    line UTF-8 or, where it is not, Windows-874, which holds TIS-620: sheets put together from several have
    both."""
    zeros = content[:2000].count(0)
    try:
        if content.startswith(_UTF16):
            return content.decode("utf-16")
        if zeros > len(content[:2000]) / 5:
            odd = content[1:2000:2].count(0)
            return content.decode("utf-16-le" if odd * 2 > zeros else "utf-16-be")
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        text = "\n".join(_line(line) for line in lines)
    except UnicodeDecodeError as error:
        raise _refused(codes.NOT_TEXT, "neither text in UTF-8, UTF-16 or TIS-620 nor .xlsx") from error
    if "\0" in text:
        raise _refused(codes.NOT_TEXT, "not text: it holds zero bytes")
    return text


def _line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp874")


def _read_csv(text: str) -> list[list[Cell]]:
    head = "\n".join(text.splitlines()[:SNIFFED_LINES])
    delimiter = max(DELIMITERS, key=lambda one: _tabular(head, one))
    rows: list[list[Cell]] = []
    cells = 0
    try:
        for fields in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append([field.strip() or None for field in fields])
            cells += len(fields)
            if cells > CELLS_MAX or len(fields) > COLUMNS_MAX:
                raise _refused(codes.TOO_LARGE, f"more than {CELLS_MAX} cells or {COLUMNS_MAX} columns")
    except csv.Error as error:
        raise _refused(codes.NOT_TEXT, f"not a table of text: {error}") from error
    return rows


def _tabular(head: str, delimiter: str) -> int:
    """How much of the beginning looks like a table with this delimiter: cells of the commonest width."""
    try:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
    except csv.Error:
        return 0
    return max(((width - 1) * count for width, count in widths.items()), default=0)


def _read_xlsx(content: bytes) -> list[Sheet]:
    import openpyxl

    try:
        check_archive(content)
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        return [_sheet(one) for one in book.worksheets]
    except FeedContentError:
        raise
    except Exception as error:
        # openpyxl raises whatever its parts raise: KeyError, ValueError, BadZipFile, ParseError, ...
        raise _refused(codes.NOT_XLSX, "the Excel file is damaged, or of another kind") from error


def check_archive(content: bytes) -> None:
    """Raise FeedContentError for what would be too large when unpacked, or defines entities."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > UNPACKED_MAX_BYTES:
            raise _refused(codes.TOO_LARGE, f"more than {UNPACKED_MAX_BYTES} bytes when unpacked")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as opened:
                    if b"<!doctype" in opened.read(1024).lower():
                        raise _refused(codes.XML_DOCTYPE, f"{part.filename} has a document type")


def _sheet(source: Any) -> Sheet:
    if source.max_row * source.max_column > CELLS_MAX or source.max_column > COLUMNS_MAX:
        reach = f"row {source.max_row}, column {source.max_column}"
        raise _refused(codes.TOO_LARGE, f"sheet {source.title!r} reaches to {reach}; delete what is beyond")
    rows = [[_cell(cell) for cell in row] for row in source.iter_rows()]
    for merged in source.merged_cells.ranges:
        # A text stands for all cells that it covers; a number is one figure and stays where it is.
        told = rows[merged.min_row - 1][merged.min_col - 1]
        if isinstance(told, str):
            for row in rows[merged.min_row - 1 : merged.max_row]:
                row[merged.min_col - 1 : merged.max_col] = [told] * (merged.max_col - merged.min_col + 1)
    hidden = frozenset(
        number
        for number, size in source.row_dimensions.items()
        if size.hidden and number <= len(rows) and any(cell is not None for cell in rows[number - 1])
    )
    return Sheet(str(source.title), rows, hidden)


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - local, like all cells
    if isinstance(value, int | float) and not isinstance(value, bool):
        if "%" in str(cell.number_format):
            return f"{round(value * 100, 9)!r}%"
        return float(value)
    return str(value).strip() or None
