"""The incident book: which incidents are open, each once, over all feeds. No I/O; time is given.

Every message of a feed is its whole picture, so what it no longer lists is over. The same incident
comes again with every poll (same feed and id) and may come from several feeds under different ids:
of the same kind, within 150 m, begun within half an hour of each other. The one that came first
stands for all and takes over what the others add; when it ends, the next one takes its place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from data_sources.model.gtfs import distance_m
from data_sources.model.traffic import Incident, IncidentKind, Point
from data_sources.model.transit import ServiceAlert
from data_sources.network import Network

AFFECTED_M = 50.0
"""Links this near to an incident are affected: a wide road's half width and the place's error."""
SAME_PLACE_M = 150.0
SAME_TIME = timedelta(minutes=30)
DETOUR = "DETOUR"
ALERT = "alert:"
"""Begins the incident id of a service alert: a feed may send incidents beside its alerts."""
SEVERITY_OF_ALERT = {"INFO": 1, "WARNING": 3, "SEVERE": 5}
"""GTFS-Realtime severity levels on the scale of 1 (low) to 5 (very high)."""

Key = tuple[str, str]
"""Feed and incident id."""


@dataclass(slots=True)
class _Entry:
    """An incident as last told, in the order of coming; `shown`: it has been given out as open."""

    incident: Incident
    order: int
    shown: bool = False


class IncidentBook:
    """Open incidents of all feeds."""

    def __init__(self, network: Network | None, stops: Mapping[str, Point]) -> None:
        self._network = network
        self._stops = stops
        self._entries: dict[Key, _Entry] = {}
        self._closed: dict[Key, Incident] = {}
        self._count = 0

    def put(self, feed_id: str, incidents: Sequence[Incident], now: datetime) -> None:
        """The whole picture of a feed's incidents."""
        self._replace(feed_id, incidents, now, alerts=False)

    def put_alerts(self, feed_id: str, alerts: Sequence[ServiceAlert], now: datetime) -> None:
        """The whole picture of a feed's service alerts."""
        told = [self._of_alert(alert, now) for alert in alerts]
        self._replace(feed_id, [one for one in told if one is not None], now, alerts=True)

    def restore(self, incidents: Iterable[Incident]) -> None:
        """Take up incidents that were open before; their feeds' next messages confirm or end them."""
        for incident in incidents:
            key = (incident.feed_id, incident.incident_id)
            if key not in self._entries:
                self._count += 1
                self._entries[key] = _Entry(incident, self._count, shown=True)

    def open(self, now: datetime) -> tuple[Incident, ...]:
        """Incidents under way at `now`, each once; those announced for later are not open yet."""
        for key, entry in list(self._entries.items()):
            if _is_over(entry.incident, now):
                self._end(key, entry.incident.ended_at or now)
        standing: list[tuple[_Entry, Incident]] = []
        for entry in sorted(self._entries.values(), key=lambda one: one.order):
            incident = entry.incident
            if incident.started_at is not None and incident.started_at > now:
                continue
            for index, (first, merged) in enumerate(standing):
                if first.incident.feed_id != incident.feed_id and _same(first.incident, incident):
                    standing[index] = (first, _with(merged, incident))
                    self._hide(entry, now)
                    break
            else:
                standing.append((entry, incident))
        for entry, _ in standing:
            entry.shown = True
            self._closed.pop((entry.incident.feed_id, entry.incident.incident_id), None)
        return tuple(incident for _, incident in standing)

    def take_closed(self) -> tuple[Incident, ...]:
        """Incidents that were given out as open and are over, since the last call."""
        closed, self._closed = tuple(self._closed.values()), {}
        return closed

    def _replace(self, feed_id: str, incidents: Sequence[Incident], now: datetime, *, alerts: bool) -> None:
        listed: set[Key] = set()
        for incident in incidents:
            key = (feed_id, incident.incident_id)
            listed.add(key)
            if _is_over(incident, now):
                self._end(key, incident.ended_at or now)
                continue
            entry = self._entries.get(key)
            if entry is None:
                self._count += 1
                self._entries[key] = _Entry(self._located(incident), self._count)
            elif not _same_telling(entry.incident, incident):
                entry.incident = self._located(incident)
        for key in list(self._entries):
            if key[0] == feed_id and key[1].startswith(ALERT) == alerts and key not in listed:
                self._end(key, now)

    def _end(self, key: Key, at: datetime) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None and entry.shown:
            self._closed[key] = msgspec.structs.replace(entry.incident, ended_at=at, closed=True)

    def _hide(self, entry: _Entry, now: datetime) -> None:
        """One that was shown turns out to be another's double: it leaves the list."""
        if entry.shown:
            entry.shown = False
            key = (entry.incident.feed_id, entry.incident.incident_id)
            self._closed[key] = msgspec.structs.replace(entry.incident, ended_at=now, closed=True)

    def _located(self, incident: Incident) -> Incident:
        """The incident with the links near it, and the routes of those links."""
        if self._network is None or not incident.points:
            return incident
        given = [one for one in incident.link_ids if one in self._network.links]
        links = tuple(given) or self._network.links_along(incident.points, AFFECTED_M)
        routes = [*incident.route_ids]
        for link_id in links:
            routes += self._network.links[link_id].route_ids
        return msgspec.structs.replace(incident, link_ids=links, route_ids=tuple(dict.fromkeys(routes)))

    def _of_alert(self, alert: ServiceAlert, now: datetime) -> Incident | None:
        """A service alert as an incident; None when its last period is over."""
        periods = sorted(
            alert.active_periods or ((None, None),), key=lambda one: (one[0] is not None, one[0] or now)
        )
        coming = [one for one in periods if one[1] is None or one[1] > now]
        if not coming:
            return None
        start, end = coming[0]
        stops = dict.fromkeys(one.stop_id for one in alert.informed if one.stop_id in self._stops)
        routes = dict.fromkeys(one.route_id for one in alert.informed if one.route_id is not None)
        return Incident(
            incident_id=ALERT + alert.alert_id,
            feed_id=alert.feed_id,
            kind=IncidentKind.DETOUR if alert.effect == DETOUR else IncidentKind.SERVICE,
            received_at=alert.received_at,
            started_at=start,
            ended_at=end,
            severity=SEVERITY_OF_ALERT.get(alert.severity or ""),
            title=alert.header,
            description=alert.description,
            points=(self._stops[next(iter(stops)) or ""],) if len(stops) == 1 else (),
            route_ids=tuple(routes),
            synthetic=alert.synthetic,
        )


