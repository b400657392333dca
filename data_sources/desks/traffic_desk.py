"""The traffic desk: from what sources and our own buses say to one state of every link.

Synchronous and without I/O; the time is an argument. One desk per process; one thread at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from data_sources.desks.incident_book import IncidentBook
from data_sources.desks.probe_tracker import ProbeTracker
from data_sources.measures import fusion
from data_sources.measures.freshness import STALE_CADENCES, fresh_limit_s
from data_sources.model.city import FeedSpec, TrafficSpec
from data_sources.model.feed import Rejected
from data_sources.model.traffic import Incident, Link, LinkSpeed, LinkState, Point, SourceSpeed
from data_sources.model.transit import ServiceAlert, VehiclePosition
from data_sources.network import Network
from data_sources.rules.traffic import LINK_UNKNOWN
from data_sources.schedule import Schedule

FORGET_AFTER = timedelta(hours=1)
"""A source that has been silent on a link for so long is no longer shown beside it."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One source's last word on a link."""

    speed: SourceSpeed
    synthetic: bool


def probe_cadence_s(spec: TrafficSpec) -> float:
    """Cadence by which probe speeds age: they are stale when the window holds no pass any more."""
    return spec.probe_window_s / STALE_CADENCES


def stops_by_route(schedule: Schedule | None) -> dict[str, tuple[Point, ...]]:
    """Places of the stops that each route serves, by route id."""
    if schedule is None:
        return {}
    found: dict[str, dict[str, Point]] = defaultdict(dict)
    for trip in schedule.trips.values():
        for call in trip.stop_times:
            stop = schedule.stops.get(call.stop_id)
            if stop is not None:
                found[trip.route_id][stop.stop_id] = (stop.lat, stop.lon)
    return {route_id: tuple(places.values()) for route_id, places in found.items()}


def stop_places(schedule: Schedule | None) -> dict[str, Point]:
    """Place of each stop, by stop id."""
    return {stop.stop_id: (stop.lat, stop.lon) for stop in schedule.stops.values()} if schedule else {}


