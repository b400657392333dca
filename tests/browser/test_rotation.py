"""A wall turns through its scenes by itself, evenly, and leaves nothing behind."""

import itertools

import pytest
from playwright.sync_api import Browser

from data_sources.model.city import SCENES
from data_sources.model.indicator import DOMAINS
from tests.browser.screen import Screen
from tests.system.processes import Running

pytestmark = pytest.mark.faults
PANEL_PX = (1920, 1080)
DWELL_S = 2
"""Of this test: the page takes it from its document, where the pack says more."""
TURNS = 2
GROWTH_SHARE = 0.02
"""Of the nodes of a page, by which a wall may grow in a day."""

NOTE_TURNS = """() => {
  const wall = document.querySelector(".wall");
  window.turns = [];
  const note = () => {
    const shown = wall.dataset.shown;
    const last = window.turns.at(-1);
    if (shown && (!last || last.scene !== shown)) {
      window.turns.push({ scene: shown, at: Date.now(), nodes: document.querySelectorAll("*").length });
    }
  };
  note();
  new MutationObserver(note).observe(wall, { attributes: true, attributeFilter: ["data-shown"] });
}"""


def shorten_dwell(screen: Screen) -> None:
    """Give the page another dwell than its screen's, before its scripts run."""
    screen.page.add_init_script(
        f"""new MutationObserver(() => {{
          for (const turns of document.querySelectorAll('.turns:not([data-dwell="{DWELL_S}"])')) {{
            turns.dataset.dwell = "{DWELL_S}";
          }}
        }}).observe(document, {{ childList: true, subtree: true }});"""
    )


def test_every_scene_is_shown_for_its_dwell_and_nodes_stay_flat(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url, PANEL_PX) as screen:
        shorten_dwell(screen)
        screen.open("/wall/main", until="() => document.querySelector('.wall[data-shown]')")
        screen.ask(NOTE_TURNS)
        count = len(SCENES) * TURNS + 2
        seconds = DWELL_S * count + 20
        screen.wait("(n) => window.turns.length >= n", "turns", seconds, argument=count)
        turns = screen.ask("() => window.turns")
    assert {turn["scene"] for turn in turns[1 : len(SCENES) + 1]} == set(SCENES)
    again = [turn["scene"] for turn in turns[len(SCENES) + 1 : 2 * len(SCENES) + 1]]
    assert [turn["scene"] for turn in turns[1 : len(SCENES) + 1]] == again
    dwells = [(b["at"] - a["at"]) / 1000 for a, b in itertools.pairwise(turns[1:])]
    # One that is drawn late takes nothing from the next one's end: none is left out, and nothing drifts.
    assert max(dwells) < 2 * DWELL_S
    assert abs(sum(dwells) / len(dwells) - DWELL_S) < 0.1 * DWELL_S
    last, before = turns[-1], turns[-1 - len(SCENES)]
    assert last["scene"] == before["scene"]
    assert last["nodes"] <= before["nodes"] * (1 + GROWTH_SHARE)


def test_nothing_is_drawn_in_a_hidden_scene_and_its_maps_come_back_whole(
    browser: Browser, demo: Running
) -> None:
    with Screen(browser, demo.url, PANEL_PX) as screen:
        shorten_dwell(screen)
        screen.open("/wall/main", until="() => document.querySelector('.wall[data-shown=mobility]')")
        shown = "() => document.querySelector('.wall').dataset.shown"
        drawn = "() => [...scopc.mapPage.maps].map((map) => map.scopcVehicles.stats.drawn)"
        screen.wait("() => [...scopc.mapPage.maps][0].scopcVehicles.stats.inView > 0", "vehicles in view")
        before = screen.ask("() => [...scopc.mapPage.maps].map((map) => map.getBounds().toBBoxString())")
        screen.wait("() => document.querySelector('.wall').dataset.shown !== 'mobility'", "the next scene")
        at_rest = screen.ask(drawn)
        screen.page.wait_for_timeout(1000 * DWELL_S)
        assert screen.ask(shown) != "mobility"
        assert screen.ask(drawn) == at_rest
        round_s = DWELL_S * (len(SCENES) + 2)
        screen.wait("() => document.querySelector('.wall').dataset.shown === 'mobility'", "back", round_s)
        screen.settle()
        sizes = screen.ask(
            "() => [...scopc.mapPage.maps].map((map) => {"
            " const { clientWidth, clientHeight } = map.getContainer(); const size = map.getSize();"
            " return [size.x - clientWidth, size.y - clientHeight]; })"
        )
        assert sizes == [[0, 0], [0, 0]]
        after = screen.ask("() => [...scopc.mapPage.maps].map((map) => map.getBounds().toBBoxString())")
        assert after == before
        screen.wait(
            "(n) => [...scopc.mapPage.maps][0].scopcVehicles.stats.drawn > n",
            "moves again",
            argument=at_rest[0],
        )


def test_scene_that_the_address_asks_for_stays(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url, PANEL_PX) as screen:
        shorten_dwell(screen)
        screen.open("/wall/main", until="() => document.querySelector('.wall[data-shown]')", scene="people")
        screen.ask(NOTE_TURNS)
        screen.page.wait_for_timeout(1000 * (2 * DWELL_S + 1))
        assert [turn["scene"] for turn in screen.ask("() => window.turns")] == ["people"]


def test_wall_without_its_stream_goes_on_turning_and_says_so(browser: Browser, demo: Running) -> None:
    with Screen(browser, demo.url, PANEL_PX, errors_expected=True) as screen:
        shorten_dwell(screen)
        screen.page.route("**/stream?*", lambda route: route.abort())
        screen.open("/wall/main", until="() => document.querySelector('.wall[data-shown]')")
        screen.wait("() => document.documentElement.dataset.link === 'lost'", "the loss is told")
        screen.ask(NOTE_TURNS)
        screen.wait("() => window.turns.length >= 4", "it goes on turning", 5 * DWELL_S)
        assert screen.page.locator(".link-banner").is_visible()
        assert screen.faults("wall_cut.js") == []


def test_pictures_of_all_scenes_are_there_before_the_server_can_be_lost(
    browser: Browser, demo: Running
) -> None:
    with Screen(browser, demo.url, PANEL_PX) as screen:
        screen.open("/wall/main", until="() => document.querySelector('.wall[data-shown]')", scene="overview")
        screen.wait(
            "(n) => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.svg')"
            " && name.includes('/icons/')).length >= n",
            "the bullets of all domains",
            argument=len(DOMAINS),
        )
