"""Authors the links of a pack from its base map: arterials cut at crossings, and the roads of its lines.

Arterials (layers of role `road`) become links in both directions, cut where they cross each other
and between crossings into parts of about 500 m. Roads that transit lines drive (layers of role
`route`) become links in the direction driven, of about 300 m; a stretch that several lines drive,
or one line drives twice, is one link with all their routes. Where a line runs along an arterial the
arterial's link gets the route: no street is doubled. Same input, same bytes.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from data_sources.errors import ConfigError
from data_sources.line_passes import SAME_PLACE_M
from data_sources.model.city import BaseLayer, CitySpec
from data_sources.model.gtfs import distance_m
from data_sources.network_paths import Path as Road
from data_sources.network_paths import cuts, parts, plane_of
from data_sources.network_roads import line_roads
from data_sources.pack_files import checked, read_toml
from data_sources.pack_service import SERVICE_FILE, PackedStop, read_service_pack
from data_sources.segment_index import Floats, Plane

ARTERIAL_M, ARTERIAL_BEND_M = 500.0, 80.0
"""Wanted length of an arterial's links; a cut moves to the sharpest bend this near."""
CROSSINGS_MERGE_M = 120.0
"""Crossings nearer together make one cut: a link shorter than this says little about traffic."""
T_JUNCTION_M = 30.0
"""A road that ends this near to another meets it: ends of hand-laid roads do not quite touch."""
LINE_ROAD_M, LINE_ROAD_BEND_M = 300.0, 60.0
SHORTEST_M = 60.0

STOP_REACH_M = 250.0

