"""Small parts that pages share: islands, sections, tags."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts.view import View


def attr(**values: str) -> dict[str, Any]:
    """Attributes that are no names of Python: `attr(aria_label="x")` is `aria-label="x"`."""
    return {name.replace("_", "-"): value for name, value in values.items()}


def island(view: View, name: str, **data: str) -> html.Div:
    """A leaf that a script of assets/ fills from the stream and Dash never touches again.

    Until the first data it says so by itself (`data-empty`, drawn by base.css): never a zero, never blank.
    """
    return html.Div(
        className=name,
        **attr(data_island=name, data_empty=view.t("no.data")),
        **attr(**{f"data_{key}": value for key, value in data.items()}),
    )


def region(title: str, children: list[Component], area: str) -> html.Section:
    """A region under a heading, dimmed as a whole when the server is lost."""
    heading = f"{area}-title"
    return html.Section(
        [html.H2(title, id=heading, className="region__title"), *children],
        className=f"region region--{area}",
        **attr(aria_labelledby=heading, data_dim=""),
    )


def truth_tags(view: View, short: bool = False) -> list[Component]:
    """What kind of truth this installation shows; nothing for real, present data."""
    words = []
    if view.synthetic:
        text = view.t("synthetic.tag" if short else "synthetic.long")
        words.append(
            f"{text} · {view.t('synthetic.timetable')}" if view.demo_timetable and not short else text
        )
    if view.replay:
        words.append(view.t("replay.tag" if short else "replay.long"))
    return [html.Strong(text, className="truth-tag") for text in words]
