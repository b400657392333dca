"""Words, dates and numbers of the screens, in Thai and English. Nothing else prints a Buddhist year."""

from data_sources.text.catalogue import Texts, load_texts
from data_sources.text.dates import format_date, format_month, format_time, format_week, format_year
from data_sources.text.numbers import format_change, format_number, format_share

__all__ = [
    "Texts",
    "format_change",
    "format_date",
    "format_month",
    "format_number",
    "format_share",
    "format_time",
    "format_week",
    "format_year",
    "load_texts",
]
