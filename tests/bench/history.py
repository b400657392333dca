"""`make bench-history`: what reading indicators costs when history holds five years of them.

Each database fills itself: 60 series over five years at the cadence that makes as many raw values as were
asked for, and the hours, days, weeks and months of them by the local calendar. Then the product's own
reads are timed, warm, on this machine; the plans printed are those of the statements that it really sent.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from dashboard.settings import load_settings
from data_sources.catalogue import load_city
from data_sources.model.indicator import IndicatorValue, Status
from data_sources.model.observation import INDICATOR_FEED, Grain, Observation
from data_sources.stores import partitions
from data_sources.stores.embedded import start_embedded
from data_sources.stores.engine import Database
from data_sources.stores.history import SqlHistory
from data_sources.stores.live import RedisLive
from data_sources.stores.migrations import upgrade
from data_sources.stores.observation_schema import series
from tests.bench.history_pages import requests_of
from tests.bench.machine import describe
from tests.bench.servers import NotInstalled, postgresql

SERIES = 60
YEARS = 5
END = datetime(2026, 11, 22, 17, tzinfo=UTC)
"""A local midnight."""
START = END - timedelta(days=round(YEARS * 365.25))
ZONE = ZoneInfo("Asia/Bangkok")
READS = 200
PAGE_READS = 50
_OWN = [spec.key for spec in load_city(load_settings().city, {}).indicators]
KEYS = (*_OWN, *(f"BEN-{number:02}" for number in range(SERIES)))[:SERIES]
"""Indicators of the bundled city, so that its pages find their past here, and others to make up the count."""
P95_AT_MOST_MS = 150.0

_SQLITE_FILL = (
    """INSERT INTO observation (series_id, observed_at, received_at, value)
    WITH RECURSIVE step(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM step WHERE n + 1 < :steps)
    SELECT series_id, :first_us + n * :step_us, :first_us + n * :step_us,
           20 + (n * 7919 + series_id * 104729) % 1000 / 10.0
    FROM series CROSS JOIN step""",
    """INSERT INTO rollup (series_id, grain, start, n, expected, minimum, mean, maximum, last)
    SELECT series_id, 1, observed_at / 3600000000 * 3600000000, count(*), :an_hour, min(value), avg(value),
           max(value), max(value)
    FROM observation GROUP BY series_id, 3""",
)
_SQLITE_STARTS = {
    2: "(start + 25200000000) / 86400000000 * 86400000000 - 25200000000",
    3: "(start + 25200000000 + 259200000000) / 604800000000 * 604800000000 - 259200000000 - 25200000000",
    4: "(strftime('%s', start / 1000000 + 25200, 'unixepoch', 'start of month') - 25200) * 1000000",
}
_POSTGRES_FILL = """INSERT INTO observation (series_id, observed_at, received_at, value)
    SELECT series_id, t, t, 20 + (extract(epoch FROM t)::bigint / 7 + series_id * 104729) % 1000 / 10.0
    FROM generate_series(CAST(:low AS timestamptz), CAST(:high AS timestamptz) - interval '1 us',
                         make_interval(secs => :step_s)) t, series"""
_POSTGRES_HOURS = """INSERT INTO rollup (series_id, grain, start, n, expected, minimum, mean, maximum, last)
    SELECT series_id, 1, date_trunc('hour', observed_at), count(*), :an_hour, min(value), avg(value),
           max(value), max(value)
    FROM observation GROUP BY 1, 3"""
_POSTGRES_STARTS = {
    grain: f"date_trunc('{unit}', start AT TIME ZONE 'Asia/Bangkok') AT TIME ZONE 'Asia/Bangkok'"
    for grain, unit in {2: "day", 3: "week", 4: "month"}.items()
}
_LONGER = """INSERT INTO rollup (series_id, grain, start, n, expected, minimum, mean, maximum, last)
    SELECT series_id, {grain}, {start}, sum(n), sum(expected), min(minimum), sum(n * mean) / sum(n),
           max(maximum), max(last)
    FROM rollup WHERE grain = 1 GROUP BY series_id, {start}"""


def values_of(moment: datetime) -> list[Observation]:
    """One value of each indicator."""
    return [
        Observation(
            feed_id=INDICATOR_FEED,
            feature_id="city",
            property_id=key,
            value=20.0 + index,
            unit="%",
            observed_at=moment,
            received_at=moment,
            cadence_s=3600,
            synthetic=True,
        )
        for index, key in enumerate(KEYS)
    ]


def fill(database: Database, step_s: int) -> None:
    """Five years of every registered series, by the database itself."""
    per_hour = max(1, 3600 // step_s)
    if database.dialect == "sqlite":
        step_us, span_s = step_s * 1_000_000, (END - START).total_seconds()
        first = {"first_us": round(START.timestamp()) * 1_000_000, "step_us": step_us}
        with database.write() as connection:
            connection.execute(sa.text("DELETE FROM observation"))
            connection.execute(sa.text(_SQLITE_FILL[0]), {**first, "steps": int(span_s) // step_s})
            connection.execute(sa.text(_SQLITE_FILL[1]), {"an_hour": per_hour})
            _longer(connection, _SQLITE_STARTS)
        return
    days = range((END - START).days + 1)
    partitions.make_room(database, (START + timedelta(days=day) for day in days))
    with database.write() as connection:
        connection.execute(sa.text("DELETE FROM observation"))
    low = START
    while low < END:
        # By portions in the order of time, as they come in real life: the keys of all series grow at once.
        high = min(low + timedelta(days=30), END)
        steps = -(-int((high - low).total_seconds()) // step_s)
        with database.write() as connection:
            connection.execute(sa.text(_POSTGRES_FILL), {"low": low, "high": high, "step_s": step_s})
        low += timedelta(seconds=steps * step_s)
    with database.write() as connection:
        connection.execute(sa.text(_POSTGRES_HOURS), {"an_hour": per_hour})
        _longer(connection, _POSTGRES_STARTS)


def _longer(connection: sa.Connection, starts: dict[int, str]) -> None:
    connection.execute(sa.text("DELETE FROM rollup WHERE grain > 1"))
    for grain, start in starts.items():
        connection.execute(sa.text(_LONGER.format(grain=grain, start=start)))


def sizes(url: str) -> str:
    """Rows, and bytes on disk."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        counts = {
            name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) or 0
            for name in ("observation", "rollup")
        }
        if engine.dialect.name == "sqlite":
            file = Path(str(engine.url.database))
            told = f"file {file.stat().st_size / 1e6:,.0f} MB"
        else:
            total = "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits JOIN pg_class ON "
            total += "oid = inhrelid WHERE inhparent = 'observation'::regclass AND relkind = 'r'"
            raw = connection.scalar(sa.text(total)) or 0
            rolled = connection.scalar(sa.text("SELECT pg_total_relation_size('rollup')")) or 0
            told = f"observation {float(raw) / 1e6:,.0f} MB, rollup {rolled / 1e6:,.0f} MB, with their keys"
    engine.dispose()
    rows = ", ".join(f"{count:,} rows of {name}" for name, count in counts.items())
    return f"{rows}; {told}"


