"""PostgreSQL and redis-server for the bench, as they are installed: PostgreSQL keeps fsync on."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from data_sources.stores.pdeathsig import bound_to_parent
from tests.bench.children import wait_for
from tests.servers import RedisServer


class NotInstalled(Exception):
    """A server's program is not on this machine."""


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A redis-server; yields its URL."""
    if shutil.which("redis-server") is None:
        raise NotInstalled("no redis-server on this machine")
    server = RedisServer(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


@contextmanager
def postgresql(databases: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A PostgreSQL server of its own with empty databases; yields their URLs."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        raise NotInstalled("no PostgreSQL on this machine")
    folder = Path(tempfile.mkdtemp(prefix="scopc-bench-pg-"))
    try:
        with _server(binaries[-1], folder) as process:
            server = sa.URL.create(
                "postgresql", username="postgres", database="postgres", query={"host": str(folder)}
            )
            wait_for(
                lambda: process.poll() is not None or _answers(server), f"PostgreSQL, see {folder / 'log'}"
            )
            for name in databases:
                _administer(server, f'CREATE DATABASE "{name}"')
            try:
                yield tuple(
                    server.set(database=name).render_as_string(hide_password=False) for name in databases
                )
            finally:
                process.send_signal(2)  # SIGINT: does not wait for clients
                process.wait(15)
    finally:
        shutil.rmtree(folder)


def _server(binaries: Path, folder: Path) -> "subprocess.Popen[bytes]":
    run_as: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        run_as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    data = str(folder / "data")
    initdb = [str(binaries / "initdb"), "--auth=trust", "--username=postgres", "-E", "UTF8", "-D", data]
    subprocess.run([*run_as, *initdb], check=True, capture_output=True)
    serve = [
        str(binaries / "postgres"),
        "-D",
        data,
        "-c",
        "listen_addresses=",
        "-c",
        f"unix_socket_directories={folder}",
    ]
    command = [*run_as, "--pdeathsig=KILL", *serve] if run_as else bound_to_parent(serve)
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def _administer(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))


def _answers(url: sa.URL) -> bool:
    try:
        _administer(url, "SELECT 1")
    except sa.exc.OperationalError:
        return False
    return True
