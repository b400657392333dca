"""Incidents of a simulated day: the scenario's own and those that the seed brings; how they slow links.

Deterministic and stateless: what is on at a time follows from scenario, seed and that time alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data_sources.errors import ConfigError
from data_sources.model.spec import Names
from data_sources.model.traffic import IncidentKind, Point
from data_sources.segment_index import Floats
from data_sources.simulator.roads import Roads
from data_sources.simulator.scenario import IncidentSpec, RandomIncidentsSpec, ScenarioSpec

QUEUE_HOPS = 3
"""Links upstream that a queue reaches at most."""
QUEUE_SHARE = 0.6
"""How much of the slowing each further link upstream has of the one before it."""
QUEUE_EACH_S = 180.0
"""Time in which a queue grows by one link, and in which it drains from one when the road is free."""
GROW_S, DRAIN_S = 120.0, 300.0
"""Time in which the slowing of one link builds up, and in which it dies away."""
TELL_SOLVED_S = 600.0
"""An accident is told as solved so long after its end."""
HOUR_S = 3600.0
FIRST_NUMBER = 900_001

TITLES = {
    IncidentKind.ACCIDENT: Names(th="อุบัติเหตุ", en="Accident"),
    IncidentKind.BREAKDOWN: Names(th="รถเสีย", en="Broken-down vehicle"),
    IncidentKind.CONGESTION: Names(th="การจราจรติดขัด", en="Congestion"),
    IncidentKind.ROAD_WORKS: Names(th="งานก่อสร้างถนน", en="Road works"),
    IncidentKind.CLOSURE: Names(th="ปิดการจราจร", en="Road closed"),
    IncidentKind.FLOOD: Names(th="น้ำท่วมผิวจราจร", en="Flooding on the road"),
    IncidentKind.FIRE: Names(th="เพลิงไหม้", en="Fire"),
    IncidentKind.EVENT: Names(th="กิจกรรมพิเศษ", en="Special event"),
    IncidentKind.DETOUR: Names(th="ทางเบี่ยง", en="Detour"),
    IncidentKind.SERVICE: Names(th="ปัญหาการเดินรถ", en="Service problem"),
    IncidentKind.OTHER: Names(th="เหตุอื่น", en="Other incident"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One incident: on links (indices), between two times in seconds of the world; `ends_s` is None
    when nobody knows. `number` is its own for as long as it lasts."""

    number: int
    kind: IncidentKind
    severity: int
    title: Names
    road: Names
    place: Point
    links: tuple[int, ...]
    begins_s: float
    ends_s: float | None
    speed_share: float
    closed: bool

    def on(self, elapsed_s: float) -> bool:
        """Whether it is there."""
        return self.begins_s <= elapsed_s and (self.ends_s is None or elapsed_s < self.ends_s)