LINE_ROAD_KMH = 30.0
LINE_ROAD_KMH_SOURCE = (
    "assumption: no source gives it; replace by the 85th percentile of observed speeds once there is history"
)
THAI = re.compile("[\u0e01-\u0e5b]")
DIRECTIONS = {
    "n": ("มุ่งหน้าเหนือ", "northbound"),
    "e": ("มุ่งหน้าตะวันออก", "eastbound"),
    "s": ("มุ่งหน้าใต้", "southbound"),
    "w": ("มุ่งหน้าตะวันตก", "westbound"),
    "cw": ("ตามเข็มนาฬิกา", "clockwise"),
    "ccw": ("ทวนเข็มนาฬิกา", "anticlockwise"),
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A feature of a layer: its properties, its geometry and the layer it is of."""

    properties: Mapping[str, Any]
    road: Road
    layer: BaseLayer

    def text(self, key: str) -> str:
        return str(self.properties.get(key, ""))


def write_links(pack_root: Path) -> Path:
    """Write `build_links` into the pack; the path written."""
    city = _city(pack_root)
    path = pack_root / _links_file(city)
    path.write_bytes(build_links(pack_root).encode("utf-8"))
    return path


def build_links(pack_root: Path) -> str:
    """The links as GeoJSON text. Raises ConfigError, one line per problem."""
    city = _city(pack_root)
    roads = _lines(pack_root, city, "road", ("corridor_id", "free_flow_kmh"))
    routes = _both_ways(_lines(pack_root, city, "route", ("route_id",)))
    if not roads and not routes:
        raise ConfigError("city.toml: layers: links are cut from layers of role road and route; give one")
    plane = plane_of([line.road for line in [*roads, *routes]])
    links = [link for number in range(len(roads)) for link in _arterial_links(number, roads, plane)]
    stops = read_service_pack(pack_root).stops if (pack_root / SERVICE_FILE).exists() else ()
    links += _line_road_links(routes, links, plane, stops)
    rows = ",\n".join(json.dumps(link, ensure_ascii=False, separators=(",", ":")) for link in links)
    return f'{{"type":"FeatureCollection","features":[\n{rows}\n]}}\n'


def _both_ways(lines: Iterable[_Line]) -> list[_Line]:
    """The lines as they are driven: an open one there and back, a loop its own way round only."""
    driven = []
    for line in lines:
        driven.append(line)
        first, last = line.road.coordinates[0], line.road.coordinates[-1]
        if distance_m(first[1], first[0], last[1], last[0]) >= SAME_PLACE_M:
            driven.append(replace(line, road=Road(line.road.coordinates[::-1])))
    return driven


def _city(root: Path) -> CitySpec:
    problems: list[str] = []
    data = read_toml(root / "city.toml", problems)
    city = None if data is None else checked(CitySpec, data, "city.toml", "", problems)
    if city is None:
        raise ConfigError("\n".join(problems))
    return city


def _links_file(city: CitySpec) -> str:
    if city.traffic is None:
        raise ConfigError("city.toml: traffic: is missing; links are written to its links_file")
    return city.traffic.links_file


def _lines(root: Path, city: CitySpec, role: str, needed: Sequence[str]) -> list[_Line]:
    """Lines of all layers of a role, a part each."""
    found = []
    problems = []
    for layer in city.layers:
        if layer.role != role:
            continue
        try:
            features = json.loads((root / layer.file).read_text("utf-8"))["features"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            problems.append(f"{layer.file}: not a readable FeatureCollection ({error})")
            continue
        for number, feature in enumerate(features):
            missing = [key for key in needed if not feature["properties"].get(key)]
            geometry = feature["geometry"]
            if missing or geometry["type"] != "LineString":
                what = (
                    f"properties.{missing[0]}: is missing" if missing else "geometry.type: not a LineString"
                )
                problems.append(f"{layer.file}: features[{number}].{what}; links are cut from it")
                continue
            found.append(_Line(feature["properties"], Road(geometry["coordinates"]), layer))
    if problems:
        raise ConfigError("\n".join(problems))
    return found


# --- Arterials ------------------------------------------------------------------------------------


def _arterial_links(number: int, roads: Sequence[_Line], plane: Plane) -> Iterator[dict[str, Any]]:
    line = roads[number]
    metres = line.road.metres(plane)
    crossings = _crossings(number, roads, plane)
    length_m = metres.length_m
    within = [along for along, _ in crossings if CROSSINGS_MERGE_M < along < length_m - CROSSINGS_MERGE_M]
    blocks = list(pairwise(cuts(within, length_m, CROSSINGS_MERGE_M)))
    stretches = [
        (block, place, len(places) - 1, a, b)
        for block in blocks
        for places in [parts(metres, *block, ARTERIAL_M, ARTERIAL_BEND_M)]
        for place, (a, b) in enumerate(pairwise(places), start=1)
    ]
    for forward in (True, False):
        direction = _direction(metres.points if forward else metres.points[::-1])
        for order, (block, place, count, a, b) in enumerate(stretches, start=1):
            ends = [_name_at(crossings, roads, along) for along in (block if forward else block[::-1])]
            at = place if forward else count + 1 - place
            coordinates = line.road.between(plane, a, b)
            yield _feature(
                link_id=f"{line.text('corridor_id').replace('_', '-')}-{direction}-{order:02d}",
                names=_arterial_names(line, direction, ends, at, count),
                coordinates=coordinates if forward else coordinates[::-1],
                line=line,
                road_class=line.text("road_class"),
                lanes=_lanes(line.properties.get("lanes")),
                free_flow_kmh=line.properties["free_flow_kmh"],
                corridor_id=line.text("corridor_id"),
                corridor_th=line.text("name_th"),
                corridor_en=line.text("name_en"),
            )


def _lanes(both_ways: Any) -> int | None:
    """Lanes per direction of a road whose file counts both."""
    return max(both_ways // 2, 1) if isinstance(both_ways, int) else None


def _crossings(number: int, roads: Sequence[_Line], plane: Plane) -> list[tuple[float, int]]:
    """Where other roads cross or meet this one: metres along it and the other's number."""
    own = shapely.LineString(roads[number].road.metres(plane).points)
    found = []
    for other, line in enumerate(roads):
        if other == number:
            continue
        points = line.road.metres(plane).points
        meeting = list(shapely.get_coordinates(own.intersection(shapely.LineString(points))))
        meeting += [end for end in (points[0], points[-1]) if own.distance(shapely.Point(end)) < T_JUNCTION_M]
        ends = (own.coords[0], own.coords[-1])
        reached = shapely.LineString(points)
        meeting += [end for end in ends if reached.distance(shapely.Point(end)) < T_JUNCTION_M]
        found += [(float(own.project(shapely.Point(place))), other) for place in meeting]
    return sorted(found)


def _name_at(crossings: Sequence[tuple[float, int]], roads: Sequence[_Line], along_m: float) -> _Line | None:
    """The road that crosses at a cut; the nearest when several do."""
    near = [(abs(at - along_m), other) for at, other in crossings if abs(at - along_m) <= CROSSINGS_MERGE_M]
    return roads[min(near)[1]] if near else None


def _arterial_names(
    line: _Line, direction: str, ends: Sequence[_Line | None], place: int, count: int
) -> tuple[str, str]:
    """Thai and English: road, direction, the crossings that it lies between, and which part."""
    first_th, first_en = (_short(ends[0], key) for key in ("name_th", "name_en"))
    last_th, last_en = (_short(ends[1], key) for key in ("name_th", "name_en"))
    part_th, part_en = (f" ({place}/{count})", f" ({place} of {count})") if count > 1 else ("", "")
    between_th = f" {_thai('จาก', first_th)}" * bool(first_th) + f" {_thai('ถึง', last_th)}" * bool(last_th)
    between_en = f" from {first_en}" * bool(first_en) + f" to {last_en}" * bool(last_en)
    thai, english = DIRECTIONS[direction]
    return (
        f"{_short(line, 'name_th')} {thai}{between_th}{part_th}",
        f"{_short(line, 'name_en')} {english}{between_en}{part_en}",
    )


def _short(line: _Line | None, key: str) -> str:
    """A road's name without what stands in brackets."""
    return "" if line is None else line.text(key).partition(" (")[0]


def _direction(points: Floats) -> str:
    """Cardinal direction of a line from start to end, or the way round of a ring."""
    if np.hypot(*(points[-1] - points[0])) < 1.0:
        x, y = points.T
        return "cw" if float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) < 0 else "ccw"
    east, north = points[-1] - points[0]
    return ("e" if east > 0 else "w") if abs(east) > abs(north) else ("n" if north > 0 else "s")


