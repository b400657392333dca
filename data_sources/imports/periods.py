"""Periods as people type them: months by name, Buddhist years, fiscal quarters, dates, Excel's serials.

Two digits stand for the one year, common or Buddhist, that has been since 2000; a date such as 3/4/2025,
which is one thing in Thailand and another in America, is read only where its column tells which.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from data_sources.feeds.clock_texts import BUDDHIST_OFFSET
from data_sources.feeds.reading import Unusable
from data_sources.imports import codes
from data_sources.imports.figures import plain
from data_sources.imports.workbook import Cell

PeriodGrain = Literal["instant", "day", "week", "month", "quarter", "year"]
DateOrder = Literal["day_first", "month_first"]

FIRST_YEAR = 1950
LAST_YEAR = 2100
BUDDHIST_FROM = 2400
TWO_DIGITS_SINCE = 2000
SERIAL_DAYS = ((20_000.0, 80_000.0), (200_000.0, 330_000.0))
"""Excel's serials from 1954 to 2119, and of Buddhist years typed as common ones (2447 to 2803)."""
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - local, like all cells
FISCAL_FIRST_MONTH = 10
"""Thailand's fiscal year begins in October of the year before (Budget Procedures Act B.E. 2561)."""

_NAMES = (
    ("มกราคม", "ม.ค.", "january", "jan"),
    ("กุมภาพันธ์", "ก.พ.", "february", "feb"),
    ("มีนาคม", "มี.ค.", "march", "mar"),
    ("เมษายน", "เม.ย.", "april", "apr"),
    ("พฤษภาคม", "พ.ค.", "may"),
    ("มิถุนายน", "มิ.ย.", "june", "jun"),
    ("กรกฎาคม", "ก.ค.", "july", "jul"),
    ("สิงหาคม", "ส.ค.", "august", "aug"),
    ("กันยายน", "ก.ย.", "september", "sept", "sep"),
    ("ตุลาคม", "ต.ค.", "october", "oct"),
    ("พฤศจิกายน", "พ.ย.", "november", "nov"),
    ("ธันวาคม", "ธ.ค.", "december", "dec"),
)
_MONTH_OF = {name.replace(".", ""): month for month, names in enumerate(_NAMES, 1) for name in names}
_MONTH = "|".join(
    re.escape(name).replace(r"\.", r"\.?\s?")
    for name in sorted((name for names in _NAMES for name in names), key=len, reverse=True)
)
_FISCAL = re.compile(r"ปี\s?งบประมาณ|งบประมาณ|ปีงบ|fiscal\s?year|\bfy\s?(?=\d)")
_NOISE = re.compile(
    r"พ\.?\s?ศ\.?|ค\.?\s?ศ\.?(?=\s?\d)|"
    r"\bb\.?e\.?(?![a-z])|\ba\.?d\.?(?![a-z])|ประจำ|เดือน|วันที่|ปี|\byear\b|\bmonth of\b"
)
_QUARTER = re.compile(r"(?:ไตรมาส\s?(?:ที่)?|quarter|q)\s?([1-4])(?:\s?[/,-]?\s?(\d{4}|\d{2}))?")
_YEAR_QUARTER = re.compile(r"(\d{4})\s?[-/]?\s?(?:q|ไตรมาส\s?(?:ที่)?)\s?([1-4])|([1-4])q\s?(\d{4}|\d{2})")
_WEEK = re.compile(r"(\d{4})-?w(\d{1,2})")
_NAMED = re.compile(rf"(?:(\d{{1,2}})[\s/-]?)?({_MONTH})(?:[\s/,.'-]*(\d{{4}}|\d{{2}}))?")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ](\d{1,2})[:.](\d{2})(?::\d{2}(?:\.\d+)?)?)?")
_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?: (\d{1,2})[:.](\d{2})(?::\d{2})?)?")
_YEAR_MONTH = re.compile(r"(\d{4})[-/.]?(\d{2})|(\d{4})[-/.](\d)")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4}|\d{2})")
_YEAR = re.compile(r"\d{4}(?:\.0+)?")


@dataclass(frozen=True, slots=True)
class YearTold:
    """A year told elsewhere: over the months, in the title. Months of a fiscal one begin in October."""

    year: int
    is_fiscal: bool = False

    def of_month(self, month: int) -> int:
        """The common year in which the month lies."""
        return self.year - (self.is_fiscal and month >= FISCAL_FIRST_MONTH)


@dataclass(frozen=True, slots=True)
class Span:
    """A period: local times, the end outside; an instant has no length."""

    start: datetime
    end: datetime
    grain: PeriodGrain