class Incidents:
    """The incidents of a scenario on a network."""

    def __init__(self, roads: Roads, scenario: ScenarioSpec, seed: int) -> None:
        """ConfigError when the scenario names a corridor or route without links."""
        self._roads = roads
        self._seed = seed
        self._planned = [
            (number, spec, _links_of(roads, spec, number, seed))
            for number, spec in enumerate(scenario.incidents)
        ]
        self._random = scenario.random_incidents if roads.links else None
        self._of_hour = lru_cache(maxsize=16)(self._draw)
        self._rings = lru_cache(maxsize=512)(self._queue)

    def active(self, elapsed_s: float) -> list[Happening]:
        """Incidents that are on at a time, oldest first."""
        return [one for one in self._around(elapsed_s) if one.on(elapsed_s)]

    def recent(self, elapsed_s: float) -> list[Happening]:
        """Those that are on, and those that ended not long ago."""
        return [
            one
            for one in self._around(elapsed_s)
            if one.begins_s <= elapsed_s and (one.ends_s is None or elapsed_s < one.ends_s + TELL_SOLVED_S)
        ]

    def share_left(self, elapsed_s: float) -> Floats:
        """Share of the speed that incidents leave, by link. Links upstream follow, later and less."""
        left = np.ones(len(self._roads.links))
        for one in self._around(elapsed_s):
            if one.begins_s > elapsed_s:
                continue
            for hop, ring in enumerate([one.links, *self._rings(one.links)]):
                strength = _strength(one, elapsed_s, hop * QUEUE_EACH_S) * QUEUE_SHARE**hop
                if strength > 0 and ring:
                    at = list(ring)
                    left[at] = np.minimum(left[at], 1 - strength * (1 - one.speed_share))
        return left

    def _around(self, elapsed_s: float) -> list[Happening]:
        """Incidents that may be felt at a time."""
        found = [
            one
            for number, spec, links in self._planned
            for one in _occurrences(self._roads, number, spec, links, elapsed_s)
        ]
        if self._random is not None:
            # The longest lasts under three times the mean; its queue drains for a while after.
            back_h = int((3 * self._random.duration_min * 60 + QUEUE_HOPS * QUEUE_EACH_S + HOUR_S) // HOUR_S)
            hour = int(elapsed_s // HOUR_S)
            for number in range(max(hour - back_h, 0), hour + 1):
                found.extend(self._of_hour(number))
        return sorted(found, key=lambda one: (one.begins_s, one.number))

    def _queue(self, links: tuple[int, ...]) -> list[list[int]]:
        return self._roads.upstream(links, QUEUE_HOPS)

    def _draw(self, hour: int) -> list[Happening]:
        """The seed's incidents of one hour of the world; longer and greater roads have more."""
        spec = self._random
        if spec is None:
            return []
        rng = np.random.default_rng((self._seed, 3, hour))
        roads = self._roads
        weight = np.array([link.length_m for link in roads.links]) * roads.capacity_vph
        found = []
        for count in range(int(rng.poisson(spec.per_hour))):
            link = int(rng.choice(len(roads.links), p=weight / weight.sum()))
            found.append(self._random_one(spec, hour, count, link, rng))
        return found

    def _random_one(
        self, spec: RandomIncidentsSpec, hour: int, count: int, link: int, rng: np.random.Generator
    ) -> Happening:
        kind = spec.kinds[int(rng.integers(len(spec.kinds)))]
        begins_s = HOUR_S * (hour + float(rng.random()))
        lasts_s = 60 * spec.duration_min * float(np.clip(rng.lognormal(-0.1, 0.5), 0.3, 3.0))
        share = float(np.clip(spec.speed_share + rng.normal(0, 0.1), 0.1, 0.9))
        number = FIRST_NUMBER + 1000 + hour * 1000 + count
        severity = 4 if share < 0.3 else 3 if share < 0.5 else 2
        return Happening(
            number=number,
            kind=kind,
            severity=severity,
            title=TITLES[kind],
            road=_road(self._roads, link),
            place=self._roads.middle[link],
            links=(link,),
            begins_s=begins_s,
            ends_s=begins_s + lasts_s,
            speed_share=share,
            closed=False,
        )


def _strength(one: Happening, elapsed_s: float, delay_s: float) -> float:
    """How much of the slowing is felt, 0 to 1, where the queue arrives `delay_s` later."""
    grown = min(max((elapsed_s - one.begins_s - delay_s) / GROW_S, 0.0), 1.0)
    if one.ends_s is None:
        return grown
    # A queue that had no time to reach a link does not drain from it.
    grown_at_end = min(max((one.ends_s - one.begins_s - delay_s) / GROW_S, 0.0), 1.0)
    left = min(max((one.ends_s + delay_s + DRAIN_S - elapsed_s) / DRAIN_S, 0.0), 1.0)
    return min(grown, grown_at_end, left)


def _occurrences(
    roads: Roads, number: int, spec: IncidentSpec, links: tuple[int, ...], elapsed_s: float
) -> Iterator[Happening]:
    """The planned incident as it is now, and as it last was."""
    every_s = spec.every_min * 60 if spec.every_min is not None else None
    gone_s = elapsed_s - spec.at_min * 60
    if gone_s < 0:
        return
    latest = int(gone_s // every_s) if every_s is not None else 0
    for occurrence in {max(latest - 1, 0), latest}:
        begins_s = spec.at_min * 60 + occurrence * (every_s or 0.0)
        yield Happening(
            number=FIRST_NUMBER + number + 50 * (occurrence % 20),
            kind=spec.kind,
            severity=spec.severity,
            title=spec.title or TITLES[spec.kind],
            road=_road(roads, links[0]),
            place=roads.middle[links[0]],
            links=links,
            begins_s=begins_s,
            ends_s=None if spec.duration_min is None else begins_s + spec.duration_min * 60,
            speed_share=spec.speed_share,
            closed=spec.closed,
        )


def _road(roads: Roads, link: int) -> Names:
    one = roads.links[link]
    return Names(th=one.corridor_th or one.name_th, en=one.corridor_en or one.name_en)


def _links_of(roads: Roads, spec: IncidentSpec, number: int, seed: int) -> tuple[int, ...]:
    """Where a planned incident is: by the seed, on the corridor or route that the scenario names."""
    where = f"scenario: incidents[{number}]"
    if not roads.links:
        raise ConfigError(f"{where}: the city pack has no links for an incident to be on")
    candidates: Sequence[int] = range(len(roads.links))
    if spec.corridor is not None:
        candidates = roads.of_corridor(spec.corridor)
        known = sorted({link.corridor_id for link in roads.links if link.corridor_id})
        if not candidates:
            raise ConfigError(
                f"{where}.corridor: unknown corridor {spec.corridor!r}; allowed: {', '.join(known)}"
            )
    if spec.route is not None:
        candidates = roads.of_route(spec.route)
        known = sorted({route for link in roads.links for route in link.route_ids})
        if not candidates:
            raise ConfigError(f"{where}.route: no link of route {spec.route!r}; allowed: {', '.join(known)}")
    rng = np.random.default_rng((seed, 4, number))
    row = roads.downstream(int(rng.choice(np.asarray(candidates))), spec.links)
    if spec.both_ways:
        back = [other for link in row if (other := roads.opposite(link)) is not None]
        row.extend(other for other in back if other not in row)
    return tuple(row)