def timed(read: Callable[[], object], reads: int = READS) -> tuple[float, float]:
    """Median and 95th percentile of so many reads, in milliseconds, after a few that are not counted."""
    taken = []
    for number in range(reads + 5):
        begun = time.perf_counter()
        read()
        if number >= 5:
            taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


def reads_of(history: SqlHistory) -> dict[str, Callable[[], object]]:
    """The reads of an indicator page and of its series, by what they are called in the table."""
    ids = [one.series_id for one in history.series(feed_id=INDICATOR_FEED)]
    dice = random.Random(1)

    def one_of(grain: Grain) -> Callable[[], object]:
        return lambda: history.rollups([dice.choice(ids)], grain, START, END)

    return {
        "series registered under a feed": lambda: history.series(feed_id=INDICATOR_FEED),
        "60 indicators, last 30 days by day": lambda: history.rollups(
            ids, Grain.DAY, END - timedelta(days=30), END
        ),
        "one series, 5 years by day": one_of(Grain.DAY),
        "one series, 5 years by week": one_of(Grain.WEEK),
        "one series, last day raw": lambda: history.observation_values(
            [dice.choice(ids)], END - timedelta(days=1), END
        ),
        "last value of each series (at start)": lambda: history.latest_observations(END - timedelta(days=30)),
    }


