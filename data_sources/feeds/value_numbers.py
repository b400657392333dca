"""Numbers as agencies write them, and the values by which they say that they have none."""

import re
from collections.abc import Iterable
from typing import Any

from data_sources.feeds import codes
from data_sources.feeds.reading import Unusable, number

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def value_number(value: Any, missing: Iterable[str | float] = ()) -> float:
    """The number that a source wrote, also as text with commas between thousands.

    Raise Unusable: `value_missing` for null, an empty text or one of `missing` (compared as text and as
    number), `value_unreadable` for anything else.
    """
    told = value.strip() if isinstance(value, str) else value
    if told is None or told == "":
        raise Unusable(codes.VALUE_MISSING, "the source has no value")
    read = _read(told)
    for marker in missing:
        if told == marker or (read is not None and read == number(marker)):
            raise Unusable(codes.VALUE_MISSING, f"the source has no value: {shown(told)}")
    if read is None:
        raise Unusable(codes.VALUE_UNREADABLE, f"{shown(told)} is no number")
    return read


def shown(value: Any) -> str:
    """A value in a message to people: short, and the kind of what is no plain value."""
    return repr(str(value)[:40]) if isinstance(value, str | int | float) else f"a {type(value).__name__}"


def _read(told: Any) -> float | None:
    if not isinstance(told, str):
        return number(told)
    if _THOUSANDS.fullmatch(told):
        told = told.replace(",", "")
    return number(told) if _NUMBER.fullmatch(told) else None
