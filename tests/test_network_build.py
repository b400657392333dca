"""Authoring links: what is cut where, and that no street is doubled."""

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_sources.catalogue import load_city
from data_sources.errors import ConfigError
from data_sources.network import Network, read_network
from data_sources.network_build import LINE_ROAD_KMH, build_links, write_links
from data_sources.network_paths import MetricPath, cuts, parts
from data_sources.network_roads import line_roads
from data_sources.segment_index import NOWHERE, SegmentIndex

HERE = Path(__file__).resolve().parent
BRUMAL_BAY = HERE / "fixtures" / "cities" / "brumal_bay"
KHON_KAEN = HERE.parent / "dashboard" / "cities" / "khon_kaen"


@cache
def network() -> Network:
    found = read_network(load_city(KHON_KAEN, {}))
    assert found is not None
    return found


@cache
def features(pack: Path = KHON_KAEN) -> dict[str, dict[str, Any]]:
    listed = json.loads(build_links(pack))["features"]
    return {feature["properties"]["link_id"]: feature["properties"] for feature in listed}


def path(*places: tuple[float, float]) -> MetricPath:
    points = np.array(places, float)
    steps = np.hypot(*np.diff(points, axis=0).T)
    return MetricPath(points, np.concatenate([[0.0], np.cumsum(steps)]))


def drawn(root: Path, name: str, layer: list[dict[str, Any]]) -> None:
    listed = [{"type": "Feature", **feature} for feature in layer]
    text = json.dumps({"type": "FeatureCollection", "features": listed})
    (root / "network" / name).write_text(text, "utf-8")


# --- The files of the packs -----------------------------------------------------------------------


@pytest.mark.parametrize("pack", [KHON_KAEN, BRUMAL_BAY], ids=lambda pack: pack.name)
def test_committed_links_are_what_the_builder_writes(pack: Path) -> None:
    assert (pack / "network" / "links.geojson").read_text("utf-8") == build_links(pack)


def test_written_links_are_read_again(tmp_path: Path) -> None:
    root = shutil.copytree(BRUMAL_BAY, tmp_path / "bay")
    written = write_links(root)
    read = read_network(load_city(root, {}))
    assert read is not None
    assert len(read) == written.read_text("utf-8").count('"link_id"')


def test_every_arterial_has_links_both_ways_over_the_same_stretches() -> None:
    forth = {key for key in features() if re.search(r"-(n|e|cw)-\d+$", key)}
    back = {key for key in features() if re.search(r"-(s|w|ccw)-\d+$", key)}
    numbers = [{re.sub(r"-[a-z]+-(\d+)$", r"-\1", key) for key in side} for side in (forth, back)]
    assert numbers[0] == numbers[1]
    assert len(forth) == len(numbers[0]) == 195


def test_links_are_about_as_long_as_wanted() -> None:
    arterials = [one["length_m"] for one in features().values() if one["schematic"]]
    roads = [one["length_m"] for one in features().values() if not one["schematic"]]
    assert (min(arterials) > 120, max(arterials) < 750, min(roads) > 50, max(roads) < 450) == (True,) * 4
    assert 450 < np.median(arterials) < 550
    assert 240 < np.median(roads) < 340


def test_arterials_say_that_they_are_schematic_and_how_many_lanes_a_direction_has() -> None:
    mittraphap = features()["mittraphap-n-15"]
    assert (mittraphap["schematic"], mittraphap["lanes"], mittraphap["free_flow_kmh"]) == (True, 3, 80)
    assert mittraphap["name_en"] == "Mittraphap Road northbound from Sri Chan Road to Maliwan Road (1 of 2)"
    assert mittraphap["name_th"] == "ถนนมิตรภาพ มุ่งหน้าเหนือ จากถนนศรีจันทร์ ถึงถนนมะลิวัลย์ (1/2)"
    southbound = features()["mittraphap-s-15"]
    assert southbound["name_en"] == "Mittraphap Road southbound from Maliwan Road to Sri Chan Road (2 of 2)"


def test_free_flow_that_no_source_gives_says_that_it_is_assumed() -> None:
    assumed = [one for one in features().values() if one.get("free_flow_source")]
    assert {one["free_flow_kmh"] for one in assumed} == {LINE_ROAD_KMH}
    assert all(one["free_flow_source"].startswith("assumption") for one in assumed)
    assert all(one["road_class"] == "local" for one in assumed)


def test_every_line_has_links_along_nearly_all_of_its_road() -> None:
    lines = json.loads((KHON_KAEN / "network" / "shuttle_lines.geojson").read_text("utf-8"))["features"]
    for line in lines:
        covered = _share_on_links(line["geometry"]["coordinates"], line["properties"]["route_id"])
        assert covered > 0.93, line["properties"]["route_id"]


def _share_on_links(coordinates: list[list[float]], route_id: str) -> float:
    """Share of a line whose places lie, in its direction, on a link of its route."""
    plane = network()._plane
    along = path(*plane.metres(*np.array(coordinates).T).tolist())
    _, places, headings = along.samples(10)
    east, north = plane.scale
    fixes = [(y / north, x / east, heading) for (x, y), heading in zip(places, headings, strict=True)]
    snaps = network().snap_many(fixes)
    on_route = [snap is not None and route_id in network().links[snap.link_id].route_ids for snap in snaps]
    return sum(on_route) / len(on_route)


