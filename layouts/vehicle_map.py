"""The map: Leaflet's frame, credits and scale. Base map and vehicles are drawn by scripts of assets/."""

from collections.abc import Sequence
from html import escape
from typing import Any

import dash_leaflet as dl
from dash import html
from dash.development.base_component import Component

from data_sources.model.city import MapView
from layouts.parts import attr
from layouts.view import View

MIN_ZOOM, MAX_ZOOM = 9, 19
DESK_ZOOM_STEP = 0.5
CREDIT_SEPARATOR = " · "
WALL_ZOOM_STEP = 0.05
"""A wall fits its view to the panel and never zooms, so any scale will do."""


def vehicle_map(
    view: View, map_id: str, opens_at: MapView | None = None, layers: Sequence[str] = ()
) -> html.Div:
    """A map of the page, opened at a view of the pack, the first unless told; no controls on a wall.

    `layers` are the only ones that this map draws; without them it draws what the reader chooses.
    """
    is_wall = view.screen is not None
    shown = opens_at or view.city.spec.views[0]
    box = shown.bounds
    children: list[Component] = []
    if view.tile_url:
        children.append(dl.TileLayer(url=view.tile_url))
    if not is_wall:
        children.append(dl.AttributionControl(prefix=_foldable(credit_line(view)), position="bottomright"))
        children.append(dl.ScaleControl(position="bottomleft", imperial=False))
    hands = {
        name: not is_wall
        for name in ("dragging", "keyboard", "scrollWheelZoom", "doubleClickZoom", "touchZoom")
    }
    leaflet: Any = dl.Map(
        children,
        id=map_id,
        className="map__leaflet",
        bounds=[[box.south, box.west], [box.north, box.east]],
        minZoom=MIN_ZOOM,
        maxZoom=MAX_ZOOM,
        zoomSnap=WALL_ZOOM_STEP if is_wall else DESK_ZOOM_STEP,
        zoomControl=not is_wall,
        attributionControl=False,
        trackViewport=False,  # dash-leaflet would compare the view with a centre that is not given, and fail
        preferCanvas=True,
        zoomAnimation=False,
        fadeAnimation=False,
        markerZoomAnimation=False,
        boxZoom=False,
        **hands,
    )
    return html.Div(
        leaflet,
        className="map",
        role="region",
        **attr(aria_label=view.t("map.aria"), data_view=shown.view_id),
        **(attr(data_layers=" ".join(layers)) if layers else {}),
    )


def _foldable(credit: str) -> str:
    """The credits as HTML, which Leaflet wants. A narrow map shows the first two, all when touched."""
    words = escape(credit).split(CREDIT_SEPARATOR)
    first, rest = words[:2], words[2:]
    hidden = f'<span class="credit__rest">{"".join(CREDIT_SEPARATOR + word for word in rest)}</span>'
    return f'<span class="credit" tabindex="0">{CREDIT_SEPARATOR.join(first)}{hidden if rest else ""}</span>'


def credit_line(view: View) -> str:
    """Who the map is owed to; layers that were laid by hand are said to be schematic."""
    spec = view.city.spec
    words = ["Leaflet", *spec.attributions, *([view.tile_attribution] if view.tile_attribution else [])]
    if any(layer.schematic for layer in spec.layers):
        words.append(view.t("map.schematic"))
    return CREDIT_SEPARATOR.join(words)
