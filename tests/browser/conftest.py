"""One Chromium and one demo for all browser tests.

Both live as long as this package, not the session: while Playwright's synchronous hands are open, nothing
else can start an event loop in this process.
"""

import re
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from tests.browser.pages import DESKS, LANGS, PANEL, SCENES, open_page, put_back, show_scene
from tests.browser.screen import DESK, Screen, new_profile
from tests.system.processes import Running, running, wait_until

PAGE = re.compile(r"desk /\w* (th|en)|wall (th|en)")
"""In the name of a test: what many files look at and nobody wants to open twice."""
PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
"""The build without windows opens a page at a fifth of the cost."""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--font-render-hinting=slight",  # as a browser with windows draws letters: else they are of other sizes
)


HANGS_AFTER_S = 300
"""However busy the machine: a test that is interrupted leaves a broken browser to those after it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this package is a test of a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(HANGS_AFTER_S))


class ByPage(LoadScopeScheduling):
    """Gives one worker, one after another, all tests that look at one opened page, and every other file.

    (`--dist loadgroup` would say the same with marks, but does not see them under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        page = PAGE.search(nodeid)
        return page.group() if page else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPage:
    """With several workers, each page is opened by one of them."""
    return ByPage(config, log)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, without a page."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no chromium binary: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`scopc demo` with its 25 vehicles. Whoever breaks it mends it."""
    with running("demo", data_dir=tmp_path_factory.mktemp("browser")) as one:
        wait_until(lambda: len(one.get("/api/v1/vehicles").json()["features"]) == 25, 30, "25 vehicles")
        yield one


@pytest.fixture(scope="package")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A reader who has been here, so that the scripts come from the cache, and asks for a page at rest."""
    one = new_profile(browser, reduced_motion="reduce")
    yield one
    one.close()


@pytest.fixture(scope="package", params=product(DESKS, LANGS), ids="desk {0[0]} {0[1]}".format)
def opened_desk(
    browser: Browser, profile: BrowserContext, demo: Running, request: pytest.FixtureRequest
) -> Iterator[Screen]:
    """Each page of the desk in each language, drawn once for all tests that only look at it.

    Its last test over, it demands a clean console and no policy violation."""
    path, lang = request.param
    with Screen(browser, demo.url, DESK, profile=profile) as screen:
        open_page(screen, path, lang=lang)
        yield screen
        forget_lost_streams(screen)


def forget_lost_streams(screen: Screen) -> None:
    """The last page is open until the end, while other tests kill the server behind it."""
    screen.errors[:] = [error for error in screen.errors if "net::ERR_" not in error]


@pytest.fixture
def desk(opened_desk: Screen) -> Iterator[Screen]:
    """One of the desks, as it was opened; whatever a test does to it is put back."""
    yield opened_desk
    put_back(opened_desk, DESK)


@pytest.fixture(scope="package", params=LANGS, ids="wall {}".format)
def opened_wall(
    browser: Browser, profile: BrowserContext, demo: Running, request: pytest.FixtureRequest
) -> Iterator[Screen]:
    """The bundled city's wall in each language, on the panel that it is made for, opened once."""
    with Screen(browser, demo.url, PANEL, profile=profile) as screen:
        open_page(screen, "/wall/main", scene=SCENES[0], lang=request.param)
        yield screen
        forget_lost_streams(screen)


@pytest.fixture(params=SCENES)
def scene(opened_wall: Screen, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """One of the scenes, held and drawn; whatever a test does to it is put back."""
    show_scene(opened_wall, request.param)
    yield opened_wall
    put_back(opened_wall, PANEL)