@dataclass(frozen=True, slots=True)
class Habits:
    """What the other cells of a column tell of its dates. `until_year`: the last year that has been."""

    until_year: int
    order: DateOrder | None = None
    is_monthly: bool = False


def habits_of(cells: Iterable[Cell], until_year: int, *, is_monthly: bool = False) -> Habits:
    """How a column writes its dates: which of day and month comes first, and whether the dates stand for
    months, being all first or all last days (several of them, or among months)."""
    told = list(cells)
    pairs = [match for cell in told if isinstance(cell, str) if (match := _DATE.fullmatch(_plain(cell)))]
    day_first = any(int(match[1]) > 12 or _is_buddhist(match[3]) for match in pairs)
    month_first = any(int(match[2]) > 12 for match in pairs)
    order: DateOrder | None = None
    if day_first != month_first:
        order = "day_first" if day_first else "month_first"
    habits = Habits(until_year, order)
    spans = set()
    for cell in told:
        try:
            spans.add(read_period(cell, habits))
        except Unusable:
            continue
    days = [span for span in spans if span.grain == "day"]
    has_company = len(days) > 1 or any(span.grain == "month" for span in spans)
    is_edge = all(span.start.day == 1 for span in days) or all(span.end.day == 1 for span in days)
    monthly = bool(days) and has_company and is_edge
    return Habits(until_year, order, is_monthly or monthly)


def read_period(cell: Cell, habits: Habits, year: YearTold | None = None) -> Span:
    """The period that a cell tells; `year` completes a month or quarter that tells none. Raise Unusable:
    `period_unreadable`, `period_ambiguous`."""
    try:
        span = _read(cell, habits, year)
    except (ValueError, OverflowError) as error:
        raise Unusable(codes.PERIOD_UNREADABLE, f"{str(cell)[:40]!r} is no period: {error}") from error
    if span is None:
        raise Unusable(codes.PERIOD_UNREADABLE, f"{str(cell)[:40]!r} is no period")
    return _month(span.start.year, span.start.month) if habits.is_monthly and span.grain == "day" else span


def year_told(cell: Cell, habits: Habits) -> YearTold | None:
    """The year that a heading or title tells, as in "ประจำปีงบประมาณ พ.ศ. 2568"; None for none or several."""
    if isinstance(cell, float):
        cell = f"{cell:.0f}"
    if not isinstance(cell, str):
        return None
    text = plain(cell).casefold()
    found = {
        year
        for one in re.findall(r"(?<![\d/.-])\d{4}(?![\d/.-])", text)
        if (year := _plausible_year(int(one)))
    }
    return YearTold(found.pop(), bool(_FISCAL.search(text))) if len(found) == 1 else None


def month_told(cell: Cell) -> int | None:
    """The month of a cell that holds a month's name, or its number, and nothing else."""
    if isinstance(cell, float):
        return int(cell) if cell in range(1, 13) else None
    if not isinstance(cell, str):
        return None
    text = _plain(cell)
    match = _NAMED.fullmatch(text)
    if match and match[1] is None and match[3] is None:
        return _month_number(match[2])
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= 12 else None


def _plain(text: str) -> str:
    return _NOISE.sub("", plain(text).casefold()).strip(" :,")


def _read(cell: Cell, habits: Habits, year: YearTold | None) -> Span | None:
    if isinstance(cell, datetime):
        return _at(cell if cell.year < BUDDHIST_FROM else _common(cell))
    if isinstance(cell, float):
        for low, high in SERIAL_DAYS:
            if low <= cell < high:
                at = _EXCEL_EPOCH + timedelta(days=cell)
                return _at(at if at.year < BUDDHIST_FROM else _common(at))
        cell = f"{cell:.0f}" if cell.is_integer() else None
    if cell is None:
        return None
    whole = plain(cell).casefold()
    is_fiscal = bool(_FISCAL.search(whole))
    text = _plain(_FISCAL.sub(" ", whole))
    month = month_told(text)
    if month is not None:
        return None if year is None else _month(year.of_month(month), month)
    return _by_name(text, habits, year, is_fiscal) or _by_number(text, habits, is_fiscal)


