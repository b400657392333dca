"""The frame around every desk page: header, banner of a lost server, main, footer."""

from typing import Any, get_args

from dash import html
from dash.development.base_component import Component

from layouts.ids import shell as ids
from layouts.parts import attr, island, truth_tags
from layouts.view import Theme, View

NAVIGATION = (("mobility", "/mobility"),)
"""Pages in the header, by key and path: those that exist."""


def desk(view: View, main: list[Component]) -> html.Div:
    """A desk page: `main` between header and footer."""
    return html.Div(
        [
            html.A(view.t("page.skip"), href=f"#{ids.MAIN}", className="skip-link"),
            _header(view),
            banner(view),
            html.Main(main, id=ids.MAIN, className=f"main main--{view.page}", tabIndex=-1),
            _footer(view),
        ],
        className="desk",
    )


def banner(view: View) -> html.Div:
    """Where link.js tells of a lost server: the only part of a page that is read out by itself."""
    return html.Div(
        className="link-banner",
        role="status",
        **attr(data_island="link", aria_live="polite", aria_label=view.t("link.aria")),
    )


def _header(view: View) -> html.Header:
    return html.Header(
        [
            html.Div(view.centre_name, className="brand"),
            html.Nav(
                [_page_link(view, *page) for page in NAVIGATION], **attr(aria_label=view.t("page.pages"))
            ),
            html.Div([island(view, "date"), island(view, "clock")], className="now"),
            html.Div([_languages(view), _themes(view)], className="switches"),
        ],
        className="head",
    )


def _page_link(view: View, key: str, path: str) -> html.A:
    current = attr(aria_current="page") if view.page == key else {}
    icon = html.Span(className=f"domain domain--{key}", **attr(aria_hidden="true"))
    return html.A([icon, view.t(f"page.{key}")], href=path, className="page-link", **current)


def _languages(view: View) -> html.Div:
    return html.Div(
        [
            html.A(
                view.t(f"lang.{lang}"),
                href=f"?lang={lang}",
                lang=lang,
                hrefLang=lang,
                **_current(lang == view.lang),
            )
            for lang in view.city.spec.languages
        ],
        className="switch",
        role="group",
        **attr(aria_label=view.t("page.language")),
    )


def _themes(view: View) -> html.Div:
    themes: tuple[Theme, ...] = get_args(Theme)
    return html.Div(
        [
            html.A(view.t(f"theme.{theme}"), href=f"?theme={theme}", **_current(theme == view.theme))
            for theme in themes
        ],
        className="switch",
        role="group",
        **attr(aria_label=view.t("page.theme")),
    )


def _current(is_current: bool) -> dict[str, Any]:
    return attr(aria_current="true") if is_current else {}


def _footer(view: View) -> html.Footer:
    return html.Footer(
        [
            island(view, "feed-strip"),
            html.Div(
                [html.Span(view.t("age.last_picture"), className="quiet"), island(view, "data-age")],
                className="picture-age",
            ),
            *truth_tags(view),
        ],
        className="foot",
    )
