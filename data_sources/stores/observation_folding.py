"""What the history keeps of observations and tickets: the rules that every engine follows alike. Pure."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from data_sources.errors import FeedContentError
from data_sources.model.observation import Observation, Rollup, Series, Ticket, TicketState
from data_sources.stores.intervals import Interval
from data_sources.stores.schema import MAX_KEY_CHARS, storable

UNTOLD_CADENCE_S = 3600.0
"""Cadence of a series for which nobody promises any and whose values hold for no period: an hour, the
finest rollup, so that completeness says whether there was any value in it (our proposal)."""

SLOW_FROM_S = 86_400.0
"""Values of a series with so long a cadence are kept for ever: they are few, and sheets that are handed
in again repeat them."""


class SeriesKey(NamedTuple):
    """By which a series is known again. What is simulated never mixes with what is not."""

    feed_id: str
    feature_id: str
    property_id: str
    synthetic: bool


def key_of(one: Observation | Series) -> SeriesKey:
    """Key of an observation's series, texts as both engines hold them."""
    feed_id, feature_id, property_id = (
        storable(text, MAX_KEY_CHARS) for text in (one.feed_id, one.feature_id, one.property_id)
    )
    return SeriesKey(feed_id, feature_id, property_id, one.synthetic)


def cadence_of(observation: Observation) -> float:
    """How often a value of its series is promised, in seconds: as told, else its period, else an hour."""
    return observation.cadence_s or observation.period_s or UNTOLD_CADENCE_S


class Told(NamedTuple):
    """What is told of one series at once: `values` by time, of the same time the last one."""

    series: Series
    values: dict[datetime, Observation]


def by_series(observations: Iterable[Observation]) -> dict[SeriesKey, Told]:
    """Observations by series; the newest one says what the series is now. FeedContentError
    (`not_storable`) for a value that is no number."""
    found: dict[SeriesKey, dict[datetime, Observation]] = {}
    for one in observations:
        if not math.isfinite(one.value):
            raise FeedContentError("not_storable", f"{one.feed_id}: {one.property_id} is {one.value}")
        found.setdefault(key_of(one), {})[one.observed_at] = one
    return {key: Told(_series(key, values), values) for key, values in found.items()}


def _series(key: SeriesKey, values: dict[datetime, Observation]) -> Series:
    first, last = min(values), max(values)
    newest = values[last]
    return Series(
        series_id=0,
        **key._asdict(),
        unit=newest.unit,
        cadence_s=cadence_of(newest),
        period_s=newest.period_s,
        value_class=newest.value_class,
        first_at=first,
        last_at=last,
    )


def widened(known: Series, told: Series) -> Series:
    """The registered series after `told`: its newest description and the time that both cover.

    The description of values older than what is known does not replace it.
    """
    news = known.last_at is None or (told.last_at is not None and told.last_at >= known.last_at)
    described = told if news else known
    return msgspec.structs.replace(
        described,
        series_id=known.series_id,
        first_at=min(_times(known.first_at, told.first_at), default=None),
        last_at=max(_times(known.last_at, told.last_at), default=None),
    )


def _times(*moments: datetime | None) -> list[datetime]:
    return [moment for moment in moments if moment is not None]


def same_value(known: tuple[float, tuple[str, ...]] | None, told: Observation) -> bool:
    """Whether the value that is known (with its flags) is the one that is told."""
    return known == (told.value, told.flags)


def observation_of(
    series: Series, observed_at: datetime, value: float, received_at: datetime, flags: tuple[str, ...]
) -> Observation:
    """A value of a series as it was told."""
    return Observation(
        feed_id=series.feed_id,
        feature_id=series.feature_id,
        property_id=series.property_id,
        value=value,
        unit=series.unit,
        observed_at=observed_at,
        received_at=received_at,
        period_s=series.period_s,
        cadence_s=series.cadence_s,
        value_class=series.value_class,
        flags=flags,
        synthetic=series.synthetic,
    )


def rolled_values(values: Sequence[float], start: datetime, expected: int) -> Rollup:
    """Rollup of raw values, oldest first."""
    mean = sum(values) / len(values)
    return Rollup(
        start=start,
        count=len(values),
        expected=expected,
        minimum=min(values),
        mean=mean,
        maximum=max(values),
        last=values[-1],
    )


def rolled_up(parts: Sequence[Rollup], interval: Interval, expected: int) -> Rollup:
    """Rollup of the shorter ones in an interval, oldest first; means count as their values do."""
    count = sum(part.count for part in parts)
    return Rollup(
        start=interval[0],
        count=count,
        expected=expected,
        minimum=min(part.minimum for part in parts),
        mean=sum(part.mean * part.count for part in parts) / count,
        maximum=max(part.maximum for part in parts),
        last=parts[-1].last,
    )


def ticket_ended_at(ticket: Ticket) -> datetime | None:
    """When a report was closed or rejected, as well as it is told; None while it is open."""
    if ticket.state in {TicketState.OPEN, TicketState.IN_PROGRESS}:
        return None
    return ticket.closed_at or ticket.updated_at or ticket.received_at


def is_news(known: Ticket | None, told: Ticket) -> bool:
    """Whether a report says something that was not known: neither a repetition nor an older word."""
    if known is None:
        return True
    if known.updated_at and told.updated_at and told.updated_at < known.updated_at:
        return False
    return msgspec.structs.replace(told, received_at=known.received_at) != known
