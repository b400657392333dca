"""The wall is a sign: what stands on it can be read by its farthest viewer, and nothing is there to touch."""

import re

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen, script
from tests.system.processes import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]
PANEL_PX = (3840, 2160)
IMAGE_HEIGHT_M, DISTANCE_M = 0.809, 4.0  # a 65-inch panel, as the pack's screen says
# Size of type in hundredths of the image's height, per metre of distance and metre of image: letters that
# subtend 16 arc-minutes (NUREG-0700, ISO 9241-3) and 10. Thai consonants are lower than capitals: x 1.25.
MUST_BE_READ, LEAST = 0.65, 0.41
THAI_FACTOR = 1.25
ROUNDING = 0.995


def reading_size(text: str, px: float) -> float:
    """Size of a text in the unit of the two limits."""
    of_image = 100 * px / PANEL_PX[1]
    script_factor = THAI_FACTOR if re.search(r"[\u0e00-\u0e7f]", text) else 1
    return of_image / (DISTANCE_M / IMAGE_HEIGHT_M) / script_factor


@pytest.mark.parametrize("lang", ["th", "en"])
def test_wall_can_be_read_from_its_farthest_seat(browser: Browser, demo: Running, lang: str) -> None:
    with Screen(browser, demo.url, PANEL_PX) as screen:
        screen.open("/wall/main", lang=lang)
        screen.settle()
        found = screen.ask(script("wall_sizes.js"))
        sizes = [
            (row["text"], reading_size(row["text"], row["px"]), row["element"]) for row in found["texts"]
        ]
        assert len(sizes) > 30
        assert [row for row in sizes if row[1] < LEAST * ROUNDING] == []
        readable = sum(size >= MUST_BE_READ * ROUNDING for _, size, _ in sizes)
        assert readable / len(sizes) >= 0.8, [row for row in sizes if row[1] < MUST_BE_READ * ROUNDING]


@pytest.mark.parametrize("size", [PANEL_PX, (1920, 1080)])
def test_wall_has_nothing_to_touch(browser: Browser, demo: Running, size: tuple[int, int]) -> None:
    with Screen(browser, demo.url, size) as screen:
        screen.open("/wall/main")
        screen.settle()
        found = screen.ask(script("wall_sizes.js"))
        assert not found["pageScrolls"]
        assert found["scrollers"] == []
        assert found["cursors"] == ["none"]
        assert found["controls"] == 0
        tag = screen.page.get_by_text("SYNTHETIC").first.bounding_box()
        assert tag is not None
        assert tag["x"] >= 0
        assert tag["y"] >= 0
        assert tag["x"] + tag["width"] <= size[0]
        assert tag["y"] + tag["height"] <= size[1]