# --- Roads of the lines ---------------------------------------------------------------------------


def _line_road_links(
    routes: Sequence[_Line], arterials: list[dict[str, Any]], plane: Plane, stops: Sequence[PackedStop]
) -> Iterator[dict[str, Any]]:
    """Links of the roads that lines drive off the arterials; adds its routes to the arterials'."""
    streets = [plane.metres(*np.array(link["geometry"]["coordinates"]).T) for link in arterials]
    driven = [(line.text("route_id"), line.road.metres(plane)) for line in routes]
    roads, on_streets = line_roads(driven, streets)
    for street, route_ids in on_streets.items():
        arterials[street]["properties"]["route_ids"] = route_ids
    count: dict[str, int] = defaultdict(int)
    for one in roads:
        line = routes[one.line]
        metres = line.road.metres(plane)
        ends = [at for _, a, b in one.driven for at in (a, b)]
        inner = sorted(at for at in ends if SHORTEST_M < at < one.end_m - one.start_m - SHORTEST_M)
        blocks = pairwise(cuts(inner, one.end_m - one.start_m, SHORTEST_M))
        for a, b in blocks:
            drivers = {line.text("route_id")} | {
                route for route, x, y in one.driven if min(b, y) - max(a, x) > (b - a) / 2
            }
            places = parts(metres, one.start_m + a, one.start_m + b, LINE_ROAD_M, LINE_ROAD_BEND_M)
            for start_m, end_m in pairwise(places):
                coordinates = line.road.between(plane, start_m, end_m)
                count[line.text("route_id")] += 1
                yield _feature(
                    link_id=f"{line.text('route_id')}-{count[line.text('route_id')]:03d}",
                    names=_line_road_names(line, coordinates, plane, stops),
                    coordinates=coordinates,
                    line=line,
                    road_class="local",
                    free_flow_kmh=line.properties.get("free_flow_kmh", LINE_ROAD_KMH),
                    free_flow_source="" if "free_flow_kmh" in line.properties else LINE_ROAD_KMH_SOURCE,
                    route_ids=sorted(drivers, key=[route.text("route_id") for route in routes].index),
                )


def _line_road_names(
    line: _Line, coordinates: Sequence[Sequence[float]], plane: Plane, stops: Sequence[PackedStop]
) -> tuple[str, str]:
    """Thai and English: the line, the direction, and the stops that the link lies between."""
    thai, english = DIRECTIONS[_direction(plane.metres(*np.array(coordinates).T[:2]))]
    ends = [_stop_near(coordinates[at], stops) for at in (0, -1)]
    named = [stop.names for stop in dict.fromkeys(ends) if stop is not None]
    if len(named) == 2:
        where_th = f" {_thai('จาก', named[0].th)} {_thai('ถึง', named[1].th)}"
        where_en = f" from {named[0].en} to {named[1].en}"
    else:
        where_th = "".join(f" {_thai('ใกล้', names.th)}" for names in named)
        where_en = "".join(f" near {names.en}" for names in named)
    return f"{line.text('name_th')} {thai}{where_th}", f"{line.text('name_en')} {english}{where_en}"


def _thai(word: str, name: str) -> str:
    """A word before a name: Thai runs on, other scripts stand apart."""
    return f"{word}{'' if THAI.match(name) else ' '}{name}"


def _stop_near(place: Sequence[float], stops: Sequence[PackedStop]) -> PackedStop | None:
    reached = [(distance_m(place[1], place[0], stop.lat, stop.lon), stop) for stop in stops]
    off_m, stop = min(reached, key=lambda one: (one[0], one[1].stop_id), default=(STOP_REACH_M + 1, None))
    return stop if off_m <= STOP_REACH_M else None


def _feature(
    *,
    link_id: str,
    names: tuple[str, str],
    coordinates: Sequence[Sequence[float]],
    line: _Line,
    road_class: str,
    **more: Any,
) -> dict[str, Any]:
    length_m = sum(distance_m(a[1], a[0], b[1], b[0]) for a, b in pairwise(coordinates))
    properties = {
        "link_id": link_id,
        "name_th": names[0],
        "name_en": names[1],
        "road_class": road_class,
        "length_m": round(length_m, 1),
        "schematic": line.layer.schematic,
        "source": line.layer.source,
        **{key: value for key, value in more.items() if value not in (None, "")},
    }
    geometry = {"type": "LineString", "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}
