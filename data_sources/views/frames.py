"""Frames of the stream: full snapshots of one topic, in columns (formats: docs/architecture.md).

A *picture* is what a topic shows, without publish time and sequence number, so that two pictures
are equal when there is nothing new to send. `encode` makes the frame of it.

On times: `t` is when the frame was first published and `age` counts back from `t`, so `t - age` is
the instant of the fix however late a client gets the frame. A client that connects is given the
last frame with its original `t`; only a `beat` tells it what the server's clock says now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from data_sources.model.transit import VehicleState
from data_sources.schedule import Schedule
from data_sources.views.feeds import FeedView
from data_sources.views.vehicles import VehicleView

UNKNOWN = -1
"""Heading or speed that the source does not tell."""

FACTS_PATIENCE_S = 5.0
"""How long a change of load, battery or next stop may wait: they need not follow each second."""

_STATE_NUMBERS = {VehicleState.LIVE: 0, VehicleState.LATE: 1, VehicleState.GHOST: 2}
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MILLISECOND = timedelta(milliseconds=1)
_json = msgspec.json.Encoder()


def epoch_ms(instant: datetime) -> int:
    """Milliseconds since 1970 of an aware instant."""
    return (instant - _EPOCH) // _MILLISECOND


class Picture(Protocol):
    """What a topic shows. Two pictures are equal when there is nothing new to send."""

    def patience_s(self, previous: object) -> float:
        """Seconds that this picture may wait after `previous` was published."""

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""


class VehiclesPicture(msgspec.Struct, frozen=True, kw_only=True):
    """Topic `vehicles`. Units: 1e-5 degree, degree, 0.1 km/h, epoch ms."""

    synthetic: bool
    replay: bool
    id: list[str]
    lat: list[int]
    lon: list[int]
    hdg: list[int]
    spd: list[int]
    observed_ms: list[int]
    state: list[int]

    def patience_s(self, previous: object) -> float:
        """Seconds that this picture may wait after `previous` was published: none."""
        return 0.0

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""
        return _json.encode(
            {
                "t": t_ms,
                "seq": seq,
                "synthetic": self.synthetic,
                "replay": self.replay,
                "id": self.id,
                "lat": self.lat,
                "lon": self.lon,
                "hdg": self.hdg,
                "spd": self.spd,
                "age": [t_ms - observed for observed in self.observed_ms],
                "state": self.state,
            }
        )


class _Plain(msgspec.Struct, frozen=True, kw_only=True):
    """A picture whose fields go into the frame as they are."""

    synthetic: bool
    replay: bool

    def patience_s(self, previous: object) -> float:
        """Seconds that this picture may wait after `previous` was published: none."""
        return 0.0

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return _json.encode({"t": t_ms, "seq": seq, **fields})


class FactsPicture(_Plain, frozen=True, kw_only=True):
    """Topic `vehicle_facts`: what is known of each vehicle besides its place; null where unknown.

    `next_stop` is the name of the stop that the vehicle heads for.
    """

    id: list[str]
    label: list[str | None]
    route_id: list[str | None]
    trip_id: list[str | None]
    headsign: list[str | None]
    next_stop: list[str | None]
    occupancy: list[str | None]
    passengers: list[int | None]
    battery_pct: list[float | None]
    status: list[str | None]
    feed_id: list[str]
    flags: list[tuple[str, ...]]

    def patience_s(self, previous: object) -> float:
        """None when a vehicle or its line is new, since the map needs it to draw the vehicle."""
        drawn_alike = (
            isinstance(previous, FactsPicture)
            and self.id == previous.id
            and self.route_id == previous.route_id
            and self.label == previous.label
        )
        return FACTS_PATIENCE_S if drawn_alike else 0.0


class FeedsPicture(_Plain, frozen=True, kw_only=True):
    """Topic `feeds`."""

    feeds: list[FeedView]


def vehicles_picture(
    vehicles: Sequence[VehicleView], *, synthetic: bool = False, replay: bool = False
) -> VehiclesPicture:
    """Columns of `vehicles`; `synthetic` also when any one of them is."""
    fixes = [vehicle.position for vehicle in vehicles]
    return VehiclesPicture(
        synthetic=synthetic or any(fix.synthetic for fix in fixes),
        replay=replay,
        id=[vehicle.id for vehicle in vehicles],
        lat=[round(fix.lat * 1e5) for fix in fixes],
        lon=[round(fix.lon * 1e5) for fix in fixes],
        hdg=[UNKNOWN if fix.bearing_deg is None else round(fix.bearing_deg) % 360 for fix in fixes],
        spd=[UNKNOWN if fix.speed_kmh is None else round(fix.speed_kmh * 10) for fix in fixes],
        observed_ms=[epoch_ms(fix.observed_at) for fix in fixes],
        state=[_STATE_NUMBERS[vehicle.state] for vehicle in vehicles],
    )


def facts_picture(
    vehicles: Sequence[VehicleView],
    schedule: Schedule | None,
    *,
    synthetic: bool = False,
    replay: bool = False,
) -> FactsPicture:
    """Facts of `vehicles`; headsign and next stop are what the schedule says."""
    fixes = [vehicle.position for vehicle in vehicles]
    return FactsPicture(
        synthetic=synthetic or any(fix.synthetic for fix in fixes),
        replay=replay,
        id=[vehicle.id for vehicle in vehicles],
        label=[fix.label for fix in fixes],
        route_id=[fix.route_id for fix in fixes],
        trip_id=[fix.trip_id for fix in fixes],
        headsign=[schedule.headsign(fix.trip_id) if schedule else None for fix in fixes],
        next_stop=[_next_stop(vehicle, schedule) for vehicle in vehicles],
        occupancy=[fix.occupancy for fix in fixes],
        passengers=[fix.passengers for fix in fixes],
        battery_pct=[fix.battery_pct for fix in fixes],
        status=[fix.status for fix in fixes],
        feed_id=[fix.feed_id for fix in fixes],
        flags=[fix.flags for fix in fixes],
    )


def feeds_picture(
    feeds: Sequence[FeedView], *, synthetic: bool = False, replay: bool = False
) -> FeedsPicture:
    """The feeds' states."""
    return FeedsPicture(
        synthetic=synthetic or any(feed.synthetic for feed in feeds), replay=replay, feeds=list(feeds)
    )


def _next_stop(vehicle: VehicleView, schedule: Schedule | None) -> str | None:
    fix = vehicle.position
    if schedule is None or (fix.stop_id is None and fix.stop_sequence is None):
        return None
    stop = schedule.next_stop(
        fix.trip_id, fix.stop_sequence, fix.stop_id, stopped=fix.stop_status == "STOPPED_AT"
    )
    return stop.name if stop else None
