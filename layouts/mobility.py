"""The mobility page, for the dispatcher: is the service even, who is missing, where is the road stuck,
what happens next? Headways, ladders and the map stand side by side; what was chosen is told below the map."""

from dash import html

from layouts.ids import mobility as ids
from layouts.parts import Tab, attr, island, level_legend, region, tabs
from layouts.shell import desk
from layouts.vehicle_map import vehicle_map
from layouts.view import View


def layout(view: View) -> html.Div:
    """The page for one reader. Document order is the order of reading on a phone."""
    spec = view.city.spec.operations
    return desk(
        view,
        [
            html.H1(view.title, className="visually-hidden"),
            html.Div(
                [
                    region(
                        view.t("ops.title"),
                        [island(view, "service-counts"), island(view, "headway-board")],
                        "board",
                        note=view.t("ops.band", low=f"{spec.bunched_share:g}", high=f"{spec.gap_share:g}"),
                    ),
                    region(
                        view.t("traffic.slowest"),
                        [island(view, "slow-links", rows="3")],
                        "slow",
                        note=view.t("traffic.of_free_flow_unit"),
                    ),
                ],
                className="pane pane--service",
            ),
            region(
                view.t("ops.ladders"), [island(view, "ladders")], "ladders", note=view.t("ops.ladders_note")
            ),
            region(
                view.t("map.title"),
                [
                    vehicle_map(view, ids.MAP),
                    html.Div(
                        [
                            html.Div(
                                className="toggles",
                                role="group",
                                **attr(data_island="map-layers", aria_label=view.t("layer.title")),
                            ),
                            level_legend(view),
                        ],
                        className="map-tools",
                    ),
                ],
                "map",
            ),
            html.Section(
                tabs(
                    view.t("tab.title"),
                    [
                        Tab(
                            "vehicle",
                            view.t("tab.vehicle"),
                            [island(view, "vehicle-detail"), island(view, "headway-chart", of="vehicle")],
                            opens="selectedId",
                        ),
                        Tab(
                            "stop",
                            view.t("tab.stop"),
                            [island(view, "stop-board"), island(view, "headway-chart", of="stop")],
                            opens="stopId",
                        ),
                        Tab(
                            "vehicles",
                            view.t("tab.vehicles"),
                            [island(view, "vehicle-list")],
                            keeps="selectedId",
                        ),
                        Tab(
                            "incidents",
                            view.t("tab.incidents"),
                            [island(view, "incident-list")],
                            opens="incidentId",
                        ),
                        Tab(
                            "traffic",
                            view.t("tab.traffic"),
                            [
                                island(view, "traffic-index"),
                                island(view, "slow-links", rows="8", scope="city"),
                            ],
                            opens="linkId",
                        ),
                        Tab("service", view.t("tab.service"), [island(view, "service-contract")]),
                        Tab("feeds", view.t("tab.feeds"), [island(view, "feed-list")]),
                    ],
                ),
                className="region region--tabs",
                **attr(data_dim="", aria_label=view.t("tab.title")),
            ),
        ],
    )
