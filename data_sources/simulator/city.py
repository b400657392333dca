"""The simulated city: a world and the feeds that tell of it, message by message."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from data_sources.errors import ConfigError
from data_sources.model.city import City, FeedSpec
from data_sources.model.traffic import Link
from data_sources.schedule import Schedule
from data_sources.simulator import wire
from data_sources.simulator.circuits import build_circuit
from data_sources.simulator.facilities import make_parks, make_stations
from data_sources.simulator.faults import Faults
from data_sources.simulator.fleet import make_lines
from data_sources.simulator.observatory import Observatory, nature_of
from data_sources.simulator.profile import VEHICLE, VehicleModel
from data_sources.simulator.roadside import Roadside
from data_sources.simulator.scenario import read_scenario
from data_sources.simulator.states import Prediction, VehicleState
from data_sources.simulator.timed_faults import TimedFaults
from data_sources.simulator.world import World

T = TypeVar("T")


class SimulatedCity:
    """Feeds of a city pack, served from a world. `tick` moves it on; `body`, `entities`, `flow_segment`
    and `messages` tell of it."""

    def __init__(
        self,
        city: City,
        schedule: Schedule,
        *,
        start: datetime,
        seed: int = 1,
        scenario: str = "normal",
        vehicles: int | None = None,
        speed: float = 1.0,
        fleet: Mapping[str, int] | None = None,
        model: VehicleModel = VEHICLE,
        links: Sequence[Link] = (),
    ) -> None:
        """`fleet` gives vehicles by route where the operator's figures are known; `links` are the roads.
        ConfigError when no feed of the pack is simulated, its routes have no trips, or the scenario is
        unknown, wrong or does not fit the pack."""
        self.feeds = {feed.feed_id: feed for feed in city.feeds if feed.simulated is not None}
        if not self.feeds:
            raise ConfigError("feeds.toml: no feed says `simulated`, so there is nothing to demonstrate")
        routes = dict.fromkeys(route for feed in self.feeds.values() for route in feed.simulated or ())
        circuits = [circuit for route in routes if (circuit := build_circuit(schedule, route))]
        if not circuits:
            raise ConfigError(f"gtfs: no trips on the simulated routes {', '.join(routes) or '(none named)'}")
        self.scenario = read_scenario(city.root, scenario)
        lines = make_lines(
            schedule,
            circuits,
            start,
            fleet=fleet,
            signs={sign.route_id: sign.short.en for sign in city.spec.routes},
            vehicles=vehicles,
        )
        nature = nature_of(city, seed, self.scenario, start, speed)
        self.observatory = Observatory(city, nature)
        self.world = World(
            schedule,
            lines,
            seed=seed,
            scenario=self.scenario,
            start=start,
            model=model,
            links=links,
            rain_mm_h=lambda gone_s: nature.rain_mm_h(start + timedelta(seconds=gone_s / speed)),
        )
        self.faults = Faults()
        self._timed = TimedFaults(self.scenario.faults, set(self.feeds), self.world.vehicle_ids, seed)
        self._roadside = Roadside(
            self.world,
            make_parks(schedule, [circuit.route_id for circuit in circuits], seed),
            make_stations(lines),
            start=start,
            speed=speed,
            seed=seed,
        )
        self._schedule = schedule
        self._start = start
        self._speed = speed
        self._now = start
        self._kept: dict[tuple[str, str], tuple[datetime, Any]] = {}
        """What each feed was last asked for and told, with the tick that it was made for."""
        self._timed.move_to(0.0, self.faults)

    @property
    def now(self) -> datetime:
        """Time of the last tick: the stamp of all messages until the next one."""
        return self._now

    def tick(self, now: datetime) -> bool:
        """Move the world to real time `now`, in whole seconds as stamps count them; whether the
        detectors on the roads have a new reading."""
        whole = now.replace(microsecond=0)
        gone_s = (whole - self._now).total_seconds()
        if gone_s > 0:
            self.world.advance(gone_s * self._speed)
        self._now = whole
        if self._timed.move_to((whole - self._start).total_seconds(), self.faults):
            self.forget()
        return self._roadside.tick(whole)

    def body(self, feed_id: str) -> bytes:
        """The document of a polled feed, before `Faults.spoil`. A frozen feed repeats its last one."""
        return self._told(feed_id, "", lambda: self._encode(self.feeds[feed_id]))

    def entities(self, feed_id: str, entity_type: str) -> list[dict[str, Any]]:
        """NGSI-LD entities of a type, of those that the feed's broker has."""
        feed = self.feeds[feed_id]
        if feed.entity_types and entity_type not in feed.entity_types:
            return []
        skew = self._skew(feed)
        if self.observatory.tells(feed):
            return self._told(
                feed_id, entity_type, lambda: self.observatory.entities(feed, entity_type, self._now + skew)
            )
        return self._told(feed_id, entity_type, lambda: self._roadside.entities(entity_type, self._now, skew))

    def tickets(self, feed_id: str, limit: int, offset: int) -> bytes:
        """A page of citizens' reports, the newest first."""
        feed = self.feeds[feed_id]
        now = self._now + self._skew(feed)
        return self._told(
            feed_id, f"{limit},{offset}", lambda: self.observatory.tickets(feed, now, limit, offset)
        )

    def flow_segment(self, feed_id: str, lat: float, lon: float) -> dict[str, Any] | None:
        """The flow service's answer for a point; None when that is on no road."""
        feed = self.feeds[feed_id]
        return self._told(feed_id, f"{lat},{lon}", lambda: self._roadside.flow_segment(feed, lat, lon))

    def forget(self) -> None:
        """Make everything anew: faults have changed."""
        self._kept = {key: value for key, value in self._kept.items() if key[0] in self.faults.frozen}

    def messages(self, feed_id: str) -> list[bytes]:
        """What a broker's feed publishes at this tick; nothing while it is frozen or unavailable."""
        if feed_id in self.faults.frozen or self.faults.spoiled.get(feed_id) == "unavailable":
            return []
        feed = self.feeds[feed_id]
        if self.observatory.tells(feed):
            found = self.observatory.messages(feed, self._now + self._skew(feed))
        else:
            found = wire.mqtt_messages(self._states(feed))
        return [self.faults.spoil(feed_id, message) for message in found]

    def _told(self, feed_id: str, what: str, make: Callable[[], T]) -> T:
        """What the feed tells now: made once a tick, and a frozen feed repeats it."""
        kept = self._kept.get((feed_id, what))
        if kept is not None and (kept[0] == self._now or feed_id in self.faults.frozen):
            found: T = kept[1]
            return found
        made = make()
        self._kept[feed_id, what] = (self._now, made)
        return made

    def _encode(self, feed: FeedSpec) -> bytes:
        now = self._now + self._skew(feed)
        if self.observatory.tells(feed):
            return self.observatory.body(feed, now)
        if feed.kind == "geojson_positions":
            return wire.feature_collection(self._states(feed))
        if feed.kind == "longdo_events":
            return msgspec.json.encode(self._roadside.events(feed, self._skew(feed)))
        if feed.simulated_entities == "trip_updates":
            return wire.trip_updates(self._predictions(feed), now, self._speed)
        if feed.simulated_entities == "alerts":
            served = set(feed.simulated or ())
            disturbed = (
                (one, begun_at, mine)
                for one, begun_at, routes in self._roadside.disturbed()
                if (mine := [route_id for route_id in routes if route_id in served])
            )
            return wire.alerts(
                self._unserved(feed), self._predictions(feed), disturbed, now, self._route_name
            )
        return wire.vehicle_positions(self._states(feed), now)

    def _skew(self, feed: FeedSpec) -> timedelta:
        return self.faults.skewed.get(feed.feed_id, timedelta())

    def _states(self, feed: FeedSpec) -> list[VehicleState]:
        return [
            state
            for state in self.world.snapshot(self._now + self._skew(feed))
            if state.route_id in (feed.simulated or ()) and state.vehicle_id not in self.faults.dropped
        ]

    def _predictions(self, feed: FeedSpec) -> list[Prediction]:
        return [
            found
            for found in self.world.predictions()
            if found.route_id in (feed.simulated or ()) and found.vehicle_id not in self.faults.dropped
        ]

    def _unserved(self, feed: FeedSpec) -> list[str]:
        """Lines that the schedule has on the road now and that show no vehicle."""
        served = {state.route_id for state in self._states(feed)}
        at = self.world.start + timedelta(seconds=self.world.elapsed_s)
        return [
            route_id
            for route_id in feed.simulated or ()
            if route_id not in served and self._schedule.route_runs_at(route_id, at)
        ]

    def _route_name(self, route_id: str, lang: str) -> str:
        return self._schedule.route_name(route_id, lang) or route_id
