"""What a feed has told of the city: the last value of each of its series, and citizens' reports.

A message may tell of some stations only, so the picture is kept across messages. Sources repeat
themselves: a page of an hour's values comes again with every poll, and only what is new goes on.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch
from data_sources.model.observation import Feature, Observation, Ticket
from data_sources.stores.base import HistoryStore
from data_sources.stores.observation_folding import is_news, ticket_ended_at

FORGOTTEN_AFTER = timedelta(days=30)
"""A series that its feed has not told of for so long has left the picture."""

ENDED_SHOWN_FOR = timedelta(days=7)
"""Closed and rejected reports stay in the picture for so long."""

_LOOK_BACK = timedelta(days=400)
"""Statistics told last month may be of last year."""

_SeriesId = tuple[str, str]
_Known = tuple[float, tuple[str, ...]]


class Observed:
    """The picture of one feed. Every method takes the time."""

    def __init__(self, feed: FeedSpec) -> None:
        self._feed_id = feed.feed_id
        self._cadence_s = feed.promised_every.total_seconds()
        self._last: dict[_SeriesId, Observation] = {}
        self._told_at: dict[_SeriesId, datetime] = {}
        self._features: dict[str, Feature] = {}
        self._tickets: dict[str, Ticket] = {}
        self._repeated: dict[tuple[str, str, datetime], _Known] = {}
        self._repeated_tickets: dict[str, Ticket] = {}

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Last value of each series."""
        return tuple(self._last.values())

    @property
    def features(self) -> tuple[Feature, ...]:
        """What they are of."""
        return tuple(self._features.values())

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Reports that are open or ended a few days ago."""
        return tuple(self._tickets.values())

    def restore(self, history: HistoryStore, now: datetime) -> None:
        """Take up the picture from history. Since when a value stands is not when it was last told;
        what first came too long ago waits for its source to tell it again."""
        self._keep(self._kept_by(history, now))
        self._features = {one.feature_id: one for one in history.features().get(self._feed_id, ())}
        tickets = history.tickets_between(now - ENDED_SHOWN_FOR, now, self._feed_id)
        self._tickets = {one.ticket_id: one for one in tickets}

    def take_up(self, history: HistoryStore, now: datetime) -> bool:
        """Take up what others wrote to history under this feed's id, sheets that were handed in; whether
        the picture changed. StoreError when the history is away."""
        before = dict(self._last)
        for one in self._kept_by(history, now):
            known = self._last.get((one.feature_id, one.property_id))
            if known is None or (known.observed_at, known.value) != (one.observed_at, one.value):
                self._keep((one,))
        return self._last != before

    def _kept_by(self, history: HistoryStore, now: datetime) -> list[Observation]:
        """The feed's last values as history knows them, of series that are not forgotten."""
        told = history.latest_observations(now - _LOOK_BACK, self._feed_id).get(self._feed_id, ())
        return [one for one in told if now - one.received_at <= FORGOTTEN_AFTER]

    def fold(self, batch: Batch, now: datetime) -> Batch:
        """Fold the batch into the picture; return it without what was known."""
        observations = self._fresh_observations(batch.observations)
        features = tuple(one for one in batch.features if self._features.get(one.feature_id) != one)
        tickets = self._fresh_tickets(batch.tickets)
        self._keep(observations)
        self._features |= {one.feature_id: one for one in features}
        for ticket in tickets:
            if _is_shown(ticket, now):
                self._tickets[ticket.ticket_id] = ticket
            else:
                self._tickets.pop(ticket.ticket_id, None)
        return msgspec.structs.replace(batch, observations=observations, features=features, tickets=tickets)

    def forget(self, now: datetime) -> tuple[bool, bool]:
        """Let go of what is over; whether observations and tickets changed by it."""
        series = [key for key, at in self._told_at.items() if now - at > FORGOTTEN_AFTER]
        for key in series:
            del self._last[key], self._told_at[key]
        ended = [ticket_id for ticket_id, one in self._tickets.items() if not _is_shown(one, now)]
        for ticket_id in ended:
            del self._tickets[ticket_id]
        return bool(series), bool(ended)

    def _keep(self, observations: Iterable[Observation]) -> None:
        for one in observations:
            key = (one.feature_id, one.property_id)
            self._told_at[key] = max(one.received_at, self._told_at.get(key, one.received_at))
            known = self._last.get(key)
            if known is None or known.observed_at <= one.observed_at:
                self._last[key] = one

    def _fresh_observations(self, told: Iterable[Observation]) -> tuple[Observation, ...]:
        """Those that neither the message before nor the picture says already, with their cadence: what a
        sheet corrected stays so while the source only repeats itself."""
        fresh: list[Observation] = []
        repeated: dict[tuple[str, str, datetime], _Known] = {}
        for one in told:
            key = (one.feature_id, one.property_id)
            value = repeated[*key, one.observed_at] = (one.value, one.flags)
            known = [self._repeated.get((*key, one.observed_at))]
            last = self._last.get(key)
            if last is not None and last.observed_at == one.observed_at:
                known.append((last.value, last.flags))
            if value in known:
                self._told_at[key] = one.received_at
                continue
            if one.cadence_s is None:
                one = msgspec.structs.replace(one, cadence_s=self._cadence_s)  # noqa: PLW2901
            fresh.append(one)
        if repeated:
            self._repeated = repeated
        return tuple(fresh)

    def _fresh_tickets(self, told: Iterable[Ticket]) -> tuple[Ticket, ...]:
        fresh: list[Ticket] = []
        repeated: dict[str, Ticket] = {}
        for one in told:
            known = self._tickets.get(one.ticket_id) or self._repeated_tickets.get(one.ticket_id)
            if is_news(known, one):
                fresh.append(one)
            repeated[one.ticket_id] = one
        if repeated:
            self._repeated_tickets = repeated
        return tuple(fresh)


def _is_shown(ticket: Ticket, now: datetime) -> bool:
    ended_at = ticket_ended_at(ticket)
    return ended_at is None or now - ended_at <= ENDED_SHOWN_FOR
