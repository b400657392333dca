"""Level of service of links, and the speed index of a city. Pure.

Source: Highway Capacity Manual 2010 (TRB), urban street facilities, automobile mode: the level is
read from the travel speed as a percentage of the base free-flow speed, above 85, 67, 50, 40 and 30
for A to E. The manual's second condition (F where demand exceeds capacity, at any speed) needs a
capacity, which no feed gives. There is no Thai standard; the pack's thresholds stand in `LosSpec`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from data_sources.model.city import LosSpec
from data_sources.model.traffic import LevelOfService

INDEX_MIN_COVERAGE = 0.1
"""Share of the network's length below which an index would speak for roads that nobody sees (our
proposal); above it the coverage is shown beside the index."""


@dataclass(frozen=True, slots=True)
class SpeedIndex:
    """Speed of a network as a share of a reference: None when too little of it is known.

    `coverage` is the share of the network's length behind it, `links` their number.
    """

    share: float | None
    coverage: float
    links: int


def speed_ratio(speed_kmh: float | None, reference_kmh: float | None) -> float | None:
    """Speed as a share of a reference speed; None when either is unknown."""
    if speed_kmh is None or reference_kmh is None:
        return None
    known = math.isfinite(speed_kmh) and math.isfinite(reference_kmh) and speed_kmh >= 0
    return speed_kmh / reference_kmh if known and reference_kmh > 0 else None


def level_of_service(
    speed_kmh: float | None, free_flow_kmh: float | None, spec: LosSpec, *, closed: bool = False
) -> LevelOfService | None:
    """The level of a link; None without a speed, without a free-flow speed, and on a closed road: a
    link without data is never A, and a closed one serves nobody at no level."""
    ratio = speed_ratio(speed_kmh, free_flow_kmh)
    if ratio is None or closed:
        return None
    for letter, at_least in zip("ABCDE", (spec.a, spec.b, spec.c, spec.d, spec.e), strict=True):
        if ratio >= at_least:
            return LevelOfService(letter)
    return LevelOfService.F


def speed_index(
    links: Iterable[tuple[float, float | None, float | None]],
    *,
    cap: float | None = None,
    min_coverage: float = INDEX_MIN_COVERAGE,
) -> SpeedIndex:
    """Mean over links (length in metres, speed, reference speed) of speed to reference, by length.

    With the free-flow speed as reference give `cap=1`: cars that speed on an empty road do not make
    up for a jam. Against the typical speed of the hour there is no cap. A link without speed or
    reference is left out of the mean and lowers the coverage.
    """
    total_m = known_m = weighted = 0.0
    count = 0
    for length_m, speed_kmh, reference_kmh in links:
        total_m += length_m
        ratio = speed_ratio(speed_kmh, reference_kmh)
        if ratio is None:
            continue
        known_m += length_m
        weighted += length_m * (ratio if cap is None else min(ratio, cap))
        count += 1
    coverage = known_m / total_m if total_m > 0 else 0.0
    share = weighted / known_m if known_m > 0 and coverage >= min_coverage else None
    return SpeedIndex(share=share, coverage=coverage, links=count)
