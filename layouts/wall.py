"""A wall screen: a sign, not a page. Sizes follow from the panel's height and its farthest viewer."""

from dash import html

from layouts.ids import wall as ids
from layouts.parts import attr, island, region, truth_tags
from layouts.shell import banner
from layouts.vehicle_map import credit_line, vehicle_map
from layouts.view import View

LINE_ROWS = 5
"""Rows of lines that fit beside the figures at the minimum size; what does not fit is counted in words."""


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
                            html.Section(
                                vehicle_map(view, ids.MAP),
                                className="region region--map",
                                **attr(data_dim=""),
                            ),
                            html.P(credit_line(view), className="credits"),
                        ],
                        className="wall__map",
                    ),
                    html.Div(
                        [
                            region(view.t("counts.title"), [island(view, "vehicle-counts")], "counts"),
                            region(
                                view.t("counts.buses"),
                                [island(view, "line-counts", rows=str(LINE_ROWS))],
                                "lines",
                            ),
                        ],
                        className="wall__side",
                    ),
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
