"""What the simulated city tells of its roads: detectors, flow segments, incidents, car parks and chargers.

Between the world, whose seconds are its own, and the wire, whose stamps are real time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from data_sources.model.city import FeedSpec
from data_sources.simulator import wire_ngsi, wire_roads
from data_sources.simulator.facilities import (
    Park,
    Station,
    free_chargers,
    free_spaces,
)
from data_sources.simulator.incidents import Happening
from data_sources.simulator.readings import PERIOD_S, Reading, detected, read_detectors
from data_sources.simulator.wire_ngsi import Entity
from data_sources.simulator.world import World

NEAR_M = 50.0
"""A point farther than this from every link is on no road of the flow service."""


class Roadside:
    """The sources beside the roads. `tick` moves them on with the world."""

    def __init__(
        self,
        world: World,
        parks: Sequence[Park],
        stations: Sequence[Station],
        *,
        start: datetime,
        speed: float,
        seed: int,
    ) -> None:
        """`start` is the real time at which the world starts; `speed` the pace of its clock."""
        self._world = world
        self._parks = parks
        self._stations = stations
        self._start = start
        self._speed = speed
        self._seed = seed
        self._detected = [(i, world.traffic.roads.links[i]) for i in detected(world.traffic.roads)]
        self.reading: Reading = read_detectors(world.traffic, _whole_minute(start), seed)

    def tick(self, now: datetime) -> bool:
        """Read the detectors when a minute of real time has ended; whether it has."""
        minute = _whole_minute(now)
        if minute <= self.reading.until:
            return False
        self.reading = read_detectors(self._world.traffic, minute, self._seed)
        return True

    def entities(self, entity_type: str, now: datetime, skew: timedelta) -> list[Entity]:
        """NGSI-LD entities of a type, stamped by a clock that is off by `skew`."""
        match entity_type:
            case "TrafficFlowObserved":
                reading = Reading(
                    self.reading.until + skew,
                    self.reading.speed_kmh,
                    self.reading.vehicles,
                    self.reading.occupancy,
                )
                return wire_ngsi.traffic_flow(self._detected, reading)
            case "RoadAccident":
                return [
                    wire_ngsi.road_accident(
                        one, self._real(one.begins_s) + skew, now + skew, not self._on(one)
                    )
                    for one in self._world.traffic.incidents.recent(self._world.elapsed_s)
                    if one.kind == "accident"
                ]
            case "OffStreetParking":
                return [
                    wire_ngsi.off_street_parking(park, free_spaces(park, self._world), now + skew)
                    for park in self._parks
                ]
            case "EVChargingStation":
                return [
                    wire_ngsi.ev_charging_station(station, free_chargers(station, self._world), now + skew)
                    for station in self._stations
                ]
            case _:
                return []

    def flow_segment(self, feed: FeedSpec, lat: float, lon: float) -> dict[str, Any] | None:
        """The flow service's answer for a point: of the link that the feed means by it, else of the
        nearest; None when there is none."""
        roads = self._world.traffic.roads
        meant = next((one.link_id for one in feed.points if (one.lat, one.lon) == (lat, lon)), "")
        index = roads.index.get(meant)
        if index is None:
            index = roads.nearest((lat, lon), NEAR_M)
        if index is None:
            return None
        closed = any(one.closed and index in one.links for one in self._world.traffic.active())
        free = float(roads.free_kmh[index])
        speed = float(self._world.traffic.ratio[index]) * free
        return wire_roads.flow_segment(roads.links[index], speed, free, closed)

    def events(self, feed: FeedSpec, skew: timedelta) -> list[dict[str, str]]:
        """Longdo's array of the incidents that are on."""
        return wire_roads.events(
            (
                (
                    one,
                    self._real(one.begins_s) + skew,
                    None if one.ends_s is None else self._real(one.ends_s) + skew,
                )
                for one in self._world.traffic.active()
            ),
            ZoneInfo(feed.timezone) if feed.timezone else wire_roads.ZONE,
        )

    def disturbed(self) -> list[tuple[Happening, datetime, list[str]]]:
        """Incidents on links of a route, since when, and those routes."""
        found = [
            (one, self._real(one.begins_s), self._world.routes_on(one.links))
            for one in self._world.traffic.active()
        ]
        return [one for one in found if one[2]]

    def _real(self, world_s: float) -> datetime:
        at = self._start + timedelta(seconds=world_s / self._speed)
        return at.replace(microsecond=0)

    def _on(self, one: Happening) -> bool:
        return one.on(self._world.elapsed_s)


def _whole_minute(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // PERIOD_S * PERIOD_S, at.tzinfo)
