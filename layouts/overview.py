"""The city in one look: seven domains, most urgent first, and what needs a person."""

from dash import html
from dash.development.base_component import Component

from layouts.parts import island, region
from layouts.shell import desk
from layouts.view import View


def layout(view: View) -> html.Div:
    """The page for one reader. What needs a person comes first on a phone."""
    attend: list[Component] = [island(view, "attention")]
    domains: list[Component] = [island(view, "overview-domains")]
    return desk(
        view,
        [
            html.H1(
                view.t("overview.title", city=view.city.spec.names.get(view.lang)),
                className="visually-hidden",
            ),
            region(view.t("attention.title"), attend, "attend"),
            region(view.t("overview.domains"), domains, "domains", note=view.t("overview.note")),
        ],
    )
