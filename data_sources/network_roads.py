"""Which roads transit lines drive: each road once, with all the lines and stretches on it.

Every line is followed in samples of 10 m. A sample that runs along an arterial, along a road of an
earlier line, or along a road that this line drove before, makes no new road. Stretches in between do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely

from data_sources.network_paths import MetricPath
from data_sources.segment_index import NOWHERE, Floats, Ints, SegmentIndex, turn_deg

SAMPLE_M = 10.0
ARTERIAL_REACH_M, ROAD_REACH_M, SAME_WAY_DEG = 25.0, 12.0, 30.0
"""A line runs along an arterial, or along a road already known, within this distance and angle. Two
lines of one road are each simplified to about 4 m; two carriageways of it run opposite ways."""
ALONG_AT_LEAST_M = 60.0
"""A shorter stretch along another road is a crossing at a narrow angle."""
GAP_M = 40.0
"""A shorter stretch between two known roads is no road of its own."""
ARTERIAL_SHARE = 0.5
"""Share of an arterial's link that a line must run along to be one of its routes."""

NEW, KNOWN, ARTERIAL = 0, 1, 2


@dataclass(slots=True)
class DrivenRoad:
    """A road that line number `line` drives from `start_m` to `end_m` of it. `driven`: the routes
    that drive it again, each from and to metres after `start_m`."""

    line: int
    start_m: float
    end_m: float
    driven: list[tuple[str, float, float]] = field(default_factory=list)


def line_roads(
    lines: Sequence[tuple[str, MetricPath]], arterials: Sequence[Floats]
) -> tuple[list[DrivenRoad], dict[int, list[str]]]:
    """Roads in the order in which the lines (route id, path) first drive them, and the routes that
    run along each arterial link, by its index."""
    streets = SegmentIndex(arterials)
    on_arterials: dict[int, list[str]] = {}
    found: list[DrivenRoad] = []
    for number, (route_id, path) in enumerate(lines):
        along, places, headings = path.samples(SAMPLE_M)
        street = streets.snap(places, headings, ARTERIAL_REACH_M, SAME_WAY_DEG).line
        known = SegmentIndex([lines[one.line][1].between(one.start_m, one.end_m) for one in found])
        road = known.snap(places, headings, ROAD_REACH_M, SAME_WAY_DEG)
        earlier = _driven_before(along, places, headings)
        kind = np.where((road.line != NOWHERE) | (earlier != NOWHERE), KNOWN, NEW)
        kind = _smooth(np.where(street != NOWHERE, ARTERIAL, kind), path.length_m / len(along))
        for index in _along_arterials(street[kind == ARTERIAL], streets.length_m):
            on_arterials.setdefault(index, []).append(route_id)
        step_m = path.length_m / len(along)
        own = [DrivenRoad(number, step_m * a, step_m * b) for a, b, what in _runs(kind) if what == NEW]
        for a, b, what in _runs(kind):
            if what == KNOWN:
                _drive_roads(route_id, found, road.line[a:b], road.along_m[a:b])
                _drive_again(route_id, own, along[earlier[a:b][earlier[a:b] != NOWHERE]])
        found += own
    return found, on_arterials


def _driven_before(along: Floats, places: Floats, headings: Floats) -> Ints:
    """For each sample the first earlier one of the same line on the same road, or NOWHERE."""
    earlier = np.full(len(along), NOWHERE, dtype=np.int64)
    tree = shapely.STRtree(shapely.points(places))
    later, before = tree.query(shapely.points(places), predicate="dwithin", distance=ROAD_REACH_M)
    same = (along[later] - along[before] > ALONG_AT_LEAST_M) & (
        turn_deg(headings[later], headings[before]) <= SAME_WAY_DEG
    )
    for at, first in sorted(zip(later[same].tolist(), before[same].tolist(), strict=True), reverse=True):
        earlier[at] = first
    return earlier


def _smooth(kind: Ints, step_m: float) -> Ints:
    """Kinds of the samples without gaps between known roads and without crossings."""
    kind = kind.copy()
    for a, b, what in _runs(kind):
        if what == NEW and (b - a) * step_m < GAP_M and a > 0 and b < len(kind):
            kind[a:b] = kind[a - 1]
    for a, b, what in _runs(kind):
        if what != NEW and (b - a) * step_m < ALONG_AT_LEAST_M:
            kind[a:b] = NEW
    return kind


def _runs(values: Ints) -> list[tuple[int, int, int]]:
    """(first, end, value) of stretches of equal values."""
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return [(a, b, int(values[a])) for a, b in pairwise(edges) if b > a]


def _along_arterials(street: Ints, length_m: Floats) -> list[int]:
    found, samples = np.unique(street[street != NOWHERE], return_counts=True)
    return [int(one) for one in found[samples * SAMPLE_M >= ARTERIAL_SHARE * length_m[found]]]


def _drive_roads(route_id: str, roads: Sequence[DrivenRoad], line: Ints, along_m: Floats) -> None:
    """Note on each road what a route drives of it."""
    for a, b, index in _runs(line):
        if index != NOWHERE:
            first, last = along_m[a:b].min(), along_m[a:b].max()
            roads[index].driven.append((route_id, float(first), float(last)))


def _drive_again(route_id: str, own: Iterable[DrivenRoad], along_m: Floats) -> None:
    """Note on a line's own roads where it drives them again, so that they are cut there."""
    for one in own:
        again = along_m[(along_m >= one.start_m) & (along_m <= one.end_m)] - one.start_m
        if len(again):
            one.driven.append((route_id, float(again.min()), float(again.max())))
