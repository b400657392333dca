"""Back history of the simulated city: two years by the hour, by the bulk path of the history store.

The same functions as the wire's, so that what is loaded here and what comes by the feeds join without a step.
A year at a time, the newest first: what is held in memory does not grow with the years. A series that reaches
back to the beginning of a year is left alone in it, so that a run that was killed goes on where it stopped,
and another run changes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from data_sources.model.city import City, FeedSpec
from data_sources.model.indicator import IndicatorSpec
from data_sources.model.observation import (
    CITY_FEATURE,
    FEED_UP,
    INDICATOR_FEED,
    PLATFORM_EVERY_S,
    PLATFORM_FEED,
    Series,
    ValueClass,
    feed_feature,
)
from data_sources.simulator.chance import Floats, Indices, uniform
from data_sources.simulator.channels import Channel, channels_of, published
from data_sources.simulator.figures import figure
from data_sources.simulator.nature import HOUR_S, Nature, Sky
from data_sources.simulator.observatory import KINDS
from data_sources.simulator.scenario import ScenarioSpec
from data_sources.simulator.service_past import ServicePast, Town
from data_sources.simulator.wire_flood_telemetry import silent_gauge
from data_sources.stores.base import HistoryStore
from data_sources.stores.folding import hour_of_utc
from data_sources.stores.intervals import HOUR, expected_values
from data_sources.stores.rollup_columns import RollupColumns

SPAN = timedelta(days=2 * 365 + 1)
EARLIER = timedelta(days=3 * 365 + 1)
"""Statistics reach back so much further: two years of quarters and years would be no course, and months are
compared over the same five years."""
STATISTICS = frozenset({"month", "quarter", "year"})
PORTION = timedelta(days=366)
"""So long a time is worked out at once."""
SAMPLES = 4
"""Values looked at in an hour of a series that tells several times in it."""
OUTAGE_SHARE, OUTAGE_HOURS = 0.004, 5
"""Share of the time in which a feed was down, and how long at a time."""
UNTOLD = frozenset({"streetlight_on"})
"""Without back history: it says no more than whether it was night."""
REACHED_WITHIN = timedelta(days=45)
"""An indicator that begins so much later than it could has its past worked out (as in the rollup loop)."""

Fill = Callable[[IndicatorSpec], int]
"""Works out and keeps the past of an indicator; hours kept."""

Progress = Callable[[int, int], None]
"""Told how many series are done, of how many."""


@dataclass(frozen=True, slots=True)
class Part:
    """One series to load; `make` gives its hours."""

    series: Series
    make: Callable[[], RollupColumns]


def backfill(
    town: Town,
    history: HistoryStore,
    nature: Nature,
    scenario: ScenarioSpec,
    now: datetime,
    *,
    fill: Fill,
    span: timedelta = SPAN,
    progress: Progress | None = None,
) -> int:
    """Load what is missing before `now`, and work out the past of indicators by `fill`; rows written.
    StoreError when the history is away."""
    end = hour_of_utc(now)
    begin = hour_of_utc(end - span)
    portions = list(_portions(begin, end))
    past = ServicePast(town, nature, scenario)
    reach = {_key(one): one.first_at for one in history.series() if one.synthetic}
    rows, total, telling = 0, 0, False

    def told(count: int) -> None:
        if progress is not None and telling:
            progress(count, total)

    for number, (first, last) in enumerate(portions):
        parts = list(_parts(past, first, last, since=begin if number == 0 else None))
        if number == 0:
            series = len(parts)
            total = series + len(town.city.indicators)
        for place, part in enumerate(parts, number * len(parts)):
            if _reaches(reach.get(_key(part.series)), part.series.first_at):
                continue
            if not telling:
                telling = True
                told(place * series // (len(parts) * len(portions)))
            hours = part.make()
            if len(hours):
                rows += history.load_hours([(part.series, hours)], town.city.zone)
            told((place + 1) * series // (len(parts) * len(portions)))
    reached = {one.property_id for one in history.series(feed_id=INDICATOR_FEED) if _is_early(one, begin)}
    for place, spec in enumerate(town.city.indicators, series + 1):
        if spec.key not in reached:
            rows += fill(spec)
        told(place)
    return rows


def _portions(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time in portions, the newest first."""
    while True:
        first = max(begin, end - PORTION)
        yield first, end
        if first <= begin:
            return
        end = first


