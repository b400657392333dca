"""Energy: the day of electricity first, then what the sun gives, what buses take, and which lights work."""

from dash import html
from dash.development.base_component import Component

from layouts.domain import domain_page
from layouts.parts import island
from layouts.subjects import course, panel, specs_of, told_of
from layouts.view import View


def layout(view: View) -> html.Div:
    """The page for one reader."""
    return domain_page(view, [*_demand(view), *_solar(view), *_lights(view), *_fleet(view)])


def _demand(view: View) -> list[Component]:
    if not told_of(view, "electricity_demand"):
        return []
    chart = island(
        view,
        "chart-cycle",
        domain="energy",
        property="electricity_demand",
        cycle="day",
        grain="hour",
        backs="0 1 7",
    )
    return [panel(view, "demand", [chart], view.t("energy.demand_note"))]


def _solar(view: View) -> list[Component]:
    if not told_of(view, "solar_energy", "solar_power"):
        return []
    chart = island(
        view,
        "chart-cycle",
        domain="energy",
        property="solar_power",
        cycle="day",
        grain="hour",
        form="columns",
        mean="14",
    )
    return [panel(view, "solar", [chart], view.t("energy.solar_note"))]


def _lights(view: View) -> list[Component]:
    if not told_of(view, "streetlight_fault"):
        return []
    works = island(
        view, "working", domain="energy", kind="streetlight", property="streetlight_fault", works="0"
    )
    charts = [
        course(view, spec, "hour", 4, compare="none") for spec in specs_of(view, "streetlight_fault")[:1]
    ]
    return [panel(view, "lights", [works, *charts], view.t("working.note"))]


def _fleet(view: View) -> list[Component]:
    intensity = specs_of(view, "ev_energy_intensity")[:1]
    if not intensity:
        return []
    charts = [course(view, spec, "day", 35, compare="none") for spec in intensity]
    return [panel(view, "fleet", [island(view, "electric-fleet"), *charts], view.t("energy.fleet_note"))]
