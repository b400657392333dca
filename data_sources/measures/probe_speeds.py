"""Probe speeds: how fast traffic moves on a link, from vehicles that drive along it. Pure.

A *leg* is what a vehicle did between two successive fixes that lie on links; its way over the links
is found by the network. The speed of a link over a window is the space-mean speed in Edie's
definition (Edie 1963; the travel speed of the Highway Capacity Manual): metres driven on the link by
all vehicles, divided by the seconds they spent on it. So each counts by distance and time, and one
that reports every second counts no more than one that reports every half minute.

Left out: standing at stops of the vehicle's route (a bus that boards says nothing of the road), legs
too coarse to tell a dwell from a jam, and vehicles that stand on purpose. What remains is a bus that
brakes for and starts from stops: slower than cars, and never faster. Say so where it is shown.

A sample is a *pass*: one vehicle driving along the link once, however many fixes it sends meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data_sources.model.transit import VehiclePosition

LEG_MIN = timedelta(seconds=5)
"""Shorter legs measure the receiver's noise: at 20 km/h 5 s are 28 m, several times its error."""
LEG_MAX = timedelta(seconds=90)
"""After a longer silence nobody knows the way. The same limit makes a vehicle late."""
LEG_MAX_KMH = 130.0
"""No vehicle in city traffic is faster; a leg that is has a wrong fix at one end."""
STANDING_KMH = 5.0
"""Walking pace: below it a vehicle stands or shunts."""
STOP_NEAR_M = 30.0
"""A vehicle that stands this near to a stop of its route dwells: two buses' length and the error."""
DWELL_SEEN_S = 15.0
"""A leg longer than a usual dwell may hide one: past a stop it says nothing of the road."""
NEW_PASS_AFTER = timedelta(seconds=120)
COUNTS_SHARE, COUNTS_S = 0.25, 30.0
"""A pass counts as a sample once it covers this share of the link, or lasts this long: one that only
touched a corner saw nothing, one that stands in a jam saw all there is to see."""
STANDS_ON_PURPOSE = frozenset({"charging", "layover", "parked", "idle", "offline", "out_of_service", "depot"})
"""Words of fleet systems for a vehicle that traffic does not hold up."""
MPS_TO_KMH = 3.6


@dataclass(frozen=True, slots=True)
class LinkPass:
    """One vehicle on one link, without dwells: metres driven and seconds taken from start to end."""

    link_id: str
    vehicle_id: str
    started_at: datetime
    ended_at: datetime
    distance_m: float
    time_s: float


@dataclass(frozen=True, slots=True)
class ProbeSpeed:
    """Space-mean speed of a link, the passes behind it, and the end of the last one."""

    speed_kmh: float
    samples: int
    observed_at: datetime


def is_probe(fix: VehiclePosition) -> bool:
    """Whether the vehicle moves with the traffic as far as its status tells."""
    return (fix.status or "").strip().lower() not in STANDS_ON_PURPOSE


def could_dwell(distance_m: float, time_s: float) -> bool:
    """Whether a leg would hide a dwell if it came by a stop: the vehicle stood, or nobody could see."""
    return distance_m / time_s * MPS_TO_KMH < STANDING_KMH or time_s > DWELL_SEEN_S


def is_dwell(distance_m: float, time_s: float, *, near_stop: bool, at_stop: bool) -> bool:
    """Whether a leg may hold a dwell. `near_stop`: it comes within STOP_NEAR_M of a stop of the
    vehicle's route; `at_stop`: the vehicle itself says that it stands at one."""
    return at_stop or (near_stop and could_dwell(distance_m, time_s))


def leg_passes(
    vehicle_id: str, start_at: datetime, end_at: datetime, way: Sequence[tuple[str, float]]
) -> tuple[LinkPass, ...]:
    """A leg on each link of its way (link, metres); time is shared by distance. Empty when the leg is
    too short, too long or too fast to mean anything."""
    seconds = (end_at - start_at).total_seconds()
    total_m = sum(metres for _, metres in way)
    if not LEG_MIN <= end_at - start_at <= LEG_MAX or total_m / seconds * MPS_TO_KMH > LEG_MAX_KMH:
        return ()
    passes = []
    reached_m = 0.0
    for link_id, metres in way:
        share = metres / total_m if total_m > 0 else 1 / len(way)
        begin = reached_m / total_m if total_m > 0 else 0.0
        passes.append(
            LinkPass(
                link_id=link_id,
                vehicle_id=vehicle_id,
                started_at=start_at + (end_at - start_at) * begin,
                ended_at=start_at + (end_at - start_at) * min(begin + share, 1.0),
                distance_m=metres,
                time_s=seconds * share,
            )
        )
        reached_m += metres
    return tuple(passes)


def joined(before: LinkPass, after: LinkPass) -> LinkPass | None:
    """Two parts of one pass as one; None when `after` begins a pass of its own."""
    same = (before.link_id, before.vehicle_id) == (after.link_id, after.vehicle_id)
    if not same or after.started_at - before.ended_at > NEW_PASS_AFTER:
        return None
    return LinkPass(
        link_id=before.link_id,
        vehicle_id=before.vehicle_id,
        started_at=before.started_at,
        ended_at=after.ended_at,
        distance_m=before.distance_m + after.distance_m,
        time_s=before.time_s + after.time_s,
    )


def link_speed(
    passes: Iterable[LinkPass], length_m: float, *, now: datetime, window_s: float, min_samples: int
) -> ProbeSpeed | None:
    """Space-mean speed on a link of `length_m` over the passes that ended within the window; None
    below the least number of samples: a few passes are one driver's habits, not traffic."""
    since = now - timedelta(seconds=window_s)
    counted = [
        one
        for one in passes
        if since < one.ended_at
        and (one.distance_m >= COUNTS_SHARE * length_m or one.time_s >= COUNTS_S)
        and one.time_s > 0
    ]
    if len(counted) < max(min_samples, 1):
        return None
    # summed in an order of its own, so that the result does not depend on that of arrival
    counted.sort(key=lambda one: (one.ended_at, one.vehicle_id, one.distance_m, one.time_s))
    metres, seconds = sum(one.distance_m for one in counted), sum(one.time_s for one in counted)
    return ProbeSpeed(metres / seconds * MPS_TO_KMH, len(counted), max(one.ended_at for one in counted))
