"""Data health: every feed and agency, how it does now and did this month, and what is expected and silent."""

from dash import html
from dash.development.base_component import Component

from layouts.parts import island, region
from layouts.shell import desk
from layouts.view import View


def layout(view: View) -> html.Div:
    """The page for one reader. Agencies in trouble come first."""
    health: list[Component] = [island(view, "feeds-health")]
    imports: list[Component] = [island(view, "feeds-imports")]
    return desk(
        view,
        [
            html.H1(view.t("health.title"), className="visually-hidden"),
            region(view.t("health.feeds"), health, "health", note=view.t("health.note")),
            region(view.t("health.imports"), imports, "imports", note=view.t("health.imports_note")),
        ],
    )
