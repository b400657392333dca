"""Query parameters of the API: what is allowed, and words for what is not."""

import math
import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from data_sources.model.city import Bounds

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No record is older; it also keeps a date out of the calendar's ends, where arithmetic overflows."""

TEXT_MAX = 200

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
    return instant


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