def writes_of(history: SqlHistory) -> dict[str, Callable[[], object]]:
    """What a minute of ingest and of the rollup adds to 60 series."""
    moments = (END + timedelta(minutes=minute) for minute in range(10_000))

    def write() -> None:
        history.record_observations(values_of(next(moments)))

    def write_and_roll() -> None:
        write()
        history.roll(END + timedelta(days=10), ZONE)

    return {"60 new values kept": write, "60 new values kept, hour to month rolled": write_and_roll}


def plans(database: Database, read: Callable[[], object]) -> list[str]:
    """How the engine answers each statement of a read."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.lstrip().startswith("SELECT"):
            sent.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS) "
    lines = []
    with database.read() as connection:
        for statement, parameters in sent[-1:]:
            rows = connection.exec_driver_sql(explain + statement, parameters).all()
            lines += [str(row[-1]) for row in rows if "never executed" not in str(row[-1])]
    return lines


def indicators() -> list[IndicatorValue]:
    """Sixty indicators with their lines, as the live store holds them."""
    value = IndicatorValue(
        key="BEN-01",
        domain="environment",
        unit="%",
        computed_at=END,
        cadence_s=3600,
        value=1.5,
        observed_at=END,
        status=Status.NORMAL,
        line=tuple(n * 1.25 for n in range(30)),
        line_start=END - timedelta(days=30),
    )
    return [msgspec.structs.replace(value, key=f"BEN-{number:02}") for number in range(1, SERIES + 1)]


def live_row(folder: Path) -> str:
    """Reading the current indicators from embedded Valkey."""
    server = start_embedded(folder)
    try:
        live = RedisLive(server.url, "bench")
        live.put_indicators(indicators())
        median, p95 = timed(live.indicators)
        live.close()
        return row("embedded Valkey", "60 current indicators with their lines", median, p95)
    finally:
        server.stop()


def row(where: str, what: str, median: float, p95: float, at_most_ms: float | None = P95_AT_MOST_MS) -> str:
    """One line of the table; without a figure to reach it is told for comparison."""
    verdict = "for comparison"
    if at_most_ms is not None:
        verdict = f"≤ {at_most_ms:.0f} ms: {'reached' if p95 <= at_most_ms else 'NOT reached'}"
    return f"| {where} | {what} | {median:.1f} ms | {p95:.1f} ms | {verdict} |"


def measure(name: str, url: str, rows: int) -> tuple[list[str], list[str]]:
    """Fill the database at `url` with so many raw values; table rows, and notes with sizes and plans."""
    upgrade(url)
    history, database = SqlHistory(url), Database(url)
    try:
        history.record_observations(values_of(START))
        step_s = max(1, int((END - START).total_seconds() * SERIES / rows))
        begun = time.perf_counter()
        fill(database, step_s)
        with database.write() as connection:
            connection.execute(sa.update(series).values(first_at=START, last_at=END))
        notes = [f"{name}: filled in {time.perf_counter() - begun:.0f} s"]
        if database.dialect == "postgresql":
            engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
            engine.dispose()
        notes.append(f"{name}: {sizes(url)}")
        table = []
        for what, read in reads_of(history).items():
            table.append(row(name, what, *timed(read)))
            notes += [f"{name}, {what}:", *(f"    {line}" for line in plans(database, read))]
        table += [row(name, what, *timed(write, 50), None) for what, write in writes_of(history).items()]
        with work_folder() as folder, requests_of(url, folder) as requests:
            table += [row(name, what, *timed(get, PAGE_READS)) for what, get in requests.items()]
        return table, notes
    finally:
        history.close()
        database.close()


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
    asked = parser.parse_args(arguments)
    print(describe(datetime.now(UTC)), flush=True)
    table: list[str] = []
    notes: list[str] = []
    with work_folder() as folder:
        table.append(live_row(folder))
        if asked.sqlite_rows:
            rows, told = measure("SQLite", f"sqlite:///{folder}/history.db", asked.sqlite_rows)
            table, notes = [*table, *rows], [*notes, *told]
    if asked.postgres_rows:
        try:
            with postgresql(("history",)) as (url,):
                rows, told = measure("PostgreSQL", url, asked.postgres_rows)
                table, notes = [*table, *rows], [*notes, *told]
        except NotInstalled as error:
            notes.append(f"PostgreSQL: not measured: {error}")
    print("\n| where | what | median | p95 | figure to reach |\n|---|---|---|---|---|", *table, sep="\n")
    print("", *notes, sep="\n")
    return any("NOT reached" in line for line in table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
