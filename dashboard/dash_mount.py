"""Dash under ASGI: its WSGI application in threads of its own, so that a slow callback never
stalls the stream, and checks on what reaches it."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote_from_bytes

import msgspec
from a2wsgi import WSGIMiddleware
from dash import Dash
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.api.problems import problem
from dashboard.compression import Compressed
from dashboard.metrics import DASH_CALLBACK

WORKERS = 16
"""Threads that answer pages and callbacks (measured in docs/decisions/0004-one-asgi-process.md)."""

ASSETS = "/assets/"
COMPONENTS = "/_dash-component-suites/"
ENDPOINTS = ("/_dash-layout", "/_dash-dependencies", "/_favicon.ico", DASH_CALLBACK)
ASSET_SUFFIXES = (".css", ".js", ".woff2", ".svg", ".png", ".ico", ".json", ".txt")
"""Kinds of files of `assets/` that a browser may have; sources of fonts and notes are not among them."""

_QUERY_SAFE = "!$%&'()*+,-./:;=?@_~"


class _CallbackRequest(msgspec.Struct):
    """The least that Dash's renderer sends to have a callback run."""

    output: str
    outputs: dict[str, Any] | list[Any]
    inputs: list[dict[str, Any] | list[Any]]
    changed_prop_ids: list[str] = msgspec.field(name="changedPropIds")
    state: list[dict[str, Any] | list[Any]] = []


class DashMount:
    """The Dash application as an ASGI application."""

    def __init__(self, dash_app: Dash) -> None:
        self._dash = dash_app
        self._wsgi = Compressed(cast(ASGIApp, WSGIMiddleware(dash_app.server, workers=WORKERS)))

    def serves(self, path: str) -> bool:
        """Whether the address is one of Dash's own: bundles, assets, layout, callbacks."""
        if path.startswith(ASSETS):
            return path.endswith(ASSET_SUFFIXES)
        return path.startswith(COMPONENTS) or path in ENDPOINTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for a page or one of Dash's own addresses."""
        allowed = ("POST",) if scope["path"] == DASH_CALLBACK else ("GET", "HEAD")
        if scope["method"] not in allowed:
            methods = ", ".join(allowed)
            status = HTTPStatus.METHOD_NOT_ALLOWED
            refusal = problem(status, "method_not_allowed", f"use {methods}", {"Allow": methods})
            await refusal(scope, receive, send)
            return
        if scope["path"] == DASH_CALLBACK:
            message = await receive()  # whole: `security.Guard` has gathered it
            if not self._is_callback(message.get("body", b"")):
                refusal = problem(HTTPStatus.BAD_REQUEST, "bad_callback", "no callback of this application")
                await refusal(scope, receive, send)
                return
            receive = _first(message, receive)
        # A query may hold bytes that WSGI cannot take; escaped they mean the same.
        query = quote_from_bytes(scope["query_string"], safe=_QUERY_SAFE).encode("ascii")
        await self._wsgi({**scope, "query_string": query}, receive, send)

    def _is_callback(self, body: bytes) -> bool:
        try:
            request = msgspec.json.decode(body, type=_CallbackRequest)
        except (msgspec.DecodeError, RecursionError):
            return False
        callbacks = self._dash.callback_map
        declared = callbacks.get(request.output)
        if declared is None:  # a wildcard output is asked for by the id that it stands for
            return "{" in request.output and any("{" in output for output in callbacks)
        return _names(request.inputs) == _names(declared["inputs"]) and (
            _names(request.state) == _names(declared["state"])
        )


def _names(dependencies: list[Any]) -> list[tuple[object, object] | None]:
    """Id and property of each dependency; None for one with a wildcard id, which stands for several."""
    return [
        (each.get("id"), each.get("property"))
        if isinstance(each, dict) and not str(each.get("id")).startswith("{")
        else None
        for each in dependencies
    ]


def _first(message: Any, receive: Receive) -> Callable[[], Awaitable[Any]]:
    """`receive` that gives `message` first."""
    waiting = [message]

    async def again() -> Any:
        return waiting.pop() if waiting else await receive()

    return again
