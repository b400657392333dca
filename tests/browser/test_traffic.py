"""Roads without data are grey, never free: by the feeds' silence and by the browser's own clock."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from dashboard.runfile import read_run_file
from tests.browser.screen import Screen
from tests.system.processes import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
ROAD_FEEDS = ("road_detectors", "tomtom_flow")
PAGES = ("/mobility", "/wall/main")
LEVELS = """() => {
  const { frame } = scopc.networkLinks.current();
  const now = scopc.freshness.clock.now();
  return frame === null ? null : frame.speed.map((_, i) => scopc.networkLinks.levelAt(frame, i, now));
}"""
SOME_LEVEL = f"() => (({LEVELS})() || []).some((level) => level > 0)"
NO_LEVEL = f"() => {{ const all = ({LEVELS})(); return all !== null && all.every((level) => level === 0); }}"
SQUARES = """() => [...document.querySelectorAll(".los")].map((square) => square.dataset.los)"""
PAINT = """() => {
  const style = getComputedStyle(document.documentElement);
  const tokens = ["los-c", "los-d", "los-e", "los-f", "los-ab"];
  const wanted = new Set(tokens.map((token) => parseInt(style.getPropertyValue(`--${token}`).trim().slice(1), 16)));
  let count = 0;
  for (const canvas of document.querySelectorAll("canvas.scopc-links")) {
    if (canvas.width === 0) continue;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (let at = 0; at < pixels.length; at += 4)
      if (pixels[at + 3] === 255 && wanted.has((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2])) count += 1;
  }
  return count;
}"""
LATER = "02:00:00"
"""Longer than every source's limit."""


@pytest.mark.parametrize("path", PAGES)
def test_links_grey_by_the_browsers_own_clock(browser: Browser, demo: Running, path: str) -> None:
    with Screen(browser, demo.url, errors_expected=True) as screen:
        screen.page.clock.install()
        screen.open(path, lang="en")
        screen.wait(SOME_LEVEL, "links with levels")
        screen.page.clock.run_for(1000)
        screen.wait(f"() => ({PAINT})() > 20", "levels painted on the map")
        screen.hold("/stream")  # the next connection; the present one ends with the jump in time
        screen.page.clock.fast_forward(LATER)
        screen.wait(NO_LEVEL, "no link has a level any more")
        screen.page.clock.run_for(6000)
        screen.wait(f"() => ({PAINT})() === 0", "no level's colour on the map")
        assert set(screen.ask(SQUARES)) <= {"-"}
        # Nothing that depended on them reads as normal, and no count as a true zero.
        normal = "() => document.querySelectorAll('.status[data-status=normal]').length"
        assert screen.ask(normal) == 0
        slow = screen.text('[data-island="slow-links"]')
        assert "no data" in slow
        assert screen.ask("() => document.querySelector('.service-counts').dataset.age") == "stale"


@pytest.fixture
def silent_roads(demo: Running) -> Iterator[Running]:
    """The demo whose road feeds fail; they answer again when the test has ended."""
    order(demo, "unavailable")
    yield demo
    for feed in ROAD_FEEDS:
        control(demo, action="restore", feed=feed)


def order(demo: Running, action: str) -> None:
    for feed in ROAD_FEEDS:
        control(demo, action=action, feed=feed)


def control(demo: Running, **command: object) -> None:
    run = read_run_file(demo.data_dir)
    assert run is not None
    httpx.post(f"{run.simulator_http}/control", json=command).raise_for_status()


def test_road_feeds_that_fail_are_told_and_never_shown_as_free(
    browser: Browser, silent_roads: Running
) -> None:
    with Screen(browser, silent_roads.url) as screen:
        screen.open("/mobility", lang="en")
        screen.show_tab("feeds")
        down = "() => [...document.querySelectorAll('.feeds td.state')].filter((cell) => cell.textContent.trim() !== 'live').length >= 2"
        screen.wait(down, "the feeds' failure is told", 90)
        links = screen.ask(LEVELS)
        ages = screen.ask(
            "() => scopc.networkLinks.current().frame.age.map((age, i) => [age, scopc.networkLinks.current().frame.los[i]])"
        )
        # Who never told anything has no level: silence is not free flow.
        assert [i for i, (age, los) in enumerate(ages) if age < 0 and (links[i] != 0 or los != "-")] == []


def test_board_and_ladders_show_the_vehicles(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url, (1920, 1080)) as screen:
        screen.open("/mobility", lang="en")
        screen.wait("() => document.querySelectorAll('.ladder__vehicle').length === 25", "25 on the ladders")
        drawn = screen.ask(
            "() => [...document.querySelectorAll('.ladder__vehicle')].map((one) => one.dataset.id)"
        )
        assert set(drawn) == set(screen.ask("() => scopc.fleet.model().ids"))
        dots = "() => document.querySelectorAll('.line :is(.strip__dot, .shape--warning, .shape--watch)').length"
        screen.wait(f"() => ({dots})() > 15", "headways as dots on the board", 30)
        assert len(screen.texts(".line .pill")) == 4
        assert any("25" in text for text in screen.texts('[data-key="service"] dd'))
