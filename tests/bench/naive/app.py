"""The naive page: `dcc.Interval` asks each second, a callback answers GeoJSON, `dl.GeoJSON` draws it anew.

Its best variant is measured: circle markers on a canvas (default icons take ten times the main
thread), the fast live store of the product, Dash served by threads under uvicorn. Links, where there
are any, are asked for no oftener than they change, and their geometry is kept ready; it is sent and
drawn each time all the same, for that is what `dl.GeoJSON` can do.
"""

import argparse
from collections.abc import Sequence
from typing import Any

import dash_leaflet as dl
import uvicorn
from a2wsgi import WSGIMiddleware
from dash import Dash, Input, Output, dcc, html

from data_sources.model.traffic import Link
from data_sources.stores.live import RedisLive
from data_sources.views.frames import epoch_ms
from tests.bench.feeder import LINKS_EVERY
from tests.bench.site import network_of

THREADS = 16
PERIOD_MS = 1000


def create_app(
    live: RedisLive, bounds: tuple[float, float, float, float], links: Sequence[Link] = ()
) -> Dash:
    """One map with every vehicle and, where given, every link."""
    west, south, east, north = bounds
    app = Dash(__name__, update_title=None)  # type: ignore[arg-type]
    app.layout = html.Div(
        [
            dl.Map(
                [
                    dl.GeoJSON(id="links", style={"variable": "dashExtensions.default.linkStyle"}),
                    dl.GeoJSON(
                        id="vehicles", pointToLayer={"variable": "dashExtensions.default.vehicleMarker"}
                    ),
                ],
                bounds=[[south, west], [north, east]],
                preferCanvas=True,
                style={"height": "95vh"},
            ),
            dcc.Interval(id="tick", interval=PERIOD_MS),
            dcc.Interval(id="links-tick", interval=LINKS_EVERY * PERIOD_MS, disabled=not links),
        ]
    )

    @app.callback(Output("vehicles", "data"), Input("tick", "n_intervals"))
    def show_vehicles(_: int | None) -> dict[str, Any]:
        return feature_collection(live)

    if links:
        geometries = {link.link_id: geometry(link) for link in links}

        @app.callback(Output("links", "data"), Input("links-tick", "n_intervals"))
        def show_links(_: int | None) -> dict[str, Any]:
            return link_collection(live, geometries)

    return app


def feature_collection(live: RedisLive) -> dict[str, Any]:
    """Every vehicle as a GeoJSON feature; `t` is when the picture was put, to measure with."""
    fixes = [fix for picture in live.positions().values() for fix in picture]
    return {
        "type": "FeatureCollection",
        "topic": "vehicles",
        "t": epoch_ms(max(fix.observed_at for fix in fixes)) if fixes else 0,
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [fix.lon, fix.lat]},
                "properties": {"id": fix.vehicle_id, "heading": fix.bearing_deg, "speed": fix.speed_kmh},
            }
            for fix in fixes
        ],
    }


def geometry(link: Link) -> dict[str, Any]:
    """A link's line as GeoJSON."""
    return {"type": "LineString", "coordinates": [(lon, lat) for lat, lon in link.points]}


def link_collection(live: RedisLive, geometries: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Every link as a GeoJSON feature."""
    states = live.links()
    return {
        "type": "FeatureCollection",
        "topic": "links",
        "t": max((epoch_ms(state.observed_at) for state in states if state.observed_at), default=0),
        "features": [
            {
                "type": "Feature",
                "geometry": geometries[state.link_id],
                "properties": {
                    "id": state.link_id,
                    "ratio": round(state.speed_kmh / state.free_flow_kmh, 2),
                },
            }
            for state in states
            if state.speed_kmh is not None and state.free_flow_kmh
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--redis-url", required=True)
    parser.add_argument("--city-id", required=True)
    parser.add_argument("--bounds", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--links", type=int, help="show the network grown to so many links, too")
    given = parser.parse_args()
    west, south, east, north = map(float, given.bounds.split(","))
    links = () if given.links is None else tuple(network_of(given.links).links.values())
    app = create_app(RedisLive(given.redis_url, given.city_id), (west, south, east, north), links)
    uvicorn.run(
        WSGIMiddleware(app.server, workers=THREADS),
        port=given.port,
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
