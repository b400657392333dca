"""Every source stops at the source: hours later nothing is green and no count reads as a true zero.

Web and ingest live on and go by a clock that is moved past every limit; the browser follows the server's
clock. So it is the whole road that is shown here, from the last answer of a feed to the pixels.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from dashboard.runfile import read_run_file
from tests.browser.screen import Screen
from tests.browser.test_traffic import NO_LEVEL, PAINT, SOME_LEVEL
from tests.system.processes import Running, running, wait_until

FROZEN = ("kku_shuttle_vehicles", "kku_shuttle_mqtt", "kku_shuttle_trip_updates", "road_detectors")
"""These go on answering with their last message, whose own times give them away; the others go away."""
SILENT_LOOKS = 50
"""Looks without a new fix, 50 ms apart at least: longer than the polled feed's 2 s."""
AHEAD_S = 12 * 3600
"""Beyond the limit of every source, and beyond the hour after which a silent vehicle is forgotten."""
LOOKS_NORMAL = """() => [...document.querySelectorAll(
  '.status[data-status=normal], .shape--normal, .strip__dot, .square[data-state=up], [data-state=live], '
  + '.los[data-los]:not([data-los="-"])'
)].filter((one) => one.getBoundingClientRect().width > 0).map((one) => one.outerHTML.slice(0, 120))"""
LAST_HOURS_UNKNOWN = """() => {
  const last = [...document.querySelectorAll('.hours > :last-child')];
  return last.length > 0 && last.every((hour) => hour.dataset.los === '-');
}"""
STATUSES = "() => [...document.querySelectorAll('.line .status')].map((one) => one.dataset.status)"
INCIDENTS = "() => document.querySelector('[data-island=incident-list]').innerText.trim()"
TABS = "() => [...document.querySelectorAll('[role=tab]')].map((tab) => tab.id.slice(4))"
SERVICE = "() => document.querySelector('.service-counts [data-key=service] dd').textContent"
VEHICLES = "() => scopc.fleet.model().size"
STREAM = "() => scopc.stream.link.get().state"
ZERO = re.compile(r"(?<![\d.,:])0(?![\d.,:])")
COUNTS = ("service-counts", "slow-links", "incident-list", "vehicle-list", "stop-board", "feed-strip")
"""Panels of which every figure is a count of now. Others show hours gone by, and what a feed last sent."""


class Stoppable:
    """A demo whose web and ingest go by a clock of the test's own, and whose sources can be stopped."""

    def __init__(self, one: Running, ahead: Path) -> None:
        self.demo = one
        self._ahead = ahead

    def stop_sources(self) -> None:
        """Freeze or silence every feed; returns once no fix is new any more."""
        run = read_run_file(self.demo.data_dir)
        assert run is not None
        feeds = [feed["feed_id"] for feed in self.demo.get("/api/v1/feeds").json()["items"]]
        assert set(FROZEN) < set(feeds)
        for feed_id in feeds:
            order = {"action": "freeze" if feed_id in FROZEN else "unavailable", "feed": feed_id}
            httpx.post(f"{run.simulator_http}/control", json=order).raise_for_status()
        seen: list[str] = []

        def is_silent() -> bool:
            features = self.demo.get("/api/v1/vehicles").json()["features"]
            seen.append(max(one["properties"]["observed_at"] for one in features))
            return len(seen) >= SILENT_LOOKS and len(set(seen[-SILENT_LOOKS:])) == 1

        wait_until(is_silent, 60, "no fix is new any more")

    def move_clock(self, ahead_s: float) -> None:
        """Set web's and ingest's clock so far ahead."""
        new = self._ahead.with_suffix(".new")
        new.write_text(str(ahead_s), "utf-8")
        new.rename(self._ahead)


@pytest.fixture
def stoppable(browser: Browser, tmp_path: Path) -> Iterator[Stoppable]:
    ahead = tmp_path / "ahead"
    ahead.write_text("0", "utf-8")
    with running("demo", data_dir=tmp_path / "data", program=("tests.system.shifted", str(ahead))) as one:
        wait_until(lambda: len(one.get("/api/v1/vehicles").json()["features"]) == 25, 30, "25 vehicles")
        yield Stoppable(one, ahead)


def test_with_every_source_stopped_nothing_is_green_and_nothing_reads_as_zero(
    browser: Browser, stoppable: Stoppable
) -> None:
    demo = stoppable.demo
    with Screen(browser, demo.url) as desk, Screen(browser, demo.url) as wall:
        wall.open("/wall/mobility", lang="en")
        desk.open("/mobility", lang="en")
        for screen in (desk, wall):
            screen.wait(SOME_LEVEL, "links with levels", 30)
            screen.wait(f"() => ({PAINT})() > 20", "levels painted on the map")
            screen.wait(f"() => ({SERVICE})() === '25/25'", "the whole fleet in service")

        stoppable.stop_sources()
        stoppable.move_clock(AHEAD_S)

        for screen in (desk, wall):
            screen.wait(NO_LEVEL, "no link has a level any more", 30)
            screen.wait(f"() => ({VEHICLES})() === 0", "the vehicles are forgotten")
            screen.wait(f"() => ({PAINT})() === 0", "no level's colour on the map")
            screen.wait(f"() => ({LOOKS_NORMAL})().length === 0", "nothing looks normal")
            screen.wait(f"() => ({SERVICE})().startsWith('no data')", "nobody knows who is in service")
            screen.wait(f"() => ({STATUSES})().every((s) => s === 'unknown')", "every line is unknown")
            assert screen.ask(STREAM) == "up"  # the server lives; its sources do not
            assert_counts_nothing(screen)
        assert desk.ask(STATUSES) == ["unknown"] * 4
        for tab in desk.ask(TABS):
            desk.show_tab(tab)
            # A panel that was hidden is drawn anew.
            desk.wait(f"() => ({LOOKS_NORMAL})().length === 0", f"nothing looks normal in {tab}")
            assert_counts_nothing(desk)
        # Nothing changed for the server to tell: it judges again what it knows within 30 s.
        desk.show_tab("traffic")
        desk.wait(LAST_HOURS_UNKNOWN, "no level in the strips' last hour", 40)
        assert "no data" in desk.text('[data-island="traffic-index"]')
        desk.show_tab("incidents")
        desk.wait(f"() => ({INCIDENTS})() === 'no data'", "no word on incidents", 40)
    assert_api_knows_nothing(demo)


def assert_counts_nothing(screen: Screen) -> None:
    """The figures of the service are words, and no panel that counts what is now shows a nought."""
    figures = screen.texts(".service-counts .fig")
    assert len(figures) >= 3
    assert set(figures) == {"no data"}
    for panel in COUNTS:
        for text in screen.texts(f'[data-island="{panel}"] >> visible=true'):
            assert ZERO.search(text) is None, f"{panel}: {text}"


def assert_api_knows_nothing(demo: Running) -> None:
    """Programs that read the API are told the same: unknown, not zero."""
    lines = demo.get("/api/v1/operations").json()["items"]
    assert [(line["in_service"], line["ghosts"]) for line in lines] == [(None, None)] * 4
    links = demo.get("/api/v1/links").json()["features"]
    assert {link["properties"]["level_of_service"] for link in links} == {None}
    assert {link["properties"]["state"] for link in links} <= {"stale", "missing"}
    for what in ("incidents", "facilities"):
        assert demo.get(f"/api/v1/{what}").json()["known"] is False
    assert "up" not in {feed["state"] for feed in demo.get("/api/v1/feeds").json()["items"]}
