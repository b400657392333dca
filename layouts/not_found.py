"""The page for an address that does not exist."""

from dash import html

from layouts.shell import desk
from layouts.view import View


def layout(view: View) -> html.Div:
    """Say so, and offer the way to the map."""
    return desk(
        view,
        [
            html.H1(view.title),
            html.P(view.t("error.not_found_long")),
            html.P(html.A(view.t("error.to_map"), href="/mobility")),
        ],
    )
