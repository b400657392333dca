"""The pages that browser tests walk, and how one of them is opened until it has drawn what it was told."""

from data_sources.model.city import SCENES
from data_sources.model.indicator import DOMAINS
from tests.browser.screen import Screen, script

__all__ = [
    "DESKS",
    "LANGS",
    "PANEL",
    "SCENES",
    "open_page",
    "put_back",
    "show_scene",
    "show_theme",
    "turn_to",
]

LANGS = ("th", "en")
DESKS = ("/", *(f"/{domain}" for domain in DOMAINS), "/weekly", "/feeds")
"""Every page that stands on a desk."""
PANEL = (3840, 2160)
DRAWN_S = 30.0
TURNED = """(scene) => document.querySelector('.wall').dataset.shown === scene
  && [...document.querySelectorAll('.wall .scene:not([hidden])')]
    .every((one) => getComputedStyle(one).opacity === '1')"""
INDICATORS_TAB = "indicators"
"""Where the figures stand on a page that has tabs."""


def open_page(screen: Screen, path: str, **query: str) -> None:
    """Go to a page and wait until each of its islands stands and each of its charts is drawn."""
    screen.open(path, until="() => window.scopc !== undefined", **query)
    wait_until_drawn(screen, path)
    if screen.ask(f"() => document.getElementById('tab-{INDICATORS_TAB}') !== null"):
        screen.show_tab(INDICATORS_TAB)
    screen.settle()


def wait_until_drawn(screen: Screen, what: str) -> None:
    """Until each island that is seen stands, with a figure, and each chart is drawn."""
    awaited = script("awaited.js")
    try:
        screen.wait(f"() => ({awaited})().length === 0", f"{what} is drawn", DRAWN_S)
    except AssertionError as error:
        raise AssertionError(f"{error}; awaited: {screen.ask(awaited)}") from None


def turn_to(screen: Screen, scene: str) -> None:
    """Another scene of a wall whose address holds one, as its rotation would show it."""
    screen.ask(script("turn_to.js"), scene)
    screen.wait(TURNED, f"scene {scene}", argument=scene)


def show_scene(screen: Screen, scene: str) -> None:
    """Another scene of a wall, until it is drawn."""
    turn_to(screen, scene)
    wait_until_drawn(screen, scene)
    screen.settle()


def show_theme(screen: Screen, theme: str) -> None:
    """The page in another theme, without asking the server for it."""
    screen.ask("(theme) => { document.documentElement.dataset.theme = theme }", theme)
    screen.settle()


def put_back(screen: Screen, size: tuple[int, int]) -> None:
    """Size, theme, drawer and focus as they were when the page was opened."""
    screen.ask("() => { scopc.evidence && scopc.evidence.close(); document.activeElement.blur() }")
    screen.ask("() => window.scrollTo(0, 0)")
    show_theme(screen, "dark")
    screen.resize(size)
