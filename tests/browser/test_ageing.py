"""Old is not live and missing is not zero, by the browser's own clock."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from dashboard.runfile import read_run_file
from tests.browser.screen import FIGURES_STAND, Screen
from tests.system.processes import Running

FEEDS = ("kku_shuttle_vehicles", "kku_shuttle_mqtt")
LATE_S, GHOST_S = 7.0, 22.0
"""Limits of this browser alone: the server goes on calling a vehicle live for 90 s. A fix of the demo is
at most 4 s old when all is well (polled every 2 s)."""
FIGURE = "(key) => document.querySelector(`.service-counts [data-key=${key}] dd`).textContent"
STATES = "() => [...document.querySelectorAll('tr[data-id]')].map((row) => row.dataset.state)"


def control(demo: Running, **command: object) -> None:
    run = read_run_file(demo.data_dir)
    assert run is not None
    httpx.post(f"{run.simulator_http}/control", json=command).raise_for_status()


@pytest.fixture
def frozen_later(demo: Running) -> Iterator[Running]:
    """The demo, whose feeds go on when the test has ended."""
    yield demo
    control(demo, action="restore")


def all_rows(state: str) -> str:
    return (
        f"() => {{ const all = ({STATES})(); return all.length === 25 && all.every((s) => s === '{state}') }}"
    )


def all_looks(look: int) -> str:
    return (
        f"() => scopc.fleet.model().look.slice(0, scopc.fleet.model().size).every((look) => look === {look})"
    )


def test_frozen_feeds_turn_vehicles_late_then_ghost(browser: Browser, frozen_later: Running) -> None:
    with Screen(browser, frozen_later.url) as screen:
        screen.change_config("limits", late_after_s=LATE_S, ghost_after_s=GHOST_S)
        screen.open("/mobility", lang="en")
        screen.show_tab("vehicles")
        screen.wait(all_rows("live"), "all live at first")
        for feed in FEEDS:
            control(frozen_later, action="freeze", feed=feed)

        screen.wait(all_rows("late"), "all late")
        screen.wait(all_looks(1), "hollow on the map")
        assert set(screen.texts("td[data-column=state]")) == {"late"}
        screen.wait(f"() => ({FIGURE})('late') === '25'", "25 old fixes")

        screen.wait(all_rows("ghost"), "all ghosts", GHOST_S + 20)
        screen.wait(all_looks(2), "ghosts on the map")
        assert set(screen.texts("td[data-column=state]")) == {"not seen"}
        screen.wait(f"() => ({FIGURE})('late') === '0'", "no old fix, all are ghosts")
        # The stream lives and the server still says live: it is the browser that knows better.
        assert screen.ask("() => scopc.stream.link.get().state") == "up"
        assert screen.ask("() => Math.max(...scopc.fleet.model().serverState.slice(0, 25))") == 0


def test_vehicles_age_while_the_server_is_silent(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url, errors_expected=True) as screen:
        screen.page.clock.install()
        screen.open("/mobility", lang="en")
        screen.show_tab("vehicles")
        screen.wait(all_rows("live"), "all live at first")
        screen.hold("/stream")  # the next connection; the present one ends with the jump in time
        screen.page.clock.fast_forward("02:00")
        screen.wait(all_rows("late"), "late after 90 s")
        screen.page.clock.fast_forward("04:00")
        screen.wait(all_rows("ghost"), "ghosts after 300 s")
        # What was worked out before the silence looks old, and "not seen" is what the browser itself sees.
        assert screen.ask("() => document.querySelector('.service-counts').dataset.age") == "stale"
        screen.wait(f"() => ({FIGURE})('ghost') === '25'", "25 not seen")
        assert "min ago" in screen.text(".link-banner")
        screen.show_tab("feeds")
        assert screen.texts(".feeds td.state")[:2] == ["stale"] * 2  # those of the vehicles come first


@pytest.mark.parametrize("path", ["/mobility", "/wall/mobility"])
def test_before_the_first_frame_nothing_reads_as_zero(browser: Browser, demo: Running, path: str) -> None:
    with Screen(browser, demo.url) as screen:
        screen.page.clock.install()
        screen.hold("/stream")
        screen.open(path, until=FIGURES_STAND, lang="en")
        assert_says_no_data(screen)
        screen.page.clock.fast_forward("00:10")
        screen.wait("() => !document.querySelector('.link-banner').hidden", "the page says that nothing came")
        assert "No data has arrived yet" in screen.text(".link-banner")
        assert_says_no_data(screen)


def assert_says_no_data(screen: Screen) -> None:
    """Every figure is the words; there is no digit in any panel of figures."""
    figures = screen.texts(".service-counts .fig")
    assert figures == ["no data"] * len(figures)
    assert len(figures) >= 3
    panels = ("service-counts", "slow-links", "incident-list", "feed-strip", "feed-list")
    panels += ("vehicle-list", "data-age")
    for panel in panels:
        for text in screen.texts(f'[data-island="{panel}"]'):
            assert not any(character.isdigit() for character in text), f"{panel}: {text}"
    assert (
        screen.ask("() => document.querySelectorAll('.shape--normal, .status[data-status=normal]').length")
        == 0
    )
    assert screen.texts(".data-age") == ["no data"]
