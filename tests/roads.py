"""Small networks for tests, laid out in metres around 16.45 N 102.8 E."""

from itertools import pairwise
from typing import Any

from data_sources.model.traffic import Link, Point
from data_sources.network import Network
from data_sources.segment_index import Plane

ORIGIN: Point = (16.45, 102.8)
EAST_M, NORTH_M = Plane(ORIGIN[0]).scale


def at(east_m: float, north_m: float) -> Point:
    """(latitude, longitude) of a place by metres east and north of the origin."""
    return ORIGIN[0] + north_m / NORTH_M, ORIGIN[1] + east_m / EAST_M


def link(link_id: str, *places: tuple[float, float], **fields: Any) -> Link:
    """A link through places in metres."""
    length = sum(((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5 for a, b in pairwise(places))
    values = {"road_class": "primary", "free_flow_kmh": 50.0, "length_m": length, **fields}
    return Link(
        link_id=link_id, name_th=link_id, name_en=link_id, points=tuple(at(*p) for p in places), **values
    )


def street(parts: int = 4, part_m: float = 300.0, **fields: Any) -> list[Link]:
    """A street eastwards and back: `e-0`, `e-1`, ... and `w-0`, ..., both on one centre line."""
    ends = [number * part_m for number in range(parts + 1)]
    east = [link(f"e-{n}", (ends[n], 0), (ends[n + 1], 0), **fields) for n in range(parts)]
    west = [link(f"w-{n}", (ends[n + 1], 0), (ends[n], 0), **fields) for n in range(parts)]
    return [*east, *west]


def crossing() -> Network:
    """A street eastwards and back, and one northwards across its middle."""
    return Network([*street(), link("n-0", (600, -300), (600, 0)), link("n-1", (600, 0), (600, 300))])
