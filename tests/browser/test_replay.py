"""A recording of a large agency on the same page: more than 500 buses that move."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen, script
from tests.system.processes import Running, running

pytestmark = pytest.mark.real_feeds
RECORDINGS = Path(os.environ.get("SCOPC_REAL_FEEDS", Path(__file__).parents[2] / "../shared/data/feeds"))
FILES = [RECORDINGS / "gtfs_rt" / f"otp_king-county-metro-{n}.pbf" for n in (1, 2)]

IN_VIEW = "() => [...scopc.mapPage.maps][0].scopcVehicles.stats.inView > 500"
REMEMBER = """() => {
  const model = scopc.fleet.model();
  const before = new Map(model.ids.map((id, slot) => [id, model.x[slot]]));
  const hasMoved = (id, slot) => before.has(id) && before.get(id) !== model.x[slot];
  window.moved = () => model.ids.filter(hasMoved).length;
}"""


@pytest.fixture(scope="module")
def replay(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    missing = [file.name for file in FILES if not file.exists()]
    if missing:
        pytest.skip(f"no recording {missing[0]} (SCOPC_REAL_FEEDS)")
    folder = tmp_path_factory.mktemp("replay")
    with running("replay", *map(str, FILES), "--pack", "auto", data_dir=folder) as one:
        yield one


def test_more_than_500_recorded_buses_are_drawn_and_move(browser: Browser, replay: Running) -> None:
    with Screen(browser, replay.url, (1920, 1080)) as screen:
        screen.open("/mobility", lang="en")
        screen.wait(IN_VIEW, "more than 500 marks in view", 40)
        painted = f"() => ({script('vehicles.js')})().filter((one) => one.is_painted).length"
        screen.wait(f"() => ({painted})() > 500", "more than 500 marks painted")
        screen.ask(REMEMBER)
        screen.wait("() => moved() > 100", "more than 100 of them have moved", 60)
        assert "REPLAY" in screen.text(".foot")
        assert "SYNTHETIC" not in screen.text()
        screen.resize((1366, 768))  # more lines than a small screen has room for
        assert screen.faults("text_faults.js") == []
