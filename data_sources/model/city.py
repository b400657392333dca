"""City specs: what a city pack says, checked at the edge by pydantic.

A pack is a folder: `city.toml`, `feeds.toml`, `screens.toml`, `network/*.geojson`, `gtfs/`.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from data_sources.model.indicator import DOMAINS, BandScale, Domain, FigureClass, IndicatorSpec, PropertySpec
from data_sources.model.spec import Lang, Names, Spec

FeedKind = Literal[
    "gtfs_realtime",
    "geojson_positions",
    "bus_positions",
    "ngsi_ld",
    "tomtom_flow",
    "longdo_events",
    "air4thai",
    "open_meteo",
    "tmd_weather",
    "thaiwater",
    "rid_reservoirs",
    "gistda",
    "openaq",
    "flood_telemetry",
    "traffy",
    "ckan_datastore",
    "json_mapping",
]
LayerRole = Literal["district", "water", "road", "route"]
LineColour = Literal["red", "yellow", "blue", "green", "violet", "orange", "teal", "grey"]


def known_zone(name: str) -> str:
    """The name of a time zone; ValueError when there is none of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}; use an IANA name such as Asia/Bangkok") from error
    return name


class Bounds(Spec):
    """A box in degrees, WGS 84. Positions outside it are rejected as implausible for this city."""

    west: Annotated[float, Field(ge=-180, le=180)]
    south: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]

    @model_validator(mode="after")
    def _ordered(self) -> "Bounds":
        if self.west >= self.east or self.south >= self.north:
            raise ValueError("west must be less than east and south less than north")
        return self

    def contains(self, lat: float, lon: float) -> bool:
        """Whether the point lies in the box."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


class VehicleLimits(Spec):
    """When a vehicle's fix stops being live. Defaults: control-room practice (see docs)."""

    late_after_s: Annotated[float, Field(gt=0)] = 90
    ghost_after_s: Annotated[float, Field(gt=0)] = 300
    forget_after_s: Annotated[float, Field(gt=0)] = 3600
    extrapolate_max_s: Annotated[float, Field(ge=0)] = 60
    extrapolate_max_m: Annotated[float, Field(ge=0)] = 300


class MapView(Spec):
    """Where a map opens: the box that must be visible."""

    view_id: str
    names: Names
    bounds: Bounds


class BaseLayer(Spec):
    """One layer of the pack's base map: a GeoJSON file of the pack and the role that styles it.

    Features carry `name_th`, `name_en` and, for roads, `road_class`; for routes, `route_id`.
    """

    file: str
    role: LayerRole
    schematic: bool = False
    source: str


class RouteSign(Spec):
    """How a route is signed on screens: its pill word, its colour by name, its prefix for bus labels."""

    route_id: str
    short: Names
    colour: LineColour


class LosSpec(Spec):
    """Level of service by share of free-flow speed: at or above `a` is A, down to `e`; below it F."""

    a: Annotated[float, Field(gt=0, le=1.5)] = 0.85
    b: Annotated[float, Field(gt=0, le=1.5)] = 0.67
    c: Annotated[float, Field(gt=0, le=1.5)] = 0.50
    d: Annotated[float, Field(gt=0, le=1.5)] = 0.40
    e: Annotated[float, Field(gt=0, le=1.5)] = 0.30
    source: str = "HCM 2010 urban street facilities, share of base free-flow speed"


class TrafficSpec(Spec):
    """Links of the network and how traffic on them is judged.

    `links_file`: GeoJSON LineStrings with `link_id`, `name_th`, `name_en`, `road_class`, `lanes`,
    `length_m`, `free_flow_kmh` (docs/network.md). `trust` lists feeds from most to least trusted
    ("probe" is our own buses); a feed not listed comes last.
    """

    links_file: str = "network/links.geojson"
    level_of_service: LosSpec = LosSpec()
    trust: tuple[str, ...] = ()
    probe_min_samples: Annotated[int, Field(ge=1)] = 3
    probe_window_s: Annotated[float, Field(gt=0)] = 600
    snap_m: Annotated[float, Field(gt=0)] = 35
    disagreement_share: Annotated[float, Field(gt=0)] = 0.4


class OperationsSpec(Spec):
    """How service is judged. Defaults: control-room practice, see docs/operations-measures.md."""

    early_s: float = 60
    late_s: float = 300
    bunched_share: Annotated[float, Field(gt=0)] = 0.25
    gap_share: Annotated[float, Field(gt=0)] = 1.5


class GtfsSpec(Spec):
    """Where the schedule is. `overlay` files replace files of the same name (used by demo mode)."""

    path: str
    demo_overlay: str | None = None


