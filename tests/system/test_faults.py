"""Faults on the whole road: bad messages, dead processes and dead stores, as a control room meets them."""

import random
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from dashboard.runfile import read_run_file
from tests.system.processes import Running, running, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
POLLED = "kku_shuttle_vehicles"
BROKER = "kku_shuttle_mqtt"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("demo", data_dir=tmp_path_factory.mktemp("faults")) as one:
        wait_until(lambda: len(vehicles(one)) == 25, 30, "25 vehicles")
        yield one


@pytest.fixture(autouse=True)
def healed(demo: Running) -> Iterator[None]:
    yield
    control(demo, action="restore")
    wait_until(lambda: newest_feed(demo, POLLED)["error_code"] is None, 60, "feed is well again")


def control(one: Running, **command: object) -> None:
    run = read_run_file(one.data_dir)
    assert run is not None
    httpx.post(f"{run.simulator_http}/control", json=command).raise_for_status()


def instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


def vehicles(one: Running) -> list[dict[str, object]]:
    answer = one.get("/api/v1/vehicles")
    assert answer.status_code in {200, 503}, answer.text
    return [feature["properties"] for feature in answer.json().get("features", [])]


def newest_feed(one: Running, feed_id: str) -> dict[str, object]:
    items: list[dict[str, object]] = one.get("/api/v1/feeds").json()["items"]
    return next(item for item in items if item["feed_id"] == feed_id)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("html", "html_page"),
        ("empty", "empty_body"),
        ("truncated", "truncated"),
        ("unavailable", "http_503"),
    ],
)
def test_bad_answer_marks_the_feed_and_keeps_the_picture(demo: Running, fault: str, code: str) -> None:
    control(demo, action=fault, feed=POLLED)
    wait_until(lambda: newest_feed(demo, POLLED)["error_code"] == code, 20, f"feed says {code}")
    assert len(vehicles(demo)) == 25
    assert demo.get("/mobility").status_code == 200


def test_unusable_message_lies_in_quarantine(demo: Running) -> None:
    control(demo, action="html", feed=POLLED)

    def is_there() -> bool:
        items = demo.get(f"/api/v1/feeds/{POLLED}/quarantine").json()["items"]
        return any(item["code"] == "html_page" for item in items)

    wait_until(is_there, 20, "html page is in quarantine")


def test_clock_far_ahead_is_rejected_by_code(demo: Running) -> None:
    control(demo, action="skew", feed=POLLED, seconds=7200)

    def is_counted() -> bool:
        feed = newest_feed(demo, POLLED)
        return bool(feed["rejected"]) or feed["error_code"] is not None or bool(feed["flagged"])

    wait_until(is_counted, 20, "future stamps are told")
    assert len(vehicles(demo)) == 25
    for one in vehicles(demo):
        ahead = instant(one["observed_at"]) - instant(one["received_at"])
        assert ahead <= timedelta(seconds=60)


def test_kill_9_of_ingest_at_random_moments_loses_no_acknowledged_fix(demo: Running) -> None:
    chance = random.Random(7)
    for _ in range(3):
        before = {str(one["vehicle_id"]): str(one["observed_at"]) for one in vehicles(demo)}
        ingest = demo.child("ingest")
        psutil.wait_procs([], timeout=chance.uniform(0, 1.5))
        ingest.send_signal(signal.SIGKILL)
        wait_until(lambda old=ingest: is_replaced(demo, old), 30, "ingest was started again")
        after = {str(one["vehicle_id"]): str(one["observed_at"]) for one in vehicles(demo)}
        assert {key for key in before if after.get(key, "") < before[key]} == set()


def is_replaced(one: Running, old: psutil.Process) -> bool:
    try:
        return one.child("ingest").pid != old.pid
    except StopIteration:
        return False


def test_live_store_that_dies_comes_back_filled_by_the_same_ingest(demo: Running) -> None:
    ingest = demo.child("ingest").pid
    valkey = next(process for process in demo.family() if "valkey" in process.name())
    valkey.send_signal(signal.SIGKILL)

    def is_back() -> bool:
        found = vehicles(demo)
        return len(found) == 25 and {one["state"] for one in found} == {"live"}

    wait_until(is_back, 60, "25 live vehicles after the live store's death")
    wait_until(demo.is_ready, 30, "ready again")
    assert demo.child("ingest").pid == ingest


def test_web_restart_serves_the_picture_at_once(demo: Running) -> None:
    demo.child("serve").send_signal(signal.SIGKILL)
    wait_until(demo.is_ready, 40, "web is back")
    assert len(vehicles(demo)) == 25


def test_silent_vehicle_is_named_a_ghost_by_the_api_as_of_later(demo: Running, tmp_path: Path) -> None:
    dropped = str(vehicles(demo)[0]["vehicle_id"])
    control(demo, action="drop", vehicle=dropped)

    def is_behind() -> bool:
        stamps = {str(one["vehicle_id"]): str(one["observed_at"]) for one in vehicles(demo)}
        return stamps[dropped] < min(stamp for key, stamp in stamps.items() if key != dropped)

    wait_until(is_behind, 30, "the dropped vehicle falls silent while the others go on")
