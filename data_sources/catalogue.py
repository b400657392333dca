"""The city pack: reads its files into specs and checks that they agree with each other."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from data_sources.errors import ConfigError
from data_sources.model.city import City, CitySpec, DocumentMapping, FeedKind, FeedSpec, ScreenSpec
from data_sources.model.observation import CITY_FEATURE
from data_sources.pack_files import check_layer, checked, entries, read_toml, repeated
from data_sources.pack_indicators import Measured, allowed, read_measured
from data_sources.schedule import Schedule, read_schedule

HTTP_SCHEMES = ("http", "https")
MQTT_SCHEMES = ("mqtt", "mqtts")
DAY_S = 86_400.0


def load_city(root: Path, environ: Mapping[str, str], *, recording: bool = False) -> City:
    """Read and check the pack at `root`.

    SCOPC_FEED_<ID>_URL and SCOPC_FEED_<ID>_KEY of `environ` fill the feeds' addresses and secrets.
    With `recording` only `bounds` (and `gtfs`, if there is a schedule) need be given: enough to
    replay recorded messages. Raises ConfigError whose text is one line per problem, all at once.
    """
    problems: list[str] = []
    if not root.is_dir():
        raise ConfigError(f"city pack: {root.name!r} is not a folder")
    city_data = read_toml(root / "city.toml", problems)
    if recording and city_data is not None:
        city_data = _with_recording_defaults(city_data, root)
    spec = None if city_data is None else checked(CitySpec, city_data, "city.toml", "", problems)
    told = len(problems)
    feeds = entries(FeedSpec, root / "feeds.toml", "feeds", problems, optional=recording)
    feed_ids = {feed.feed_id for feed in feeds} if len(problems) == told else None
    screens = entries(ScreenSpec, root / "screens.toml", "screens", problems, optional=recording)
    measured = read_measured(root, feed_ids, problems)
    _check_feeds(feeds, measured, problems)
    units = {one.property_id: one.unit for one in measured.properties.values()}
    feeds = tuple(_filled(feed, environ, units, problems) for feed in feeds)
    if spec is not None:
        _check_city(root, spec, feeds, screens, problems)
    if problems or spec is None:
        raise ConfigError("\n".join(problems))
    return City(
        root=root,
        spec=spec,
        feeds=feeds,
        screens=screens,
        properties=measured.properties,
        scales=measured.scales,
        indicators=measured.indicators,
        features=measured.features,
    )


def load_schedule(city: City, demo: bool) -> Schedule | None:
    """The city's GTFS, with its demo overlay when `demo`; None when the pack has none."""
    gtfs = city.spec.gtfs
    if gtfs is None:
        return None
    overlay = city.root / gtfs.demo_overlay if demo and gtfs.demo_overlay else None
    return read_schedule(city.root / gtfs.path, overlay, city.zone)


def simulated(city: City, http_url: str, mqtt_url: str) -> City:
    """The demo's variant of a city: the simulator serves its feeds in place of their sources.

    Feeds without `simulated` are left out. Secrets and quotas are not carried over: they are for the
    sources. What would be sent to us is asked for.
    """
    feeds = tuple(
        feed.model_copy(
            update={
                "url": mqtt_url if feed.over_mqtt else f"{http_url.rstrip('/')}/feeds/{feed.feed_id}",
                "synthetic": True,
                "key": None,
                "key_header": None,
                "key_param": None,
                "push": False,
                "quota_per_day": None,
            }
        )
        for feed in city.feeds
        if feed.simulated is not None
    )
    return city.model_copy(update={"feeds": feeds})


def _with_recording_defaults(data: dict[str, Any], root: Path) -> dict[str, Any]:
    """What a pack for a recording may leave out: it is named after its folder and has one view."""
    name = root.resolve().name
    names = data.get("names", {"th": name, "en": name})
    letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower())
    defaults = {
        "city_id": f"recording_{letters}"[:41],
        "names": names,
        "centre_name": names,
        "views": [{"view_id": "all", "names": names, "bounds": data.get("bounds")}],
    }
    return {**defaults, **data}


