"""The simulated city: a world and the feeds that tell of it, message by message."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from data_sources.errors import ConfigError
from data_sources.model.city import City, FeedSpec
from data_sources.schedule import Schedule
from data_sources.simulator import wire
from data_sources.simulator.faults import Faults
from data_sources.simulator.fleet import make_lines
from data_sources.simulator.network import build_circuit
from data_sources.simulator.profile import VEHICLE, VehicleModel, scenario_named
from data_sources.simulator.states import Prediction, VehicleState
from data_sources.simulator.world import World


class SimulatedCity:
    """Feeds of a city pack, served from a world. `tick` moves it on; `body` and `messages` tell of it."""

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
    ) -> None:
        """`fleet` gives vehicles by route where the operator's figures are known; ConfigError when no
        feed of the pack is simulated or its routes have no trips."""
        self.feeds = {feed.feed_id: feed for feed in city.feeds if feed.simulated is not None}
        if not self.feeds:
            raise ConfigError("feeds.toml: no feed says `simulated`, so there is nothing to demonstrate")
        routes = dict.fromkeys(route for feed in self.feeds.values() for route in feed.simulated or ())
        circuits = [circuit for route in routes if (circuit := build_circuit(schedule, route))]
        if not circuits:
            raise ConfigError(f"gtfs: no trips on the simulated routes {', '.join(routes) or '(none named)'}")
        self.world = World(
            schedule,
            make_lines(
                schedule,
                circuits,
                start,
                fleet=fleet,
                signs={sign.route_id: sign.short.en for sign in city.spec.routes},
                vehicles=vehicles,
            ),
            seed=seed,
            scenario=scenario_named(scenario),
            start=start,
            model=model,
        )
        self.faults = Faults()
        self._schedule = schedule
        self._speed = speed
        self._now = start
        self._kept: dict[str, tuple[datetime, bytes]] = {}
        """Last body of each feed with the tick that it was made for."""

    @property
    def now(self) -> datetime:
        """Time of the last tick: the stamp of all messages until the next one."""
        return self._now

    def tick(self, now: datetime) -> None:
        """Move the world to real time `now`, in whole seconds as stamps count them."""
        whole = now.replace(microsecond=0)
        gone_s = (whole - self._now).total_seconds()
        if gone_s > 0:
            self.world.advance(gone_s * self._speed)
        self._now = whole

    def body(self, feed_id: str) -> bytes:
        """The document of a polled feed, before `Faults.spoil`. A frozen feed repeats its last one."""
        kept = self._kept.get(feed_id)
        if kept is not None and (kept[0] == self._now or feed_id in self.faults.frozen):
            return kept[1]
        body = self._encode(self.feeds[feed_id])
        self._kept[feed_id] = (self._now, body)
        return body

    def forget(self) -> None:
        """Make every body anew: faults have changed."""
        self._kept = {key: value for key, value in self._kept.items() if key in self.faults.frozen}

    def messages(self, feed_id: str) -> list[bytes]:
        """What a broker's feed publishes at this tick; nothing while it is frozen or unavailable."""
        if feed_id in self.faults.frozen or self.faults.spoiled.get(feed_id) == "unavailable":
            return []
        found = wire.mqtt_messages(self._states(self.feeds[feed_id]))
        return [self.faults.spoil(feed_id, message) for message in found]

    def _encode(self, feed: FeedSpec) -> bytes:
        now = self._stamp(feed)
        if feed.kind == "geojson_positions":
            return wire.feature_collection(self._states(feed))
        if feed.simulated_entities == "trip_updates":
            return wire.trip_updates(self._predictions(feed), now, self._speed)
        if feed.simulated_entities == "alerts":
            return wire.alerts(self._unserved(feed), self._predictions(feed), now, self._route_name)
        return wire.vehicle_positions(self._states(feed), now)

    def _stamp(self, feed: FeedSpec) -> datetime:
        return self._now + self.faults.skewed.get(feed.feed_id, timedelta())

    def _states(self, feed: FeedSpec) -> list[VehicleState]:
        return [
            state
            for state in self.world.snapshot(self._stamp(feed))
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
