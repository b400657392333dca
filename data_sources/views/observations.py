"""Observations and citizens' tickets as they stand at an instant: topics `observations.<domain>`, `tickets`.

What is observed is the union of what feeds tell and what the pack expects: a station of the pack that
nobody has told of is there without values, so that its silence is seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from data_sources.measures.bands import band_and_status
from data_sources.measures.freshness import Freshness, fresh_limit_s, stale_limit_s, value_freshness
from data_sources.model.city import City, FeatureSpec, FeedSpec
from data_sources.model.indicator import BandScale, Status
from data_sources.model.observation import Feature, Observation, Ticket, ValueClass
from data_sources.views.feeds import BothNames

PATIENCE_S = 2.0
"""Feeds of one domain often speak one after the other; their words go out together."""
DOMAIN_OF_KIND = {
    "air_station": "environment",
    "weather_station": "environment",
    "rain_gauge": "environment",
    "lake": "environment",
    "road_point": "environment",
    "pipe_point": "environment",
    "river_gauge": "environment",
    "reservoir": "environment",
    "hotspot_area": "environment",
    "streetlight": "energy",
    "camera": "living",
}
"""Where a feature that is expected is missed when nobody tells of it."""
_json = msgspec.json.Encoder()


TICKET_KINDS = frozenset({"traffy"})
"""Kinds of feeds that bring citizens' reports."""


class FeatureView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is observed. `expected`: the pack names it, whether or not a feed tells of it.
    `scales`: the scales that its properties are judged by, where they are its own."""

    feature_id: str
    kind: str
    name: BothNames
    lat: float | None
    lon: float | None
    schematic: bool
    expected: bool
    max_level_m: float | None
    scales: dict[str, str]


class ObservationView(msgspec.Struct, frozen=True, kw_only=True, rename={"value_class": "class"}):
    """The last value of a series. `status` and `band` by the scale named `scale`; null where there is none.
    `fresh_s` and `stale_s` are the limits of the age of `observed_at`."""

    feature_id: str
    property: str
    value: float
    unit: str
    observed_at: datetime
    received_at: datetime
    period_s: float | None
    feed_id: str
    value_class: ValueClass
    state: Freshness
    fresh_s: float
    stale_s: float
    status: Status | None
    band: int | None
    scale: str | None
    quality: tuple[str, ...]
    synthetic: bool


class _Plain(msgspec.Struct, frozen=True, kw_only=True):
    synthetic: bool
    replay: bool

    def patience_s(self, previous: object) -> float:
        """Seconds that this picture may wait after `previous` was published."""
        return PATIENCE_S

    def encode(self, t_ms: int, seq: int) -> bytes:
        """The frame, published at `t_ms`."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return _json.encode({"t": t_ms, "seq": seq, **fields})


class ObservationsPicture(_Plain, frozen=True, kw_only=True):
    """Topic `observations.<domain>`: last values of the domain's properties, and what they are of."""

    features: list[FeatureView]
    items: list[ObservationView]


class TicketsPicture(_Plain, frozen=True, kw_only=True):
    """Topic `tickets`: open reports and those closed of late; `known` is false while no feed tells."""

    known: bool
    tickets: list[Ticket]


def tells_tickets(feed: FeedSpec) -> bool:
    """Whether the feed brings citizens' reports."""
    return feed.kind in TICKET_KINDS


def place_names(city: City, features: Mapping[str, Sequence[Feature]]) -> dict[str, BothNames]:
    """Names of features by id: the pack's own go before those of feeds."""
    told = {one.feature_id: feature_name(one) for some in features.values() for one in some}
    return told | {spec.feature_id: BothNames(th=spec.names.th, en=spec.names.en) for spec in city.features}


def feature_name(feature: Feature) -> BothNames:
    """The feature's name; in the other language, or its id, where it has none."""
    th = feature.name.get("th") or feature.name.get("en") or feature.feature_id
    return BothNames(th=th, en=feature.name.get("en") or th)


def scale_for(city: City, feature_id: str, property_id: str) -> BandScale | None:
    """The scale by which a property of a feature is judged: the feature's own, else the property's."""
    spec = next((one for one in city.features if one.feature_id == feature_id), None)
    if spec is not None and property_id in spec.scales:
        return city.scales.get(spec.scales[property_id])
    return next((one for one in city.scales.values() if property_id in one.properties), None)


