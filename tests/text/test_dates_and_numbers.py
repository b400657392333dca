"""Dates, times and numbers as the screens show them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from data_sources.text import (
    format_change,
    format_date,
    format_month,
    format_number,
    format_share,
    format_time,
    format_week,
    format_year,
)

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


@pytest.mark.parametrize(
    ("monday", "thai", "english"),
    [
        (date(2026, 11, 16), "16–22 พ.ย. 2569", "16–22 Nov 2026"),
        (date(2026, 11, 30), "30 พ.ย.–6 ธ.ค. 2569", "30 Nov–6 Dec 2026"),
        (date(2026, 12, 28), "28 ธ.ค. 2569–3 ม.ค. 2570", "28 Dec 2026–3 Jan 2027"),
    ],
)
def test_week_tells_once_what_both_ends_share(monday, thai, english) -> None:
    assert format_week(monday, "th", buddhist_era=True) == thai
    assert format_week(monday, "en", buddhist_era=True) == english


def test_month_and_year_are_in_the_era_of_the_language() -> None:
    october = date(2026, 10, 1)
    assert format_month(october, "th", buddhist_era=True) == "ต.ค. 2569"
    assert format_month(october, "en", buddhist_era=True, with_year=False) == "Oct"
    assert [format_year(october, "th", era) for era in (True, False)] == ["2569", "2026"]


def test_change_has_its_sign_and_is_nothing_where_no_digit_shows_it() -> None:
    assert [format_change(value, 1) for value in (9.4, -0.21, 0.04, -0.04)] == ["+9.4", "−0.2", "0", "0"]
    assert format_change(2100) == "+2,100"


def test_only_the_whole_is_a_hundred_per_cent() -> None:
    assert [format_share(share) for share in (1.0, 0.9999, 0.41, 0.0)] == ["100 %", "99 %", "41 %", "0 %"]
