"""Lines of road to be cut into links: their lengths, bends, parts and cuts, in a local plane."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from data_sources.segment_index import Floats, Plane, turn_deg

HEADING_REACH_M = 10.0
"""A heading is taken from this far before to this far after a place: steadier than one segment."""
DECIMALS = 6
"""Of written degrees: 0.1 m."""


@dataclass(frozen=True, slots=True)
class MetricPath:
    """A line in the plane: rows of (east, north), and metres along it at each."""

    points: Floats
    along_m: Floats

    @property
    def length_m(self) -> float:
        """Length of the line."""
        return float(self.along_m[-1])

    def at(self, along_m: Floats) -> Floats:
        """Places along the line, held to its ends."""
        return np.column_stack([np.interp(along_m, self.along_m, axis) for axis in self.points.T])

    def between(self, start_m: float, end_m: float) -> Floats:
        """The part of the line from start to end."""
        return self.at(self._stations(start_m, end_m))

    def samples(self, step_m: float) -> tuple[Floats, Floats, Floats]:
        """Middles of equal parts of about a step: metres along, places, headings."""
        count = max(round(self.length_m / step_m), 1)
        along = (np.arange(count) + 0.5) * self.length_m / count
        chord = self.at(along + HEADING_REACH_M) - self.at(along - HEADING_REACH_M)
        return along, self.at(along), np.degrees(np.arctan2(chord[:, 0], chord[:, 1])) % 360

    def bends(self) -> list[tuple[float, float]]:
        """Vertices between the ends: metres along and turn in degrees."""
        headings = np.degrees(np.arctan2(*np.diff(self.points, axis=0).T))
        turns = turn_deg(headings[1:], headings[:-1])
        return list(zip(self.along_m[1:-1].tolist(), turns.tolist(), strict=True))

    def _stations(self, start_m: float, end_m: float) -> Floats:
        inner = self.along_m[(self.along_m > start_m + 0.5) & (self.along_m < end_m - 0.5)]
        return np.concatenate([[start_m], inner, [end_m]])


class Path:
    """A line of (longitude, latitude) without repeated points."""

    def __init__(self, coordinates: Iterable[Sequence[float]]) -> None:
        points = [(float(place[0]), float(place[1])) for place in coordinates]
        self.coordinates = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]

    def metres(self, plane: Plane) -> MetricPath:
        """The line in a plane."""
        lon, lat = zip(*self.coordinates, strict=True)
        points = plane.metres(lon, lat)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        return MetricPath(points, along)

    def between(self, plane: Plane, start_m: float, end_m: float) -> list[list[float]]:
        """Coordinates of the part of the line from start to end, as they are written."""
        east, north = plane.scale
        part = self.metres(plane).between(start_m, end_m) / (east, north)
        written = [[round(lon, DECIMALS), round(lat, DECIMALS)] for lon, lat in part.tolist()]
        return [place for i, place in enumerate(written) if i == 0 or place != written[i - 1]]


def plane_of(paths: Iterable[Path]) -> Plane:
    """A plane around the middle latitude of the lines."""
    latitudes = [lat for path in paths for _, lat in path.coordinates]
    return Plane((min(latitudes) + max(latitudes)) / 2)


def cuts(wanted: Sequence[float], length_m: float, apart_m: float) -> list[float]:
    """0, the wanted places that are this far apart from each other and the ends, and the length."""
    kept = [0.0]
    for along_m in sorted(wanted):
        if along_m - kept[-1] >= apart_m and length_m - along_m >= apart_m:
            kept.append(along_m)
    return [*kept, length_m]


def parts(path: MetricPath, start_m: float, end_m: float, wanted_m: float, bend_m: float) -> list[float]:
    """Cuts that part a stretch into equal lengths of about `wanted_m`, each moved to the sharpest bend
    within `bend_m`."""
    count = max(round((end_m - start_m) / wanted_m), 1)
    bends = path.bends()
    places = [start_m]
    for number in range(1, count):
        even_m = start_m + (end_m - start_m) * number / count
        near = [(-turn, along_m) for along_m, turn in bends if abs(along_m - even_m) <= bend_m]
        places.append(min(near)[1] if near else even_m)
    return [*places, end_m]
