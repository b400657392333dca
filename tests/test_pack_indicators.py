"""What a pack measures: indicators, bands, features and properties, and what is said of wrong ones."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.check import check_report
from dashboard.settings import Settings
from data_sources.catalogue import load_city
from data_sources.errors import ConfigError
from data_sources.model.indicator import DOMAINS
from data_sources.model.spec import Lang
from data_sources.pack_indicators import allowed, vocabulary
from data_sources.views.catalogue import scales

BRUMAL_BAY = Path(__file__).parent / "fixtures" / "cities" / "brumal_bay"

Change = Callable[[str, str, str], None]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BRUMAL_BAY, tmp_path / "brumal_bay"))


@pytest.fixture
def change(pack: Path) -> Change:
    """Replace the first occurrence of a text in a file of the pack."""

    def replace(name: str, old: str, new: str) -> None:
        text = (pack / name).read_text("utf-8")
        assert old in text
        (pack / name).write_text(text.replace(old, new, 1), "utf-8")

    return replace


def problems(pack: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_city(pack, {})
    return str(caught.value).split("\n")


def test_vocabulary_names_every_property_once_and_bounds_it() -> None:
    ids = [one.property_id for one in vocabulary()]
    assert len(ids) == len(set(ids))
    for one in vocabulary():
        low, high = one.plausible
        assert low is not None, one.property_id
        assert high is not None, one.property_id
        assert low < high, one.property_id
    assert {one.domain for one in vocabulary()} == set(DOMAINS)


def test_only_a_lakes_zero_is_missing_in_the_vocabulary() -> None:
    """0.00 m is a true reading of a road or a pipe, and no reading of a lake above sea level."""
    assert [one.property_id for one in vocabulary() if one.zero_is_missing] == ["lake_level"]


def test_every_domain_of_the_fictional_city_has_an_indicator() -> None:
    city = load_city(BRUMAL_BAY, {})
    assert {spec.domain for spec in city.indicators} == set(DOMAINS)
    assert [spec.key for spec in city.indicators][:3] == ["ENV-01", "ENV-02", "ENV-03"]


def test_domain_of_an_entry_is_that_of_its_file() -> None:
    spec = load_city(BRUMAL_BAY, {}).indicator("PEO-01")
    assert spec is not None
    assert spec.domain == "people"


def test_pack_adds_a_property_and_changes_a_shared_one_for_itself_only() -> None:
    properties = load_city(BRUMAL_BAY, {}).properties
    shared = {one.property_id: one for one in vocabulary()}
    assert properties["fog_hours"].unit == "h/day"
    assert "fog_hours" not in shared
    assert (shared["lake_level"].zero_is_missing, properties["lake_level"].zero_is_missing) == (True, False)
    assert properties["pm10"] == shared["pm10"]


def test_feeds_know_the_units_of_all_properties() -> None:
    feed = load_city(BRUMAL_BAY, {}).feed("brumal_fog")
    assert feed is not None
    assert (feed.units["fog_hours"], feed.units["pm25"]) == ("h/day", "µg/m³")


def test_source_of_a_scale_is_told_in_the_words_of_the_page_where_the_pack_has_them() -> None:
    city = load_city(BRUMAL_BAY, {})

    def told(lang: Lang) -> list[tuple[str, str]]:
        pair = [scales(city, lang, str)[key] for key in ("who_pm10_day", "lagoon_freeboard")]
        return [(one["source"].split()[0], one["source_lang"]) for one in pair]

    assert told("en") == [("WHO", "en"), ("fictional", "en")]
    assert told("th") == [("Orientações", "th"), ("fictional", "en")]


def test_pack_without_the_optional_files_measures_nothing(pack: Path) -> None:
    shutil.rmtree(pack / "indicators")
    for name in ("bands.toml", "features.toml"):
        (pack / name).unlink()
    feeds = (pack / "feeds.toml").read_text("utf-8").split('\n[[feeds]]\nfeed_id = "brumal_air"')[0]
    (pack / "feeds.toml").write_text(feeds, "utf-8")
    city = load_city(pack, {})
    assert (city.indicators, city.features, city.scales) == ((), (), {})
    assert "pm25" in city.properties


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("properties.toml", 'unit = "m MSL"', 'unit = "m"',
         "properties.toml: lake_level.unit: 'm' is not that of the shared property; allowed: m MSL"),
        ("properties.toml", '"fog_hours"', '"lake_level"',
         "properties.toml: property_id: 'lake_level' occurs twice; each must be unique"),
        ("properties.toml", "plausible = [0, 24]", "plausible = [24, 0]",
         "properties.toml: fog_hours.plausible: the lower limit must be less than the upper"),
        ("bands.toml", "upto = 45", "upto = 80",
         "bands.toml: scales[0]: upto must rise from band to band"),
        ("bands.toml", 'status = "watch"', 'status = "yellow"',
         "bands.toml: scales[0].bands[1].status: 'yellow' is not allowed; "
         "allowed: normal, watch, warning, critical"),
        ("bands.toml", 'source = "fictional"', 'source = " "',
         "bands.toml: lagoon_freeboard.source: is empty; say who set or proposes the limits"),
        ("bands.toml", '"lagoon_freeboard"', '"who_pm10_day"',
         "bands.toml: scale_id: 'who_pm10_day' occurs twice; each must be unique"),
        ("features.toml", 'feature_id = "air:quay"', 'feature_id = "lagoon"',
         "features.toml: feature_id: 'lagoon' occurs twice; each must be unique"),
        ("features.toml", "lat = 33.4915\n", "",
         "features.toml: air:quay.lat: give lat and lon, or neither"),
        ("features.toml", 'pm10_24h = "who_pm10_day"', 'pm10_24 = "who_pm10_day"',
         "features.toml: air:quay.scales.pm10_24: unknown property; allowed: pm10_24h, pm10, pm25_24h, ..."),
        ("features.toml", '= "who_pm10_day"', '= "who_pm10"',
         "features.toml: air:quay.scales.pm10_24h: unknown scale 'who_pm10'; "
         "allowed: lagoon_freeboard, who_pm10_day"),
        ("features.toml", '= "who_pm10_day"', '= "lagoon_freeboard"',
         "features.toml: air:quay.scales.pm10_24h: 'lagoon_freeboard' is in m; allowed: a scale in µg/m³"),
        ("indicators/people.toml", 'key = "PEO-02"', 'key = "PEO-01"',
         "indicators/*.toml: key: 'PEO-01' occurs twice; each must be unique"),
        ("indicators/people.toml", 'key = "PEO-02"', 'key = "PEO-02"\ndomain = "living"',
         "indicators/people.toml: PEO-02.domain: 'living' is not allowed; allowed: people"),
        ("indicators/people.toml", 'key = "PEO-02"', 'key = "people-2"',
         "indicators/people.toml: indicators[1].key: 'people-2' is not allowed; "
         "allowed: text that matches ^[A-Z]{2,5}-[0-9]{2,3}$"),
        ("indicators/people.toml", 'property = "population"', 'property = "populatoin"',
         "indicators/people.toml: PEO-01.inputs.value.property: unknown property 'populatoin'; "
         "allowed: population, population_60_plus, ..."),
        ("indicators/people.toml", '["brumal_services"]', '["brumal_service"]',
         "indicators/people.toml: PEO-02.inputs.value.feeds: unknown feed 'brumal_service'; "
         "allowed: brumal_services, brumal_vehicles, brumal_air, ..."),
        ("indicators/people.toml", 'feeds = ["brumal_services"]', 'features = ["lagon"]',
         "indicators/people.toml: PEO-02.inputs.value.features: unknown feature 'lagon'; "
         "allowed: air:heights, air:quay, city, lagoon, quarter:beach, quarter:upper"),
        ("indicators/people.toml", 'property = "wifi_users", feeds = ["brumal_services"]',
         'property = "PEO-02", feeds = ["indicator"]',
         "indicators/people.toml: PEO-02.inputs.value.property: an indicator cannot go into itself"),
        ("indicators/people.toml", 'property = "wifi_users", feeds = ["brumal_services"]',
         'property = "PEO-03", feeds = ["indicator"]',
         "indicators/people.toml: PEO-02.inputs.value.property: unknown indicator 'PEO-03'; "
         "allowed: PEO-02, PEO-01, ENV-03, ..."),
        ("indicators/environment.toml", 'bands = "who_pm10_day"', 'bands = "who_pm10"',
         "indicators/environment.toml: ENV-01.bands: unknown scale 'who_pm10'; "
         "allowed: lagoon_freeboard, who_pm10_day"),
        ("indicators/environment.toml", 'bands = "who_pm10_day"', 'bands = "lagoon_freeboard"',
         "indicators/environment.toml: ENV-01.bands: 'lagoon_freeboard' is in m; allowed: a scale in µg/m³"),
        ("indicators/environment.toml", "value = 45", "low = 45",
         'indicators/environment.toml: ENV-01.target: give value, where better is "lower"'),
        ("indicators/living.toml", "low = 70", "low = 95",
         'indicators/living.toml: LIV-01.target: give low and high, where better is "target"'),
        ("indicators/living.toml", 'better = "target"', 'better = "neutral"',
         'indicators/living.toml: LIV-01.target: none is aimed at where better is "neutral"'),
        ("indicators/living.toml", 'source = "fictional"', 'source = ""',
         "indicators/living.toml: LIV-01.target.source: is empty; say who set it, or that we propose it"),
    ],
)  # fmt: skip
def test_wrong_entry_is_told_with_file_key_and_allowed_values(
    pack: Path, change: Change, name: str, old: str, new: str, said: str
) -> None:
    change(name, old, new)
    assert said in problems(pack)


def test_file_of_no_domain_is_told(pack: Path) -> None:
    (pack / "indicators" / "weather.toml").write_text("")
    assert problems(pack) == [
        "indicators/weather.toml: no domain of this name; allowed: environment, economy, energy, governance, "
        "living, mobility, people"
    ]


def test_one_wrong_entry_does_not_make_problems_of_those_that_name_it(pack: Path, change: Change) -> None:
    change("bands.toml", 'scale_id = "who_pm10_day"', 'scale_id = "WHO"')
    assert [line.split(":")[0] for line in problems(pack)] == ["bands.toml"]
    change("feeds.toml", 'feed_id = "brumal_services"', 'feed_id = "Services"')
    assert [line.split(":")[0] for line in problems(pack)] == ["feeds.toml", "bands.toml"]


def test_allowed_names_are_all_when_few_and_the_nearest_when_many() -> None:
    assert allowed({"b", "a"}) == "a, b"
    assert allowed([], "a") == "none, as the pack has none"
    many = [f"rain_{hours}h" for hours in range(20)]
    assert allowed(many, "rain_19") == "rain_19h, rain_9h, rain_1h, ..."
    assert (
        allowed(many, "xyz")
        == "rain_0h, rain_10h, rain_11h, rain_12h, rain_13h, rain_14h, rain_15h, rain_16h, ..."
    )


def test_check_counts_what_is_measured() -> None:
    found = {row["what"]: row["finding"] for row in check_report(Settings(city=BRUMAL_BAY))}
    assert found["indicators"] == "10, 2 of them judged by bands"
    assert found["features"] == "air_station 2, city 1, district 2, lake 1"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"rolling_mean"', '"rolling"', "ENV-01.compute: unknown formula 'rolling'; known: "),
        ("lake_level = {", "level = {", "ENV-02.compute: lake_freeboard_min takes the inputs lake_level"),
    ],
)
def test_check_refuses_an_indicator_that_does_not_suit_its_formula(
    pack: Path, change: Change, old: str, new: str, said: str
) -> None:
    change("indicators/environment.toml", old, new)
    with pytest.raises(ConfigError) as caught:
        check_report(Settings(city=pack))
    assert str(caught.value).startswith(f"indicators/environment.toml: {said}")
