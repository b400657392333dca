"""The server goes away and comes back: pages say so, keep their picture, and need no hands."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psutil
import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen, script
from tests.system.processes import Running, wait_until

pytestmark = pytest.mark.faults
NOTICED_WITHIN_S = 10.0
BACK_WITHIN_S = 15.0
ZONE = ZoneInfo("Asia/Bangkok")
LOST = "() => document.documentElement.dataset.link === 'lost'"
UP = "() => document.documentElement.dataset.link === 'up'"
NOTE_LINK = """() => {
  window.links = [];
  new MutationObserver(() => window.links.push([document.documentElement.dataset.link, Date.now() / 1000]))
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-link"] });
}"""
"""The page itself notes when its link changed: a test that looks at two pages is late at the second. A reload
would lose the notes."""
IS_DIMMED = """() => [...document.querySelectorAll("[data-dim]")].every(
  (element) => Number(getComputedStyle(element).opacity) <= 0.6)"""
IS_BRIGHT = """() => [...document.querySelectorAll("[data-dim]")].every(
  (element) => getComputedStyle(element).opacity === "1")"""
ALL_LIVE = f"() => {{ const all = ({script('vehicles.js')})(); "
ALL_LIVE += "return all.length === 25 && all.every((one) => one.state === 'live'); }"


@pytest.fixture
def screens(browser: Browser, demo: Running) -> Iterator[list[Screen]]:
    """A desk and a wall that note how their link fares."""
    with ExitStack() as stack:
        opened = [stack.enter_context(Screen(browser, demo.url, errors_expected=True)) for _ in range(2)]
        for screen, path in zip(opened, ("/mobility", "/wall/mobility"), strict=True):
            screen.open(path, lang="en")
            screen.wait(UP, f"{path} is connected")
            screen.ask(NOTE_LINK)
        yield opened


@pytest.fixture
def web(demo: Running) -> Iterator[psutil.Process]:
    """The web child; when the test ends there is one again, and the supervisor runs."""
    yield demo.child("serve")
    psutil.Process(demo.process.pid).send_signal(signal.SIGCONT)
    wait_until(demo.is_ready, 40, "the web process is back")


def assert_lost(screen: Screen, since: float) -> None:
    """Within 10 s the page says so with the time of its last data, and keeps the picture, dimmed."""
    screen.wait(LOST, "the page notices")
    assert when(screen, "lost") - since <= NOTICED_WITHIN_S
    last_ms = screen.ask("() => scopc.stream.link.get().lastDataAt")
    last = datetime.fromtimestamp(last_ms / 1000, UTC).astimezone(ZONE)
    assert f"Last data {last:%H:%M:%S}" in screen.text(".link-banner")
    screen.wait(IS_DIMMED, "the picture is dimmed")
    vehicles = screen.vehicles().values()
    assert [one.id for one in vehicles if one.is_painted] == [one.id for one in vehicles]
    assert len(vehicles) == 25
    assert "25/25" in screen.ask("() => document.querySelector('.service-counts').textContent")


def assert_back(screen: Screen, since: float, frame_before: int) -> None:
    """Within 15 s a full, new snapshot is drawn, without a reload."""
    screen.wait(UP, "the page is connected again")
    assert when(screen, "up") - since <= BACK_WITHIN_S
    screen.wait("(before) => scopc.fleet.model().frameT > before", "a new frame", argument=frame_before)
    screen.wait(ALL_LIVE, "25 live vehicles")
    screen.wait(IS_BRIGHT, "the picture is bright again")
    screen.wait("() => document.querySelector('.link-banner').hidden", "the banner leaves")


def when(screen: Screen, link: str) -> float:
    """Epoch seconds at which the page last noted such a link."""
    notes: list[tuple[str, float]] = screen.ask("() => window.links")
    return max(at for state, at in notes if state == link)


def frame_times(screens: list[Screen]) -> list[int]:
    return [screen.ask("() => scopc.fleet.model().frameT") for screen in screens]


def test_killed_server_is_noticed_and_comes_back_without_hands(
    demo: Running, screens: list[Screen], web: psutil.Process
) -> None:
    before = frame_times(screens)
    # The supervisor would have it back before anybody noticed: hold it until the pages have.
    supervisor = psutil.Process(demo.process.pid)
    supervisor.send_signal(signal.SIGSTOP)
    web.send_signal(signal.SIGKILL)
    killed = time.time()
    for screen in screens:
        assert_lost(screen, killed)
    supervisor.send_signal(signal.SIGCONT)
    wait_until(demo.is_ready, 40, "the supervisor has started another")
    ready = time.time()
    for screen, frame in zip(screens, before, strict=True):
        assert_back(screen, ready, frame)


def test_server_that_hangs_is_noticed_and_recovers(
    demo: Running, screens: list[Screen], web: psutil.Process
) -> None:
    # Nothing is closed: only the silence tells.
    before = frame_times(screens)
    web.send_signal(signal.SIGSTOP)
    stopped = time.time()
    try:
        for screen in screens:
            assert_lost(screen, stopped)
    finally:
        web.send_signal(signal.SIGCONT)
    resumed = time.time()
    for screen, frame in zip(screens, before, strict=True):
        assert_back(screen, resumed, frame)
