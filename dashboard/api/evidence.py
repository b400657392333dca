"""What stands behind a figure: the answer that the drawer of evidence is drawn from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from dashboard.api.evidence_answers import (
    BandView,
    Change,
    Flagged,
    IndicatorEvidence,
    Input,
    Interval,
    ObservationEvidence,
    PayloadLink,
    Recent,
    RejectedInput,
    ScaleView,
)
from dashboard.api.schemas import PREFIX
from data_sources.measures.preference import preferred
from data_sources.model.city import FeedSpec
from data_sources.model.indicator import BandScale, IndicatorSpec, IndicatorValue, InputSpec
from data_sources.model.observation import CITY_FEATURE, INDICATOR_FEED, Grain, Series
from data_sources.services import Services
from data_sources.stores.intervals import expected_values, interval_of
from data_sources.views.feeds import BothNames
from data_sources.views.indicators import both, indicator_item
from data_sources.views.observations import observation_view, place_names
from data_sources.views.platform_feeds import feeds_behind

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INPUTS_MAX = 40
RECENT_MAX = 12
REJECTED_MAX = 8
PAYLOADS_MAX = 8
BACK = (
    (3600.0, Grain.HOUR, 24),
    (86_400.0, Grain.DAY, 14),
    (7 * 86_400.0, Grain.WEEK, 12),
    (31 * 86_400.0, Grain.MONTH, 12),
)
"""Up to which cadence in seconds what came is told by which interval, and how many of them."""
FLAGGED_FOR = timedelta(days=5 * 366)


def indicator_evidence(
    services: Services, spec: IndicatorSpec, value: IndicatorValue | None, now: datetime
) -> IndicatorEvidence:
    """What stands behind an indicator at `now`."""
    city, history = services.city, services.history
    places = place_names(city, services.live.features())
    item = indicator_item(spec, value, places, now)
    inputs = _inputs(services, spec, places, now)
    series = [one for wanted in spec.inputs.values() for one in _series_of(services, wanted)]
    told_by = item.feed_ids or tuple(dict.fromkeys(one.feed_id for one in series))
    sent_by = feeds_behind(told_by, (one.property for one in spec.inputs.values()), city)
    kept = history.series(spec.key, INDICATOR_FEED, CITY_FEATURE)
    own = min(kept, key=lambda one: one.synthetic, default=None)
    return IndicatorEvidence(
        synthetic=services.synthetic if item.value is None else item.synthetic,
        replay=services.replay,
        key=spec.key,
        name=item.name,
        unit=spec.unit,
        decimals=spec.decimals,
        cadence_s=spec.cadence_s,
        agency=item.source,
        definition=item.definition,
        formula=item.formula,
        references=spec.references,
        place=None,
        item=item,
        scale=_scale(city.scales.get(spec.bands) if spec.bands else None),
        inputs=inputs[:INPUTS_MAX],
        inputs_total=len(inputs),
        intervals=_intervals(services, series, now),
        recent=[] if own is None else _recent(services, own, now, spec.cadence_s),
        flagged=_flagged(services, series, now),
        rejected=rejected_of(services, sent_by),
        changes=changes_of(services, sent_by),
        payloads=payloads_of(services, sent_by),
        csv=f"{PREFIX}/indicators/{spec.key}/series?{urlencode({'grain': _rows_of(spec), 'format': 'csv'})}",
    )


def observation_evidence(services: Services, series: Series, now: datetime) -> ObservationEvidence | None:
    """What stands behind the last value of a series; None when the live picture has none."""
    city = services.city
    known = services.live.observations().get(series.feed_id, ())
    last = next(
        (
            one
            for one in known
            if (one.feature_id, one.property_id) == (series.feature_id, series.property_id)
        ),
        None,
    )
    if last is None:
        return None
    spec = city.properties.get(series.property_id)
    feed = city.feed(series.feed_id)
    view = observation_view(last, city, series.cadence_s, now)
    places = place_names(city, services.live.features())
    plain = both(series.property_id, series.property_id)
    return ObservationEvidence(
        synthetic=last.synthetic,
        replay=services.replay,
        key=None,
        name=both(spec.names.th, spec.names.en) if spec else plain,
        unit=last.unit,
        decimals=spec.decimals if spec else 2,
        cadence_s=series.cadence_s,
        agency=both(feed.agency.th, feed.agency.en) if feed else None,
        definition=None,
        formula=None,
        references=(),
        place=places.get(series.feature_id, both(series.feature_id, series.feature_id)),
        item=view,
        scale=_scale(city.scales.get(view.scale) if view.scale else None),
        inputs=[],
        inputs_total=0,
        intervals=_intervals(services, [series], now),
        recent=_recent(services, series, now, series.cadence_s),
        flagged=_flagged(services, [series], now),
        rejected=rejected_of(services, (series.feed_id,)),
        changes=[],
        payloads=payloads_of(services, feeds_behind([series.feed_id], [series.property_id], city)),
        csv=series_address(series),
    )


def _rows_of(spec: IndicatorSpec) -> Grain:
    """By which intervals its rows are handed out."""
    return Grain.DAY if spec.cadence_s < BACK[-1][0] else Grain.MONTH


def series_address(series: Series, grain: Grain = Grain.RAW) -> str:
    """Where the rows of a series are."""
    asked = {
        "feature_id": series.feature_id,
        "property": series.property_id,
        "feed_id": series.feed_id,
        "grain": grain.value,
        "format": "csv",
    }
    return f"{PREFIX}/observations/series?{urlencode(asked)}"


def _series_of(services: Services, wanted: InputSpec) -> list[Series]:
    return preferred(services.history.series(wanted.property), wanted)


def _inputs(
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
        for series in _series_of(services, wanted):
            last = live.get((series.feed_id, series.feature_id, series.property_id))
            if last is None:
                continue
            view = observation_view(last, city, series.cadence_s, now)
            known = city.properties.get(series.property_id)
            plain = both(series.property_id, series.property_id)
            found.append(
                Input(
                    name=places.get(series.feature_id, both(series.feature_id, series.feature_id)),
                    property=series.property_id,
                    property_name=both(known.names.th, known.names.en) if known else plain,
                    feature_id=series.feature_id,
                    feed_id=series.feed_id,
                    value=last.value,
                    unit=last.unit,
                    observed_at=last.observed_at,
                    state=view.state,
                    quality=last.flags,
                    csv=series_address(series),
                )
            )
    return found


def _intervals(services: Services, series: Sequence[Series], now: datetime) -> list[Interval]:
    """What came of what was promised in intervals that promise at least one value; none where a value is
    promised less often than once a month."""
    cadence_s = min((one.cadence_s for one in series), default=None)
    known = next((one for one in BACK if cadence_s is not None and cadence_s <= one[0]), None)
    if known is None:
        return []
    _, grain, back = known
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


def _recent(services: Services, series: Series, now: datetime, cadence_s: float) -> list[Recent]:
    """The last values, newest first; of a series that is told seldom the last there are, however old. Of an
    indicator's past the hours are kept."""
    since = now - timedelta(seconds=cadence_s) * RECENT_MAX * 2 - DAY
    if cadence_s >= DAY.total_seconds() and series.last_at is not None:
        since = min(since, series.last_at - timedelta(seconds=cadence_s) * RECENT_MAX)
    found = services.history.observation_values([series.series_id], since, now + DAY)
    pairs = {at: value for one in found for at, value in zip(one.times, one.values, strict=True)}
    if not pairs and cadence_s >= HOUR.total_seconds():
        hours = services.history.rollups([series.series_id], Grain.HOUR, since, now)
        pairs = {one.start + HOUR: one.last for some in hours for one in some.rollups}
    return [Recent(observed_at=at, value=pairs[at]) for at in sorted(pairs, reverse=True)[:RECENT_MAX]]


