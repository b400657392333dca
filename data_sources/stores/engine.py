"""The engine under the history: connections, transactions, schema check, errors in one line.

SQLite runs in WAL mode with synchronous=NORMAL: a committed transaction survives the death of the
process at any moment; a power cut may lose the last commits, never the file's consistency.
PostgreSQL survives both.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from data_sources.errors import ConfigError, StoreError
from data_sources.stores.schema import REVISIONS

BUSY_TIMEOUT_MS = 5000
CONNECT_TIMEOUT_S = 5
_DIALECTS = ("sqlite", "postgresql")
_WRITE = "scopc_write"


class Database:
    """Transactions on the database at `url`. Connects at first use. Safe to share by threads."""

    def __init__(self, url: str) -> None:
        self._url = _checked_url(url)
        self.dialect = self._url.get_backend_name()
        self._engine = _create_engine(self._url)
        self._reader, self._writer = self._engines()
        # Threads of this process queue here rather than poll SQLite's one write lock.
        self._turn = threading.Lock() if self.dialect == "sqlite" else nullcontext()
        self._checked = False

    def __str__(self) -> str:
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction in which every query sees the same moment."""
        with self._told_in_one_line():
            self.check_schema()
            with self._reader.begin() as connection:
                yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that is committed at the end, or leaves nothing behind."""
        with self._told_in_one_line():
            self.check_schema()
            with self._turn, self._writer.begin() as connection:
                yield connection

    @contextmanager
    def migration(self) -> Iterator[sa.Connection]:
        """A transaction for `upgrade`: no other process migrates meanwhile; any schema is welcome."""
        with self._told_in_one_line(), self._turn, self._writer.begin() as connection:
            if self.dialect == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            yield connection

    def check_schema(self) -> None:
        """StoreError when the tables are not those of this program. Asked once, then remembered."""
        if self._checked:
            return
        with self._told_in_one_line():
            with self._reader.begin() as connection:
                revision = current_revision(connection)
            if revision is None:
                raise StoreError(f"{self}: has no tables yet; run `scopc db upgrade`")
            if revision not in REVISIONS:
                raise StoreError(
                    f"{self}: was made by a newer scopc (revision {revision}); "
                    f"this one knows up to {REVISIONS[-1]}: upgrade the program"
                )
            if revision != REVISIONS[-1]:
                raise StoreError(
                    f"{self}: is at revision {revision}, this program needs {REVISIONS[-1]}; "
                    "run `scopc db upgrade`"
                )
            self._checked = True

    def ping(self) -> None:
        """Return when the database answers and its schema fits."""
        with self.read() as connection:
            connection.execute(sa.select(1))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _engines(self) -> tuple[sa.Engine, sa.Engine]:
        if self.dialect == "sqlite":
            return self._engine, self._engine.execution_options(**{_WRITE: True})
        # READ COMMITTED would show a batch as folded to one query and as not folded to the next.
        snapshot = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return snapshot, self._engine

    @contextmanager
    def _told_in_one_line(self) -> Iterator[None]:
        try:
            yield
        except (exc.SQLAlchemyError, UnicodeError, OverflowError) as error:
            cause = error.orig if isinstance(error, exc.DBAPIError) and error.orig else error
            lines = str(cause).strip().splitlines()
            raise StoreError(f"{self}: {lines[0] if lines else type(cause).__name__}") from error


_MIGRATION_LOCK = 7305793  # any number that nothing else on the server uses


def current_revision(connection: sa.Connection) -> str | None:
    """The revision that the database says it has, None before the first migration."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _checked_url(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except exc.ArgumentError as error:
        raise ConfigError("SCOPC_DATABASE_URL: not a SQLAlchemy URL, such as sqlite:///scopc.db") from error
    if url.get_backend_name() not in _DIALECTS:
        raise ConfigError(
            f"SCOPC_DATABASE_URL: {url.drivername}:// is not supported; use one of {', '.join(_DIALECTS)}"
        )
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ConfigError("SCOPC_DATABASE_URL: SQLite needs a file, such as sqlite:///scopc.db")
    return url


def _create_engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "postgresql":
        try:
            engine = sa.create_engine(
                url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT_S}
            )
        except ModuleNotFoundError as error:
            raise ConfigError(f"{error.name} is missing: install scopc[postgres]") from error
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    engine = sa.create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # A lookup in sixty partitions looks dear enough to be compiled, which takes a thousand times longer.
    connection.execute("SET jit = off")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes only before the first write: too late for a read that a write relies on.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that starts as a reader cannot become a writer once another one has written.
    writes = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
