"""`GET /stream?topics=a,b`: one client's end of the stream, as a bare ASGI application."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from dashboard.api.problems import problem
from dashboard.compression import accepts
from dashboard.metrics import Metrics
from dashboard.stream import Frame, Hub, HubFull, Mailbox, deflate_block

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
"""RFC 1952: deflate, no name, no time, Unix. The trailer never comes: the stream has no end."""

SEND_TIMEOUT_S = 30.0
"""A client that takes nothing for so long is gone without a word (a cut cable); its place is freed."""

RETRY_AFTER_S = 15
RETRY_MS = (1000, 5000)
"""Range of the reconnection times told to clients: twenty walls come back at five a second."""

_GOLDEN_SHARE = 0.618034
"""Multiples of it modulo 1 spread evenly over 0 to 1, however many there are."""


class StreamEndpoint:
    """Serves the hub's frames to clients."""

    def __init__(self, hub: Hub, metrics: Metrics) -> None:
        self._hub = hub
        self._metrics = metrics
        self._served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one client until it goes or the server stops."""
        if scope["method"] != "GET":
            refusal = problem(
                HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "use GET", {"Allow": "GET"}
            )
            await refusal(scope, receive, send)
            return
        topics = self._wanted(scope["query_string"])
        unknown = [topic for topic in topics if topic not in self._hub.topics]
        if unknown or not topics:
            allowed = ", ".join(self._hub.topics)
            reason = f"topics: unknown or empty; allowed, comma-separated: {allowed}"
            refusal = problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_parameter", reason)
            await refusal(scope, receive, send)
            return
        try:
            mailbox = self._hub.join(topics)
        except HubFull:
            reason = "the server has all the stream clients that it can serve; try again later"
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            refusal = problem(HTTPStatus.SERVICE_UNAVAILABLE, "stream_full", reason, headers)
            await refusal(scope, receive, send)
            return
        watcher = asyncio.create_task(_close_when_gone(receive, mailbox))
        try:
            zipped = accepts(Headers(scope=scope).get("accept-encoding", ""), "gzip")
            with suppress(OSError, TimeoutError):  # the client went while being written to
                await self._serve(mailbox, send, zipped)
        finally:
            watcher.cancel()
            self._hub.leave(mailbox)

    def _wanted(self, query: bytes) -> Sequence[str]:
        """Topics asked for, each once, in the order asked; all of them when the parameter is absent."""
        given = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("topics")
        if given is None:
            return self._hub.topics
        names = (name.strip() for part in given for name in part.split(","))
        return tuple(dict.fromkeys(name for name in names if name))

    async def _serve(self, mailbox: Mailbox, send: Send, zipped: bool) -> None:
        self._served += 1
        low, high = RETRY_MS
        retry_ms = low + int((high - low) * (self._served * _GOLDEN_SHARE % 1))
        preface = f"retry: {retry_ms}\n\n".encode()
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            (b"vary", b"accept-encoding"),
        ]
        if zipped:
            headers.append((b"content-encoding", b"gzip"))
            preface = GZIP_HEADER + deflate_block(preface)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        sent_bytes = self._metrics.stream_bytes.labels("gzip" if zipped else "identity")
        body = preface
        while not mailbox.is_closed:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send({"type": "http.response.body", "body": body, "more_body": True})
            sent_bytes.inc(len(body))
            body = _joined(await mailbox.take(), zipped)
        await send({"type": "http.response.body", "body": b""})


def _joined(frames: Sequence[Frame], zipped: bool) -> bytes:
    if len(frames) == 1:
        return frames[0].block if zipped else frames[0].plain
    return b"".join(frame.block if zipped else frame.plain for frame in frames)


async def _close_when_gone(receive: Receive, mailbox: Mailbox) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    mailbox.close()
