"""The city pack's loader: what it fills in, and what it says of a wrong pack."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data_sources.catalogue import load_city, load_schedule, simulated
from data_sources.errors import ConfigError
from tests.fixtures.khon_kaen_words import leaks

ROOT = Path(__file__).resolve().parent.parent
BRUMAL_BAY = Path(__file__).parent / "fixtures" / "cities" / "brumal_bay"
KHON_KAEN = ROOT / "dashboard" / "cities" / "khon_kaen"

ALLOWED_LEAKS = {
    "dashboard/settings.py": {"khon_kaen"},  # which pack is bundled as the default
    "data_sources/feeds/geojson_positions.py": {"ev/buses/positions"},  # whose tool writes the format
}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BRUMAL_BAY, tmp_path / "brumal_bay"))


@pytest.fixture
def change(pack: Path) -> Callable[[str, str, str], None]:
    """Replace the first occurrence of a text in a file of the pack."""

    def replace(name: str, old: str, new: str) -> None:
        text = (pack / name).read_text("utf-8")
        assert old in text
        (pack / name).write_text(text.replace(old, new, 1), "utf-8")

    return replace


Change = Callable[[str, str, str], None]


def problems(pack: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_city(pack, environ or {})
    return str(caught.value).split("\n")


@pytest.mark.parametrize("root", [BRUMAL_BAY, KHON_KAEN])
def test_pack_loads_without_environment(root: Path) -> None:
    city = load_city(root, {})
    assert city.spec.city_id == root.name
    assert all(feed.key is None and not feed.synthetic for feed in city.feeds)


def test_environment_fills_address_and_secret() -> None:
    environ = {
        "SCOPC_FEED_BRUMAL_PARTNER_KEY": "s3cret",
        "SCOPC_FEED_BRUMAL_VEHICLES_URL": "https://other.invalid/v.pb",
        "SCOPC_FEED_BRUMAL_HARBOUR_URL": "mqtts://user:word@broker.invalid:8883",
    }
    city = load_city(BRUMAL_BAY, environ)
    partner, vehicles = city.feed("brumal_partner"), city.feed("brumal_vehicles")
    assert partner is not None
    assert partner.key == "s3cret"
    assert "s3cret" not in repr(partner)
    assert vehicles is not None
    assert vehicles.url == "https://other.invalid/v.pb"


def test_address_from_environment_is_checked_and_named(pack: Path) -> None:
    environ = {
        "SCOPC_FEED_BRUMAL_VEHICLES_URL": "ftp://x",
        "SCOPC_FEED_BRUMAL_HARBOUR_URL": "http://x.invalid",
    }
    assert problems(pack, environ) == [
        "environment: SCOPC_FEED_BRUMAL_VEHICLES_URL: 'ftp://x' is not allowed; allowed: http://..., https://...",
        "environment: SCOPC_FEED_BRUMAL_HARBOUR_URL: 'http://x.invalid' is not allowed; "
        "allowed: mqtt://..., mqtts://...",
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "feeds.toml", 'kind = "gtfs_realtime"', 'kind = "gtfsrt"',
            "feeds.toml: feeds[0].kind: 'gtfsrt' is not allowed; allowed: gtfs_realtime, geojson_positions, "
            "bus_positions, ngsi_ld, tomtom_flow, longdo_events, air4thai, open_meteo, tmd_weather, "
            "thaiwater, rid_reservoirs, gistda, openaq, flood_telemetry, traffy, ckan_datastore, "
            "json_mapping",
        ),
        ("feeds.toml", "interval_s = 2", "interval_s = 0",
         "feeds.toml: feeds[0].interval_s: 0 is not allowed; allowed: greater than 0.0"),
        ("feeds.toml", 'feed_id = "brumal_harbour"', 'feed_id = "brumal_vehicles"',
         "feeds.toml: feed_id: 'brumal_vehicles' occurs twice; each must be unique"),
        ("feeds.toml", 'simulated = ["shore"]', 'simulated = ["hill"]',
         "feeds.toml: brumal_vehicles.simulated: unknown route 'hill'; allowed: harbour, shore"),
        ("feeds.toml", "key_header", 'key = "x"\nkey_header',
         "feeds.toml: brumal_partner.key: a secret never stands in a pack; "
         "set SCOPC_FEED_BRUMAL_PARTNER_KEY"),
        ("feeds.toml", "interval_s = 2", "interval_s = 2\nsynthetic = true",
         "feeds.toml: brumal_vehicles.synthetic: set by demo mode only; remove it"),
        ("feeds.toml", "key_header", 'key_param = "k"\nkey_header',
         "feeds.toml: brumal_partner.key_param: give key_header or key_param, not both"),
        ("feeds.toml", "https://transit", "https://me:word@transit",
         "feeds.toml: brumal_partner.url: a password never stands in a pack; set SCOPC_FEED_..._URL"),
        ("feeds.toml", "https://transit.invalid/vehicles.pb", "mqtt://broker.invalid",
         "feeds.toml: brumal_partner.url: a broker's feed needs `topic`"),
        ("feeds.toml", "interval_s = 2", 'interval_s = 2\ntopic = "t"',
         "feeds.toml: brumal_vehicles.topic: only feeds of kind geojson_positions and json_mapping are read "
         "from a broker"),
        ("feeds.toml", "interval_s = 2", "interval_s = two",
         "feeds.toml: not valid TOML: Invalid value (at line 6, column 14)"),
        ("screens.toml", "[[screens]]", "[[screen]]", "screens.toml: screen: unknown key; allowed: screens"),
        ("screens.toml", 'scenes = ["mobility"]', 'page = "mobility"',
         'screens.toml: screens[0]: page is not a key any more: write scenes = ["mobility"]'),
        ("screens.toml", 'scenes = ["mobility"]', 'scenes = ["mobility", "mobility"]',
         "screens.toml: screens[0].scenes: each scene may stand once"),
        ("screens.toml", "dwell_s = 20", "dwell_s = 0",
         "screens.toml: screens[1].dwell_s: 0 is not allowed; allowed: at least 5"),
        ("screens.toml", 'lang = "en"', 'lang = "pt"',
         "screens.toml: screens[0].lang: 'pt' is not allowed; allowed: th, en"),
        ("city.toml", 'languages = ["en", "th"]', 'languages = ["th"]',
         "screens.toml: quayside.lang: 'en' is not a language of the city; allowed: th"),
        ("city.toml", 'colour = "teal"', 'colour = "#0f7a6c"',
         "city.toml: routes[0].colour: '#0f7a6c' is not allowed; "
         "allowed: red, yellow, blue, green, violet, orange, teal, grey"),
        ("city.toml", "Atlantic/Azores", "Atlantic/Brumal",
         "city.toml: timezone: unknown time zone 'Atlantic/Brumal'; use an IANA name such as Asia/Bangkok"),
        ("city.toml", "west = -41.4", "west = -40.4",
         "city.toml: bounds: west must be less than east and south less than north"),
        ("city.toml", 'city_id = "brumal_bay"', "", "city.toml: city_id: is missing"),
        ("city.toml", "late_after_s", "late_after",
         "city.toml: vehicles.late_after: unknown key; allowed: extrapolate_max_m, extrapolate_max_s, "
         "forget_after_s, ghost_after_s, late_after_s"),
        ("city.toml", 'route_id = "shore"', 'route_id = "coast"',
         "city.toml: routes[1].route_id: unknown route 'coast'; allowed: harbour, shore"),
        ("city.toml", 'route_id = "shore"', 'route_id = "harbour"',
         "city.toml: routes.route_id: 'harbour' occurs twice; each must be unique"),
        ("city.toml", "network/lagoon.geojson", "network/sea.geojson",
         "city.toml: layers[1].file: 'network/sea.geojson' does not exist in the pack"),
        ("city.toml", "network/lagoon.geojson", "../../secret.geojson",
         "city.toml: layers[1].file: '../../secret.geojson' lies outside the pack"),
        ("network/lines.geojson", '"route_id":"shore"', '"route_id":"coast"',
         "city.toml: layers[3]: unknown route 'coast'; allowed: harbour, shore"),
        ("network/lagoon.geojson", '"Polygon"', '"Point"',
         "network/lagoon.geojson: features[0].geometry.type: 'Point' is not allowed; "
         "allowed: Polygon, MultiPolygon"),
        ("network/lagoon.geojson", '"type":', '"type"',
         "network/lagoon.geojson: not valid JSON: Expecting ':' delimiter: line 1 column 8 (char 7)"),
        ("network/lagoon.geojson", "-41.203235,33.498651", "33.498651,-141.203235",
         "network/lagoon.geojson: features[0].geometry.coordinates: "
         "not lists of [longitude, latitude] in degrees"),
        ("network/roads.geojson", "road_class", "class",
         "network/roads.geojson: features[0].properties.road_class: is missing; "
         "layers of role road need name_th, name_en, road_class"),
        ("network/roads.geojson", "FeatureCollection", "Features",
         "network/roads.geojson: type: not a GeoJSON FeatureCollection"),
        ("gtfs/trips.txt", "harbour,", "harbor,",
         "gtfs/trips.txt line 2: route_id 'harbor' is not in routes.txt"),
        ("gtfs_demo/frequencies.txt", "00:00:00", "24:00:00",
         "gtfs_demo/frequencies.txt line 2: end_time must be later than start_time"),
    ],
)  # fmt: skip
def test_wrong_entry_is_told_with_file_key_and_allowed_values(
    pack: Path, change: Change, name: str, old: str, new: str, said: str
) -> None:
    change(name, old, new)
    assert said in problems(pack)


def test_all_problems_are_told_at_once(pack: Path, change: Change) -> None:
    change("city.toml", 'colour = "teal"', 'colour = "pink"')
    change("feeds.toml", "interval_s = 2", "interval_s = -2")
    change("screens.toml", 'theme = "light"', 'theme = "grey"')
    assert [line.split(":")[0] for line in problems(pack)] == ["city.toml", "feeds.toml", "screens.toml"]


def test_missing_files_and_folder_are_told(pack: Path, tmp_path: Path) -> None:
    (pack / "feeds.toml").unlink()
    assert problems(pack) == ["feeds.toml: file is missing"]
    assert problems(tmp_path / "nowhere") == ["city pack: 'nowhere' is not a folder"]


def test_pack_for_a_recording_needs_no_more_than_bounds(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text("bounds = {west=-1, south=-1, east=1, north=1}")
    city = load_city(tmp_path, {}, recording=True)
    assert city.feeds == ()
    assert city.spec.views[0].bounds == city.spec.bounds
    assert city.spec.names.en == tmp_path.name
    assert any("city_id: is missing" in line for line in problems(tmp_path))


def test_pack_for_a_recording_without_bounds_is_told(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text("")
    with pytest.raises(ConfigError, match=r"city\.toml: bounds: is missing"):
        load_city(tmp_path, {}, recording=True)


def test_pack_without_gtfs_has_no_schedule(pack: Path, change: Change) -> None:
    change("city.toml", '[gtfs]\npath = "gtfs"\ndemo_overlay = "gtfs_demo"\n', "")
    assert load_schedule(load_city(pack, {}), demo=False) is None


def test_demo_timetable_comes_from_the_overlay() -> None:
    city = load_city(BRUMAL_BAY, {})
    real, demo = load_schedule(city, demo=False), load_schedule(city, demo=True)
    assert real is not None
    assert demo is not None
    assert "harbour-working-day" in real.trips
    assert all(trip_id.startswith("demo-synthetic-") for trip_id in demo.trips)


def test_demo_serves_simulated_feeds_and_drops_the_others() -> None:
    environ = {"SCOPC_FEED_BRUMAL_VEHICLES_KEY": "s3cret"}
    demo = simulated(load_city(BRUMAL_BAY, environ), "http://127.0.0.1:9/", "mqtt://127.0.0.1:8")
    urls = {feed.feed_id: feed.url for feed in demo.feeds}
    assert urls == {
        "brumal_vehicles": "http://127.0.0.1:9/feeds/brumal_vehicles",
        "brumal_harbour": "mqtt://127.0.0.1:8",
        "brumal_trip_updates": "http://127.0.0.1:9/feeds/brumal_trip_updates",
        "brumal_air": "http://127.0.0.1:9/feeds/brumal_air",
        "brumal_lagoon": "mqtt://127.0.0.1:8",
        "brumal_services": "http://127.0.0.1:9/feeds/brumal_services",
        "brumal_statistics": "http://127.0.0.1:9/feeds/brumal_statistics",
    }
    assert all(feed.synthetic and feed.key is None for feed in demo.feeds)


@pytest.mark.parametrize("folder", ["dashboard", "layouts", "callbacks", "data_sources", "assets"])
def test_sources_name_nothing_of_the_bundled_city(folder: str) -> None:
    found = {}
    for path in sorted((ROOT / folder).rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("dashboard/cities/") or path.suffix not in {".py", ".js", ".css", ".toml", ".svg"}:
            continue
        leaked = set(leaks(path.read_text("utf-8"))) - ALLOWED_LEAKS.get(name, set())
        if leaked:
            found[name] = leaked
    assert not found


def test_fictional_city_names_nothing_of_the_bundled_city() -> None:
    texts = [path.read_text("utf-8") for path in BRUMAL_BAY.rglob("*") if path.is_file()]
    assert texts
    assert not [leaked for text in texts for leaked in leaks(text)]


def test_leak_search_finds_the_bundled_pack() -> None:
    for name in ("city.toml", "feeds.toml", "network/districts.geojson", "gtfs/stops.txt", "gtfs/shapes.txt"):
        assert leaks((KHON_KAEN / name).read_text("utf-8")), name


ROADS = """
[[feeds]]
feed_id = "roads"
kind = "{kind}"
names = {{ th = "ถนน", en = "Roads" }}
agency = {{ th = "ทาง", en = "Roads" }}
{keys}
"""
POINT = 'points = [{ link_id = "a", lat = 38.5, lon = -41.0 }]'
WIDE = '{ values = [{ property = "pm10", path = "a" }] }'
OBSERVING = (
    "ngsi_ld, air4thai, open_meteo, tmd_weather, thaiwater, rid_reservoirs, gistda, openaq, flood_telemetry, "
    "ckan_datastore, json_mapping"
)


@pytest.mark.parametrize(
    ("kind", "keys", "said"),
    [
        ("ngsi_ld", "", "entity_types: is missing; a broker is asked for types, such as TrafficFlowObserved"),
        ("ngsi_ld", 'push = true\nurl = "https://x.invalid"', "push: give url or push, not both"),
        ("ngsi_ld", f'entity_types = ["X"]\n{POINT}', "points: only feeds of kind tomtom_flow have it"),
        ("gtfs_realtime", "push = true", "push: only feeds of kind ngsi_ld have it"),
        ("longdo_events", 'tenant = "x"', "tenant: only feeds of kind ngsi_ld have it"),
        ("tomtom_flow", "", "points: is missing; the service is asked point by point"),
        (
            "tomtom_flow",
            f"{POINT}\nquota_per_day = 24\ncadence_s = 3600",
            "interval_s: the quota allows a call every 3600 s; allowed: at least 3600",
        ),
        (
            "tomtom_flow",
            f"{POINT}\nquota_per_day = 1440\ninterval_s = 60\ncadence_s = 30",
            "cadence_s: a round of the points takes 60 s; allowed: at least 60",
        ),
        ("open_meteo", "", "places: is missing; the service is asked place by place"),
        (
            "open_meteo",
            'places = [{ feature_id = "pier", lat = 33.5, lon = -41.2 }]',
            "places[0].feature_id: unknown feature 'pier'; allowed: those of features.toml",
        ),
        ("air4thai", 'features = ["pier"]',
         "features: unknown feature 'pier'; allowed: those of features.toml"),
        ("traffy", 'features = ["lagoon"]', f"features: only feeds of kinds {OBSERVING} have it"),
        ("gtfs_realtime", 'value_class = "modelled"',
         f"value_class: only feeds of kinds {OBSERVING} have it"),
        ("air4thai", f"mapping = {WIDE}",
         "mapping: only feeds of kinds json_mapping, ckan_datastore have it"),
        ("ckan_datastore", f"mapping = {WIDE}",
         "resources: is missing; the catalogue is asked resource by resource"),
        ("json_mapping", "", "mapping: is missing; it says where in the document the values stand"),
        (
            "json_mapping",
            f'mapping = {WIDE}\ntopic = "t"\nparams = {{ a = "b" }}',
            "params: go with a request, and this feed makes none",
        ),
        (
            "json_mapping",
            'mapping = { values = [{ property = "pm10_24", path = "a" }] }',
            "mapping.values[0].property: unknown property 'pm10_24'; "
            "allowed: pm10_24h, pm10, pm25_24h, ...",
        ),
        (
            "json_mapping",
            'mapping = { property = "a", value = "b", properties = { fog = "fog_hour", mist = "" } }',
            "mapping.properties.fog: unknown property 'fog_hour'; allowed: fog_hours, ...",
        ),
        (
            "ngsi_ld",
            'entity_types = ["X"]\nentity_mappings = { X = { property = "=fog_hour", value = "b" } }',
            "entity_mappings.X.property: unknown property 'fog_hour'; allowed: fog_hours, ...",
        ),
        ("json_mapping", f'mapping = {WIDE}\nunits = {{ pm10 = "g" }}',
         "units: those of the properties; give a source's unit in its mapping"),
        (
            "ckan_datastore",
            f'mapping = {WIDE}\nresources = ["a", "b"]\nquota_per_day = 24\ninterval_s = 3600',
            "interval_s: the quota allows a round of the resources every 7200 s; allowed: at least 7200",
        ),
    ],
)  # fmt: skip
def test_keys_that_do_not_suit_the_kind_of_feed_are_told(pack: Path, kind: str, keys: str, said: str) -> None:
    with (pack / "feeds.toml").open("a", encoding="utf-8") as feeds:
        feeds.write(ROADS.format(kind=kind, keys=keys))
    assert problems(pack) == [f"feeds.toml: roads.{said}"]


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("ngsi_ld", "push = true"),
        ("ngsi_ld", 'entity_types = ["RoadAccident"]\ntimezone = "Asia/Bangkok"'),
        ("tomtom_flow", f"{POINT}\nquota_per_day = 2500\ninterval_s = 60"),
        ("longdo_events", ""),
        ("json_mapping", f'mapping = {WIDE}\ntopic = "roads/fog"'),
        ("ckan_datastore", f'mapping = {WIDE}\nresources = ["fog"]\nquota_per_day = 1000\ninterval_s = 900'),
        ("open_meteo", 'places = [{ feature_id = "air:quay", lat = 33.49, lon = -41.21 }]'),
        ("gistda", 'features = ["city", "lagoon"]\nvalue_class = "modelled"\nparams = { a = "b" }'),
    ],
)
def test_feeds_of_a_kind_are_read(pack: Path, kind: str, keys: str) -> None:
    with (pack / "feeds.toml").open("a", encoding="utf-8") as feeds:
        feeds.write(ROADS.format(kind=kind, keys=keys))
    feed = load_city(pack, {}).feed("roads")
    assert feed is not None
    assert feed.kind == kind
    assert feed.configured == ("push" in keys)


def test_unknown_zone_of_a_feed_is_told(pack: Path) -> None:
    with (pack / "feeds.toml").open("a", encoding="utf-8") as feeds:
        feeds.write(ROADS.format(kind="longdo_events", keys='timezone = "Asia/Khonkaen"'))
    (said,) = problems(pack)
    assert "timezone: unknown time zone 'Asia/Khonkaen'" in said


def test_demo_asks_for_what_would_be_sent_and_needs_no_key_or_quota(pack: Path) -> None:
    keys = f'{POINT}\nquota_per_day = 2500\ninterval_s = 60\nkey_param = "key"\nsimulated = []'
    with (pack / "feeds.toml").open("a", encoding="utf-8") as feeds:
        feeds.write(ROADS.format(kind="tomtom_flow", keys=keys))
        pushed = ROADS.format(kind="ngsi_ld", keys="push = true\nsimulated = []")
        feeds.write(pushed.replace("roads", "broker"))
    city = simulated(load_city(pack, {}), "http://127.0.0.1:1", "mqtt://127.0.0.1:2")
    flow, broker = city.feed("roads"), city.feed("broker")
    assert flow is not None
    assert (flow.quota_per_day, flow.key_param, flow.key) == (None, None, None)
    assert broker is not None
    assert (broker.push, broker.url) == (False, "http://127.0.0.1:1/feeds/broker")
