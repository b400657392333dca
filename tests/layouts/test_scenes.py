"""A wall's scenes: laid out together, one of them shown."""

import pytest
from dash import html

from data_sources.model.city import SCENES, Scene
from layouts import scenes, wall
from layouts.view import View
from tests.layouts.samples import city, values, view, walk, words


def turning(*shown: Scene, **more: object) -> View:
    screen = city().screens[0].model_copy(update={"scenes": shown or SCENES})
    return view("wall", screen=screen, **more)  # type: ignore[arg-type]


def parts_of(scene: str, page: html.Div) -> list[object]:
    return [item for item in walk(page) if getattr(item, "data-scene", None) == scene]


def test_only_the_first_scene_is_shown_until_the_clock_says_which() -> None:
    page = wall.layout(turning("living", "overview", "mobility"))
    hidden = {scene: [part.hidden for part in parts_of(scene, page)] for scene in SCENES}  # type: ignore[attr-defined]
    assert hidden["living"] == [False, False]
    assert hidden["overview"] == hidden["mobility"] == [True, True]


@pytest.mark.parametrize("lang", ["th", "en"])
def test_every_scene_has_its_title_and_its_body(lang: str) -> None:
    page = wall.layout(turning(lang=lang))
    for scene in SCENES:
        title, body = parts_of(scene, page)
        assert isinstance(title, html.Span)
        assert words(title)[-1]
        assert isinstance(body, html.Div)
        assert values(body, "data-island")


def test_rotation_is_told_its_scenes_in_order_and_its_dwell() -> None:
    page = wall.layout(turning("people", "overview"))
    assert values(page, "data-scenes") == ["people overview"]
    assert values(page, "data-dwell") == [str(city().screens[0].dwell_s)]


def test_domain_without_indicators_has_no_scene() -> None:
    poor = city().model_copy(
        update={"indicators": tuple(one for one in city().indicators if one.domain == "people")}
    )
    assert scenes.scenes_of(turning(city=poor)) == ("overview", "mobility", "people")


def test_pack_without_indicators_still_has_its_vehicles_on_the_wall() -> None:
    poor = city().model_copy(update={"indicators": ()})
    assert scenes.scenes_of(turning("overview", "energy", city=poor)) == ("mobility",)


def test_domains_scene_asks_for_its_own_domain_only() -> None:
    page = wall.layout(turning("energy"))
    assert values(page, "data-domain") == ["energy", "energy"]


def test_page_that_is_no_wall_has_no_scenes() -> None:
    with pytest.raises(ValueError, match="no wall"):
        scenes.scenes_of(view("overview"))