def _parts(past: ServicePast, begin: datetime, end: datetime, since: datetime | None) -> Iterator[Part]:
    """Series in [begin, end), and with `since` those of longer periods from then on."""
    yield from _observed(past.town.city, _Skies(past.nature, begin, end), since)
    yield from _platform(past, begin, end)


def _key(one: Series) -> tuple[str, str, str]:
    return one.feed_id, one.feature_id, one.property_id


def _is_early(one: Series, begin: datetime) -> bool:
    return one.synthetic and one.first_at is not None and one.first_at <= begin + REACHED_WITHIN


def _reaches(known: datetime | None, wanted: datetime | None) -> bool:
    return known is not None and wanted is not None and known <= wanted


def _observed(city: City, skies: "_Skies", since: datetime | None) -> Iterator[Part]:
    for feed in city.feeds:
        if feed.simulated is None or feed.simulated_entities not in KINDS:
            continue
        channels = [one for one in channels_of(feed, city) if one.property_id not in UNTOLD]
        gauges = [one.feature.feature_id for one in channels if one.feature.kind == "rain_gauge"]
        silent = silent_gauge(gauges) if feed.kind == "flood_telemetry" else None
        for channel in channels:
            if channel.feature.feature_id == silent:
                continue
            if channel.every is None:
                yield _of_steps(city, feed, channel, skies)
            elif since is not None:
                yield from _of_periods(city, feed, channel, skies, since)


class _Skies:
    """The sky of all hours, once for each grid of times that series need."""

    def __init__(self, nature: Nature, begin: datetime, end: datetime) -> None:
        self.nature = nature
        self.begin_s, self.end_s = begin.timestamp(), end.timestamp()
        self._known: dict[tuple[float, bool], Sky] = {}

    def sky(self, step_s: float, ends: bool) -> Sky:
        """At multiples of the step: those within (begin, end] for values that hold for a period before them
        (`ends`), else within [begin, end)."""
        if (step_s, ends) not in self._known:
            first = np.ceil(self.begin_s / step_s) * step_s
            at_s = np.arange(first, self.end_s + step_s, step_s)
            inside = (at_s > self.begin_s) & (at_s <= self.end_s) if ends else at_s < self.end_s
            self._known[step_s, ends] = self.nature.at(at_s[inside])
        return self._known[step_s, ends]


def _of_steps(city: City, feed: FeedSpec, channel: Channel, skies: _Skies) -> Part:
    step_s = max(channel.step_s, HOUR_S / SAMPLES)
    ends = channel.period_s is not None
    cadence_s = feed.promised_every.total_seconds()
    first_s = np.ceil(skies.begin_s / step_s) * step_s

    def make() -> RollupColumns:
        sky = skies.sky(step_s, ends)
        values = figure(channel.property_id, sky, channel.place)
        moments = sky.at_s - 1e-3 if ends else sky.at_s
        hours = np.floor(moments / HOUR_S).astype(np.int64)
        kept = ~outages(skies.nature.seed, feed.feed_id, hours)
        return _rollups(hours[kept], values[kept], expected_values(cadence_s, (_EPOCH, _EPOCH + HOUR)))

    # A feed that was down at the very beginning begins a little later.
    first = datetime.fromtimestamp(first_s, UTC) + OUTAGE_HOURS * 2 * HOUR + timedelta(seconds=step_s)
    return Part(_series(city, feed, channel, channel.period_s, first), make)


