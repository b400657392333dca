"""Incidents, and parking and charging, as they stand at an instant: topics `incidents` and `facilities`.

An empty list says that there is nothing only while some feed that could tell is up; `known` says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from data_sources.measures.freshness import Freshness, fresh_limit_s, stale_limit_s, value_freshness
from data_sources.model.city import FeedSpec
from data_sources.model.feed import FeedState, FeedStatus
from data_sources.model.traffic import Facility, Incident
from data_sources.views.feeds import feed_views

INCIDENT_TYPES = frozenset({"RoadAccident"})
FACILITY_TYPES = frozenset({"OffStreetParking", "EVChargingStation"})
FACILITIES_PATIENCE_S = 5.0
OPEN, CLOSED = "open", "closed"
_json = msgspec.json.Encoder()


def tells_incidents(feed: FeedSpec) -> bool:
    """Whether the feed may bring incidents or service alerts, as far as the pack says."""
    if feed.kind == "gtfs_realtime":
        return feed.simulated_entities == "alerts" or feed.simulated is None
    return feed.kind == "longdo_events" or _sends(feed, INCIDENT_TYPES)


def tells_facilities(feed: FeedSpec) -> bool:
    """Whether the feed may bring car parks or charging stations."""
    return _sends(feed, FACILITY_TYPES)


def _sends(feed: FeedSpec, types: frozenset[str]) -> bool:
    return feed.kind == "ngsi_ld" and (not feed.entity_types or not types.isdisjoint(feed.entity_types))


def is_known(feeds: Iterable[FeedSpec], statuses: Mapping[str, FeedStatus], now: datetime) -> bool:
    """Whether one of the feeds is up or late at `now`, so that what they leave out is not there."""
    views = feed_views(tuple(feeds), statuses, now)
    return any(view.state in {FeedState.UP, FeedState.LATE} for view in views)


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    synthetic: bool
    replay: bool
    known: bool

    def patience_s(self, previous: object) -> float:
        """Seconds that this picture may wait after `previous` was published: none."""
        return 0.0

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return _json.encode({"t": t_ms, "seq": seq, **fields})


class IncidentsPicture(_Known, frozen=True, kw_only=True):
    """Topic `incidents`: those that are open; fields that are not known are left out. Points are
    (latitude, longitude)."""

    incidents: list[Incident]


class FacilityItem(Facility, frozen=True, kw_only=True, omit_defaults=False):
    """A car park or charging station and how fresh its figures are; stale ones say nothing of now.
    `fresh_s` and `stale_s` are the limits of their age."""

    state: Freshness
    fresh_s: float
    stale_s: float


class FacilitiesPicture(_Known, frozen=True, kw_only=True):
    """Topic `facilities`."""

    facilities: list[FacilityItem]

    def patience_s(self, previous: object) -> float:
        """A count of free places may wait."""
        return FACILITIES_PATIENCE_S


class IncidentItem(Incident, frozen=True, kw_only=True, omit_defaults=False):
    """An incident; `state` is `open` or `closed`. Points are (latitude, longitude)."""

    state: str


def incident_items(incidents: Iterable[Incident]) -> list[IncidentItem]:
    """Incidents with their state, as they come."""
    return [
        IncidentItem(
            **{name: getattr(one, name) for name in one.__struct_fields__},
            state=CLOSED if one.closed else OPEN,
        )
        for one in incidents
    ]


def facility_items(
    by_feed: Mapping[str, Sequence[Facility]], feeds: Iterable[FeedSpec], now: datetime
) -> list[FacilityItem]:
    """All facilities at `now`, by feed and id; judged by how often their feed promises news."""
    cadences = {feed.feed_id: feed.promised_every.total_seconds() for feed in feeds}
    found = []
    for feed_id in sorted(by_feed):
        cadence_s = cadences.get(feed_id, 0.0)
        for one in sorted(by_feed[feed_id], key=lambda facility: facility.facility_id):
            fields = {name: getattr(one, name) for name in one.__struct_fields__}
            found.append(
                FacilityItem(
                    **fields,
                    state=value_freshness(one.observed_at, now, cadence_s),
                    fresh_s=fresh_limit_s(cadence_s),
                    stale_s=stale_limit_s(cadence_s),
                )
            )
    return found