def _is_over(incident: Incident, now: datetime) -> bool:
    return incident.closed or (incident.ended_at is not None and incident.ended_at <= now)


def _same_telling(known: Incident, told: Incident) -> bool:
    """Whether a feed tells of an incident what it told before, apart from when."""
    same = msgspec.structs.replace(
        known, received_at=told.received_at, link_ids=told.link_ids, route_ids=told.route_ids
    )
    return same == told


def _same(one: Incident, other: Incident) -> bool:
    """Whether two feeds tell of the same incident."""
    if one.kind is not other.kind or not one.points or not other.points:
        return False
    begun = abs((one.started_at or one.received_at) - (other.started_at or other.received_at))
    near = min(distance_m(*a, *b) for a in one.points for b in other.points) <= SAME_PLACE_M
    return begun <= SAME_TIME and near


def _with(first: Incident, other: Incident) -> Incident:
    """The first with what the other adds: texts it lacks, the higher severity, links and routes."""
    severities = [one.severity for one in (first, other) if one.severity is not None]
    return msgspec.structs.replace(
        first,
        severity=max(severities, default=None),
        title={**other.title, **first.title},
        description={**other.description, **first.description},
        link_ids=tuple(dict.fromkeys([*first.link_ids, *other.link_ids])),
        route_ids=tuple(dict.fromkeys([*first.route_ids, *other.route_ids])),
        synthetic=first.synthetic or other.synthetic,
    )
