"""The environment page: what it asks its islands for, in a city that has it and in one that does not."""

from dataclasses import replace
from pathlib import Path

import pytest

from data_sources.catalogue import load_city
from layouts import environment
from layouts.view import View
from tests.layouts.samples import values, view, walk, words

KHON_KAEN = Path(__file__).parents[2] / "dashboard" / "cities" / "khon_kaen"


@pytest.fixture(scope="module")
def full() -> View:
    return replace(view("environment"), city=load_city(KHON_KAEN, {}))


def islands(page: object) -> list[str]:
    return values(page, "data-island")


def test_page_has_air_by_hour_and_by_season_lakes_weather_and_a_map_of_places(full: View) -> None:
    page = environment.layout(full)
    drawn = [name for name in islands(page) if name.startswith("chart-")]
    assert drawn == ["chart-series", "chart-columns", "chart-season", "chart-series", "chart-series"]
    assert values(page, "data-layers") == ["places"]
    assert {"indicator-rows", "today", "place-legend"} <= set(islands(page))


def test_flood_steps_are_those_of_the_scales_that_the_points_are_judged_by(full: View) -> None:
    page = environment.layout(full)
    scales = values(page, "data-scale")
    assert scales == ["road_water", "pipe_water"]
    assert all(len(full.city.scales[scale].bands) == 5 for scale in scales)


def test_every_step_of_a_flood_says_in_thai_what_it_means_and_what_is_done(full: View) -> None:
    for scale in ("road_water", "pipe_water"):
        for band in full.city.scales[scale].bands:
            assert band.meaning is not None
            assert band.meaning.th
            assert band.action is not None
            assert band.action.th


def test_city_without_lakes_and_road_points_has_no_region_for_them() -> None:
    bare = view("environment")
    bare = replace(bare, city=bare.city.model_copy(update={"features": (), "indicators": ()}))
    page = environment.layout(bare)
    assert "steps" not in islands(page)
    assert not [name for name in islands(page) if name in {"chart-columns", "chart-season"}]


@pytest.mark.parametrize("lang", ["th", "en"])
def test_page_lays_out_no_figure_before_the_stream_brings_one(full: View, lang) -> None:
    own = replace(full, lang=lang)
    allowed = {own.t("environment.air"), own.t("environment.air_note"), own.t("environment.districts")}
    regions = [
        item for item in walk(environment.layout(own)) if getattr(item, "className", "") == "subject__main"
    ]
    said = [text for region in regions for text in words(region) if "Leaflet" not in text]
    assert [text for text in said if text not in allowed and any(c.isdigit() for c in text)] == []


def test_ids_are_unique(full: View) -> None:
    ids = values(environment.layout(full), "id")
    assert len(ids) == len(set(ids))