def _by_name(text: str, habits: Habits, year: YearTold | None, is_fiscal: bool) -> Span | None:
    """A quarter, a week, or whatever has a month's name in it."""
    quarter, own_year = None, None
    if match := _QUARTER.fullmatch(text):
        quarter, own_year = int(match[1]), match[2]
    elif match := _YEAR_QUARTER.fullmatch(text):
        quarter, own_year = int(match[2] or match[3]), match[1] or match[4]
    if quarter is not None:
        told = YearTold(_year(own_year, habits), is_fiscal) if own_year else year
        return None if told is None else _quarter(told, quarter)
    if match := _WEEK.fullmatch(text):
        start = datetime.strptime(f"{_year(match[1], habits)} {match[2]} 1", "%G %V %u")  # noqa: DTZ007
        return Span(start, start + timedelta(days=7), "week")
    if match := _NAMED.fullmatch(text):
        month = _month_number(match[2])
        if match[3] is None:
            return None
        number = YearTold(_year(match[3], habits), is_fiscal).of_month(month)
        return _month(number, month) if match[1] is None else _day(number, month, int(match[1]))
    return None


def _by_number(text: str, habits: Habits, is_fiscal: bool) -> Span | None:
    """Dates, months and years in digits."""
    if match := _ISO.fullmatch(text):
        day = _day(_year(match[1], habits), int(match[2]), int(match[3]))
        return _with_time(day, match[4], match[5])
    if match := _DATE.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        order = habits.order or ("day_first" if first == second or first > 12 else None)
        if order is None and second > 12:
            order = "month_first"
        if order is None:
            raise Unusable(codes.PERIOD_AMBIGUOUS, f"{text!r}: day or month first?")
        day_of, month = (first, second) if order == "day_first" else (second, first)
        return _with_time(_day(_year(match[3], habits), month, day_of), match[4], match[5])
    if match := _YEAR_MONTH.fullmatch(text):
        return _month(_year(match[1] or match[3], habits), int(match[2] or match[4]))
    if match := _MONTH_YEAR.fullmatch(text):
        if len(match[2]) == 2 and int(match[2]) <= 31:
            raise Unusable(codes.PERIOD_AMBIGUOUS, f"{text!r}: a month of a year, or a day?")
        return _month(_year(match[2], habits), int(match[1]))
    if _YEAR.fullmatch(text):
        return _whole_year(YearTold(_year(text[:4], habits), is_fiscal))
    return None


def _plausible_year(number: int) -> int | None:
    year = number - BUDDHIST_OFFSET if number >= BUDDHIST_FROM else number
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def _year(digits: str, habits: Habits) -> int:
    if len(digits) == 4:
        year = _plausible_year(int(digits))
        if year is None:
            raise ValueError(f"no year {digits}")
        return year
    short = int(digits)
    candidates = (2000 + short, 2500 + short - BUDDHIST_OFFSET)
    found = [one for one in candidates if TWO_DIGITS_SINCE <= one <= habits.until_year]
    if len(found) != 1:
        raise Unusable(codes.PERIOD_AMBIGUOUS, f"which year is {digits}?")
    return found[0]


def _is_buddhist(digits: str) -> bool:
    return len(digits) == 4 and int(digits) >= BUDDHIST_FROM


def _common(at: datetime) -> datetime:
    return at.replace(year=at.year - BUDDHIST_OFFSET)


def _month_number(name: str) -> int:
    return _MONTH_OF[re.sub(r"[.\s]", "", name)]


def _at(at: datetime) -> Span:
    if _plausible_year(at.year) is None:
        raise ValueError(f"no year {at.year}")
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if at == midnight:
        return Span(midnight, midnight + timedelta(days=1), "day")
    return Span(at.replace(microsecond=0), at.replace(microsecond=0), "instant")


def _with_time(day: Span, hour: str | None, minute: str | None) -> Span:
    if hour is None or minute is None:
        return day
    at = day.start.replace(hour=int(hour), minute=int(minute))
    return Span(at, at, "instant")


def _day(year: int, month: int, day: int) -> Span:
    start = datetime(year, month, day)  # noqa: DTZ001 - local, like all cells
    return Span(start, start + timedelta(days=1), "day")


def _months(year: int, month: int, count: int, grain: PeriodGrain) -> Span:
    start = datetime(year, month, 1)  # noqa: DTZ001 - local, like all cells
    after = month - 1 + count
    return Span(start, start.replace(year=year + after // 12, month=after % 12 + 1), grain)


def _month(year: int, month: int) -> Span:
    return _months(year, month, 1, "month")


def _quarter(told: YearTold, quarter: int) -> Span:
    if not told.is_fiscal:
        return _months(told.year, 3 * quarter - 2, 3, "quarter")
    first = (FISCAL_FIRST_MONTH - 1 + 3 * (quarter - 1)) % 12 + 1
    return _months(told.of_month(first), first, 3, "quarter")


def _whole_year(told: YearTold) -> Span:
    first = FISCAL_FIRST_MONTH if told.is_fiscal else 1
    return _months(told.of_month(first), first, 12, "year")
