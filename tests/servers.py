"""Real servers for tests: PostgreSQL, redis-server, the embedded Valkey, SQLite files.

Each is started once a session, on a unix socket in a private folder, and dies with the test run.
SCOPC_TEST_POSTGRES_URL and SCOPC_TEST_REDIS_URL name servers to be used instead: the first needs the
right to create databases, the database of the second is emptied. Fixtures without `_server` in their
name are as new for every test; SQL databases have their tables.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from data_sources.stores.embedded import start_embedded
from data_sources.stores.migrations import upgrade
from data_sources.stores.pdeathsig import bound_to_parent

START_TIMEOUT_S = 30
_SPEED = ("fsync=off", "full_page_writes=off", "autovacuum=off", "wal_level=minimal", "max_wal_senders=0")
"""Settings of PostgreSQL for a server that nobody will want back."""
_SHAPE = """SELECT string_agg(concat_ws(' ', relname, relkind, attname, atttypid, attnotnull), ','
                              ORDER BY relname, attnum),
                   (SELECT string_agg(version_num, ',') FROM alembic_version)
            FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
            WHERE relnamespace = 'public'::regnamespace"""
"""All columns of all tables and indexes, and the revision."""
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
_FILLED = f"{_TABLES} AND pg_relation_size(oid) > 0 AND relname <> 'alembic_version'"
_DISCONNECT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_RESTART = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"


@pytest.fixture(scope="session")
def embedded_valkey_server() -> Iterator[str]:
    """URL of an embedded Valkey."""
    with tempfile.TemporaryDirectory(prefix="scopc-test-") as folder:
        valkey = start_embedded(Path(folder))
        yield valkey.url
        valkey.stop()


@pytest.fixture
def embedded_valkey_url(embedded_valkey_server: str) -> str:
    """URL of an embedded Valkey that holds nothing."""
    return _emptied(embedded_valkey_server)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """URL of a redis-server."""
    given = os.environ.get("SCOPC_TEST_REDIS_URL")
    if given:
        yield given
        return
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server binary: apt-get install redis-server, or set SCOPC_TEST_REDIS_URL")
    with tempfile.TemporaryDirectory(prefix="scopc-test-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        yield server.url
        server.kill()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """URL of a redis-server that holds nothing."""
    return _emptied(redis_server)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.URL]:
    """URL of a PostgreSQL server's maintenance database."""
    given = os.environ.get("SCOPC_TEST_POSTGRES_URL")
    if given:
        yield sa.make_url(given)
        return
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not binaries:
        pytest.skip("no PostgreSQL binary: apt-get install postgresql, or set SCOPC_TEST_POSTGRES_URL")
    folder = Path(tempfile.mkdtemp(prefix="scopc-test-"))
    try:
        with _postgres(binaries[-1].parent, folder) as server:
            host = {"host": str(folder)}
            url = sa.URL.create("postgresql", username="postgres", database="postgres", query=host)
            _until(lambda: _answers(url), f"PostgreSQL, see {folder / 'log'}")
            yield url
            server.send_signal(signal.SIGINT)  # fast shutdown: SIGTERM would wait for clients to leave
            server.wait(START_TIMEOUT_S)
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True)
class PostgresTemplate:
    """A database with our tables, to copy from, and what a copy is to be like; `copy` is the one in use."""

    name: str
    copy: str
    tables: frozenset[str]
    shape: tuple[str, str]


@pytest.fixture(scope="session")
def postgres_template(postgres_server: sa.URL) -> Iterator[PostgresTemplate]:
    """A database with our tables, to copy from."""
    name, copy = f"scopc_template_{os.getpid()}", f"scopc_test_{os.getpid()}"
    _create_database(postgres_server, name)
    url = postgres_server.set(database=name)
    upgrade(_text(url))
    with _connected(url) as connection:
        tables = frozenset(connection.scalars(sa.text(_TABLES)))
        shape = tuple(connection.execute(sa.text(_SHAPE)).one())
    yield PostgresTemplate(name, copy, tables, shape)
    _drop_database(postgres_server, copy)
    _drop_database(postgres_server, name)


