"""What each simulated feed tells: which property of which feature, and at which times.

One list for both ways: the wire formats tell the newest values of these channels, the back history all
earlier ones. Features are the pack's; where a feed's own would be and the pack has none, made-up ones stand
in, named so.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import numpy as np

from data_sources.feeds.flood_telemetry import SECTIONS
from data_sources.feeds.open_meteo import HOURLY_MEAN, INSTANT, RAIN, RAIN_PROPERTIES
from data_sources.model.city import City, FeatureSpec, FeedSpec
from data_sources.model.observation import CITY_FEATURE
from data_sources.model.spec import Names
from data_sources.model.traffic import Point
from data_sources.simulator.chance import one
from data_sources.simulator.figures import Place, figure, known
from data_sources.simulator.nature import DAY_S, HOUR_S, Nature
from data_sources.simulator.periods import Period, ended_before
from data_sources.simulator.typical import TYPICAL, Every

QUARTER_S = 900.0
CALENDAR: dict[str, Every] = {"road_deaths_ytd": "day", "budget_disbursed": "month"}
"""Periods of figures that are not in `TYPICAL`."""
BUDGET_LATE_DAYS = 9
LAMPS = 20
RIVER_GAUGES, RAIN_GAUGES = 2, 3
MADE_UP_SEED = 7


@dataclass(frozen=True, slots=True)
class Channel:
    """A series that a feed tells. Values stand at whole multiples of `step_s`, or at the ends of periods
    (`every`), which are told `late_days` later. `period_s` as the feed's parser tells it."""

    feature: FeatureSpec
    property_id: str
    step_s: float = HOUR_S
    period_s: float | None = None
    every: Every | None = None
    late_days: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Feature and property."""
        return self.feature.feature_id, self.property_id

    @property
    def place(self) -> Place:
        """What figures are asked of."""
        return Place(self.feature.feature_id, self.feature.max_level_m)

    def periods(self, now: datetime, city: City) -> Iterator[Period]:
        """Periods that are published by `now`, the last one first. Only for a channel with `every`."""
        assert self.every is not None
        return ended_before(self.every, (now - timedelta(days=self.late_days)).astimezone(city.zone).date())

    def values(self, nature: Nature, ends: Sequence[datetime]) -> list[float]:
        """Its values at these times."""
        sky = nature.at(np.array([at.timestamp() for at in ends]))
        return [float(value) for value in figure(self.property_id, sky, self.place)]


def last_step(now: datetime, step_s: float) -> datetime:
    """The last whole multiple of the step."""
    return datetime.fromtimestamp(now.timestamp() // step_s * step_s, UTC)


def published(channel: Channel, city: City, now: datetime, since: datetime) -> list[tuple[Period, datetime]]:
    """Periods of the channel and their ends, those that end after `since`, oldest first."""
    told = ((period, period.ends_at(city.zone)) for period in channel.periods(now, city))
    return list(takewhile(lambda one: one[1] > since, told))[::-1]


def channels_of(feed: FeedSpec, city: City) -> tuple[Channel, ...]:
    """What the feed tells, of properties that the simulated city knows."""
    make = _MAKERS.get(feed.kind)
    return () if make is None else tuple(one for one in make(feed, city) if known(one.property_id))


def features_of(feed: FeedSpec, city: City, kind: str, made_up: int = 0) -> list[FeatureSpec]:
    """Features of a kind that the feed tells of: those that it lists, else the pack's, else made-up ones."""
    if feed.features:
        by_id = {spec.feature_id: spec for spec in city.features}
        return [by_id.get(name) or _listed(name, kind) for name in feed.features]
    found = [spec for spec in city.features if spec.kind == kind]
    return found or [_made_up(city, feed, kind, number) for number in range(1, made_up + 1)]


def centre_of(city: City) -> Point:
    """The middle of where the city's map opens."""
    box = city.spec.views[0].bounds
    return (box.south + box.north) / 2, (box.west + box.east) / 2


def _listed(feature_id: str, kind: str) -> FeatureSpec:
    return FeatureSpec(feature_id=feature_id, kind=kind, names=Names(th=feature_id, en=feature_id))


