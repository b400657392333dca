"""Runs one part of the bench in a process of its own: `python -m tests.bench.part NAME PLAN`.

Prints the rows as JSON. A part that fails is told as rows that were not measured, never left out.
"""

import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import FrameType

import msgspec

from tests.bench.children import adopt_orphans, reap
from tests.bench.plan import PLANS, Plan
from tests.bench.table import Row

PARTS = ("ingest", "loops", "fanout", "drawing", "links", "first_load", "start", "heap")
Measure = Callable[[Plan, Path], list[Row]]


def run(name: str, plan: Plan) -> list[Row]:
    """The rows of one part; what goes wrong is told in a row."""
    try:
        measure: Measure = import_module(f"tests.bench.{name}").measure
        with tempfile.TemporaryDirectory(prefix="scopc-bench-") as folder:
            return measure(plan, Path(folder))
    except Exception as error:
        traceback.print_exc()
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return [Row(what=f"part `{name}`", skipped=reason)]


def end(_signal: int, _frame: FrameType | None) -> None:
    """Leave through every `finally`, so that no child stays."""
    sys.exit(143)


def main(arguments: list[str], plans: Mapping[str, Plan] = PLANS) -> None:
    name, plan = arguments
    signal.signal(signal.SIGTERM, end)
    adopt_orphans()
    try:
        rows = run(name, plans[plan])
    finally:
        reap()
    print(msgspec.json.encode(rows).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
