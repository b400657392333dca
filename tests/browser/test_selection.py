"""What a person chooses stays chosen: the pinned card, following, filter and search."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen, Vehicle
from tests.system.processes import Running

COUNT_UPDATES = """() => {
  window.updates = 0;
  scopc.stream.subscribe("vehicles", () => { window.updates += 1; });
}"""
IN_VIEW = "(n) => [...scopc.mapPage.maps][0].scopcVehicles.stats.inView === n"
PLACE = """() => {
  const { lat, lon } = scopc.fleet.model().vehicle(scopc.pageState.get().selectedId, scopc.fleet.now());
  return { lat, lng: lon };
}"""
ANCHOR = """() => {
  const [map] = scopc.mapPage.maps;
  const card = document.querySelector(".map-card");
  const anchor = card.closest(".map-anchor").getBoundingClientRect();
  const box = map.getContainer().getBoundingClientRect();
  const slot = scopc.fleet.model().slotOf(scopc.pageState.get().selectedId);
  const model = scopc.fleet.model();
  const point = map.scopcVehicles.containerPoint(model.x[slot], model.y[slot]);
  return {
    isSame: card === window.card,
    offPx: Math.hypot(anchor.x - box.x - point.x, anchor.y - box.y - point.y),
    fromCentrePx: point.distanceTo(map.getSize().divideBy(2)),
    smallerSidePx: Math.min(map.getSize().x, map.getSize().y),
  };
}"""


@pytest.fixture
def screen(browser: Browser, demo: Running) -> Iterator[Screen]:
    with Screen(browser, demo.url) as one:
        one.open("/mobility", lang="en")
        one.show_tab("vehicles")
        one.wait(IN_VIEW, "25 marks in view", argument=25)
        yield one


def fastest_alone(screen: Screen) -> Vehicle:
    """The fastest vehicle that no other covers, so that a click hits it."""
    vehicles = list(screen.vehicles().values())
    alone = [
        one
        for one in vehicles
        if all(one is other or one.distance(other) > 30 for other in vehicles)
        and one.speed_kmh is not None
        and one.x > 80  # not below the zoom buttons
    ]
    return max(alone, key=lambda one: one.speed_kmh or 0)


def click(screen: Screen, vehicle: Vehicle) -> None:
    screen.page.locator(".leaflet-container").click(position={"x": vehicle.x, "y": vehicle.y})


def test_card_survives_20_updates_and_stays_on_its_moving_vehicle(screen: Screen) -> None:
    chosen = fastest_alone(screen)
    click(screen, chosen)
    screen.wait("() => document.querySelector('.map-card') !== null", "a card")
    assert screen.ask("() => scopc.pageState.get().selectedId") == chosen.id
    screen.ask("() => { window.card = document.querySelector('.map-card'); }")
    words = screen.text(".map-card__name")
    place = screen.ask(PLACE)
    screen.ask(COUNT_UPDATES)
    screen.wait("() => window.updates >= 20", "20 updates", 40)
    screen.wait(f"(was) => [...scopc.mapPage.maps][0].distance(({PLACE})(), was) > 10", "it moves", 40, place)
    assert screen.ask("() => scopc.pageState.get().selectedId") == chosen.id
    assert screen.text(".map-card__name") == words
    anchor = screen.ask(ANCHOR)
    assert anchor["isSame"]
    assert anchor["offPx"] <= 3
    screen.show_tab("vehicles")
    in_list = screen.texts("tr[data-selected] .row-button")
    screen.show_tab("vehicle")
    assert in_list == [screen.text(".detail__label")]


def test_followed_vehicle_stays_in_the_middle(screen: Screen) -> None:
    chosen = fastest_alone(screen)
    screen.page.locator(f'tr[data-id="{chosen.id}"]').click()
    screen.show_tab("vehicle")
    screen.ask("() => [...scopc.mapPage.maps][0].setZoom(17, { animate: false })")
    screen.page.locator(".detail").get_by_role("button", name="Follow").click()
    # The view may lag by its slack (0.12 of the smaller side) and one glide of the view.
    is_central = f"() => {{ const at = ({ANCHOR})(); return at.fromCentrePx < 0.15 * at.smallerSidePx; }}"
    screen.wait(is_central, "the followed vehicle is in the middle")
    view = screen.ask("() => [...scopc.mapPage.maps][0].getCenter()")
    screen.ask(COUNT_UPDATES)
    for update in range(1, 9):
        screen.wait("(n) => window.updates >= n", f"update {update}", argument=update)
        screen.wait(is_central, f"in the middle after update {update}")
    assert screen.ask("() => scopc.pageState.get().follow")
    screen.wait(
        "(was) => [...scopc.mapPage.maps][0].getCenter().distanceTo(was) > 5",
        "the view has gone with the vehicle",
        60,
        view,
    )


def test_filter_by_line_changes_list_and_map_alike(screen: Screen) -> None:
    screen.page.locator(".filter .line-red").click()
    screen.wait(IN_VIEW, "only the red line on the map", argument=7)
    assert set(screen.texts("td[data-column=line]")) == {"Red"}
    assert screen.page.locator("tr[data-id]").count() == 7
    assert {one.id for one in screen.vehicles().values() if one.is_shown} == set(
        screen.ask("() => [...document.querySelectorAll('tr[data-id]')].map((row) => row.dataset.id)")
    )
    screen.page.locator(".filter .line-green").click()
    screen.wait(IN_VIEW, "the green line as well", argument=12)
    screen.page.locator(".filter .pill--all").click()
    screen.wait(IN_VIEW, "all again", argument=25)
    assert screen.page.locator("tr[data-id]").count() == 25


def test_search_changes_list_and_map_alike(screen: Screen) -> None:
    screen.page.locator(".vehicle-list input.search").fill("b2")
    screen.wait(IN_VIEW, "one mark", argument=1)
    assert screen.texts("tr[data-id] .row-button") == ["B2"]
    screen.page.locator(".vehicle-list input.search").fill("no such vehicle")
    screen.wait(IN_VIEW, "no mark", argument=0)
    assert screen.text(".list-empty") == "No vehicle matches"
    screen.page.locator(".vehicle-list input.search").fill("")
    screen.wait(IN_VIEW, "all again", argument=25)
