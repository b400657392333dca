"""The city whose past `make bench-history` fills: every series that the bundled city registers when it runs,
and what its feeds and the live store hold beside them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dashboard.settings import load_settings
from data_sources.catalogue import load_city
from data_sources.model.feed import Batch, FeedState, FeedStatus, Payload, Rejected
from data_sources.model.indicator import IndicatorValue, Status
from data_sources.model.observation import CITY_FEATURE, INDICATOR_FEED, PLATFORM_FEED, Feature, Observation
from data_sources.simulator.channels import channels_of
from data_sources.stores.base import HistoryStore
from data_sources.stores.live import RedisLive

CITY = load_city(load_settings().city, {})
INDICATORS = 60
"""Those of the bundled city, so that its pages find their past, and others to make up the count."""
HOUR_S = 3600.0
PLATFORM_S = 60.0
MESSAGES = 10
"""Payloads kept of each feed; only their number matters to who asks for the last one."""
REFUSED = 300
"""Entities of each feed in quarantine."""
LINE_POINTS = 30

_CADENCES = {spec.key: spec.cadence_s for spec in CITY.indicators}
KEYS = (*_CADENCES, *(f"BEN-{number:02}" for number in range(INDICATORS)))[:INDICATORS]


def observations_at(moment: datetime) -> list[Observation]:
    """One value of each series: what feeds tell, what the platform tells of itself, and the indicators."""
    return [*_told(moment), *_of_platform(moment), *indicator_values(moment)]


def indicator_values(moment: datetime) -> list[Observation]:
    """One value of each indicator."""
    return [
        _value(INDICATOR_FEED, CITY_FEATURE, key, moment, _CADENCES.get(key, HOUR_S), 20.0 + index)
        for index, key in enumerate(KEYS)
    ]


def features() -> list[Feature]:
    """What feeds tell of."""
    return [
        Feature(
            feature_id=spec.feature_id,
            feed_id=feed.feed_id,
            kind=spec.kind,
            name={"th": spec.names.th, "en": spec.names.en},
            lat=spec.lat,
            lon=spec.lon,
            synthetic=True,
        )
        for feed in CITY.feeds
        for spec in {one.feature.feature_id: one.feature for one in channels_of(feed, CITY)}.values()
    ]


def record_messages(history: HistoryStore, moment: datetime) -> None:
    """Messages of every feed with their payloads, and what was refused of them."""
    refused = tuple(
        Rejected(
            code="implausible", entity_id=f"entity-{number}", detail="too much", record={"value": number}
        )
        for number in range(REFUSED)
    )
    for feed in CITY.feeds:
        for number in range(MESSAGES):
            at = moment - timedelta(minutes=MESSAGES - number)
            text = f'{{"number": {number}, "values": [{", ".join(map(str, range(500)))}]}}'
            payload = Payload(messages=(text.encode(),), received_at=at, content_type="application/json")
            batch = Batch(rejected=refused if number == 0 else ())
            history.record(feed.feed_id, at, batch, _status(feed.feed_id, feed.kind, at), payload)


def put_live(live: RedisLive, moment: datetime) -> None:
    """The current picture, as ingest and rollup put it."""
    live.put_indicators(indicators(moment))
    told, known = _told(moment), features()
    for feed in CITY.feeds:
        live.put_feed_status(_status(feed.feed_id, feed.kind, moment))
        own = [one for one in told if one.feed_id == feed.feed_id]
        live.put_observations(feed.feed_id, own, [one for one in known if one.feed_id == feed.feed_id])


def indicators(moment: datetime) -> list[IndicatorValue]:
    """Sixty indicators with their lines."""
    domains = {spec.key: spec.domain for spec in CITY.indicators}
    return [
        IndicatorValue(
            key=key,
            domain=domains.get(key, "environment"),
            unit="%",
            computed_at=moment,
            cadence_s=_CADENCES.get(key, HOUR_S),
            value=1.5,
            observed_at=moment,
            status=Status.NORMAL,
            line=tuple(n * 1.25 for n in range(LINE_POINTS)),
            line_start=moment - timedelta(days=LINE_POINTS),
            synthetic=True,
        )
        for key in KEYS
    ]


def _told(moment: datetime) -> list[Observation]:
    return [
        _value(
            feed.feed_id,
            channel.feature.feature_id,
            channel.property_id,
            moment,
            feed.promised_every.total_seconds(),
            20.0,
        )
        for feed in CITY.feeds
        for channel in channels_of(feed, CITY)
    ]


def _of_platform(moment: datetime) -> Iterator[Observation]:
    """Whether each feed was up, and inputs of indicators that no feed tells."""
    for feed in CITY.feeds:
        yield _value(PLATFORM_FEED, f"feed:{feed.feed_id}", "feed_up", moment, PLATFORM_S, 1.0)
    told = {one.property_id for one in _told(moment)} | {"feed_up"}
    inputs = {one.property for spec in CITY.indicators for one in spec.inputs.values()}
    for property_id in sorted(inputs - told):
        yield _value(PLATFORM_FEED, CITY_FEATURE, property_id, moment, PLATFORM_S, 50.0)


def _value(
    feed_id: str, feature_id: str, property_id: str, moment: datetime, cadence_s: float, value: float
) -> Observation:
    spec = CITY.properties.get(property_id)
    return Observation(
        feed_id=feed_id,
        feature_id=feature_id,
        property_id=property_id,
        value=value,
        unit=spec.unit if spec else "%",
        observed_at=moment,
        received_at=moment,
        cadence_s=cadence_s,
        synthetic=True,
    )


def _status(feed_id: str, kind: str, at: datetime) -> FeedStatus:
    return FeedStatus(
        feed_id=feed_id,
        kind=kind,
        state=FeedState.UP,
        interval_s=PLATFORM_S,
        last_try_at=at,
        last_good_at=at,
        last_content_at=at,
    )
