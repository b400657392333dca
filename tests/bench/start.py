"""Start: `scopc demo` on a folder that it knows, to `/readyz` 200."""

import time
from pathlib import Path

from tests.bench import figures
from tests.bench.plan import Plan
from tests.bench.table import Row
from tests.system.processes import running


def measure(plan: Plan, folder: Path) -> list[Row]:
    """First start (the database is made) and second start."""
    return [
        Row(what="first start of `scopc demo` to `/readyz` 200", unit="s", measured=_start_s(folder)),
        Row(
            what="second start of `scopc demo` to `/readyz` 200",
            unit="s",
            measured=_start_s(folder),
            figure=figures.DEMO_START,
        ),
    ]


def _start_s(folder: Path) -> float:
    began_s = time.perf_counter()
    with running("demo", data_dir=folder):
        return time.perf_counter() - began_s