class CitySpec(Spec):
    """`city.toml`."""

    city_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    names: Names
    centre_name: Names
    """Name of the operations centre, shown in the header."""
    timezone: str = "Asia/Bangkok"
    languages: tuple[Lang, ...] = ("th", "en")
    buddhist_era: bool = True
    bounds: Bounds
    views: Annotated[tuple[MapView, ...], Field(min_length=1)]
    layers: tuple[BaseLayer, ...] = ()
    attributions: tuple[str, ...] = ()
    routes: tuple[RouteSign, ...] = ()
    vehicles: VehicleLimits = VehicleLimits()
    gtfs: GtfsSpec | None = None
    traffic: TrafficSpec | None = None
    """None: the pack has no links and traffic is not judged."""
    operations: OperationsSpec = OperationsSpec()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_zone(value)


class FeedPlace(Spec):
    """A place to ask a weather or air service about, and the feature that its answer is of."""

    feature_id: str
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class ValueMapping(Spec):
    """Where a property's value stands in an item of a document. `unit` is the source's unit if it is not that
    of the property; `period_s` what it is the sum or mean of; `missing` the values by which the source says
    that it has none; `codes` the numbers that words stand for, such as `{ on = 1, off = 0 }`."""

    property: str
    path: str
    unit: str | None = None
    period_s: Annotated[float, Field(gt=0)] | None = None
    missing: tuple[str | float, ...] = ()
    codes: dict[str, float] = Field(default_factory=dict)


class DocumentMapping(Spec):
    """How a document of JSON is read without code (docs/feeds.md).

    A path is keys joined by dots, numbers for places in a list, from an item on; `/path` begins at the
    document, `@parent.path` at what `*` in `items` stood for; `"=text"` is the text itself and
    `"{a}-{b}"` is put together from paths. `items` leads to the list of items, or to an object whose keys
    become `@key` (and plain values `@value`); `*` stands for each of a list or object on the way.

    Wide items carry several `values`; long ones name their property at `property` (translated by
    `properties`; "" leaves it aside), their value at `value` and its unit at `unit`. `missing` and `period_s`
    hold for all values that say nothing else. `time_format`: `iso`, `epoch_s`, `epoch_ms`, `period`
    (2026, 2569-11, 2026-Q3: the period's end) or a strptime format; a time without offset is in the feed's
    `timezone`. `time = "@received"`: the source tells none. Buddhist years are understood.
    """

    items: str = ""
    feature_id: str = "=city"
    feature_kind: str = "site"
    name_th: str | None = None
    name_en: str | None = None
    lat: str | None = None
    lon: str | None = None
    time: str = "time"
    time_format: str = "iso"
    values: tuple[ValueMapping, ...] = ()
    property: str | None = None
    properties: dict[str, str] = Field(default_factory=dict)
    value: str | None = None
    unit: str | None = None
    period_s: Annotated[float, Field(gt=0)] | None = None
    missing: tuple[str | float, ...] = ()

    @model_validator(mode="after")
    def _wide_or_long(self) -> "DocumentMapping":
        is_long = self.property is not None and self.value is not None
        if bool(self.values) == is_long or (self.property is None) != (self.value is None):
            raise ValueError("give either values, or property and value")
        if (self.lat is None) != (self.lon is None):
            raise ValueError("give lat and lon, or neither")
        return self


