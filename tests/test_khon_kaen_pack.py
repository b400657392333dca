"""The bundled pack: the facts of its city, and the order of its stops along the lines."""

import csv
import json
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from data_sources.catalogue import load_city, load_schedule
from data_sources.gtfs_build import build_gtfs
from data_sources.line_passes import Line
from data_sources.model.city import City, FeedKind
from data_sources.pack_service import read_service, read_service_pack
from data_sources.schedule import Schedule, Trip, distance_m, position_at

PACK = Path(__file__).resolve().parent.parent / "dashboard" / "cities" / "khon_kaen"
BANGKOK = ZoneInfo("Asia/Bangkok")
LINES = {"kku-red": (7, 40), "kku-yellow": (7, 57), "kku-blue": (6, 37), "kku-green": (5, 20)}
"""Vehicles, and calls of one round without the closing one."""
ON_NO_LINE = {f"kku-{number:03d}" for number in (5, 25, 39, 43, 44, 45, 46, 73)}


@cache
def city() -> City:
    return load_city(PACK, {})


@cache
def schedule(demo: bool = False) -> Schedule:
    found = load_schedule(city(), demo)
    assert found is not None
    return found


def trip(route_id: str) -> Trip:
    return schedule().trips[f"{route_id}-working-day"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BANGKOK)


def test_committed_timetable_is_what_the_builder_writes() -> None:
    for name, text in build_gtfs(PACK).items():
        assert (PACK / name).read_bytes() == text.encode("utf-8"), name
    built = {Path(name).name for name in build_gtfs(PACK) if name.startswith("gtfs/")}
    assert {path.name for path in (PACK / "gtfs").iterdir()} == built


def test_four_lines_and_81_stops() -> None:
    assert list(schedule().routes) == list(LINES)
    assert len(schedule().stops) == 81


def test_eight_stops_on_no_line_stay_as_unserved() -> None:
    served = {call.stop_id for one in schedule().trips.values() for call in one.stop_times}
    assert schedule().stops.keys() - served == ON_NO_LINE
    with (PACK / "gtfs" / "stops.txt").open(encoding="utf-8", newline="") as file:
        marked = {row["stop_id"] for row in csv.DictReader(file) if row["stop_desc"].startswith("unserved")}
    assert marked == ON_NO_LINE


def test_contract_has_25_vehicles() -> None:
    service = read_service(PACK)
    assert service is not None
    assert {line.route_id: line.vehicles for line in service.lines} == {k: v[0] for k, v in LINES.items()}
    assert sum(line.vehicles for line in service.lines) == 25


@pytest.mark.parametrize("route_id", LINES)
def test_every_call_lies_within_the_tolerance_of_its_place_on_the_shape(route_id: str) -> None:
    shape = schedule().shape_of_route(route_id)
    assert shape is not None
    for call in trip(route_id).stop_times:
        stop = schedule().stops[call.stop_id]
        assert call.shape_dist_m is not None
        assert distance_m(stop.lat, stop.lon, *position_at(shape, call.shape_dist_m)) <= 35.2, call


def test_tolerance_lies_in_a_gap_of_the_data() -> None:
    pack = read_service_pack(PACK)
    nearest = []
    for packed in pack.lines.values():
        line = Line(packed.coordinates)
        for stop in pack.stops:
            distances = [one.distance_m for one in line.minima((stop.lon, stop.lat), 60)]
            nearest += [min(distances)] if distances else []
    tolerance_m = pack.service.matching.tolerance_m
    assert max(one for one in nearest if one <= tolerance_m) < 32.6
    assert min(one for one in nearest if one > tolerance_m) > 37.5


def test_merge_distance_lies_below_true_passes_of_one_stop() -> None:
    service = read_service(PACK)
    assert service is not None
    for route_id in LINES:
        places: dict[str, list[float]] = {}
        for call in trip(route_id).stop_times[:-1]:
            places.setdefault(call.stop_id, []).append(call.shape_dist_m or 0.0)
        gaps = [b - a for passes in places.values() for a, b in pairwise(passes)]
        assert min(gaps, default=1000.0) > 2 * service.matching.merge_m


@pytest.mark.parametrize("route_id", LINES)
def test_calls_go_strictly_forward_in_place_and_never_back_in_time(route_id: str) -> None:
    calls = trip(route_id).stop_times
    assert len(calls) == LINES[route_id][1] + 1
    for before, after in pairwise(calls):
        assert (after.shape_dist_m or 0) > (before.shape_dist_m or 0)
        assert (after.arrival_s or 0) >= (before.departure_s or 0)


