"""Words, dates and numbers of the screens, in Thai and English. Nothing else prints a Buddhist year."""

from data_sources.text.catalogue import Texts, load_texts
from data_sources.text.dates import format_date, format_time
from data_sources.text.numbers import format_number

__all__ = ["Texts", "format_date", "format_number", "format_time", "load_texts"]
