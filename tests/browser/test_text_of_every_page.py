"""Every page of the desk and every scene of the wall can be read: no text is cut, covered or overlapped at
any size, and every sign is drawn by the bundled font."""

import re
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from tests.browser.screen import Screen
from tests.browser.test_text import SIZES, WALL_SIZES, faults

FONT = Path(__file__).parents[2] / "assets" / "fonts" / "looped-board-400.woff2"
GLYPHS = frozenset(TTFont(FONT).getBestCmap())
SIGNS = "() => [...new Set(document.body.innerText + document.title)].join('')"
OF_DRAWER = re.compile("tight|(cut|sideways).*evidence")
"""What lies under the drawer is covered; what stands in it is whole."""
UNSEEN = "\n\r\t\u200b"


def faults_at(screen: Screen, sizes: tuple[tuple[int, int], ...]) -> dict[tuple[int, int], list[str]]:
    """What cannot be read, by size."""
    found = {}
    for size in sizes:
        screen.resize(size)
        found[size] = faults(screen)
    return {size: lines for size, lines in found.items() if lines}


def test_text_of_the_desk_can_be_read_at_every_size(desk: Screen) -> None:
    assert faults_at(desk, SIZES) == {}


def test_text_of_the_drawer_can_be_read_at_every_size(desk: Screen) -> None:
    desk.page.locator("main [data-evidence]:not([disabled]) >> visible=true").first.click()
    desk.wait("() => document.querySelector('.evidence__links') !== null", "the drawer is filled")
    found = {}
    for size in SIZES:
        desk.resize(size)
        found[size] = desk.faults("text_faults.js", OF_DRAWER.match)
    assert {size: lines for size, lines in found.items() if lines} == {}


def test_text_of_the_scene_can_be_read_at_every_size(scene: Screen) -> None:
    assert faults_at(scene, WALL_SIZES) == {}


def test_every_sign_of_the_desk_is_drawn_by_the_bundled_font(desk: Screen) -> None:
    assert foreign(desk) == []


def test_every_sign_of_the_scene_is_drawn_by_the_bundled_font(scene: Screen) -> None:
    assert foreign(scene) == []


def foreign(screen: Screen) -> list[str]:
    """Signs on the page that the bundled font does not have."""
    return [sign for sign in screen.ask(SIGNS) if ord(sign) not in GLYPHS and sign not in UNSEEN]
