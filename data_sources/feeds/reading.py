"""What the parsers of JSON feeds share: decode, and read values that strangers wrote, with tolerance."""

from datetime import UTC, datetime, tzinfo
from math import isfinite
from typing import Any

import msgspec

from data_sources.errors import FeedContentError
from data_sources.feeds import clean, codes
from data_sources.model.feed import Rejected
from data_sources.rules import Rule
from data_sources.rules.rule import RECORDS_MAX

EPOCH_MS_MIN = 1e11
"""A stamp beyond this is in milliseconds, as JavaScript counts; in seconds it would be the year 5138."""

DETAIL_MAX = 500
"""Characters of what is told of a rejection."""


class Unusable(Exception):
    """This record cannot be used: the rule and what is wrong."""

    def __init__(self, rule: Rule, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule


def rejected(error: Unusable, entity_id: str, record: Any, before: int) -> Rejected:
    """The rejection of a record that cannot be used, after `before` others of its message."""
    kept = clean.record(record) if before < RECORDS_MAX else {}
    # what is wrong is often told in the source's own words
    detail = clean.line(str(error), DETAIL_MAX) or error.rule.meaning
    return Rejected(code=error.rule.code, entity_id=entity_id, detail=detail, record=kept)


def decode_json(body: bytes) -> Any:
    """The document; FeedContentError when it is not JSON in UTF-8."""
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedContentError(codes.NOT_JSON.code, "the message is not JSON in UTF-8") from error


def number(value: Any) -> float | None:
    """A finite number, also written as a string; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if isfinite(read) else None


def text(value: Any, limit: int = clean.LINE_MAX) -> str | None:
    """Text, also from a number, as ids are sent either way."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean.line(str(value), limit)


def instant(stamp: Any) -> datetime | None:
    """The time of a POSIX stamp or an ISO 8601 text, naive where the text has no offset; None for
    anything else, or for no positive stamp."""
    seconds = number(stamp)
    try:
        if seconds is None:
            return datetime.fromisoformat(stamp.strip()) if isinstance(stamp, str) else None
        if abs(seconds) >= EPOCH_MS_MIN:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def to_utc(at: datetime, zone: tzinfo | None = None) -> datetime | None:
    """The same instant in UTC; a naive one is read in `zone`. None when there is no zone, or when the
    instant lies outside the calendar."""
    aware = at if at.tzinfo is not None else at.replace(tzinfo=zone)
    try:
        return aware.astimezone(UTC) if aware.tzinfo is not None else None
    except (OverflowError, ValueError):
        return None
