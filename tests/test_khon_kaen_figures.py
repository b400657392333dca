"""The bundled pack: what it measures and how it is judged, with the sources of its limits."""

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import mean

import pytest

from data_sources.catalogue import load_city
from data_sources.indicators import formulas, periods  # noqa: F401  (they register themselves)
from data_sources.indicators.registry import problems as formula_problems
from data_sources.measures.bands import band_and_status
from data_sources.model.city import City

PACK = Path(__file__).resolve().parent.parent / "dashboard" / "cities" / "khon_kaen"


@cache
def city() -> City:
    return load_city(PACK, {})


PER_DOMAIN = {
    "environment": 8, "economy": 7, "energy": 7, "governance": 7, "living": 7, "mobility": 9, "people": 8,
}  # fmt: skip
NAME_MAX = 28
"""Characters of a name that walls and phones have room for."""
SCALE_VALUES: list[tuple[str, float, str, int]] = [
    # Thai AQI 2023, Royal Gazette 140, special part 157 ง: 15.0, 25.0, 37.5, 75.0
    ("thai_aqi_2023_pm25", 15.0, "normal", 0),
    ("thai_aqi_2023_pm25", 15.1, "normal", 1),
    ("thai_aqi_2023_pm25", 25.1, "watch", 2),
    ("thai_aqi_2023_pm25", 37.5, "watch", 2),
    ("thai_aqi_2023_pm25", 37.6, "warning", 3),
    ("thai_aqi_2023_pm25", 75.1, "critical", 4),
    # Thai Meteorological Department: 0.1, 10.1, 35.1, 90.1 mm in 24 h
    ("rain_24h", 0.0, "normal", 0),
    ("rain_24h", 0.1, "normal", 1),
    ("rain_24h", 10.0, "normal", 1),
    ("rain_24h", 35.1, "watch", 3),
    ("rain_24h", 90.1, "warning", 4),
    # the municipality's public water page: above 0.11, 0.23, 0.46, 0.69 m
    ("road_water", 0.11, "normal", 0),
    ("road_water", 0.12, "watch", 1),
    ("road_water", 0.24, "watch", 2),
    ("road_water", 0.47, "warning", 3),
    ("road_water", 0.70, "critical", 4),
    # the same: above 0.5 and 1.0 one word, then 1.5, 2.0, 2.5 m
    ("pipe_water", 0.5, "normal", 0),
    ("pipe_water", 1.5, "normal", 1),
    ("pipe_water", 1.51, "watch", 2),
    ("pipe_water", 2.5, "warning", 3),
    ("pipe_water", 2.51, "critical", 4),
    # the same: freeboard below 0.5, 1.0 and 1.5 m; Bueng Nong Khot 1.75 m
    ("lake_freeboard", 0.49, "critical", 0),
    ("lake_freeboard", 0.5, "warning", 1),
    ("lake_freeboard", 1.0, "watch", 2),
    ("lake_freeboard", 1.5, "normal", 3),
    ("lake_freeboard_wide", 1.74, "watch", 2),
    ("lake_freeboard_wide", 1.75, "normal", 3),
]
SHUTTLE = PACK / "data" / "shuttle_monthly.csv"


def test_all_53_indicators_of_the_catalogue_are_there() -> None:
    assert Counter(spec.domain for spec in city().indicators) == PER_DOMAIN
    for domain, count in PER_DOMAIN.items():
        keys = [spec.key for spec in city().indicators if spec.domain == domain]
        prefix = domain[:3].upper()
        assert keys == [f"{prefix}-{number:02d}" for number in range(1, count + 1)]


def test_formulas_of_all_indicators_are_registered_and_given_what_they_need() -> None:
    assert {spec.key: found for spec in city().indicators if (found := formula_problems(spec))} == {}


def test_names_of_indicators_fit_a_wall_and_a_phone() -> None:
    for spec in city().indicators:
        assert len(spec.names.th) <= NAME_MAX, spec.key
        assert len(spec.names.en) <= NAME_MAX, spec.key


@pytest.mark.parametrize("compute", ["latest", "max_over_features", "max_over_period"])
def test_unit_of_an_indicator_that_takes_a_value_over_is_that_of_the_property(compute: str) -> None:
    for spec in city().indicators:
        if spec.compute == compute:
            (given,) = spec.inputs.values()
            assert spec.unit == city().properties[given.property].unit, spec.key


def test_target_that_nobody_published_is_marked_proposed() -> None:
    published = {spec.key for spec in city().indicators if spec.target and not spec.target.proposed}
    assert published == {"ENV-01", "ECO-05", "ENE-06", "GOV-05", "MOB-03"}
    for spec in city().indicators:
        if spec.target and spec.target.proposed:
            assert "Proposed" in spec.target.source, spec.key


