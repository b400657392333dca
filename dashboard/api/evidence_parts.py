"""Parts of what stands behind a figure: inputs, what came of what was promised, last values, what looks odd,
what was refused, messages and files."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from dashboard.api.evidence_answers import (
    BandView,
    Change,
    Flagged,
    Input,
    Interval,
    PayloadLink,
    Recent,
    RejectedInput,
    ScaleView,
)
from dashboard.api.schemas import PREFIX
from data_sources.measures.freshness import Freshness
from data_sources.measures.preference import preferred
from data_sources.model.city import City, FeedSpec
from data_sources.model.feed import ImportRecord
from data_sources.model.indicator import BandScale, IndicatorSpec, InputSpec
from data_sources.model.observation import Grain, Series
from data_sources.services import Services
from data_sources.stores.intervals import Interval as Between
from data_sources.stores.intervals import expected_values, interval_of
from data_sources.views.feeds import BothNames
from data_sources.views.indicators import both
from data_sources.views.observations import observation_view

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
INPUTS_MAX = 40
RECENT_MAX = 12
REJECTED_MAX = 8
REJECTED_LOOKED_AT = 200
PAYLOADS_MAX = 8
FILES_MAX = 3
BACK = (
    (3600.0, Grain.HOUR, 24),
    (86_400.0, Grain.DAY, 14),
    (7 * 86_400.0, Grain.WEEK, 12),
    (31 * 86_400.0, Grain.MONTH, 12),
)
"""Up to which cadence in seconds what came is told by which interval, and how many of them."""
FLAGGED_FOR = timedelta(days=5 * 366)


def series_address(series: Series, grain: Grain = Grain.RAW, between: Between | None = None) -> str:
    """Where the rows of a series are, those of an interval if there is one."""
    asked = {
        "feature_id": series.feature_id,
        "property": series.property_id,
        "feed_id": series.feed_id,
        "grain": grain.value,
        "format": "csv",
        **_span(between),
    }
    return f"{PREFIX}/observations/series?{urlencode(asked)}"


def indicator_rows(key: str, grain: Grain, between: Between | None = None) -> str:
    """Where the rows of an indicator are, those of an interval if there is one."""
    asked = {"grain": grain.value, "format": "csv", **_span(between)}
    return f"{PREFIX}/indicators/{key}/series?{urlencode(asked)}"


def _span(between: Between | None) -> dict[str, str]:
    return {} if between is None else {"from": _zulu(between[0]), "to": _zulu(between[1])}


def _zulu(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def series_of(services: Services, wanted: InputSpec) -> list[Series]:
    return preferred(services.history.series(wanted.property), wanted)


def inputs_of(
    services: Services, spec: IndicatorSpec, places: Mapping[str, BothNames], now: datetime
) -> list[Input]:
    """The indicator's series with their last values, as far as the live picture has them."""
    city = services.city
    live = {
        (one.feed_id, one.feature_id, one.property_id): one
        for some in services.live.observations().values()
        for one in some
    }
    found = []
    for wanted in spec.inputs.values():
        for series in series_of(services, wanted):
            last = live.get((series.feed_id, series.feature_id, series.property_id))
            if last is None:
                continue
            view = observation_view(last, city, series.cadence_s, now)
            found.append(
                named_input(
                    city,
                    places,
                    series,
                    value=last.value,
                    observed_at=last.observed_at,
                    csv=series_address(series),
                    state=view.state,
                    quality=last.flags,
                )
            )
    return found


def named_input(
    city: City,
    places: Mapping[str, BothNames],
    series: Series,
    *,
    value: float,
    observed_at: datetime,
    csv: str,
    state: Freshness | None = None,
    quality: tuple[str, ...] = (),
) -> Input:
    """A series that goes in, by the names of its place and property."""
    known = city.properties.get(series.property_id)
    plain = both(series.property_id, series.property_id)
    return Input(
        name=places.get(series.feature_id, both(series.feature_id, series.feature_id)),
        property=series.property_id,
        property_name=both(known.names.th, known.names.en) if known else plain,
        feature_id=series.feature_id,
        feed_id=series.feed_id,
        value=value,
        unit=series.unit,
        observed_at=observed_at,
        state=state,
        quality=quality,
        csv=csv,
    )


def intervals_of(
    services: Services, series: Sequence[Series], now: datetime, known: tuple[Grain, int] | None = None
) -> list[Interval]:
    """What came up to `now` of what was promised, in so many intervals of the grain (by default such that
    each promises at least one value; none where one is promised less often than once a month)."""
    cadence_s = min((one.cadence_s for one in series), default=math.inf)
    told_by = known or next(((grain, back) for upto_s, grain, back in BACK if cadence_s <= upto_s), None)
    if told_by is None or not series:
        return []
    grain, back = told_by
    zone = services.city.zone
    spans = [interval_of(grain, now, zone)]
    while len(spans) < back:
        spans.append(interval_of(grain, spans[-1][0] - timedelta(microseconds=1), zone))
    counts = {start: 0 for start, _ in reversed(spans)}
    promised = {
        start: sum(expected_values(one.cadence_s, (start, end)) for one in series) for start, end in spans
    }
    ids = [one.series_id for one in series]
    for some in services.history.rollups(ids, grain, spans[-1][0], now + timedelta(microseconds=1)):
        for one in some.rollups:
            if one.start in counts:
                counts[one.start] += one.count
    return [
        Interval(start=start.astimezone(UTC), count=count, expected=promised[start])
        for start, count in counts.items()
    ]


