"""Compression and validators of finite responses: shrink once, answer 304, buffer what Dash says.

The stream compresses for itself (`stream.py`): its blocks are shared by all clients.
"""

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Literal

import brotli
import rcssmin
import rjsmin
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

IMMUTABLE = "public, max-age=31536000, immutable"
"""For an address that holds the fingerprint of its content."""

COMPRESS_MIN_BYTES = 500
"""Below one network packet nothing is gained."""

BROTLI_LEVEL = 9
"""A tenth smaller than gzip. 10 and 11 save a few per cent more, but cost the first visitor seconds."""

Coding = Literal["br", "gzip"]

CACHE_MAX_BYTES = 16_000_000
"""Compressed scripts and styles kept in memory; all that Dash sends is about 1 MB."""

_NEEDLESS_WHEN_IMMUTABLE = ("etag", "last-modified", "expires", "date", "content-disposition")
"""Forty such answers make a first load; what is never asked for again needs no validators."""

_COMPRESSIBLE = re.compile(r"^(text/(?!event-stream)|application/(json|javascript|geo\+json)|image/svg)")
_ONE_YEAR = re.compile(r"max-age=31536000\b")


def accepts(header: str, coding: Coding) -> bool:
    """Whether an Accept-Encoding header admits the coding (RFC 9110, 12.5.3)."""
    weights: dict[str, str] = {}
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = parameters.replace(" ", "")
    weight = weights.get(coding, weights.get("*"))
    return weight is not None and not re.fullmatch(r"q=0(\.0*)?", weight)


def best_coding(header: str) -> Coding | None:
    """The smallest coding that the client takes."""
    codings: tuple[Coding, ...] = ("br", "gzip")
    return next((coding for coding in codings if accepts(header, coding)), None)


def slimmed(path: str, body: bytes) -> bytes:
    """A script or style sheet of ours without comments and needless spaces; the bundles that come with
    Dash are minified already."""
    if path.startswith("/assets/") and path.endswith(".js"):
        return bytes(rjsmin.jsmin(body))
    if path.startswith("/assets/") and path.endswith(".css"):
        return bytes(rcssmin.cssmin(body))
    return body


def gzip_bytes(body: bytes, level: int = 9) -> bytes:
    """gzip without a time stamp, so that equal bodies give equal bytes."""
    return gzip.compress(body, compresslevel=level, mtime=0)


def weak_etag(body: bytes) -> str:
    """A validator of the content whatever its encoding."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'


def etag_matches(if_none_match: str, etag: str) -> bool:
    """Whether an If-None-Match header names the validator (weak comparison, RFC 9110, 13.1.2)."""
    wanted = etag.removeprefix("W/")
    given = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return wanted in given or "*" in given


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole response."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body})


_Key = tuple[str, bytes, Coding | None]


class Compressed:
    """ASGI wrapper that takes a whole response from `app` at once, compresses it and then sends it.

    Taking it at once sets a WSGI worker thread free, however slowly the client reads. What carries
    a fingerprint in its address is made as small as can be, kept in memory and marked immutable.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cache: OrderedDict[_Key, _Answer] = OrderedDict()
        self._cached_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        coding = best_coding(Headers(scope=scope).get("accept-encoding", ""))
        key = (scope["path"], scope["query_string"], coding)
        answer = self._cache.get(key) if scope["method"] == "GET" else None
        if answer is None:
            answer = await self._ask(scope, receive)
            fingerprinted = scope["method"] == "GET" and _is_fingerprinted(scope, answer)
            answer = await _finish(scope["path"], answer, coding, fingerprinted=fingerprinted)
            if fingerprinted:
                self._keep(key, answer)
        else:
            self._cache.move_to_end(key)
        await answer.send(send)

    async def _ask(self, scope: Scope, receive: Receive) -> _Answer:
        start: MutableMapping[str, Any] = {}
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        await self._app(scope, receive, collect)
        return _Answer(start["status"], tuple(start["headers"]), b"".join(chunks))

    def _keep(self, key: _Key, answer: _Answer) -> None:
        previous = self._cache.pop(key, None)
        self._cached_bytes += len(answer.body) - (len(previous.body) if previous else 0)
        self._cache[key] = answer
        while self._cached_bytes > CACHE_MAX_BYTES:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= len(oldest.body)


def _is_fingerprinted(scope: Scope, answer: _Answer) -> bool:
    """Dash gives a bundle with a fingerprint a year, and an asset's link its time of change as `m`."""
    if answer.status != 200:
        return False
    headers = Headers(raw=list(answer.headers))
    asset = scope["path"].startswith("/assets/") and scope["query_string"].startswith(b"m=")
    return asset or _ONE_YEAR.search(headers.get("cache-control", "")) is not None


async def _finish(path: str, answer: _Answer, coding: Coding | None, *, fingerprinted: bool) -> _Answer:
    headers = MutableHeaders(raw=list(answer.headers))
    body = answer.body
    if fingerprinted:
        body = await asyncio.to_thread(slimmed, path, body)
    if answer.status == 200 and _COMPRESSIBLE.match(headers.get("content-type", "")):
        headers.add_vary_header("Accept-Encoding")
        if coding and len(body) >= COMPRESS_MIN_BYTES and "content-encoding" not in headers:
            body = await asyncio.to_thread(_coded, body, coding, fingerprinted=fingerprinted)
            headers["content-encoding"] = coding
            if "etag" in headers:
                headers["etag"] = "W/" + headers["etag"].removeprefix("W/")
    if fingerprinted:
        headers["cache-control"] = IMMUTABLE
        for needless in _NEEDLESS_WHEN_IMMUTABLE:
            del headers[needless]
    if body:
        headers["content-length"] = str(len(body))
    return _Answer(answer.status, tuple(headers.raw), body)


def _coded(body: bytes, coding: Coding, *, fingerprinted: bool) -> bytes:
    """What is kept is worth the time; what is sent once is not."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=BROTLI_LEVEL if fingerprinted else 4))
    return gzip_bytes(body, 9 if fingerprinted else 5)
