"""Environment: the air first, by the hour and by the season; then water, from the lakes to the road, with the
steps of a flood; then rain, temperature and every station's own figures."""

from dash import html
from dash.development.base_component import Component

from layouts.domain import domain_page
from layouts.ids import environment as ids
from layouts.parts import island
from layouts.subjects import panel, specs_of, told_of
from layouts.vehicle_map import vehicle_map
from layouts.view import View

AIR_DAYS_BACK = 7
WEATHER_DAYS_BACK = 3
SEASON = {"from-month": "11", "months": "7", "seasons": "3"}
"""Haze comes with the dry months: burning after the harvest, from November, and no rain before May."""
FIRST_ROWS = "5"


def layout(view: View) -> html.Div:
    """The page for one reader: what changes hourly in the middle, what stands where at its side."""
    middle = [*_air(view), _pair(view), *_season(view), *_weather(view)]
    side = [*_stations(view), *_flood(view, "road"), *_flood(view, "pipe"), *_rain(view), *_districts(view)]
    return domain_page(
        view,
        [
            html.Div(middle, className="subject__main"),
            html.Div(side, className="subject__side"),
        ],
    )


def _air(view: View) -> list[Component]:
    return [
        panel(
            view,
            "air",
            [island(view, "chart-series", key=spec.key, grain="hour", back=str(AIR_DAYS_BACK))],
            view.t("environment.air_note"),
        )
        for spec in specs_of(view, "pm25_24h", "pm25")[:1]
    ]


def _season(view: View) -> list[Component]:
    judged = [spec for spec in specs_of(view, "pm25_24h", "pm25") if spec.bands is not None]
    return [
        panel(
            view,
            "season",
            [_seasons(view, spec.key)],
            view.t("environment.season_note"),
        )
        for spec in judged[:1]
    ]


def _seasons(view: View, key: str) -> Component:
    return island(view, "chart-season", key=key, **SEASON)


def _pair(view: View) -> html.Div:
    """Lakes and map, side by side."""
    lakes: list[Component] = []
    if _has(view, "lake"):
        columns = island(view, "chart-columns", kinds="lake", property="lake_freeboard")
        lakes = [panel(view, "lakes", [columns], view.t("environment.lakes_note"))]
    places: list[Component] = [island(view, "place-legend"), _map(view)]
    return html.Div([*lakes, panel(view, "places", places)], className="subject__pair")


def _map(view: View) -> Component:
    views = view.city.spec.views
    return html.Div(
        vehicle_map(view, ids.MAP, views[1] if len(views) > 1 else views[0], layers=("places",)),
        className="map-place",
    )


def _weather(view: View) -> list[Component]:
    """Temperature over rain, on the same hours."""
    charts: list[Component] = [
        island(
            view,
            "chart-series",
            property=name,
            grain="hour",
            back=str(WEATHER_DAYS_BACK),
            compare="none",
            **more,
        )
        for name, more in (
            ("air_temperature", {}),
            ("rain_1h", {"look": "bars", "statistic": "max"}),
        )
    ]
    return [panel(view, "weather", charts, view.t("environment.weather_note"))]


def _stations(view: View) -> list[Component]:
    if not (_has(view, "air_station") or told_of(view, "pm25_24h", "pm25")):
        return []
    table = island(
        view,
        "station-table",
        kinds="air_station",
        properties="pm25_24h aqi_th aqi_source",
        caption=view.t("environment.stations"),
    )
    return [panel(view, "stations", [table])]


def _districts(view: View) -> list[Component]:
    if not _has(view, "district"):
        return []
    table = island(
        view,
        "station-table",
        kinds="district",
        properties="pm25_24h pm25",
        most=FIRST_ROWS,
        caption=view.t("environment.districts"),
    )
    return [panel(view, "districts", [table], view.t("environment.districts_note"))]


def _flood(view: View, what: str) -> list[Component]:
    """Points on the road or in drains, and the steps of their scale."""
    kind, name = f"{what}_point", f"{what}_water"
    if not _has(view, kind):
        return []
    children: list[Component] = []
    for scale in _scales(view, kind, name)[:1]:
        children.append(island(view, "steps", scale=scale, property=name, kinds=kind))
    children.append(
        island(
            view,
            "station-table",
            kinds=kind,
            properties=name,
            most=FIRST_ROWS,
            caption=view.t(f"environment.{what}"),
        )
    )
    return [panel(view, what, children, view.t("environment.steps_note"))]


def _rain(view: View) -> list[Component]:
    if not _has(view, "rain_gauge"):
        return []
    table = island(
        view,
        "station-table",
        kinds="rain_gauge weather_station",
        properties="rain_15min rain_1h rain_24h",
        most=FIRST_ROWS,
        caption=view.t("environment.rain"),
    )
    return [panel(view, "rain", [table])]


def _has(view: View, kind: str) -> bool:
    return any(feature.kind == kind for feature in view.city.features)


def _scales(view: View, kind: str, name: str) -> list[str]:
    """Scales that features of the kind are judged by, each once."""
    own = [one.scales[name] for one in view.city.features if one.kind == kind and name in one.scales]
    return list(dict.fromkeys(own))
