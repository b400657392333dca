"""The mobility page, for the dispatcher: is the service even, who is missing, where is the road stuck,
what happens next? Headways, ladders and the map stand side by side; what was chosen is told below the map."""

from dash import html
from dash.development.base_component import Component

from layouts.ids import mobility as ids
from layouts.parts import Tab, attr, island, level_legend, region, tabs
from layouts.shell import desk
from layouts.vehicle_map import vehicle_map
from layouts.view import View


def layout(view: View) -> html.Div:
    """The page for one reader. Document order is the order of reading on a phone.

    A city without a schedule owes no headways and has no ladders: its vehicles stand in their place.
    """
    scheduled = view.city.spec.gtfs is not None
    heading = html.H1(view.title, className="visually-hidden")
    if not scheduled:
        return desk(view, [heading, _fleet(view), _map(view), _tabs(view, _vehicle_tabs(view))])
    return desk(view, [heading, _service(view), _ladders(view), _map(view), _tabs(view, _all_tabs(view))])


def _service(view: View) -> html.Div:
    spec = view.city.spec.operations
    band = view.t("ops.band", low=f"{spec.bunched_share:g}", high=f"{spec.gap_share:g}")
    board: list[Component] = [island(view, "service-counts"), island(view, "headway-board")]
    slow: list[Component] = [island(view, "slow-links", rows="3")]
    return html.Div(
        [
            region(view.t("ops.title"), board, "board", note=band),
            region(view.t("traffic.slowest"), slow, "slow", note=view.t("traffic.of_free_flow_unit")),
        ],
        className="pane pane--service",
    )


def _fleet(view: View) -> html.Div:
    fleet: list[Component] = [island(view, "service-counts", plain="1"), island(view, "vehicle-list")]
    return html.Div(
        [region(view.t("tab.vehicles"), fleet, "board")], className="pane pane--service pane--fleet"
    )


def _ladders(view: View) -> html.Section:
    return region(
        view.t("ops.ladders"), [island(view, "ladders")], "ladders", note=view.t("ops.ladders_note")
    )


def _map(view: View) -> html.Section:
    toggles = html.Div(
        className="toggles",
        role="group",
        **attr(data_island="map-layers", aria_label=view.t("layer.title")),
    )
    tools = html.Div([toggles, level_legend(view)], className="map-tools")
    return region(view.t("map.title"), [vehicle_map(view, ids.MAP), tools], "map")


def _tabs(view: View, chosen: list[Tab]) -> html.Section:
    title = view.t("tab.title")
    return html.Section(
        tabs(title, chosen), className="region region--tabs", **attr(data_dim="", aria_label=title)
    )


def _all_tabs(view: View) -> list[Tab]:
    indicators, _, *others = _vehicle_tabs(view)
    stop: list[Component] = [island(view, "stop-board"), island(view, "headway-chart", of="stop")]
    vehicle = Tab(
        "vehicle",
        view.t("tab.vehicle"),
        [island(view, "vehicle-detail"), island(view, "headway-chart", of="vehicle")],
        opens="selectedId",
    )
    return [
        indicators,
        vehicle,
        Tab("stop", view.t("tab.stop"), stop, opens="stopId"),
        Tab("vehicles", view.t("tab.vehicles"), [island(view, "vehicle-list")], keeps="selectedId"),
        *others[:-1],
        Tab("service", view.t("tab.service"), [island(view, "service-contract")]),
        *others[-1:],
    ]


def _vehicle_tabs(view: View) -> list[Tab]:
    """What can be told without a schedule. The first one has something to say before anything is chosen."""
    traffic: list[Component] = [
        island(view, "traffic-index"),
        island(view, "slow-links", rows="8", scope="city"),
    ]
    return [
        Tab(
            "indicators",
            view.t("tab.indicators"),
            [
                island(view, "indicator-rows", domain="mobility", sort="urgency"),
                island(view, "today", domain="mobility"),
            ],
        ),
        Tab("vehicle", view.t("tab.vehicle"), [island(view, "vehicle-detail")], opens="selectedId"),
        Tab("incidents", view.t("tab.incidents"), [island(view, "incident-list")], opens="incidentId"),
        Tab("traffic", view.t("tab.traffic"), traffic, opens="linkId"),
        Tab("feeds", view.t("tab.feeds"), [island(view, "feed-list")]),
    ]
