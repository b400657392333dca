"""A whole installation on this machine: embedded stores in a data folder, children, one address.

`scopc demo` and `scopc replay` are two uses of it. The folder belongs to one of them at a time.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import random
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dashboard.runfile import Run, read_run_file, remove_run_file, write_run_file
from dashboard.supervisor import Child, Supervisor
from data_sources.errors import ConfigError
from data_sources.stores.embedded import start_embedded
from data_sources.stores.pdeathsig import bound_to_parent

LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_000)
PORTS_TRIED = 100
LOCK_NAME = "demo.lock"
VALKEY_DIR = "valkey"
DATABASE_FILES = ("history.db", "history.db-wal", "history.db-shm")
READY_WITHIN_S = 60.0
ASK_EVERY_S = 0.1
TELL_EVERY_S = 5.0
VALKEY_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Stack:
    """What to run. `source` is the child that stands for the feeds (simulator or player): the
    arguments of its verb; `headline` follows the address on the first line after the start. `afterwards` is
    a verb that runs once, beside all else, as soon as the installation is ready; its lines are told."""

    host: str
    port: int
    data_dir: Path
    city: Path
    source: tuple[str, ...]
    headline: str
    env: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    afterwards: tuple[str, ...] = ()


def run_stack(stack: Stack, describe: Callable[[Run], Run]) -> int:
    """Run until Ctrl-C or SIGTERM; the exit code. ConfigError when port or folder is in use.

    `describe` adds to the run file what this use of the stack knows.
    """
    stack.data_dir.mkdir(parents=True, exist_ok=True)
    with _locked(stack.data_dir):
        port = _usable_port(stack.host, stack.port)
        say(f"starting in {stack.data_dir}")
        if stack.fresh:
            forget_history(stack.data_dir)
        running = _Running(stack, port)
        try:
            write_run_file(stack.data_dir, describe(running.run_file))
            return asyncio.run(running.until_stopped())
        finally:
            remove_run_file(stack.data_dir)
            running.stop_valkey()


def free_port(but: int | None = None) -> int:
    """A port of the loopback that nobody listens on, another than `but`.

    Not one of those that Linux gives to outgoing connections: such a one may be taken between this look and
    the child's listening."""
    for port in random.SystemRandom().sample(PORTS, PORTS_TRIED):
        if port == but:
            continue
        with contextlib.suppress(OSError), socket.create_server((LOOPBACK, port)):
            return port
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def say(text: str) -> None:
    """One line for the person at the terminal, at once."""
    # whoever reads may have gone, or his disk be full: that ends nothing here
    with contextlib.suppress(OSError):
        sys.stdout.write(f"scopc: {text}\n")
        sys.stdout.flush()


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class _Running:
    """The stack while it runs: children, the embedded store, and the wait for readiness. Starts the store."""

    def __init__(self, stack: Stack, port: int) -> None:
        self._stack = stack
        host = LOOPBACK if stack.host in ("0.0.0.0", "::", "") else stack.host  # noqa: S104
        self._address = (host, port)
        self._valkey = start_embedded(stack.data_dir / VALKEY_DIR)
        self.run_file = Run(
            pid=os.getpid(),
            url=f"http://{f'[{host}]' if ':' in host else host}:{port}",
            redis_url=self._valkey.url,
            database_url=f"sqlite:///{stack.data_dir.resolve() / DATABASE_FILES[0]}",
            city=str(stack.city.resolve()),
        )
        env = self._env = {
            **stack.env,
            "SCOPC_HOST": stack.host,
            "SCOPC_PORT": str(port),
            "SCOPC_DATA_DIR": str(stack.data_dir.resolve()),
            "SCOPC_CITY": str(stack.city.resolve()),
            "SCOPC_REDIS_URL": self._valkey.url,
            # The history of this folder, whatever else the user works with: ingest also keeps the
            # schema of this one up to date.
            "SCOPC_DATABASE_URL": None,
            "PYTHONUNBUFFERED": "1",
        }
        self._supervisor = Supervisor(
            (
                Child("web", _verb("serve"), env, patience_s=1.0),
                Child("ingest", _verb("ingest"), env, patience_s=2.5),
                Child("rollup", _verb("rollup"), env, waits=True),
                Child(stack.source[0], _verb(*stack.source), env),
            ),
            _log,
        )

    def stop_valkey(self) -> None:
        """End the live store, last of all."""
        self._valkey.stop()

    async def until_stopped(self) -> int:
        code = await self._supervisor.run((self._start_up, self._watch_valkey))
        say("stopped")
        return code

    async def _start_up(self) -> None:
        if not await self._announce():
            return
        self._supervisor.start_waiting()
        if self._stack.afterwards:
            await self._run_afterwards()

    async def _run_afterwards(self) -> None:
        """Run what may wait until all else is up, and tell its lines. It ends with this process."""
        process = await asyncio.create_subprocess_exec(
            *bound_to_parent(_verb(*self._stack.afterwards)),
            env={key: value for key, value in {**os.environ, **self._env}.items() if value is not None},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                say(line.decode(errors="replace").rstrip())
            if code := await process.wait():
                say(
                    f"{self._stack.afterwards[0]} ended with exit code {code}; the next start goes on with it"
                )
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()

    async def _announce(self) -> bool:
        """Say where to look once /readyz answers 200, until then what is missing; whether it does."""
        say("starting web, ingest and " + self._stack.source[0])
        loop = asyncio.get_running_loop()
        started = told = loop.time()
        while True:
            ready, reason = await _ask_ready(*self._address)
            now = loop.time()
            if ready:
                say(f"{self.run_file.url}/  {self._stack.headline}")
                say(f"ready after {now - started:.1f} s; data folder {self._stack.data_dir}")
                return True
            if now - started > READY_WITHIN_S:
                say(f"not ready after {READY_WITHIN_S:.0f} s ({reason}); stopping")
                self._supervisor.stop(1)
                return False
            if now - told >= TELL_EVERY_S:
                told = now
                say(f"still starting: {reason}")
            await asyncio.sleep(ASK_EVERY_S)

    async def _watch_valkey(self) -> None:
        """Start the live store again when it ended; ingest sees that it is empty, and fills it."""
        while True:
            await asyncio.sleep(VALKEY_LOOK_EVERY_S)
            if self._valkey.poll() is None:
                continue
            self._supervisor.say("valkey ended; starting it again")
            self._valkey.stop()
            self._valkey = start_embedded(self._stack.data_dir / VALKEY_DIR)


def _verb(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "dashboard.cli", *arguments)


async def _ask_ready(host: str, port: int) -> tuple[bool, str]:
    """Whether /readyz answers 200, else why not. By hand: an HTTP client takes longer to import than
    the whole question."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET /readyz HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
    except (OSError, TimeoutError):
        return False, "the web process does not answer yet"
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split(b" ", 2)[1:2] == [b"200"]:
        return True, ""
    return False, _reasons(body)


def _reasons(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)[:300]
    except ValueError:
        return "the web process is not ready"


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """Hold the folder. The kernel lets go of the lock when this process ends, however it ends."""
    with (data_dir / LOCK_NAME).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = read_run_file(data_dir)
            where = f" ({other.url}, process {other.pid})" if other else ""
            raise ConfigError(
                f"{data_dir} is in use by another scopc{where}; stop it, or give another --data-dir"
            ) from None
        yield


def _usable_port(host: str, port: int) -> int:
    """The port, or a free one for 0; ConfigError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as probe:
            found: int = probe.getsockname()[1]
    except OSError as error:
        if (error.errno or 0) < 0:  # the resolver's own numbers: the host is no address
            raise ConfigError(f"cannot listen on {host}: no such address; give another --host") from None
        # Not `strerror`: there, create_server repeats the address.
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(f"cannot listen on {host}:{port} ({reason}); give another --port") from None
    return found


def forget_history(data_dir: Path) -> None:
    """Delete what earlier runs kept here, and nothing else that may lie in the folder."""
    for name in DATABASE_FILES:
        (data_dir / name).unlink(missing_ok=True)
    shutil.rmtree(data_dir / VALKEY_DIR, ignore_errors=True)
