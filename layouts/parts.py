"""Small parts that pages share: islands, sections, tags."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts.view import View


def island(view: View, name: str, **data: str) -> html.Div:
    """A leaf that a script of assets/ fills from the stream and Dash never touches again.

    Until the first data it says so by itself (`data-empty`, drawn by base.css): never a zero, never blank.
    """
    attributes: dict[str, Any] = {f"data-{key}": value for key, value in data.items()}
    return html.Div(className=name, **{"data-island": name, "data-empty": view.t("no.data"), **attributes})


def region(title: str, children: list[Component], area: str) -> html.Section:
    """A region under a heading, dimmed as a whole when the server is lost."""
    heading = f"{area}-title"
    return html.Section(
        [html.H2(title, id=heading, className="region__title"), *children],
        className=f"region region--{area}",
        **{"aria-labelledby": heading, "data-dim": ""},
    )


def truth_tags(view: View, short: bool = False) -> list[Component]:
    """What kind of truth this installation shows; nothing for real, present data."""
    words = []
    if view.synthetic:
        text = view.t("synthetic.tag" if short else "synthetic.long")
        words.append(f"{text} · {view.t('synthetic.timetable')}" if view.demo_timetable and not short else text)
    if view.replay:
        words.append(view.t("replay.tag" if short else "replay.long"))
    return [html.Strong(text, className="truth-tag") for text in words]
