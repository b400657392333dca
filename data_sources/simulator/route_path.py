"""Which link lies under each place of the track: worked out once, so that each step only looks it up."""

import numpy as np

from data_sources.segment_index import Floats, Ints
from data_sources.simulator.roads import Roads
from data_sources.simulator.track import Track

CELL_M = 10.0


class RoutePath:
    """The links along the circuits of a track."""

    def __init__(self, track: Track, roads: Roads) -> None:
        circuits = np.arange(len(track.circuits))
        last_m = float(track.axis_m(circuits, track.length_m).max()) if len(circuits) else 0.0
        self._cell = np.full(int(last_m // CELL_M) + 1, roads.nowhere)
        self._routes: list[tuple[str, frozenset[int]]] = []
        for index, circuit in enumerate(track.circuits):
            along = np.arange(CELL_M / 2, circuit.length_m, CELL_M)
            which = np.full(len(along), index)
            lat, lon = track.place(which, along)
            links = roads.at(lat, lon, track.heading_deg(which, along))
            self._cell[(track.axis_m(which, along) // CELL_M).astype(np.int64)] = links
            self._routes.append((circuit.route_id, frozenset(links.tolist()) - {roads.nowhere}))

    def link_at(self, axis_m: Floats) -> Ints:
        """Links under places of the common axis; `Roads.nowhere` where there is none."""
        cells = np.minimum((axis_m // CELL_M).astype(np.int64), len(self._cell) - 1)
        return np.asarray(self._cell[cells])

    def routes_on(self, links: frozenset[int]) -> list[str]:
        """Routes that run along any of these links."""
        return [route_id for route_id, mine in self._routes if mine & links]
