"""Every source stopped and every limit passed: no page and no scene of the wall shows a mark that says that
all is well, and none shows a nought.

The clock of web, ingest and rollup is moved; the sources answer no more. Pages that were open all the while
turn as well as those that are opened later.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from dashboard.settings import Settings
from data_sources.catalogue import load_city
from tests.browser.pages import DESKS, PANEL, SCENES, open_page
from tests.browser.screen import DESK, Screen, script
from tests.browser.test_sources_stopped import Stoppable
from tests.system.processes import Running, running, wait_until

MARGIN_S = 3 * 86400
"""Beyond the limit of the figure with the longest: yearly statistics are known for years."""
OF_FEEDS = {
    spec.key
    for spec in load_city(Settings().city, {}).indicators
    if "feeds_fresh" in {one.property for one in spec.inputs.values()}
}
"""What the platform observes itself: that no feed is up, it goes on to know."""
KNOWN = script("known.js")
NOTHING = (
    f"() => {{ const {{ normal, noughts }} = ({KNOWN})(); return normal.length + noughts.length === 0; }}"
)
SOME_NORMAL = f"() => ({KNOWN})().normal.length > 0"
HEARD = "() => window.scopc && scopc.stream && scopc.stream.stats.beats > 0"
FIGURES = f"() => ({HEARD})() && document.querySelector('main') !== null"
NAMES_A_FEED = "() => document.querySelector('.strip-trouble').innerText.trim() !== ''"
HAS_TOLD = "() => document.querySelector('.feed-strip').innerText.trim() !== ''"
"""The foot is drawn together with the rest."""
OPEN_ALL_THE_WHILE = ("/", "/environment", "/governance")
TURNS_WITHIN_S = 20.0
SETTLE_MS = 1000
"""Answers of the API come in this time. Browsers' own clocks are years behind until the first beat: what they
ask for before may be refused."""


@dataclass(frozen=True)
class Unknown:
    """A demo of which nothing is known any more, the pages that were open all the while, by address, and
    someone who comes later."""

    demo: Running
    opened: Mapping[str, Screen]
    newcomer: Screen


@pytest.fixture(scope="module")
def unknown(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unknown]:
    folder = tmp_path_factory.mktemp("unknown")
    ahead = folder / "ahead"
    ahead.write_text("0", "utf-8")
    program = ("tests.system.shifted", str(ahead))
    with ExitStack() as stack:
        demo = stack.enter_context(running("demo", data_dir=folder / "data", program=program))
        stoppable = Stoppable(demo, ahead)
        wait_until(lambda: len(demo.get("/api/v1/vehicles").json()["features"]) == 25, 30, "25 vehicles")
        wait_until(lambda: sum(item["value"] is not None for item in items(demo)) > 40, 60, "most figures")
        limit_s = max(item["stale_s"] for item in items(demo))
        opened = {path: stack.enter_context(Screen(browser, demo.url)) for path in OPEN_ALL_THE_WHILE}
        for path, screen in opened.items():
            open_page(screen, path, lang="en")
            screen.wait(SOME_NORMAL, f"{path} claims something while all is well")
        stoppable.stop_sources()
        stoppable.move_clock(limit_s + MARGIN_S)
        wait_until(lambda: current(demo) <= OF_FEEDS, 60, "nothing but the state of the feeds is current")
        newcomer = stack.enter_context(Screen(browser, demo.url, PANEL, errors_expected=True))
        yield Unknown(demo, opened, newcomer)


def items(demo: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = demo.get("/api/v1/indicators").json()["items"]
    return found


def current(demo: Running) -> set[str]:
    """Keys of the indicators that are told as current."""
    return {item["key"] for item in items(demo) if item["state"] not in {"stale", "missing"}}


@pytest.mark.parametrize("path", OPEN_ALL_THE_WHILE)
def test_page_that_was_open_turns_to_unknown(unknown: Unknown, path: str) -> None:
    assert_claims_nothing(unknown.opened[path])


@pytest.mark.parametrize("path", DESKS)
def test_page_shows_no_mark_of_wellbeing_and_no_nought(unknown: Unknown, path: str) -> None:
    unknown.newcomer.resize(DESK)
    unknown.newcomer.open(path, until=FIGURES, lang="en")
    assert_claims_nothing(unknown.newcomer)


@pytest.mark.parametrize("scene", SCENES)
def test_scene_shows_no_mark_of_wellbeing_and_no_nought(unknown: Unknown, scene: str) -> None:
    unknown.newcomer.resize(PANEL)
    unknown.newcomer.open("/wall/main", until=FIGURES, scene=scene, lang="th")
    assert_claims_nothing(unknown.newcomer)
    unknown.newcomer.wait(NAMES_A_FEED, "the foot names a feed that is silent")
    assert unknown.newcomer.faults("wall_cut.js") == []


def assert_claims_nothing(screen: Screen) -> None:
    """Within the seconds in which a page draws what it was told, and then for good."""
    screen.wait(HAS_TOLD, "the page is drawn")
    with suppress(AssertionError):
        screen.wait(NOTHING, "it turns", TURNS_WITHIN_S)
    screen.page.wait_for_timeout(SETTLE_MS)
    assert screen.ask(script("known.js")) == {"normal": [], "noughts": []}


def test_api_tells_nothing_but_the_state_of_the_feeds_as_current(unknown: Unknown) -> None:
    assert {item["status"] for item in items(unknown.demo) if item["key"] not in OF_FEEDS} <= {
        "unknown",
        "insufficient",
        None,
    }
    share = next(item for item in items(unknown.demo) if item["key"] in OF_FEEDS)
    assert (share["value"], share["status"]) == (0, "critical")
    assert "up" not in {feed["state"] for feed in unknown.demo.get("/api/v1/feeds").json()["items"]}
