"""The wall is a sign: nothing is there to touch, and everything has its place."""

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen, script
from tests.system.processes import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]
PANEL_PX = (3840, 2160)


@pytest.mark.parametrize("scene", ["overview", "mobility", "environment"])
@pytest.mark.parametrize("size", [PANEL_PX, (1920, 1080)])
def test_wall_has_nothing_to_touch(
    browser: Browser, demo: Running, size: tuple[int, int], scene: str
) -> None:
    with Screen(browser, demo.url, size) as screen:
        screen.open(
            "/wall/main", until=f"() => document.querySelector('.wall[data-shown={scene}]')", scene=scene
        )
        screen.settle()
        found = screen.ask(script("wall_faults.js"))
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
