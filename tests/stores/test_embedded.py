"""The embedded Valkey: starts, ends, and never outlives the process that started it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
import redis

from data_sources.errors import StoreError
from data_sources.stores.embedded import MAX_SOCKET_PATH_BYTES, embedded_url, start_embedded
from data_sources.stores.live import RedisLive
from data_sources.stores.pdeathsig import bound_to_parent
from tests.stores.samples import fix
from tests.system.processes import wait_until

_PARENT = """
import sys, time
from pathlib import Path
from data_sources.stores.embedded import start_embedded
valkey = start_embedded(Path(sys.argv[1]))
try:
    print(valkey.pid, flush=True)
    time.sleep(60)
finally:
    valkey.stop()
"""


def _is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def parent(tmp_path: Path) -> "tuple[subprocess.Popen[str], int]":
    """A process that started an embedded Valkey, and the server's pid."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_server_answers_on_a_unix_socket_and_on_no_port(tmp_path: Path) -> None:
    valkey = start_embedded(tmp_path)
    try:
        live = RedisLive(valkey.url, "testville")
        live.put_positions("buses", [fix()])
        assert live.positions() == {"buses": (fix(),)}
        assert embedded_url(tmp_path) == valkey.url
        assert psutil.Process(valkey.pid).net_connections("inet") == []
        with redis.Redis.from_url(valkey.url) as client:
            settings = {name: client.config_get(name)[name] for name in ("maxmemory", "maxmemory-policy")}
        assert settings == {"maxmemory": str(256 * 2**20), "maxmemory-policy": "noeviction"}
    finally:
        valkey.stop()


def test_stopped_server_leaves_no_process_socket_or_data(tmp_path: Path) -> None:
    valkey = start_embedded(tmp_path)
    with redis.Redis.from_url(valkey.url) as client:
        client.set("key", "value")
    valkey.stop()
    valkey.stop()
    assert valkey.poll() is not None
    assert _is_gone(valkey.pid)
    assert embedded_url(tmp_path) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["valkey.lock", "valkey.log"]


def test_second_server_of_a_folder_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    first = start_embedded(tmp_path)
    with pytest.raises(StoreError, match="another process runs the embedded Valkey"):
        start_embedded(tmp_path)
    first.stop()
    start_embedded(tmp_path).stop()


def test_deep_folder_gets_a_short_private_socket(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-name-of-a-folder"] * 5)
    valkey = start_embedded(deep)
    socket_path = Path(valkey.url.removeprefix("unix://"))
    try:
        assert len(os.fsencode(socket_path)) <= MAX_SOCKET_PATH_BYTES
        assert socket_path.parent.stat().st_mode & 0o077 == 0
        assert embedded_url(deep) == valkey.url
    finally:
        valkey.stop()
    assert not socket_path.parent.exists()


def test_folder_with_odd_characters_in_its_name_works(tmp_path: Path) -> None:
    valkey = start_embedded(tmp_path / "ข้อมูล 100% ?x=1#y")
    try:
        RedisLive(valkey.url, "testville").ping()
    finally:
        valkey.stop()


def test_server_started_outside_the_main_thread_is_refused(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            start_embedded(tmp_path)
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])
    start_embedded(tmp_path).stop()


def test_server_that_cannot_start_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_sources.stores.embedded.MAX_MEMORY", "much")
    with pytest.raises(StoreError, match="did not start") as caught:
        start_embedded(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.faults
def test_parent_killed_with_9_takes_the_server_along(
    parent: "tuple[subprocess.Popen[str], int]", tmp_path: Path
) -> None:
    process, valkey_pid = parent
    assert not _is_gone(valkey_pid)
    process.kill()
    process.wait()
    wait_until(lambda: _is_gone(valkey_pid), 10, "the server goes with its parent")
    wait_until(lambda: embedded_url(tmp_path) is None, 10, "the socket answers no more")
    start_embedded(tmp_path).stop()


@pytest.mark.faults
def test_ctrl_c_ends_the_server(parent: "tuple[subprocess.Popen[str], int]", tmp_path: Path) -> None:
    process, valkey_pid = parent
    os.killpg(process.pid, signal.SIGINT)
    process.wait()
    assert _is_gone(valkey_pid)
    assert not (tmp_path / "valkey.sock").exists()


def test_bound_child_becomes_the_wanted_program() -> None:
    done = subprocess.run(bound_to_parent(["/bin/echo", "one", "two words"]), capture_output=True, check=True)
    assert done.stdout == b"one two words\n"


def test_child_whose_parent_is_another_by_now_ends_at_once() -> None:
    command = bound_to_parent(["/bin/echo", "alive"])
    command[command.index(str(os.getpid()))] = "1"
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
