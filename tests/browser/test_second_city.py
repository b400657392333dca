"""The application starts with another city, and shows no word of the first."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext

from data_sources.model.indicator import DOMAINS
from tests.browser.pages import DESKS, open_page, turn_to
from tests.browser.screen import Screen, new_profile, script
from tests.fixtures.khon_kaen_words import leaks
from tests.system.processes import Running, running, scopc, wait_until

BRUMAL_BAY = Path(__file__).parents[1] / "fixtures" / "cities" / "brumal_bay"
VEHICLES = 5
WITHOUT_DRAWINGS = """() => {
  const copy = document.documentElement.cloneNode(true);
  for (const drawing of copy.querySelectorAll("svg, style, noscript")) drawing.remove();
  for (const placed of copy.querySelectorAll("[style]")) placed.removeAttribute("style");
  return copy.outerHTML;
}"""
"""The document without drawings, places and style sheets, whose pixels may look like a town's coordinates."""
NO_FEED = "ENV-03"
"""Hours of fog: the lighthouse sends nothing."""
SCENES = ("overview", *DOMAINS)
SIZES = {"/mobility": ((1366, 768), (390, 844)), "/wall/quayside": ((1366, 768),)}


@pytest.fixture(scope="module")
def brumal_bay(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("brumal")
    with running("demo", data_dir=folder, SCOPC_CITY=str(BRUMAL_BAY)) as one:
        wait_until(
            lambda: len(one.get("/api/v1/vehicles").json()["features"]) == VEHICLES, 30, "its vehicles"
        )
        yield one


@pytest.fixture(scope="module")
def resident(browser: Browser) -> Iterator[BrowserContext]:
    """Someone who reads one page of the city after another."""
    profile = new_profile(browser)
    yield profile
    profile.close()


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("path", SIZES)
def test_second_city_is_drawn_without_a_word_of_the_first(
    browser: Browser, brumal_bay: Running, path: str, lang: str
) -> None:
    with Screen(browser, brumal_bay.url) as screen:
        screen.open(path, lang=lang)
        screen.wait(
            "(n) => [...scopc.mapPage.maps][0].scopcVehicles.stats.inView === n",
            "its vehicles in view",
            argument=VEHICLES,
        )
        assert len(screen.painted_vehicles()) == VEHICLES
        colours = ["water", "road", "line-teal", "line-orange"]
        screen.wait(
            f"(tokens) => Object.values(({script('base_colours.js')})(tokens)).every((n) => n > 100)",
            "its base map",
            argument=colours,
        )
        assert "Brumal" in screen.text()
        assert leaks(screen.text()) == []
        assert leaks(screen.page.content()) == []
        assert leaks(" ".join(screen.requests)) == []
        assert {urlsplit(url).hostname for url in screen.requests} == {"127.0.0.1"}
        for size in SIZES[path]:
            screen.resize(size)
            assert screen.faults("text_faults.js") == [], size


@pytest.mark.parametrize("lang", ["th", "en"])
def test_second_city_has_every_scene_on_its_wall(browser: Browser, brumal_bay: Running, lang: str) -> None:
    with Screen(browser, brumal_bay.url, (1920, 1080)) as screen:
        open_page(screen, "/wall/harbour", lang=lang, scene=SCENES[0])
        for scene in SCENES:
            turn_to(screen, scene)
            assert screen.faults("wall_cut.js") == [], scene
            assert leaks(screen.text()) == [], scene


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("path", [page for page in DESKS if page != "/mobility"])
def test_every_page_of_the_second_city_is_drawn_without_a_word_of_the_first(
    browser: Browser, resident: BrowserContext, brumal_bay: Running, path: str, lang: str
) -> None:
    with Screen(browser, brumal_bay.url, profile=resident) as screen:
        open_page(screen, path, lang=lang)
        assert leaks(screen.text()) == []
        assert leaks(screen.ask(WITHOUT_DRAWINGS)) == []
        assert leaks(" ".join(screen.requests)) == []
        assert screen.errors == []


def test_indicator_without_a_feed_is_listed_as_missing(browser: Browser, brumal_bay: Running) -> None:
    told = {item["key"]: item for item in brumal_bay.get("/api/v1/indicators").json()["items"]}
    assert (told[NO_FEED]["value"], told[NO_FEED]["state"]) == (None, "missing")
    with Screen(browser, brumal_bay.url) as screen:
        open_page(screen, "/environment", lang="en")
        row = f'[data-evidence="indicator:{NO_FEED}"] .value'
        assert screen.page.locator(row).first.get_attribute("data-look") == "missing"


def test_check_of_the_second_city_passes() -> None:
    answer = scopc("check", SCOPC_CITY=str(BRUMAL_BAY))
    assert answer.returncode == 0, answer.stdout + answer.stderr
