"""The city's network of links: read from the pack, checked, and looked up by place and heading.

Format of the file: docs/network.md. A `Network` is read-only and safe to share between threads.
"""

import heapq
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field

from data_sources.errors import ConfigError
from data_sources.model.city import Bounds, City
from data_sources.model.gtfs import distance_m
from data_sources.model.traffic import Link, Point
from data_sources.pack_files import checked
from data_sources.segment_index import NOWHERE, Floats, Plane, SegmentIndex, turn_deg

TURN_MAX_DEG = 60.0
"""A vehicle whose heading differs more from a link's does not drive along it: it crosses it (90) or
drives the other way (180)."""
JOIN_M = 40.0
"""A link follows another when it starts this near to its end: the width of a large junction."""
U_TURN_DEG = 150.0
DETOUR_SHARE, DETOUR_M = 1.5, 30.0
"""A path between two fixes longer than this share of the straight way plus these metres is not
believed: the vehicle went another way, or a fix lies on the wrong link or branch of a hairpin. A
corner makes the way 1.41 times as long, noise adds 10 m at either end."""
BACK_M = 20.0
"""A fix that lies this far back on the same link is a standing vehicle's noise."""
MATCH_STEP_M = 25.0
MATCH_SHARE = 0.5
"""A source's line is a link's when half of it lies on the link, or it covers half of the link."""
LENGTH_SHARE, LENGTH_M = 0.2, 20.0
"""A given length may differ from that of the geometry by this much (slopes, generalised lines)."""
PROBLEMS_MAX = 20
VERSION_DIGITS = 12


class LinkProperties(BaseModel):
    """Properties of a feature; others, such as a road authority's own, are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    link_id: Annotated[str, Field(pattern=r"^\S{1,100}$")]
    name_th: Annotated[str, Field(min_length=1)]
    name_en: Annotated[str, Field(min_length=1)]
    road_class: Annotated[str, Field(min_length=1)]
    free_flow_kmh: Annotated[float, Field(gt=0, le=200)]
    length_m: Annotated[float, Field(gt=0)] | None = None
    lanes: Annotated[int, Field(ge=1, le=20)] | None = None
    route_ids: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    schematic: bool = False
    source: str = ""
    free_flow_source: str = ""
    corridor_id: str = ""
    corridor_th: str = ""
    corridor_en: str = ""


@dataclass(frozen=True, slots=True)
class Snap:
    """A place on a link: metres from its start, metres off it, and the link's heading there."""

    link_id: str
    along_m: float
    off_m: float
    heading_deg: float


