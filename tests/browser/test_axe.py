"""Axe finds no serious or critical violation: every page of the desk and every scene of the wall, in Thai in
the dark and in English by day."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser

from tests.browser.pages import open_page, show_theme
from tests.browser.screen import Screen
from tests.system.processes import Running

GRAVE = ("serious", "critical")
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const reason = (summary) => summary.split("\\n")[1].trim();
  const words = ({ target, failureSummary }) => `${target.join(" ")}: ${reason(failureSummary)}`;
  return violations.map(({ id, impact, nodes }) => [impact, id, nodes.map(words)]);
}"""


def theme_of(screen: Screen) -> str:
    """Each page is looked at once in the dark and once by day, in one language each: axe takes its time."""
    return "dark" if screen.ask("() => document.documentElement.lang") == "th" else "light"


def violations(screen: Screen) -> list[str]:
    """What axe calls serious or critical, one line each."""
    if not screen.ask("() => window.axe !== undefined"):
        screen.ask(AXE_SCRIPT)  # the page's own policy lets no foreign script element in
    return [f"{name}: {node}" for impact, name, nodes in screen.ask(RUN) if impact in GRAVE for node in nodes]


def test_desk_has_no_grave_violation(desk: Screen) -> None:
    show_theme(desk, theme_of(desk))
    assert violations(desk) == []


def test_open_drawer_has_no_grave_violation(desk: Screen) -> None:
    show_theme(desk, theme_of(desk))
    desk.page.locator("main [data-evidence]:not([disabled]) >> visible=true").first.click()
    desk.wait("() => document.querySelector('.evidence__links') !== null", "the drawer is filled")
    assert violations(desk) == []


def test_scene_has_no_grave_violation(scene: Screen) -> None:
    show_theme(scene, theme_of(scene))
    assert violations(scene) == []


def test_axe_finds_what_is_broken(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url) as screen:
        open_page(screen, "/feeds")
        breaks_a_button(screen)
        found = violations(screen)
    assert any(line.startswith("button-name: #nameless") for line in found)


def breaks_a_button(screen: Screen) -> None:
    screen.ask(
        """() => {
          const nameless = document.createElement("button");
          nameless.id = "nameless";
          document.querySelector("main").append(nameless);
        }"""
    )
