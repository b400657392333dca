"""What the history keeps of a stream of fixes: the rules that every engine follows alike. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from data_sources.errors import InboxFullError
from data_sources.model.feed import Batch, Rejected
from data_sources.model.operations import PredictionScore
from data_sources.model.traffic import Incident
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition

Record = TypeVar("Record", TripUpdate, ServiceAlert)

SPEED_COUNTS_FOR = timedelta(minutes=15)
"""So long a speed counts towards the mean of its hour: the longest interval over which city sources
average (NGSI-LD TrafficFlowObserved; our proposal)."""


def minute_of(moment: datetime) -> datetime:
    """The whole minute in which `moment` lies."""
    return moment.replace(second=0, microsecond=0)


def hour_of_utc(moment: datetime) -> datetime:
    """The beginning of the hour of UTC in which `moment` lies."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


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


class IncidentRow(msgspec.Struct, frozen=True):
    """An incident and when it was known: from `opened_at` to `closed_at`, None while it is open."""

    opened_at: datetime
    last_at: datetime
    closed_at: datetime | None
    incident: Incident

    @property
    def key(self) -> tuple[str, str]:
        """By which a feed's incident is known again."""
        return self.incident.feed_id, self.incident.incident_id

    def open_between(self, start: datetime, end: datetime) -> bool:
        """Whether it was open at any time with start <= time < end."""
        ended_before = self.closed_at is not None and self.closed_at <= start
        return self.opened_at < end and (not ended_before or self.opened_at >= start)


def incident_rows(
    last: Mapping[tuple[str, str], IncidentRow], incidents: Sequence[Incident], closed: Sequence[Incident]
) -> list[IncidentRow]:
    """Rows to write for closed and open incidents; `last` is the newest row of each that has any.

    One that is in both was closed first and came back. Said twice, as after a commit whose answer was
    lost, it makes the same rows.
    """
    newest = dict(last)
    rows = {}
    for incident in closed:
        at = incident.ended_at or incident.received_at
        row = IncidentRow(incident.received_at, incident.received_at, at, incident)
        known = newest.get(row.key)
        if known is not None and (known.closed_at is None or known.closed_at >= at):
            row = msgspec.structs.replace(row, opened_at=known.opened_at)
        # An end that was announced may lie before the first word of the incident.
        row = msgspec.structs.replace(row, closed_at=max(at, row.opened_at))
        rows[row.key, row.opened_at] = newest[row.key] = row
    for incident in incidents:
        row = IncidentRow(incident.received_at, incident.received_at, None, incident)
        known = newest.get(row.key)
        if known is not None and known.closed_at is None:
            row = msgspec.structs.replace(row, opened_at=known.opened_at)
        rows[row.key, row.opened_at] = newest[row.key] = row
    return list(rows.values())


NAMED_MAX = 1_000
"""Entities of one message that are named in quarantine for each code; more are counted together."""
OTHERS = "(others)"
"""The entity id under which they are counted."""


class Refusal(NamedTuple):
    """What quarantine is told of an entity that a message was refused of, so many times."""

    refused: Rejected
    times: int


def refusals(rejected: Iterable[Rejected], name_of: Callable[[str], str] = str) -> list[Refusal]:
    """What a message was refused of, by code and entity (as `name_of` stores it), each as it was last said.

    Every refusal is counted; a message may hold as many bad rows as it likes, and names only so many. The
    message itself is kept.
    """
    found: dict[tuple[str, str], Refusal] = {}
    named: Counter[str] = Counter()
    for one in rejected:
        key = (one.code, name_of(one.entity_id))
        if key not in found:
            if named[one.code] < NAMED_MAX:
                named[one.code] += 1
            else:
                key = (one.code, OTHERS)
        before = found[key].times if key in found else 0
        found[key] = Refusal(one, before + 1)
    return [
        Refusal(
            Rejected(code=code, entity_id=OTHERS, detail=f"{count} more than the {NAMED_MAX} that are named")
            if entity_id == OTHERS
            else msgspec.structs.replace(refused, entity_id=entity_id),
            count,
        )
        for (code, entity_id), (refused, count) in found.items()
    ]


INBOX_MAX_ROWS = 20_000
"""Notifications of a feed that may wait: half an hour at the fastest that is taken of one sender."""
INBOX_MAX_BYTES = 64_000_000
"""Their bytes as they are kept."""


def refuse_when_full(feed_id: str, waiting: int, waiting_bytes: int) -> None:
    """InboxFullError when no more notifications of the feed are taken."""
    if waiting >= INBOX_MAX_ROWS or waiting_bytes >= INBOX_MAX_BYTES:
        raise InboxFullError(
            f"{waiting} notifications of {feed_id} ({waiting_bytes} bytes) wait to be read; "
            f"at most {INBOX_MAX_ROWS} and {INBOX_MAX_BYTES} bytes are kept: is ingest running?"
        )


def summed(scores: Iterable[PredictionScore]) -> list[PredictionScore]:
    """One score for each route, day and horizon."""
    sums: dict[tuple[str, object, int], PredictionScore] = {}
    for score in scores:
        key = (score.route_id, score.day, score.horizon_min)
        known = sums.get(key)
        if known is None:
            sums[key] = score
            continue
        sums[key] = msgspec.structs.replace(
            known,
            count=known.count + score.count,
            sum_error_s=known.sum_error_s + score.sum_error_s,
            sum_absolute_error_s=known.sum_absolute_error_s + score.sum_absolute_error_s,
            sum_baseline_error_s=_sum_or_unknown(known.sum_baseline_error_s, score.sum_baseline_error_s),
        )
    return list(sums.values())


def _sum_or_unknown(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
