"""The frame around every desk page: header, banner of a lost server, main, footer."""

from typing import Any, get_args

from dash import html
from dash.development.base_component import Component

from data_sources.model.indicator import DOMAINS
from layouts.ids import shell as ids
from layouts.parts import attr, domain_bullet, island, truth_tags
from layouts.view import Theme, View

NAVIGATION = (
    ("overview", "/"),
    *((domain, f"/{domain}") for domain in DOMAINS),
    ("weekly", "/weekly"),
    ("feeds", "/feeds"),
)
"""Pages in the header, by key and path."""


def desk(view: View, main: list[Component], kind: str = "") -> html.Div:
    """A desk page: `main` between header and footer, and the drawer of evidence at its side. `kind` names
    the grid that several pages share."""
    return html.Div(
        [
            html.A(view.t("page.skip"), href=f"#{ids.MAIN}", className="skip-link"),
            _header(view),
            banner(view),
            html.Main(
                main,
                id=ids.MAIN,
                className=f"main main--{view.page}{f' main--{kind}' if kind else ''}",
                tabIndex=-1,
            ),
            html.Aside(
                className="evidence",
                hidden=True,
                **attr(data_island="evidence", aria_labelledby="evidence-title"),
            ),
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
            _menu(view),
            html.Nav(
                [_page_link(view, *page) for page in NAVIGATION], **attr(aria_label=view.t("page.pages"))
            ),
            html.Div([island(view, "date"), island(view, "clock")], className="now"),
            html.Div([_languages(view), _themes(view)], className="switches"),
        ],
        className="head",
    )


def _menu(view: View) -> html.Details:
    """What a phone folds pages, language and theme into: they stand after it and show when it is open. A
    wider head shows them always, and no menu."""
    bullet = [domain_bullet(view.page)] if view.page in DOMAINS else []
    said = html.Span(view.t("page.menu"), className="visually-hidden")
    return html.Details(html.Summary([said, *bullet, view.title], className="menu__head"), className="menu")


def _page_link(view: View, key: str, path: str) -> html.A:
    current = attr(aria_current="page") if view.page == key else {}
    bullet = [domain_bullet(key)] if key in DOMAINS else []
    return html.A([*bullet, view.t(f"page.{key}")], href=path, className="page-link", **current)


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
            html.A(island(view, "feed-strip"), href="/feeds", className="foot__feeds"),
            html.Div(
                [html.Span(view.t("age.last_picture"), className="quiet"), island(view, "data-age")],
                className="picture-age",
            ),
            *truth_tags(view),
        ],
        className="foot",
    )
