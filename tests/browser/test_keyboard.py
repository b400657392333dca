"""Everything can be done without a mouse, and one sees where one is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen
from tests.system.processes import Running

STOPS_MAX = 60
FOCUS = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    kind: element === document.body ? "body" : element.className || element.tagName.toLowerCase(),
    isMarked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5,
    isInSight: box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0,
  };
}"""
SELECTED = "() => scopc.pageState.get().selectedId"


@pytest.fixture
def screen(browser: Browser, demo: Running) -> Iterator[Screen]:
    with Screen(browser, demo.url) as one:
        one.open("/mobility", lang="en")
        one.ask("() => document.getElementById('tab-vehicles').click()")  # the focus stays at the top
        one.wait("() => document.querySelectorAll('tr[data-id] .row-button').length === 25", "25 rows")
        yield one


def tab_to(screen: Screen, kind: str) -> list[dict[str, object]]:
    """Press Tab until something of a class has the focus; all the stops on the way."""
    stops: list[dict[str, object]] = []
    for _ in range(STOPS_MAX):
        screen.page.keyboard.press("Tab")
        stops.append(screen.ask(FOCUS))
        if kind in str(stops[-1]["kind"]).split():
            return stops
    raise AssertionError(f"Tab never reaches {kind}: {[stop['kind'] for stop in stops]}")


def test_tab_goes_through_the_page_and_every_stop_is_seen(screen: Screen) -> None:
    stops = []
    for kind in ("skip-link", "page-link", "pill--all", "line-green", "search", "sort", "row-button"):
        stops += tab_to(screen, kind)
    assert "skip-link" in str(stops[0]["kind"])
    assert [stop["kind"] for stop in stops if not stop["isMarked"]] == []
    assert [stop["kind"] for stop in stops if not stop["isInSight"]] == []


def test_skip_link_leads_to_the_content(screen: Screen) -> None:
    tab_to(screen, "skip-link")
    screen.page.keyboard.press("Enter")
    assert screen.ask("() => document.activeElement === document.querySelector('main')")
    stops = tab_to(screen, "pill--all")
    assert not any("page-link" in str(stop["kind"]) for stop in stops)


def test_enter_selects_a_row_and_escape_lets_it_go(screen: Screen) -> None:
    tab_to(screen, "sort")  # of the list: other rows come before it
    tab_to(screen, "row-button")
    wanted = screen.ask("() => document.activeElement.closest('tr').dataset.id")
    screen.page.keyboard.press("Enter")
    assert screen.ask(SELECTED) == wanted
    screen.wait("() => document.querySelector('.map-card') !== null", "the card on the map")
    frames = screen.ask("() => scopc.stream.stats.frames")
    screen.wait("(n) => scopc.stream.stats.frames >= n + 3", "three frames", argument=frames)
    assert (
        screen.ask("() => document.activeElement.closest('tr').dataset.id") == wanted
    )  # focus survives frames
    assert screen.ask("() => document.activeElement.getAttribute('aria-pressed')") == "true"
    screen.page.keyboard.press("Escape")
    assert screen.ask(SELECTED) is None
    screen.wait("() => document.querySelector('.map-card') === null", "the card leaves")


def test_filter_and_map_obey_keys(screen: Screen) -> None:
    tab_to(screen, "pill--all")  # of the list: the board has pills too
    tab_to(screen, "line-blue")
    screen.page.keyboard.press("Space")
    screen.wait(
        "() => document.querySelectorAll('tr[data-id] .row-button').length === 6", "the blue line alone"
    )
    screen.page.locator(".leaflet-container").focus()
    screen.page.keyboard.press("]")
    first = screen.ask(SELECTED)
    screen.page.keyboard.press("]")
    assert first is not None
    assert screen.ask(SELECTED) not in (None, first)
    screen.page.keyboard.press("f")
    assert screen.ask("() => scopc.pageState.get().follow")
