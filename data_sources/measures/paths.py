"""Paths: a shape in a local metric plane, and the places on it that are nearest to a point.

Plane: equirectangular around the path's middle latitude. Over a line of 20 km the error is below one
part in a thousand; over the 125 km of a commuter railway below one in two hundred, so lengths along
the path are taken from the shape's own true metres and only the offsets are measured in the plane.
"""

import itertools
import math
from bisect import bisect_right
from collections.abc import Sequence

from data_sources.model.gtfs import EARTH_RADIUS_M

MERGE_M = 30.0
"""Nearest places closer together along the path than this are one place (a bend beside the point)."""

Place = tuple[float, float, float]
"""(metres along, metres off the path, compass bearing of travel in degrees)."""


class Path:
    """A path of (latitude, longitude, metres along) points; `loop` runs on from its end at its start."""

    def __init__(self, points: Sequence[tuple[float, float, float]], *, loop: bool = False) -> None:
        kept = [point for i, point in enumerate(points) if i == 0 or point[2] > points[i - 1][2]]
        if len(kept) < 2:
            raise ValueError("a path needs two different points")
        middle = (min(point[0] for point in kept) + max(point[0] for point in kept)) / 2
        self.loop = loop
        self._y_per_degree = math.radians(1) * EARTH_RADIUS_M
        self._x_per_degree = self._y_per_degree * math.cos(math.radians(middle))
        self._origin = kept[0][0], kept[0][1]
        start_m = kept[0][2] if loop else 0.0
        self._along = [point[2] - start_m for point in kept]
        plane = [self._plane(point[0], point[1]) for point in kept]
        self._segments = [
            self._segment(a, b, self._along[i], self._along[i + 1] - self._along[i])
            for i, (a, b) in enumerate(itertools.pairwise(plane))
        ]

    @property
    def length_m(self) -> float:
        """Metres along of the last point; of a loop, once around."""
        return self._along[-1]

    def nearest(
        self,
        lat: float,
        lon: float,
        tolerance_m: float,
        from_m: float | None = None,
        to_m: float | None = None,
    ) -> list[Place]:
        """Local minima of the distance that are within the tolerance, in order along the path.

        With `from_m` and `to_m` only places between them are looked at; on a loop they may lie before
        0 or beyond its length (then the places are given in those terms), but not more than once
        around apart.
        """
        x, y = self._plane(lat, lon)
        count, length = len(self._segments), self._along[-1]
        if from_m is None or to_m is None or (self.loop and to_m - from_m >= length):
            base = 0.0 if from_m is None or not self.loop else from_m - from_m % length
            from_m, to_m = base, base + length
        first, last = self._index(from_m), self._index(to_m)
        found: list[Place] = []
        limit = tolerance_m * tolerance_m
        at_end = False  # whether the segment before is nearest at its end
        for number in range(first, last + 1):
            turn, index = divmod(number, count) if self.loop else (0, number)
            ax, ay, dx, dy, square, along, metres, bearing = self._segments[index]
            along += turn * length
            low = max((from_m - along) / metres, 0.0) if number == first else 0.0
            high = min((to_m - along) / metres, 1.0) if number == last else 1.0
            share = ((x - ax) * dx + (y - ay) * dy) / square if square else 0.0
            # On one segment the distance falls and then rises, so a minimum lies inside a segment, at an
            # end of the stretch, or at a bend where one segment is nearest at its end and the next at
            # its start. A minimum at the end of this one is found with the next.
            is_minimum = low < share < high or (share <= low and (at_end or number == first))
            at_end = share >= high
            if is_minimum or (at_end and number == last):
                share = min(max(share, low), high)
                off_x, off_y = x - ax - share * dx, y - ay - share * dy
                away = off_x * off_x + off_y * off_y
                if away <= limit:
                    _add(found, (along + share * metres, away, bearing))
        return found

    def _plane(self, lat: float, lon: float) -> tuple[float, float]:
        return (lon - self._origin[1]) * self._x_per_degree, (lat - self._origin[0]) * self._y_per_degree

    def _index(self, along_m: float) -> int:
        """Segment of a place; on a loop counted on beyond the last and before the first."""
        turn, rest = divmod(along_m, self._along[-1]) if self.loop else (0.0, along_m)
        index = min(max(bisect_right(self._along, rest) - 1, 0), len(self._segments) - 1)
        return int(turn) * len(self._segments) + index

    @staticmethod
    def _segment(
        a: tuple[float, float], b: tuple[float, float], along: float, metres: float
    ) -> tuple[float, float, float, float, float, float, float, float]:
        dx, dy = b[0] - a[0], b[1] - a[1]
        bearing = math.degrees(math.atan2(dx, dy)) % 360.0
        return a[0], a[1], dx, dy, dx * dx + dy * dy, along, metres, bearing


def _add(found: list[Place], best: tuple[float, float, float]) -> None:
    """Add a minimum (along, squared distance, bearing), or keep the nearer of it and its neighbour."""
    place = (best[0], math.sqrt(best[1]), best[2])
    if found and place[0] - found[-1][0] < MERGE_M:
        if place[1] < found[-1][1]:
            found[-1] = place
    else:
        found.append(place)
