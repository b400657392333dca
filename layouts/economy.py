"""Economy: statistics that come late. The months beside those of last year, a sheet with all their ages."""

from dash import html
from dash.development.base_component import Component

from layouts.domain import domain_page
from layouts.parts import island
from layouts.subjects import course_panel, cycle_panel, panel
from layouts.view import View

PRICES_BACK_DAYS = 740
"""Two years: the months of this one against those of the last."""


def layout(view: View) -> html.Div:
    """The page for one reader."""
    sheet: list[Component] = [island(view, "statistics", domain=view.page, caption=view.t("economy.sheet"))]
    return domain_page(
        view,
        [
            *cycle_panel(view, "visitors", "visitors", "year", "month", form="columns"),
            *cycle_panel(view, "airport", "airport_passengers", "year", "month", form="columns"),
            *course_panel(view, "prices", "cpi_yoy", "month", PRICES_BACK_DAYS, compare="none"),
            *cycle_panel(view, "hotels", "hotel_occupancy", "year", "month"),
            *cycle_panel(view, "businesses", "company_registrations", "year", "month", form="columns"),
            panel(view, "sheet", sheet, view.t("economy.sheet_note")),
        ],
    )
