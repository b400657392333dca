"""Axe finds no serious or critical violation: every page of the desk and every scene of the wall, th and en,
dark and light."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.pages import show_theme
from tests.browser.screen import Screen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
GRAVE = ("serious", "critical")
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const reason = (summary) => summary.split("\\n")[1].trim();
  const words = ({ target, failureSummary }) => `${target.join(" ")}: ${reason(failureSummary)}`;
  return violations.map(({ id, impact, nodes }) => [impact, id, nodes.map(words)]);
}"""


def violations(screen: Screen) -> list[str]:
    """What axe calls serious or critical, one line each."""
    if not screen.ask("() => window.axe !== undefined"):
        screen.ask(AXE_SCRIPT)  # the page's own policy lets no foreign script element in
    return [f"{name}: {node}" for impact, name, nodes in screen.ask(RUN) if impact in GRAVE for node in nodes]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_desk_has_no_grave_violation(desk: Screen, theme: str) -> None:
    show_theme(desk, theme)
    assert violations(desk) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_open_drawer_has_no_grave_violation(desk: Screen, theme: str) -> None:
    show_theme(desk, theme)
    desk.page.locator("main [data-evidence]:not([disabled]) >> visible=true").first.click()
    desk.wait("() => document.querySelector('.evidence__links a') !== null", "the drawer is filled")
    assert violations(desk) == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_scene_has_no_grave_violation(scene: Screen, theme: str) -> None:
    show_theme(scene, theme)
    assert violations(scene) == []


def test_axe_finds_what_is_broken(desk: Screen) -> None:
    desk.ask(
        """() => {
          const nameless = document.createElement("button");
          nameless.id = "nameless";
          document.querySelector("main").append(nameless);
        }"""
    )
    found = violations(desk)
    desk.ask("() => document.getElementById('nameless').remove()")
    assert any(line.startswith("button-name: #nameless") for line in found)
