"""Governance: what citizens report and how long it waits, the budget, and whose data can be relied on."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from data_sources.model.city import MapView
from data_sources.views.observations import tells_tickets
from layouts.domain import domain_page
from layouts.ids import governance as ids
from layouts.parts import attr, island
from layouts.subjects import cycle_panel, panel, specs_of
from layouts.vehicle_map import vehicle_map
from layouts.view import View


def layout(view: View) -> html.Div:
    """The page for one reader."""
    ledger: list[Component] = [island(view, "agency-ledger")]
    return domain_page(
        view,
        [
            *_tickets(view),
            panel(view, "ledger", ledger, view.t("governance.ledger_note")),
            *cycle_panel(view, "budget", "budget_disbursed", "fiscal", "month"),
            *_integrity(view),
        ],
    )


def town_view(views: Sequence[MapView]) -> MapView:
    """The view that reports come from: of the pack's views the second, the town, as on walls."""
    return views[1] if len(views) > 1 else views[0]


def _tickets(view: View) -> list[Component]:
    """What waits, and where; left out in a city that hears of no reports."""
    if not any(tells_tickets(feed) for feed in view.city.feeds):
        return []
    drawer = html.Aside(
        className="evidence ticket",
        hidden=True,
        **attr(data_island="ticket-drawer", aria_labelledby="ticket-title"),
    )
    waiting: list[Component] = [island(view, "ticket-summary"), drawer]
    return [
        panel(view, "tickets", waiting, view.t("governance.tickets_note")),
        panel(
            view,
            "map",
            [vehicle_map(view, ids.MAP, town_view(view.city.spec.views), ("tickets",))],
            view.t("governance.map_note"),
        ),
    ]


def _integrity(view: View) -> list[Component]:
    keys = " ".join(spec.key for spec in specs_of(view, "ita_score", "open_datasets_in_date"))
    multiples: list[Component] = [island(view, "small-multiples", keys=keys)]
    return [panel(view, "openness", multiples, view.t("governance.openness_note"))] if keys else []
