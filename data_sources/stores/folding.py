"""What the history keeps of a stream of fixes: the rules that every engine follows alike. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from data_sources.model.feed import Batch
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition

Record = TypeVar("Record", TripUpdate, ServiceAlert)


def minute_of(moment: datetime) -> datetime:
    """The whole minute in which `moment` lies."""
    return moment.replace(second=0, microsecond=0)


def by_arrival(position: VehiclePosition) -> tuple[datetime, datetime, str, str]:
    """Sort key of a list of fixes, oldest first."""
    return position.received_at, position.observed_at, position.feed_id, position.vehicle_id


def once_a_minute(positions: Iterable[VehiclePosition]) -> list[VehiclePosition]:
    """The fixes, oldest first, without those that polling repeated.

    A feed that is asked every few seconds says the same fix again until the vehicle sends a new
    one. Of the same feed, vehicle and `observed_at` the first one received in a minute is kept: one
    a minute, so that every minute can be drawn from its own record. The result does not depend on
    how often or in which portions it is applied.
    """
    seen: set[tuple[str, datetime, str, datetime]] = set()
    kept = []
    for position in sorted(positions, key=by_arrival):
        fix = (
            position.feed_id,
            minute_of(position.received_at),
            position.vehicle_id,
            position.observed_at,
        )
        if fix not in seen:
            seen.add(fix)
            kept.append(position)
    return kept


def newest_fixes(positions: Iterable[VehiclePosition]) -> dict[str, tuple[VehiclePosition, ...]]:
    """The newest fix of each vehicle by feed; of equally new ones the last received."""
    newest: dict[tuple[str, str], VehiclePosition] = {}
    for position in positions:
        vehicle = (position.feed_id, position.vehicle_id)
        known = newest.get(vehicle)
        if known is None or _newness(position) >= _newness(known):
            newest[vehicle] = position
    by_feed: dict[str, list[VehiclePosition]] = {}
    for (feed_id, _), position in sorted(newest.items()):
        by_feed.setdefault(feed_id, []).append(position)
    return {feed_id: tuple(fixes) for feed_id, fixes in by_feed.items()}


def _newness(position: VehiclePosition) -> tuple[datetime, datetime]:
    return position.observed_at, position.received_at


def says_something(batch: Batch) -> bool:
    """Whether the batch is a message read, rather than "nothing new" or a failure.

    A message without any alert ends the alerts of the one before; a 304 or a time-out does not.
    """
    return batch.header_at is not None or batch.accepted > 0 or bool(batch.rejected)


def received_at_once(records: Iterable[Record], received_at: datetime) -> tuple[Record, ...]:
    """The records as if all came at `received_at`: what makes an unchanged message recognisable."""
    return tuple(msgspec.structs.replace(record, received_at=received_at) for record in records)
