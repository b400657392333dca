"""Navigation: the address in the browser decides the page.

`assets/address.js` tells the address: Dash's own component for it comes in a library of 100 kB of which
no page uses anything else.
"""

from collections.abc import Callable, Mapping

from dash import Dash, Input, Output
from dash.development.base_component import Component
from flask import request

from layouts.ids import shell as ids

Render = Callable[[str, str, Mapping[str, str]], Component]
"""Path, query and cookies -> the page's layout."""


def register(app: Dash, render: Render) -> None:
    """Show the page of the address whenever the address changes."""

    @app.callback(
        Output(ids.PAGE, "children"),
        Input(ids.LOCATION, "data-path"),
        Input(ids.LOCATION, "data-query"),
        prevent_initial_call=True,
    )
    def show_page(path: object, query: object) -> Component:
        return render(_text(path) or "/", _text(query), request.cookies)


def _text(value: object) -> str:
    """The value if it is text: what a browser sends is not to be trusted."""
    return value if isinstance(value, str) else ""
