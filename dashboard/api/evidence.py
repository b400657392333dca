"""What stands behind a figure: the answer that the drawer of evidence is drawn from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.api.evidence_answers import IndicatorEvidence, ObservationEvidence
from dashboard.api.evidence_parts import (
    BACK,
    INPUTS_MAX,
    changes_of,
    files_of,
    flagged_of,
    indicator_rows,
    inputs_of,
    intervals_of,
    payloads_of,
    recent_of,
    rejected_of,
    scale_of,
    series_address,
    series_of,
)
from data_sources.model.indicator import IndicatorSpec, IndicatorValue
from data_sources.model.observation import CITY_FEATURE, INDICATOR_FEED, Grain, Series
from data_sources.services import Services
from data_sources.views.indicators import IndicatorItem, both, indicator_item
from data_sources.views.observations import observation_view, place_names
from data_sources.views.platform_feeds import feeds_behind


@dataclass(frozen=True, slots=True)
class Behind:
    """What an indicator is made of: the series that go in, its own, and the feeds that were heard for it."""

    series: list[Series]
    own: Series | None
    sent_by: tuple[str, ...]


def behind(services: Services, spec: IndicatorSpec, item: IndicatorItem) -> Behind:
    """What the indicator is made of; its own series is the real one, if there are two."""
    series = [one for wanted in spec.inputs.values() for one in series_of(services, wanted)]
    told_by = item.feed_ids or tuple(dict.fromkeys(one.feed_id for one in series))
    kept = services.history.series(spec.key, INDICATOR_FEED, CITY_FEATURE)
    return Behind(
        series=series,
        own=min(kept, key=lambda one: one.synthetic, default=None),
        sent_by=feeds_behind(told_by, _properties(spec), services.city),
    )


def standing(services: Services, spec: IndicatorSpec, item: IndicatorItem, made_of: Behind) -> dict[str, Any]:
    """What is the same behind every figure of the indicator, whenever it was: fields of `Evidence`."""
    city = services.city
    files = files_of(services, made_of.sent_by, _properties(spec))
    return {
        "replay": services.replay,
        "key": spec.key,
        "name": item.name,
        "unit": spec.unit,
        "decimals": spec.decimals,
        "cadence_s": spec.cadence_s,
        "agency": item.source,
        "definition": item.definition,
        "formula": item.formula,
        "references": spec.references,
        "place": None,
        "scale": scale_of(city.scales.get(spec.bands) if spec.bands else None),
        "changes": changes_of(files),
        "payloads": payloads_of(services, made_of.sent_by, files),
    }


def indicator_evidence(
    services: Services, spec: IndicatorSpec, value: IndicatorValue | None, now: datetime
) -> IndicatorEvidence:
    """What stands behind an indicator at `now`."""
    places = place_names(services.city, services.live.features())
    item = indicator_item(spec, value, places, now)
    made_of = behind(services, spec, item)
    own = made_of.own
    inputs = inputs_of(services, spec, places, now)
    return IndicatorEvidence(
        **standing(services, spec, item, made_of),
        synthetic=services.synthetic if item.value is None else item.synthetic,
        item=item,
        inputs=inputs[:INPUTS_MAX],
        inputs_total=len(inputs),
        intervals=intervals_of(services, made_of.series, now),
        recent=[] if own is None else recent_of(services, own, now, spec.cadence_s),
        flagged=flagged_of(services, made_of.series, now),
        rejected=rejected_of(services, made_of.sent_by),
        csv=indicator_rows(spec.key, _rows_of(spec)),
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
    files = files_of(services, (series.feed_id,), (series.property_id,))
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
        scale=scale_of(city.scales.get(view.scale) if view.scale else None),
        inputs=[],
        inputs_total=0,
        intervals=intervals_of(services, [series], now),
        recent=recent_of(services, series, now, series.cadence_s),
        flagged=flagged_of(services, [series], now),
        rejected=rejected_of(services, (series.feed_id,)),
        changes=changes_of(files),
        payloads=payloads_of(services, feeds_behind([series.feed_id], [series.property_id], city), files),
        csv=series_address(series),
    )


def _properties(spec: IndicatorSpec) -> tuple[str, ...]:
    return tuple(one.property for one in spec.inputs.values())


def _rows_of(spec: IndicatorSpec) -> Grain:
    """By which intervals its rows are handed out."""
    return Grain.DAY if spec.cadence_s < BACK[-1][0] else Grain.MONTH
