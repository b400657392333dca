"""Dates and times of the screens, in the city's zone. The Buddhist Era exists here and nowhere below."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data_sources.model.spec import Lang

BUDDHIST_ERA_OFFSET = 543
"""Years from the common era to the Thai solar calendar, in use unchanged since 1941."""

WEEKDAYS: dict[Lang, tuple[str, ...]] = {
    "th": ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS: dict[Lang, tuple[str, ...]] = {
    "th": (
        *("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย."),
        *("ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."),
    ),
    "en": (
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ),
}


def _local(when: datetime, zone: ZoneInfo) -> datetime:
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone; times are aware UTC")
    return when.astimezone(zone)


def format_date(when: datetime, lang: Lang, zone: ZoneInfo, buddhist_era: bool) -> str:
    """Return `จ. 23 พ.ย. 2569` or `Mon 23 Nov 2026`: only a Thai date is ever in the Buddhist Era."""
    local = _local(when, zone)
    year = _year(local, lang, buddhist_era)
    return f"{WEEKDAYS[lang][local.weekday()]} {local.day} {MONTHS[lang][local.month - 1]} {year}"


def format_time(when: datetime, zone: ZoneInfo, seconds: bool = True) -> str:
    """Return `07:42:10` or `07:42`, the same in both languages."""
    return _local(when, zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def format_week(monday: date, lang: Lang, buddhist_era: bool) -> str:
    """Return the seven days from `monday` on: `16–22 พ.ย. 2569`, `16–22 Nov 2026`, `28 Dec 2026–3 Jan 2027`;
    what both ends share is told once."""
    sunday = monday + timedelta(days=6)
    last = f"{sunday.day} {MONTHS[lang][sunday.month - 1]} {_year(sunday, lang, buddhist_era)}"
    first = f"{monday.day}"
    if monday.month != sunday.month:
        first = f"{first} {MONTHS[lang][monday.month - 1]}"
    if monday.year != sunday.year:
        first = f"{first} {_year(monday, lang, buddhist_era)}"
    return f"{first}–{last}"


def format_month(day: date, lang: Lang, buddhist_era: bool, with_year: bool = True) -> str:
    """Return `ต.ค. 2569` or `Oct 2026`, or the month alone."""
    month = MONTHS[lang][day.month - 1]
    return f"{month} {_year(day, lang, buddhist_era)}" if with_year else month


def format_year(day: date, lang: Lang, buddhist_era: bool) -> str:
    """Return `2569` or `2026`."""
    return str(_year(day, lang, buddhist_era))


def _year(day: date, lang: Lang, buddhist_era: bool) -> int:
    return day.year + (BUDDHIST_ERA_OFFSET if buddhist_era and lang == "th" else 0)
