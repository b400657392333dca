"""Periods that statistics are of, local days to years, and how agencies write them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data_sources.feeds.clock_texts import BUDDHIST_OFFSET
from data_sources.simulator.typical import Every

MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A local period: its first day, and the first day after it."""

    every: Every
    first: date
    after: date

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """When it is over, in UTC."""
        return datetime.combine(self.after, datetime.min.time(), zone).astimezone(UTC)

    def stamp(self, *, buddhist: bool = False) -> str:
        """As a statistical office writes it: 2026, 2026-Q3, 2026-11; days and weeks by their last day."""
        last = self.after - timedelta(days=1)
        year = self.first.year + (BUDDHIST_OFFSET if buddhist else 0)
        if self.every == "year":
            return f"{year}"
        if self.every == "quarter":
            return f"{year}-Q{(self.first.month + 2) // 3}"
        if self.every == "month":
            return f"{year}-{self.first.month:02d}"
        return f"{last.year + (BUDDHIST_OFFSET if buddhist else 0)}-{last.month:02d}-{last.day:02d}"


def ended_before(every: Every, day: date) -> Iterator[Period]:
    """The periods that were over when `day` began, the last one first, for ever."""
    after = _begin(every, day)
    while True:
        first = _begin(every, after - timedelta(days=1))
        yield Period(every, first, after)
        after = first


def _begin(every: Every, day: date) -> date:
    """First day of the period that `day` lies in."""
    if every == "day":
        return day
    if every == "week":
        return day - timedelta(days=day.weekday())
    months = MONTHS_OF[every]
    return date(day.year, (day.month - 1) // months * months + 1, 1)
