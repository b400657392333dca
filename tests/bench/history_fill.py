"""Five years of values, made by the database itself: of every registered series at its own cadence, but of
older ones at a longer step, so that there are as many raw values as were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from data_sources.stores import partitions
from data_sources.stores.engine import Database
from data_sources.stores.folding import hour_of_utc
from data_sources.stores.observation_schema import series

YEARS = 5
RECENT = timedelta(days=10)
"""So long every series has all values that its cadence promises: pages look at no more raw values."""
PORTION = timedelta(days=30)
LONGEST_STEP_S = 86_400

_SQLITE_VALUES = """INSERT INTO observation (series_id, observed_at, received_at, value, flags)
    WITH RECURSIVE moment(t) AS (SELECT :first_s UNION ALL SELECT t + :step_s FROM moment
                                 WHERE t + :step_s < :end_s)
    SELECT :series_id, t * 1000000, t * 1000000, 20 + abs((t / 60 + :series_id * 7919) % 2880 - 1440) / 14.4,
           CASE WHEN :step_s >= 86400 AND t / 86400 % 50 = 0 THEN 'jump' END
    FROM moment WHERE t < :end_s"""
_SQLITE_HOURS = """INSERT INTO rollup (series_id, grain, start, n, expected, minimum, mean, maximum, last)
    SELECT series_id, 1, observed_at / 3600000000 * 3600000000, count(*), count(*), min(value), avg(value),
           max(value), max(value)
    FROM observation GROUP BY series_id, 3"""
_SQLITE_STARTS = {
    2: "(start + 25200000000) / 86400000000 * 86400000000 - 25200000000",
    3: "(start + 25200000000 + 259200000000) / 604800000000 * 604800000000 - 259200000000 - 25200000000",
    4: "(strftime('%s', start / 1000000 + 25200, 'unixepoch', 'start of month') - 25200) * 1000000",
}
_POSTGRES_VALUES = """INSERT INTO observation (series_id, observed_at, received_at, value, flags)
    SELECT series_id, to_timestamp(t), to_timestamp(t),
           20 + abs((t / 60 + series_id * 7919) % 2880 - 1440) / 14.4,
           CASE WHEN step_s >= 86400 AND t / 86400 % 50 = 0 THEN 'jump' END
    FROM (SELECT series_id, greatest(cadence_s, :least_step_s)::bigint AS step_s FROM series) one,
         generate_series(:start_s + -((:start_s - :low_s) / step_s) * step_s, :high_s - 1, step_s) t
    WHERE t >= :low_s"""
_POSTGRES_HOURS = """INSERT INTO rollup (series_id, grain, start, n, expected, minimum, mean, maximum, last)
    SELECT series_id, 1, date_trunc('hour', observed_at), count(*), count(*), min(value), avg(value),
           max(value), max(value)
    FROM observation WHERE observed_at >= :low AND observed_at < :high GROUP BY 1, 3"""
_POSTGRES_STARTS = {
    grain: f"date_trunc('{unit}', start AT TIME ZONE 'Asia/Bangkok') AT TIME ZONE 'Asia/Bangkok'"
    for grain, unit in {2: "day", 3: "week", 4: "month"}.items()
}
_LONGER = """INSERT INTO rollup (series_id, grain, start, n, expected, minimum, mean, maximum, last)
    SELECT series_id, {grain}, {start}, sum(n), sum(expected), min(minimum), sum(n * mean) / sum(n),
           max(maximum), max(last)
    FROM rollup WHERE grain = 1 GROUP BY series_id, {start}"""


@dataclass(frozen=True)
class Past:
    """The time that is filled: [start, end), from `recent` on at the cadences of the series."""

    start: datetime
    recent: datetime
    end: datetime


def past_before(now: datetime) -> Past:
    """Five years up to the full hour."""
    end = hour_of_utc(now)
    return Past(end - timedelta(days=round(YEARS * 365.25)), end - RECENT, end)


def least_step_s(cadences_s: Sequence[float], rows: int, past: Past) -> int:
    """The shortest step of values before `past.recent` with which there are at most so many in all, whole
    seconds; LONGEST_STEP_S when even that gives more."""
    recent_s, earlier_s = (past.end - past.recent).total_seconds(), (past.recent - past.start).total_seconds()
    left = rows - sum(recent_s / cadence_s for cadence_s in cadences_s)
    low, high = 1, LONGEST_STEP_S
    while low < high:
        step_s = (low + high) // 2
        if sum(earlier_s / max(cadence_s, step_s) for cadence_s in cadences_s) <= left:
            high = step_s
        else:
            low = step_s + 1
    return low


def fill(url: str, rows: int, past: Past) -> None:
    """Values and rollups of every registered series; what there was of them goes."""
    database = Database(url)
    try:
        _fill(database, rows, past)
    finally:
        database.close()
    if database.dialect == "postgresql":
        _analyze(url)


def _analyze(url: str) -> None:
    """Every table that holds rows, as autovacuum does: it never looks at the parent of partitions."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for table in connection.scalars(
            sa.text("SELECT relname FROM pg_stat_user_tables WHERE schemaname = current_schema()")
        ).all():
            connection.exec_driver_sql(f"VACUUM ANALYZE {table}")
    engine.dispose()


