"""The wall is a sign: nothing is there to touch, and everything has its place."""

from tests.browser.pages import PANEL
from tests.browser.screen import Screen, script


def test_wall_has_nothing_to_touch(scene: Screen) -> None:
    for size in ((1920, 1080), PANEL):
        scene.resize(size)
        found = scene.ask(script("wall_faults.js"))
        assert not found["pageScrolls"]
        assert found["scrollers"] == []
        assert found["cursors"] == ["none"]
        assert found["controls"] == 0
        tag = scene.page.get_by_text("SYNTHETIC").first.bounding_box()
        assert tag is not None
        assert tag["x"] >= 0
        assert tag["y"] >= 0
        assert tag["x"] + tag["width"] <= size[0]
        assert tag["y"] + tag["height"] <= size[1]
