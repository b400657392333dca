"""What can be seen of the simulated fleet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import msgspec

from data_sources.segment_index import Floats, Ints
from data_sources.simulator.departures import Run
from data_sources.simulator.track import Track


class Phase(IntEnum):
    """What a vehicle is doing."""

    RUN = 0
    DWELL = 1
    TURNAROUND = 2
    """At the end of a leg on the way; leaves by itself."""
    TERMINAL = 3
    """At the first terminal; leaves with a departure."""
    DEPOT = 4
    """Out of service; sends no positions."""


class VehicleState(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle as its on-board computer would report it at `observed_at`."""

    vehicle_id: str
    route_id: str
    direction_id: int | None
    run: Run | None
    lat: float
    lon: float
    bearing_deg: float | None
    speed_mps: float
    odometer_m: float
    passengers: int
    capacity: int
    battery_pct: float
    status: str
    stop_id: str | None
    stop_sequence: int | None
    stopped: bool
    observed_at: datetime


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """What a vehicle's run will do: its delay now, and (stop_id, stop_sequence, seconds from now) of
    its next calls in the world's own seconds."""

    vehicle_id: str
    route_id: str
    direction_id: int | None
    run: Run
    delay_s: float
    calls: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """The whole fleet's columns, by vehicle. `target` is what each heads for, as numbered by the track."""

    vehicle_ids: Sequence[str]
    runs: Sequence[Run | None]
    phase: Ints
    target: Ints
    lat: Floats
    lon: Floats
    bearing_deg: Floats
    speed_mps: Floats
    odometer_m: Floats
    riders: Ints
    battery_pct: Floats


# Plain numbers: comparing with members of an enumeration is slow in a loop over thousands.
_DWELL, _DEPOT = int(Phase.DWELL), int(Phase.DEPOT)
_TERMINAL = int(Phase.TERMINAL)
_UNDER_WAY = (int(Phase.RUN), _DWELL)
_LAYOVER = (int(Phase.TURNAROUND), _TERMINAL)


def vehicle_states(track: Track, seen: Sighting, capacity: int, now: datetime) -> list[VehicleState]:
    """Every vehicle in service, stamped `now`."""
    # Lists, as reading thousands of single numbers out of arrays takes five times as long.
    columns = (seen.lat, seen.lon, seen.bearing_deg, seen.speed_mps, seen.odometer_m, seen.battery_pct)
    lat, lon, bearing, speed, odometer, battery = (column.tolist() for column in columns)
    phases, targets, riders = seen.phase.tolist(), seen.target.tolist(), seen.riders.tolist()
    found = []
    for i, phase in enumerate(phases):
        if phase == _DEPOT:
            continue
        target = track.targets[targets[i]]
        leg = track.stages[target.leg].leg
        call = target.call if phase in _UNDER_WAY else None
        found.append(
            VehicleState(
                vehicle_id=seen.vehicle_ids[i],
                route_id=track.circuits[target.circuit].route_id,
                direction_id=leg.direction_id,
                run=seen.runs[i],
                lat=lat[i],
                lon=lon[i],
                bearing_deg=None if math.isnan(bearing[i]) else bearing[i],
                speed_mps=speed[i],
                odometer_m=odometer[i],
                passengers=riders[i],
                capacity=capacity,
                battery_pct=battery[i],
                status=_status(phase, leg.in_service, battery[i] < 100),
                stop_id=call.stop_id if call else None,
                stop_sequence=call.stop_sequence if call else None,
                stopped=phase == _DWELL,
                observed_at=now,
            )
        )
    return found


def _status(phase: int, in_service: bool, below_full: bool) -> str:
    """Word of the fleet tool for what a vehicle does."""
    if phase == _TERMINAL and below_full:
        return "charging"
    if phase in _LAYOVER:
        return "layover"
    return "in_service" if in_service else "deadhead"