def test_no_street_is_doubled() -> None:
    """No link runs along another in the same direction for more than a crossing at a narrow angle."""
    plane = network()._plane
    lines = [
        plane.metres(*np.array([(lon, lat) for lat, lon in one.points]).T) for one in network().links.values()
    ]
    for number, line in enumerate(lines):
        others = SegmentIndex([other for index, other in enumerate(lines) if index != number])
        _, places, headings = path(*line.tolist()).samples(10)
        beside = others.snap(places[3:-3], headings[3:-3], 8.0, 20.0).line != NOWHERE
        assert beside.sum() <= 8, network().ids[number]


def test_open_line_is_driven_there_and_back_and_a_loop_one_way_round() -> None:
    bay = read_network(load_city(BRUMAL_BAY, {}))
    assert bay is not None
    there = [bay.links[one] for one in bay.links_of_route("shore")]
    heading_west = [one for one in there if one.points[-1][1] < one.points[0][1]]
    assert len(heading_west) == len(there) / 2
    around = [bay.links[one] for one in bay.links_of_route("harbour")]
    assert around[0].points[0] == around[-1].points[-1]


# --- Cutting --------------------------------------------------------------------------------------


def test_crossings_close_together_make_one_cut() -> None:
    assert cuts([300, 350, 700], 1000, 120) == [0, 300, 700, 1000]
    assert cuts([50, 950], 1000, 120) == [0, 1000]


def test_parts_are_equal_and_cut_at_the_sharpest_bend_nearby() -> None:
    straight = path((0, 0), (1500, 0))
    assert parts(straight, 0, 1500, 500, 80) == [0, 500, 1000, 1500]
    bent = path((0, 0), (450, 0), (480, 5), (480, 700))
    assert parts(bent, 0, bent.length_m, 600, 150)[1] == pytest.approx(bent.along_m[2])


def test_stretch_of_two_lines_is_one_road_of_both() -> None:
    red = path((0, 0), (1000, 0))
    blue = path((300, 400), (300, 3), (700, 3), (700, 400))
    roads, on_arterials = line_roads([("red", red), ("blue", blue)], [])
    assert on_arterials == {}
    assert [(one.line, round(one.end_m - one.start_m, -2)) for one in roads] == [
        (0, 1000),
        (1, 400),
        (1, 400),
    ]
    ((route_id, start_m, end_m),) = roads[0].driven
    assert route_id == "blue"
    assert [start_m, end_m] == pytest.approx([300, 700], abs=15)


def test_opposite_directions_are_two_roads() -> None:
    roads, _ = line_roads([("red", path((0, 0), (1000, 0))), ("blue", path((1000, 3), (0, 3)))], [])
    assert [one.line for one in roads] == [0, 1]
    assert roads[0].driven == []


def test_line_that_drives_a_road_twice_makes_it_once() -> None:
    twice = path((0, 0), (600, 0), (600, 200), (300, 200), (300, 2), (600, 2), (900, 2))
    roads, _ = line_roads([("red", twice)], [])
    assert sum(one.end_m - one.start_m for one in roads) == pytest.approx(twice.length_m - 300, abs=40)


def test_line_along_an_arterial_gives_it_the_route_and_makes_no_road() -> None:
    arterial = np.array([(0.0, 20.0), (1000.0, 20.0)])
    against = arterial[::-1]
    roads, on_arterials = line_roads([("red", path((0, 0), (1000, 0)))], [arterial, against])
    assert (roads, on_arterials) == ([], {0: ["red"]})


def test_line_that_crosses_an_arterial_keeps_its_own_road() -> None:
    arterial = np.array([(500.0, -500.0), (500.0, 500.0)])
    roads, on_arterials = line_roads([("red", path((0, 0), (1000, 0)))], [arterial])
    assert (len(roads), on_arterials) == (1, {})


# --- Packs that cannot be cut ---------------------------------------------------------------------


def test_road_without_a_corridor_is_named(tmp_path: Path) -> None:
    root = shutil.copytree(BRUMAL_BAY, tmp_path / "bay")
    geometry = {"type": "LineString", "coordinates": [[-41.23, 33.5], [-41.17, 33.5]]}
    drawn(root, "roads.geojson", [{"properties": {"road_class": "primary"}, "geometry": geometry}])
    with pytest.raises(
        ConfigError, match=r"roads.geojson: features\[0\]\.properties\.corridor_id: is missing"
    ):
        build_links(root)


def test_pack_without_traffic_has_nowhere_to_write_links(tmp_path: Path) -> None:
    root = shutil.copytree(BRUMAL_BAY, tmp_path / "bay")
    text = (root / "city.toml").read_text("utf-8").replace("[traffic]", "[vehicles_of_old]")
    (root / "city.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"^city\.toml: "):
        write_links(root)