def _of_periods(
    city: City, feed: FeedSpec, channel: Channel, skies: _Skies, since: datetime
) -> Iterator[Part]:
    """A series of days, months or years: each value in the last hour of its period."""
    end = datetime.fromtimestamp(skies.end_s, UTC)
    told = published(channel, city, end, since - EARLIER if channel.every in STATISTICS else since)
    if not told:
        return
    of_period = feed.mapping is not None
    last = told[-1][0]
    period_s = (last.after - last.first).total_seconds() if of_period else channel.period_s

    def make() -> RollupColumns:
        ends = [at for _, at in told]
        moments = np.array([at.timestamp() for at in ends]) - (1e-3 if period_s is not None else 0.0)
        hours = np.floor(moments / HOUR_S).astype(np.int64)
        return _rollups(hours, np.array(channel.values(skies.nature, ends)), 1)

    yield Part(_series(city, feed, channel, period_s, told[0][1]), make)


def _platform(past: ServicePast, begin: datetime, end: datetime) -> Iterator[Part]:
    """What the platform would have observed of itself, in the hours before `end`."""
    starts_s = np.arange(begin.timestamp(), end.timestamp(), HOUR_S)
    hours = np.floor(starts_s / HOUR_S).astype(np.int64)
    city = past.town.city
    feeds = [feed for feed in city.feeds if feed.configured]
    down = {feed.feed_id: outages(past.nature.seed, feed.feed_id, hours) for feed in feeds}
    made: dict[tuple[str, str], Floats] = {
        (feed_feature(feed_id), FEED_UP): np.where(is_down, 0.0, 1.0) for feed_id, is_down in down.items()
    }
    if feeds:
        made[CITY_FEATURE, "feeds_fresh"] = 100 * np.mean([~one for one in down.values()], axis=0)
    figures = past.figures(starts_s) if hours.size else {}
    made |= {(CITY_FEATURE, name): values for name, values in figures.items()}
    expected = expected_values(PLATFORM_EVERY_S, (_EPOCH, _EPOCH + HOUR))
    for (feature_id, property_id), values in made.items():
        spec = city.properties.get(property_id)
        series = Series(
            series_id=0,
            feed_id=PLATFORM_FEED,
            feature_id=feature_id,
            property_id=property_id,
            unit=spec.unit if spec else "",
            cadence_s=PLATFORM_EVERY_S,
            synthetic=True,
            first_at=begin + 2 * OUTAGE_HOURS * HOUR,
        )
        yield Part(series, _maker(hours, values, expected))


def _maker(hours: Indices, values: Floats, count: int) -> Callable[[], RollupColumns]:
    return lambda: _rollups(hours[~np.isnan(values)], values[~np.isnan(values)], count)


def _series(city: City, feed: FeedSpec, channel: Channel, period_s: float | None, first: datetime) -> Series:
    """The series as the feed's own parser would register it; `first_at`: it reaches back far enough if it
    begins by then."""
    spec = city.properties.get(channel.property_id)
    return Series(
        series_id=0,
        feed_id=feed.feed_id,
        feature_id=channel.feature.feature_id,
        property_id=channel.property_id,
        unit=spec.unit if spec else "",
        cadence_s=feed.promised_every.total_seconds(),
        period_s=period_s,
        value_class=ValueClass.SYNTHETIC,
        synthetic=True,
        first_at=first,
    )


def outages(seed: int, feed_id: str, hours: Indices) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Whether the feed was down in these hours since 1970."""
    return uniform(seed, f"outage/{feed_id}", hours // OUTAGE_HOURS) < OUTAGE_SHARE


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_US = 3_600_000_000


def _rollups(hours: Indices, values: Floats, count: int) -> RollupColumns:
    """Rollups of values by the hour that each counts for, `hours` rising; `count` values are in each."""
    begins = np.flatnonzero(np.diff(hours, prepend=hours[:1] - 1))
    last = np.append(begins[1:], hours.size)[: begins.size] - 1
    counts = np.full(begins.size, count, dtype=np.int64)
    some = begins.size > 0
    return RollupColumns(
        starts_us=hours[begins] * _HOUR_US,
        count=counts,
        expected=counts,
        minimum=np.minimum.reduceat(values, begins) if some else values,
        mean=np.add.reduceat(values, begins) / (last - begins + 1) if some else values,
        maximum=np.maximum.reduceat(values, begins) if some else values,
        last=values[last],
    )
