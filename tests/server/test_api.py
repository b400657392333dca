"""The API: what it answers, what it refuses, and that bad input is never a 500."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from google.transit import gtfs_realtime_pb2
from hypothesis import given
from hypothesis import strategies as st

from data_sources.model.feed import Batch, Rejected
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition
from data_sources.stores.memory import MemoryHistory
from tests.server.queries import Query, assert_answered, queries, some
from tests.server.samples import HOSTILE, NOW, BreakableLive, fix, status

Ask = Callable[..., httpx.Response]
PROPERTIES = {
    "vehicle_id",
    "label",
    "route_id",
    "trip_id",
    "bearing_deg",
    "speed_kmh",
    "occupancy",
    "observed_at",
    "received_at",
    "feed_id",
    "state",
    "reason",
}


def record(history: MemoryHistory, *fixes: VehiclePosition, **more: Any) -> None:
    batch = Batch(positions=tuple(fixes), **more)
    history.record("bus_a", NOW, batch, status("bus_a"), None)


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [feature["properties"]["vehicle_id"] for feature in answer.json()["features"]]


def test_vehicles_are_geojson_with_the_properties_of_the_contract(ask: Ask, live: BreakableLive) -> None:
    live.put_positions("bus_a", [fix("R1", bearing_deg=90.0, occupancy="EMPTY"), fix("R2", age_s=400)])
    answer = ask("GET", "/api/v1/vehicles")
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json()
    assert (body["type"], body["synthetic"], body["replay"]) == ("FeatureCollection", False, False)
    first, ghost = body["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [10.5, 50.5]}
    assert set(first["properties"]) == PROPERTIES
    assert (first["properties"]["state"], first["properties"]["reason"]) == ("live", None)
    assert (ghost["properties"]["state"], ghost["properties"]["reason"]) == ("ghost", "silent")


def test_simulated_vehicle_makes_the_answer_synthetic(ask: Ask, live: BreakableLive) -> None:
    live.put_positions("bus_a", [fix("R1", synthetic=True)])
    assert ask("GET", "/api/v1/vehicles").json()["synthetic"] is True


def test_no_vehicles_is_an_empty_collection(ask: Ask) -> None:
    assert ask("GET", "/api/v1/vehicles").json()["features"] == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("route_id=7", ["1", "2"]),
        ("route_id=7&route_id=8", ["1", "2", "3"]),
        ("state=late", ["2"]),
        ("state=live&state=late", ["1", "2", "3"]),
        ("bbox=10.6,50,11,51", ["3"]),
        ("route_id=none", []),
        ("route_id=7&state=late&bbox=10,50,11,51", ["2"]),
    ],
)
def test_vehicles_can_be_filtered(ask: Ask, live: BreakableLive, query: str, expected: list[str]) -> None:
    live.put_positions("bus_a", [fix("1"), fix("2", age_s=100), fix("3", route_id="8", lon=10.7)])
    assert ids(ask("GET", f"/api/v1/vehicles?{query}")) == expected


@pytest.mark.parametrize(
    "query",
    [
        "state=alive",
        "bbox=1,2,3",
        "bbox=11,50,10,51",
        "bbox=nan,50,11,51",
        "bbox=0,0,inf,1",
        "bbox=a,b,c,d",
        "at=yesterday",
        "at=2026-11-22T00:00:00",
        "at=2999-01-01T00:00:00Z",
        "at=0001-01-01T00:00:00%2B14:00",
        "at=1999-12-31T00:00:00Z",
        "at=",
        "bbox=",
        "limit=x",
    ],
)
def test_bad_parameter_is_refused_with_the_reason(ask: Ask, query: str) -> None:
    path = "/api/v1/feeds/bus_a/quarantine" if query.startswith("limit") else "/api/v1/vehicles"
    answer = ask("GET", f"{path}?{query}")
    assert answer.status_code == 422
    body = answer.json()
    assert body["error"] == "bad_parameter"
    assert body["reason"].startswith(query.partition("=")[0])


def test_past_minute_is_drawn_as_it_was_known_then(ask: Ask, history: MemoryHistory) -> None:
    record(history, fix("1", age_s=600, lat=50.1), fix("1", age_s=500, lat=50.2), fix("2", age_s=450))
    at = (NOW - timedelta(seconds=480)).isoformat().replace("+00:00", "Z")
    answer = ask("GET", f"/api/v1/vehicles?at={at}")
    assert ids(answer) == ["1"]
    (feature,) = answer.json()["features"]
    assert feature["geometry"]["coordinates"][1] == 50.2
    assert feature["properties"]["state"] == "live"


def test_past_picture_knows_its_ghosts(ask: Ask, history: MemoryHistory) -> None:
    record(history, fix("1", age_s=3000), fix("2", age_s=7300))
    at = (NOW - timedelta(seconds=2000)).isoformat().replace("+00:00", "Z")
    (feature,) = ask("GET", f"/api/v1/vehicles?at={at}").json()["features"]
    assert (feature["properties"]["vehicle_id"], feature["properties"]["reason"]) == ("1", "silent")


@pytest.mark.parametrize("offset", [" 07:00", "%2B07:00", " 0700"])
def test_unescaped_plus_of_an_offset_is_understood(ask: Ask, history: MemoryHistory, offset: str) -> None:
    record(history, fix("1", age_s=10))
    assert ids(ask("GET", f"/api/v1/vehicles?at=2026-11-22T07:30:00{offset}")) == ["1"]
    assert ids(ask("GET", f"/api/v1/vehicles?at=2026-11-22 07:30{offset}")) == ["1"]


def test_feeds_tell_state_age_and_counts_by_code(ask: Ask, live: BreakableLive) -> None:
    live.put_feed_status(status("bus_a", accepted=3, rejected={"position_zero": 2}))
    live.put_feed_status(status("bus_b", good_age_s=151))
    body = ask("GET", "/api/v1/feeds").json()
    assert body["next"] is None
    up, down, idle = body["items"]
    assert (up["state"], up["age_s"], up["accepted"], up["rejected"]) == ("up", 5.0, 3, {"position_zero": 2})
    assert down["state"] == "down"
    assert (idle["state"], idle["age_s"], idle["error_code"]) == ("never", None, "not_configured")


def test_quarantine_lists_refused_entities_with_their_codes(ask: Ask, history: MemoryHistory) -> None:
    refused = Rejected(code="position_zero", entity_id="e1", detail="(0, 0)", record={"lat": 0, "x": HOSTILE})
    record(history, rejected=(refused,))
    (item,) = ask("GET", "/api/v1/feeds/bus_a/quarantine").json()["items"]
    assert (item["code"], item["entity_id"], item["record"]["x"]) == ("position_zero", "e1", HOSTILE)
    assert ask("GET", "/api/v1/feeds/bus_b/quarantine").json()["items"] == []


def test_unknown_feed_and_unknown_path_are_404_as_json(ask: Ask) -> None:
    for path in ("/api/v1/feeds/nobody/quarantine", "/api/v1/nothing", "/api/v2/vehicles", "/api/"):
        answer = ask("GET", path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_alerts_and_trip_updates_are_lists(ask: Ask, live: BreakableLive) -> None:
    alert = ServiceAlert(
        alert_id="a1", feed_id="bus_a", received_at=NOW, header={"en": HOSTILE}, synthetic=True
    )
    update = TripUpdate(entity_id="t1", feed_id="bus_a", received_at=NOW, trip_id="trip", delay_s=60)
    live.put_alerts("bus_a", [alert])
    live.put_trip_updates("bus_a", [update])
    alerts, updates = ask("GET", "/api/v1/alerts").json(), ask("GET", "/api/v1/trip-updates").json()
    assert (alerts["items"][0]["header"], alerts["next"]) == ({"en": HOSTILE}, None)
    assert alerts["synthetic"] is True
    assert (updates["items"][0]["delay_s"], updates["synthetic"]) == (60, False)


def test_republished_feed_is_read_back_without_ghosts(ask: Ask, live: BreakableLive) -> None:
    live.put_positions("bus_a", [fix("R1", trip_id="t", bearing_deg=90.0), fix("R2", age_s=400)])
    answer = ask("GET", "/api/v1/gtfs-rt/vehicle-positions")
    assert answer.headers["content-type"] == "application/x-protobuf"
    message = gtfs_realtime_pb2.FeedMessage.FromString(answer.content)
    (entity,) = message.entity
    assert (entity.vehicle.vehicle.id, entity.vehicle.trip.trip_id) == ("R1", "t")
    assert entity.vehicle.position.bearing == 90.0


def test_republished_feed_is_304_until_a_vehicle_has_news(ask: Ask, live: BreakableLive) -> None:
    url = "/api/v1/gtfs-rt/vehicle-positions"
    live.put_positions("bus_a", [fix("R1")])
    etag = ask("GET", url).headers["etag"]
    unchanged = ask("GET", url, headers={"If-None-Match": f'"other", {etag}'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    live.put_positions("bus_a", [fix("R1", age_s=1)])
    assert ask("GET", url, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["vehicles", "feeds", "alerts", "trip-updates", "gtfs-rt/vehicle-positions"])
def test_store_that_is_away_is_a_503_without_its_secrets(ask: Ask, live: BreakableLive, path: str) -> None:
    live.is_away = True
    answer = ask("GET", f"/api/v1/{path}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["error"] == "store_unavailable"
    assert "hush" not in answer.text


def test_large_answer_is_compressed(ask: Ask, live: BreakableLive) -> None:
    live.put_positions("bus_a", [fix(str(number)) for number in range(100)])
    assert ask("GET", "/api/v1/vehicles").headers["content-encoding"] in {"gzip", "br"}


PATHS = ("vehicles", "feeds", "feeds/bus_a/quarantine", "alerts", "trip-updates", "gtfs-rt/vehicle-positions")
KEYS = ("at", "bbox", "state", "route_id", "limit", "topics", "lang")


@some
@given(path=st.sampled_from(PATHS), query=queries(KEYS))
def test_no_query_makes_a_server_error(ask: Ask, path: str, query: Query) -> None:
    assert_answered(ask, path, query)


@pytest.mark.parametrize("query", ["at=%ff%fe", "%", "&&=&", "bbox=%ff", "route_id=%00", "?" * 5000])
def test_odd_escapes_in_a_query_make_no_server_error(ask: Ask, query: str) -> None:
    assert ask("GET", f"/api/v1/vehicles?{query}").status_code in (200, 422)
