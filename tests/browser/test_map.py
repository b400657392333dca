"""The map draws: vehicles where they are, and a base map that needs no internet."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen, script
from tests.system.processes import Running

MANY_PX = 200
"""So many pixels of one exact colour are a shape; fewer could be the blended edge of something else."""
SEEN = {
    "/mobility": ["water", "road", "line-red", "line-yellow", "line-blue", "line-green"],
    "/wall/mobility": ["water", "road", "line-red", "line-yellow", "line-blue", "line-green"],
}
COUNT = """() => {
  const { stats } = [...scopc.mapPage.maps][0].scopcVehicles;
  const first = stats.drawn;
  let frames = -1;  // the frame that is known already comes at once
  scopc.stream.subscribe("vehicles", () => {
    frames += 1;
    window.counted = { frames, pictures: stats.drawn - first };
  });
}"""
FLEET_IS_DRAWN = "() => [...scopc.mapPage.maps].some((map) => map.scopcVehicles.stats.inView === 25)"


@pytest.mark.parametrize("path", SEEN)
def test_25_vehicles_are_painted_where_they_are(browser: Browser, demo: Running, path: str) -> None:
    with Screen(browser, demo.url) as screen:
        screen.open(path)
        screen.wait(FLEET_IS_DRAWN, "25 marks in view")
        assert len(screen.painted_vehicles()) == 25


@pytest.mark.parametrize("path", SEEN)
def test_base_map_comes_from_the_pack_alone(browser: Browser, demo: Running, path: str) -> None:
    with Screen(browser, demo.url) as screen:
        screen.open(path)
        layers = [urlsplit(layer["url"]).path for layer in screen.ask("() => scopc.page.config().layers")]
        assert len(layers) >= 4
        tokens = SEEN[path]
        enough = f"(tokens) => Object.values(({script('base_colours.js')})(tokens))"
        enough += f".every((n) => n >= {MANY_PX})"
        screen.wait(enough, f"water, roads and lines on the base map of {path}", argument=tokens)
        assert {path: screen.answers.get(path) for path in layers} == dict.fromkeys(layers, 200)
        assert {urlsplit(url).hostname for url in screen.requests} == {"127.0.0.1"}


def test_vehicles_glide_between_fixes(browser: Browser, demo: Running) -> None:
    # More pictures than frames of data: the browser draws the way between two fixes.
    with Screen(browser, demo.url) as screen:
        screen.open("/mobility")
        screen.wait(FLEET_IS_DRAWN, "25 marks in view")
        screen.ask(COUNT)
        screen.wait("() => window.counted.frames >= 4", "four frames of vehicles")
        counted = screen.ask("() => window.counted")
        assert counted["pictures"] > 2 * counted["frames"]
