"""Secrets: keep keys of feeds out of errors, logs and stored addresses."""

import logging
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx

from data_sources.errors import FeedConfigError
from data_sources.feeds import codes
from data_sources.model.city import FeedSpec

HIDDEN = "***"
_SECRET_NAME = re.compile(r"key|token|secret|pass|pwd|auth|sig", re.IGNORECASE)


def redact(url: str, key_param: str | None = None) -> str:
    """The URL without user, password and the values of parameters that hold secrets."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(URL cannot be read)"
    query = [
        (name, HIDDEN if name == key_param or _SECRET_NAME.search(name) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, safe="*"), ""))


def usable_key(feed: FeedSpec) -> str:
    """The feed's key. Raise FeedConfigError when it is missing or cannot be sent."""
    key = (feed.key or "").strip()
    variable = f"SCOPC_FEED_{feed.feed_id.upper()}_KEY"
    if not key:
        raise FeedConfigError(codes.KEY_MISSING.code, f"{feed.feed_id}: no key; set {variable}")
    if not (key.isascii() and key.isprintable()):
        raise FeedConfigError(
            codes.KEY_INVALID.code, f"{feed.feed_id}: {variable} has characters that cannot be sent"
        )
    return key


class RedactUrls(logging.Filter):
    """Replaces URLs among the arguments of log records by their redacted form."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without its secrets."""
        if isinstance(record.args, tuple):
            record.args = tuple(_without_secrets(arg) for arg in record.args)
        return True


def _without_secrets(arg: Any) -> Any:
    # which parameter holds the key is not known here: none is shown
    return redact(str(arg)).partition("?")[0] if isinstance(arg, httpx.URL) else arg
