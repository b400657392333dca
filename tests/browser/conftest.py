"""One Chromium and one demo for all browser tests.

Both live as long as this package, not the session: while Playwright's synchronous hands are open, nothing
else can start an event loop in this process.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

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