def observation_view(one: Observation, city: City, cadence_s: float, now: datetime) -> ObservationView:
    """The observation as it stands at `now`. A stale one has status `unknown` where there is a scale; one of
    another period than the scale is made for is not judged by it."""
    state = value_freshness(one.observed_at, now, cadence_s)
    scale = scale_for(city, one.feature_id, one.property_id)
    if scale is not None and None not in (scale.period_s, one.period_s) and scale.period_s != one.period_s:
        scale = None
    band, status = (None, None) if scale is None else band_and_status(scale, one.value)
    return ObservationView(
        feature_id=one.feature_id,
        property=one.property_id,
        value=one.value,
        unit=one.unit,
        observed_at=one.observed_at,
        received_at=one.received_at,
        period_s=one.period_s,
        feed_id=one.feed_id,
        value_class=one.value_class,
        state=state,
        fresh_s=fresh_limit_s(cadence_s),
        stale_s=stale_limit_s(cadence_s),
        status=Status.UNKNOWN if status is not None and state is Freshness.STALE else status,
        band=band,
        scale=None if scale is None else scale.scale_id,
        quality=one.flags,
        synthetic=one.synthetic,
    )


def observation_views(
    by_feed: Mapping[str, Sequence[Observation]], city: City, now: datetime, *, domain: str | None = None
) -> list[ObservationView]:
    """Last values at `now` by feature, property and feed; only those of `domain`, if given."""
    cadences = {feed.feed_id: feed.promised_every.total_seconds() for feed in city.feeds}
    found = [
        observation_view(one, city, cadences.get(feed_id, one.period_s or 60.0), now)
        for feed_id, some in by_feed.items()
        for one in some
        if domain is None or domain_of(city, one.property_id) == domain
    ]
    return sorted(found, key=lambda view: (view.feature_id, view.property, view.feed_id))


def domain_of(city: City, property_id: str) -> str | None:
    """The domain of a property; None for one that the vocabulary does not have."""
    spec = city.properties.get(property_id)
    return None if spec is None else spec.domain


def feature_views(
    city: City, features: Mapping[str, Sequence[Feature]], only: Iterable[str] | None = None
) -> list[FeatureView]:
    """What is observed or expected, by id; only those named, if given."""
    told = {one.feature_id: one for some in features.values() for one in some}
    expected = {spec.feature_id: spec for spec in city.features}
    wanted = told.keys() | expected.keys() if only is None else set(only)
    return [_feature_view(one, told.get(one), expected.get(one)) for one in sorted(wanted)]


def observations_picture(
    domain: str,
    by_feed: Mapping[str, Sequence[Observation]],
    features: Mapping[str, Sequence[Feature]],
    city: City,
    now: datetime,
    *,
    synthetic: bool,
    replay: bool,
) -> ObservationsPicture:
    """The picture of one domain at `now`: its last values, what they are of, and what is missed."""
    items = observation_views(by_feed, city, now, domain=domain)
    missed = {one.feature_id for one in city.features if DOMAIN_OF_KIND.get(one.kind) == domain}
    told = {one.feature_id for one in items} | missed
    return ObservationsPicture(
        synthetic=synthetic or any(item.synthetic for item in items),
        replay=replay,
        features=feature_views(city, features, told),
        items=items,
    )


def _feature_view(feature_id: str, told: Feature | None, spec: FeatureSpec | None) -> FeatureView:
    name = BothNames(th=feature_id, en=feature_id)
    if spec is not None:
        name = BothNames(th=spec.names.th, en=spec.names.en)
    elif told is not None:
        name = feature_name(told)
    has_place = spec is not None and spec.lat is not None
    return FeatureView(
        feature_id=feature_id,
        kind=spec.kind if spec else told.kind if told else "site",
        name=name,
        lat=spec.lat if spec and has_place else told.lat if told else None,
        lon=spec.lon if spec and has_place else told.lon if told else None,
        schematic=bool(spec and spec.schematic),
        expected=spec is not None,
        max_level_m=spec.max_level_m if spec else None,
        scales=dict(spec.scales) if spec else {},
    )
