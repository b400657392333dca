"""What a payload says in numbers, for the feed's status. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from data_sources.errors import FeedContentError
from data_sources.model.feed import Batch, FeedStatus
from data_sources.model.observation import Observation, Ticket
from data_sources.model.traffic import Facility, Incident, LinkSpeed
from data_sources.model.transit import VehiclePosition


def merge(batches: Iterable[Batch]) -> Batch:
    """One batch out of several, in their order; the newest header time wins."""
    parts = list(batches)
    if len(parts) == 1:
        return parts[0]
    ignored: Counter[str] = Counter()
    for part in parts:
        ignored.update(part.ignored)
    headers = [part.header_at for part in parts if part.header_at is not None]
    return Batch(
        positions=tuple(fix for part in parts for fix in part.positions),
        trip_updates=tuple(update for part in parts for update in part.trip_updates),
        alerts=tuple(alert for part in parts for alert in part.alerts),
        link_speeds=tuple(speed for part in parts for speed in part.link_speeds),
        incidents=tuple(incident for part in parts for incident in part.incidents),
        facilities=tuple(facility for part in parts for facility in part.facilities),
        observations=tuple(one for part in parts for one in part.observations),
        features=tuple({one.feature_id: one for part in parts for one in part.features}.values()),
        tickets=tuple(ticket for part in parts for ticket in part.tickets),
        ignored=dict(ignored),
        rejected=tuple(reject for part in parts for reject in part.rejected),
        header_at=max(headers, default=None),
        flags=tuple(sorted({flag for part in parts for flag in part.flags})),
    )


def counted(
    status: FeedStatus, batch: Batch, accepted: int, failure: FeedContentError | None, now: datetime
) -> FeedStatus:
    """The status after a payload, of whose records `accepted` are used; `failure` when it was unusable
    as a whole. What was left aside because it does not concern the city is counted with the flags."""
    rejected = Counter(reject.code for reject in batch.rejected)
    flagged = Counter(batch.flags) + Counter(batch.ignored)
    measured: Sequence[VehiclePosition | LinkSpeed | Facility | Observation]
    measured = (*batch.positions, *batch.link_speeds, *batch.facilities, *batch.observations)
    told: Sequence[Incident | Ticket] = (*batch.incidents, *batch.tickets)
    for record in (*measured, *told):
        flagged.update(record.flags)
    content = [record.observed_at for record in measured]
    content += [ticket.updated_at or ticket.opened_at for ticket in batch.tickets]
    content += [moment for moment in (batch.header_at, status.last_content_at) if moment is not None]
    return msgspec.structs.replace(
        status,
        last_try_at=now,
        last_good_at=now if failure is None else status.last_good_at,
        last_content_at=max(content, default=None),
        error_code=failure.code if failure else None,
        error=str(failure) if failure else None,
        failures_in_row=status.failures_in_row + 1 if failure else 0,
        accepted=accepted,
        rejected=dict(rejected),
        flagged=dict(flagged),
        total_messages=status.total_messages + 1,
        total_failures=status.total_failures + (1 if failure else 0),
        total_accepted=status.total_accepted + accepted,
        total_rejected=dict(Counter(status.total_rejected) + rejected),
    )
