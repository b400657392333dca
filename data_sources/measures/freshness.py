"""Freshness: the one place that says how old is too old. Pure; every page, list and API asks here.

Two questions are kept apart. A *vehicle* is judged by the age of its fix against the city's
`VehicleLimits`. Any other *value*, and a feed as a whole, is judged against how often its source
promises news (its cadence). Sources of the thresholds stand beside them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data_sources.model.city import VehicleLimits
from data_sources.model.feed import FeedState
from data_sources.model.transit import VehicleState

FRESH_CADENCES = 2
"""Missing one report is no news; missing two in a row is (our proposal, docs/architecture.md)."""

FRESH_MIN_S = 30.0
"""No value ages before 30 s: the refresh that the GTFS-Realtime best practices ask of producers."""

STALE_CADENCES = 5
"""Five promised reports missed in a row: the source is not merely slow (our proposal)."""

STALE_MIN_S = 150.0
"""MBTA's Skate calls vehicle data stale at 150 s; we never judge a value stale sooner."""

REASON_SILENT = "silent"
"""Why a vehicle is a ghost: it was seen and has gone silent while its route is in service."""


class Freshness(StrEnum):
    """How far a value may be acted on. `missing` is never zero and never normal."""

    FRESH = "fresh"
    AGEING = "ageing"
    STALE = "stale"
    MISSING = "missing"


def fresh_limit_s(cadence_s: float) -> float:
    """Greatest age in seconds at which a value promised every `cadence_s` is still fresh."""
    return max(FRESH_CADENCES * cadence_s, FRESH_MIN_S)


def stale_limit_s(cadence_s: float) -> float:
    """Age in seconds beyond which a value promised every `cadence_s` is stale."""
    return max(STALE_CADENCES * cadence_s, STALE_MIN_S)


def age_s(observed_at: datetime, now: datetime) -> float:
    """Age in seconds; 0 for a stamp ahead of our clock (sources run a little fast, rules flag it)."""
    return max((now - observed_at) / timedelta(seconds=1), 0.0)


@dataclass(frozen=True, slots=True)
class ValueHorizon:
    """How far back values of one cadence are fresh, at one instant: of thousands, instants are compared in a
    tenth of the time that ages take to be worked out."""

    fresh_since: datetime
    stale_before: datetime

    @classmethod
    def at(cls, now: datetime, cadence_s: float) -> "ValueHorizon":
        """The horizon of values promised every `cadence_s`."""
        fresh, stale = fresh_limit_s(cadence_s), stale_limit_s(cadence_s)
        return cls(now - timedelta(seconds=fresh), now - timedelta(seconds=stale))

    def freshness(self, observed_at: datetime | None) -> Freshness:
        """Freshness of a value observed at `observed_at` (None: there is none)."""
        if observed_at is None:
            return Freshness.MISSING
        if observed_at >= self.fresh_since:
            return Freshness.FRESH
        return Freshness.STALE if observed_at < self.stale_before else Freshness.AGEING


def value_freshness(observed_at: datetime | None, now: datetime, cadence_s: float) -> Freshness:
    """Freshness of one value (`ValueHorizon`)."""
    return ValueHorizon.at(now, cadence_s).freshness(observed_at)


@dataclass(frozen=True, slots=True)
class VehicleHorizon:
    """How far back fixes tell of vehicles, at one instant.

    Defaults of the limits: late beyond 90 s (GTFS-Realtime best practices: data older than 90 s is
    not to be published as current), ghost beyond 300 s (TransitClock's limit for a vehicle that is
    no longer predictable).
    """

    late_before: datetime
    ghost_before: datetime
    forgotten_before: datetime

    @classmethod
    def at(cls, now: datetime, limits: VehicleLimits) -> "VehicleHorizon":
        """The horizon by the pack's limits."""
        spans = (limits.late_after_s, limits.ghost_after_s, limits.forget_after_s)
        return cls(*(now - timedelta(seconds=span) for span in spans))

    def state(self, observed_at: datetime) -> VehicleState:
        """State of a vehicle by the time of its fix."""
        if observed_at >= self.late_before:
            return VehicleState.LIVE
        return VehicleState.GHOST if observed_at < self.ghost_before else VehicleState.LATE

    def is_forgotten(self, observed_at: datetime) -> bool:
        """Whether the fix is so old that the vehicle is shown nowhere any more."""
        return observed_at < self.forgotten_before


def vehicle_state(observed_at: datetime, now: datetime, limits: VehicleLimits) -> VehicleState:
    """State of one vehicle (`VehicleHorizon`)."""
    return VehicleHorizon.at(now, limits).state(observed_at)


def feed_state(
    *,
    last_good_at: datetime | None,
    last_content_at: datetime | None,
    interval_s: float,
    cadence_s: float,
    now: datetime,
) -> FeedState:
    """State of a feed by what has arrived, never by an attempt or a clock alone.

    Usable messages are expected every `interval_s`: ageing ones make the feed late, stale ones
    down. Messages that keep coming with content older than the stale limit of `cadence_s` (a
    frozen source) make it late too.
    """
    arrival = value_freshness(last_good_at, now, interval_s)
    if arrival is Freshness.MISSING:
        return FeedState.NEVER
    if arrival is Freshness.STALE:
        return FeedState.DOWN
    frozen = value_freshness(last_content_at, now, cadence_s) is Freshness.STALE
    return FeedState.LATE if frozen or arrival is Freshness.AGEING else FeedState.UP


_SEVERITY = (FeedState.UP, FeedState.LATE, FeedState.DOWN, FeedState.NEVER)


def worse(one: FeedState, other: FeedState) -> FeedState:
    """The worse of two states of a feed: what ingest wrote, and what the clock says since."""
    return max(one, other, key=_SEVERITY.index)
