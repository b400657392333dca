"""Traffic and operations over the API: what is answered, what is refused, what is not claimed."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from data_sources.model.feed import Batch
from data_sources.services import Services
from data_sources.stores.memory import MemoryHistory
from tests.server.mobility import (
    EVENTS,
    NETWORK,
    PARKING,
    ago,
    car_park,
    incident,
    minutes,
    mobile_services,
    operations,
    passage,
    told,
)
from tests.server.samples import HOSTILE, NOW, BreakableLive, fix, status

Ask = Callable[..., httpx.Response]
LINK_PROPERTIES = {
    *("link_id", "name_th", "name_en", "speed_kmh", "free_flow_kmh", "ratio", "level_of_service"),
    *("observed_at", "source", "state"),
}


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, history: MemoryHistory) -> Services:
    return mobile_services(tmp_path, live, history)


def links(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {one["id"]: one["properties"] for one in answer.json()["features"]}


# -- links ---------------------------------------------------------------------------------------


def test_links_are_geojson_with_the_properties_of_the_contract(ask: Ask, live: BreakableLive) -> None:
    live.put_links([told("e-0"), told("e-1", 10)])
    answer = ask("GET", "/api/v1/links")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["features"][0]["geometry"]["type"] == "LineString"
    found = links(answer)
    assert list(found) == list(NETWORK.ids)
    assert set(found["e-0"]) >= LINK_PROPERTIES
    assert (found["e-0"]["level_of_service"], found["e-0"]["ratio"]) == ("A", 0.9)
    assert (found["e-1"]["level_of_service"], found["e-1"]["source"]) == ("F", "detectors")


def test_link_without_data_and_one_with_stale_data_have_no_level(ask: Ask, live: BreakableLive) -> None:
    live.put_links([told("e-0", age_s=3600)])
    found = links(ask("GET", "/api/v1/links"))
    assert (found["e-0"]["level_of_service"], found["e-0"]["state"]) == (None, "stale")
    assert (found["e-1"]["level_of_service"], found["e-1"]["state"]) == (None, "missing")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("level_of_service=A", {"e-0"}),
        ("level_of_service=A&level_of_service=F", {"e-0", "e-1"}),
        ("state=stale", {"e-2"}),
        ("state=fresh&state=stale", {"e-0", "e-1", "e-2"}),
        ("route_id=R&state=fresh", {"e-0", "e-1"}),
        ("route_id=none", set()),
        ("bbox=102.8,16.44,102.8001,16.46", {"e-0", "w-0"}),
        ("bbox=0,0,1,1", set()),
    ],
)
def test_links_can_be_filtered(ask: Ask, live: BreakableLive, query: str, expected: set[str]) -> None:
    live.put_links([told("e-0"), told("e-1", 10), told("e-2", age_s=3600)])
    assert set(links(ask("GET", f"/api/v1/links?{query}"))) == expected


def test_box_holds_links_that_only_cross_it(ask: Ask) -> None:
    lat, lon = NETWORK.links["e-1"].points[0]
    narrow = f"{lon + 0.001},{lat - 0.001},{lon + 0.0011},{lat + 0.001}"
    assert set(links(ask("GET", f"/api/v1/links?bbox={narrow}"))) == {"e-1", "w-1"}


def test_past_minute_of_the_network_is_judged_as_of_then(ask: Ask, history: MemoryHistory) -> None:
    at = ago(3600).replace(second=0)
    history.record_links(at, [told("e-0", age_s=3610)])
    later = links(ask("GET", "/api/v1/links", params={"at": (at + timedelta(seconds=20)).isoformat()}))
    assert (later["e-0"]["state"], later["e-0"]["level_of_service"]) == ("fresh", "A")
    before = links(ask("GET", "/api/v1/links", params={"at": (at - timedelta(minutes=1)).isoformat()}))
    assert before["e-0"]["state"] == "missing"
    long_after = links(ask("GET", "/api/v1/links", params={"at": (at + timedelta(minutes=30)).isoformat()}))
    assert long_after["e-0"]["state"] == "missing"


def test_geometry_is_compressed_once_and_kept_for_ever_by_its_version(ask: Ask) -> None:
    document = ask("GET", "/network/links.geojson", headers={"Accept-Encoding": "gzip"})
    assert document.headers["content-type"] == "application/geo+json"
    assert document.headers["content-encoding"] == "gzip"
    assert document.headers["cache-control"] == "no-cache"
    body = document.json()
    assert [one["properties"]["link_id"] for one in body["features"]] == list(NETWORK.ids)
    url = f"/network/links.geojson?v={body['v']}"
    assert "immutable" in ask("GET", url).headers["cache-control"]
    unchanged = ask("GET", url, headers={"If-None-Match": document.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_stops_for_the_map_name_their_lines(ask: Ask) -> None:
    (first, *others) = ask("GET", "/network/stops.geojson").json()["features"]
    assert (first["properties"]["stop_id"], first["properties"]["route_ids"]) == ("loop0", ["R"])
    assert len(others) == 3


@pytest.mark.parametrize("name", ["lines.geojson", "../city.toml", "%2e%2e/city.toml", ""])
def test_nothing_else_of_the_network_is_served(ask: Ask, name: str) -> None:
    assert ask("GET", f"/network/{name}").status_code == 404


# -- incidents and facilities ----------------------------------------------------------------------


def test_open_incidents_are_told_and_closed_ones_asked_for(
    ask: Ask, live: BreakableLive, history: MemoryHistory
) -> None:
    live.put_feed_status(status(EVENTS))
    over = incident("2", received_at=ago(4000))
    history.record_incidents([incident("1"), over], [])
    history.record_incidents([], [msgspec.structs.replace(over, closed=True, ended_at=ago(3000))])
    live.put_incidents([incident("1")])
    now = ask("GET", "/api/v1/incidents").json()
    assert [(one["incident_id"], one["state"], one["title"]) for one in now["items"]] == [
        ("1", "open", {"en": HOSTILE})
    ]
    assert (now["known"], now["items"][0]["severity"]) == (True, None)
    closed = ask("GET", "/api/v1/incidents?state=closed").json()["items"]
    assert [one["incident_id"] for one in closed] == ["2"]
    both = ask("GET", "/api/v1/incidents", params={"from": ago(7200).isoformat()}).json()["items"]
    assert {one["incident_id"] for one in both} == {"1", "2"}
    early = {"from": ago(7200).isoformat(), "to": ago(5000).isoformat()}
    assert ask("GET", "/api/v1/incidents", params=early).json()["items"] == []


def test_no_incident_says_nothing_while_no_feed_is_up_that_could_tell(ask: Ask, live: BreakableLive) -> None:
    live.put_feed_status(status(EVENTS, good_age_s=90_000))
    assert ask("GET", "/api/v1/incidents").json()["known"] is False
    live.put_feed_status(status(EVENTS))
    assert ask("GET", "/api/v1/incidents").json()["known"] is True


def test_facility_that_is_old_says_so(ask: Ask, live: BreakableLive) -> None:
    live.put_feed_status(status(PARKING))
    live.put_facilities(PARKING, [car_park(age_s=3600)])
    body = ask("GET", "/api/v1/facilities").json()
    assert [(one["available"], one["capacity"], one["state"]) for one in body["items"]] == [(3, 10, "stale")]
    assert ask("GET", "/api/v1/facilities?kind=charging").json()["items"] == []


# -- operations ------------------------------------------------------------------------------------


def test_operations_tell_lines_and_how_far_they_can_be_relied_on(ask: Ask, live: BreakableLive) -> None:
    assert ask("GET", "/api/v1/operations").json()["state"] == "missing"
    silent = fix("3", age_s=400, route_id="R", battery_pct=90.0)
    live.put_positions("bus_a", [fix("1", route_id="R", battery_pct=40.0), fix("2", route_id="R"), silent])
    live.put_operations(operations())
    body = ask("GET", "/api/v1/operations").json()
    (line,) = body["items"]
    assert (body["state"], line["owed"], line["in_service"], line["ghosts"]) == ("fresh", 3, 2, 1)
    assert (line["excess_wait_s"], line["batteries"]["told"], line["batteries"]["mean_pct"]) == (None, 1, 40)
    assert body["accuracy"][0]["schedule_error_s"] == 31
    live.put_operations(operations(age_s=1000))
    assert ask("GET", "/api/v1/operations").json()["state"] == "stale"


def test_board_of_a_stop_has_arrivals_with_their_error_and_headways(
    ask: Ask, live: BreakableLive, history: MemoryHistory
) -> None:
    live.put_operations(operations())
    past = [passage(1, 1300), passage(1, 700, "bus_a:2"), passage(1, 8000), passage(2, 300)]
    history.record_operations(past, [], [])
    body = ask("GET", "/api/v1/stops/loop1/arrivals").json()
    assert [(one["vehicle_id"], one["basis"], one["error_s"]) for one in body["arrivals"]] == [
        ("bus_a:1", "observed_pace", 20.0),
        ("bus_a:2", "observed_pace", 20.0),
    ]
    passed = [(one["vehicle_id"], one["headway_s"]) for one in body["passages"]]
    assert passed == [("bus_a:1", None), ("bus_a:2", 600.0)]


def test_arrivals_of_a_dead_ingest_are_not_announced(ask: Ask, live: BreakableLive) -> None:
    live.put_operations(operations(age_s=1000))
    body = ask("GET", "/api/v1/stops/loop1/arrivals").json()
    assert (body["arrivals"], body["state"]) == ([], "stale")


@pytest.mark.parametrize("stop", ["none", "a%2Fb", "%3Cscript%3E", "x" * 100])
def test_unknown_stop_is_404(ask: Ask, stop: str) -> None:
    answer = ask("GET", f"/api/v1/stops/{stop}/arrivals")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_service_counts_what_was_owed_and_what_ran(ask: Ask, history: MemoryHistory) -> None:
    history.record_operations([], minutes(60, 30), [])
    body = ask("GET", "/api/v1/service").json()
    (line,) = body["items"]
    assert (body["from"], line["day"], line["route_id"]) == ("2026-11-22", "2026-11-22", "R")
    assert (line["bus_hours_owed"], line["bus_hours_observed"]) == (1.0, 1.0)
    hours = {one["hour"]: one for one in line["hours"]}
    assert (hours[6]["needed"], hours[6]["lacking"]) == (None, None)


def test_minutes_that_nobody_observed_lower_completeness_and_give_no_verdict(
    ask: Ask, history: MemoryHistory
) -> None:
    history.record_operations([], minutes(60, 0), [])
    (line,) = ask("GET", "/api/v1/service").json()["items"]
    assert line["completeness"] == pytest.approx(60 / 450, abs=0.01)  # 7 h 30 of the local day have gone
    assert (line["verdict"], line["in_service_share"]) == ("insufficient", 1.0)


def test_past_day_without_any_record_is_owed_and_unknown(ask: Ask) -> None:
    (line,) = ask("GET", "/api/v1/service?from=2026-11-20").json()["items"]
    assert (line["completeness"], line["in_service_share"], line["verdict"]) == (0.0, None, "insufficient")
    assert len(line["hours"]) == 24


def test_day_to_come_has_no_performance(ask: Ask) -> None:
    assert ask("GET", "/api/v1/service?from=2026-12-24&to=2026-12-25").json()["items"] == []


# -- ghosts and trails -------------------------------------------------------------------------------


def test_run_without_a_vehicle_is_a_ghost_without_a_place(ask: Ask, live: BreakableLive) -> None:
    live.put_operations(operations(ghosts=2, ghost_trips=("run",)))
    ghosts = ask("GET", "/api/v1/vehicles?state=ghost").json()["features"]
    assert [one["geometry"] for one in ghosts] == [None, None]
    assert {one["properties"]["reason"] for one in ghosts} == {"no_vehicle"}
    assert [one["properties"]["trip_id"] for one in ghosts] == ["run", None]
    assert len({one["id"] for one in ghosts}) == 2
    assert ask("GET", "/api/v1/vehicles?state=live").json()["features"] == []
    assert ask("GET", "/api/v1/vehicles?bbox=-180,-90,180,90").json()["features"] == []
    assert ask("GET", "/api/v1/vehicles?route_id=other").json()["features"] == []


def test_vehicle_gone_silent_is_not_counted_twice(ask: Ask, live: BreakableLive) -> None:
    live.put_positions("bus_a", [fix("1", age_s=400, route_id="R")])
    live.put_operations(operations(ghosts=1))
    reasons = [one["properties"]["reason"] for one in ask("GET", "/api/v1/vehicles").json()["features"]]
    assert reasons == ["silent"]


@pytest.mark.parametrize("picture", [operations(age_s=1000), operations(ghosts=None)])
def test_nobody_is_accused_on_old_or_unknown_grounds(ask: Ask, live: BreakableLive, picture: Any) -> None:
    live.put_operations(picture)
    assert ask("GET", "/api/v1/vehicles").json()["features"] == []


def test_ghosts_of_a_past_minute_are_those_of_its_record(ask: Ask, history: MemoryHistory) -> None:
    history.record_operations([], minutes(31, 29, owed=3, observed=1), [])
    at = (NOW - timedelta(minutes=30)).isoformat()
    ghosts = ask("GET", "/api/v1/vehicles", params={"at": at}).json()["features"]
    assert [one["properties"]["reason"] for one in ghosts] == ["no_vehicle", "no_vehicle"]


def test_trail_holds_the_fixes_of_the_asked_minutes_over_all_feeds_of_the_operator(
    ask: Ask, history: MemoryHistory
) -> None:
    fixes = (fix("R/1", age_s=30, lat=50.3), fix("R/1", age_s=90, lat=50.2), fix("R/1", age_s=900, lat=50.1))
    other = fix("R/1", age_s=60, lat=50.25, feed_id="bus_b")
    for one in (*fixes, other, fix("2", age_s=30)):
        history.record(one.feed_id, one.received_at, Batch(positions=(one,)), status(one.feed_id), None)
    body = ask("GET", "/api/v1/vehicles/bus_a:R%2F1/trail?minutes=5").json()
    assert [one["lat"] for one in body["items"]] == [50.2, 50.25, 50.3]


@pytest.mark.parametrize("vehicle", ["bus_a:none", "nobody:1", "bus_a:", "none", "%20"])
def test_trail_of_an_unknown_vehicle_is_404(ask: Ask, vehicle: str) -> None:
    assert ask("GET", f"/api/v1/vehicles/{vehicle}/trail").status_code == 404


def test_vehicle_that_is_known_and_has_no_fix_in_the_time_has_an_empty_trail(
    ask: Ask, live: BreakableLive
) -> None:
    live.put_positions("bus_a", [fix("1", age_s=600)])
    assert ask("GET", "/api/v1/vehicles/bus_a:1/trail?minutes=1").json()["items"] == []


# -- figures -------------------------------------------------------------------------------------


def test_figures_of_mobility_leave_out_what_is_not_known(ask: Ask, live: BreakableLive) -> None:
    live.put_links([told("e-0")])
    live.put_operations(operations(cv=None))
    text = ask("GET", "/metrics").text
    assert 'scopc_links{state="fresh"} 1.0' in text
    assert 'scopc_links{state="missing"} 7.0' in text
    assert "scopc_incidents_open 0.0" in text
    assert 'scopc_vehicles_missing{route_id="R"} 1.0' in text
    assert "scopc_headway_cv{" not in text
    live.is_away = True
    assert "scopc_links" not in ask("GET", "/metrics").text
