"""The run file: where a running demo of a data folder is reached, so that one-shot verbs find its stores."""

import os
from pathlib import Path

import msgspec

NAME = "run.json"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What a running demo or replay wrote about itself."""

    pid: int
    url: str
    redis_url: str
    database_url: str
    city: str
    simulator_http: str | None = None
    simulator_mqtt: str | None = None
    demo_timetable: bool = False
    replay_url: str | None = None
    replay_kind: str = "gtfs_realtime"


def write_run_file(directory: Path, run: Run) -> None:
    """Write it whole or not at all."""
    target = directory / NAME
    partial = target.with_suffix(".partial")
    partial.write_bytes(msgspec.json.encode(run))
    partial.replace(target)


def remove_run_file(directory: Path) -> None:
    """Remove it; nothing happens when it is gone."""
    (directory / NAME).unlink(missing_ok=True)


def read_run_file(directory: Path) -> Run | None:
    """The run of this folder, or None when there is none or its process is gone."""
    try:
        run = msgspec.json.decode((directory / NAME).read_bytes(), type=Run)
        os.kill(run.pid, 0)
    except (OSError, msgspec.DecodeError):
        return None
    return run
