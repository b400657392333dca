"""People: small charts of the same five years, each from zero to its own maximum, so that equal heights are
equal shares and all can be compared."""

from dash import html
from dash.development.base_component import Component

from layouts.domain import domain_page
from layouts.parts import island
from layouts.subjects import inputs_of, panel
from layouts.view import View

GROUPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("who", frozenset({"population", "population_60_plus"})),
    ("learning", frozenset({"onet_m3", "out_of_school", "digital_trainees"})),
    ("welfare", frozenset({"tpmap_poor", "wifi_users", "satisfaction"})),
)
"""Headings by the properties that stand under them; what no heading names comes last."""
REST = "other"


def layout(view: View) -> html.Div:
    """The page for one reader."""
    panels: list[Component] = [
        panel(
            view,
            name,
            [island(view, "small-multiples", keys=" ".join(keys))],
            view.t("people.note") if place == 0 else "",
        )
        for place, (name, keys) in enumerate(grouped(view).items())
    ]
    return domain_page(view, panels)


def grouped(view: View) -> dict[str, list[str]]:
    """Keys of the page's indicators by group; groups without any are left out."""
    found: dict[str, list[str]] = {name: [] for name in (*(name for name, _ in GROUPS), REST)}
    for spec in view.city.indicators:
        if spec.domain == "people":
            inputs = inputs_of(spec)
            found[next((name for name, wanted in GROUPS if wanted & inputs), REST)].append(spec.key)
    return {name: keys for name, keys in found.items() if keys}
