"""Judge a batch: which of its records are used, and what is said of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from data_sources.errors import FeedContentError
from data_sources.model.city import Bounds
from data_sources.model.feed import Batch
from data_sources.model.indicator import PropertySpec
from data_sources.model.observation import Observation
from data_sources.model.traffic import LinkSpeed
from data_sources.model.transit import VehiclePosition
from data_sources.rules.observations import (
    OBSERVATION_CHECKS,
    TICKET_CHECKS,
    aside_with_their_feature,
    judge_features,
)
from data_sources.rules.rule import CLOCK_TOLERANCE, Check, Context, Findings, KnownTrips, R, Rule, judged
from data_sources.rules.times import PLAUSIBLE_SINCE
from data_sources.rules.traffic import FACILITY_CHECKS, INCIDENT_CHECKS, LINK_SPEED_CHECKS, LINK_UNKNOWN
from data_sources.rules.transit import POSITION_CHECKS, TRIP_UPDATE_CHECKS

HEADER_BACKWARDS = Rule(
    "header_backwards", "refuse", "header time is older than that of the last message used", "E018"
)
HEADER_TIME_INVALID = Rule(
    "header_timestamp_invalid", "drop", "header time before 2000 or more than 60 s ahead; not used", "E050"
)

RULES: tuple[Rule, ...] = tuple(
    dict.fromkeys(
        (
            *(check.rule for check in POSITION_CHECKS),
            *(check.rule for check in TRIP_UPDATE_CHECKS),
            *(check.rule for check in LINK_SPEED_CHECKS),
            *(check.rule for check in INCIDENT_CHECKS),
            *(check.rule for check in FACILITY_CHECKS),
            *(check.rule for check in OBSERVATION_CHECKS),
            *(check.rule for check in TICKET_CHECKS),
            LINK_UNKNOWN,
            HEADER_BACKWARDS,
            HEADER_TIME_INVALID,
        )
    )
)
"""Every rule of records and headers, once; with those of the desks."""


def judge(
    batch: Batch,
    *,
    now: datetime,
    bounds: Bounds | None,
    schedule: KnownTrips | None,
    last_fix_at: Mapping[str, datetime],
    last_header_at: datetime | None,
    last_fixes: Mapping[str, VehiclePosition] | None = None,
    properties: Mapping[str, PropertySpec] | None = None,
    features: Collection[str] = (),
) -> Batch:
    """Return the batch with unusable records moved to `rejected`, those that do not concern the city
    counted in `ignored`, and doubtful ones flagged.

    `now` is the clock for a live feed and `own_time` for a recorded one. `last_fix_at` holds the
    time of the last accepted fix of each vehicle and `last_fixes` the fix itself, by vehicle id;
    without the latter jumps are not looked for. A fix repeated with the same time is accepted.
    `properties` is the vocabulary that observations are judged by, if known; `features` are those that
    the feed lists, which belong to the city wherever they are.
    Alerts pass: what they are about may lie outside the schedule.

    Raise FeedContentError when the header's time went backwards: what follows is an older picture.
    """
    header_at, flags = _judge_header(batch, now, last_header_at)
    findings = Findings([], dict(batch.ignored))
    context = Context(now, bounds, schedule, header_at, last_fix_at, last_fixes or {}, properties)
    known, outside, misplaced = judge_features(batch.features, features, context, findings)
    context = replace(context, outside=outside, misplaced=misplaced)
    aside_with_their_feature(batch.rejected, outside, findings)

    def used(keyed: Iterable[tuple[str, R]], checks: tuple[Check[R], ...]) -> tuple[R, ...]:
        every = (judged(record, key, checks, context, findings) for key, record in keyed)
        return tuple(record for record in every if record is not None)

    return Batch(
        positions=used(((fix.vehicle_id, fix) for fix in batch.positions), POSITION_CHECKS),
        trip_updates=used(((update.entity_id, update) for update in batch.trip_updates), TRIP_UPDATE_CHECKS),
        alerts=batch.alerts,
        link_speeds=used(((_place_of(speed), speed) for speed in batch.link_speeds), LINK_SPEED_CHECKS),
        incidents=used(((incident.incident_id, incident) for incident in batch.incidents), INCIDENT_CHECKS),
        facilities=used(((facility.facility_id, facility) for facility in batch.facilities), FACILITY_CHECKS),
        observations=used(((_series_of(one), one) for one in batch.observations), OBSERVATION_CHECKS),
        features=known,
        tickets=used(((ticket.ticket_id, ticket) for ticket in batch.tickets), TICKET_CHECKS),
        rejected=tuple(findings.rejected),
        ignored=findings.ignored,
        header_at=header_at,
        flags=flags,
    )


def own_time(batch: Batch, until: datetime | None = None) -> datetime | None:
    """The time of a recorded message: its header's, else the newest at which something in it was
    observed or an incident began, not later than `until`; None when it tells none."""
    if batch.header_at is not None:
        return batch.header_at
    stamps = [
        *(fix.observed_at for fix in batch.positions),
        *(update.observed_at for update in batch.trip_updates),
        *(speed.observed_at for speed in batch.link_speeds),
        *(incident.started_at for incident in batch.incidents),
        *(facility.observed_at for facility in batch.facilities),
        *(one.observed_at for one in batch.observations),
        *(ticket.updated_at or ticket.opened_at for ticket in batch.tickets),
    ]
    return max((at for at in stamps if at is not None and (until is None or at <= until)), default=None)


def _judge_header(
    batch: Batch, now: datetime, last_header_at: datetime | None
) -> tuple[datetime | None, tuple[str, ...]]:
    header_at = batch.header_at
    if header_at is None:
        return None, batch.flags
    if not PLAUSIBLE_SINCE <= header_at <= now + CLOCK_TOLERANCE:
        # used as the last header, it would make every later message go backwards
        return None, (*batch.flags, HEADER_TIME_INVALID.code)
    if last_header_at is not None and header_at < last_header_at:
        raise FeedContentError(
            HEADER_BACKWARDS.code,
            f"header time {header_at.isoformat()} is older than the last, {last_header_at.isoformat()}",
        )
    return header_at, batch.flags


def _series_of(one: Observation) -> str:
    """What names an observation in quarantine: its feature, and what was observed of it."""
    return f"{one.feature_id} {one.property_id}"


def _place_of(speed: LinkSpeed) -> str:
    """What names a link speed in quarantine: its link, else where it was measured."""
    if speed.link_id is not None:
        return speed.link_id
    return ",".join(f"{degrees:.8g}" for degrees in speed.points[0]) if speed.points else ""
