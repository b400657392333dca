"""Our own buses as probes: follows each vehicle along the links and keeps its passes of the window."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from data_sources.measures import probe_speeds
from data_sources.measures.fusion import PROBE
from data_sources.measures.probe_speeds import LEG_MAX, LEG_MIN, STOP_NEAR_M, LinkPass
from data_sources.model.city import TrafficSpec
from data_sources.model.traffic import Point, SourceSpeed
from data_sources.model.transit import VehiclePosition
from data_sources.network import Network, Snap
from data_sources.segment_index import Floats, Plane

MOVED_M = 15.0
"""The way between two fixes tells the heading from this distance on: twice a receiver's error."""

Vehicle = tuple[str, str]
"""Operator and vehicle id."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The last fix of a vehicle that a leg may start from, and where it lies."""

    fix: VehiclePosition
    bearing_deg: float | None
    snap: Snap | None


class ProbeTracker:
    """Passes of links by vehicles. Fixes closer together than LEG_MIN are passed over."""

    def __init__(
        self,
        network: Network,
        spec: TrafficSpec,
        stops_of_route: Mapping[str, Sequence[Point]],
        operator_of: Mapping[str, str],
    ) -> None:
        self._network = network
        self._spec = spec
        self._operator_of = operator_of
        self._stops = {route_id: np.array(stops) for route_id, stops in stops_of_route.items() if len(stops)}
        self._seen: dict[Vehicle, _Seen] = {}
        self._passes: dict[str, dict[str, list[LinkPass]]] = defaultdict(dict)

    @property
    def synthetic(self) -> bool:
        """Whether any vehicle that is followed is simulated."""
        return any(seen.fix.synthetic for seen in self._seen.values())

    def follow(self, positions: Sequence[VehiclePosition]) -> None:
        """Take up fixes; they may be repeated, and come in any order of vehicles."""
        newest: dict[Vehicle, VehiclePosition] = {}
        for fix in positions:
            key = (self._operator_of.get(fix.feed_id, fix.feed_id), fix.vehicle_id)
            seen = self._seen.get(key)
            if seen is None or fix.observed_at - seen.fix.observed_at >= LEG_MIN:
                known = newest.get(key)
                if known is None or fix.observed_at > known.observed_at:
                    newest[key] = fix
        bearings = [_bearing(self._seen.get(key), fix) for key, fix in newest.items()]
        snaps = self._network.snap_many(
            [(fix.lat, fix.lon, bearing) for fix, bearing in zip(newest.values(), bearings, strict=True)]
        )
        for (key, fix), bearing, snap in zip(newest.items(), bearings, snaps, strict=True):
            before = self._seen.get(key)
            self._seen[key] = _Seen(fix, bearing, snap)
            if before is not None:
                self._note(":".join(key), before, self._seen[key])

    def speeds(self, now: datetime) -> dict[str, SourceSpeed]:
        """Probe speeds at `now`, by link; a link with too few passes has none."""
        self._forget(now)
        found = {}
        for link_id, by_vehicle in self._passes.items():
            speed = probe_speeds.link_speed(
                (one for passes in by_vehicle.values() for one in passes),
                self._network.links[link_id].length_m,
                now=now,
                window_s=self._spec.probe_window_s,
                min_samples=self._spec.probe_min_samples,
            )
            if speed is not None:
                found[link_id] = SourceSpeed(
                    feed_id=PROBE,
                    speed_kmh=speed.speed_kmh,
                    observed_at=speed.observed_at,
                    samples=speed.samples,
                )
        return found

    def _note(self, vehicle_id: str, before: _Seen, after: _Seen) -> None:
        """Note a leg on the links between its fixes, unless it says nothing of the road."""
        start, end = before.fix, after.fix
        if before.snap is None or after.snap is None or end.observed_at - start.observed_at > LEG_MAX:
            return
        if not (probe_speeds.is_probe(start) and probe_speeds.is_probe(end)):
            return
        way = self._network.path(before.snap, after.snap)
        if way is None or self._dwells(start, end, sum(metres for _, metres in way)):
            return
        for one in probe_speeds.leg_passes(vehicle_id, start.observed_at, end.observed_at, way):
            passes = self._passes[one.link_id].setdefault(vehicle_id, [])
            whole = probe_speeds.joined(passes[-1], one) if passes else None
            if whole is None:
                passes.append(one)
            else:
                passes[-1] = whole

    def _dwells(self, start: VehiclePosition, end: VehiclePosition, distance_m: float) -> bool:
        seconds = (end.observed_at - start.observed_at).total_seconds()
        stops = self._stops.get(end.route_id or "")
        # most legs are short and fast: those need no look at the stops
        near_stop = (
            stops is not None
            and probe_speeds.could_dwell(distance_m, seconds)
            and _passes_near(stops, start, end)
        )
        at_stop = "STOPPED_AT" in (start.stop_status, end.stop_status)
        return probe_speeds.is_dwell(distance_m, seconds, near_stop=near_stop, at_stop=at_stop)

    def _forget(self, now: datetime) -> None:
        """Let go of passes before the window, and of vehicles that no leg can start from."""
        since = now - timedelta(seconds=self._spec.probe_window_s)
        for link_id, by_vehicle in list(self._passes.items()):
            for vehicle_id, passes in list(by_vehicle.items()):
                by_vehicle[vehicle_id] = [one for one in passes if one.ended_at > since]
                if not by_vehicle[vehicle_id]:
                    del by_vehicle[vehicle_id]
            if not by_vehicle:
                del self._passes[link_id]
        for key, seen in list(self._seen.items()):
            if now - seen.fix.observed_at > timedelta(seconds=self._spec.probe_window_s) + LEG_MAX:
                del self._seen[key]


def _bearing(before: _Seen | None, fix: VehiclePosition) -> float | None:
    """Heading of a vehicle: by the way it came, by what it says, or as it was while it stands."""
    if before is not None:
        a, b = _metres(np.array([(before.fix.lat, before.fix.lon), (fix.lat, fix.lon)]))
        east, north = b - a
        if math.hypot(east, north) >= MOVED_M:
            return math.degrees(math.atan2(east, north)) % 360
    if fix.bearing_deg is not None:
        return fix.bearing_deg
    return before.bearing_deg if before is not None else None


def _passes_near(stops: Floats, start: VehiclePosition, end: VehiclePosition) -> bool:
    """Whether the straight way between two fixes comes near to a stop."""
    metres = _metres(np.vstack([(start.lat, start.lon), (end.lat, end.lon), stops]))
    origin, step = metres[0], metres[1] - metres[0]
    offset = metres[2:] - origin
    share = np.clip(offset @ step / max(float(step @ step), 1e-9), 0.0, 1.0)
    return bool((np.hypot(*(offset - share[:, None] * step).T) <= STOP_NEAR_M).any())


def _metres(places: Floats) -> Floats:
    """Rows of (latitude, longitude) in a plane around the first."""
    return Plane(float(places[0, 0])).metres(places[:, 1], places[:, 0])
