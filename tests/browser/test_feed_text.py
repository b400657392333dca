"""Words from a feed are words, whatever they say: never markup."""

import csv
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dashboard.runfile import read_run_file
from data_sources.model.transit import VehiclePosition
from data_sources.stores.live import RedisLive
from tests.browser.screen import Screen
from tests.system.processes import Running, running, wait_until

BRUMAL_BAY = Path(__file__).parents[1] / "fixtures" / "cities" / "brumal_bay"
CITY_ID = "brumal_bay"
FEED = "brumal_partner"  # has no key, so nothing of its own ever overwrites ours
MARKUP = "<img src=x onerror=window.pwned=1>"
HOSTILE_COLUMNS = {"trips.txt": "trip_headsign", "stops.txt": "stop_name", "routes.txt": "route_long_name"}


def poison(folder: Path) -> None:
    """Write markup into the schedule's words."""
    for name, column in HOSTILE_COLUMNS.items():
        for file in folder.glob(f"gtfs*/{name}"):
            with file.open(newline="", encoding="utf-8") as lines:
                rows = list(csv.DictReader(lines))
            with file.open("w", newline="", encoding="utf-8") as lines:
                writer = csv.DictWriter(lines, rows[0].keys())
                writer.writeheader()
                writer.writerows({**row, column: MARKUP} for row in rows)
    for file in folder.glob("gtfs*/translations.txt"):
        file.unlink()


@pytest.fixture(scope="module")
def hostile(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A city whose schedule and whose partner's feed try to write into the page."""
    folder = tmp_path_factory.mktemp("hostile")
    pack = folder / "pack"
    shutil.copytree(BRUMAL_BAY, pack)
    poison(pack)
    with running("demo", data_dir=folder / "data", SCOPC_CITY=str(pack)) as one:
        publish(one)
        wait_until(lambda: FEED in one.get("/api/v1/vehicles").text, 20, "the hostile vehicle")
        yield one


def publish(one: Running) -> None:
    """One vehicle of the partner, through the live store as ingest would."""
    run = read_run_file(one.data_dir)
    assert run is not None
    now = datetime.now(UTC)
    fix = VehiclePosition(
        vehicle_id=MARKUP,
        feed_id=FEED,
        lat=33.5,
        lon=-41.2,
        observed_at=now - timedelta(seconds=1),
        received_at=now,
        label=MARKUP,
        route_id=MARKUP,
        trip_id=trip_of(one),
        stop_sequence=2,
        status=MARKUP,
        occupancy=MARKUP,
        flags=(MARKUP,),
    )
    live = RedisLive(run.redis_url, CITY_ID)
    live.put_positions(FEED, [fix])
    live.close()


def trip_of(one: Running) -> str:
    """A trip of the schedule, whose destination and stops are markup."""
    with (one.data_dir.parent / "pack" / "gtfs_demo" / "trips.txt").open(encoding="utf-8") as lines:
        return next(csv.DictReader(lines))["trip_id"]


def test_markup_from_a_feed_is_shown_as_text(browser: Browser, hostile: Running) -> None:
    with Screen(browser, hostile.url, errors_expected=True) as screen:
        screen.open("/mobility", lang="en")
        row = screen.page.locator("tr[data-id]").filter(
            has=screen.page.locator(".row-button", has_text=MARKUP)
        )
        screen.show_tab("vehicles")
        screen.page.locator("th[data-column=label] .sort").click()  # an order in which no row moves
        row.wait_for()
        row.hover()
        screen.wait("() => document.querySelector('.map-tip') !== null", "the tip")
        assert screen.text(".map-tip__name") == MARKUP
        row.click()
        screen.wait("() => document.querySelector('.map-card') !== null", "the card")
        assert row.locator("td[data-column=line]").inner_text() == MARKUP
        assert screen.text(".map-card__name") == MARKUP
        assert screen.texts(".map-card__rows dd")[:2] == [MARKUP, MARKUP]  # destination and next stop
        screen.show_tab("vehicle")
        assert screen.text(".detail__label") == MARKUP
        facts = screen.texts(".facts dd")
        assert facts.count(MARKUP) >= 4  # destination, next stop, status, remarks
        screen.settle()
        assert screen.ask("() => document.querySelectorAll('img[src=\"x\"], [onerror]').length") == 0
        assert screen.ask("() => window.pwned === undefined")
        # History does not know our vehicle, so it has no trail; nothing else may be wrong.
        assert [error for error in screen.errors if "/trail?" not in error] == []
        assert screen.ask("() => window.violations") == []


def test_markup_from_a_feed_leaves_the_wall_standing(browser: Browser, hostile: Running) -> None:
    with Screen(browser, hostile.url) as screen:
        screen.open("/wall/quayside", lang="en")
        screen.wait(
            "(id) => scopc.fleet.model().ids.some((one) => one.includes(id))",
            "the hostile vehicle on the wall's map",
            argument=MARKUP,
        )
        assert screen.ask("() => document.querySelectorAll('img[src=\"x\"], [onerror]').length") == 0
        assert screen.ask("() => window.pwned === undefined")
