"""The links of a network as arrays: their class, their direction, what lies upstream of them."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from data_sources.model.city import Bounds, City
from data_sources.model.traffic import Link, Point
from data_sources.network import JOIN_M, Network, read_network
from data_sources.schedule import distance_m
from data_sources.segment_index import Floats, Ints, Plane
from data_sources.simulator.profile import OTHER_ROAD, ROAD_CLASSES

LOAD_SPEED_KMH = 50.0


class Roads:
    """Links with what traffic on them needs. The index of a link is its place in `links`; one past the
    last stands for a place off the network."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = tuple(links)
        self.index = {link.link_id: number for number, link in enumerate(self.links)}
        classes = [ROAD_CLASSES.get(link.road_class, OTHER_ROAD) for link in self.links]
        self.free_kmh: Floats = np.array([link.free_flow_kmh for link in self.links], float)
        self.volume: Floats = np.array([kind.volume for kind in classes], float)
        self.delay: Floats = np.array([kind.delay for kind in classes], float)
        self.power: Floats = np.array([kind.power for kind in classes], float)
        self.lanes: Floats = np.array([link.lanes or 1 for link in self.links], float)
        self.capacity_vph: Floats = self.lanes * np.array([kind.lane_vph for kind in classes], float)
        middles = [link.points[len(link.points) // 2] for link in self.links]
        self.middle: list[Point] = middles
        centre = np.mean(middles, axis=0) if middles else np.zeros(2)
        self.plane = Plane(float(centre[0]))
        self._network = Network(self.links)
        self.inbound: Floats = self._inbound(centre)
        self._before = self._upstream()

    @property
    def nowhere(self) -> int:
        """The index of no link."""
        return len(self.links)

    def at(self, lat: Floats, lon: Floats, bearing_deg: Floats) -> Ints:
        """Links that places with a heading lie on; `nowhere` where there is none."""
        fixes = zip(lat.tolist(), lon.tolist(), bearing_deg.tolist(), strict=True)
        snaps = self._network.snap_many([(a, b, None if math.isnan(c) else c) for a, b, c in fixes])
        return np.array([self.nowhere if snap is None else self.index[snap.link_id] for snap in snaps])

    def nearest(self, place: Point, within_m: float) -> int | None:
        """The link nearest to a place, None when none is near enough."""
        near = self._network.links_near(place, within_m)
        return self.index[near[0]] if near else None

    def of_corridor(self, corridor_id: str) -> list[int]:
        """Links of a corridor, in the order of the network's file."""
        return [number for number, link in enumerate(self.links) if link.corridor_id == corridor_id]

    def of_route(self, route_id: str) -> list[int]:
        """Links that a transit route runs along."""
        return [number for number, link in enumerate(self.links) if route_id in link.route_ids]

    def opposite(self, link: int) -> int | None:
        """The link of the same road in the other direction, None on a one-way road."""
        mine = self.links[link].points
        return next((other for other in self._meeting(mine[-1]) if self._turns_back(link, other)), None)

    def downstream(self, link: int, count: int) -> list[int]:
        """The link and those that follow it on the same road, `count` in all at most."""
        row = [link]
        while len(row) < count:
            ahead = [
                other
                for other in self._meeting(self.links[row[-1]].points[-1])
                if other not in row
                and self.links[other].corridor_id == self.links[link].corridor_id
                and not self._turns_back(row[-1], other)
            ]
            if not ahead:
                break
            row.append(min(ahead))
        return row

    def upstream(self, links: Sequence[int], hops: int) -> list[list[int]]:
        """Links whose traffic runs into these: those directly before them, those before these, ..."""
        seen = set(links)
        rings: list[list[int]] = []
        ring = list(links)
        for _ in range(hops):
            ring = sorted({before for link in ring for before in self._before[link]} - seen)
            seen.update(ring)
            rings.append(ring)
        return rings

    def _inbound(self, centre: Floats) -> Floats:
        """1 for a link that runs straight to the middle of the network, -1 straight out of it."""
        if not self.links:
            return np.zeros(0)
        ends = np.array([(link.points[0], link.points[-1]) for link in self.links])
        scale = np.array([1.0, math.cos(math.radians(centre[0]))])
        run = (ends[:, 1] - ends[:, 0]) * scale
        home = (centre - ends.mean(axis=1)) * scale
        lengths = np.hypot(*run.T) * np.hypot(*home.T)
        return np.asarray((run * home).sum(axis=1) / np.maximum(lengths, 1e-12))

    def _upstream(self) -> list[list[int]]:
        self._starts: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, link in enumerate(self.links):
            self._starts[self._cell(link.points[0])].append(number)
        before: list[list[int]] = [[] for _ in self.links]
        for number, link in enumerate(self.links):
            for after in self._meeting(link.points[-1]):
                if after != number and not self._turns_back(number, after):
                    before[after].append(number)
        return before

    def _meeting(self, end: Point) -> list[int]:
        """Links that start where another one ends."""
        row, column = self._cell(end)
        return [
            number
            for near in ((row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
            for number in self._starts.get(near, ())
            if distance_m(*end, *self.links[number].points[0]) <= JOIN_M
        ]

    def _turns_back(self, link: int, other: int) -> bool:
        one, two = self.links[link].points, self.links[other].points
        return distance_m(*one[0], *two[-1]) <= JOIN_M and distance_m(*one[-1], *two[0]) <= JOIN_M

    def _cell(self, place: Point) -> tuple[int, int]:
        """Cell of a grid that is at least as wide as ends that meet may be apart."""
        east, north = self.plane.metres([place[1]], [place[0]])[0]
        return math.floor(north / JOIN_M), math.floor(east / JOIN_M)


def city_links(city: City, total: int | None = None) -> list[Link]:
    """The links of a city's pack; with `total`, filled up to that many by load links over the box where
    its map opens. Simulator and web process must be given the same ones."""
    network = read_network(city)
    own = [] if network is None else list(network.links.values())
    more = 0 if total is None else total - len(own)
    return own + load_links(more, city.spec.views[0].bounds)


def load_links(n: int, bounds: Bounds) -> list[Link]:
    """`n` links of a street grid that fills the box, for load tests: synthetic, named so, the same for
    the same arguments. Both directions of a street follow each other; every fifth street is an arterial."""
    if n <= 0:
        return []
    # A grid of k x k crossings has 4 k (k - 1) directed links.
    size = math.ceil((1 + math.sqrt(1 + n)) / 2)
    lat = np.linspace(bounds.south, bounds.north, size).round(6).tolist()
    lon = np.linspace(bounds.west, bounds.east, size).round(6).tolist()
    streets = []
    for row in range(size):
        for column in range(size):
            here = (lat[row], lon[column])
            if column + 1 < size:
                streets.append((row, here, (lat[row], lon[column + 1])))
            if row + 1 < size:
                streets.append((column, here, (lat[row + 1], lon[column])))
    ends = [pair for street, one, other in streets for pair in ((street, one, other), (street, other, one))]
    return [_load_link(number, *pair) for number, pair in enumerate(ends[:n], 1)]


def _load_link(number: int, street: int, start: Point, end: Point) -> Link:
    return Link(
        link_id=f"load-{number:05d}",
        name_th=f"ลิงก์จำลอง {number}",
        name_en=f"Synthetic link {number}",
        road_class="primary" if street % 5 == 0 else "secondary",
        length_m=round(distance_m(*start, *end), 1),
        free_flow_kmh=LOAD_SPEED_KMH,
        points=(start, end),
        lanes=2,
        schematic=True,
        source="synthetic: made for load tests",
        corridor_id="load",
        corridor_th="ลิงก์จำลอง",
        corridor_en="Synthetic links",
    )
