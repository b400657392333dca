"""How many vehicles each line has."""

import math
from collections.abc import Mapping, Sequence

from data_sources.schedule import Schedule
from data_sources.simulator.network import Circuit
from data_sources.simulator.profile import DRIVING

USUAL_HEADWAY_S = 900.0
"""Where neither the pack nor the schedule says how often a line runs."""


def fleet_sizes(
    schedule: Schedule,
    circuits: Sequence[Circuit],
    given: Mapping[str, int],
    vehicles: int | None = None,
) -> tuple[int, ...]:
    """Vehicles of each circuit: the pack's figures, else what the shortest headway of the schedule
    takes. With `vehicles` the fleet is that many, shared out in the same proportion."""
    sizes = [given.get(circuit.route_id) or _needed(schedule, circuit) for circuit in circuits]
    return tuple(sizes) if vehicles is None else share_out(vehicles, sizes)


def share_out(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`total` in proportion to the weights, by largest remainder; the earlier one wins a tie."""
    exact = [total * weight / sum(weights) for weight in weights]
    shares = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return tuple(shares)


def _needed(schedule: Schedule, circuit: Circuit) -> int:
    headways = [
        headway_s for trip in schedule.trips_of_route(circuit.route_id) for _, _, headway_s in trip.frequencies
    ]
    cycle_s = circuit.running_s + DRIVING.turnaround_min_s
    return max(1, math.ceil(cycle_s / min(headways, default=USUAL_HEADWAY_S)))
