"""Rules of observations, of the features that they are of, and of citizens' tickets.

National feeds list the whole country: what lies outside the city is left aside and counted, values and
rejections alike, so that quarantine holds only what concerns the city. A feature without a place, and one
that the feed lists by name, belongs to the city wherever it is. Old values are not refused here: statistics
come months late, and what is stale is told by state. A kind whose source repeats dead stations rejects them
itself.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from data_sources.model.feed import Rejected
from data_sources.model.observation import Feature, Observation, Ticket
from data_sources.rules import place, times
from data_sources.rules.rule import Check, Context, Findings, Rule
from data_sources.rules.traffic import OUTSIDE_CITY

STARS_MAX = 5


def _of_outside(record: Observation, context: Context) -> str | None:
    if record.feature_id not in context.outside:
        return None
    return f"{record.feature_id} lies outside the city"


def _of_misplaced(record: Observation, context: Context) -> str | None:
    if record.feature_id not in context.misplaced:
        return None
    return f"the place of {record.feature_id} is unusable"


def _unknown_property(record: Observation, context: Context) -> str | None:
    if context.properties is None or record.property_id in context.properties:
        return None
    return f"property {record.property_id} is not in the vocabulary"


def _wrong_unit(record: Observation, context: Context) -> str | None:
    spec = (context.properties or {}).get(record.property_id)
    if spec is None or spec.unit == record.unit:
        return None
    return f"{record.property_id} in {record.unit or 'no unit'}, not in {spec.unit}"


def _zero(record: Observation, context: Context) -> str | None:
    spec = (context.properties or {}).get(record.property_id)
    if spec is None or not spec.zero_is_missing or record.value != 0:
        return None
    return f"{record.property_id} 0 {record.unit}: no reading"


def _implausible_value(record: Observation, context: Context) -> str | None:
    spec = (context.properties or {}).get(record.property_id)
    if spec is None:
        return None
    low, high = spec.plausible
    if (low is None or record.value >= low) and (high is None or record.value <= high):
        return None
    limits = f"{'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"
    return f"{record.property_id} {record.value:g} {record.unit} is outside {limits}"


def _implausible_time(record: Observation, context: Context) -> str | None:
    return times.implausible(record.observed_at, context)


def _future_time(record: Observation, context: Context) -> str | None:
    return times.future(record.observed_at, context)


Placed = Feature | Ticket


PlaceTest = Callable[[Placed, Context], str | None]


def _where_placed(test: Callable[[float, float, Context], str | None]) -> PlaceTest:
    """The test of a place, for records that have one."""

    def placed(record: Placed, context: Context) -> str | None:
        if record.lat is None or record.lon is None:
            return None
        return test(record.lat, record.lon, context)

    return placed


_swapped = _where_placed(lambda lat, lon, context: place.swapped(lat, lon, context.bounds))
_off_globe = _where_placed(lambda lat, lon, _: place.off_globe(lat, lon))
_at_zero = _where_placed(lambda lat, lon, _: place.at_zero(lat, lon))
_outside = _where_placed(lambda lat, lon, context: place.outside(lat, lon, context.bounds))


def _ticket_implausible(ticket: Ticket, context: Context) -> str | None:
    return times.implausible(ticket.opened_at, context)


def _ticket_future(ticket: Ticket, context: Context) -> str | None:
    return times.future(ticket.opened_at, context)


def _later(at: datetime | None, ticket: Ticket, context: Context) -> str | None:
    if at is None or ticket.opened_at <= at <= context.newest:
        return None
    return f"{at.isoformat()} lies before the ticket was opened, or ahead of our clock"


def _closed_wrong(ticket: Ticket, context: Context) -> str | None:
    return _later(ticket.closed_at, ticket, context)


def _updated_wrong(ticket: Ticket, context: Context) -> str | None:
    return _later(ticket.updated_at, ticket, context)


def _stars_wrong(ticket: Ticket, _: Context) -> str | None:
    if ticket.stars is None or 0 <= ticket.stars <= STARS_MAX:
        return None
    return f"{ticket.stars:g} stars"


FEATURE_UNKNOWN = Rule("feature_unknown", "reject", "a value of a feature whose place is unusable")
UNIT_WRONG = Rule("unit_wrong", "reject", "a value that is not in the unit of its property")
VALUE_MISSING = Rule("value_missing", "reject", "the source says that it has no value")
VALUE_IMPLAUSIBLE = Rule("value_implausible", "reject", "a value outside the plausible range of its property")
PROPERTY_UNKNOWN = Rule("property_unknown", "reject", "a property that the vocabulary does not have")
TICKET_TIME_INVALID = Rule(
    "ticket_time_invalid", "drop", "a ticket's change or end before its start, or ahead; not used"
)
STARS_INVALID = Rule("stars_invalid", "drop", "a ticket's rating outside 0..5; not used")

PLACE_TESTS: tuple[tuple[Rule, PlaceTest], ...] = (
    (place.POSITION_SWAPPED, _swapped),
    (place.POSITION_INVALID, _off_globe),
    (place.POSITION_ZERO, _at_zero),
)
"""What makes a feature's place unusable; being outside the city is no fault and judged apart."""

