"""No overlapping or cut text, at every size and in both languages, in the states that a page goes through."""

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import FIGURES_STAND, Screen, script
from tests.system.processes import Running

SIZES = ((1366, 768), (1920, 1080), (3840, 2160), (390, 844))
WALL_SIZES = SIZES[:3]
"""A wall is a panel, never a phone."""
TABS = ("vehicle", "stop", "vehicles", "incidents", "traffic", "service", "feeds")


def faults(screen: Screen) -> list[str]:
    return screen.faults("text_faults.js")


def cut_in_tall_letters(screen: Screen) -> list[str]:
    """What would be cut if another name stood there."""
    assert screen.ask(script("tallest_thai.js")) > 0
    found: list[str] = screen.ask(script("text_faults.js"))
    return [line for line in found if "cut in height" in line]


def select_first(screen: Screen) -> None:
    screen.ask("() => scopc.pageState.select(scopc.fleet.model().order()[0])")
    screen.wait("() => document.querySelector('.detail') !== null", "the detail")


@pytest.mark.parametrize("lang", ["th", "en"])
def test_desk_text_can_be_read_at_every_size(browser: Browser, demo: Running, lang: str) -> None:
    with Screen(browser, demo.url, SIZES[0]) as screen:
        screen.open("/mobility", lang=lang)
        found: dict[object, list[str]] = {}
        for size in SIZES:
            screen.resize(size)
            screen.ask("() => scopc.pageState.select(null)")
            for tab in TABS:
                screen.show_tab(tab)
                found[size, tab] = faults(screen)
            select_first(screen)
            found[size, "with a selection"] = faults(screen)
        found["in tall letters"] = cut_in_tall_letters(screen) if lang == "th" else []
        assert {key: lines for key, lines in found.items() if lines} == {}


@pytest.mark.parametrize("lang", ["th", "en"])
def test_wall_text_can_be_read_at_every_size(browser: Browser, demo: Running, lang: str) -> None:
    with Screen(browser, demo.url, WALL_SIZES[0]) as screen:
        screen.open("/wall/mobility", lang=lang)
        found: dict[object, list[str]] = {}
        for size in WALL_SIZES:
            screen.resize(size)
            found[size] = faults(screen)
        found["in tall letters"] = cut_in_tall_letters(screen) if lang == "th" else []
        assert {key: lines for key, lines in found.items() if lines} == {}


@pytest.mark.parametrize("path", ["/mobility", "/wall/mobility"])
@pytest.mark.parametrize("lang", ["th", "en"])
def test_text_can_be_read_without_data_and_without_a_server(
    browser: Browser, demo: Running, path: str, lang: str
) -> None:
    with Screen(browser, demo.url, errors_expected=True) as screen:
        screen.page.clock.install()
        screen.hold("/stream")
        screen.open(path, until=FIGURES_STAND, lang=lang)
        screen.page.clock.fast_forward("00:10")
        screen.wait("() => !document.querySelector('.link-banner').hidden", "the banner")
        found = {}
        for size in WALL_SIZES if path.startswith("/wall") else SIZES:
            screen.page.set_viewport_size({"width": size[0], "height": size[1]})
            screen.page.clock.run_for(1200)  # panels that follow their size do so each second
            found[size] = screen.ask(script("text_faults.js"))
        assert {key: lines for key, lines in found.items() if lines} == {}


BROKEN = {
    "cut across": "box.style.cssText = 'width: 40px; overflow: hidden; white-space: nowrap';",
    'cut: "ทดสอบข้อความยาว" cut in height': "box.style.cssText = 'height: 8px; overflow: hidden';",
    "stands beside the page": "box.style.cssText = 'position: absolute; left: -30px; top: 200px';",
    "covered: ": "const lid = document.createElement('div');"
    " lid.style.cssText = 'background: gray; height: 50px; position: relative; top: -60px'; box.after(lid);",
    "overlap: ": "const other = document.createElement('p'); other.textContent = 'on top';"
    " other.style.cssText = 'position: relative; top: -45px'; box.after(other);",
    "tight: ": "box.style.cssText = 'line-height: 1.2; width: 6em; white-space: normal';"
    " box.textContent = 'ที่นี่ ที่นั่น ที่โน่น ที่นี่ ที่นั่น ที่โน่น';",
    "sideways: ": "box.style.cssText = 'width: 60px; overflow: auto; white-space: nowrap';",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_check_finds_what_is_broken(browser: Browser, demo: Running, fault: str) -> None:
    with Screen(browser, demo.url, errors_expected=True) as screen:  # the browser notes the 404
        screen.open("/no/such/page", until="() => document.querySelector('h1') !== null", lang="th")
        screen.ask(
            f"""() => {{
              const box = document.createElement("p");
              box.textContent = "ทดสอบข้อความยาว";
              document.querySelector("main").append(box);
              {BROKEN[fault]}
            }}"""
        )
        assert any(fault in line for line in faults(screen))
