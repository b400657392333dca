"""The network: what it refuses to read, and what it finds by place and heading."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.catalogue import load_city
from data_sources.errors import ConfigError
from data_sources.network import Network, Snap, read_links, read_network
from tests.roads import at, crossing, link, street

BRUMAL_BAY = Path(__file__).parent / "fixtures" / "cities" / "brumal_bay"
NETWORK = crossing()
FEATURE: dict[str, Any] = {
    "type": "Feature",
    "properties": {
        "link_id": "quay-n",
        "name_th": "ท่าเรือ",
        "name_en": "Quay",
        "road_class": "local",
        "free_flow_kmh": 30,
    },
    "geometry": {"type": "LineString", "coordinates": [[-41.2, 33.5], [-41.2, 33.502]]},
}


def written(root: Path, *features: Any) -> Path:
    (root / "links.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features)}), "utf-8"
    )
    return root


def changed(properties: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {**FEATURE, "properties": {**FEATURE["properties"], **(properties or {})}, **fields}


def line(*coordinates: list[float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": list(coordinates)}


# --- Reading --------------------------------------------------------------------------------------


def test_least_feature_is_a_link_whose_length_is_measured(tmp_path: Path) -> None:
    (quay,), _ = read_links(written(tmp_path, FEATURE), "links.geojson", None)
    assert quay.length_m == pytest.approx(222.4, abs=0.1)
    assert (quay.lanes, quay.route_ids, quay.points[0]) == (None, (), (33.5, -41.2))


def test_properties_of_the_authoritys_own_are_left_alone(tmp_path: Path) -> None:
    (quay,), _ = read_links(written(tmp_path, changed({"surface": "asphalt"})), "links.geojson", None)
    assert quay.link_id == "quay-n"


@pytest.mark.parametrize(
    ("feature", "problem"),
    [
        ({"type": "Point"}, "features[0].type: not a GeoJSON Feature"),
        (changed({"link_id": None}), "features[0].properties.link_id: None is not allowed"),
        (changed({"link_id": "a b"}), "features[0].properties.link_id: 'a b' is not allowed"),
        (changed({"name_en": ""}), "features[0].properties.name_en: "),
        (changed({"free_flow_kmh": 0}), "features[0].properties.free_flow_kmh: 0 is not allowed"),
        (changed({"lanes": "many"}), "features[0].properties.lanes: 'many' is not allowed"),
        (changed({"length_m": 800}), "features[0].properties.length_m: 800 is not allowed"),
        (changed(geometry={"type": "Point"}), "features[0].geometry.type: 'Point' is not allowed"),
        (changed(geometry=None), "features[0].geometry.type: None is not allowed"),
        (changed(geometry=line([-41.2, 33.5])), "features[0].geometry.coordinates: needs two different"),
        (changed(geometry=line([-41.2, 33.5], [-41.2, 33.5])), "coordinates: needs two different points"),
        (changed(geometry=line([33.5, -41.2], [33.5, -41.3])), "outside the city's bounds; longitude comes"),
        (changed(geometry=line([-41.2, 133.5], [-41.2, 33])), "[-41.2, 133.5] is not [longitude, latitude]"),
        (changed(geometry=line([-41.2], [-41.2])), "not a list of [longitude, latitude]"),
    ],
)
def test_wrong_feature_is_named_by_file_place_and_key(tmp_path: Path, feature: Any, problem: str) -> None:
    bounds = load_city(BRUMAL_BAY, {}).spec.bounds
    with pytest.raises(ConfigError) as error:
        read_links(written(tmp_path, feature), "links.geojson", bounds)
    assert str(error.value).startswith("links.geojson: features[0]")
    assert problem in str(error.value)


def test_link_id_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"features\[1\]\.properties\.link_id: 'quay-n' occurs twice"):
        read_links(written(tmp_path, FEATURE, FEATURE), "links.geojson", None)


def test_reference_of_two_links_is_refused(tmp_path: Path) -> None:
    one, other = ({"references": ["seg-1"], "link_id": link_id} for link_id in ("a", "b"))
    with pytest.raises(ConfigError, match=r"'seg-1' is also of 'a'"):
        read_links(written(tmp_path, changed(one), changed(other)), "links.geojson", None)


def test_many_problems_end_with_their_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_links(written(tmp_path, *[{}] * 50), "links.geojson", None)
    assert str(error.value).splitlines()[-1] == "links.geojson: and 30 more problems"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"type": "FeatureCollection", "features": []}'])
def test_file_without_links_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "links.geojson").write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=r"^links\.geojson: "):
        read_links(tmp_path, "links.geojson", None)


def test_file_that_is_missing_or_outside_the_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"traffic.links_file: 'links.geojson' does not exist"):
        read_links(tmp_path, "links.geojson", None)
    with pytest.raises(ConfigError, match="lies outside the pack"):
        read_links(tmp_path, "../links.geojson", None)


def test_city_without_traffic_has_no_network(tmp_path: Path) -> None:
    root = shutil.copytree(BRUMAL_BAY, tmp_path / "bay")
    text = (root / "city.toml").read_text("utf-8")
    table = text[text.index("[traffic]") : text.index("[[views]]")]
    (root / "city.toml").write_text(text.replace(table, ""), "utf-8")
    assert read_network(load_city(root, {})) is None
    assert read_network(load_city(BRUMAL_BAY, {})) is not None


def test_version_follows_the_content() -> None:
    assert crossing().version == NETWORK.version
    assert Network(street()).version != NETWORK.version


# --- Snapping -------------------------------------------------------------------------------------


@given(
    east_m=st.floats(5, 1195),
    off_m=st.floats(-20, 20),
    heading=st.sampled_from([90.0, 270.0]),
    turn=st.floats(-50, 50),
)
def test_snapping_respects_direction(east_m: float, off_m: float, heading: float, turn: float) -> None:
    lat, lon = at(east_m, off_m)
    snap = Network(street()).snap(lat, lon, (heading + turn) % 360)
    assert snap is not None
    assert snap.link_id.startswith("e" if heading == 90 else "w")
    assert snap.off_m == pytest.approx(abs(off_m), abs=0.1)


def test_two_directions_cannot_be_told_apart_without_a_heading() -> None:
    assert NETWORK.snap(*at(150, 3), None) is None


def test_one_way_street_needs_no_heading() -> None:
    snap = NETWORK.snap(*at(603, 150), None)
    assert snap is not None
    assert (snap.link_id, round(snap.along_m)) == ("n-1", 150)


def test_crossing_street_does_not_take_a_vehicle() -> None:
    snap = NETWORK.snap(*at(596, 2), 90)
    assert snap is not None
    assert snap.link_id == "e-1"


def test_vehicle_off_the_network_is_on_no_link() -> None:
    assert NETWORK.snap(*at(300, 36), 90) is None
    assert NETWORK.snap(*at(300, 34), 90) is not None


def test_many_fixes_snap_as_each_alone() -> None:
    fixes = [(*at(150, 0), 90.0), (*at(150, 0), 270.0), (*at(900, 900), 90.0), (*at(600, 50), None)]
    assert NETWORK.snap_many(fixes) == [NETWORK.snap(*fix) for fix in fixes]
    assert NETWORK.snap_many([]) == []


# --- Paths ----------------------------------------------------------------------------------------


def snapped(east_m: float, north_m: float, heading: float) -> Snap:
    snap = NETWORK.snap(*at(east_m, north_m), heading)
    assert snap is not None
    return snap


def path(start: Snap, end: Snap) -> list[tuple[str, int]] | None:
    way = NETWORK.path(start, end)
    return None if way is None else [(link_id, round(metres)) for link_id, metres in way]


def test_path_on_one_link() -> None:
    assert path(snapped(50, 0, 90), snapped(250, 0, 90)) == [("e-0", 200)]


def test_path_over_links_counts_each_links_share() -> None:
    assert path(snapped(250, 0, 90), snapped(700, 0, 90)) == [("e-0", 50), ("e-1", 300), ("e-2", 100)]


def test_path_turns_at_a_crossing() -> None:
    assert path(snapped(500, 0, 90), snapped(600, 100, 0)) == [("e-1", 100), ("n-1", 100)]


def test_standing_vehicle_drives_no_metres_backwards() -> None:
    assert path(snapped(200, 0, 90), snapped(192, 0, 90)) == [("e-0", 0)]


def test_fix_on_the_other_branch_of_a_hairpin_gives_no_path() -> None:
    hairpin = Network([link("u", (0, 0), (300, 0), (300, 20), (0, 20))])
    there, back = hairpin.snap(*at(100, 0), 90), hairpin.snap(*at(120, 20), 270)
    assert there is not None
    assert back is not None
    assert hairpin.path(there, back) is None


def test_no_path_against_the_direction_of_travel() -> None:
    assert path(snapped(700, 0, 90), snapped(250, 0, 90)) is None


# --- Other lookups --------------------------------------------------------------------------------


def test_line_of_a_source_matches_the_link_that_it_lies_on() -> None:
    assert NETWORK.match([at(310, 5), at(590, 5)], None) == "e-1"
    assert NETWORK.match([at(590, 5), at(310, 5)], None) == "w-1"


def test_bearing_overrules_the_order_of_a_lines_points() -> None:
    assert NETWORK.match([at(590, 5), at(310, 5)], 85) == "e-1"


def test_long_line_matches_a_link_that_it_covers() -> None:
    assert NETWORK.match([at(0, 0), at(1200, 0)], None) in {"e-0", "e-1", "e-2", "e-3"}


def test_place_without_a_bearing_on_a_two_way_street_matches_nothing() -> None:
    assert NETWORK.match([at(150, 0)], None) is None
    assert NETWORK.match([at(150, 0)], 90) == "e-0"
    assert NETWORK.match([], 90) is None


def test_line_that_only_touches_a_link_matches_nothing() -> None:
    assert NETWORK.match([at(1150, 0), at(2500, 0)], None) is None


def test_links_near_come_nearest_first_in_both_directions() -> None:
    assert set(NETWORK.links_near(at(150, 10), 50)) == {"e-0", "w-0"}
    assert NETWORK.links_near(at(600, 40), 45)[0] == "n-1"
    assert NETWORK.links_near(at(150, 60), 50) == ()


def test_reference_is_an_id_a_listed_name_or_the_end_of_a_urn() -> None:
    network = Network(street(), references={"TMC-17": "e-2"})
    found = [network.resolve(name) for name in ("e-1", "TMC-17", "urn:ngsi-ld:RoadSegment:w-0", "no")]
    assert found == ["e-1", "e-2", "w-0", None]


def test_links_of_a_route_come_in_the_order_of_the_file() -> None:
    network = Network([link("b", (0, 0), (9, 0), route_ids=("red",)), link("a", (9, 0), (20, 0)),
                       link("c", (20, 0), (30, 0), route_ids=("blue", "red"))])  # fmt: skip
    assert network.links_of_route("red") == ("b", "c")
    assert network.links_of_route("green") == ()