@pytest.fixture
def postgres_url(postgres_server: sa.URL, postgres_template: PostgresTemplate) -> str:
    """URL of a PostgreSQL database with our empty tables."""
    url = postgres_server.set(database=postgres_template.copy)
    if not _made_as_new(url, postgres_template):
        _create_database(postgres_server, postgres_template.copy, postgres_template.name)
    return _text(url)


@pytest.fixture
def empty_postgres_url(postgres_server: sa.URL) -> Iterator[str]:
    """URL of a PostgreSQL database without any table."""
    name = f"scopc_empty_{os.getpid()}"
    _create_database(postgres_server, name)
    yield _text(postgres_server.set(database=name))
    _drop_database(postgres_server, name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our tables, to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """URL of an SQLite file with our empty tables."""
    path = tmp_path / "history.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


class RedisServer:
    """A redis-server on a unix socket that a test may stop and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        binary = shutil.which("redis-server")
        assert binary is not None
        where = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._folder)]
        self._process = subprocess.Popen(
            bound_to_parent([binary, *where, "--save", ""]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _until(lambda: _pings(self.url), "redis-server")

    def kill(self) -> None:
        """End it as kill -9 does; a frozen one too."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def freeze(self) -> None:
        """Let it answer nothing, with its connections open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


def _postgres(binaries: Path, folder: Path) -> "subprocess.Popen[bytes]":
    """Start PostgreSQL as a user that it accepts, with the speed of a test, not the care of a city."""
    data = folder / "data"
    run_as: list[str] = []
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        run_as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    initdb = [str(binaries / "initdb"), "--no-sync", "--auth=trust", "--username=postgres", "-E", "UTF8"]
    subprocess.run([*run_as, *initdb, "-D", str(data)], check=True, capture_output=True)
    where = ("listen_addresses=", f"unix_socket_directories={folder}")
    settings = [part for setting in (*where, *_SPEED) for part in ("-c", setting)]
    serve = [str(binaries / "postgres"), "-D", str(data), *settings]
    command = [*run_as, "--pdeathsig=KILL", *serve] if run_as else bound_to_parent(serve)
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def _create_database(server: sa.URL, name: str, template: str = "template1") -> None:
    _drop_database(server, name)
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _drop_database(server: sa.URL, name: str) -> None:
    _administer(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _made_as_new(url: sa.URL, template: PostgresTemplate) -> bool:
    """Make a copy that was used as new, which takes a tenth of another copy; False when there is none, or
    when a test has changed more than rows and partitions."""
    try:
        with _connected(url) as connection:
            connection.execute(sa.text(_DISCONNECT))
            for name in set(connection.scalars(sa.text(_TABLES))) - template.tables:
                connection.execute(sa.text(f'DROP TABLE "{name}"'))
            filled = ", ".join(f'"{name}"' for name in connection.scalars(sa.text(_FILLED)))
            if filled:
                connection.execute(sa.text(f"TRUNCATE {filled} CASCADE"))
            connection.execute(sa.text(_RESTART))
            return tuple(connection.execute(sa.text(_SHAPE)).one()) == template.shape
    except sa.exc.DBAPIError:
        return False


def _administer(server: sa.URL, statement: str) -> None:
    with _connected(server) as connection:
        connection.execute(sa.text(statement))


def _connected(url: sa.URL) -> sa.Connection:
    """A connection in which each statement is a transaction."""
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect()


def _answers(url: sa.URL) -> bool:
    try:
        _administer(url, "SELECT 1")
    except sa.exc.OperationalError:
        return False
    return True


def _pings(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _emptied(url: str) -> str:
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


def _text(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while not condition():
        assert time.monotonic() < end, f"{what} did not start"
        time.sleep(0.02)