def test_sources_of_limits_and_targets_are_told_in_thai() -> None:
    targets = [spec.target for spec in city().indicators if spec.target]
    for one in (*city().scales.values(), *targets):
        assert one.source_th is not None, one.source
        assert re.search("[ก-๙]", one.source_th), one.source_th


def test_limits_that_nobody_published_are_marked_proposed() -> None:
    proposed = {scale.scale_id for scale in city().scales.values() if scale.proposed}
    assert proposed == {"heat_index_day", "flooded_road_points", "feeds_in_date"}


@pytest.mark.parametrize(("scale_id", "value", "status", "band"), SCALE_VALUES)
def test_bands_are_those_of_their_source(scale_id: str, value: float, status: str, band: int) -> None:
    scale = city().scales[scale_id]
    assert band_and_status(scale, value) == (band, status)


def test_every_step_of_the_flood_ladder_says_what_it_means_who_acts_and_that_it_is_a_proposal() -> None:
    steps = city().scales["road_water"].bands
    assert [step.names.th for step in steps] == ["ปกติ", "เฝ้าระวัง", "เตรียมพร้อม", "อพยพกลุ่มเปราะบาง", "สั่งอพยพ"]
    for step in steps:
        assert step.meaning is not None
        assert step.action is not None
        assert step.issued_by is not None
        assert "ข้อเสนอ" in step.issued_by.th


def test_sensors_of_the_municipality_are_features_and_served_by_its_feeds() -> None:
    counts = Counter(feature.kind for feature in city().features)
    wanted = {"rain_gauge": 15, "road_point": 9, "pipe_point": 6, "lake": 4, "district": 26}
    assert {kind: counts[kind] for kind in wanted} == wanted
    kinds = {feature.feature_id: feature.kind for feature in city().features}
    listed = [one for feed in city().feeds if feed.kind == "flood_telemetry" for one in feed.features]
    assert Counter(kinds[one] for one in listed) == {
        "rain_gauge": 15,
        "road_point": 9,
        "pipe_point": 6,
        "lake": 4,
    }


def test_every_feature_with_a_place_lies_in_the_province() -> None:
    for feature in city().features:
        if feature.lat is not None and feature.lon is not None:
            assert city().spec.bounds.contains(feature.lat, feature.lon), feature.feature_id


def test_lakes_have_bank_levels_and_their_own_watch_limit() -> None:
    lakes = {feature.feature_id: feature for feature in city().features if feature.kind == "lake"}
    assert {one: lake.max_level_m for one, lake in lakes.items()} == {
        "Lake_02": 150.0, "Lake_03": 153.0, "Lake_05": 155.6, "Lake_06": 151.5,
    }  # fmt: skip
    assert lakes["Lake_05"].scales == {"lake_freeboard": "lake_freeboard_wide"}


def test_every_input_is_told_by_a_feed_or_by_the_platform() -> None:
    """Kinds of feeds know their properties by themselves; the others name them in a mapping."""
    mapped = {
        one
        for feed in city().feeds
        if feed.mapping
        for one in (*(value.property for value in feed.mapping.values), *feed.mapping.properties.values())
    }
    by_kind = {
        "pm25_24h", "air_temperature", "relative_humidity", "rain_24h",
        "lake_level", "road_water", "hotspots", "streetlight_fault",
    }  # fmt: skip
    own = {
        given.property
        for spec in city().indicators
        for given in spec.inputs.values()
        if "platform" in given.feeds
    }
    used = {given.property for spec in city().indicators for given in spec.inputs.values()}
    assert used - mapped - by_kind - own == set()


def shuttle_months() -> list[dict[str, str]]:
    return list(csv.DictReader(SHUTTLE.read_text("utf-8").splitlines()))


def test_real_shuttle_series_has_39_months_and_the_sums_of_its_source() -> None:
    rows = shuttle_months()
    assert len({row["period"] for row in rows}) == len(rows) == 39
    assert (rows[0]["period"], rows[-1]["period"]) == ("2022-06", "2025-08")
    assert round(mean(float(row["passengers_per_day"]) for row in rows)) == 13107
    assert sum(int(row["accidents"]) for row in rows) == 16


def test_months_of_the_shuttle_series_that_repeat_others_or_are_rounded_are_flagged() -> None:
    flags = {row["period"]: row["flags"] for row in shuttle_months()}
    repeated = [period for period, flag in flags.items() if flag == "repeats_other_month"]
    assert repeated == ["2022-06", "2022-07", "2023-01", "2023-02"]
    assert [period for period, flag in flags.items() if flag == "rounded"] == [
        one for one in flags if one >= "2024-05"
    ]
    for row in shuttle_months():
        if row["flags"] == "rounded":
            assert float(row["passengers_per_day"]) % 100 == 0
