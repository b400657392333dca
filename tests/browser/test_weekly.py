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
from data_sources.model.indicator import IndicatorSpec, IndicatorValue
from data_sources.services import Services
from data_sources.stores.memory import MemoryChanges, MemoryHistory, MemoryLive
from data_sources.text import load_texts
from data_sources.views.weekly import PRINTED_AT_MOST
from tests.browser.screen import Screen
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
NOW_IS = 4242.0
DRAWN = "() => document.querySelectorAll('.week__row').length > 5 && document.querySelector('.foot .square')"


@pytest.fixture(scope="module", params=[BUNDLED, PACK], ids=["bundled city", "fictional city"])
def base(request: pytest.FixtureRequest) -> Iterator[str]:
    """A site of a city with thirteen weeks behind it whose indicators all stand at NOW_IS, and no Dash behind
    the page."""
    city = load_city(request.param, {})
    history, live = MemoryHistory(), MemoryLive()
    fill(history, city)
    live.put_indicators([stands_now(one) for one in city.indicators])
    services = Services(
        city=city, live=live, history=history, clock=lambda: NOON, texts=load_texts(), synthetic=True
    )
    settings = Settings(**DEFAULTS)
    with serving(create_asgi(settings, services, MemoryChanges(live), create_app(settings, services))) as url:
        yield url


def stands_now(spec: IndicatorSpec) -> IndicatorValue:
    return IndicatorValue(
        key=spec.key,
        domain=spec.domain,
        unit=spec.unit,
        value=NOW_IS,
        computed_at=NOON,
        observed_at=NOON,
        cadence_s=spec.cadence_s,
    )


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


def test_paper_is_light_and_holds_no_more_rows_than_fit_and_nothing_of_the_frame(
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
          rows: [...document.querySelectorAll('.week__row')].filter((row) => row.offsetParent).length,
          small: [...document.querySelectorAll('.week *')].filter((one) => one.offsetParent
            && one.textContent.trim() && parseFloat(getComputedStyle(one).fontSize) < 11.5).length,
        })"""
    )
    assert 7 <= shown.pop("rows") <= PRINTED_AT_MOST
    assert shown == {"ink": "rgb(22, 25, 26)", "frame": [], "small": 0}
    context.close()


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_week_can_be_read_at_every_size(
    browser: Browser, base: str, lang: str, size: tuple[int, int]
) -> None:
    with Screen(browser, base, size) as screen:
        screen.open("/weekly", until=DRAWN, lang=lang)
        assert screen.faults("text_faults.js", FRAME_SCROLLS.__ne__) == []


def test_drawer_tells_what_stood_for_the_week_and_now_only_among_the_facts(
    browser: Browser, base: str
) -> None:
    with Screen(browser, base) as screen:
        screen.page.goto(f"{base}/weekly/2026-W40?lang=th")
        row = screen.page.locator(".week__row:has(.week__figure [data-look=fresh])").first
        figure, share = (row.locator(part).inner_text() for part in (".week__figure", ".week__complete"))
        row.locator(".week__figure").click()
        drawer = screen.page.locator("[data-island=evidence]")
        facts = drawer.locator(".evidence__facts")
        facts.wait_for()
        assert drawer.locator(".value__digits").inner_text() == figure
        assert "2026-W40" in drawer.locator(".evidence__week").inner_text()
        ends = [one.get_attribute("datetime") for one in facts.locator("time").all()]
        assert [str(end)[:10] for end in ends] in (["2026-09-27", "2026-10-04"], ["2026-09-28", "2026-10-05"])
        assert share.rstrip(" %") in facts.inner_text()
        now = f"{NOW_IS:,.0f}"
        assert [now in text for text in drawer.locator("dd").all_inner_texts()].count(True) == 1
        assert drawer.inner_text().count(now) == 1
        rows = drawer.locator(".evidence__links a").last.get_attribute("href")
        assert rows is not None
        assert f"from={str(ends[0])[:10]}" in rows
