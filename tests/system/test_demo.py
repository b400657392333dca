"""The demo as its user meets it: one command, the whole road, nothing left behind."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from google.transit import gtfs_realtime_pb2

from tests.fixtures.khon_kaen_words import leaks
from tests.system.processes import Running, running, scopc, wait_until

pytestmark = pytest.mark.timeout(180)
FICTIONAL = Path(__file__).parents[1] / "fixtures" / "cities"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("demo", data_dir=tmp_path_factory.mktemp("demo")) as one:
        wait_until(lambda: len(states(one)) == 25, 20, "25 vehicles")
        yield one


def states(one: Running) -> list[str]:
    return [feature["properties"]["state"] for feature in one.get("/api/v1/vehicles").json()["features"]]


def test_25_buses_are_live_on_the_four_lines(demo: Running) -> None:
    features = demo.get("/api/v1/vehicles").json()["features"]
    by_route: dict[str, int] = {}
    for feature in features:
        route = feature["properties"]["route_id"]
        by_route[route] = by_route.get(route, 0) + 1
    assert set(states(demo)) == {"live"}
    assert by_route == {"kku-red": 7, "kku-yellow": 7, "kku-blue": 6, "kku-green": 5}


def test_buses_move(demo: Running) -> None:
    def places() -> dict[str, list[float]]:
        features = demo.get("/api/v1/vehicles").json()["features"]
        return {one["properties"]["vehicle_id"]: one["geometry"]["coordinates"] for one in features}

    first = places()
    wait_until(lambda: sum(places()[key] != first[key] for key in first) >= 20, 60, "20 of 25 have moved")


@pytest.mark.parametrize("path", ["/api/v1/vehicles", "/api/v1/feeds"])
def test_every_payload_says_synthetic(demo: Running, path: str) -> None:
    assert demo.get(path).json()["synthetic"] is True


def test_every_stream_frame_says_synthetic(demo: Running) -> None:
    with httpx.stream(
        "GET", f"{demo.url}/stream?topics=vehicles,vehicle_facts,feeds", timeout=10
    ) as response:
        seen: dict[str, dict[str, object]] = {}
        event = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: ") and event != "beat":
                seen[event] = json.loads(line.removeprefix("data: "))
            if len(seen) == 3:
                break
    assert {topic: frame["synthetic"] for topic, frame in seen.items()} == {
        "vehicles": True,
        "vehicle_facts": True,
        "feeds": True,
    }


def test_republished_feed_is_valid_gtfs_realtime(demo: Running) -> None:
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.ParseFromString(demo.get("/api/v1/gtfs-rt/vehicle-positions").content)
    assert len(feed.entity) == 25
    assert feed.header.gtfs_realtime_version == "2.0"


def test_restart_of_ingest_keeps_the_picture(demo: Running) -> None:
    demo.child("ingest").send_signal(signal.SIGKILL)
    assert len(states(demo)) == 25
    before = demo.get("/api/v1/vehicles").json()["features"][0]["properties"]["observed_at"]

    def is_newer() -> bool:
        features = demo.get("/api/v1/vehicles").json()["features"]
        return min(one["properties"]["observed_at"] for one in features) > before

    wait_until(is_newer, 40, "ingest is back")


def test_data_dir_in_use_is_one_clear_line(demo: Running) -> None:
    second = scopc("demo", "--port", "0", "--data-dir", str(demo.data_dir))
    assert second.returncode == 2
    assert len(second.stderr.strip().splitlines()) == 1, second.stderr


@pytest.mark.faults
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    with running("demo", data_dir=tmp_path) as one:
        family = one.family()
        assert len(family) >= 5
        one.process.send_signal(signal.SIGINT)
        assert one.process.wait(15) == 0
    assert_gone(family, tmp_path)


@pytest.mark.faults
def test_kill_9_of_the_supervisor_leaves_nothing_behind(tmp_path: Path) -> None:
    with running("demo", data_dir=tmp_path) as one:
        family = one.family()
        one.process.send_signal(signal.SIGKILL)
        one.process.wait(5)
        wait_until(lambda: not any(is_alive(member) for member in family), 10, "all processes gone")


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def assert_gone(family: list[psutil.Process], data_dir: Path) -> None:
    assert [member for member in family if is_alive(member)] == []
    assert not (data_dir / "run.json").exists()


def test_second_city_runs_and_shows_nothing_of_the_first(tmp_path: Path) -> None:
    (pack,) = [path for path in FICTIONAL.iterdir() if (path / "city.toml").exists()]
    with running("demo", data_dir=tmp_path, SCOPC_CITY=str(pack)) as one:
        wait_until(lambda: "live" in states(one), 20, "vehicles of the second city")
        texts = {
            path: one.get(path).text
            for path in [
                "/mobility?lang=th",
                "/mobility?lang=en",
                "/wall/mobility",
                "/_dash-layout",
                "/_dash-dependencies",
                "/api/v1/vehicles",
                "/api/v1/feeds",
                "/api/v1/alerts",
                "/api/v1/trip-updates",
                "/openapi.json",
                "/docs",
                "/metrics",
                "/healthz",
                "/readyz",
                "/no-such-page",
            ]
        }
        texts["log"] = one.log.read_text()
    assert {path: leaks(text) for path, text in texts.items() if leaks(text)} == {}


def test_one_shot_verbs_see_the_running_demo(demo: Running) -> None:
    """Stands last: one of the feeds is published once a minute, which has passed by then."""

    def all_up() -> bool:
        return {feed["state"] for feed in demo.get("/api/v1/feeds").json()["items"]} == {"up"}

    wait_until(all_up, 90, "every feed is up")
    feeds = scopc("feeds", "--json", "--data-dir", str(demo.data_dir))
    assert {row["state"] for row in json.loads(feeds.stdout)} == {"up"}
    doctor = scopc("doctor", "--data-dir", str(demo.data_dir))
    assert doctor.returncode == 0, doctor.stdout