class Network:
    """Links in the order of their file. `references` are the sources' own names of links."""

    def __init__(
        self, links: Iterable[Link], *, snap_m: float = 35.0, references: Mapping[str, str] | None = None
    ) -> None:
        self.links: dict[str, Link] = {link.link_id: link for link in links}
        self.ids: tuple[str, ...] = tuple(self.links)
        self.snap_m = snap_m
        self.version = sha256(msgspec.json.encode(tuple(self.links.values()))).hexdigest()[:VERSION_DIGITS]
        self._references = dict(references or {})
        latitudes = [lat for link in self.links.values() for lat, _ in link.points]
        self._plane = Plane((min(latitudes) + max(latitudes)) / 2 if latitudes else 0.0)
        self._lines = [self._metres(link.points) for link in self.links.values()]
        self._index = SegmentIndex(self._lines)
        self._geometries = dict(zip(self.ids, map(shapely.LineString, self._lines), strict=True))
        self._following = self._successors()
        by_route: dict[str, list[str]] = defaultdict(list)
        for link in self.links.values():
            for route_id in link.route_ids:
                by_route[route_id].append(link.link_id)
        self._by_route = {route_id: tuple(ids) for route_id, ids in by_route.items()}

    def __len__(self) -> int:
        return len(self.links)

    def snap(self, lat: float, lon: float, bearing_deg: float | None) -> Snap | None:
        """The link that a vehicle at this place with this heading drives along; None when there is
        none within `snap_m`, or (without a heading) when two directions are equally likely."""
        return self.snap_many([(lat, lon, bearing_deg)])[0]

    def snap_many(self, fixes: Sequence[tuple[float, float, float | None]]) -> list[Snap | None]:
        """`snap` of many (latitude, longitude, heading) at once: far cheaper than one by one."""
        if not fixes or not self.links:
            return [None] * len(fixes)
        places = self._metres([(lat, lon) for lat, lon, _ in fixes])
        headings = np.array([math.nan if bearing is None else bearing for _, _, bearing in fixes])
        found = self._index.snap(places, headings, self.snap_m, TURN_MAX_DEG)
        columns = (found.line.tolist(), found.along_m.tolist(), found.off_m.tolist())
        return [
            None if line == NOWHERE else Snap(self.ids[line], along_m, off_m, heading)
            for line, along_m, off_m, heading in zip(*columns, found.heading_deg.tolist(), strict=True)
        ]

    def match(self, points: Sequence[Point], bearing_deg: float | None) -> str | None:
        """The link that a source means by a place, or by a line in the direction of travel; a bearing
        overrules the order of the line's points. None when no link is meant beyond doubt."""
        distinct = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
        if not distinct:
            return None
        if len(distinct) == 1:
            snap = self.snap(*distinct[0], bearing_deg)
            return snap.link_id if snap else None
        line = self._metres(distinct)
        chord = line[-1] - line[0]
        if bearing_deg is not None and turn_deg(math.degrees(math.atan2(*chord)), bearing_deg) > 90:
            line = line[::-1]
        places, headings = _sampled(line, MATCH_STEP_M)
        found = self._index.snap(places, headings, self.snap_m, TURN_MAX_DEG).line
        lines, votes = np.unique(found[found != NOWHERE], return_counts=True)
        if not len(lines):
            return None
        best = int(np.argmax(votes))
        covered_m = float(votes[best]) * float(np.hypot(*np.diff(line, axis=0).T).sum()) / len(places)
        link_m = float(self._index.length_m[lines[best]])
        lies_on_it = votes[best] >= MATCH_SHARE * len(places)
        return self.ids[int(lines[best])] if lies_on_it or covered_m >= MATCH_SHARE * link_m else None

    def resolve(self, reference: str) -> str | None:
        """The link of a source's reference: its id, a listed reference, or the last part of a URN."""
        if reference in self.links:
            return reference
        if reference in self._references:
            return self._references[reference]
        last = reference.rpartition(":")[2]
        return last if last in self.links else None

    def links_near(self, point: Point, radius_m: float) -> tuple[str, ...]:
        """Links within the radius of a place, in either direction, nearest first."""
        return self.links_along((point,), radius_m)

    def links_along(self, points: Sequence[Point], radius_m: float) -> tuple[str, ...]:
        """Links within the radius of a place or line, nearest first."""
        if not points or not self.links:
            return ()
        places = self._metres(points)
        line = len({(x, y) for x, y in places.tolist()}) > 1
        geometry = shapely.LineString(places) if line else shapely.Point(places[0])
        return tuple(self.ids[index] for index, _ in self._index.near(geometry, radius_m))

    def links_of_route(self, route_id: str) -> tuple[str, ...]:
        """Links that a transit route runs along, in the order of the file."""
        return self._by_route.get(route_id, ())

    def path(self, start: Snap, end: Snap) -> tuple[tuple[str, float], ...] | None:
        """Metres driven on each link between two places; None when no plausible way joins them."""
        budget_m = DETOUR_SHARE * self._chord_m(start, end) + DETOUR_M
        ahead_m = end.along_m - start.along_m
        if start.link_id == end.link_id and -BACK_M <= ahead_m <= budget_m:
            return ((start.link_id, max(ahead_m, 0.0)),)
        first_m = self.links[start.link_id].length_m - start.along_m
        queue: list[tuple[float, tuple[str, ...]]] = [(max(first_m, 0.0), (start.link_id,))]
        seen: set[str] = set()
        while queue:
            driven_m, way = heapq.heappop(queue)
            for following, gap_m in self._following.get(way[-1], ()):
                reached_m = driven_m + gap_m
                if following == end.link_id and reached_m + end.along_m <= budget_m:
                    between = ((one, self.links[one].length_m) for one in way[1:])
                    return ((start.link_id, max(first_m, 0.0)), *between, (following, end.along_m))
                passed_m = reached_m + self.links[following].length_m
                if following not in seen and passed_m <= budget_m:
                    seen.add(following)
                    heapq.heappush(queue, (passed_m, (*way, following)))
        return None

    def _metres(self, points: Sequence[Point]) -> Floats:
        return self._plane.metres([lon for _, lon in points], [lat for lat, _ in points])

    def _chord_m(self, start: Snap, end: Snap) -> float:
        a, b = (self._geometries[snap.link_id].interpolate(snap.along_m) for snap in (start, end))
        return float(shapely.distance(a, b))

    def _successors(self) -> dict[str, tuple[tuple[str, float], ...]]:
        """Links that may be driven next, and the gap to their start in metres."""
        if not self._lines:
            return {}
        starts = np.array([line[0] for line in self._lines])
        ends = np.array([line[-1] for line in self._lines])
        first = np.array([_heading(line[0], line[1]) for line in self._lines])
        last = np.array([_heading(line[-2], line[-1]) for line in self._lines])
        tree = shapely.STRtree(shapely.points(starts))
        before, after = tree.query(shapely.points(ends), predicate="dwithin", distance=JOIN_M)
        gap_m = np.hypot(*(starts[after] - ends[before]).T)
        kept = (before != after) & (turn_deg(last[before], first[after]) <= U_TURN_DEG)
        following: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for b, a, gap in zip(before[kept], after[kept], gap_m[kept], strict=True):
            following[self.ids[b]].append((self.ids[a], float(gap)))
        return {link_id: tuple(sorted(ones)) for link_id, ones in following.items()}


