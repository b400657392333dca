"""The track: all circuits as flat arrays, so that thousands of vehicles move in a few vector steps."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_sources.simulator.circuits import END_OF_LEG_M, Call, Circuit, Floats, Leg
from data_sources.simulator.profile import DRIVING

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BETWEEN_CIRCUITS_M = 1000.0
"""Gap on the common axis, so that no look-ahead crosses from one circuit into the next."""
HEADING_REACH_M = 6.0
"""A heading is taken between the points this far behind and ahead: a minibus turns over its length."""
USUAL_DWELL_S = 14.0
"""What a timetable leaves for a stop; the rest of the time between two stops is driving."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a vehicle stops next: a call, or the end of a leg that ends beyond its last call."""

    circuit: int
    leg: int
    at_m: float
    call: Call | None
    first: bool
    last_call: bool
    ends_leg: bool
    cruise_mps: float


@dataclass(frozen=True, slots=True)
class Stage:
    """One leg with its place in the circuit's own timeline."""

    circuit: int
    leg: Leg
    begins_s: float
    first_target: int
    last_of_circuit: bool


class Track:
    """Circuits laid end to end on one axis. `targets` and `stages` are numbered through all of them."""

    def __init__(self, circuits: Sequence[Circuit]) -> None:
        self.circuits = tuple(circuits)
        self.targets: list[Target] = []
        self.stages: list[Stage] = []
        self.cycle_s: list[float] = []
        """Scheduled running time with the turnarounds on the way, by circuit."""
        lengths = np.array([circuit.length_m + BETWEEN_CIRCUITS_M for circuit in circuits])
        self._base_m: Floats = np.concatenate(([0.0], np.cumsum(lengths)[:-1]))
        self._length_m = lengths - BETWEEN_CIRCUITS_M
        self._axis_m = np.concatenate(
            [circuit.dist_m + base for circuit, base in zip(circuits, self._base_m, strict=True)]
        )
        self._lat = np.concatenate([circuit.lat for circuit in circuits])
        self._lon = np.concatenate([circuit.lon for circuit in circuits])
        for index, circuit in enumerate(circuits):
            self._add(index, circuit)
        self.at_m: Floats = np.array([target.at_m for target in self.targets])
        self.cruise_mps: Floats = np.array([target.cruise_mps for target in self.targets])
        self.offset_s: Floats = np.array(
            [target.call.offset_s if target.call else math.nan for target in self.targets]
        )
        self.is_call: Bools = np.array([target.call is not None for target in self.targets])
        self.is_first: Bools = np.array([target.first for target in self.targets])
        self.is_last_call: Bools = np.array([target.last_call for target in self.targets])
        self.ends_leg: Bools = np.array([target.ends_leg for target in self.targets])
        self.alighting: Floats = np.array([self._alighting(target) for target in self.targets])

    def _add(self, index: int, circuit: Circuit) -> None:
        at_s = 0.0
        for number, leg in enumerate(circuit.legs):
            last = number == len(circuit.legs) - 1
            self.stages.append(Stage(index, leg, at_s, len(self.targets), last))
            self._add_targets(index, len(self.stages) - 1, leg)
            at_s += leg.duration_s + (DRIVING.turnaround_min_s if leg.in_service and not last else 0.0)
        self.cycle_s.append(at_s)

    def _add_targets(self, circuit: int, stage: int, leg: Leg) -> None:
        beyond = not leg.calls or leg.end_m - leg.calls[-1].at_m > END_OF_LEG_M
        previous: Call | None = None
        for call in leg.calls:
            last = call is leg.calls[-1]
            cruise = cruise_mps(previous, call) if previous else DRIVING.speed_max_mps
            self.targets.append(
                Target(circuit, stage, call.at_m, call, previous is None, last, last and not beyond, cruise)
            )
            previous = call
        if beyond:
            self.targets.append(
                Target(circuit, stage, leg.end_m, None, False, False, True, DRIVING.speed_max_mps)
            )

    def _alighting(self, target: Target) -> float:
        """Share of the riders who leave at a stop: a ride takes a third of the line."""
        if target.call is None or target.first:
            return 0.0
        return 1.0 if target.last_call else min(1.0, 3 / len(self.stages[target.leg].leg.calls))

    @property
    def length_m(self) -> Floats:
        """Lengths of the circuits."""
        return self._length_m

    def axis_m(self, circuit: Ints, along_m: Floats) -> Floats:
        """Points along their circuits on the common axis."""
        return np.asarray(self._base_m[circuit] + along_m)

    def place(self, circuit: Ints, along_m: Floats) -> tuple[Floats, Floats]:
        """(lat, lon) of points along their circuits."""
        axis = self.axis_m(circuit, along_m)
        return np.interp(axis, self._axis_m, self._lat), np.interp(axis, self._axis_m, self._lon)

    def heading_deg(self, circuit: Ints, along_m: Floats) -> Floats:
        """Compass bearing of travel, 0 north and clockwise; NaN where the path has no direction."""
        length = self._length_m[circuit]
        lat_a, lon_a = self.place(circuit, np.maximum(along_m - HEADING_REACH_M, 0.0))
        lat_b, lon_b = self.place(circuit, np.minimum(along_m + HEADING_REACH_M, length))
        north, east = lat_b - lat_a, (lon_b - lon_a) * np.cos(np.radians(lat_a))
        bearing = np.degrees(np.arctan2(east, north)) % 360.0
        return np.where(np.hypot(north, east) > 1e-7, bearing, math.nan)

    def stage_at(self, circuit: int, gone_s: float) -> tuple[int, float]:
        """Stage and metres along the circuit after `gone_s` seconds of an undisturbed run."""
        stages = [i for i, stage in enumerate(self.stages) if stage.circuit == circuit]
        index = max(i for i in stages if self.stages[i].begins_s <= gone_s or i == stages[0])
        stage = self.stages[index]
        leg = stage.leg
        times = [0.0, *(call.offset_s for call in leg.calls), leg.duration_s]
        places = [leg.start_m, *(call.at_m for call in leg.calls), leg.end_m]
        return index, float(np.interp(gone_s - stage.begins_s, times, places))

    def target_after(self, stage: int, along_m: float) -> int:
        """The first target of the stage at or beyond a point."""
        index = self.stages[stage].first_target
        while not self.targets[index].ends_leg and self.targets[index].at_m < along_m:
            index += 1
        return index


def cruise_mps(previous: Call, call: Call) -> float:
    """Cruising speed that keeps the schedule between two calls, within the limits of driving.

    Solves distance/v + v * k + dwell = scheduled time for v; k is what speeding up and braking cost.
    """
    distance = call.at_m - previous.at_m
    time_s = call.offset_s - previous.offset_s - USUAL_DWELL_S
    k = (1 / DRIVING.acceleration_mps2 + 1 / DRIVING.braking_mps2) / 2
    root2 = time_s**2 - 4 * k * distance
    if time_s <= 0 or root2 < 0:
        return DRIVING.speed_max_mps
    speed = (time_s - math.sqrt(root2)) / (2 * k)
    return min(max(speed, DRIVING.speed_min_mps), DRIVING.speed_max_mps)
