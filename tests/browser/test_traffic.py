"""Roads without data are grey, never free: by the feeds' silence and by the browser's own clock."""

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen
from tests.system.processes import Running

PAGES = ("/mobility", "/wall/mobility")
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
  const colour = (token) => parseInt(style.getPropertyValue(`--${token}`).trim().slice(1), 16);
  const wanted = new Set(tokens.map(colour));
  let count = 0;
  for (const canvas of document.querySelectorAll("canvas.scopc-links")) {
    if (canvas.width === 0) continue;
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (let at = 0; at < pixels.length; at += 4) {
      const painted = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
      if (pixels[at + 3] === 255 && wanted.has(painted)) count += 1;
    }
  }
  return count;
}"""
DRAWN = "() => [...document.querySelectorAll('.ladder__vehicle')].map((one) => one.dataset.id)"
DOTS = """() => {
  const marks = ".line :is(.strip__dot, .shape--warning, .shape--watch)";
  return document.querySelectorAll(marks).length;
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


def test_board_and_ladders_show_every_vehicle_that_has_a_place(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url, (1920, 1080)) as screen:
        screen.open("/mobility", lang="en")
        # A street that a line drives twice tells no place at first; such a vehicle is in service too.
        screen.wait("() => document.querySelectorAll('.ladder__vehicle').length >= 15", "vehicles on ladders")
        drawn = screen.ask(DRAWN)
        assert len(drawn) == len(set(drawn))
        assert set(drawn) <= set(screen.ask("() => scopc.fleet.model().ids"))
        screen.wait(f"() => ({DOTS})() > 10", "headways as dots on the board", 30)
        assert len(screen.texts(".line .pill")) == 4
        assert any("25" in text for text in screen.texts('[data-key="service"] dd'))