def _fill(database: Database, rows: int, past: Past) -> None:
    with database.read() as connection:
        cadences = {row.series_id: row.cadence_s for row in connection.execute(sa.select(series))}
    step_s = least_step_s(list(cadences.values()), rows, past)
    with database.write() as connection:
        connection.execute(sa.text("DELETE FROM observation"))
        connection.execute(sa.text("DELETE FROM marked_hour"))
    if database.dialect == "sqlite":
        _fill_sqlite(database, cadences, step_s, past)
    else:
        _fill_postgresql(database, step_s, past)
    with database.write() as connection:
        connection.execute(sa.update(series).values(first_at=past.start, last_at=past.end))


def _fill_sqlite(database: Database, cadences_s: dict[int, float], least_s: int, past: Past) -> None:
    start_s, recent_s, end_s = (round(at.timestamp()) for at in (past.start, past.recent, past.end))
    with database.write() as connection:
        for series_id, cadence_s in sorted(cadences_s.items()):
            step_s = max(round(cadence_s), least_s)
            of = {"series_id": series_id, "first_s": start_s, "step_s": step_s, "end_s": recent_s}
            connection.execute(sa.text(_SQLITE_VALUES), of)
            own_s = round(cadence_s)
            first_s = start_s - (start_s - recent_s) // own_s * own_s
            if first_s < end_s:
                of |= {"first_s": first_s, "step_s": own_s, "end_s": end_s}
                connection.execute(sa.text(_SQLITE_VALUES), of)
        connection.execute(sa.text(_SQLITE_HOURS))
        _longer(connection, _SQLITE_STARTS)


def _fill_postgresql(database: Database, least_s: int, past: Past) -> None:
    partitions.make_room(database, (past.start + timedelta(days=day) for day in range(366 * YEARS)))
    start = {"start_s": round(past.start.timestamp())}
    low = past.start
    while low < past.end:
        # By portions in the order of time, as they come in real life: the keys of all series grow at once.
        high = min(low + PORTION, past.recent if low < past.recent else past.end)
        between = {"low_s": round(low.timestamp()), "high_s": round(high.timestamp())}
        least = {"least_step_s": least_s if low < past.recent else 1}
        with database.write() as connection:
            connection.execute(sa.text(_POSTGRES_VALUES), {**start, **between, **least})
            connection.execute(sa.text(_POSTGRES_HOURS), {"low": low, "high": high})
        low = high
    with database.write() as connection:
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
            for name in ("series", "observation", "rollup")
        }
        if engine.dialect.name == "sqlite":
            told = f"file {Path(str(engine.url.database)).stat().st_size / 1e6:,.0f} MB"
        else:
            total = "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits JOIN pg_class ON "
            total += "oid = inhrelid WHERE inhparent = 'observation'::regclass AND relkind = 'r'"
            raw = connection.scalar(sa.text(total)) or 0
            rolled = connection.scalar(sa.text("SELECT pg_total_relation_size('rollup')")) or 0
            told = f"observation {float(raw) / 1e6:,.0f} MB, rollup {rolled / 1e6:,.0f} MB, with their keys"
    engine.dispose()
    rows = ", ".join(f"{count:,} rows of {name}" for name, count in counts.items())
    return f"{rows}; {told}"
