"""Fusion: several sources of one link become one state, by an explicit rule. Pure.

1. A source that gives neither a speed nor a closure says nothing.
2. A source is *current* while its value is no older than its own limit (twice its promised cadence,
   see `freshness.fresh_limit_s`).
3. A current source that says closed wins: driving into a closure costs more than a detour.
4. Else the most trusted current source wins (`TrafficSpec.trust`; one not listed comes last); of
   equals the fresher one, then the one first in the alphabet.
5. Without a current source the freshest wins, so that the last that is known stays readable; its age
   makes it ageing or stale wherever it is shown, and a stale value has no level.
6. Speeds are not averaged between sources: a mean of a loop detector and a bus is nobody's speed.

Current sources *disagree* when their speeds lie further apart than a share of the link's free-flow
speed (of the fastest, where that is unknown), or when one says closed while another sees traffic
move. A share of free flow, because levels are such shares: 3 and 6 km/h are the same jam.
All sources stay beside the result as its provenance. The result does not depend on their order.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data_sources.measures.freshness import age_s
from data_sources.model.traffic import LinkSpeed, SourceSpeed

PROBE = "probe"
"""Feed id of speeds from our own buses."""

MOVING_KMH = 10.0
"""At this speed traffic moves: no road is closed on which it is measured."""

SAME_TIME = timedelta(seconds=60)
"""Records of one source on one link this close together are its lanes or detectors of one moment."""


@dataclass(frozen=True, slots=True)
class Fused:
    """The winning source (None: no source says anything), and all of them, most trusted first."""

    winner: SourceSpeed | None
    sources: tuple[SourceSpeed, ...]
    disagreement: bool = False


def combined(records: Sequence[LinkSpeed]) -> SourceSpeed:
    """What one source says of one link in several records (lanes, detectors) of the newest moment.

    The mean speed, by traffic counts where every record gives them, since a lane without cars says
    little. Closed only when all of them are: one closed lane is not a closed road.
    """
    newest = max(record.observed_at for record in records)
    last = sorted(
        (record for record in records if newest - record.observed_at <= SAME_TIME),
        key=lambda one: (one.speed_kmh is None, one.speed_kmh or 0.0, one.intensity_vph or 0.0),
    )
    moving = [record for record in last if record.speed_kmh is not None and not record.closed]
    weights = [record.intensity_vph or 0.0 for record in moving]
    if not all(weight > 0 for weight in weights):
        weights = [1.0] * len(moving)
    speeds = [record.speed_kmh or 0.0 for record in moving]
    samples = [record.samples for record in moving if record.samples is not None]
    weighted = sum(speed * weight for speed, weight in zip(speeds, weights, strict=True))
    return SourceSpeed(
        feed_id=last[0].feed_id,
        speed_kmh=weighted / sum(weights) if moving else None,
        observed_at=newest,
        samples=sum(samples) if samples else None,
        closed=all(record.closed for record in last),
    )


def fuse(
    sources: Iterable[SourceSpeed],
    *,
    now: datetime,
    limit_s: Callable[[str], float],
    trust: Sequence[str],
    free_flow_kmh: float | None,
    disagreement_share: float,
) -> Fused:
    """Fuse what sources say of one link at `now`; `limit_s` gives the age in seconds up to which a
    feed's value is current."""
    telling = [source for source in sources if source.closed or source.speed_kmh is not None]
    if not telling:
        return Fused(None, ())

    def trusted(source: SourceSpeed) -> tuple[int, float, str]:
        rank = trust.index(source.feed_id) if source.feed_id in trust else len(trust)
        return rank, -source.observed_at.timestamp(), source.feed_id

    telling.sort(key=trusted)
    current = [one for one in telling if age_s(one.observed_at, now) <= limit_s(one.feed_id)]
    if not current:
        freshest = min(telling, key=lambda one: (-one.observed_at.timestamp(), not one.closed, trusted(one)))
        return Fused(freshest, tuple(telling))
    closing = [one for one in current if one.closed]
    return Fused(
        winner=(closing or current)[0],
        sources=tuple(telling),
        disagreement=_disagree(current, free_flow_kmh, disagreement_share),
    )


def _disagree(current: Sequence[SourceSpeed], free_flow_kmh: float | None, share: float) -> bool:
    speeds = [one.speed_kmh for one in current if one.speed_kmh is not None and not one.closed]
    if any(one.closed for one in current) and any(speed >= MOVING_KMH for speed in speeds):
        return True
    if len(speeds) < 2:
        return False
    return max(speeds) - min(speeds) > share * (free_flow_kmh or max(speeds))
