"""What can be seen of the simulated fleet."""

from datetime import datetime
from enum import IntEnum

import msgspec

from data_sources.simulator.departures import Run


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
