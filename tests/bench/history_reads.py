"""The history store's own reads and writes, timed; and how an engine answers what it is asked."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data_sources.model.observation import INDICATOR_FEED, Grain
from data_sources.stores.engine import Database
from data_sources.stores.history import SqlHistory
from tests.bench.history_city import CITY, indicator_values
from tests.bench.history_fill import Past

READS = 200
WARM_UP = 5
ZONE = ZoneInfo(CITY.spec.timezone)


def timed(read: Callable[[], object], reads: int = READS) -> tuple[float, float]:
    """Median and 95th percentile of so many reads, in milliseconds, after a few that are not counted."""
    taken = []
    for number in range(reads + WARM_UP):
        begun = time.perf_counter()
        read()
        if number >= WARM_UP:
            taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


def reads_of(history: SqlHistory, past: Past) -> dict[str, Callable[[], object]]:
    """The reads of an indicator page and of its series, by what they are called in the table."""
    ids = [one.series_id for one in history.series(feed_id=INDICATOR_FEED)]
    dice = random.Random(1)

    def one_of(grain: Grain) -> Callable[[], object]:
        return lambda: history.rollups([dice.choice(ids)], grain, past.start, past.end)

    return {
        "series registered under a feed": lambda: history.series(feed_id=INDICATOR_FEED),
        "60 indicators, last 30 days by day": lambda: history.rollups(
            ids, Grain.DAY, past.end - timedelta(days=30), past.end
        ),
        "one series, 5 years by day": one_of(Grain.DAY),
        "one series, 5 years by week": one_of(Grain.WEEK),
        "one series, last day raw": lambda: history.observation_values(
            [dice.choice(ids)], past.end - timedelta(days=1), past.end
        ),
        "last value of each series (at start)": lambda: history.latest_observations(
            past.end - timedelta(days=30)
        ),
    }


def writes_of(history: SqlHistory, past: Past) -> dict[str, Callable[[], object]]:
    """What a minute of ingest and of the rollup adds to 60 series."""
    moments = (past.end + timedelta(minutes=minute) for minute in range(10_000))

    def write() -> None:
        history.record_observations(indicator_values(next(moments)))

    def write_and_roll() -> None:
        write()
        history.roll(past.end + timedelta(days=10), ZONE)

    return {"60 new values kept": write, "60 new values kept, hour to month rolled": write_and_roll}


class Sent(NamedTuple):
    """A statement that was sent, how long its answer took and how many rows it had (SQLite: -1)."""

    statement: str
    parameters: Any
    ms: float
    rows: int


@contextmanager
def noted() -> Iterator[list[Sent]]:
    """What this process asks any database for meanwhile."""
    sent: list[Sent] = []
    begun: list[float] = []

    def before(*_: object) -> None:
        begun.append(time.perf_counter())

    def after(_connection: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        ms = (time.perf_counter() - begun.pop()) * 1000
        if statement.lstrip().startswith("SELECT"):
            sent.append(Sent(statement, parameters, ms, cursor.rowcount))

    sa.event.listen(sa.Engine, "before_cursor_execute", before)
    sa.event.listen(sa.Engine, "after_cursor_execute", after)
    try:
        yield sent
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", before)
        sa.event.remove(sa.Engine, "after_cursor_execute", after)


def plan(database: Database, sent: Sent) -> list[str]:
    """How the engine answers a statement."""
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS) "
    with database.read() as connection:
        rows = connection.exec_driver_sql(explain + sent.statement, sent.parameters).all()
    return [str(row[-1]) for row in rows if "never executed" not in str(row[-1])]
