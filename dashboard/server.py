"""The web process: one ASGI application of pages, stream, API and health. See docs/decisions/0004."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie

import uvicorn
from dash import Dash
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from dashboard.api.application import create_api
from dashboard.api.problems import problem
from dashboard.dash_mount import ASSETS, COMPONENTS, DashMount
from dashboard.metrics import Measured, Metrics
from dashboard.pages import DEFAULT_THEME, choice, page_for
from dashboard.plotly_http import PATH as PLOTLY
from dashboard.security import Guard, content_security_policy
from dashboard.settings import Settings
from dashboard.stream import Hub
from dashboard.stream_http import StreamEndpoint
from dashboard.stream_sources import sources
from data_sources.services import Services
from data_sources.stores.base import ChangeListener

MAP_PAGE = "/mobility"
_API_PATHS = frozenset(("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", PLOTLY))
_API_FOLDERS = ("/api/", "/basemap/", "/network/")
_JSON_PATHS = ("/_dash", ASSETS)


class Site:
    """Everything that one web process serves, by address. `hub` publishes while the lifespan lasts."""

    def __init__(
        self, settings: Settings, services: Services, listener: ChangeListener, dash_app: Dash
    ) -> None:
        self._services = services
        self._metrics = Metrics()
        self._metrics.watch_feeds(services)
        self._metrics.watch_mobility(services)
        self.hub = Hub(
            sources(services),
            listener,
            services.clock,
            self._metrics,
            clients_max=settings.stream_clients_max,
        )
        self._stream = StreamEndpoint(self.hub, self._metrics)
        self._api = create_api(services, self._metrics, self._lifespan)
        self._dash = DashMount(dash_app)
        policy = content_security_policy(dash_app.csp_hashes(), settings.tile_url)
        guarded = Guard(self._route, policy, self._is_page)
        self._app = Measured(guarded, self._metrics, self._route_name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; start and stop the hub with the server."""
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        app.openapi()  # a sixth of a second, that the first who asks would take from the stream
        running = asyncio.create_task(self.hub.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._api(scope, receive, send)
            return
        path = scope["path"]
        if path == "/stream":
            await self._stream(scope, receive, send)
        elif path in _API_PATHS or path.startswith(_API_FOLDERS):
            await self._api(scope, receive, send)
        elif self._dash.serves(path) or self._is_page(path):
            await self._dash(scope, receive, send)
        else:
            await self._not_found(scope)(scope, receive, send)

    def _is_page(self, path: str) -> bool:
        return page_for(path, self._services.city, self._services.clock()) is not None

    def _not_found(self, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        if scope["path"].startswith(_JSON_PATHS) or "text/html" not in headers.get("accept", ""):
            words = "there is nothing at this address"
            return problem(HTTPStatus.NOT_FOUND, "not_found", words)
        cookies = _cookies(headers.get("cookie", ""))
        lang, theme = choice(scope["query_string"].decode("latin-1"), cookies)
        texts, languages = self._services.texts, self._services.city.spec.languages
        lang = lang if lang in languages else languages[0]
        page = _NOT_FOUND.format(
            lang=lang,
            theme=theme or DEFAULT_THEME,
            title=escape(texts.get(lang, "error.not_found")),
            assets=ASSETS,
            centre=escape(self._services.city.spec.centre_name.get(lang)),
            words=escape(texts.get(lang, "error.not_found_long")),
            first_page=MAP_PAGE,
            link=escape(texts.get(lang, "error.to_map")),
        )
        return HTMLResponse(page, status_code=404, headers={"Cache-Control": "no-store"})

    def _route_name(self, scope: Scope) -> str:
        """One of few names for an address, for the figures."""
        path = scope["path"]
        if template := getattr(scope.get("route"), "path", None):
            return str(template)
        for prefix in (ASSETS, COMPONENTS):
            if path.startswith(prefix):
                return f"{prefix}*"
        if self._dash.serves(path) or path == "/":
            return str(path)
        page = page_for(path, self._services.city, self._services.clock())
        return page.key if page else "unknown"


_NOT_FOUND = """<!DOCTYPE html>
<html lang="{lang}" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="{assets}favicon.svg">
<link rel="stylesheet" href="{assets}tokens.css">
<link rel="stylesheet" href="{assets}base.css">
<style>
main {{ display: grid; gap: var(--s3); max-width: 40rem; margin: 20vh auto; padding: 0 var(--s5); }}
h1 {{ font-size: var(--t-2xl); }}
</style>
</head>
<body>
<main>
<p class="quiet">{centre}</p>
<h1>{title}</h1>
<p>{words}</p>
<p><a href="{first_page}">{link}</a></p>
</main>
</body>
</html>
"""


def _cookies(header: str) -> Mapping[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def create_asgi(settings: Settings, services: Services, listener: ChangeListener, dash_app: Dash) -> Site:
    """The ASGI application of one city. Register all Dash callbacks before: the policy lists their
    inline scripts."""
    return Site(settings, services, listener, dash_app)


class SiteServer(uvicorn.Server):
    """uvicorn that ends the streams before it waits for requests to end: a stream never ends by itself."""

    def __init__(self, config: uvicorn.Config, site: Site) -> None:
        super().__init__(config)
        self._site = site

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop at once rather than after the graceful timeout."""
        self._site.hub.close()
        await super().shutdown(sockets)
