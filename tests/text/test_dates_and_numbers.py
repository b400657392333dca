"""Dates, times and numbers as the screens show them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from data_sources.text import format_date, format_number, format_time

BANGKOK = ZoneInfo("Asia/Bangkok")
SUNDAY_EVENING_UTC = datetime(2026, 11, 22, 17, 30, 5, tzinfo=UTC)
"""Already Monday, 00:30:05, in Bangkok."""


@pytest.mark.parametrize(
    ("lang", "era", "expected"),
    [
        ("th", True, "จ. 23 พ.ย. 2569"),
        ("th", False, "จ. 23 พ.ย. 2026"),
        ("en", True, "Mon 23 Nov 2026"),
        ("en", False, "Mon 23 Nov 2026"),
    ],
)
def test_date_is_the_citys_and_only_thai_ones_are_in_the_buddhist_era(lang, era, expected) -> None:
    assert format_date(SUNDAY_EVENING_UTC, lang, BANGKOK, era) == expected


def test_time_is_the_citys_with_or_without_seconds() -> None:
    assert format_time(SUNDAY_EVENING_UTC, BANGKOK) == "00:30:05"
    assert format_time(SUNDAY_EVENING_UTC, BANGKOK, seconds=False) == "00:30"


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        format_time(datetime(2026, 11, 22), BANGKOK)


def test_numbers_have_commas_and_a_true_minus() -> None:
    assert [format_number(1234.56, 1), format_number(-3), format_number(0)] == ["1,234.6", "−3", "0"]
