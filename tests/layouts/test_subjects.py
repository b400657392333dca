"""Subjects of energy, economy, people, living, governance: charts of what a city has, and of nothing else."""

from functools import cache
from pathlib import Path

import pytest

from data_sources.catalogue import load_city
from data_sources.model.city import City
from layouts import economy, energy, governance, living, people
from tests.layouts.samples import values, view, words

PRODUCT_PACK = next((Path(__file__).parents[2] / "dashboard" / "cities").iterdir())
LAYOUTS = {
    "energy": energy.layout,
    "economy": economy.layout,
    "people": people.layout,
    "living": living.layout,
    "governance": governance.layout,
}
SHARED = {"link", "feed-strip", "data-age", "clock", "date", "evidence", "indicator-rows", "today"}
FULL = {
    "energy": {"chart-cycle", "chart-series", "working", "electric-fleet"},
    "economy": {"chart-cycle", "chart-series", "statistics"},
    "people": {"small-multiples"},
    "living": {"chart-cycle", "chart-series", "working", "small-multiples"},
    "governance": {"chart-cycle", "ticket-summary", "ticket-drawer", "agency-ledger", "small-multiples"},
}
SECOND = {
    "energy": {"chart-cycle"},
    "economy": {"chart-cycle", "statistics"},
    "people": {"small-multiples"},
    "living": {"chart-series"},
    "governance": {"agency-ledger"},
}


@cache
def full_city() -> City:
    return load_city(PRODUCT_PACK, {})


def islands(page: str, **more: object) -> set[str]:
    return set(values(LAYOUTS[page](view(page, **more)), "data-island")) - SHARED


@pytest.mark.parametrize("page", LAYOUTS)
def test_city_with_all_indicators_gets_every_part_of_the_subject(page) -> None:
    assert islands(page, city=full_city()) == FULL[page]


@pytest.mark.parametrize("page", LAYOUTS)
def test_second_city_gets_the_parts_that_it_has_indicators_for(page) -> None:
    assert islands(page) == SECOND[page]


@pytest.mark.parametrize("page", LAYOUTS)
def test_every_chart_names_an_indicator_that_its_city_has(page) -> None:
    for city in (full_city(), view().city):
        laid_out = LAYOUTS[page](view(page, city=city))
        named = {*values(laid_out, "data-key"), *" ".join(values(laid_out, "data-keys")).split()}
        assert named <= {spec.key for spec in city.indicators if spec.domain == page}


@pytest.mark.parametrize("page", LAYOUTS)
def test_city_without_indicators_gets_no_chart(page) -> None:
    bare = view().city.model_copy(update={"indicators": (), "feeds": ()})
    assert islands(page, city=bare) <= {"statistics", "agency-ledger"}


@pytest.mark.parametrize("page", LAYOUTS)
@pytest.mark.parametrize("lang", ["th", "en"])
def test_no_heading_of_a_subject_is_a_bare_key(page, lang) -> None:
    told = words(LAYOUTS[page](view(page, lang, city=full_city())))
    assert [text for text in told if text.startswith(f"{page}.")] == []


@pytest.mark.parametrize("page", LAYOUTS)
def test_ids_of_a_page_are_unique(page) -> None:
    ids = values(LAYOUTS[page](view(page, city=full_city())), "id")
    assert len(ids) == len(set(ids))


def test_every_indicator_of_people_stands_under_one_heading() -> None:
    grouped = people.grouped(view("people", city=full_city()))
    keys = [key for some in grouped.values() for key in some]
    assert sorted(keys) == sorted(spec.key for spec in full_city().indicators if spec.domain == "people")


def test_map_of_reports_opens_at_the_town_and_draws_reports_only() -> None:
    page = governance.layout(view("governance", city=full_city()))
    assert values(page, "data-layers") == ["tickets"]
    assert values(page, "data-view") == [full_city().spec.views[1].view_id]
