"""Ingest rate: GTFS-Realtime bytes to both stores, on one core."""

from pathlib import Path
from urllib.parse import quote

import msgspec

from tests.bench import figures
from tests.bench.children import report
from tests.bench.plan import Plan
from tests.bench.servers import NotInstalled, postgresql, redis_server
from tests.bench.site import live_store
from tests.bench.table import Figure, Row

NOTE = (
    "Messages of 1,000 vehicles, each moved and re-stamped, made before timing; parse, rules, payload kept "
    "as evidence, one committed transaction a message, live picture. The ingest process is held on one "
    "core by CPU affinity; servers run beside it, PostgreSQL with fsync. The naive way: a row per fix "
    "(executemany, one commit a message) and one HSET per vehicle; no rules, no evidence."
)
WAYS = ("product", "naive")


def measure(plan: Plan, folder: Path) -> list[Row]:
    """Both pairs of stores, each beside the naive way on the same pair."""
    with live_store(folder / "valkey") as redis_url:
        files = tuple(f"sqlite:///{quote(str(folder / way))}.db" for way in WAYS)
        rows = _rows("SQLite + embedded Valkey", figures.INGEST_SQLITE, plan, files, redis_url)
    what = "PostgreSQL + redis-server"
    try:
        with redis_server(folder) as redis_url, postgresql(WAYS) as urls:
            return rows + _rows(what, figures.INGEST_POSTGRESQL, plan, urls, redis_url)
    except NotInstalled as missing:
        return [*rows, Row(what=f"ingest, {what}", figure=figures.INGEST_POSTGRESQL, skipped=str(missing))]


def _rows(stores: str, figure: Figure, plan: Plan, databases: tuple[str, ...], redis_url: str) -> list[Row]:
    product = _run("product", databases[0], redis_url, plan.ingest_messages)
    naive = _run("naive", databases[1], redis_url, plan.naive_messages)
    return [
        Row(
            what=f"ingest, {stores}",
            unit="positions/s",
            measured=product["positions_per_s"],
            naive=naive["positions_per_s"],
            figure=figure,
            more_is_better=True,
            note=NOTE,
        ),
        Row(
            what=f"CPU of the ingest process, {stores}",
            unit="µs/position",
            measured=product["cpu_us_per_position"],
            naive=naive["cpu_us_per_position"],
            note=NOTE,
        ),
        Row(
            what=f"folding into minute frames, later and in the background, {stores}",
            unit="µs/position",
            measured=product["folding_us_per_position"],
        ),
    ]


def _run(way: str, database_url: str, redis_url: str, messages: int) -> dict[str, float]:
    line = report(["tests.bench.ingest_run", way, database_url, redis_url, str(messages)])
    return msgspec.json.decode(line, type=dict[str, float])
