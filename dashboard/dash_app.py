"""The Dash application: its document, its one frame, its callbacks. Knows no stores."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component
from flask import request

from callbacks import navigation
from dashboard.page_scripts import WHOLE_PAGES
from dashboard.pages import PAGES, Page, document, page_config, view_for
from dashboard.settings import Settings
from data_sources.services import Services
from data_sources.views.ladders import ladders
from layouts.ids import shell as ids
from layouts.markup import to_html
from layouts.view import View

ASSETS = Path(__file__).parent.parent / "assets"


class ScopcDash(Dash):
    """Dash with a document of our own: language, theme and data blocks are in the first answer."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self.settings = settings
        self.services = services
        self._ladders = ladders(services.plans)
        super().__init__(
            __name__,
            assets_folder=str(ASSETS),
            use_pages=False,
            update_title=None,  # type: ignore[arg-type]
            title=services.city.spec.centre_name.get(services.city.spec.languages[0]),
            suppress_callback_exceptions=False,
            serve_locally=True,
        )

    def index(self, *args: Any, **kwargs: Any) -> str:
        """The document of the page that this request asks for. One that holds the whole page goes without the
        parts of Dash that Dash would look for in it."""
        page, view = self._asked()
        if page.key not in WHOLE_PAGES:
            return str(super().index(*args, **kwargs))  # type: ignore[no-untyped-call]
        body = to_html(page.drawn(self.services, view))
        css = self._generate_css_dist_html()  # type: ignore[no-untyped-call]
        scripts = self._generate_scripts_html()
        return self._document(view, body, css=css, scripts=scripts)

    def interpolate_index(  # noqa: PLR0917 - Dash's signature
        self,
        metas: str = "",
        title: str = "",
        css: str = "",
        config: str = "",
        scripts: str = "",
        app_entry: str = "",
        favicon: str = "",
        renderer: str = "",
    ) -> str:
        """The document of a page that Dash draws in its frame."""
        _, view = self._asked()
        body = f"<noscript>{escape(view.t('page.noscript'))}</noscript>\n{app_entry}"
        return self._document(view, body, css=css, scripts=scripts, dash_config=config, renderer=renderer)

    def _asked(self) -> tuple[Page, View]:
        path, query = request.path, request.query_string.decode("utf-8", "replace")
        return view_for(self.settings, self.services, path, query, request.cookies)

    def _document(self, view: View, body: str, **parts: str) -> str:
        config = page_config(self.settings, self.services, view, self._ladders)
        return document(view, config, body, asset_url=self.get_asset_url, **parts)


def create_app(settings: Settings, services: Services) -> ScopcDash:
    """The application for one city, ready to be mounted; no page of another application can leak in."""
    app = ScopcDash(settings, services)
    app.layout = _frame()
    app.validation_layout = html.Div([_frame(), *_every_page(settings, services)])  # type: ignore[assignment]

    def render(path: str, query: str, cookies: Mapping[str, str]) -> Component:
        page, view = view_for(settings, services, path, query, cookies)
        return page.drawn(services, view)

    navigation.register(app, render)
    return app


def _frame() -> html.Div:
    return html.Div([html.Div(id=ids.LOCATION, hidden=True), html.Div(id=ids.PAGE)])


def _every_page(settings: Settings, services: Services) -> list[Component]:
    """One of each kind, so that Dash knows all ids without building them on the first request."""
    paths = ["/mobility", *(f"/wall/{screen.screen_id}" for screen in services.city.screens[:1])]
    views = [view_for(settings, services, path, "", {}) for path in paths]
    return [page.layout(view) for page, view in views if page in PAGES]
