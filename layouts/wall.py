"""A wall screen: a sign, not a page. Sizes follow from the panel's height and its farthest viewer.

The buses on one map and the roads on another: at one scale neither can be read. How even the lines run
says more about service than either, and stands beside them.
"""

from dash import html
from dash.development.base_component import Component

from layouts.ids import wall as ids
from layouts.parts import attr, island, level_legend, region, truth_tags
from layouts.shell import banner
from layouts.vehicle_map import credit_line, vehicle_map
from layouts.view import View

LINE_ROWS = 4
LINK_ROWS = 3
"""Rows that fit at the minimum size; lines that do not fit are counted in words."""


def layout(view: View) -> html.Div:
    """The scene of one screen, without anything to touch."""
    return html.Div(
        [
            html.Header(
                [
                    html.Span(className="domain domain--mobility", **attr(aria_hidden="true")),
                    html.H1(view.title),
                    html.Div(view.centre_name, className="brand"),
                    island(view, "date"),
                    island(view, "clock"),
                ],
                className="wall__head",
            ),
            banner(view),
            html.Main(
                [
                    html.Div(
                        [
                            _vehicles(view),
                            _roads(view),
                            html.P(credit_line(view), className="credits"),
                        ],
                        className="wall__maps",
                    ),
                    _service(view),
                ],
                className="wall__body",
            ),
            html.Footer(
                [
                    html.Strong(view.t("feeds.short")),
                    island(view, "feed-strip"),
                    html.Div(
                        [html.Span(view.t("age.picture_short"), className="quiet"), island(view, "data-age")],
                        className="picture-age",
                    ),
                    *truth_tags(view, short=True),
                ],
                className="wall__foot",
            ),
        ],
        className="wall",
    )


def _vehicles(view: View) -> html.Div:
    """The first view of the pack with its vehicles."""
    return html.Div(
        [
            region(
                view.t("wall.vehicles"),
                [vehicle_map(view, ids.MAP, layers=("vehicles", "ghosts", "lines"))],
                "map",
            ),
        ],
        className="wall__column",
    )


def _roads(view: View) -> html.Div:
    """The next view of the pack with its roads, and how many vehicles are in service."""
    views = view.city.spec.views
    roads: list[Component] = [
        vehicle_map(view, ids.CITY_MAP, views[1] if len(views) > 1 else views[0], ("links", "incidents"))
    ]
    return html.Div(
        [
            region(view.t("wall.roads"), roads, "roads"),
            level_legend(view),
            region(view.t("ops.service"), [island(view, "service-counts")], "counts"),
        ],
        className="wall__column",
    )


def _service(view: View) -> html.Div:
    """How even the lines run, and where the road is stuck."""
    return html.Div(
        [
            region(
                view.t("wall.widest"),
                [island(view, "evenness", rows=str(LINE_ROWS))],
                "evenness",
                note=view.t("wall.widest_unit"),
            ),
            region(
                view.t("wall.slowest"),
                [island(view, "slow-links", rows=str(LINK_ROWS), scope="city")],
                "slow",
                note=view.t("traffic.of_free_flow_unit"),
            ),
        ],
        className="wall__column",
    )
