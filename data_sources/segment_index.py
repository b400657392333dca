"""Directed polylines in a local metric plane, and which of them a place with a heading lies on.

The plane is equirectangular around a middle latitude: over a town of 20 km the error is below one
part in a thousand, which is far below the error of a position.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from data_sources.model.gtfs import EARTH_RADIUS_M

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOWHERE = -1
"""Index of no line."""

PLACE_SIGMA_M = 10.0
"""Typical error of a vehicle's position across the road: an urban receiver's 5 m (GPS Standard
Positioning Service performance, 2020) plus half a carriageway."""
HEADING_SIGMA_DEG = 20.0
"""Typical error of a heading at urban speeds. With the above it weighs a place against a heading
as the emission of a map-matching model does (Newson and Krumm 2009)."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Degrees to metres east and north of (0, 0), true around `latitude`."""

    latitude: float

    @property
    def scale(self) -> tuple[float, float]:
        """Metres in a degree of longitude and of latitude."""
        north = math.radians(1) * EARTH_RADIUS_M
        return north * math.cos(math.radians(self.latitude)), north

    def metres(self, lon: Floats | Sequence[float], lat: Floats | Sequence[float]) -> Floats:
        """Rows of (east, north)."""
        east, north = self.scale
        return np.column_stack([np.asarray(lon, float) * east, np.asarray(lat, float) * north])


@dataclass(frozen=True, slots=True)
class Nearest:
    """The line that each of many places lies on: its index or NOWHERE, metres along it, metres off,
    and the line's heading there."""

    line: Ints
    along_m: Floats
    off_m: Floats
    heading_deg: Floats


def turn_deg(a: Floats | float, b: Floats | float) -> Floats:
    """Smallest angle between two headings, 0 to 180; NaN when one is."""
    return np.abs((np.asarray(a, float) - b + 180.0) % 360.0 - 180.0)


class SegmentIndex:
    """Spatial index over the segments of directed polylines, given as rows of (east, north)."""

    def __init__(self, lines: Iterable[Floats]) -> None:
        self._lines = [np.asarray(line, float) for line in lines]
        starts = [line[:-1] for line in self._lines]
        steps = [np.diff(line, axis=0) for line in self._lines]
        lengths = [np.hypot(*step.T) for step in steps]
        self.length_m: Floats = np.array([length.sum() for length in lengths])
        empty = np.empty((0, 2))
        self._start: Floats = np.concatenate([empty, *starts])
        self._step: Floats = np.concatenate([empty, *steps])
        self._segment_m: Floats = np.concatenate([np.empty(0), *lengths])
        self._along: Floats = np.concatenate([np.empty(0), *[np.cumsum(m) - m for m in lengths]])
        self._line: Ints = np.repeat(np.arange(len(lengths)), [len(m) for m in lengths]).astype(np.int64)
        self._heading: Floats = np.degrees(np.arctan2(self._step[:, 0], self._step[:, 1])) % 360.0
        ends = np.stack([self._start, self._start + self._step], axis=1)
        self._tree = shapely.STRtree(shapely.linestrings(ends) if len(ends) else [])

    def near(self, place: Floats | shapely.Geometry, radius_m: float) -> list[tuple[int, float]]:
        """Lines within the radius of a place or geometry of the plane, nearest first, with metres."""
        geometry = place if isinstance(place, shapely.Geometry) else shapely.Point(place)
        found = self._tree.query(geometry, predicate="dwithin", distance=radius_m)
        nearest: dict[int, float] = {}
        for segment in found:
            line = int(self._line[segment])
            off_m = float(shapely.distance(self._tree.geometries[segment], geometry))
            nearest[line] = min(off_m, nearest.get(line, math.inf))
        return sorted(nearest.items(), key=lambda one: (one[1], one[0]))

    def snap(self, places: Floats, headings: Floats, reach_m: float, turn_max_deg: float) -> Nearest:
        """The likeliest line of each place within reach and heading, by place and heading together.

        A place without heading (NaN) lies on its nearest line, unless a line that runs another way is
        about as near: then nobody can say which, and it lies nowhere.
        """
        count = len(places)
        result = Nearest(
            np.full(count, NOWHERE, dtype=np.int64), np.zeros(count), np.zeros(count), np.full(count, np.nan)
        )
        point, segment = self._tree.query(shapely.points(places), predicate="dwithin", distance=reach_m)
        if not len(point):
            return result
        offset = places[point] - self._start[segment]
        length = np.maximum(self._segment_m[segment], 1e-9)
        share = np.clip((offset * self._step[segment]).sum(axis=1) / length**2, 0.0, 1.0)
        off_m = np.hypot(*(offset - share[:, None] * self._step[segment]).T)
        turn = turn_deg(self._heading[segment], headings[point])
        blind = np.isnan(turn)
        unlikely = (off_m / PLACE_SIGMA_M) ** 2 + np.where(blind, 0.0, (turn / HEADING_SIGMA_DEG) ** 2)
        unlikely[~blind & (turn > turn_max_deg)] = np.inf
        order = np.lexsort((segment, unlikely, point))
        first = order[np.unique(point[order], return_index=True)[1]]
        first = first[np.isfinite(unlikely[first])]
        for chosen in first[blind[first]]:
            rivals = (point == point[chosen]) & (off_m <= off_m[chosen] + PLACE_SIGMA_M)
            turns = turn_deg(self._heading[segment[rivals]], self._heading[segment[chosen]])
            if (turns > turn_max_deg).any():
                first = first[first != chosen]
        at, on = point[first], segment[first]
        result.line[at] = self._line[on]
        result.along_m[at] = self._along[on] + share[first] * self._segment_m[on]
        result.off_m[at] = off_m[first]
        result.heading_deg[at] = self._heading[on]
        return result
