"""A synthetic state of a network: at each update every speed changes a little, a tenth of them wholly.

Speeds and ages have no pattern, so that they compress no better than a real network's.
"""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from data_sources.measures.fusion import PROBE
from data_sources.model.traffic import Link, LinkState, SourceSpeed

SLOWEST = 0.1
"""Shares of free flow are spread evenly from here up to 1."""
JITTER = 0.04
"""How far a speed wavers between two wholly new ones, as a share of it."""
OLDEST_S = 240
"""A link was observed up to so long before the put: still fresh by the probe's window."""
UPDATES_OF_SPEED = 10
"""A link keeps its speed, but for the wavering, for so many updates."""


def states(links: Sequence[Link], update: int, at: datetime) -> tuple[LinkState, ...]:
    """The network at the update of that number, as ingest would put it; link 0 is observed at `at`."""
    return tuple(_state(link, number, update, at) for number, link in enumerate(links))


def _state(link: Link, number: int, update: int, at: datetime) -> LinkState:
    turn = (number + update) // UPDATES_OF_SPEED
    ratio = SLOWEST + (1 - SLOWEST) * _share(number, turn)
    speed_kmh = ratio * link.free_flow_kmh * (1 + JITTER * (_share(update, number + 1) - 0.5))
    observed_at = at - timedelta(seconds=number and OLDEST_S * _share(update, number))
    return LinkState(
        link_id=link.link_id,
        speed_kmh=speed_kmh,
        free_flow_kmh=link.free_flow_kmh,
        observed_at=observed_at,
        feed_id=PROBE,
        sources=(SourceSpeed(feed_id=PROBE, speed_kmh=speed_kmh, observed_at=observed_at, samples=3),),
        synthetic=True,
    )


def _share(one: int, other: int) -> float:
    """From 0 up to 1, the same for the same two numbers and without order between others."""
    return zlib.crc32(b"%d of %d" % (one, other)) / 2**32
