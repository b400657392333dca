"""The fleet: how many vehicles each line has, how long a round takes them, what they are called."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data_sources.schedule import Schedule
from data_sources.simulator.circuits import Circuit
from data_sources.simulator.departures import starts_of
from data_sources.simulator.profile import DRIVING


@dataclass(frozen=True, slots=True)
class Line:
    """A circuit with its vehicles. `round_s` is the time of a whole round with the wait at its end, for
    vehicles that run round the clock; `prefix` begins the vehicles' ids."""

    circuit: Circuit
    vehicles: int
    round_s: float
    prefix: str

    @property
    def vehicle_ids(self) -> list[str]:
        """Ids that sort as numbers do."""
        width = len(str(self.vehicles))
        return [f"{self.prefix}{number:0{width}d}" for number in range(1, self.vehicles + 1)]


def make_lines(
    schedule: Schedule,
    circuits: Sequence[Circuit],
    start: datetime,
    *,
    fleet: Mapping[str, int] | None = None,
    signs: Mapping[str, str] | None = None,
    vehicles: int | None = None,
) -> tuple[Line, ...]:
    """The lines of a city. `fleet` gives vehicles by route where the operator's figures are known, else
    the schedule's busiest time tells; with `vehicles` the whole fleet is that many, shared out in the
    same proportion. `signs` gives names to make ids from."""
    sizes = [(fleet or {}).get(circuit.route_id) or vehicles_needed(circuit) for circuit in circuits]
    rounds = [round_s(schedule, circuit, size, start) for circuit, size in zip(circuits, sizes, strict=True)]
    shares = sizes if vehicles is None else share_out(vehicles, sizes)
    prefixes = id_prefixes([(signs or {}).get(circuit.route_id, "") for circuit in circuits])
    return tuple(
        Line(circuit, share, round_time_s, prefix or f"{circuit.route_id}-")
        for circuit, share, round_time_s, prefix in zip(circuits, shares, rounds, prefixes, strict=True)
    )


def round_s(schedule: Schedule, circuit: Circuit, vehicles: int, when: datetime) -> float:
    """Time of a round with the wait at its end: what keeps the schedule's headway with the line's own
    vehicles if they can, else running time and a layover."""
    promised = schedule.headway_s_at(circuit.route_id, when)
    shortest = circuit.running_s + DRIVING.turnaround_min_s
    if promised is not None and promised * vehicles >= shortest:
        return float(promised * vehicles)
    return max(shortest, circuit.running_s * (1 + DRIVING.layover_share))


def id_prefixes(names: Sequence[str]) -> list[str]:
    """Shortest beginnings that tell the names apart, in capitals: Red and Rose become RE and RO. Empty
    for a name that is empty or the beginning of another one."""
    found = []
    for index, name in enumerate(names):
        others = [other.upper() for at, other in enumerate(names) if at != index]
        beginnings = (name[:length].upper() for length in range(1, len(name) + 1))
        found.append(
            next((one for one in beginnings if not any(other.startswith(one) for other in others)), "")
        )
    return found


def share_out(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`total` in proportion to the weights, by largest remainder; the earlier one wins a tie."""
    exact = [total * weight / sum(weights) for weight in weights]
    shares = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return tuple(shares)


def vehicles_needed(circuit: Circuit) -> int:
    """Most vehicles that one service of the schedule has on the circuit at once, at least one."""
    starts: dict[str, list[int]] = defaultdict(list)
    for trip in circuit.legs[0].trips:
        starts[trip.service_id].extend(starts_of(trip))
    cycle_s = circuit.running_s + DRIVING.turnaround_min_s
    most = 1
    for times in starts.values():
        times.sort()
        most = max(most, *(bisect_left(times, at_s + cycle_s) - index for index, at_s in enumerate(times)), 1)
    return most