def _heading(a: Floats, b: Floats) -> float:
    return math.degrees(math.atan2(b[0] - a[0], b[1] - a[1])) % 360


def _sampled(line: Floats, step_m: float) -> tuple[Floats, Floats]:
    """Places in the middle of equal parts of about a step, and the line's headings there."""
    steps = np.diff(line, axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])
    parts = max(round(along[-1] / step_m), 1)
    at = (np.arange(parts) + 0.5) * along[-1] / parts
    segment = np.clip(np.searchsorted(along, at, side="right") - 1, 0, len(steps) - 1)
    places = np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])
    return places, np.degrees(np.arctan2(steps[segment, 0], steps[segment, 1])) % 360


def read_network(city: City) -> Network | None:
    """The pack's links; None when city.toml has no `[traffic]`. Raises ConfigError, a line a problem."""
    traffic = city.spec.traffic
    if traffic is None:
        return None
    links, references = read_links(city.root, traffic.links_file, city.spec.bounds)
    return Network(links, snap_m=traffic.snap_m, references=references)


def read_links(root: Path, file: str, bounds: Bounds | None) -> tuple[list[Link], dict[str, str]]:
    """Links of a GeoJSON file of the pack, and the sources' references to them."""
    path = root / file
    if not path.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f"city.toml: traffic.links_file: {file!r} lies outside the pack")
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"city.toml: traffic.links_file: {file!r} does not exist in the pack") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from error
    except RecursionError:
        raise ConfigError(f"{file}: not valid JSON: nested too deeply") from None
    except ValueError as error:
        raise ConfigError(f"{file}: not valid JSON: {error}") from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise ConfigError(f"{file}: type: not a GeoJSON FeatureCollection")
    problems: list[str] = []
    links: dict[str, Link] = {}
    references: dict[str, str] = {}
    for number, feature in enumerate(features):
        read = _link(feature, file, f"features[{number}]", bounds, problems)
        if read is None:
            continue
        link, names = read
        if link.link_id in links:
            problems.append(f"{file}: features[{number}].properties.link_id: {link.link_id!r} occurs twice")
        links[link.link_id] = link
        for name in names:
            if references.setdefault(name, link.link_id) != link.link_id:
                problems.append(
                    f"{file}: features[{number}].properties.references: {name!r} is also of "
                    f"{references[name]!r}; each must name one link"
                )
    if not features:
        problems.append(f"{file}: features: is empty; leave [traffic] out of city.toml if there are no links")
    if problems:
        more = len(problems) - PROBLEMS_MAX
        told = [*problems[:PROBLEMS_MAX], *([f"{file}: and {more} more problems"] if more > 0 else [])]
        raise ConfigError("\n".join(told))
    return list(links.values()), references


def _link(
    feature: Any, file: str, where: str, bounds: Bounds | None, problems: list[str]
) -> tuple[Link, tuple[str, ...]] | None:
    """A feature as a link and its references, or None and its problems."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        problems.append(f"{file}: {where}.type: not a GeoJSON Feature")
        return None
    given = checked(LinkProperties, feature.get("properties"), file, f"{where}.properties", problems)
    points, wrong = _points(feature.get("geometry"), bounds)
    if wrong:
        problems.append(f"{file}: {where}.geometry{wrong}")
    if given is None or wrong:
        return None
    drawn_m = sum(distance_m(*a, *b) for a, b in pairwise(points))
    length_m = given.length_m or round(drawn_m, 1)
    if abs(length_m - drawn_m) > LENGTH_SHARE * drawn_m + LENGTH_M:
        problems.append(
            f"{file}: {where}.properties.length_m: {length_m:g} is not allowed; allowed: the length of the "
            f"geometry, {drawn_m:.0f} m, within {LENGTH_SHARE:.0%}; or leave it out"
        )
        return None
    fields = given.model_dump(exclude={"references", "length_m"})
    return Link(points=points, length_m=length_m, **fields), given.references


def _points(geometry: Any, bounds: Bounds | None) -> tuple[tuple[Point, ...], str | None]:
    """Points of a LineString in its direction, and what is wrong with it."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "LineString":
        return (), f".type: {kind!r} is not allowed; allowed: LineString, in the direction of travel"
    points: list[Point] = []
    coordinates = geometry.get("coordinates")
    for place in coordinates if isinstance(coordinates, list) else ():
        numbers = place[:2] if isinstance(place, list) else ()
        if len(numbers) < 2 or any(isinstance(x, bool) or not isinstance(x, int | float) for x in numbers):
            return (), ".coordinates: not a list of [longitude, latitude] in degrees"
        lon, lat = map(float, numbers)
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            return (), f".coordinates: [{lon:g}, {lat:g}] is not [longitude, latitude] in degrees"
        if bounds is not None and not bounds.contains(lat, lon):
            return (), f".coordinates: [{lon:g}, {lat:g}] is outside the city's bounds; longitude comes first"
        if not points or points[-1] != (lat, lon):
            points.append((lat, lon))
    if len(points) < 2:
        return (), ".coordinates: needs two different points"
    return tuple(points), None