class TrafficDesk:
    """Latest source speeds and probe speeds, fused by link; and the open incidents.

    `network` is None for a city without links: then there are no states and every speed is refused,
    but incidents are kept. `operator_of` gives the operator of a feed, since feeds of one operator
    report the same vehicles (see `views.vehicles.operators`); without it each feed has its own.
    """

    def __init__(
        self,
        network: Network | None,
        spec: TrafficSpec,
        *,
        feeds: Iterable[FeedSpec] = (),
        stops_of_route: Mapping[str, Sequence[Point]] | None = None,
        stops: Mapping[str, Point] | None = None,
        operator_of: Mapping[str, str] | None = None,
    ) -> None:
        self._network = network
        self._spec = spec
        self._limit_s = {feed.feed_id: fresh_limit_s(feed.promised_every.total_seconds()) for feed in feeds}
        self._limit_s[fusion.PROBE] = fresh_limit_s(probe_cadence_s(spec))
        self._told: dict[str, dict[str, _Told]] = defaultdict(dict)
        self._probes: ProbeTracker | None = None
        if network is not None:
            self._probes = ProbeTracker(network, spec, stops_of_route or {}, operator_of or {})
        self._book = IncidentBook(network, stops or {})

    def put_speeds(self, feed_id: str, speeds: Sequence[LinkSpeed]) -> tuple[Rejected, ...]:
        """Take over what a source says, link by link; an older word than the last is ignored.

        Returned are speeds that belong to no link of the network, for quarantine.
        """
        rejected = []
        by_link: dict[str, list[LinkSpeed]] = defaultdict(list)
        for speed in speeds:
            link_id = self._link_of(speed)
            if link_id is None:
                rejected.append(_unknown(speed))
            else:
                by_link[link_id].append(speed)
        for link_id, records in by_link.items():
            told = _Told(
                msgspec.structs.replace(fusion.combined(records), feed_id=feed_id),
                any(record.synthetic for record in records),
            )
            before = self._told[link_id].get(feed_id)
            if before is None or told.speed.observed_at >= before.speed.observed_at:
                self._told[link_id][feed_id] = told
        return tuple(rejected)

    def put_positions(self, positions: Sequence[VehiclePosition]) -> None:
        """Follow vehicles along the links; fixes may be repeated, and come in any order of vehicles."""
        if self._probes is not None:
            self._probes.follow(positions)

    def put_incidents(self, feed_id: str, incidents: Sequence[Incident], now: datetime) -> None:
        """The whole picture of a feed's incidents: what it no longer lists is over."""
        self._book.put(feed_id, incidents, now)

    def put_alerts(self, feed_id: str, alerts: Sequence[ServiceAlert], now: datetime) -> None:
        """The whole picture of a feed's service alerts, which are incidents of service too."""
        self._book.put_alerts(feed_id, alerts, now)

    def restore_incidents(self, incidents: Iterable[Incident]) -> None:
        """Take up incidents that were open when the process ended, so that their end is noticed."""
        self._book.restore(incidents)

    def open_incidents(self, now: datetime) -> tuple[Incident, ...]:
        """Incidents that are under way at `now`, each once, with affected links and routes."""
        return self._book.open(now)

    def take_closed(self) -> tuple[Incident, ...]:
        """Incidents that were open and are over since the last call."""
        return self._book.take_closed()

    def states(self, now: datetime) -> tuple[LinkState, ...]:
        """The state of every link at `now`, in the order of the network; without data, null."""
        if self._network is None or self._probes is None:
            return ()
        self._forget(now)
        probes, synthetic = self._probes.speeds(now), self._probes.synthetic
        states = []
        for link in self._network.links.values():
            told = list(self._told.get(link.link_id, {}).values())
            if link.link_id in probes:
                told.append(_Told(probes[link.link_id], synthetic))
            states.append(self._state(link, told, now))
        return tuple(states)

    def _state(self, link: Link, told: Sequence[_Told], now: datetime) -> LinkState:
        fused = fusion.fuse(
            (one.speed for one in told),
            now=now,
            limit_s=self._limit_of,
            trust=self._spec.trust,
            free_flow_kmh=link.free_flow_kmh,
            disagreement_share=self._spec.disagreement_share,
        )
        winner = fused.winner
        if winner is None:
            return LinkState(link_id=link.link_id, free_flow_kmh=link.free_flow_kmh)
        return LinkState(
            link_id=link.link_id,
            speed_kmh=winner.speed_kmh,
            free_flow_kmh=link.free_flow_kmh,
            observed_at=winner.observed_at,
            feed_id=winner.feed_id,
            sources=fused.sources,
            disagreement=fused.disagreement,
            closed=winner.closed,
            synthetic=any(one.synthetic for one in told),
        )

    def _limit_of(self, feed_id: str) -> float:
        """Age up to which a feed's value is current; a feed that the pack does not know promises
        nothing, so that it gets the least."""
        return self._limit_s.get(feed_id, fresh_limit_s(0))

    def _link_of(self, speed: LinkSpeed) -> str | None:
        if self._network is None:
            return None
        found = self._network.resolve(speed.link_id) if speed.link_id is not None else None
        return found or self._network.match(speed.points, speed.bearing_deg)

    def _forget(self, now: datetime) -> None:
        """Let go of what is too old to matter."""
        for link_id in list(self._told):
            kept = {
                feed_id: told
                for feed_id, told in self._told[link_id].items()
                if now - told.speed.observed_at <= FORGET_AFTER
            }
            if kept:
                self._told[link_id] = kept
            else:
                del self._told[link_id]


def _unknown(speed: LinkSpeed) -> Rejected:
    place = ", ".join(f"{lat:.5f} {lon:.5f}" for lat, lon in speed.points[:2])
    told = [f"reference {speed.link_id!r}"] if speed.link_id is not None else []
    told += [f"place {place}"] if place else []
    if speed.bearing_deg is None and len(speed.points) == 1:
        told.append("without a bearing")
    return Rejected(
        code=LINK_UNKNOWN.code,
        entity_id=speed.link_id or place or "(no place)",
        detail=f"{', '.join(told) or 'no place'}: on no link of the network beyond doubt",
        record=msgspec.to_builtins(speed),
    )
