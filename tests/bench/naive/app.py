"""The naive page: `dcc.Interval` asks each second, a callback answers GeoJSON, `dl.GeoJSON` draws it anew.

Its best variant is measured: circle markers on a canvas (default icons take ten times the main
thread), the fast live store of the product, Dash served by threads under uvicorn.
"""

import argparse
from typing import Any

import dash_leaflet as dl
import uvicorn
from a2wsgi import WSGIMiddleware
from dash import Dash, Input, Output, dcc, html

from data_sources.stores.live import RedisLive
from data_sources.views.frames import epoch_ms

THREADS = 16
PERIOD_MS = 1000


def create_app(live: RedisLive, bounds: tuple[float, float, float, float]) -> Dash:
    """One map with every vehicle."""
    west, south, east, north = bounds
    app = Dash(__name__, update_title=None)  # type: ignore[arg-type]
    app.layout = html.Div(
        [
            dl.Map(
                dl.GeoJSON(id="vehicles", pointToLayer={"variable": "dashExtensions.default.vehicleMarker"}),
                bounds=[[south, west], [north, east]],
                preferCanvas=True,
                style={"height": "95vh"},
            ),
            dcc.Interval(id="tick", interval=PERIOD_MS),
        ]
    )

    @app.callback(Output("vehicles", "data"), Input("tick", "n_intervals"))
    def show_vehicles(_: int | None) -> dict[str, Any]:
        return feature_collection(live)

    return app


def feature_collection(live: RedisLive) -> dict[str, Any]:
    """Every vehicle as a GeoJSON feature; `t` is when the picture was put, to measure with."""
    fixes = [fix for picture in live.positions().values() for fix in picture]
    return {
        "type": "FeatureCollection",
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--redis-url", required=True)
    parser.add_argument("--city-id", required=True)
    parser.add_argument("--bounds", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    west, south, east, north = map(float, given.bounds.split(","))
    app = create_app(RedisLive(given.redis_url, given.city_id), (west, south, east, north))
    uvicorn.run(
        WSGIMiddleware(app.server, workers=THREADS),
        port=given.port,
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
