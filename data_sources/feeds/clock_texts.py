"""Times and periods as agencies write them: ISO 8601, POSIX, statistical periods, Buddhist years."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

BUDDHIST_OFFSET = 543
"""Years that the Buddhist era is ahead of the common one."""

_BUDDHIST = re.compile(r"(?<!\d)(?<!:\d\d\.)2[4-6]\d\d(?!\d)")
"""A year of the Buddhist era: 2400 to 2699 are 1857 to 2156; no feed tells of the common years 2400 on. What
follows the seconds' point is no year."""
_PERIOD = re.compile(r"(\d{4})(?:[-/](?:[Qq]([1-4])|(\d{1,2})(?:[-/](\d{1,2}))?))?")
_MONTHS_OF_QUARTER = 3


class TimeUnreadable(ValueError):
    """The text is no time of the expected format."""


def common_year(text: str) -> str:
    """The text with years of the Buddhist era turned into common ones.

    It is done before a date is read, as 29 February 2567 (2024) is no date of the common year 2567.
    """
    return _BUDDHIST.sub(lambda found: str(int(found[0]) - BUDDHIST_OFFSET), text)


def read_time(stamp: str, time_format: str, zone: tzinfo) -> tuple[datetime, float | None, bool]:
    """The instant in UTC, the length of the period that ends there in seconds (null for an instant),
    and whether `zone` had to stand in for an offset that is not told. Raise TimeUnreadable."""
    try:
        if time_format == "period":
            start, end = read_period(stamp, zone)
            return end, (end - start).total_seconds(), False
        if time_format in {"epoch_s", "epoch_ms"}:
            return _from_epoch(stamp, 1.0 if time_format == "epoch_s" else 1000.0), None, False
        at = _from_text(stamp, time_format)
        is_naive = at.tzinfo is None
        return (at.replace(tzinfo=zone) if is_naive else at).astimezone(UTC), None, is_naive
    except (ValueError, OverflowError, OSError) as error:
        raise TimeUnreadable(f"{stamp[:40]!r} is no time of the format {time_format!r}") from error


def read_period(stamp: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Start and end in UTC of a local year (2026, 2569), quarter (2569-Q3), month (2026-11, 2569/9) or
    day (2026-11-22). Raise ValueError where it is none."""
    match = _PERIOD.fullmatch(common_year(stamp.strip()))
    if match is None:
        raise ValueError(f"{stamp[:40]!r} is no period")
    year, quarter, month, day = (int(part) if part else None for part in match.groups())
    if year is None:
        raise ValueError(f"{stamp[:40]!r} is no period")
    if day is not None and month is not None:
        start = datetime(year, month, day, tzinfo=zone)
        end = start + timedelta(days=1)
    elif month is not None:
        start, end = _months(year, month, 1, zone)
    elif quarter is not None:
        start, end = _months(year, _MONTHS_OF_QUARTER * quarter - 2, _MONTHS_OF_QUARTER, zone)
    else:
        start, end = _months(year, 1, 12, zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _months(year: int, first: int, count: int, zone: tzinfo) -> tuple[datetime, datetime]:
    after = first - 1 + count
    end = datetime(year + after // 12, after % 12 + 1, 1, tzinfo=zone)
    return datetime(year, first, 1, tzinfo=zone), end


def _from_epoch(stamp: str, ticks_a_second: float) -> datetime:
    at = datetime.fromtimestamp(float(stamp) / ticks_a_second, UTC)
    if at.timestamp() <= 0:
        raise ValueError("no positive stamp")
    return at


def _from_text(stamp: str, time_format: str) -> datetime:
    if time_format == "iso":
        return datetime.fromisoformat(common_year(stamp.strip()))
    text = stamp.strip()
    # with the year first there may be no sign between it and the month
    is_year_first = time_format.startswith("%Y")
    text = common_year(text[:4]) + text[4:] if is_year_first else common_year(text)
    return datetime.strptime(text, time_format)  # noqa: DTZ007 - the caller sets the feed's zone
