"""Times and periods as agencies write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from data_sources.feeds.clock_texts import TimeUnreadable, read_time

BANGKOK = ZoneInfo("Asia/Bangkok")
DAY_S = 86_400


@pytest.mark.parametrize(
    ("stamp", "time_format", "expected"),
    [
        ("2026-11-22T10:00:00+07:00", "iso", datetime(2026, 11, 22, 3, tzinfo=UTC)),
        ("2026-09-26 07:33:36.854728+00", "iso", datetime(2026, 9, 26, 7, 33, 36, 854728, tzinfo=UTC)),
        ("2569-11-22 10:00", "iso", datetime(2026, 11, 22, 3, tzinfo=UTC)),
        ("2026-11-22T10:00:00.2500", "iso", datetime(2026, 11, 22, 3, 0, 0, 250000, tzinfo=UTC)),
        ("2567-02-29", "iso", datetime(2024, 2, 28, 17, tzinfo=UTC)),
        ("1795334400", "epoch_s", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("1795334400000", "epoch_ms", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        ("22/11/2569 10:00", "%d/%m/%Y %H:%M", datetime(2026, 11, 22, 3, tzinfo=UTC)),
        ("25691122", "%Y%m%d", datetime(2026, 11, 21, 17, tzinfo=UTC)),
        ("07/31/2026 13:00:00", "%m/%d/%Y %H:%M:%S", datetime(2026, 7, 31, 6, tzinfo=UTC)),
    ],
)
def test_time_is_an_instant_in_utc(stamp: str, time_format: str, expected: datetime) -> None:
    assert read_time(stamp, time_format, BANGKOK)[:2] == (expected, None)


@pytest.mark.parametrize(
    ("stamp", "end", "days"),
    [
        ("2569", datetime(2026, 12, 31, 17, tzinfo=UTC), 365),
        ("2567", datetime(2024, 12, 31, 17, tzinfo=UTC), 366),
        ("2569-11", datetime(2026, 11, 30, 17, tzinfo=UTC), 30),
        ("2026/2", datetime(2026, 2, 28, 17, tzinfo=UTC), 28),
        ("2026-12", datetime(2026, 12, 31, 17, tzinfo=UTC), 31),
        ("2026-Q3", datetime(2026, 9, 30, 17, tzinfo=UTC), 92),
        ("2569-Q4", datetime(2026, 12, 31, 17, tzinfo=UTC), 92),
        ("2026-11-22", datetime(2026, 11, 22, 17, tzinfo=UTC), 1),
    ],
)
def test_period_ends_at_local_midnight_after_its_last_day(stamp: str, end: datetime, days: int) -> None:
    assert read_time(stamp, "period", BANGKOK) == (end, days * DAY_S, False)


def test_time_without_offset_says_that_its_zone_is_assumed() -> None:
    assert read_time("2026-11-22 10:00", "iso", BANGKOK)[2]
    assert not read_time("2026-11-22 10:00Z", "iso", BANGKOK)[2]


@pytest.mark.parametrize(
    ("stamp", "time_format"),
    [
        ("yesterday", "iso"),
        ("2026-13", "period"),
        ("2026-Q5", "period"),
        ("0000", "period"),
        ("9999", "period"),
        ("-5", "epoch_s"),
        ("nan", "epoch_s"),
        ("1e30", "epoch_ms"),
        ("31/02/2569", "%d/%m/%Y"),
        ("0001-01-01T00:00:00", "iso"),
    ],
)
def test_text_that_is_no_time_is_unreadable(stamp: str, time_format: str) -> None:
    with pytest.raises(TimeUnreadable):
        read_time(stamp, time_format, BANGKOK)
