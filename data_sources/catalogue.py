"""The city pack: reads its files into specs and checks that they agree with each other."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from data_sources.errors import ConfigError
from data_sources.model.city import City, CitySpec, FeedSpec, ScreenSpec
from data_sources.pack_files import SpecT, check_layer, checked, read_toml
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
    feeds = _entries(FeedSpec, root, "feeds", recording, problems)
    screens = _entries(ScreenSpec, root, "screens", recording, problems)
    _check_feeds(feeds, problems)
    feeds = tuple(_from_environment(feed, environ, problems) for feed in feeds)
    if spec is not None:
        _check_city(root, spec, feeds, screens, problems)
    if problems or spec is None:
        raise ConfigError("\n".join(problems))
    return City(root=root, spec=spec, feeds=feeds, screens=screens)


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


def _entries(
    model: type[SpecT], root: Path, key: str, optional: bool, problems: list[str]
) -> tuple[SpecT, ...]:
    """Entries `[[key]]` of the file `key.toml`; those that are wrong become problems."""
    path = root / f"{key}.toml"
    if optional and not path.exists():
        return ()
    data = read_toml(path, problems)
    if data is None:
        return ()
    for other in sorted(data.keys() - {key}):
        problems.append(f"{path.name}: {other}: unknown key; allowed: {key}")
    entries = data.get(key, [])
    if not isinstance(entries, list):
        problems.append(f"{path.name}: {key}: must be a list of tables; write [[{key}]]")
        return ()
    found = [
        checked(model, entry, path.name, f"{key}[{index}]", problems) for index, entry in enumerate(entries)
    ]
    return tuple(entry for entry in found if entry is not None)


def _repeated(ids: Iterable[str], where: str, problems: list[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            problems.append(f"{where}: {one!r} occurs twice; each must be unique")
        seen.add(one)


def _check_feeds(feeds: tuple[FeedSpec, ...], problems: list[str]) -> None:
    _repeated((feed.feed_id for feed in feeds), "feeds.toml: feed_id", problems)
    for feed in feeds:
        where = f"feeds.toml: {feed.feed_id}"
        name = f"SCOPC_FEED_{feed.feed_id.upper()}_KEY"
        if feed.key is not None:
            problems.append(f"{where}.key: a secret never stands in a pack; set {name}")
        if feed.synthetic:
            problems.append(f"{where}.synthetic: set by demo mode only; remove it")
        if feed.key_header and feed.key_param:
            problems.append(f"{where}.key_param: give key_header or key_param, not both")
        if "@" in urlsplit(feed.url).netloc:
            problems.append(f"{where}.url: a password never stands in a pack; set SCOPC_FEED_..._URL")
        if feed.topic is not None and feed.kind != "geojson_positions":
            problems.append(f"{where}.topic: only feeds of kind geojson_positions are read from a broker")
        _check_url(feed, f"{where}.url", problems)
        problems.extend(f"{where}.{problem}" for problem in _kind_problems(feed))


KIND_OF_KEY = {
    "entity_types": "ngsi_ld",
    "tenant": "ngsi_ld",
    "push": "ngsi_ld",
    "points": "tomtom_flow",
    "quota_per_day": "tomtom_flow",
}
"""Keys that mean something to one kind of feed only."""


def _kind_problems(feed: FeedSpec) -> Iterator[str]:
    """What does not suit the feed's kind, beginning with the key."""
    for key, kind in KIND_OF_KEY.items():
        if getattr(feed, key) and feed.kind != kind:
            yield f"{key}: only feeds of kind {kind} have it"
    if feed.push and feed.url:
        yield "push: give url or push, not both"
    if feed.kind == "ngsi_ld" and not feed.entity_types and not feed.push:
        yield "entity_types: is missing; a broker is asked for types, such as TrafficFlowObserved"
    if feed.kind == "tomtom_flow" and not feed.points:
        yield "points: is missing; the service is asked point by point"
    if feed.quota_per_day and feed.points:
        call_s = DAY_S / feed.quota_per_day
        if feed.interval_s < call_s:
            yield f"interval_s: the quota allows a call every {call_s:.0f} s; allowed: at least {call_s:.0f}"
        round_s = call_s * len(feed.points)
        if feed.promised_every.total_seconds() < round_s:
            yield f"cadence_s: a round of the points takes {round_s:.0f} s; allowed: at least {round_s:.0f}"


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


def _from_environment(feed: FeedSpec, environ: Mapping[str, str], problems: list[str]) -> FeedSpec:
    prefix = f"SCOPC_FEED_{feed.feed_id.upper()}"
    update: dict[str, str] = {}
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
    _repeated((view.view_id for view in spec.views), "city.toml: views.view_id", problems)
    _repeated((sign.route_id for sign in spec.routes), "city.toml: routes.route_id", problems)
    _repeated((screen.screen_id for screen in screens), "screens.toml: screen_id", problems)
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