def _check_feeds(feeds: tuple[FeedSpec, ...], measured: Measured, problems: list[str]) -> None:
    repeated((feed.feed_id for feed in feeds), "feeds.toml: feed_id", problems)
    for feed in feeds:
        where = f"feeds.toml: {feed.feed_id}"
        name = f"SCOPC_FEED_{feed.feed_id.upper()}_KEY"
        if feed.key is not None:
            problems.append(f"{where}.key: a secret never stands in a pack; set {name}")
        if feed.synthetic:
            problems.append(f"{where}.synthetic: set by demo mode only; remove it")
        if feed.units:
            problems.append(f"{where}.units: those of the properties; give a source's unit in its mapping")
        if feed.key_header and feed.key_param:
            problems.append(f"{where}.key_param: give key_header or key_param, not both")
        if "@" in urlsplit(feed.url).netloc:
            problems.append(f"{where}.url: a password never stands in a pack; set SCOPC_FEED_..._URL")
        if feed.topic is not None and feed.kind not in BROKER_KINDS:
            kinds = " and ".join(BROKER_KINDS)
            problems.append(f"{where}.topic: only feeds of kind {kinds} are read from a broker")
        _check_url(feed, f"{where}.url", problems)
        problems.extend(f"{where}.{problem}" for problem in _kind_problems(feed))
        if measured.whole:
            problems.extend(f"{where}.{problem}" for problem in _unknown_names(feed, measured))


BROKER_KINDS: tuple[FeedKind, ...] = ("geojson_positions", "json_mapping")
OBSERVING_KINDS: tuple[FeedKind, ...] = (
    "ngsi_ld",
    "air4thai",
    "open_meteo",
    "tmd_weather",
    "thaiwater",
    "rid_reservoirs",
    "gistda",
    "openaq",
    "flood_telemetry",
    "ckan_datastore",
    "json_mapping",
)
KINDS_OF_KEY: dict[str, tuple[FeedKind, ...]] = {
    "entity_types": ("ngsi_ld",),
    "tenant": ("ngsi_ld",),
    "push": ("ngsi_ld",),
    "points": ("tomtom_flow",),
    "quota_per_day": ("tomtom_flow", "ckan_datastore"),
    "places": ("open_meteo", "gistda"),
    "resources": ("ckan_datastore",),
    "mapping": ("json_mapping", "ckan_datastore"),
    "entity_mappings": ("ngsi_ld",),
    "features": OBSERVING_KINDS,
    "value_class": OBSERVING_KINDS,
}
"""Keys that mean something to some kinds of feed only."""
NEEDED: tuple[tuple[FeedKind, str, str], ...] = (
    ("tomtom_flow", "points", "the service is asked point by point"),
    ("open_meteo", "places", "the service is asked place by place"),
    ("ckan_datastore", "resources", "the catalogue is asked resource by resource"),
    ("ckan_datastore", "mapping", "it says where in a record the values stand"),
    ("json_mapping", "mapping", "it says where in the document the values stand"),
)
"""Keys that a kind of feed cannot do without, and why."""


def _kind_problems(feed: FeedSpec) -> Iterator[str]:
    """What does not suit the feed's kind, beginning with the key."""
    for key, kinds in KINDS_OF_KEY.items():
        if getattr(feed, key) and feed.kind not in kinds:
            only = f"kind {kinds[0]}" if len(kinds) == 1 else f"kinds {', '.join(kinds)}"
            yield f"{key}: only feeds of {only} have it"
    if feed.push and feed.url:
        yield "push: give url or push, not both"
    if feed.kind == "ngsi_ld" and not feed.entity_types and not feed.push:
        yield "entity_types: is missing; a broker is asked for types, such as TrafficFlowObserved"
    for kind, key, why in NEEDED:
        if feed.kind == kind and not getattr(feed, key):
            yield f"{key}: is missing; {why}"
    if feed.params and (feed.over_mqtt or feed.push):
        yield "params: go with a request, and this feed makes none"
    calls = len(feed.points) or len(feed.resources)
    if feed.quota_per_day and calls:
        call_s = DAY_S / feed.quota_per_day
        if feed.points and feed.interval_s < call_s:
            yield f"interval_s: the quota allows a call every {call_s:.0f} s; allowed: at least {call_s:.0f}"
        round_s = call_s * calls
        if feed.points and feed.promised_every.total_seconds() < round_s:
            yield f"cadence_s: a round of the points takes {round_s:.0f} s; allowed: at least {round_s:.0f}"
        if feed.resources and feed.interval_s < round_s:
            yield (
                f"interval_s: the quota allows a round of the resources every {round_s:.0f} s; "
                f"allowed: at least {round_s:.0f}"
            )


