"""What every answer carries for the browser's protection, and what requests may not do."""

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import get_args
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.api.problems import problem
from dashboard.pages import LANG_COOKIE, THEME_COOKIE
from data_sources.model.spec import Lang
from layouts.view import Theme

BODY_MAX_BYTES = 1_000_000
"""A Dash callback of these pages sends a few hundred bytes."""

COOKIE_MAX_AGE_S = 365 * 24 * 3600

PREFERENCES = {"lang": (LANG_COOKIE, get_args(Lang)), "theme": (THEME_COOKIE, get_args(Theme))}
"""Query parameter: its cookie and the values allowed."""

NOSNIFF = "X-Content-Type-Options"
HEADERS = {
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}


def content_security_policy(script_hashes: Sequence[str], tile_url: str | None) -> str:
    """The Content-Security-Policy of every answer.

    `script_hashes` are those of the inline scripts that Dash's renderer needs (`app.csp_hashes()`,
    taken after all callbacks are registered). Leaflet sets inline styles, hence 'unsafe-inline' for
    styles and only there. Outside images come from the tile service alone, if one is set.
    """
    hashes = [value if value.startswith("'") else f"'{value}'" for value in script_hashes]
    images = ["'self'", "data:", "blob:", *([_origin(tile_url)] if tile_url else [])]
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *hashes)),
            "style-src 'self' 'unsafe-inline'",
            f"img-src {' '.join(images)}",
            "connect-src 'self'",
            "frame-ancestors 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )


def _origin(tile_url: str) -> str:
    """Origin of a tile URL template; Leaflet's `{s}` stands for several subdomains."""
    parts = urlsplit(tile_url.replace("{s}", "*"))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "'self'"


_RESOURCE = re.compile(r"(?:text|application)/(?:javascript|css)|font/")
"""What a document loads. The document's own policy binds it, so it goes without: forty copies of the
policy would be a tenth of the first load."""


class Guard:
    """ASGI wrapper: security headers on answers, preference cookies on pages, limits on requests."""

    def __init__(self, app: ASGIApp, policy: str, is_page: Callable[[str], bool]) -> None:
        self._app = app
        self._headers = {**HEADERS, "Content-Security-Policy": policy}
        self._is_page = is_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookies = preference_cookies(scope) if self._is_page(scope["path"]) else []

        async def protect(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", ())))
                headers[NOSNIFF] = "nosniff"
                if not _RESOURCE.match(headers.get("content-type", "")):
                    # an answer that sets a policy of its own, such as a payload, sets a stricter one
                    headers.update(self._headers | dict(headers))
                for cookie in cookies:
                    headers.append("set-cookie", cookie)
                message = {**message, "headers": headers.raw}
            await send(message)

        if scope["method"] == "POST":
            body = await _whole_body(receive)
            if body is None:
                reason = f"the body may have at most {BODY_MAX_BYTES} bytes"
                refusal = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", reason)
                await refusal(scope, receive, protect)
                return
            receive = _replayed(body, receive)
        await self._app(scope, receive, protect)


def preference_cookies(scope: Scope) -> list[str]:
    """Set-Cookie values for the preferences that the query names; values not allowed are ignored."""
    asked = parse_qs(scope["query_string"].decode("latin-1"))
    cookies = SimpleCookie()
    for name, (cookie, allowed) in PREFERENCES.items():
        value = asked.get(name, [""])[-1]
        if value in allowed:
            cookies[cookie] = value
            cookies[cookie].update({"path": "/", "max-age": str(COOKIE_MAX_AGE_S), "samesite": "Lax"})
    return [morsel.OutputString() for morsel in cookies.values()]


async def _whole_body(receive: Receive) -> bytes | None:
    """The request's body; None as soon as it grows beyond the limit."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_MAX_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