OBSERVATION_CHECKS: tuple[Check[Observation], ...] = (
    Check(OUTSIDE_CITY, _of_outside),
    Check(FEATURE_UNKNOWN, _of_misplaced),
    Check(PROPERTY_UNKNOWN, _unknown_property),
    Check(UNIT_WRONG, _wrong_unit),
    Check(times.TIME_IMPLAUSIBLE, _implausible_time),
    Check(times.TIME_FUTURE, _future_time),
    Check(VALUE_MISSING, _zero),
    Check(VALUE_IMPLAUSIBLE, _implausible_value),
)

TICKET_CHECKS: tuple[Check[Ticket], ...] = (
    Check(place.POSITION_SWAPPED, _swapped),
    Check(place.POSITION_INVALID, _off_globe),
    Check(place.POSITION_ZERO, _at_zero),
    Check(OUTSIDE_CITY, _outside),
    Check(times.TIME_IMPLAUSIBLE, _ticket_implausible),
    Check(times.TIME_FUTURE, _ticket_future),
    Check(TICKET_TIME_INVALID, _closed_wrong, drops=("closed_at",)),
    Check(TICKET_TIME_INVALID, _updated_wrong, drops=("updated_at",)),
    Check(STARS_INVALID, _stars_wrong, drops=("stars",)),
)


def judge_features(
    features: Iterable[Feature], listed: Collection[str], context: Context, findings: Findings
) -> tuple[tuple[Feature, ...], frozenset[str], frozenset[str]]:
    """The features that are used, the ids of those outside the city, and of those whose place is unusable.
    The latter are rejected; the former count with their observations. `listed` ones are never outside."""
    used: list[Feature] = []
    outside: set[str] = set()
    misplaced: set[str] = set()
    for feature in features:
        wrong = next(((rule, told) for rule, test in PLACE_TESTS if (told := test(feature, context))), None)
        if wrong is not None:
            misplaced.add(feature.feature_id)
            findings.reject(wrong[0], feature.feature_id, wrong[1], feature)
        elif feature.feature_id not in listed and _outside(feature, context):
            outside.add(feature.feature_id)
        else:
            used.append(feature)
    return tuple(used), frozenset(outside), frozenset(misplaced)


def aside_with_their_feature(
    rejected: Iterable[Rejected], outside: frozenset[str], findings: Findings
) -> None:
    """Add the parser's rejections to `findings`: those told of a feature outside the city as ignored."""
    for reject in rejected:
        if reject.entity_id in outside:
            findings.ignore(OUTSIDE_CITY)
        else:
            findings.rejected.append(reject)
