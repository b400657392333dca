"""The mobility page: counts by state and line, list, map, the selected vehicle, the feeds."""

from dash import html

from layouts.ids import mobility as ids
from layouts.parts import island, region
from layouts.shell import desk
from layouts.vehicle_map import vehicle_map
from layouts.view import View


def layout(view: View) -> html.Div:
    """The page for one reader. Document order is the order of reading on a phone."""
    return desk(
        view,
        [
            html.H1(view.title, className="visually-hidden"),
            region(view.t("counts.title"), [island(view, "vehicle-counts")], "counts"),
            region(view.t("counts.buses"), [island(view, "line-counts", rows="12")], "lines"),
            region(view.t("map.title"), [vehicle_map(view, ids.MAP)], "map"),
            region(view.t("detail.title"), [island(view, "vehicle-detail")], "detail"),
            region(view.t("list.title"), [island(view, "vehicle-list")], "list"),
            region(view.t("feeds.title"), [island(view, "feed-list")], "feeds"),
        ],
    )
