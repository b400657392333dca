"""Passes: where along a line of road a vehicle passes a stop, and on which side the stop lies.

A loop may pass a stop several times and in both directions. The method, in the order applied:

1. Project the stop on the line; a pass is every local minimum of the distance within `tolerance_m`.
2. Minima closer together than `merge_m` along the line are one pass (a turn-back beside the stop).
3. A pass farther from the stop than the nearest one by more than `slack_m` is on another carriageway.
4. Kerb: when the stop lies on the kerb side of some passes and on the far side of others, the kerb
   side ones hold. A road without central reserve is one line in both directions, so the two offsets
   mirror each other, and `contrast_m` between the extremes is enough to tell. A stop on the far
   side of *every* pass is kept: the data cannot say whether riders cross.

All lengths are metres in a local plane (equirectangular around the line's middle latitude; the error
over a town of 20 km is below one part in a thousand).
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from data_sources.model.gtfs import EARTH_RADIUS_M

HEADING_REACH_M = 10.0
"""Direction of travel is taken from this far before to this far after a place: steadier than one
segment of a simplified line."""
SAME_PLACE_M = 0.5
"""Ends of a closed line may differ by rounding of its coordinates (1e-6 degree is 0.1 m)."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MatchingLimits:
    """See the module's text; metres."""

    tolerance_m: float
    merge_m: float
    contrast_m: float
    slack_m: float


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass: metres along the line, distance from it, and offset to the left of travel
    (negative: right; 0 where the line turns back and there is no side)."""

    along_m: float
    distance_m: float
    left_m: float


class Line:
    """A line of road in a local metric plane. Coordinates are (longitude, latitude) in degrees."""

    def __init__(self, coordinates: Sequence[Point]) -> None:
        kept = [point for i, point in enumerate(coordinates) if i == 0 or point != coordinates[i - 1]]
        if len(kept) < 2:
            raise ValueError("a line needs two different points")
        self.coordinates = tuple(kept)
        middle = (min(lat for _, lat in kept) + max(lat for _, lat in kept)) / 2
        self._x_per_degree = math.radians(1) * EARTH_RADIUS_M * math.cos(math.radians(middle))
        self._y_per_degree = math.radians(1) * EARTH_RADIUS_M
        self._points = [self._plane(point) for point in kept]
        along = [0.0]
        for a, b in zip(self._points, self._points[1:], strict=False):
            along.append(along[-1] + math.dist(a, b))
        self.along_m = tuple(along)

    @property
    def length_m(self) -> float:
        """Length of the line."""
        return self.along_m[-1]

    @property
    def closed(self) -> bool:
        """Whether it ends where it starts."""
        return math.dist(self._points[0], self._points[-1]) < SAME_PLACE_M

    def place(self, along_m: float) -> Point:
        """(longitude, latitude) at a distance along the line; a closed line runs on around."""
        index, share = self._locate(along_m)
        (lon_a, lat_a), (lon_b, lat_b) = self.coordinates[index], self.coordinates[index + 1]
        return lon_a + share * (lon_b - lon_a), lat_a + share * (lat_b - lat_a)

    def minima(self, point: Point, tolerance_m: float) -> list[Pass]:
        """Local minima of the distance from `point` that are within the tolerance, in order.

        On one segment the distance falls and then rises, so a minimum lies inside a segment, or at a
        bend where one segment is nearest at its end and the next at its start.
        """
        q = self._plane(point)
        shares = [self._nearest_share(index, q) for index in range(len(self._points) - 1)]
        found = []
        for index, share in enumerate(shares):
            at_open_end = index == len(shares) - 1 and not self.closed
            following = 0.0 if at_open_end else shares[(index + 1) % len(shares)]
            open_start = index == 0 and not self.closed
            if 0 < share < 1 or (share == 1 and following == 0) or (share == 0 and open_start):
                along = self.along_m[index] + share * (self.along_m[index + 1] - self.along_m[index])
                distance = math.dist(q, self._plane(self.place(along)))
                if distance <= tolerance_m:
                    found.append(Pass(along, distance, self._left_m(along, q)))
        return found

    def passes(self, point: Point, limits: MatchingLimits) -> list[Pass]:
        """Passes of a stop after rules 1 to 3, in order along the line."""
        passes = self._merged(self.minima(point, limits.tolerance_m), limits.merge_m)
        nearest = min((one.distance_m for one in passes), default=0.0)
        return [one for one in passes if one.distance_m <= nearest + limits.slack_m]

    def _merged(self, passes: list[Pass], merge_m: float) -> list[Pass]:
        """The nearest of each group of passes closer together than `merge_m` along the line."""
        kept: list[Pass] = []
        for one in sorted(passes, key=lambda one: (one.distance_m, one.along_m)):
            if all(self._gap_m(one.along_m, other.along_m) >= merge_m for other in kept):
                kept.append(one)
        return sorted(kept, key=lambda one: one.along_m)

    def _gap_m(self, a_m: float, b_m: float) -> float:
        gap = abs(a_m - b_m)
        return min(gap, self.length_m - gap) if self.closed else gap

    def _plane(self, point: Point) -> Point:
        return point[0] * self._x_per_degree, point[1] * self._y_per_degree

    def _nearest_share(self, index: int, q: Point) -> float:
        """Share of the segment, 0 to 1, at its place nearest to q."""
        (ax, ay), (bx, by) = self._points[index], self._points[index + 1]
        dx, dy = bx - ax, by - ay
        return min(max(((q[0] - ax) * dx + (q[1] - ay) * dy) / (dx * dx + dy * dy), 0.0), 1.0)

    def _locate(self, along_m: float) -> tuple[int, float]:
        """Segment and share of it at a distance along the line."""
        if self.closed and along_m != self.length_m:
            along_m %= self.length_m
        index = min(max(bisect_right(self.along_m, along_m) - 1, 0), len(self._points) - 2)
        start, end = self.along_m[index], self.along_m[index + 1]
        return index, min(max((along_m - start) / (end - start), 0.0), 1.0)

    def _left_m(self, along_m: float, q: Point) -> float:
        here = self._plane(self.place(along_m))
        ax, ay = self._plane(self._held(along_m - HEADING_REACH_M))
        bx, by = self._plane(self._held(along_m + HEADING_REACH_M))
        chord = math.dist((ax, ay), (bx, by))
        if chord < HEADING_REACH_M / 2:
            return 0.0
        return ((bx - ax) * (q[1] - here[1]) - (by - ay) * (q[0] - here[0])) / chord

    def _held(self, along_m: float) -> Point:
        """Place along the line, held to its ends unless closed."""
        return self.place(along_m if self.closed else min(max(along_m, 0.0), self.length_m))


def kerb_passes(
    directions: Sequence[Sequence[Pass]], contrast_m: float, drive_on: Literal["left", "right"]
) -> list[list[Pass]]:
    """Rule 4 on one stop's passes, given for each direction of a line (one for a loop)."""
    kerb = 1.0 if drive_on == "left" else -1.0
    offsets = [one.left_m * kerb for passes in directions for one in passes]
    if offsets and min(offsets) < 0 < max(offsets) and max(offsets) - min(offsets) >= contrast_m:
        return [[one for one in passes if one.left_m * kerb > 0] for passes in directions]
    return [list(passes) for passes in directions]
