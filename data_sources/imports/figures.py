"""Figures as people type them: Thai digits, separators, signs, units behind; and the words for none."""

import math
import re
import unicodedata
from datetime import datetime

from data_sources.feeds import codes
from data_sources.feeds.reading import Unusable
from data_sources.imports.workbook import Cell

MISSING = frozenset(
    {
        *("", "-", "--", "---", "–", "—", "−", ".", "..", "...", "…", "*"),
        *("na", "n/a", "n.a.", "#n/a", "nan", "null", "none", "nil", "no data", "not available", "missing"),
        *("ไม่มีข้อมูล", "ไม่มี", "ไม่ระบุ", "ไม่ทราบ", "รอข้อมูล", "ไม่ได้รายงาน", "อยู่ระหว่างดำเนินการ"),
    }
)
"""Words for no figure. None of them is zero: "ไม่มี" may mean either, and what is not sure is not zero."""

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_SPACES = re.compile(r"[\s\u200b\u200e\u200f\ufeff]+")
_FIGURE = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)"
    r"(?(open)\))(?P<unit>\s*(?:[%°฿(\[]|[^\W\d_]).*)?"
)


def plain(text: str) -> str:
    """Text with European digits and single spaces, without marks that nobody sees."""
    same = unicodedata.normalize("NFC", text.translate(_THAI_DIGITS)).replace("−", "-")
    return _SPACES.sub(" ", same).strip()


def read_figure(cell: Cell, *, decimal_comma: bool = False) -> tuple[float, str | None]:
    """The number, and the unit written behind it, if any. Raise Unusable: `value_missing` for an empty cell
    or a word for none, `value_unreadable` for anything else that is no number."""
    if cell is None:
        raise Unusable(codes.VALUE_MISSING, "the cell is empty")
    if isinstance(cell, datetime):
        raise Unusable(codes.VALUE_UNREADABLE, f"a date, {cell:%Y-%m-%d}, where a figure should stand")
    if isinstance(cell, float):
        if not math.isfinite(cell):
            raise Unusable(codes.VALUE_UNREADABLE, "not a finite number")
        return cell, None
    text = plain(cell)
    if is_missing(text):
        raise Unusable(codes.VALUE_MISSING, f"the sheet says that there is none: {cell[:40]!r}")
    if decimal_comma:
        text = text.replace(".", "").replace(",", ".")
    match = _FIGURE.fullmatch(re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text))
    if match is None:
        raise Unusable(codes.VALUE_UNREADABLE, f"{cell[:40]!r} is no number")
    value = float(match["number"].replace(",", ""))
    if not math.isfinite(value):
        raise Unusable(codes.VALUE_UNREADABLE, f"{cell[:40]!r} is no number")
    is_negative = match["sign"] == "-" or match["open"] is not None
    return -value if is_negative else value, (match["unit"] or "").strip() or None


def is_missing(text: str) -> bool:
    """Whether the text is a word for no figure."""
    return text.casefold() in MISSING


def looks_like_figure(cell: Cell) -> bool:
    """Whether the cell holds a number, however written."""
    try:
        read_figure(cell)
    except Unusable:
        return False
    return True