def _made_up(city: City, feed: FeedSpec, kind: str, number: int) -> FeatureSpec:
    box = city.spec.views[0].bounds
    north, east = (one(MADE_UP_SEED, f"{feed.feed_id}/{part}", number) for part in ("north", "east"))
    return FeatureSpec(
        feature_id=f"sim-{kind.replace('_', '-')}-{number:03d}",
        kind=kind,
        names=Names(th=f"จุดวัดจำลอง {number}", en=f"Simulated point {number}"),
        lat=round(box.south + (box.north - box.south) * north, 6),
        lon=round(box.west + (box.east - box.west) * east, 6),
    )


def _air4thai(feed: FeedSpec, city: City) -> Iterator[Channel]:
    day, eight = DAY_S, 8 * HOUR_S
    periods = {"pm25_24h": day, "pm10_24h": day, "o3_8h": eight, "co": eight, "no2": HOUR_S, "so2": HOUR_S}
    for feature in features_of(feed, city, "air_station", made_up=1):
        for property_id, period_s in periods.items():
            yield Channel(feature, property_id, HOUR_S, period_s)
        yield Channel(feature, "aqi_source", HOUR_S)


def open_meteo_step_s(feed: FeedSpec) -> float:
    """What `interval` an answer of this feed tells: an hour of air quality, a quarter of weather."""
    return HOUR_S if set(_asked(feed)) & set(HOURLY_MEAN) else QUARTER_S


def _asked(feed: FeedSpec) -> list[str]:
    return [name.strip() for name in feed.params.get("current", "").split(",")]


def open_meteo_properties(feed: FeedSpec) -> Iterator[tuple[str, str, float | None]]:
    """Variables that the feed asks for: the service's name, the property, its period."""
    step_s = open_meteo_step_s(feed)
    for name in _asked(feed):
        if name in INSTANT:
            yield name, INSTANT[name][0], None
        elif name in HOURLY_MEAN:
            yield name, HOURLY_MEAN[name][0], HOUR_S
        elif name in RAIN:
            yield name, RAIN_PROPERTIES[step_s], step_s


def _open_meteo(feed: FeedSpec, city: City) -> Iterator[Channel]:
    by_id = {spec.feature_id: spec for spec in city.features}
    for place in feed.places:
        feature = by_id.get(place.feature_id) or _listed(place.feature_id, "site")
        for _, property_id, period_s in open_meteo_properties(feed):
            yield Channel(feature, property_id, open_meteo_step_s(feed), period_s)


def _tmd(feed: FeedSpec, city: City) -> Iterator[Channel]:
    instants = ("air_temperature", "relative_humidity", "wind_speed", "wind_direction", "pressure")
    for feature in features_of(feed, city, "weather_station", made_up=1):
        for property_id in instants:
            yield Channel(feature, property_id, 3 * HOUR_S)
        yield Channel(feature, "rain_3h", 3 * HOUR_S, 3 * HOUR_S)
        yield Channel(feature, "rain_24h", 3 * HOUR_S, DAY_S)


def tells_levels(feed: FeedSpec) -> bool:
    """Whether a ThaiWater feed is of river levels rather than of rain: by its address, else by its id."""
    return "waterlevel" in feed.url or "level" in feed.feed_id


def _thaiwater(feed: FeedSpec, city: City) -> Iterator[Channel]:
    if tells_levels(feed):
        for number in range(1, RIVER_GAUGES + 1):
            gauge = thaiwater_gauge(city, feed, "river_gauge", number)
            for property_id in ("river_level", "river_bank_gap", "river_discharge"):
                yield Channel(gauge, property_id, QUARTER_S)
        return
    for number in range(1, RAIN_GAUGES + 1):
        gauge = thaiwater_gauge(city, feed, "rain_gauge", number)
        yield Channel(gauge, "rain_1h", QUARTER_S, HOUR_S)
        yield Channel(gauge, "rain_24h", QUARTER_S, DAY_S)


def thaiwater_gauge(city: City, feed: FeedSpec, kind: str, number: int) -> FeatureSpec:
    """A gauge of the simulator's own: ids of the service are numbers, these are above all of its."""
    made_up = _made_up(city, feed, kind, number)
    return made_up.model_copy(update={"feature_id": f"thaiwater:{990_000 + number}"})