@pytest.mark.parametrize("route_id", LINES)
def test_loop_ends_at_its_first_stop_after_one_whole_round(route_id: str) -> None:
    calls = trip(route_id).stop_times
    shape = schedule().shape_of_route(route_id)
    assert shape is not None
    assert calls[0].stop_id == calls[-1].stop_id
    assert calls[0].shape_dist_m == pytest.approx(0, abs=0.1)
    assert calls[-1].shape_dist_m == pytest.approx(shape.length_m, abs=0.1)


@pytest.mark.parametrize(
    ("route_id", "stop_id", "passes"),
    [
        ("kku-red", "kku-042", 2),  # the Complex, eastbound twice; westbound lies on the other kerb
        ("kku-red", "kku-034", 2),  # the gymnasium, westbound twice
        ("kku-red", "kku-006", 1),
        ("kku-yellow", "kku-006", 2),
        ("kku-yellow", "kku-071", 2),
        ("kku-blue", "kku-064", 2),
        ("kku-green", "kku-020", 2),
    ],
)
def test_loop_calls_at_a_stop_as_often_as_it_passes_its_kerb(
    route_id: str, stop_id: str, passes: int
) -> None:
    calls = Counter(call.stop_id for call in trip(route_id).stop_times[:-1])
    assert calls[stop_id] == passes


def test_opposite_stops_are_called_at_in_opposite_directions() -> None:
    """PTT station stands on the north kerb, the fencing gymnasium across the road on the south kerb:
    in left-hand traffic the bus calls at the southern one going west and the northern one going east."""
    shape = schedule().shape_of_route("kku-red")
    assert shape is not None
    for stop_id, eastbound in (("kku-006", True), ("kku-035", False)):
        (call,) = [one for one in trip("kku-red").stop_times if one.stop_id == stop_id]
        assert call.shape_dist_m is not None
        west, east = (position_at(shape, call.shape_dist_m + step)[1] for step in (-30, 30))
        assert (east > west) is eastbound


def test_order_along_the_red_line_starts_as_the_road_runs() -> None:
    order = [call.stop_id.removeprefix("kku-") for call in trip("kku-red").stop_times[:12]]
    assert order == ["047", "058", "059", "060", "061", "002", "012", "001", "013", "081", "014", "015"]


def test_peak_round_is_headway_times_vehicles() -> None:
    for route_id, (vehicles, _) in LINES.items():
        layover_s = 300
        assert trip(route_id).duration_s + layover_s == vehicles * 600


@pytest.mark.parametrize(
    ("when", "headway_s"),
    [
        ("2026-11-23T05:59:59", None),
        ("2026-11-23T06:00:00", 1200),
        ("2026-11-23T07:00:00", 600),
        ("2026-11-23T08:59:59", 600),
        ("2026-11-23T09:00:00", 1200),
        ("2026-11-23T15:00:00", 600),
        ("2026-11-23T17:00:00", 1200),
        ("2026-11-23T21:59:59", 1200),
        ("2026-11-23T22:00:00", None),
        ("2026-11-22T08:00:00", 1400),  # Sunday: three vehicles on a round of 70 min
        ("2026-12-10T08:00:00", 1400),  # Constitution Day, a Thursday
        ("2027-06-01T08:00:00", None),  # the contract has ended
    ],
)
def test_red_line_headways_are_those_of_the_contract(when: str, headway_s: int | None) -> None:
    assert schedule().headway_s_at("kku-red", at(when)) == headway_s


@pytest.mark.parametrize("route_id", LINES)
def test_three_vehicles_keep_the_holiday_headway(route_id: str) -> None:
    headway_s = schedule().headway_s_at(route_id, at("2026-11-22T12:00:00"))
    assert headway_s is not None
    assert 3 * headway_s == LINES[route_id][0] * 600


def test_no_bus_is_due_at_night_but_the_demo_timetable_has_them() -> None:
    night = at("2026-11-23T03:00:00")
    for route_id in LINES:
        assert schedule().route_runs_at(route_id, night) is False
        assert schedule(demo=True).route_runs_at(route_id, night) is True


def test_demo_timetable_is_marked_in_every_trip() -> None:
    assert all(trip_id.startswith("demo-synthetic-") for trip_id in schedule(demo=True).trips)


def test_every_holiday_date_takes_the_place_of_a_working_day() -> None:
    service = read_service(PACK)
    assert service is not None
    for day in service.holiday.dates:
        assert day.weekday() < 5
        assert schedule().active_service_ids(day) == {"holiday"}
    assert schedule().active_service_ids(date(2026, 11, 23)) == {"working-day"}


def test_names_are_in_thai_and_english() -> None:
    assert schedule().route_name("kku-red") == "รถ มข. สายแดง"
    assert schedule().route_name("kku-red", "en") == "KKU shuttle Red Line"
    assert schedule().stop_name("kku-071", "en") == "Mekong Ins."
    assert schedule().headsign("kku-blue-holiday", "en") == "Blue Line loop"
    assert schedule(demo=True).headsign("demo-synthetic-kku-blue", "en") == "Blue Line loop"
    for stop_id in schedule().stops:
        assert schedule().stop_name(stop_id, "en") != schedule().stop_name(stop_id) or stop_id == "kku-042"


