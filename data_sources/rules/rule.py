"""What a rule is, and how the rules of one kind of record are applied to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec

from data_sources.model.city import Bounds
from data_sources.model.feed import Rejected
from data_sources.model.indicator import PropertySpec
from data_sources.model.observation import Observation, Ticket
from data_sources.model.traffic import Facility, Incident, LinkSpeed
from data_sources.model.transit import TripUpdate, VehiclePosition

CLOCK_TOLERANCE = timedelta(seconds=60)
"""How far a stamp may lie ahead of our clock. Source: validator E050, one minute."""

MAX_AGE = timedelta(hours=24)
"""A fix older than this is history, not a position. Below it age is told by state (late, ghost),
not by refusal: recorded feeds carry fixes of up to ten minutes in normal service."""

FAR_AHEAD = timedelta(hours=24)
"""Beyond this a stamp is not a clock that runs fast but a wrong unit or a wrong year."""

SPEED_MAX_KMH = 200.0
"""No vehicle of a city feed is faster, and no traffic. The validator's limit (W004, 94 km/h) is for
buses only; airport and commuter rail in the same feeds reach 160 km/h."""

Effect = Literal["refuse", "reject", "drop", "flag", "ignore", "wait", "fix"]
"""What follows: the message, the record or the value is not used; the record is used and marked; the
record does not concern the city and is only counted; or the feed could not be read at all: it is tried
again, or somebody has to change a setting."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `code` is stable: it is stored, counted and documented."""

    code: str
    effect: Effect
    meaning: str
    cites: str | None = None


class KnownTrips(Protocol):
    """What the rules ask of a schedule."""

    def has_trip(self, trip_id: str) -> bool:
        """Whether the schedule has the trip."""

    def has_route(self, route_id: str) -> bool:
        """Whether the schedule has the route."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a record is judged against. `properties`: the vocabulary, None where it is not known;
    `outside`, `misplaced`: features of the message beyond the bounds, or with an unusable place."""

    now: datetime
    bounds: Bounds | None = None
    schedule: KnownTrips | None = None
    header_at: datetime | None = None
    last_fix_at: Mapping[str, datetime] = field(default_factory=dict)
    last_fixes: Mapping[str, VehiclePosition] = field(default_factory=dict)
    properties: Mapping[str, PropertySpec] | None = None
    outside: frozenset[str] = frozenset()
    misplaced: frozenset[str] = frozenset()
    oldest: datetime = field(init=False)
    newest: datetime = field(init=False)
    far_ahead: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "oldest", self.now - MAX_AGE)
        object.__setattr__(self, "newest", self.now + CLOCK_TOLERANCE)
        object.__setattr__(self, "far_ahead", self.now + FAR_AHEAD)


RECORDS_MAX = 1_000
"""Rejected entities of one message that keep their record; the others keep code and id."""

R = TypeVar("R", VehiclePosition, TripUpdate, LinkSpeed, Incident, Facility, Observation, Ticket)


@dataclass(frozen=True, slots=True)
class Check(Generic[R]):
    """A rule and its test: the test returns what is wrong, or None. `drops` names the values lost."""

    rule: Rule
    test: Callable[[R, Context], str | None]
    drops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """What became of the records that were not used."""

    rejected: list[Rejected]
    ignored: dict[str, int]

    def reject(self, rule: Rule, key: str, detail: str, record: msgspec.Struct) -> None:
        """A record is not used."""
        kept = _as_json(record) if len(self.rejected) < RECORDS_MAX else {}
        self.rejected.append(Rejected(code=rule.code, entity_id=key, detail=detail, record=kept))

    def ignore(self, rule: Rule) -> None:
        """A record does not concern the city."""
        self.ignored[rule.code] = self.ignored.get(rule.code, 0) + 1


def judged(
    record: R, key: str, checks: tuple[Check[R], ...], context: Context, findings: Findings
) -> R | None:
    """The record with flags and without dropped values, or None after telling it to `findings`. In
    order: the first check that rejects or ignores ends the judgement."""
    flags: list[str] = []
    changes: dict[str, Any] = {}
    for check in checks:
        wrong = check.test(record, context)
        if wrong is None:
            continue
        rule = check.rule
        if rule.effect == "reject":
            findings.reject(rule, key, wrong, record)
            return None
        if rule.effect == "ignore":
            findings.ignore(rule)
            return None
        flags.append(rule.code)
        changes.update(dict.fromkeys(check.drops))
    if not flags:
        return record
    return msgspec.structs.replace(record, flags=(*record.flags, *flags), **changes)


def _as_json(record: msgspec.Struct) -> dict[str, Any]:
    """The record as plain JSON values; a number that is not finite becomes null."""
    return msgspec.json.decode(msgspec.json.encode(record), type=dict[str, Any])
