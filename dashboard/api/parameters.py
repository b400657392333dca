"""Query parameters of the API: what is allowed, and words for what is not."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Query

from data_sources.model.city import Bounds

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No record is older; it also keeps a date out of the calendar's ends, where arithmetic overflows."""

LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""No record is younger; for the same reason."""

LONGEST = timedelta(days=31)
"""Of a span of time that one call may ask for."""

TEXT_MAX = 200

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNESCAPED_PLUS = re.compile(r"(.*\d:\d.*) (\d{2}:?\d{2})")
"""A time and its offset with a space between them: in a query an unescaped `+` arrives as a space."""


def read_instant(text: str) -> datetime:
    """An ISO 8601 time with offset; ValueError says what is wrong."""
    text = text.strip()
    if match := _UNESCAPED_PLUS.fullmatch(text):
        text = f"{match[1].rstrip()}+{match[2]}"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("not an ISO 8601 time; write 2026-11-22T07:30:00+07:00") from None
    if instant.utcoffset() is None:
        raise ValueError("has no offset from UTC; write 2026-11-22T07:30:00+07:00 or ...Z")
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the calendar") from None
    if instant < OLDEST:
        raise ValueError(f"lies before {OLDEST.date()}, nothing is recorded from then")
    if instant > LATEST:
        raise ValueError(f"lies after {LATEST.date()}")
    return instant


def read_day(text: str) -> date:
    """A local day as YYYY-MM-DD; ValueError says what is wrong."""
    if not _DAY.fullmatch(text):
        raise ValueError("not a day; write 2026-11-22")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("not a day of the calendar; write 2026-11-22") from None
    if not OLDEST.date() <= day <= LATEST.date():
        raise ValueError(f"must lie between {OLDEST.date()} and {LATEST.date()}")
    return day


def read_box(text: str) -> Bounds:
    """`west,south,east,north` in degrees; ValueError says what is wrong."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError("write four numbers: west,south,east,north in degrees") from None
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ValueError("every edge must be a finite number")
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("must hold -180 <= west < east <= 180 and -90 <= south < north <= 90")
    return Bounds(west=west, south=south, east=east, north=north)


class BadParameter(Exception):
    """A parameter's value is not allowed; the text names it and says why."""

    def __init__(self, name: str, reason: object) -> None:
        super().__init__(f"{name}: {reason}")


def instant(
    at: Annotated[
        str | None,
        Query(
            description="Instant to look at, ISO 8601 with offset; default now",
            examples=["2026-11-22T07:30:00+07:00"],
            max_length=TEXT_MAX,
        ),
    ] = None,
) -> datetime | None:
    """The parameter `at`."""
    try:
        return None if at is None else read_instant(at)
    except ValueError as error:
        raise BadParameter("at", error) from None


def box(
    bbox: Annotated[
        str | None,
        Query(
            description="Only inside this box: `west,south,east,north` in degrees",
            examples=["-71.2,42.2,-70.9,42.5"],
            max_length=TEXT_MAX,
        ),
    ] = None,
) -> Bounds | None:
    """The parameter `bbox`."""
    try:
        return None if bbox is None else read_box(bbox)
    except ValueError as error:
        raise BadParameter("bbox", error) from None


@dataclass(frozen=True, slots=True)
class Period:
    """The parameters `from` and `to` as given."""

    start: datetime | None
    end: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether neither was given."""
        return self.start is None and self.end is None

    def ends(self, now: datetime, default: timedelta) -> tuple[datetime, datetime]:
        """Both ends; what was not given is `default` away from the other, or now. BadParameter when
        they are out of order or too far apart."""
        end = self.end or (now if self.start is None else max(now, self.start + default))
        start = self.start or end - default
        if start >= end:
            raise BadParameter("to", "must lie after from")
        if end - start > LONGEST:
            raise BadParameter("to", f"at most {LONGEST.days} days after from")
        return start, end


def period(
    start: Annotated[
        str | None,
        Query(
            alias="from",
            description="From this instant on, ISO 8601 with offset",
            examples=["2026-11-22T00:00:00+07:00"],
            max_length=TEXT_MAX,
        ),
    ] = None,
    end: Annotated[
        str | None,
        Query(alias="to", description="Before this instant; default now", max_length=TEXT_MAX),
    ] = None,
) -> Period:
    """The parameters `from` and `to` as instants."""
    given: list[datetime | None] = []
    for name, text in (("from", start), ("to", end)):
        try:
            given.append(None if text is None else read_instant(text))
        except ValueError as error:
            raise BadParameter(name, error) from None
    return Period(*given)


@dataclass(frozen=True, slots=True)
class DayRange:
    """The parameters `from` and `to` as local days, as given."""

    first: date | None
    last: date | None

    def ends(self, today: date) -> tuple[date, date]:
        """Both ends, each the other where one is missing, both today where none is given."""
        first = self.first or self.last or today
        last = self.last or self.first or today
        if last < first:
            raise BadParameter("to", "must not lie before from")
        if last - first >= LONGEST:
            raise BadParameter("to", f"at most {LONGEST.days} days may be asked for at once")
        return first, last


def day_range(
    first: Annotated[
        str | None,
        Query(alias="from", description="First local day, YYYY-MM-DD; default today", max_length=TEXT_MAX),
    ] = None,
    last: Annotated[
        str | None,
        Query(alias="to", description="Last local day, YYYY-MM-DD; default `from`", max_length=TEXT_MAX),
    ] = None,
) -> DayRange:
    """The parameters `from` and `to` as local days."""
    given: list[date | None] = []
    for name, text in (("from", first), ("to", last)):
        try:
            given.append(None if text is None else read_day(text))
        except ValueError as error:
            raise BadParameter(name, error) from None
    return DayRange(*given)
