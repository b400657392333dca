"""Bodies: unpack what came over the wire, within limits, and refuse what no format can read."""

import zlib

from data_sources.errors import FeedContentError
from data_sources.feeds import codes

ENTITIES_MAX = 100_000
"""More than ten times the largest fleet that publishes; a bound for memory, not for cities."""

GZIP_MAGIC = b"\x1f\x8b"
_ANY_WRAPPER = zlib.MAX_WBITS | 32  # gzip or zlib, told by the header


def unpack(payload: bytes, max_bytes: int) -> bytes:
    """Return the body, unpacked if it is gzip. Raise FeedContentError when no format can use it."""
    body = gunzip(payload, max_bytes) if payload.startswith(GZIP_MAGIC) else payload
    if len(body) > max_bytes:
        raise too_large(max_bytes)
    if not body or body.isspace():
        raise FeedContentError(codes.EMPTY_BODY.code, "the body is empty")
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<") and (b"<html" in start or b"<!doctype html" in start):
        raise FeedContentError(codes.HTML_PAGE.code, "the body is an HTML page, not data")
    return body


def gunzip(packed: bytes, max_bytes: int) -> bytes:
    """Unpack gzip or zlib, stopping at the limit so that a small bomb cannot fill the memory."""
    parts: list[bytes] = []
    left = max_bytes
    try:
        while packed:
            unpacker = zlib.decompressobj(_ANY_WRAPPER)
            part = unpacker.decompress(packed, left + 1)
            left -= len(part)
            if left < 0:
                raise too_large(max_bytes)
            if not unpacker.eof:
                raise FeedContentError(codes.TRUNCATED.code, "the compressed body ends too early")
            parts.append(part)
            packed = unpacker.unused_data
    except zlib.error as error:
        raise FeedContentError(codes.BAD_GZIP.code, "the compressed body cannot be unpacked") from error
    return b"".join(parts)


def too_large(max_bytes: int) -> FeedContentError:
    """The error of a body beyond the feed's limit."""
    return FeedContentError(codes.TOO_LARGE.code, f"the body is larger than the limit of {max_bytes} bytes")
