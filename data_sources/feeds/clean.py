"""Texts and records as strangers send them, made safe to store: no control characters, capped.

Nothing is escaped for HTML here; that is the screen's part.
"""

import unicodedata
from math import isfinite
from typing import Any

ID_MAX = 128
LINE_MAX = 256
PARAGRAPH_MAX = 8000
URL_MAX = 2000
RECORD_VALUES_MAX = 200
"""Values kept of a rejected record: enough to see what it was."""
_DEPTH_MAX = 8
_VISIBLE = {"Cc": " ", "Z": " ", "C": ""}
"""What stands for control characters, for separators, and for the invisible (among them the Thai
word break U+200B, which must not become a gap, and the marks that turn the writing direction)."""


def line(value: str | bytes, limit: int = LINE_MAX) -> str | None:
    """One line of text without control or format characters, or None if nothing is left."""
    if isinstance(value, str) and len(value) <= limit and value.isprintable():
        # the common case, at the price of one look
        return value.strip() or None
    text = " ".join(_visible(_text(value), keep="").split())
    return text[:limit].rstrip() or None


def paragraph(value: str | bytes, limit: int = PARAGRAPH_MAX) -> str | None:
    """Text of several lines, else as `line`."""
    return _visible(_text(value).replace("\r\n", "\n"), keep="\n").strip()[:limit].rstrip() or None


def web_address(value: str | bytes) -> str | None:
    """An http or https address, or None: a link of another scheme can run a script."""
    text = line(value, URL_MAX)
    return text if text is not None and text.lower().startswith(("http://", "https://")) else None


def record(value: Any) -> dict[str, Any]:
    """What can be shown of a rejected record: plain JSON values, no control characters, capped."""
    plain = _Plainer().plain(value, 0)
    return plain if isinstance(plain, dict) else {"value": plain}


def _text(value: str | bytes) -> str:
    # protobuf hands out bytes where a string field is not UTF-8
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value


def _visible(text: str, keep: str) -> str:
    return "".join(char if char in keep else _VISIBLE.get(_kind(char), char) for char in text)


def _kind(char: str) -> str:
    kind = unicodedata.category(char)
    return kind if kind == "Cc" else kind[0]


class _Plainer:
    """Copies JSON-like values until the budget is spent."""

    def __init__(self) -> None:
        self._left = RECORD_VALUES_MAX

    def plain(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if isinstance(value, dict) and depth < _DEPTH_MAX:
            return {
                str(line(str(key))): self.plain(item, depth + 1)
                for key, item in value.items()
                if self._left > 0
            }
        if isinstance(value, list | tuple) and depth < _DEPTH_MAX:
            return [self.plain(item, depth + 1) for item in value if self._left > 0]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value if abs(value) < 2**63 else line(str(value))
        if isinstance(value, float):
            return value if isfinite(value) else str(value)
        return line(value if isinstance(value, str | bytes) else type(value).__name__)
