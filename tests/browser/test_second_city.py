"""The application starts with another city, and shows no word of the first."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen, script
from tests.fixtures.khon_kaen_words import leaks
from tests.system.processes import Running, running, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]
BRUMAL_BAY = Path(__file__).parents[1] / "fixtures" / "cities" / "brumal_bay"
VEHICLES = 5
SIZES = {"/mobility": ((1366, 768), (390, 844)), "/wall/quayside": ((1366, 768),)}


@pytest.fixture(scope="module")
def brumal_bay(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("brumal")
    with running("demo", data_dir=folder, SCOPC_CITY=str(BRUMAL_BAY)) as one:
        wait_until(
            lambda: len(one.get("/api/v1/vehicles").json()["features"]) == VEHICLES, 30, "its vehicles"
        )
        yield one


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
        vehicles = screen.vehicles().values()
        assert [one.id for one in vehicles if not (one.is_inside and one.is_painted)] == []
        colours = ["water", "road", "line-teal", "line-orange"]
        screen.wait(
            f"(tokens) => Object.values(({script('base_colours.js').rstrip().rstrip(';')})(tokens))"
            ".every((n) => n > 100)",
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
            assert screen.ask(script("text_faults.js")) == [], size