def _flagged(services: Services, series: Sequence[Series], now: datetime) -> list[Flagged]:
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


def rejected_of(services: Services, feed_ids: Iterable[str]) -> list[RejectedInput]:
    """The last refusals of these feeds."""
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
        for one in services.history.quarantined(feed_id, REJECTED_MAX)
    ]
    return sorted(found, key=lambda one: one.last_at, reverse=True)[:REJECTED_MAX]


def payloads_of(services: Services, feed_ids: Iterable[str]) -> list[PayloadLink]:
    """The last message of each of these feeds that has one, the newest first: of many only so many."""
    found = []
    for feed_id in feed_ids:
        stored = services.history.latest_payload(feed_id)
        if stored is not None:
            found.append(
                PayloadLink(
                    feed_id=feed_id,
                    feed_name=_feed_name(services.city.feed(feed_id), feed_id),
                    payload_id=stored.payload_id,
                    received_at=stored.payload.received_at,
                )
            )
    return sorted(found, key=lambda one: one.received_at, reverse=True)[:PAYLOADS_MAX]


def _feed_name(feed: FeedSpec | None, feed_id: str) -> BothNames:
    return both(feed.names.th, feed.names.en) if feed else both(feed_id, feed_id)


def changes_of(services: Services, feed_ids: Iterable[str]) -> list[Change]:
    """Files that were handed in for these feeds."""
    wanted = frozenset(feed_ids)
    return [
        Change(
            at=one.imported_at,
            text=both(*(f"{one.file_name}: +{one.accepted} ~{one.corrected} ×{len(one.rejected)}",) * 2),
        )
        for one in services.history.imports(REJECTED_MAX)
        if one.feed_id in wanted
    ]


def _scale(scale: BandScale | None) -> ScaleView | None:
    if scale is None:
        return None
    bands = [
        BandView(upto=band.upto, status=band.status, name=both(band.names.th, band.names.en))
        for band in scale.bands
    ]
    return ScaleView(
        name=both(scale.names.th, scale.names.en),
        source=scale.source,
        proposed=scale.proposed,
        bands=bands,
    )
