"""The weekly page on paper and on screens: one sheet of A4, light, and without scripts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from dashboard.dash_app import create_app
from dashboard.server import create_asgi
from dashboard.settings import Settings
from data_sources.catalogue import load_city
from data_sources.services import Services
from data_sources.stores.memory import MemoryChanges, MemoryHistory, MemoryLive
from data_sources.text import load_texts
from tests.browser.screen import Screen, script
from tests.builders import NOON
from tests.layouts.samples import PACK
from tests.server.conftest import serving
from tests.weekly import fill

BUNDLED = Path(__file__).parents[2] / "dashboard" / "cities" / "khon_kaen"
DEFAULTS: dict[str, Any] = {}
FRAME_SCROLLS = "sideways: nav."
"""The header's pages scroll on a phone."""
SIZES = ((390, 844), (1366, 768), (1920, 1080), (3840, 2160))
A4_PT = (595, 842)
DRAWN = "() => document.querySelectorAll('.week__row').length > 5 && document.querySelector('.foot .square')"


@pytest.fixture(scope="module", params=[BUNDLED, PACK], ids=["bundled city", "fictional city"])
def base(request: pytest.FixtureRequest) -> Iterator[str]:
    """A site of a city with thirteen weeks behind it, and no Dash behind the page."""
    city = load_city(request.param, {})
    history, live = MemoryHistory(), MemoryLive()
    fill(history, city)
    services = Services(
        city=city, live=live, history=history, clock=lambda: NOON, texts=load_texts(), synthetic=True
    )
    settings = Settings(**DEFAULTS)
    with serving(create_asgi(settings, services, MemoryChanges(live), create_app(settings, services))) as url:
        yield url


@pytest.mark.parametrize("lang", ["th", "en"])
def test_week_prints_to_one_sheet_of_a4_without_scripts(browser: Browser, base: str, lang: str) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}/weekly?lang={lang}&theme=dark")
    document = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1
    box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", document)
    assert box is not None
    assert tuple(round(float(side)) for side in box.groups()) == A4_PT
    context.close()


def test_paper_is_light_and_holds_two_rows_of_a_domain_and_nothing_of_the_frame(
    browser: Browser, base: str
) -> None:
    context = browser.new_context(viewport={"width": 706, "height": 1067})
    page = context.new_page()
    page.goto(f"{base}/weekly?lang=en&theme=dark")
    page.emulate_media(media="print")
    shown = page.evaluate(
        """() => ({
          ink: getComputedStyle(document.querySelector('h1')).color,
          frame: ['.head', '.foot', '.week-turn'].filter((part) => document.querySelector(part).offsetParent),
          most: Math.max(...[...document.querySelectorAll('.week__table tbody')].map(
            (domain) => [...domain.querySelectorAll('.week__row')].filter((row) => row.offsetParent).length)),
          small: [...document.querySelectorAll('.week *')].filter((one) => one.offsetParent
            && one.textContent.trim() && parseFloat(getComputedStyle(one).fontSize) < 11.5).length,
        })"""
    )
    assert shown == {"ink": "rgb(22, 25, 26)", "frame": [], "most": 2, "small": 0}
    context.close()


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_week_can_be_read_at_every_size(
    browser: Browser, base: str, lang: str, size: tuple[int, int]
) -> None:
    with Screen(browser, base, size) as screen:
        screen.page.goto(f"{base}/weekly?lang={lang}")
        screen.page.wait_for_function(DRAWN)
        faults = screen.page.evaluate(script("text_faults.js"))
        assert [fault for fault in faults if fault != FRAME_SCROLLS] == []
