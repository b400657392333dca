"""Whatever stands on a wall can be read by its farthest viewer: on the page, in drawings and on maps.

The rule is NUREG-0700's: the height of a character, seen from where it is read, subtends 16 arc-minutes where
it must be read, and never less than 10. The height is that of a Latin capital, and of a Thai consonant (Thai
has no capitals), both from the outlines of the fonts that are served.
"""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from playwright.sync_api import Browser

from tests.browser.pages import LANGS, SCENES, turn_to
from tests.browser.screen import Screen, script
from tests.system.processes import Running

PANEL_PX = (3840, 2160)
PANEL_INCH, DISTANCE_M = 65, 4.0
IMAGE_HEIGHT_M = PANEL_INCH * 0.0254 * PANEL_PX[1] / math.hypot(*PANEL_PX)
LEAST_ARCMIN, MUST_BE_READ_ARCMIN = 10, 16
READ_SHARE = 0.8
"""Share of the texts that stand at the size of what must be read; names on maps and credits need not."""
ROUNDING = 0.998
FEWEST_TEXTS = 15
SCENE_STANDS = "() => document.querySelectorAll('.scene:not([hidden]) :is(.value__digits, .fig)').length > 1"
FONTS = Path(__file__).parents[2] / "assets" / "fonts"
THAI = re.compile(r"[\u0e00-\u0e7f]")


@cache
def letter_em(letter: str, weight: int) -> float:
    """Height of a letter over its line, in em."""
    font = TTFont(FONTS / f"looped-board-{weight}.woff2")
    glyphs = font.getGlyphSet()
    pen = BoundsPen(glyphs)
    glyphs[font.getBestCmap()[ord(letter)]].draw(pen)
    assert pen.bounds is not None
    return float(pen.bounds[3] / font["head"].unitsPerEm)


def arcmin(text: str, px: float, weight: int) -> float:
    """Angle that the letters of a text subtend at the farthest viewer; Thai letters where there are any."""
    letter = "ก" if THAI.search(text) else "H"
    height_m = letter_em(letter, weight) * px / PANEL_PX[1] * IMAGE_HEIGHT_M
    return 60 * math.degrees(2 * math.atan(height_m / (2 * DISTANCE_M)))


@contextmanager
def wall_in_mood(browser: Browser, demo: Running, mood: str, lang: str) -> Iterator[Screen]:
    """The wall with every status and nearly every value ("busy"), or without any ("silent")."""
    with Screen(browser, demo.url, PANEL_PX) as screen:
        screen.page.add_init_script(script("canvas_words.js"))
        screen.page.add_init_script(f"window.cityMood = '{mood}';")
        screen.page.add_init_script(script("city_figures.js"))
        screen.open("/wall/main", until=SCENE_STANDS, lang=lang, scene=SCENES[0])
        yield screen


@pytest.fixture(scope="module", params=LANGS)
def busy_wall(browser: Browser, demo: Running, request: pytest.FixtureRequest) -> Iterator[Screen]:
    with wall_in_mood(browser, demo, "busy", request.param) as screen:
        yield screen


@pytest.fixture(scope="module", params=LANGS)
def silent_wall(browser: Browser, demo: Running, request: pytest.FixtureRequest) -> Iterator[Screen]:
    with wall_in_mood(browser, demo, "silent", request.param) as screen:
        yield screen


def texts_of(screen: Screen, scene: str) -> list[tuple[float, str, str]]:
    """Every text of a scene: its angle in arc-minutes, its words, where it stands."""
    turn_to(screen, scene)
    screen.wait(SCENE_STANDS, f"figures of {scene}")
    if scene == "mobility":
        screen.wait("() => window.canvasWords().length > 0", "names stand on the maps")
        screen.wait("() => !document.querySelector('.service-counts [data-missing]')", "the service is known")
    assert screen.faults("wall_cut.js") == []
    rows = screen.ask(script("wall_type.js"))
    return [(arcmin(row["text"], row["px"], row["weight"]), row["text"], row["where"]) for row in rows]


@pytest.mark.parametrize("scene", SCENES)
def test_wall_can_be_read_from_its_farthest_seat(busy_wall: Screen, scene: str) -> None:
    assert_can_be_read(texts_of(busy_wall, scene))


@pytest.mark.parametrize("scene", ["overview", "environment"])
def test_wall_without_a_figure_can_be_read_from_its_farthest_seat(silent_wall: Screen, scene: str) -> None:
    assert_can_be_read(texts_of(silent_wall, scene))


def assert_can_be_read(texts: list[tuple[float, str, str]]) -> None:
    """None is too small, and most are as large as what must be read."""
    assert len(texts) >= FEWEST_TEXTS
    assert [row for row in texts if row[0] < LEAST_ARCMIN * ROUNDING] == []
    small = [row for row in texts if row[0] < MUST_BE_READ_ARCMIN * ROUNDING]
    assert 1 - len(small) / len(texts) >= READ_SHARE, small
