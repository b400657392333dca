"""`python -m tests.bench`: measure, beside the naive way, and write one table."""

import argparse
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from data_sources.stores.pdeathsig import bound_to_parent
from tests.bench.children import ROOT, environment, stop
from tests.bench.machine import OtherWork, describe
from tests.bench.part import PARTS, end
from tests.bench.plan import PLANS
from tests.bench.table import Row, markdown, placed

DEFAULT_OUT = Path("build/bench.md")
DOCUMENT = ROOT / "docs" / "performance.md"
LIMIT_S = 300.0
"""A part that takes longer hangs: it is ended, and the table says so."""


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, end)
    machine = describe(given.at or datetime.now(UTC))
    plan = "quick" if given.quick else "long" if given.long else "default"
    rows: list[Row] = []
    busy: list[str] = []
    for name in given.only or PARTS:
        began_s, others = time.monotonic(), OtherWork()
        print(f"bench: {name} ...", file=sys.stderr, flush=True)
        rows += _part(name, plan)
        busy.append(f"{name} {others.cores():.1f}")
        print(f"bench: {name} took {time.monotonic() - began_s:.0f} s", file=sys.stderr, flush=True)
    beside = f"Cores busy with other programs meanwhile: {', '.join(busy)}."
    table = markdown(rows, f"Machine: {machine}. Plan: {plan}. {beside}")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(table)
    if given.doc:
        DOCUMENT.write_text(placed(DOCUMENT.read_text(), table))
    print(table)
    missed = [row.what for row in rows if row.verdict.startswith("NOT")]
    for what in missed:
        print(f"bench: NOT reached: {what}", file=sys.stderr)
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="under 3 minutes; noisy")
    length.add_argument("--long", action="store_true", help="the heap over 30 minutes")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="parts to run; default all")
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, help="file of the table; default build/bench.md"
    )
    parser.add_argument("--doc", action="store_true", help="put the table into docs/performance.md too")
    parser.add_argument("--at", type=datetime.fromisoformat, help="time of the run to print; default now")
    return parser.parse_args()


def _part(name: str, plan: str) -> list[Row]:
    """One part in a process of its own: no part inherits another's memory, loops or core."""
    process = subprocess.Popen(
        bound_to_parent([sys.executable, "-m", "tests.bench.part", name, plan]),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    limit_s = LIMIT_S + PLANS[plan].heap_s
    try:
        said, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        return [Row(what=f"part `{name}`", skipped=f"not done within {limit_s:.0f} s")]
    finally:
        stop(process)
    if process.returncode != 0 or not said.strip():
        return [Row(what=f"part `{name}`", skipped=f"ended with exit code {process.returncode}")]
    return msgspec.json.decode(said.strip().splitlines()[-1], type=list[Row])


if __name__ == "__main__":
    sys.exit(main())
