"""The loop of the rollup process. Every method is synchronous and takes the time.

Each tick rolls what was marked, once a minute observes the platform, and computes the indicators whose
inputs have news (all of them once a minute: they age). One process does it, by the lease "rollup"; others
stand by. A store that is away is told once; what it should have had is worked out anew when it is back.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import pandas as pd
import structlog

from data_sources.errors import StoreError
from data_sources.indicators.engine import FORMULA_FAILED, compute, evaluate, is_stale
from data_sources.indicators.frames import EPOCH, feed_ids
from data_sources.indicators.inputs import InputReader
from data_sources.indicators.past import Past, read_past
from data_sources.indicators.registry import problems
from data_sources.measures.due import is_due
from data_sources.model.indicator import IndicatorSpec, IndicatorValue
from data_sources.model.observation import CITY_FEATURE, INDICATOR_FEED, PLATFORM_FEED, Observation, Ticket
from data_sources.rollup.back_history import fill_back_history, own_beginnings, period_of
from data_sources.rollup.platform import Knowledge, feed_features, read_picture, recent_tickets, sample
from data_sources.stores.base import HistoryStore, LiveStore
from data_sources.stores.folding import minute_of
from data_sources.stores.observation_folding import SLOW_FROM_S
from data_sources.views.indicators import nothing_told

log = structlog.get_logger("rollup")

LEASE = "rollup"
LEASE_TTL = timedelta(seconds=15)
LEASE_EVERY = timedelta(seconds=5)
TICK_S = 1.0
"""How often `tick` is called; what is due is decided by the time it is given."""
NEWS_EVERY = timedelta(seconds=10)
ALL_EVERY = timedelta(seconds=60)
PAST_EVERY = timedelta(minutes=5)
FILL_EVERY = timedelta(minutes=1)
FILL_BEYOND = timedelta(days=45)
"""An indicator whose inputs begin so much earlier than itself gets its past worked out; less than that may
be what its formula or its completeness takes."""
ANEW_FROM_S = SLOW_FROM_S
"""After a sheet was handed in, the past of indicators that come so seldom is worked out anew: sheets bring
months that are long over, and correct others."""
SETTLE = timedelta(seconds=15)
"""After the start feeds are only just being read: what the platform says of them then says nothing."""
ROLL_LIMIT = 1_000
"""Hours rolled in one tick: the lease must be renewed between two."""
RECORD_EVERY_S = (60.0, 3600.0)
"""An indicator is kept as often as it promises, within these limits: screens read the live store."""


class RollupLoop:
    """See the module's text."""

    def __init__(self, known: Knowledge, history: HistoryStore, live: LiveStore, owner: str) -> None:
        self._known = known
        self._city = known.city
        self._history = history
        self._live = live
        self._owner = owner
        self._specs = self._city.indicators
        wrong = {spec.key: found for spec in self._specs if (found := problems(spec))}
        for key, found in wrong.items():
            log.error("indicator is set up wrongly", indicator=key, problem="; ".join(found))
        self._wrong = frozenset(wrong)
        self._reader = InputReader(history, self._city.zone)
        self._last: dict[str, datetime] = {}
        self._away: set[tuple[str, str]] = set()
        self._failing: set[str] = set()
        self._leading = False
        self._begun = EPOCH
        self._forget()

    def _forget(self) -> None:
        """Begin a reign: another holder of the lease has worked in between."""
        self._minute: datetime | None = None
        self._values: dict[str, IndicatorValue] = {}
        self._news: dict[str, object] = {}
        self._past: Mapping[tuple[str, bool], Past] = {}
        self._recorded: dict[str, tuple[datetime, float]] = {}
        self._unfilled: dict[str, datetime] = {}
        self._tried: dict[str, datetime] = {}
        self._queue: list[IndicatorSpec] = []
        self._imported_at: datetime | None = None
        self._anew: set[str] = set()
        self._received: dict[tuple[str, str], datetime] = {}
        self._unpublished = False
        self._last.clear()

    def tick(self, now: datetime) -> None:
        """Let time pass: do what is due. Returns once it is done; nothing while another process leads."""
        if not self._leads(now):
            return
        with self._told_once("history", "roll"):
            self._history.roll(now, self._city.zone, ROLL_LIMIT)
        if not self._specs:
            return
        minute = minute_of(now)
        if minute != self._minute and is_due(self._begun, now, SETTLE):
            self._minute = minute
            self._observe_platform(now)
        with self._told_once("history", "fill"):
            self._fill(now)
        if self._is_due("news", now, NEWS_EVERY):
            with self._told_once("history", "compute"):
                self._compute(now)
            with self._told_once("live", "publish"):
                self._publish()

    def give_back(self) -> None:
        """Give the lease back; the last call."""
        if self._leading:
            with self._told_once("live", "lease"):
                self._live.release_lease(LEASE, self._owner)

    @property
    def values(self) -> tuple[IndicatorValue, ...]:
        """Indicators as last computed, in the catalogue's order."""
        return tuple(self._values[spec.key] for spec in self._specs if spec.key in self._values)

    def _leads(self, now: datetime) -> bool:
        """Whether the work is ours. While the live store is away what we hold we keep: nobody else can take
        it; but a new lease needs the store's word."""
        if self._is_due("lease", now, LEASE_EVERY):
            held = self._leading
            with self._told_once("live", "lease"):
                self._leading = self._live.acquire_lease(LEASE, self._owner, LEASE_TTL)
            if self._leading and not held:
                self._forget()
                self._begun = now
                self._is_due("lease", now, LEASE_EVERY)
            elif held and not self._leading:
                log.warning("lease lost", lease=LEASE)
        return self._leading

    def _is_due(self, what: str, now: datetime, every: timedelta) -> bool:
        if not is_due(self._last.get(what), now, every):
            return False
        self._last[what] = now
        return True

    def _observe_platform(self, now: datetime) -> None:
        observed: list[Observation] = []
        tickets: list[Ticket] = []
        features = feed_features(self._city)
        with self._told_once("history", "tickets"):
            tickets = recent_tickets(self._history, self._city, now)
        with self._told_once("live", "platform"):
            picture = read_picture(self._live, tickets)
            observed = sample(picture, self._known, now)
            self._live.put_observations(PLATFORM_FEED, observed, features)
        with self._told_once("history", "record"):
            if observed:
                self._history.record_observations(observed, features)

    def _compute(self, now: datetime) -> None:
        self._reader.begin(now)
        if self._is_due("past", now, PAST_EVERY):
            self._past = read_past(self._history, self._specs, now, self._city.zone)
        every_one = self._is_due("all", now, ALL_EVERY)
        self._read_received()
        computed = False
        for spec in self._specs:
            news = self._reader.news(spec)
            if every_one or news != self._news.get(spec.key):
                self._values[spec.key] = self._value(spec, now)
                self._news[spec.key] = news
                computed = True
        self._unpublished = self._unpublished or computed
        self._record(now)

    def _read_received(self) -> None:
        """When the last values of each property came, by feed; the live store knows, if it is there."""
        with self._told_once("live", "received"):
            self._received = {
                (feed_id, one.property_id): one.received_at
                for feed_id, some in self._live.observations().items()
                for one in sorted(some, key=lambda one: one.received_at)
            }

    def _value(self, spec: IndicatorSpec, now: datetime) -> IndicatorValue:
        """The indicator at `now`. A formula that fails takes no other with it; it is told once, and again
        after it has worked."""
        if spec.key in self._wrong:
            return nothing_told(spec, now, FORMULA_FAILED)
        try:
            inputs = self._reader.read(spec, now)
            frame = compute(spec, self._city, inputs, pd.DatetimeIndex([now]))
            value = evaluate(
                spec,
                self._city,
                frame,
                now,
                inputs=inputs,
                past=self._past,
                received_at=self._received_at(spec, feed_ids(inputs.values())),
            )
        except StoreError:
            raise
        except Exception:
            if spec.key not in self._failing:
                log.error("formula failed", indicator=spec.key, formula=spec.compute, exc_info=True)
            self._failing.add(spec.key)
            return nothing_told(spec, now, FORMULA_FAILED)
        self._failing.discard(spec.key)
        return value

    def _received_at(self, spec: IndicatorSpec, told_by: Collection[str]) -> datetime | None:
        asked = {one.property for one in spec.inputs.values()}
        came = [at for (feed_id, name), at in self._received.items() if feed_id in told_by and name in asked]
        return max(came, default=None)

    def _record(self, now: datetime) -> None:
        """Keep values that are new, each as of when it was observed."""
        fresh = {
            value.key: value
            for spec in self._specs
            if (value := self._values.get(spec.key)) is not None and self._is_new(spec, value, now)
        }
        if not fresh:
            return
        periods = {spec.key: period_of(spec) for spec in self._specs}
        self._history.record_observations(
            [_observation(value, periods[key], now) for key, value in fresh.items()]
        )
        for key, value in fresh.items():
            if value.value is not None and value.observed_at is not None:
                self._recorded[key] = (value.observed_at, value.value)

    def _is_new(self, spec: IndicatorSpec, value: IndicatorValue, now: datetime) -> bool:
        if value.value is None or value.observed_at is None or is_stale(spec, value.observed_at, now):
            return False
        known = self._recorded.get(value.key)
        if known is None or value.observed_at == known[0]:
            return known is None or value.value != known[1]
        least, most = RECORD_EVERY_S
        pause = timedelta(seconds=min(max(spec.cadence_s, least), most))
        return not timedelta(0) < value.observed_at - known[0] < pause

    def _publish(self) -> None:
        """Put what is new, and all of it again where the live store has lost it (it was restarted)."""
        values = self.values
        if values and (self._unpublished or not self._live.indicators()):
            self._live.put_indicators(values)
            self._unpublished = False

    def _fill(self, now: datetime) -> None:
        """Work out the past of one indicator that has none, if its inputs have, or that a sheet has changed;
        the next one comes at the next tick. Inputs must have stood still since the last look: a bulk load may
        be under way."""
        if self._is_due("fill", now, FILL_EVERY):
            self._reader.begin(now)
            own = own_beginnings(self._history)
            lacking = {
                spec.key: first
                for spec in self._specs
                if spec.key not in self._wrong
                and (first := self._reader.first_at(spec)) is not None
                and first + FILL_BEYOND < own.get(spec.key, now)
                and self._tried.get(spec.key) != first
            }
            still = {key for key, first in lacking.items() if self._unfilled.get(key) == first}
            self._anew |= self._changed_by_sheets()
            self._queue = [spec for spec in self._specs if spec.key in still or spec.key in self._anew]
            self._unfilled = lacking
        if self._queue:
            spec = self._queue.pop(0)
            if spec.key in self._unfilled:
                self._tried[spec.key] = self._unfilled[spec.key]
            anew = spec.key in self._anew
            hours = fill_back_history(self._city, self._history, now, (spec,), anew=anew)
            self._anew.discard(spec.key)
            log.info("past worked out", indicator=spec.key, rows=hours)
            self._last.pop("past", None)

    def _changed_by_sheets(self) -> set[str]:
        """Indicators that sheets go into which were handed in since the last look; at the first look, all."""
        records = self._history.imports()
        since = self._imported_at
        feeds = {one.feed_id for one in records if since is None or one.imported_at > since}
        self._imported_at = max((one.imported_at for one in records), default=since)
        return {
            spec.key
            for spec in self._specs
            if spec.cadence_s >= ANEW_FROM_S
            and spec.key not in self._wrong
            and not feeds.isdisjoint(self._reader.feeds_of(spec))
        }

    @contextmanager
    def _told_once(self, store: str, part: str) -> Iterator[None]:
        """A store that is away is logged once, and again when every part of the work that it failed has gone
        well."""
        lacked = {name for name, _ in self._away}
        try:
            yield
        except StoreError as error:
            if store not in lacked:
                log.error(f"{store} store away", part=LEASE, reason=str(error))
            self._away.add((store, part))
        else:
            self._away.discard((store, part))
            if store in lacked and store not in {name for name, _ in self._away}:
                log.info(f"{store} store back", part=LEASE)


def _observation(value: IndicatorValue, period_s: float | None, now: datetime) -> Observation:
    """The value as an observation of its own series."""
    assert value.value is not None
    assert value.observed_at is not None
    return Observation(
        feed_id=INDICATOR_FEED,
        feature_id=CITY_FEATURE,
        property_id=value.key,
        value=value.value,
        unit=value.unit,
        observed_at=value.observed_at,
        received_at=now,
        period_s=period_s,
        cadence_s=value.cadence_s,
        value_class=value.value_class,
        synthetic=value.synthetic,
    )
