"""Pages as they are before any data: complete frames without a single figure."""

import pytest
from dash import html

from data_sources.model.city import BaseLayer
from layouts import mobility, not_found, wall
from layouts.markup import to_html
from layouts.vehicle_map import credit_line, vehicle_map
from tests.layouts.samples import city, values, view, walk, words

LAYOUTS = {"mobility": mobility.layout, "wall": wall.layout, "not_found": not_found.layout}
EVERYWHERE = {"link", "feed-strip", "data-age", "clock", "date"}
WALL = ["city-state", "service-counts", "evenness", "slow-links", "rotation"]
DESK = [
    *("service-counts", "headway-board", "slow-links", "ladders", "map-layers", "tabs"),
    *("vehicle-detail", "headway-chart", "stop-board", "headway-chart", "vehicle-list"),
    *("incident-list", "traffic-index", "slow-links", "service-contract", "feed-list"),
    *("indicator-rows", "today", "evidence"),
]
PAGES = [("mobility", "th"), ("mobility", "en"), ("wall", "th"), ("wall", "en")]


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_page_has_its_islands(page, lang) -> None:
    islands = values(LAYOUTS[page](view(page, lang)), "data-island")
    own = WALL if page == "wall" else DESK
    assert sorted(islands) == sorted([*EVERYWHERE, *own])


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_page_lays_out_no_figure_before_the_stream_brings_one(page, lang) -> None:
    page_words = words(LAYOUTS[page](view(page, lang)))
    bands = city().spec.operations
    limits = {"low": f"{bands.bunched_share:g}", "high": f"{bands.gap_share:g}"}
    allowed = {credit_line(view(page, lang)), view(page, lang).t("ops.band", **limits)}
    assert [text for text in page_words if text not in allowed and any(c.isdigit() for c in text)] == []


@pytest.mark.parametrize(("page", "lang"), PAGES)
def test_empty_island_says_no_data_in_the_page_language(page, lang) -> None:
    says = set(values(LAYOUTS[page](view(page, lang)), "data-empty"))
    assert says == {"ไม่มีข้อมูล" if lang == "th" else "no data"}


@pytest.mark.parametrize("page", ["mobility", "wall", "not_found"])
def test_page_has_one_first_heading_one_main_and_a_polite_banner(page) -> None:
    items = list(walk(LAYOUTS[page](view(page))))
    assert sum(isinstance(item, html.H1) for item in items) == 1
    assert sum(isinstance(item, html.Main) for item in items) == 1
    assert values(LAYOUTS[page](view(page)), "aria-live") == ["polite"]


def test_ids_are_unique_over_all_pages() -> None:
    maps = [values(LAYOUTS[page](view(page)), "id") for page in ("mobility", "wall")]
    leaflet = [[value for value in ids if value.endswith("-map")] for ids in maps]
    assert leaflet == [["mobility-map"], ["wall-map", "wall-city-map"]]
    assert all(len(ids) == len(set(ids)) for ids in maps)


@pytest.mark.parametrize("page", ["mobility", "wall"])
def test_synthetic_figures_are_tagged_in_both_languages(page) -> None:
    for lang in ("th", "en"):
        tagged = words(LAYOUTS[page](view(page, lang, synthetic=True)))
        assert any("SYNTHETIC" in text for text in tagged)
    assert not any("SYNTHETIC" in text for text in words(LAYOUTS[page](view(page))))


def test_demo_timetable_and_replay_are_said() -> None:
    tagged = words(mobility.layout(view(synthetic=True, demo_timetable=True, replay=True)))
    assert any("demo timetable" in text for text in tagged)
    assert any("REPLAY" in text for text in tagged)


def test_current_language_and_theme_are_marked() -> None:
    page = mobility.layout(view(lang="th", theme="light"))
    marked = [
        item.children
        for item in walk(page)
        if isinstance(item, html.A) and getattr(item, "aria-current", None) == "true"
    ]
    assert marked == ["ไทย", "สว่าง"]


def test_menu_of_a_phone_names_the_page_and_stands_before_what_it_opens() -> None:
    head = to_html(mobility.layout(view("mobility", "en")).children[1])
    places = [head.index(part) for part in ('class="menu"', "<nav", 'class="switches"')]
    assert places == sorted(places)
    assert "Mobility</summary>" in head


def test_wall_has_nothing_to_touch() -> None:
    page = wall.layout(view("wall"))
    assert not any(isinstance(item, (html.A, html.Button)) for item in walk(page))
    leaflet = next(item for item in walk(page) if getattr(item, "id", None) == "wall-map")
    assert (leaflet.zoomControl, leaflet.dragging, leaflet.keyboard) == (False, False, False)


def test_map_opens_at_the_first_view_of_the_pack() -> None:
    leaflet = vehicle_map(view(), "a-map").children
    box = city().spec.views[0].bounds
    assert leaflet.bounds == [[box.south, box.west], [box.north, box.east]]


def test_each_map_of_a_wall_draws_its_own_layers_from_its_own_view() -> None:
    page = wall.layout(view("wall"))
    layers = [set(words.split()) for words in values(page, "data-layers")]
    assert len(layers) == 2
    assert "vehicles" in layers[0] - layers[1]
    assert "links" in layers[1] - layers[0]
    views = [item.view_id for item in city().spec.views]
    assert values(page, "data-view") == [views[0], views[1] if len(views) > 1 else views[0]]


def test_each_tab_controls_a_panel_that_names_it() -> None:
    items = list(walk(mobility.layout(view())))
    buttons = [item for item in items if getattr(item, "role", None) == "tab"]
    panels = {item.id: item for item in items if getattr(item, "role", None) == "tabpanel"}
    assert [getattr(one, "aria-selected") for one in buttons] == ["true", *["false"] * (len(buttons) - 1)]
    assert [getattr(one, "aria-controls") for one in buttons] == list(panels)
    for one in buttons:
        assert getattr(panels[getattr(one, "aria-controls")], "aria-labelledby") == one.id


def test_level_of_service_is_told_by_letters_and_no_data_has_its_own_look() -> None:
    for page in ("mobility", "wall"):
        legend = next(
            item
            for item in walk(LAYOUTS[page](view(page)))
            if isinstance(item, html.Ul) and item.className == "levels"
        )
        assert words(legend) == ["A–B", "C", "D", "E", "F", "no data"]
        looks = values(legend, "className")[1:]
        assert len(looks) == len(set(looks))


def test_tiles_are_used_only_when_a_service_is_set() -> None:
    def tiles(**more: object) -> list[str]:
        return values(vehicle_map(view(**more), "a-map"), "url")

    assert tiles() == []
    assert tiles(tile_url="https://tiles.example/{z}/{x}/{y}.png") == [
        "https://tiles.example/{z}/{x}/{y}.png"
    ]


def test_credits_name_sources_tiles_and_schematic_layers() -> None:
    plain = city()
    layer = BaseLayer(file="x.geojson", role="road", schematic=True, source="x")
    spec = plain.spec.model_copy(update={"layers": (layer,)})
    credit = credit_line(view(city=plain.model_copy(update={"spec": spec}), tile_attribution="Tiles of Ours"))
    assert credit == "Leaflet · Brumal Bay is fictional · Tiles of Ours · schematic: about 150 m"


def test_credits_are_escaped_where_leaflet_takes_html() -> None:
    page = vehicle_map(view(tile_attribution="<img src=x onerror=alert(1)>"), "a-map")
    (prefix,) = values(page, "prefix")
    assert "<img" not in prefix
    assert "&lt;img" in prefix
