"""One Chromium and one demo for all browser tests.

Both live as long as this package, not the session: while Playwright's synchronous hands are open, nothing
else can start an event loop in this process.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.pages import DESKS, LANGS, PANEL, SCENES, open_page, put_back
from tests.browser.screen import DESK, Screen
from tests.system.processes import Running, running, wait_until

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, without a page."""
    program = shutil.which("chromium")
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


@pytest.fixture(scope="package", params=[(path, lang) for path in DESKS for lang in LANGS], ids="-".join)
def opened_desk(browser: Browser, demo: Running, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """Each page of the desk in each language, drawn once for all tests that only look at it.

    Its last test over, it demands a clean console and no policy violation."""
    path, lang = request.param
    with Screen(browser, demo.url, DESK) as screen:
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


@pytest.fixture(scope="package", params=[(scene, lang) for scene in SCENES for lang in LANGS], ids="-".join)
def opened_scene(browser: Browser, demo: Running, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """Each scene of the bundled city's wall in each language, held, on the panel that it is made for."""
    scene, lang = request.param
    with Screen(browser, demo.url, PANEL) as screen:
        open_page(screen, "/wall/main", scene=scene, lang=lang)
        yield screen
        forget_lost_streams(screen)


@pytest.fixture
def scene(opened_scene: Screen) -> Iterator[Screen]:
    """One of the scenes, as it was opened; whatever a test does to it is put back."""
    yield opened_scene
    put_back(opened_scene, PANEL)