def recent_of(services: Services, series: Series, now: datetime, cadence_s: float) -> list[Recent]:
    """The last values, newest first; of a series that is told seldom the last there are, however old. Of an
    indicator's past the hours are kept."""
    since = now - timedelta(seconds=cadence_s) * RECENT_MAX * 2 - DAY
    if cadence_s >= DAY.total_seconds() and series.last_at is not None:
        since = min(since, series.last_at - timedelta(seconds=cadence_s) * RECENT_MAX)
    return recent_between(services, series, (since, now + DAY), cadence_s)


def recent_between(services: Services, series: Series, between: Between, cadence_s: float) -> list[Recent]:
    """The last values of an interval, newest first."""
    found = services.history.observation_values([series.series_id], *between)
    pairs = {at: value for one in found for at, value in zip(one.times, one.values, strict=True)}
    if not pairs and cadence_s >= HOUR.total_seconds():
        hours = services.history.rollups([series.series_id], Grain.HOUR, *between)
        ends = ((one.start + HOUR, one.last) for some in hours for one in some.rollups)
        pairs = {at: value for at, value in ends if at <= between[1]}
    return [Recent(observed_at=at, value=pairs[at]) for at in sorted(pairs, reverse=True)[:RECENT_MAX]]


def flagged_of(services: Services, series: Sequence[Series], now: datetime) -> list[Flagged]:
    """What looks odd in the values of series that are told once a day or more seldom: sheets, mostly."""
    slow = [one.series_id for one in series if one.cadence_s >= DAY.total_seconds()][:INPUTS_MAX]
    if not slow:
        return []
    counts = Counter(
        code
        for one in services.history.observation_values(slow, now - FLAGGED_FOR, now + DAY)
        for codes in one.flags.values()
        for code in codes
    )
    return [Flagged(code=code, count=count) for code, count in counts.most_common()]


def rejected_of(
    services: Services, feed_ids: Iterable[str], between: Between | None = None
) -> list[RejectedInput]:
    """The last refusals of these feeds, those within an interval if there is one."""
    looked_at = REJECTED_MAX if between is None else REJECTED_LOOKED_AT
    found = [
        RejectedInput(
            feed_id=one.feed_id,
            code=one.code,
            entity_id=one.entity_id,
            detail=one.detail,
            last_at=one.last_at,
            count=one.count,
            payload_id=one.payload_id,
        )
        for feed_id in feed_ids
        for one in services.history.quarantined(feed_id, looked_at)
        if between is None or (one.first_at < between[1] and one.last_at >= between[0])
    ]
    return sorted(found, key=lambda one: one.last_at, reverse=True)[:REJECTED_MAX]


def files_of(
    services: Services, feed_ids: Iterable[str], properties: Iterable[str] | None = None
) -> list[ImportRecord]:
    """The last files that were handed in for these feeds, those that tell of one of the properties if there
    are any."""
    told = None if properties is None else tuple(properties)
    return services.history.imports(REJECTED_MAX, tuple(feed_ids), told)


def payloads_of(
    services: Services, feed_ids: Iterable[str], files: Iterable[ImportRecord]
) -> list[PayloadLink]:
    """The last message of each of these feeds that has one, and the last files, the newest first: of many
    only so many."""
    messages = []
    for feed_id in feed_ids:
        last = services.history.latest_message(feed_id)
        if last is not None:
            messages.append(
                PayloadLink(
                    feed_id=feed_id,
                    feed_name=_feed_name(services.city.feed(feed_id), feed_id),
                    payload_id=last.payload_id,
                    received_at=last.received_at,
                )
            )
    kept = [
        PayloadLink(
            feed_id=one.feed_id,
            feed_name=_feed_name(services.city.feed(one.feed_id), one.feed_id),
            payload_id=one.payload_id,
            received_at=one.imported_at,
            file_name=one.file_name,
        )
        for one in files
        if one.payload_id is not None
    ]
    found = (*_newest(messages)[:PAYLOADS_MAX], *_newest(kept)[:FILES_MAX])
    return _newest(found)


def _newest(links: Iterable[PayloadLink]) -> list[PayloadLink]:
    return sorted(links, key=lambda one: one.received_at, reverse=True)


def _feed_name(feed: FeedSpec | None, feed_id: str) -> BothNames:
    return both(feed.names.th, feed.names.en) if feed else both(feed_id, feed_id)


def changes_of(files: Iterable[ImportRecord]) -> list[Change]:
    """What files that were handed in changed."""
    return [
        Change(
            at=one.imported_at,
            text=both(*(f"{one.file_name}: +{one.accepted} ~{one.corrected} ×{len(one.rejected)}",) * 2),
            payload_id=one.payload_id,
        )
        for one in files
    ]


def scale_of(scale: BandScale | None) -> ScaleView | None:
    if scale is None:
        return None
    bands = [
        BandView(upto=band.upto, status=band.status, name=both(band.names.th, band.names.en))
        for band in scale.bands
    ]
    return ScaleView(
        name=both(scale.names.th, scale.names.en),
        source=scale.source,
        source_th=scale.source_th,
        proposed=scale.proposed,
        bands=bands,
    )
