"""Partitions of raw values by month of UTC, PostgreSQL only: made when a value needs one, dropped when
all in it is too old. SQLite keeps everything in one table and needs none."""

from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa

from data_sources.stores.engine import Database
from data_sources.stores.observation_schema import observation

OLDEST_MONTH = datetime(2020, 1, 1, tzinfo=UTC)
"""Values before it lie in one partition: few, from sheets, and a month of each would be mostly empty."""

_BEFORE = f"{observation.name}_before_{OLDEST_MONTH.year}"
_LOCK = 7305794  # any number that nothing else on the server uses
_EXISTING = sa.text(
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
    "WHERE inhparent = to_regclass(:parent)"
).bindparams(parent=observation.name)


def month_of(moment: datetime) -> datetime:
    """First moment of the partition that holds values of `moment`; of the oldest one, OLDEST_MONTH less
    a month."""
    month = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return month if month >= OLDEST_MONTH else OLDEST_MONTH.replace(year=OLDEST_MONTH.year - 1, month=12)


def make_room(database: Database, moments: Iterable[datetime]) -> None:
    """Make the partitions that values of these times need.

    In a transaction of its own and by ATTACH, which lets everybody else read and write meanwhile.
    """
    if database.dialect != "postgresql":
        return
    needed = {_name(month): month for month in {month_of(moment) for moment in moments}}
    if not needed:
        return
    with database.read() as connection:
        missing = needed.keys() - _existing(connection)
    if not missing:
        return
    with database.write() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        for name in sorted(missing - _existing(connection)):
            connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {observation.name} INCLUDING ALL)")
            bounds = f"FOR VALUES FROM ({_start(needed[name])}) TO ({_end(needed[name])})"
            connection.exec_driver_sql(f"ALTER TABLE {observation.name} ATTACH PARTITION {name} {bounds}")


def emptied(database: Database, before: datetime, kept: "sa.Select[tuple[int]]") -> int:
    """Take the values of whole months before then, except those of the series `kept`; rows gone.

    A partition that holds nothing else is dropped, another one rewritten; each in its own transaction.
    """
    gone = 0
    with database.read() as connection:
        names = {name for name in _existing(connection) if _end_of(name) <= before}
    for name in sorted(names):
        part = observation.to_metadata(sa.MetaData(), name=name)
        with database.write() as connection:
            old = connection.scalar(sa.select(sa.func.count()).where(part.c.series_id.not_in(kept))) or 0
            if not old and connection.scalar(sa.select(sa.exists(sa.select(part)))):
                continue
            # Writers wait, readers do not: a value that came between the look and the end would be lost.
            connection.exec_driver_sql(f"LOCK TABLE ONLY {observation.name} IN SHARE ROW EXCLUSIVE MODE")
            keep = connection.execute(sa.select(part).where(part.c.series_id.in_(kept))).mappings().all()
            gone += old
            if keep:
                connection.exec_driver_sql(f"TRUNCATE {name}")
                connection.execute(sa.insert(part), [dict(row) for row in keep])
            else:
                connection.exec_driver_sql(f"DROP TABLE {name}")
    return gone


def _existing(connection: sa.Connection) -> set[str]:
    return set(connection.scalars(_EXISTING))


def _name(month: datetime) -> str:
    return _BEFORE if month < OLDEST_MONTH else f"{observation.name}_{month:%Y_%m}"


def _start(month: datetime) -> str:
    return "MINVALUE" if month < OLDEST_MONTH else f"'{month.isoformat()}'"


def _end(month: datetime) -> str:
    return f"'{_next(month).isoformat()}'"


def _next(month: datetime) -> datetime:
    years, index = divmod(month.month, 12)
    return month.replace(year=month.year + years, month=index + 1)


def _end_of(name: str) -> datetime:
    if name == _BEFORE:
        return OLDEST_MONTH
    year, month = name.removeprefix(f"{observation.name}_").split("_")
    return _next(datetime(int(year), int(month), 1, tzinfo=UTC))
