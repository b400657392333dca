"""What `scopc demo` refuses before it starts anything."""

import fcntl
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.demo import DemoOptions, run_demo
from dashboard.local_stack import LOCK_NAME, PORTS, forget_history, free_port
from dashboard.runfile import Run, write_run_file
from data_sources.errors import ConfigError
from tests.system.processes import scopc


def options(data_dir: Path, port: int, scenario: str = "normal") -> DemoOptions:
    return DemoOptions(
        host="127.0.0.1", port=port, data_dir=data_dir, city=data_dir / "no-pack", scenario=scenario
    )


def test_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            ConfigError, match=rf"^cannot listen on 127\.0\.0\.1:{port} \(.*\); give another --port$"
        ):
            run_demo(options(tmp_path, port))


def test_folder_of_another_demo_is_refused_and_its_address_told(tmp_path: Path) -> None:
    run = Run(pid=os.getpid(), url="http://other", redis_url="", database_url="", city="")
    write_run_file(tmp_path, run)
    with (tmp_path / LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match=r"is in use by another scopc \(http://other, process \d+\)"):
            run_demo(options(tmp_path, free_port()))


def test_unknown_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="known: normal, timetable"):
        run_demo(options(tmp_path, free_port(), scenario="rush"))


def test_fresh_start_deletes_the_history_and_nothing_of_the_users(tmp_path: Path) -> None:
    for name in ("history.db", "history.db-wal", "thesis.doc"):
        (tmp_path / name).touch()
    forget_history(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_host_that_is_no_address_is_told_in_one_line(tmp_path: Path) -> None:
    given = replace(options(tmp_path, free_port()), host="256.1.1.1")
    with pytest.raises(ConfigError, match=r"^cannot listen on 256\.1\.1\.1: no such address; give another"):
        run_demo(given)


def test_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "file" / "folder"
    folder.parent.touch()
    ended = scopc("db", "upgrade", "--data-dir", str(folder))
    assert (ended.returncode, ended.stderr) == (1, f"scopc: {folder}: Not a directory\n")


def test_free_port_is_none_that_an_outgoing_connection_may_take() -> None:
    first = free_port()
    second = free_port(but=first)
    assert first != second
    assert {first, second} <= set(PORTS)
    for port in (first, second):
        socket.create_server(("127.0.0.1", port)).close()
