"""Vehicles as they stand at an instant: one view per vehicle, judged by its newest fix.

Identity. A vehicle id is unique within an operator, so feeds of one operator (same `agency` in the
pack) that send the same vehicle id report the same vehicle: its newest fix wins and keeps the id
of the feed that brought it. Feeds of different operators never share a vehicle, whatever its id.
The view's own `id` is `feed:vehicle` with the alphabetically first feed that carries the vehicle,
so it stays the same when the winning feed changes from one second to the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from data_sources.measures import freshness
from data_sources.model.city import FeedSpec, VehicleLimits
from data_sources.model.transit import VehiclePosition, VehicleState
from data_sources.schedule import Schedule

POSITION_KINDS = frozenset({"gtfs_realtime", "geojson_positions"})
"""Kinds of feeds that may tell positions."""


class VehicleView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One vehicle at the instant it was asked for. `id` is unique in the city; `reason` says why a
    ghost is one."""

    id: str
    position: VehiclePosition
    state: VehicleState
    reason: str | None = None


def operators(feeds: Iterable[FeedSpec]) -> dict[str, str]:
    """Operator of each feed, by feed id: feeds of one operator share its vehicle numbers."""
    return {feed.feed_id: feed.agency.en for feed in feeds}


def current_vehicles(
    by_feed: Mapping[str, Sequence[VehiclePosition]],
    *,
    now: datetime,
    limits: VehicleLimits,
    schedule: Schedule | None,
    operator_of: Mapping[str, str] | None = None,
) -> list[VehicleView]:
    """Every vehicle known at `now`, ordered by id.

    `operator_of` gives the operator of a feed (see `operators`); without it all feeds count as one
    operator's. Fixes received after `now` must not be among `by_feed`. Left out are vehicles unseen
    for longer than `forget_after_s`, and silent ones whose route has no service at `now`: a bus in
    its depot at night is not a ghost.
    """
    vehicles = []
    in_service: dict[str, bool] = {}
    horizon = freshness.VehicleHorizon.at(now, limits)
    for vehicle_id, fix in newest_fixes(by_feed, operator_of).items():
        if horizon.is_forgotten(fix.observed_at):
            continue
        state = horizon.state(fix.observed_at)
        if state is not VehicleState.GHOST:
            vehicles.append(VehicleView(id=vehicle_id, position=fix, state=state))
        elif _may_be_out(fix.route_id, now, schedule, in_service):
            view = VehicleView(id=vehicle_id, position=fix, state=state, reason=freshness.REASON_SILENT)
            vehicles.append(view)
    vehicles.sort(key=lambda vehicle: vehicle.id)
    return vehicles


def newest_fixes(
    by_feed: Mapping[str, Sequence[VehiclePosition]], operator_of: Mapping[str, str] | None = None
) -> dict[str, VehiclePosition]:
    """Newest fix of each vehicle, by its id in the city (module docstring); of equally old fixes the
    one of the alphabetically first feed."""
    ids: dict[tuple[str, str], str] = {}
    newest: dict[str, VehiclePosition] = {}
    for feed_id in sorted(by_feed):
        operator = "" if operator_of is None else operator_of.get(feed_id, feed_id)
        for fix in by_feed[feed_id]:
            key = (operator, fix.vehicle_id)
            vehicle = ids.get(key)
            if vehicle is None:
                vehicle = ids[key] = f"{feed_id}:{fix.vehicle_id}"
                newest[vehicle] = fix
            elif fix.observed_at > newest[vehicle].observed_at:
                newest[vehicle] = fix
    return newest


def _may_be_out(
    route_id: str | None, now: datetime, schedule: Schedule | None, in_service: dict[str, bool]
) -> bool:
    """Whether a vehicle of the route may be on the road; only a schedule that knows can deny it."""
    if schedule is None or route_id is None:
        return True
    if route_id not in in_service:
        in_service[route_id] = schedule.route_runs_at(route_id, now) is not False
    return in_service[route_id]


def tells_positions(feed: FeedSpec) -> bool:
    """Whether the feed tells where vehicles are."""
    return feed.kind in POSITION_KINDS and feed.simulated_entities == "vehicle_positions"


def sends_positions(feed: FeedSpec, route_id: str) -> bool:
    """Whether the pack says that the feed sends positions of the route, or leaves it open."""
    return tells_positions(feed) and (feed.simulated is None or route_id in feed.simulated)