def test_each_line_has_one_position_feed_in_the_demo() -> None:
    positions = [
        route_id
        for feed in city().feeds
        if feed.simulated_entities == "vehicle_positions"
        for route_id in feed.simulated or ()
    ]
    assert sorted(positions) == sorted(LINES)


KEYLESS = {
    "air4thai": "air4thai.pcd.go.th",
    "open_meteo_weather": "api.open-meteo.com",
    "open_meteo_air": "air-quality-api.open-meteo.com",
    "thaiwater_rain": "api-v3.thaiwater.net",
    "thaiwater_levels": "api-v3.thaiwater.net",
    "rid_reservoirs": "app.rid.go.th",
    "openaq": "api.openaq.org",
}
"""Public services, by feed; OpenAQ asks for a key, which goes in a header."""


def test_only_public_services_have_an_address_before_somebody_gives_one() -> None:
    hosts = {feed.feed_id: urlsplit(feed.url).hostname for feed in city().feeds if feed.url}
    assert hosts == KEYLESS
    broker = city().feed("kku_shuttle_mqtt")
    assert broker is not None
    assert (broker.topic, broker.promised_every) == ("ev/buses/positions", timedelta(seconds=1))


def test_base_map_has_the_districts_lakes_arterials_and_lines() -> None:
    counts = {}
    for layer in city().spec.layers:
        counts[layer.role] = len(json.loads((PACK / layer.file).read_text("utf-8"))["features"])
    assert counts == {"district": 26, "water": 3, "road": 13, "route": 4}


def test_hand_laid_layers_are_called_schematic() -> None:
    assert {layer.role for layer in city().spec.layers if layer.schematic} == {"water", "road"}


def test_views_hold_what_they_are_named_after() -> None:
    views = {view.view_id: view.bounds for view in city().spec.views}
    assert list(views) == ["campus", "city", "province"]
    for packed in read_service_pack(PACK).lines.values():
        assert all(views["campus"].contains(lat, lon) for lon, lat in packed.coordinates)
    for view in views.values():
        assert city().spec.bounds.contains(view.south, view.west)
        assert city().spec.bounds.contains(view.north, view.east)


def test_closed_city_bus_is_nowhere_in_the_pack() -> None:
    for path in PACK.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8").lower()
            assert "city bus" not in text, path
            assert "ซิตี้บัส" not in text, path


def test_sources_of_the_pack_are_credited() -> None:
    notice = (PACK.parents[2] / "NOTICE").read_text("utf-8")
    for name in ("kku-ev-twin", "2026 Wanut Padee", "OpenStreetMap", "COD-AB", "CC BY-IGO", "150 m"):
        assert name in notice
    assert any("OpenStreetMap" in text for text in city().spec.attributions)


def test_points_of_the_flow_service_lie_beside_their_links_on_the_side_of_the_direction() -> None:
    feed = city().feed("tomtom_flow")
    assert feed is not None
    lines = {
        one["properties"]["link_id"]: one["geometry"]["coordinates"]
        for one in json.loads((PACK / "network" / "links.geojson").read_text("utf-8"))["features"]
    }
    for point in feed.points:
        east, north = cos(radians(point.lat)) * 111_195, 111_195
        sides = []
        for (lon_a, lat_a), (lon_b, lat_b) in pairwise(lines[point.link_id]):
            dx, dy = (lon_b - lon_a) * east, (lat_b - lat_a) * north
            px, py = (point.lon - lon_a) * east, (point.lat - lat_a) * north
            along = (px * dx + py * dy) / (dx * dx + dy * dy)
            if 0 <= along <= 1:
                sides.append((dx * py - dy * px) / hypot(dx, dy))
        # traffic keeps left in Thailand: the point is some metres to the left of the line
        assert any(3 < side < 10 for side in sides), point.link_id


def test_feeds_of_the_roads_are_served_by_the_demo() -> None:
    served = {feed.feed_id: feed.simulated_entities for feed in city().feeds if feed.simulated == ()}
    assert {
        "road_detectors": "traffic",
        "road_accidents": "incidents",
        "tomtom_flow": "traffic",
        "longdo_events": "incidents",
        "car_parks": "facilities",
        "charging_stations": "facilities",
    }.items() <= served.items()


def test_every_feed_of_observations_is_served_by_the_demo_but_those_nobody_has() -> None:
    not_served = {feed.feed_id for feed in city().feeds if feed.simulated is None}
    assert not_served == {"openaq", "minibus_gps"}


def test_every_kind_of_feed_is_shown_in_the_pack() -> None:
    assert {feed.kind for feed in city().feeds} == set(get_args(FeedKind))
