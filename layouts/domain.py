"""What the pages of the domains share: the indicators at the left, what the domain is about beside them."""

from dash import html
from dash.development.base_component import Component

from layouts.parts import domain_bullet, island, region
from layouts.shell import desk
from layouts.view import View


def domain_page(view: View, subject: list[Component]) -> html.Div:
    """The page of the domain `view.page`; `subject` is laid out by the page's own grid."""
    return desk(
        view, [indicators(view), html.Div(subject, className=f"subject subject--{view.page}")], "domain"
    )


def indicators(view: View) -> html.Div:
    """The domain's indicators, how many can be judged, and what changed today."""
    heading = html.Div(
        [
            domain_bullet(view.page),
            html.H1(view.t(f"domain.{view.page}")),
            html.Span(view.t("indicator.columns"), className="region__note"),
        ],
        className="domain-head",
    )
    rows = island(view, "indicator-rows", domain=view.page)
    today = region(view.t("today.title"), [island(view, "today", domain=view.page)], "today")
    return html.Div([heading, rows, today], className="pane pane--indicators")
