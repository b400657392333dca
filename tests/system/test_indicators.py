"""Indicators as the running demo tells them: every one of the catalogue is listed, and when its source falls
silent it ages, is stale and then missing, without ever being told another value."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.runfile import read_run_file
from dashboard.settings import Settings
from data_sources.catalogue import load_city
from tests.system.processes import Running, running, scopc, wait_until

pytestmark = pytest.mark.timeout(180)
LAKES = "flood_lakes"
"""The feed that falls silent, and below the indicators that rest on it alone."""
SETTLED_S = 60.0
MARGIN_S = 30.0
LONG_GONE_S = 30 * 86400.0


class Shifted:
    """A demo whose web, ingest and rollup go by a clock that the test sets."""

    def __init__(self, demo: Running, ahead: Path) -> None:
        self.demo = demo
        self._ahead = ahead

    def move_clock(self, ahead_s: float) -> None:
        """Set the clock so far ahead of the wall clock."""
        new = self._ahead.with_suffix(".new")
        new.write_text(str(ahead_s), "utf-8")
        new.rename(self._ahead)

    def items(self) -> dict[str, dict[str, Any]]:
        """Every indicator as the API tells it, by key."""
        return {item["key"]: item for item in self.demo.get("/api/v1/indicators").json()["items"]}

    def silence(self, feed_id: str) -> None:
        """The source of a feed answers no more."""
        run = read_run_file(self.demo.data_dir)
        assert run is not None
        order = {"action": "unavailable", "feed": feed_id}
        httpx.post(f"{run.simulator_http}/control", json=order).raise_for_status()


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shifted]:
    folder = tmp_path_factory.mktemp("indicators")
    ahead = folder / "ahead"
    ahead.write_text("0", "utf-8")
    with running("demo", data_dir=folder / "data", program=("tests.system.shifted", str(ahead))) as one:
        shifted = Shifted(one, ahead)
        wait_until(lambda: on_lakes(shifted), SETTLED_S, "an indicator of the lakes has a value")
        yield shifted


def on_lakes(shifted: Shifted) -> dict[str, dict[str, Any]]:
    """Indicators with a value that comes from the lakes' feed alone."""
    return {
        key: item
        for key, item in shifted.items().items()
        if item["feed_ids"] == [LAKES] and item["value"] is not None
    }


def test_every_indicator_of_the_catalogue_is_listed(shifted: Shifted) -> None:
    catalogue = [spec.key for spec in load_city(Settings().city, {}).indicators]
    assert len(catalogue) >= 50
    assert list(shifted.items()) == catalogue


def test_verb_lists_what_the_api_tells(shifted: Shifted) -> None:
    answer = scopc("indicators", "--json", "--data-dir", str(shifted.demo.data_dir))
    assert answer.returncode == 0, answer.stderr
    rows = json.loads(answer.stdout)
    assert [row["key"] for row in rows] == list(shifted.items())
    assert {row["key"] for row in rows if row["value"] is None and not row["reason"]} == set()


def test_indicator_of_a_silent_feed_ages_is_stale_and_then_missing(shifted: Shifted) -> None:
    before = on_lakes(shifted)
    shifted.silence(LAKES)
    for state, limit in (("ageing", "fresh_s"), ("stale", "stale_s")):
        shifted.move_clock(max(item[limit] for item in before.values()) + MARGIN_S)
        wait_until(lambda: states(shifted, before) <= {state, "missing"}, SETTLED_S, f"it is {state}")  # noqa: B023
        assert_nothing_invented(shifted, before)
    assert {shifted.items()[key]["status"] for key in before} <= {"unknown", "insufficient", None}
    shifted.move_clock(LONG_GONE_S)
    wait_until(lambda: states(shifted, before) == {"missing"}, SETTLED_S, "it is missing")
    assert {shifted.items()[key]["value"] for key in before} == {None}


def states(shifted: Shifted, wanted: dict[str, dict[str, Any]]) -> set[str]:
    told = shifted.items()
    return {told[key]["state"] for key in wanted}


def assert_nothing_invented(shifted: Shifted, before: dict[str, dict[str, Any]]) -> None:
    """Whatever still has a value has the one that its source last told, and its time."""
    told = shifted.items()
    for key, item in before.items():
        if told[key]["value"] is not None:
            assert (told[key]["value"], told[key]["observed_at"]) == (item["value"], item["observed_at"])
