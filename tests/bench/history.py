"""`make bench-history`: what reading costs when history holds five years of a city.

Each database fills itself: every series that the bundled city registers (and so many more indicators that
there are sixty), the last days at their own cadences, before them at the step that makes as many raw values
as were asked for, and the hours, days, weeks and months of them by the local calendar. Then the product's
own reads and every page of `scopc serve` are timed, warm, on this machine; the plans printed are those of
the statements that it really sent.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from data_sources.stores.embedded import start_embedded
from data_sources.stores.engine import Database
from data_sources.stores.history import SqlHistory
from data_sources.stores.live import RedisLive
from data_sources.stores.migrations import upgrade
from tests.bench.children import ROOT, cpu_s
from tests.bench.history_city import features, indicators, observations_at, record_messages
from tests.bench.history_fill import Past, fill, past_before, sizes
from tests.bench.history_pages import Served, asked_of, served, slowest, statements
from tests.bench.history_reads import WARM_UP, Sent, noted, plan, reads_of, timed, writes_of
from tests.bench.machine import OtherWork, describe
from tests.bench.servers import NotInstalled, postgresql
from tests.bench.table import placed

P95_AT_MOST_MS = 150.0
PAGE_READS = 50
SLOW_STATEMENT_MS = 10.0
"""Of a statement that takes longer the plan is printed."""
DOCUMENT = ROOT / "docs" / "performance.md"
MARKS = ("<!-- bench-history: begin -->", "<!-- bench-history: end -->")


def live_row(folder: Path, past: Past) -> str:
    """Reading the current indicators from embedded Valkey."""
    server = start_embedded(folder)
    try:
        live = RedisLive(server.url, "bench")
        live.put_indicators(indicators(past.end))
        times = Times(*timed(live.indicators))
        live.close()
        return row("embedded Valkey", "60 current indicators with their lines", times)
    finally:
        server.stop()


class Times(NamedTuple):
    """Of so many reads, in milliseconds; `cpu` is what each took of the web process, whatever else ran."""

    median: float
    p95: float
    cpu: float | None = None


def row(where: str, what: str, times: Times, at_most_ms: float | None = P95_AT_MOST_MS) -> str:
    """One line of the table; without a figure to reach it is told for comparison."""
    verdict = "for comparison"
    if at_most_ms is not None:
        verdict = f"≤ {at_most_ms:.0f} ms: {'reached' if times.p95 <= at_most_ms else 'NOT reached'}"
    cpu = "-" if times.cpu is None else f"{times.cpu:.1f} ms"
    return f"| {where} | {what} | {times.median:.1f} ms | {times.p95:.1f} ms | {cpu} | {verdict} |"


class Run:
    """Table and notes of one database."""

    def __init__(self, name: str, url: str, past: Past) -> None:
        self.table: list[str] = []
        self.notes: list[str] = []
        self._name, self._url, self._past = name, url, past

    def fill(self, rows: int) -> None:
        """The whole city, with so many raw values."""
        upgrade(self._url)
        history = SqlHistory(self._url)
        begun = time.perf_counter()
        try:
            history.record_observations(observations_at(self._past.start), features())
            fill(self._url, rows, self._past)
            record_messages(history, self._past.end)
        finally:
            history.close()
        self.notes.append(f"{self._name}: filled in {time.perf_counter() - begun:.0f} s; {sizes(self._url)}")

    def measure(self) -> None:
        """Reads of the store, pages and answers, and last the writes, which change what there is."""
        history, database = SqlHistory(self._url), Database(self._url)
        others = OtherWork()
        try:
            for what, read in reads_of(history, self._past).items():
                self._row(what, Times(*timed(read)))
                with noted() as sent:
                    read()
                self._note_plan(database, what, max(sent, key=lambda one: one.ms))
            with work_folder() as folder:
                self._measure_pages(database, folder)
            for what, write in writes_of(history, self._past).items():
                self._row(what, Times(*timed(write, PAGE_READS)), None)
        finally:
            history.close()
            database.close()
        busy = f"{others.cores():.1f} cores busy with others meanwhile, the database's server among them"
        self.notes.append(f"{self._name}: {busy}")

    def _measure_pages(self, database: Database, folder: Path) -> None:
        with served(self._url, folder, self._past.end) as site:
            chosen = {}
            for asked in asked_of(self._past):
                path = chosen[asked.what] = slowest(site.client, asked.paths)
                many = f", slowest of {len(asked.paths)}" if len(asked.paths) > 1 else ""
                self._row(asked.what + many, _timed_page(site, path))
            with statements(self._url, site.redis_url, folder) as statements_of:
                for what, path in chosen.items():
                    self._note_statements(database, f"{what}, {path}", statements_of(path))

    def _note_statements(self, database: Database, what: str, sent: list[Sent]) -> None:
        rows, ms = sum(one.rows for one in sent), sum(one.ms for one in sent)
        count = f"{rows} rows, " if database.dialect == "postgresql" else ""
        self.notes.append(f"{self._name}, {what}: {len(sent)} statements, {count}{ms:.1f} ms")
        for one in sent:
            if one.ms >= SLOW_STATEMENT_MS:
                self._note_plan(database, f"{one.ms:.1f} ms of {what}", one)

    def _note_plan(self, database: Database, what: str, sent: Sent) -> None:
        self.notes += [f"{self._name}, {what}:", *(f"    {line}" for line in plan(database, sent))]

    def _row(self, what: str, times: Times, at_most_ms: float | None = P95_AT_MOST_MS) -> None:
        self.table.append(row(self._name, what, times, at_most_ms))
        print(self.table[-1], flush=True)


def _timed_page(site: Served, path: str) -> Times:
    begun_s = cpu_s(site.pid)
    median, p95 = timed(lambda: site.client.get(path).raise_for_status(), PAGE_READS)
    return Times(median, p95, (cpu_s(site.pid) - begun_s) * 1000 / (PAGE_READS + WARM_UP))


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="scopc-bench-history-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Measure, print the table and the plans; 1 when a figure is not reached."""
    parser = argparse.ArgumentParser(prog="bench-history", description=__doc__)
    parser.add_argument("--sqlite-rows", type=int, default=3_000_000, help="raw values; 0: leave it out")
    parser.add_argument("--postgres-rows", type=int, default=30_000_000, help="raw values; 0: leave it out")
    parser.add_argument("--doc", action="store_true", help="put the table into docs/performance.md too")
    asked = parser.parse_args(arguments)
    now = datetime.now(UTC)
    machine, past = describe(now), past_before(now)
    print(machine, flush=True)
    table: list[str] = []
    notes: list[str] = []
    runs: list[Run] = []
    with work_folder() as folder:
        table.append(live_row(folder, past))
        if asked.sqlite_rows:
            runs.append(_run("SQLite", f"sqlite:///{folder}/history.db", asked.sqlite_rows, past))
    if asked.postgres_rows:
        try:
            with postgresql(("history",)) as (url,):
                runs.append(_run("PostgreSQL", url, asked.postgres_rows, past))
        except NotInstalled as error:
            notes.append(f"PostgreSQL: not measured: {error}")
    table += [line for run in runs for line in run.table]
    notes += [line for run in runs for line in run.notes]
    head = [
        "| where | what | median | p95 | CPU of the web process | figure to reach |",
        "|---|---|---|---|---|---|",
    ]
    print("", *head, *table, "", *notes, sep="\n")
    if asked.doc:
        told = [line for line in notes if ": filled in" in line or "cores busy" in line]
        text = "\n".join([f"Machine: {machine}.", "", *head, *table, "", *(f"- {line}" for line in told), ""])
        DOCUMENT.write_text(placed(DOCUMENT.read_text(), text, MARKS))
    return any("NOT reached" in line for line in table)


def _run(name: str, url: str, rows: int, past: Past) -> Run:
    run = Run(name, url, past)
    run.fill(rows)
    print(run.notes[-1], flush=True)
    run.measure()
    return run


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
