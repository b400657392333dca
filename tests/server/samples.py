"""Small real objects for the tests of the web process: a city, fixes, statuses, a Dash application."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dash import Dash, Input, Output, dcc, html

from data_sources.errors import StoreError
from data_sources.model.city import BaseLayer, Bounds, City, CitySpec, FeedSpec, MapView, TrafficSpec
from data_sources.model.feed import FeedState, FeedStatus
from data_sources.model.operations import OperationsPicture
from data_sources.model.spec import Names
from data_sources.model.traffic import Facility, Incident, LinkState
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition
from data_sources.stores.memory import MemoryLive

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>\n\u2028"


def both(name: str) -> Names:
    return Names(th=name, en=name)


def make_city(root: Path) -> City:
    (root / "network").mkdir(exist_ok=True)
    lakes = '{"type":"FeatureCollection","features":[' + ",".join(['{"type":"Feature"}'] * 100) + "]}"
    (root / "network" / "lakes.geojson").write_text(lakes, encoding="utf-8")
    (root / "city.toml").write_text("secret", encoding="utf-8")
    bounds = Bounds(west=10, south=50, east=11, north=51)
    return City(
        root=root,
        spec=CitySpec(
            city_id="testville",
            names=both("Testville"),
            centre_name=both("Testville Centre"),
            timezone="UTC",
            bounds=bounds,
            views=(MapView(view_id="all", names=both("All"), bounds=bounds),),
            layers=(BaseLayer(file="network/lakes.geojson", role="water", source="drawn"),),
            traffic=TrafficSpec(),
        ),
        feeds=(
            feed_spec("bus_a"),
            feed_spec("bus_b"),
            FeedSpec(feed_id="idle", kind="gtfs_realtime", names=both("Idle"), agency=both("Idle"), url=""),
        ),
        screens=(),
    )


def feed_spec(feed_id: str) -> FeedSpec:
    return FeedSpec(
        feed_id=feed_id,
        kind="gtfs_realtime",
        names=both(feed_id),
        agency=both("Testville Transit"),
        url="http://127.0.0.1:9/feed",
        interval_s=15,
    )


def fix(vehicle_id: str, age_s: float = 5, feed_id: str = "bus_a", **more: object) -> VehiclePosition:
    at = NOW - timedelta(seconds=age_s)
    values = {"lat": 50.5, "lon": 10.5, "route_id": "7", "observed_at": at, "received_at": at, **more}
    return VehiclePosition(vehicle_id=vehicle_id, feed_id=feed_id, **values)  # type: ignore[arg-type]


def status(feed_id: str, good_age_s: float = 5, **more: object) -> FeedStatus:
    at = NOW - timedelta(seconds=good_age_s)
    values = {"state": FeedState.UP, "last_good_at": at, "last_content_at": at, **more}
    return FeedStatus(feed_id=feed_id, kind="gtfs_realtime", interval_s=15, **values)  # type: ignore[arg-type]


class BreakableLive(MemoryLive):
    """A live store that can be made to fail like one that is away."""

    is_away = False

    def _check(self) -> None:
        if self.is_away:
            raise StoreError("connection refused at redis://user:hush@127.0.0.1")

    def positions(self) -> dict[str, tuple[VehiclePosition, ...]]:
        self._check()
        return super().positions()

    def alerts(self) -> dict[str, tuple[ServiceAlert, ...]]:
        self._check()
        return super().alerts()

    def trip_updates(self) -> dict[str, tuple[TripUpdate, ...]]:
        self._check()
        return super().trip_updates()

    def feed_statuses(self) -> dict[str, FeedStatus]:
        self._check()
        return super().feed_statuses()

    def links(self) -> tuple[LinkState, ...]:
        self._check()
        return super().links()

    def incidents(self) -> tuple[Incident, ...]:
        self._check()
        return super().incidents()

    def facilities(self) -> dict[str, tuple[Facility, ...]]:
        self._check()
        return super().facilities()

    def operations(self) -> OperationsPicture | None:
        self._check()
        return super().operations()

    def ping(self) -> None:
        self._check()


def small_dash() -> Dash:
    """An application with a clientside callback (an inline script) and a callback that takes its time."""
    app = Dash(__name__, assets_folder="no-assets")
    app.layout = html.Div([dcc.Input(id="sleep-s", type="number"), html.P(id="slept"), html.P(id="twice")])
    app.clientside_callback("(n) => 2 * n", Output("twice", "children"), Input("sleep-s", "value"))

    @app.callback(Output("slept", "children"), Input("sleep-s", "value"))
    def sleep(seconds: float | None) -> str:
        time.sleep(seconds or 0)
        return f"slept {seconds}"

    return app


def callback_request(seconds: float) -> dict[str, object]:
    return {
        "output": "slept.children",
        "outputs": {"id": "slept", "property": "children"},
        "inputs": [{"id": "sleep-s", "property": "value", "value": seconds}],
        "changedPropIds": ["sleep-s.value"],
    }