def _rid(feed: FeedSpec, city: City) -> Iterator[Channel]:
    for feature in features_of(feed, city, "reservoir", made_up=1):
        for property_id in ("reservoir_volume", "reservoir_fill"):
            yield Channel(feature, property_id, every="day")


def is_hotspots(feed: FeedSpec, city: City) -> bool:
    """Whether a GISTDA feed is of hotspots rather than of PM2.5: by the features that it lists."""
    kinds = {spec.feature_id: spec.kind for spec in city.features}
    listed = {kinds.get(name) for name in feed.features}
    return "hotspot_area" in listed or "hotspot" in feed.feed_id


def _gistda(feed: FeedSpec, city: City) -> Iterator[Channel]:
    if is_hotspots(feed, city):
        for feature in features_of(feed, city, "hotspot_area"):
            yield Channel(feature, "hotspots", period_s=DAY_S, every="day")
        return
    for feature in features_of(feed, city, "district"):
        yield Channel(feature, "pm25", HOUR_S, HOUR_S)
        yield Channel(feature, "pm25_24h", HOUR_S, DAY_S)


def _flood(feed: FeedSpec, city: City) -> Iterator[Channel]:
    sections = {section.feature_kind: section.quantity for section in SECTIONS.values()}
    for feature in features_of(feed, city, ""):
        quantity = sections.get(feature.kind)
        if quantity is not None:
            yield Channel(feature, quantity.property_id, QUARTER_S, quantity.period_s)
        elif feature.kind == "lake":
            yield Channel(feature, "lake_level", QUARTER_S)
            yield Channel(feature, "lake_fill", QUARTER_S)


def _mapped(feed: FeedSpec, city: City) -> Iterator[Channel]:
    """By the pack's own mapping; a constant id ("=city") is one feature."""
    mapping = feed.mapping
    if mapping is None:
        return
    if mapping.feature_id.startswith("="):
        name = mapping.feature_id[1:]
        known_one = next((spec for spec in city.features if spec.feature_id == name), None)
        features = [known_one or _listed(name, "city" if name == CITY_FEATURE else mapping.feature_kind)]
    else:
        features = features_of(feed, city, mapping.feature_kind)
    told = [(one.property, one.period_s or mapping.period_s) for one in mapping.values]
    told += [(property_id, mapping.period_s) for property_id in mapping.properties.values() if property_id]
    for feature in features:
        for property_id, period_s in told:
            if mapping.time_format != "period":
                yield Channel(feature, property_id, feed.promised_every.total_seconds(), period_s)
                continue
            spec = TYPICAL.get(property_id)
            late = spec.late_days if spec else BUDGET_LATE_DAYS if property_id == "budget_disbursed" else 0
            every = spec.every if spec else CALENDAR.get(property_id, "day")
            yield Channel(feature, property_id, every=every, period_s=period_s, late_days=late)


NGSI: dict[str, tuple[str, tuple[str, ...]]] = {
    "AirQualityObserved": ("air_station", ("pm25", "pm10", "no2", "air_temperature", "relative_humidity")),
    "WeatherObserved": (
        "weather_station",
        ("air_temperature", "relative_humidity", "wind_speed", "wind_direction", "pressure"),
    ),
    "Streetlight": ("streetlight", ("streetlight_on", "streetlight_fault")),
    "FloodMonitoring": ("road_point", ("road_water",)),
}
"""Kind of feature and properties of each type of entity that is made here."""


def _ngsi(feed: FeedSpec, city: City) -> Iterator[Channel]:
    for entity_type in feed.entity_types:
        kind, properties = NGSI.get(entity_type, ("", ()))
        made_up = LAMPS if kind == "streetlight" else 1
        for feature in features_of(feed, city, kind, made_up=made_up):
            for property_id in properties:
                yield Channel(feature, property_id, feed.promised_every.total_seconds())


_MAKERS: dict[str, Callable[[FeedSpec, City], Iterator[Channel]]] = {
    "air4thai": _air4thai,
    "open_meteo": _open_meteo,
    "tmd_weather": _tmd,
    "thaiwater": _thaiwater,
    "rid_reservoirs": _rid,
    "gistda": _gistda,
    "flood_telemetry": _flood,
    "json_mapping": _mapped,
    "ckan_datastore": _mapped,
    "ngsi_ld": _ngsi,
}
