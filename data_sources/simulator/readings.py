"""What detectors of the simulated roads measured in the last minute: whole vehicles, noisy speeds."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from data_sources.segment_index import Floats, Ints
from data_sources.simulator.profile import DETECTED_CLASSES
from data_sources.simulator.roads import Roads
from data_sources.simulator.traffic import Traffic

PERIOD_S = 60
NOISE = 0.03
"""Standard deviation of a measured mean speed, as a share of it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One averaging interval of `PERIOD_S` that ended at `until`; by link. `speed_kmh` is NaN where no
    vehicle passed."""

    until: datetime
    speed_kmh: Floats
    vehicles: Ints
    occupancy: Floats


def read_detectors(traffic: Traffic, until: datetime, seed: int) -> Reading:
    """The interval that ended at `until`, a real time: the same for the same traffic, time and seed."""
    flow = traffic.flow()
    rng = np.random.default_rng((seed, 5, int(until.timestamp())))
    vehicles = rng.poisson(flow.intensity_vph * PERIOD_S / 3600)
    speed = flow.speed_kmh * np.clip(rng.normal(1.0, NOISE, len(flow.speed_kmh)), 0.8, 1.2)
    return Reading(until, np.where(vehicles > 0, speed, np.nan), vehicles, flow.occupancy)


def detected(roads: Roads) -> list[int]:
    """Links that the road authority watches: greater roads; all of them where there are none."""
    greater = [i for i, link in enumerate(roads.links) if link.road_class in DETECTED_CLASSES]
    return greater or list(range(len(roads.links)))
