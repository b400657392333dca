"""The GTFS schedule of a city: routes, trips, stops, shapes and service days. Pure once read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Route:
    route_id: str
    short_name: str
    long_name: str
    colour: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    stop_id: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class StopTime:
    stop_id: str
    stop_sequence: int
    arrival_s: int | None
    departure_s: int | None
    shape_dist_m: float | None


@dataclass(frozen=True, slots=True)
class Trip:
    trip_id: str
    route_id: str
    service_id: str
    direction_id: int | None
    headsign: str
    shape_id: str | None
    stop_times: tuple[StopTime, ...]
    frequencies: tuple[tuple[int, int, int], ...] = ()
    """(start_s, end_s, headway_s) since the service day's midnight; empty for a timetabled trip."""


class Schedule:
    """Read-only view of a GTFS. See `read_schedule`."""


def read_schedule(path: Path, overlay: Path | None, zone: ZoneInfo) -> Schedule:
    """Read a GTFS folder or zip; files of `overlay` replace those of the same name."""
    raise ScheduleMissing