def _unknown_names(feed: FeedSpec, measured: Measured) -> Iterator[str]:
    """Features and properties that the feed names and the pack does not know, beginning with the key."""
    features = {CITY_FEATURE, *(feature.feature_id for feature in measured.features)}
    named = [("features", one) for one in feed.features]
    named += [(f"places[{index}].feature_id", place.feature_id) for index, place in enumerate(feed.places)]
    for key, feature_id in named:
        if feature_id not in features:
            yield f"{key}: unknown feature {feature_id!r}; allowed: those of features.toml"
    mappings = {f"entity_mappings.{kind}": one for kind, one in feed.entity_mappings.items()}
    if feed.mapping is not None:
        mappings["mapping"] = feed.mapping
    for key, mapping in mappings.items():
        for where, property_id in _mapped(mapping):
            if property_id not in measured.properties:
                names = allowed(measured.properties, property_id)
                yield f"{key}.{where}: unknown property {property_id!r}; allowed: {names}"


def _mapped(mapping: DocumentMapping) -> Iterator[tuple[str, str]]:
    """The properties that a mapping names, each with its key. A long mapping's property without `properties`
    is whatever the source says: nothing to check before it speaks."""
    for index, one in enumerate(mapping.values):
        yield f"values[{index}].property", one.property
    for word, property_id in mapping.properties.items():
        if property_id:  # "" leaves the word's values aside
            yield f"properties.{word}", property_id
    if mapping.property and mapping.property.startswith("="):
        word = mapping.property[1:]
        if word not in mapping.properties:
            yield "property", word


def _check_url(feed: FeedSpec, where: str, problems: list[str]) -> None:
    """An address must suit the way the feed is read; an empty one waits for the environment."""
    if not feed.url:
        return
    try:
        parts = urlsplit(feed.url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        problems.append(f"{where}: not an address ({error})")
        return
    allowed = MQTT_SCHEMES if feed.topic else HTTP_SCHEMES
    if parts.scheme in MQTT_SCHEMES and not feed.topic:
        problems.append(f"{where}: a broker's feed needs `topic`")
    elif parts.scheme not in allowed or not host:
        schemes = ", ".join(f"{scheme}://..." for scheme in allowed)
        problems.append(f"{where}: {feed.url[:60]!r} is not allowed; allowed: {schemes}")


def _filled(
    feed: FeedSpec, environ: Mapping[str, str], units: dict[str, str], problems: list[str]
) -> FeedSpec:
    """The feed with what stands outside its entry: address and secret, and the units of the properties."""
    prefix = f"SCOPC_FEED_{feed.feed_id.upper()}"
    update: dict[str, Any] = {"units": units}
    if key := environ.get(f"{prefix}_KEY"):
        update["key"] = key
    if url := environ.get(f"{prefix}_URL"):
        update["url"] = url
    filled = feed.model_copy(update=update)
    if "url" in update:
        _check_url(filled, f"environment: {prefix}_URL", problems)
    return filled


def _check_city(
    root: Path,
    spec: CitySpec,
    feeds: tuple[FeedSpec, ...],
    screens: tuple[ScreenSpec, ...],
    problems: list[str],
) -> None:
    repeated((view.view_id for view in spec.views), "city.toml: views.view_id", problems)
    repeated((sign.route_id for sign in spec.routes), "city.toml: routes.route_id", problems)
    repeated((screen.screen_id for screen in screens), "screens.toml: screen_id", problems)
    for screen in screens:
        if screen.lang not in spec.languages:
            allowed = ", ".join(spec.languages)
            problems.append(
                f"screens.toml: {screen.screen_id}.lang: {screen.lang!r} is not a language of the city; "
                f"allowed: {allowed}"
            )
    drawn = [
        (f"city.toml: layers[{index}]", route_id)
        for index, layer in enumerate(spec.layers)
        for route_id in check_layer(root, layer, f"city.toml: layers[{index}]", problems)
    ]
    known = _known_routes(root, spec, problems)
    if known is None:
        return
    signed = [
        (f"city.toml: routes[{index}].route_id", sign.route_id) for index, sign in enumerate(spec.routes)
    ]
    served = [
        (f"feeds.toml: {feed.feed_id}.simulated", one) for feed in feeds for one in feed.simulated or ()
    ]
    for where, route_id in [*signed, *drawn, *served]:
        if route_id not in known:
            problems.append(f"{where}: unknown route {route_id!r}; allowed: {', '.join(sorted(known))}")


def _known_routes(root: Path, spec: CitySpec, problems: list[str]) -> set[str] | None:
    """Route ids of the schedule, else of the signs; None (and problems) when the GTFS is broken."""
    if spec.gtfs is None:
        return {sign.route_id for sign in spec.routes}
    city = City(root=root, spec=spec, feeds=(), screens=())
    known: set[str] | None = None
    for demo in (True, False):
        try:
            schedule = load_schedule(city, demo)
        except ConfigError as error:
            problems.append(str(error))
            return None
        known = set(schedule.routes) if schedule else None
    return known
