"""Small parts that pages share: islands, sections, tags."""

from collections.abc import Sequence
from dataclasses import dataclass
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


def domain_bullet(domain: str) -> html.Span:
    """The bullet of a domain; a word always stands beside it."""
    return html.Span(className=f"domain domain--{domain}", **attr(aria_hidden="true"))


def region(title: str, children: list[Component], area: str, note: str = "") -> html.Section:
    """A region under a heading, dimmed as a whole when the server is lost; `note` says how to read it."""
    heading = f"{area}-title"
    head: Component = html.H2(title, id=heading, className="region__title")
    if note:
        head = html.Div([head, html.Span(note, className="region__note")], className="region__head")
    return html.Section(
        [head, *children],
        className=f"region region--{area}",
        **attr(aria_labelledby=heading, data_dim=""),
    )


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several panels that share a place. `opens` names the key of the page's state whose change
    brings the panel up, `keeps` one whose change does not take the reader away from it."""

    key: str
    title: str
    children: list[Component]
    opens: str = ""
    keeps: str = ""


def tabs(label: str, items: Sequence[Tab]) -> list[Component]:
    """A list of tabs, worked by tabs.js, and their panels. Without the script all panels are seen."""
    chosen = items[0].key
    buttons = [
        html.Button(
            item.title,
            id=f"tab-{item.key}",
            type="button",
            role="tab",
            className="tab",
            **attr(aria_controls=f"panel-{item.key}", aria_selected=str(item.key == chosen).lower()),
            **(attr(data_opens=item.opens) if item.opens else {}),
            **(attr(data_keeps=item.keeps) if item.keeps else {}),
        )
        for item in items
    ]
    panels = [
        html.Div(
            item.children,
            id=f"panel-{item.key}",
            role="tabpanel",
            tabIndex=0,
            className=f"panel panel--{item.key}",
            **attr(aria_labelledby=f"tab-{item.key}"),
        )
        for item in items
    ]
    bar = html.Div(buttons, className="tabs", role="tablist", **attr(data_island="tabs", aria_label=label))
    return [bar, *panels]


LEVELS = (("a", "A–B"), ("c", "C"), ("d", "D"), ("e", "E"), ("f", "F"))


def level_legend(view: View) -> html.Ul:
    """Levels of service as the map draws them: colour, width and letter; no data has a look of its own."""
    shown = [*LEVELS, ("none", view.t("no.data"))]
    return html.Ul(
        [
            html.Li([html.I(className=f"level level--{key}", **attr(aria_hidden="true")), words])
            for key, words in shown
        ],
        className="levels",
        **attr(aria_label=view.t("traffic.levels")),
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
