"""Views of a city that does not exist, for tests of layouts."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from dash.development.base_component import Component

from data_sources.catalogue import load_city
from data_sources.model.city import City
from data_sources.model.spec import Lang
from data_sources.text import load_texts
from layouts.view import PageKey, View

PACK = Path(__file__).parents[1] / "fixtures" / "cities" / "brumal_bay"


@cache
def city() -> City:
    return load_city(PACK, {})


def view(page: PageKey = "mobility", lang: Lang = "en", **more: object) -> View:
    screen = city().screens[0] if page == "wall" else None
    plain = View(
        page=page,
        path=f"/wall/{screen.screen_id}" if screen else f"/{page}",
        lang=lang,
        theme="dark",
        city=city(),
        texts=load_texts(),
        screen=screen,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def walk(component: object) -> Iterator[object]:
    """The component and everything in it, words included."""
    yield component
    if isinstance(component, Component):
        children = getattr(component, "children", None)
        for child in children if isinstance(children, (list, tuple)) else [children]:
            if child is not None:
                yield from walk(child)


def words(component: object) -> list[str]:
    return [item for item in walk(component) if isinstance(item, str)]


def values(component: object, prop: str) -> list[str]:
    """Values of a property, from outside in."""
    return [
        getattr(item, prop) for item in walk(component) if isinstance(item, Component) and hasattr(item, prop)
    ]
