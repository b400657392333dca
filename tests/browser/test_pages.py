"""Every page, language and theme: a clean console, the reader's choice, and the bones that a reader needs."""

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import open_page, show_theme
from tests.browser.screen import Screen, script
from tests.system.processes import Running

PAGES = ("/mobility", "/wall/mobility")
CHOSEN = "() => [document.documentElement.lang, document.documentElement.dataset.theme]"
CHOICES = [("th", "dark"), ("en", "light")]
BODY_TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize(("lang", "theme"), CHOICES)
@pytest.mark.parametrize("path", PAGES)
def test_page_is_clean_and_sound(browser: Browser, demo: Running, path: str, lang: str, theme: str) -> None:
    with Screen(browser, demo.url) as screen:  # leaving it demands a clean console and no policy violation
        screen.open(path, lang=lang, theme=theme)
        screen.settle()
        assert screen.ask(CHOSEN) == [lang, theme]
        assert "SYNTHETIC" in screen.text()
        assert screen.ask(script("bones.js")) == []
        for shown in ("dark", "light"):
            show_theme(screen, shown)
            assert [
                one for one in screen.ask(script("contrast.js")) if one["ratio"] < BODY_TEXT_CONTRAST
            ] == []


def test_chart_follows_the_theme(browser: Browser, demo: Running) -> None:
    ink = "() => getComputedStyle(document.querySelector('.chart__plot .main-svg text')).fill"
    with Screen(browser, demo.url) as screen:
        open_page(screen, "/environment", lang="en")
        screen.wait(
            "() => document.querySelector('.chart__plot .main-svg text') !== null", "a chart with words"
        )
        dark = screen.ask(ink)
        show_theme(screen, "light")
        screen.wait(f"(was) => ({ink})() !== was", "labels in the light theme's ink", argument=dark)


def test_unknown_address_is_a_clean_page_that_leads_back(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url, errors_expected=True) as screen:
        screen.open("/no/such/page", until="() => document.querySelector('h1') !== null", lang="en")
        screen.page.wait_for_load_state("load")
        # The browser itself notes the status of the document; nothing else may be wrong.
        assert [error for error in screen.errors if "/no/such/page" not in error] == []
        assert screen.ask("() => window.violations") == []
        screen.page.get_by_role("link", name="To the map").click()
        screen.wait(
            "() => window.scopc && scopc.stream && scopc.stream.stats.frames > 0", "the map page draws"
        )


def test_sound_check_finds_what_is_broken(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url) as screen:
        screen.open("/mobility")
        screen.ask(
            """() => {
              document.documentElement.removeAttribute("lang");
              const main = document.querySelector("main");
              main.append(document.createElement("h1"), document.createElement("input"));
              const pale = document.createElement("p");
              pale.textContent = "pale";
              pale.style.color = getComputedStyle(document.body).backgroundColor;
              main.append(pale);
            }"""
        )
        found = screen.ask(script("bones.js"))
        assert any("lang" in line for line in found)
        assert any("h1" in line for line in found)
        assert any("input" in line for line in found)
        assert min(screen.ask(script("contrast.js")), key=lambda row: row["ratio"])["text"] == "pale"


def test_choice_of_language_and_theme_holds_on_later_pages(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url) as screen:
        screen.open("/mobility")
        assert screen.ask(CHOSEN) == ["th", "dark"]
        screen.page.get_by_role("link", name="EN").click()
        screen.wait("() => document.documentElement.lang === 'en'", "English")
        screen.page.get_by_role("link", name="Light").click()
        screen.wait("() => document.documentElement.dataset.theme === 'light'", "light")
        for path in ("/mobility", "/wall/mobility"):
            screen.open(path)
            assert screen.ask(CHOSEN) == ["en", "light"], path
            assert "not seen" in screen.text()
        open_page(screen, "/")
        assert screen.ask(CHOSEN) == ["en", "light"]
        assert "Needs attention" in screen.text()
        screen.open("/mobility", lang="th")
        assert screen.ask(CHOSEN) == ["th", "light"]