class FlowPoint(Spec):
    """A place to ask a flow service about, and the link that its answer is for."""

    link_id: str
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class FeedSpec(Spec):
    """One entry of `feeds.toml`.

    `url` may be empty in the pack and given by SCOPC_FEED_<ID>_URL; a feed without one is shown as
    not configured. `interval_s` is the poll period, or for a broker the period at which gathered
    messages are written. `cadence_s` is how often the source promises news (default: interval).
    The secret SCOPC_FEED_<ID>_KEY is sent as header `key_header` or query parameter `key_param`.
    `simulated` says what the demo's simulator serves in place of the real source: the routes that
    this feed carries; a feed without it is not run in demo mode. `simulated_entities` is what its
    GTFS-Realtime message holds there.

    NGSI-LD: `entity_types` to ask a broker for, `tenant` its NGSILD-Tenant; with `push` the broker
    notifies us at `/api/v1/notifications/<feed_id>` with the feed's key as bearer token instead.
    TomTom: `points` to ask for, one a call, at most `quota_per_day` calls a day.
    Observations: `places` to ask a point service about, `features` to take of what it tells (none: all
    within the city's bounds), `resources` of an open-data catalogue, `params` sent with every request,
    `mapping` where the kind reads by one (NGSI-LD: `entity_mappings` by entity type), `value_class` where
    values are not measured but modelled.
    `timezone` is that of times which the source sends without an offset, where its format leaves
    this open; by default that of the kind (UTC for NGSI-LD, Asia/Bangkok for Longdo's events).
    """

    feed_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    kind: FeedKind
    names: Names
    agency: Names
    url: str = ""
    topic: str | None = None
    interval_s: Annotated[float, Field(gt=0)] = 15
    cadence_s: Annotated[float, Field(gt=0)] | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 10
    max_bytes: Annotated[int, Field(gt=0)] = 10_000_000
    key_header: str | None = None
    key_param: str | None = None
    simulated: tuple[str, ...] | None = None
    simulated_entities: Literal[
        "vehicle_positions",
        "trip_updates",
        "alerts",
        "traffic",
        "incidents",
        "facilities",
        "observations",
        "tickets",
        "statistics",
    ] = "vehicle_positions"
    entity_types: tuple[str, ...] = ()
    tenant: str | None = None
    points: tuple[FlowPoint, ...] = ()
    places: tuple[FeedPlace, ...] = ()
    features: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    params: dict[str, str] = Field(default_factory=dict)
    mapping: DocumentMapping | None = None
    entity_mappings: dict[str, DocumentMapping] = Field(default_factory=dict)
    value_class: FigureClass | None = None
    quota_per_day: Annotated[int, Field(gt=0)] | None = None
    push: bool = False
    timezone: str | None = None
    key: str | None = Field(default=None, repr=False)
    """Filled from the environment, never from the pack."""
    units: dict[str, str] = Field(default_factory=dict, repr=False)
    """Unit of each property, filled from the vocabulary, never by the pack: mappings convert to it."""
    synthetic: bool = False
    """Filled by demo mode, never by the pack."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)

    @property
    def configured(self) -> bool:
        """Whether anything can come: there is an address to ask, or the source sends by itself."""
        return bool(self.url) or self.push

    @property
    def promised_every(self) -> timedelta:
        """How often news is promised."""
        return timedelta(seconds=self.cadence_s or self.interval_s)

    @property
    def over_mqtt(self) -> bool:
        """Whether the feed is read from a broker rather than polled over HTTP."""
        return self.topic is not None or self.url.startswith(("mqtt:", "mqtts:"))


class FeatureSpec(Spec):
    """One entry of `features.toml`: a thing that is observed, where its feed does not say what and where
    it is.

    `scales` names by property the bands that its values are judged by. `max_level_m` is the level of a
    lake's bank in the datum of its `lake_level`: freeboard is the one less the other. `schematic`: the
    place is good to about 150 m.
    """

    feature_id: Annotated[str, Field(min_length=1, max_length=80)]
    kind: str
    names: Names
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    schematic: bool = False
    max_level_m: float | None = None
    scales: dict[str, str] = Field(default_factory=dict)
    source: str = ""


Scene = Literal["overview"] | Domain
SCENES: tuple[Scene, ...] = ("overview", "mobility", *(one for one in DOMAINS if one != "mobility"))
"""What a wall screen can show, in the order that it turns in unless told otherwise."""


class ScreenSpec(Spec):
    """One wall screen of `screens.toml`: its panel's size and its farthest viewer set the type scale.

    It turns through its `scenes`, each for `dwell_s`; one scene alone stays.
    """

    screen_id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
    names: Names
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1)] = SCENES
    dwell_s: Annotated[int, Field(ge=5, le=3600)] = 30
    lang: Lang = "th"
    theme: Literal["dark", "light"] = "dark"
    image_height_m: Annotated[float, Field(gt=0.1, lt=10)] = 0.809
    viewing_distance_m: Annotated[float, Field(gt=0.3, lt=50)] = 4

    @model_validator(mode="before")
    @classmethod
    def _page_is_gone(cls, given: Any) -> Any:
        if isinstance(given, dict) and "page" in given:
            raise ValueError(f'page is not a key any more: write scenes = ["{given["page"]}"]')
        return given

    @field_validator("scenes")
    @classmethod
    def _each_once(cls, scenes: tuple[Scene, ...]) -> tuple[Scene, ...]:
        if len(set(scenes)) != len(scenes):
            raise ValueError("each scene may stand once")
        return scenes


class City(Spec):
    """A whole pack, read and checked."""

    root: Path
    spec: CitySpec
    feeds: tuple[FeedSpec, ...]
    screens: tuple[ScreenSpec, ...]
    properties: dict[str, PropertySpec] = Field(default_factory=dict)
    scales: dict[str, BandScale] = Field(default_factory=dict)
    indicators: tuple[IndicatorSpec, ...] = ()
    features: tuple[FeatureSpec, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.spec.timezone)

    def feed(self, feed_id: str) -> FeedSpec | None:
        """The feed of that id, or None."""
        return next((feed for feed in self.feeds if feed.feed_id == feed_id), None)

    def indicator(self, key: str) -> IndicatorSpec | None:
        """The indicator of that key, or None."""
        return next((spec for spec in self.indicators if spec.key == key), None)

    def sign(self, route_id: str | None) -> RouteSign | None:
        """The route's sign, or None."""
        return next((sign for sign in self.spec.routes if sign.route_id == route_id), None)
